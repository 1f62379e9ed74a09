"""The configuration: what a studio sets for itself."""
