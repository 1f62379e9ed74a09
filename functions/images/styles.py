"""What a style adds to the words of a studio: the presets', in English, which FLUX understands best, and its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.styles import Style

if TYPE_CHECKING:
    from common.config import Quality, StyleTemplate

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


def avatar_prefix(style: Style) -> str:
    """Return the words that make a portrait of `style`."""
    return _AVATAR[style]


def background_prefix(style: Style) -> str:
    """Return the words that make a scene of `style`."""
    return _BACKGROUND[style]


def portrait_words(template: StyleTemplate, quality: Quality | None = None) -> str:
    """Return the words that make a portrait in a studio's own style, those of a quality level with them."""
    return _joined(template.transformation_instruction, template.base_prompt, _modifier(template, quality))


def scene_words(template: StyleTemplate, quality: Quality | None = None) -> str:
    """Return the words that make a scene in a studio's own style; there is nobody in it to be transformed."""
    return _joined(template.base_prompt, _modifier(template, quality))


def _modifier(template: StyleTemplate, quality: Quality | None) -> str | None:
    modifiers = template.quality_modifiers
    return {"low": modifiers.low, "medium": modifiers.medium, "high": modifiers.high, None: None}[quality]


def _joined(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)
