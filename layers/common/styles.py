"""The names of the style presets; what each adds to a studio's words is the images domain's."""

from __future__ import annotations

from enum import StrEnum


class Style(StrEnum):
    """A style preset."""

    PIXEL_ART = "pixel_art"
    REALISTIC = "realistic"
    ANIME = "anime"
    PAINTERLY = "painterly"


CUSTOM = "custom"
"""What an order's style is called when the studio brings its own words for it."""

RESERVED = frozenset({*Style, CUSTOM})
"""What no studio may call a style of its own."""
