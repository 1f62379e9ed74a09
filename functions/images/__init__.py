"""Images: portraits of characters and backgrounds of scenes."""
