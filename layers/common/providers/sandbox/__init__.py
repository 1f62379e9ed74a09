"""The deterministic double of every model: free, and without a network."""
