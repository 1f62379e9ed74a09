"""Characters: writing them, letting them speak and react, and what they remember."""
