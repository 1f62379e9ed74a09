"""Worlds: the universes that studios describe and characters live in."""
