"""Draws the sandbox's pictures: real PNG files from nothing but the order, the same order giving the same bytes."""

from __future__ import annotations

import hashlib
from colorsys import hsv_to_rgb
from random import Random
from typing import TYPE_CHECKING

from common.providers.sandbox.drawing.canvas import Canvas, Edges
from common.providers.sandbox.drawing.cues import find_colors, find_cues
from common.providers.sandbox.drawing.finish import enlarged, posterized, printed, softened, stroked
from common.providers.sandbox.drawing.landscape import paint_landscape
from common.providers.sandbox.drawing.looks import LOOKS, Brush
from common.providers.sandbox.drawing.png import encode
from common.providers.sandbox.drawing.portrait import paint_portrait
from common.providers.sandbox.drawing.scene import choose_scene
from common.providers.sandbox.drawing.sitter import choose_sitter

if TYPE_CHECKING:
    from common.providers import ImageOrder
    from common.providers.sandbox.drawing.canvas import Color, Picture

_BLOCKS = {"avatar": 72, "background": 120}
"""Blocks along the shorter side of a pixel art picture."""
_STROKE_MODEL = 224
"""Pixels along the shorter side of the picture that brush strokes are sampled from."""
_LARGE = 768
"""Pixels along the shorter side from which single steps of an edge are not seen."""


def draw(order: ImageOrder) -> bytes:
    """A PNG of exactly `order.width` × `order.height` pixels; every field of the order bears on its bytes.

    Prompt, style, subject and seed decide what is to be seen; the size only how large it is drawn; guidance how vivid
    the colours are; the rest (steps, model, negative prompt) varies the small matter.
    """
    picture = _painted(order, *_painting_size(order))
    finishing = _chance(order, "finish")
    if order.style == "pixel_art":
        picture = enlarged(posterized(picture, 13), order.width, order.height)
    elif order.style == "painterly":
        fineness = 0.85 + min(order.num_inference_steps, 60) / 200
        picture = stroked(picture, order.width, order.height, finishing, fineness=fineness)
    elif order.style == "realistic":
        picture = softened(picture)
    elif order.style == "custom":
        picture = softened(printed(picture, _inks(order)))
    return encode(picture)


def _painting_size(order: ImageOrder) -> tuple[int, int]:
    """Width and height to paint at, before the finish brings the picture to its own size."""
    shorter = min(order.width, order.height)
    target = {"pixel_art": _BLOCKS.get(order.subject, 96), "painterly": _STROKE_MODEL}.get(order.style, shorter)
    if target >= shorter:
        return order.width, order.height
    return max(1, round(order.width * target / shorter)), max(1, round(order.height * target / shorter))


def _painted(order: ImageOrder, width: int, height: int) -> Picture:
    canvas = Canvas(width, height, _edges(order))
    vivid = 0.9 + 0.02 * max(0.0, min(10.0, order.guidance_scale))
    brush = Brush(canvas, LOOKS.get(order.style, LOOKS["custom"]), vivid=vivid)
    cues = find_cues(order.prompt, order.negative_prompt)
    choosing, painting = _chance(order, "choose"), _chance(order, "paint")
    if order.subject == "avatar":
        paint_portrait(brush, choose_sitter(cues, find_colors(order.prompt), choosing), painting)
    else:
        paint_landscape(brush, choose_scene(cues, (canvas.right, canvas.bottom), choosing), painting)
    return canvas.picture()


def _edges(order: ImageOrder) -> Edges:
    """Fine edges where neither the finish nor the size hides the steps."""
    if order.style in {"pixel_art", "painterly"}:
        return Edges.HARD
    return Edges.FINE if order.style == "anime" and min(order.width, order.height) < _LARGE else Edges.SOFT


def _chance(order: ImageOrder, step: str) -> Random:
    """The dice of one step; what there is to see does not hang on the technical fields."""
    parts = [step, order.prompt, order.subject, order.seed]
    if step != "choose":
        parts += [order.style, order.negative_prompt, order.model]
        parts += [float(order.guidance_scale), order.num_inference_steps]
    digest = hashlib.sha256(repr(parts).encode("utf-8", "backslashreplace")).digest()
    return Random(int.from_bytes(digest[:8], "big"))  # noqa: S311 - repeatable by intent


def _inks(order: ImageOrder) -> list[Color]:
    """Five inks from dark to light for a print in two hues."""
    chance = _chance(order, "choose")
    hue, other = chance.random(), chance.choice((0.08, 0.42, 0.5, 0.58))
    inks: list[Color] = []
    for index, (saturation, value) in enumerate(((0.6, 0.17), (0.62, 0.4), (0.55, 0.66), (0.42, 0.86), (0.1, 0.97))):
        red, green, blue = hsv_to_rgb((hue + (other if index >= 2 else 0.0)) % 1, saturation, value)
        inks.append((round(red * 255), round(green * 255), round(blue * 255)))
    return inks
