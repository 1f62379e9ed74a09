"""One sitting for a portrait: where head, eyes and mouth stand on the canvas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from common.providers.sandbox.drawing.paths import line, mirrored, smooth

if TYPE_CHECKING:
    from random import Random

    from common.providers.sandbox.drawing.canvas import Color, Point, Region
    from common.providers.sandbox.drawing.looks import Brush
    from common.providers.sandbox.drawing.sitter import Sitter


@dataclass(frozen=True, slots=True)
class Sitting:
    """A sitter before a canvas; lengths in the canvas's units, (x, y) is the middle of the face."""

    brush: Brush
    sitter: Sitter
    x: float
    y: float
    wide: float
    """Half the width of the face."""
    tall: float
    """Half its height."""
    floor_y: float

    @classmethod
    def of(cls, brush: Brush, sitter: Sitter) -> Sitting:
        """The sitter in the middle of the canvas, the head a little above it."""
        canvas = brush.canvas
        top = (canvas.bottom - 1) / 2
        child = 0.95 if "young" in sitter.cues else 1.0
        return cls(brush, sitter, canvas.right / 2, top + 0.45, 0.158 * sitter.width, 0.21 * child, canvas.bottom)

    @property
    def eyes_y(self) -> float:
        """Height of the eyes; big ones stand lower."""
        return self.y + 0.008 * self.brush.look.eye - 0.008

    @property
    def nose_y(self) -> float:
        """Height of the tip of the nose."""
        return self.y + self.tall * 0.37

    @property
    def mouth_y(self) -> float:
        """Height of the line between the lips."""
        return self.y + self.tall * 0.64

    @property
    def chin_y(self) -> float:
        """Lowest point of the face."""
        return self.y + self.tall

    def face_loop(self) -> list[Point]:
        """The outline of the face."""
        x, y, wide, tall, jaw = self.x, self.y, self.wide, self.tall, self.sitter.jaw
        point = 0.26 if self.brush.look.soft else 0.17
        half = [(x, y - tall), (x + wide * 0.6, y - tall * 0.87), (x + wide * 0.94, y - tall * 0.42)]
        half += [(x + wide, y + tall * 0.08), (x + wide * (0.4 + 0.6 * jaw), y + tall * 0.52)]
        half += [(x + wide * jaw * 0.68, y + tall * 0.8), (x + wide * point, y + tall * 0.97), (x, y + tall)]
        return smooth(mirrored(half, x))

    def strands(self, mass: Region, frame: tuple[Point, Point], tones: tuple[Color, Color], rng: Random) -> None:
        """Hairs within a mass of hair: thin dark and light locks that hang down from `frame`.

        `frame` is the middle of the upper edge, then half the width and the height.
        """
        (x, y), (wide, tall) = frame
        count = round(6 + 44 * self.brush.look.detail)
        for index in range(count):
            start = rng.uniform(-1, 1)
            bow = start * wide * 1.05
            lock = [(x + start * wide * 0.8, y + tall * rng.uniform(-0.1, 0.3)), (x + bow, y + tall * 0.6)]
            lock.append((x + start * wide * rng.uniform(0.55, 1.0), y + tall * rng.uniform(0.8, 1.1)))
            thick = rng.uniform(0.003, 0.006) if self.brush.look.soft else 0.007
            self.brush.patch(line(smooth(lock, closed=False, detail=4), thick, taper=True), tones[index % 2], mass)
