"""What tells the styles apart while painting; what is done to the finished picture stands in `finish`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from common.providers.sandbox.drawing.canvas import Canvas, mix
from common.providers.sandbox.drawing.paths import grown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.providers.sandbox.drawing.canvas import Color, Point, Region


@dataclass(frozen=True, slots=True)
class Look:
    """How a style paints.

    `outline` is the width of the dark line around shapes in units (0: none), `eye` the size of the eyes against
    natural ones, `soft` whether light falls in gradients or in two flat tones, `detail` (0 … 1) how much small matter
    there is, `vivid` how saturated colours are against natural ones, `spiky` whether hair falls in pointed locks.
    """

    outline: float
    eye: float
    soft: bool
    detail: float
    vivid: float
    spiky: bool = False


LOOKS = {
    "realistic": Look(outline=0.0, eye=1.0, soft=True, detail=1.0, vivid=0.85),
    "painterly": Look(outline=0.0, eye=1.15, soft=True, detail=0.6, vivid=1.1),
    "anime": Look(outline=0.006, eye=2.3, soft=False, detail=0.25, vivid=1.3, spiky=True),
    "pixel_art": Look(outline=0.014, eye=1.6, soft=False, detail=0.2, vivid=1.25),
    "custom": Look(outline=0.005, eye=1.3, soft=False, detail=0.5, vivid=1.0),
}

INK: Color = (38, 26, 40)


class Brush:
    """Paints shapes on a canvas in one look."""

    def __init__(self, canvas: Canvas, look: Look, *, vivid: float = 1.0) -> None:
        self.canvas, self.look = canvas, look
        self._vivid = look.vivid * vivid

    def tone(self, color: Color) -> Color:
        """The colour as this look shows it."""
        gray = sum(color) / 3
        red, green, blue = (max(0, min(255, round(gray + (channel - gray) * self._vivid))) for channel in color)
        return (red, green, blue)

    def shape(self, loop: Sequence[Point], color: Color, to: Color | None = None, *, outline: bool = True) -> Region:
        """A filled shape, with this look's outline; `to` is its colour at the bottom where light is soft."""
        if outline and self.look.outline:
            self.canvas.fill(self.canvas.polygon(grown(loop, self.look.outline)), mix(self.tone(color), INK, 0.8))
        end = self.tone(to) if to and self.look.soft else None
        return self.canvas.fill(self.canvas.polygon(loop), self.tone(color), end)

    def patch(self, loop: Sequence[Point], color: Color, within: Region | None = None) -> Region:
        """A filled shape without an outline, cut off at the edge of `within`."""
        region = self.canvas.polygon(loop)
        return self.canvas.fill(region.within(within) if within else region, self.tone(color))

    def dot(self, center: Point, rx: float, ry: float, color: Color, *, within: Region | None = None) -> Region:
        """A filled ellipse without an outline."""
        region = self.canvas.ellipse(center, rx, ry)
        return self.canvas.fill(region.within(within) if within else region, self.tone(color))

    def shadow(self, center: Point, radii: Point, color: Color, alpha: float, *, within: Region) -> None:
        """Light or shade on a surface: a gradient in soft looks, a flat patch with a hard edge in others."""
        if self.look.soft:
            self.canvas.glow(center, radii, self.tone(color), alpha, within=within)
        else:
            flat = self.canvas.ellipse(center, radii[0] * 0.8, radii[1] * 0.8)
            self.canvas.veil(flat.within(within), self.tone(color), alpha * 0.6)
