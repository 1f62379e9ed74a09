"""The style presets: what each adds to the words of a studio. In English, which FLUX understands best."""

from __future__ import annotations

from enum import StrEnum

_AVATAR = {
    "pixel_art": "2D pixel art game character portrait, crisp pixels, limited palette, centered bust",
    "realistic": "Photorealistic character portrait, natural light, detailed skin and fabric, centered bust",
    "anime": "Anime style character portrait, clean line art, cel shading, expressive eyes, centered bust",
    "painterly": "Oil painting style character portrait, visible brush strokes, warm light, centered bust",
}

_BACKGROUND = {
    "pixel_art": "2D pixel art game background, crisp pixels, limited palette, wide scene without characters",
    "realistic": "Photorealistic environment, natural light, fine detail, wide scene without characters",
    "anime": "Anime style background art, clean shapes, luminous sky, wide scene without characters",
    "painterly": "Oil painting of a landscape, visible brush strokes, warm light, wide scene without characters",
}


class Style(StrEnum):
    """A style preset."""

    PIXEL_ART = "pixel_art"
    REALISTIC = "realistic"
    ANIME = "anime"
    PAINTERLY = "painterly"


CUSTOM = "custom"
"""What an order's style is called when the studio brings its own words for it."""


def avatar_prefix(style: Style) -> str:
    """Return the words that make a portrait of `style`."""
    return _AVATAR[style]


def background_prefix(style: Style) -> str:
    """Return the words that make a scene of `style`."""
    return _BACKGROUND[style]
