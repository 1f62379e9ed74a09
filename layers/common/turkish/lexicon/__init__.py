"""What rules cannot tell about Turkish words: irregular stems, closed classes, and words that look like others."""
