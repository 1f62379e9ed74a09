"""What a style does to a finished picture: blocks, brush strokes, inks, softness."""

from __future__ import annotations

from math import atan2, ceil, cos, pi, sin, sqrt
from operator import itemgetter
from typing import TYPE_CHECKING

from common.providers.sandbox.drawing.canvas import Picture, average

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from common.providers.sandbox.drawing.canvas import Color

_ANGLES = 12
_SHADES = [bytes((max(0, min(255, value - 7)),)) for value in range(256 + 24)]
"""Single bytes by value + 7: a colour may be shifted beyond both ends."""
_BRUSHES = ((0.11, 0.036, 0), (0.052, 0.022, 0), (0.025, 0.0103, 18))
"""Length and spacing of strokes in units, and how much must change for them to be needed (0 … 510)."""
_CLEAR = 4
"""Change from which an edge has a direction worth following."""


def enlarged(picture: Picture, width: int, height: int) -> Picture:
    """The picture at another size, every pixel a hard-edged block."""
    widened = itemgetter(*(x * picture.width // width for x in range(width)))
    counts = [height * (y + 1) // picture.height - height * y // picture.height for y in range(picture.height)]
    planes: list[bytearray] = []
    for plane in picture.planes:
        rows: list[bytes] = []
        for y, count in enumerate(counts):
            row = plane[y * picture.width : (y + 1) * picture.width]
            rows.append(bytes(widened(row)) * count)
        planes.append(bytearray(b"".join(rows)))
    return Picture(width, height, planes)


def posterized(picture: Picture, levels: int) -> Picture:
    """The picture with only `levels` steps in each colour."""
    step = 255 / (levels - 1)
    table = bytes(round(round(value / step) * step) for value in range(256))
    return Picture(picture.width, picture.height, [plane.translate(table) for plane in picture.planes])


def softened(picture: Picture) -> Picture:
    """The picture with the hardness taken out of edges and gradients: each pixel averaged with its neighbours."""
    planes: list[bytearray] = []
    for plane in picture.planes:
        aside = average(plane, plane[1:] + plane[-1:])
        planes.append(average(aside, aside[picture.width :] + aside[-picture.width :]))
    return Picture(picture.width, picture.height, planes)


def printed(picture: Picture, inks: Sequence[Color]) -> Picture:
    """The picture as a print in a few inks, from the darkest to the lightest, chosen by brightness."""
    red, green, blue = picture.planes
    brightness = average(average(red, blue), green)
    ordered = sorted(brightness[::61])
    limits = [ordered[len(ordered) * step // len(inks)] for step in range(1, len(inks))]
    chosen = [sum(value >= limit for limit in limits) for value in range(256)]
    tables = [bytes(inks[index][channel] for index in chosen) for channel in range(3)]
    return Picture(picture.width, picture.height, [brightness.translate(table) for table in tables])


def stroked(base: Picture, width: int, height: int, rng: Random, *, fineness: float) -> Picture:
    """The base repainted in brush strokes at another size: broad ones first, fine ones where there is detail.

    `fineness` (about 1) scales the number of strokes.
    """
    unit = min(width, height)
    margin = ceil(unit * _BRUSHES[0][0] / 2) + 1
    easel = _Easel(base, width, height, margin)
    for length, spacing, detail in _BRUSHES:
        easel.take_brush(length * unit, length * unit * 0.3, detail=detail)
        step = spacing * unit / fineness**0.5
        for row in range(int(height / step) + 1):
            for column in range(int(width / step) + 1):
                x, y = int((column + rng.random()) * step), int((row + rng.random()) * step)
                easel.stroke(min(x, width - 1), min(y, height - 1), rng.getrandbits(16))
    return easel.picture()


class _Easel:
    """A picture that grows stroke by stroke after a model; strokes may run over its edges into a margin."""

    def __init__(self, model: Picture, width: int, height: int, margin: int) -> None:
        self._model, self._relief = model, _relief(model)
        self._width, self._height, self._margin = width, height, margin
        self._stride = width + 2 * margin
        self._planes = enlarged(model, self._stride, height + 2 * margin).planes
        self._detail = 0
        self._stamps: list[list[tuple[int, int, int]]] = []

    def picture(self) -> Picture:
        """What has been painted, without the margin."""
        starts = [(self._margin + y) * self._stride + self._margin for y in range(self._height)]
        planes = [bytearray(b"".join([plane[at : at + self._width] for at in starts])) for plane in self._planes]
        return Picture(self._width, self._height, planes)

    def take_brush(self, length: float, thickness: float, *, detail: int) -> None:
        """Choose the following strokes: their size in pixels, and how much must change around them (0 … 510)."""
        self._detail = detail
        self._stamps = []
        for turn in range(_ANGLES):
            body = _stamp(length / 2, max(0.8, thickness / 2), pi * turn / _ANGLES)
            bristle = _stamp(length * 0.4, max(0.5, thickness / 9), pi * turn / _ANGLES)
            rows = [(*row, 0) for row in body] + [(*row, 1) for row in bristle]
            self._stamps.append([(dy * self._stride + left, right - left, tone) for dy, left, right, tone in rows])

    def stroke(self, x: int, y: int, chance: int) -> None:
        """One stroke in the model's colour, along the edges of what is painted there."""
        model = self._model
        column, row = x * model.width // self._width, y * model.height // self._height
        across, down = self._slope(column, row)
        change = abs(across) + abs(down)
        if change < self._detail:
            return
        angle = atan2(down, across) + pi / 2 if change > _CLEAR else 0.7 * sin(x * 5 / self._width)
        shift, at = (chance >> 2) % 15, row * model.width + column
        red, green, blue = self._planes
        tones = [plane[at] + shift for plane in model.planes]
        inks = ([_SHADES[tone] for tone in tones], [_SHADES[tone + 9] for tone in tones])
        middle = (y + self._margin) * self._stride + x + self._margin
        for offset, length, tone in self._stamps[round(angle / pi * _ANGLES + (chance & 3) / 3 - 0.5) % _ANGLES]:
            first = middle + offset
            end = first + length
            for_red, for_green, for_blue = inks[tone]
            red[first:end] = for_red * length
            green[first:end] = for_green * length
            blue[first:end] = for_blue * length

    def _slope(self, column: int, row: int) -> tuple[int, int]:
        """How much the relief changes to the right and downwards."""
        relief, width = self._relief, self._model.width
        column, row = max(2, min(width - 3, column)), max(2, min(self._model.height - 3, row))
        at = row * width + column
        return relief[at + 2] - relief[at - 2], relief[at + 2 * width] - relief[at - 2 * width]


def _relief(model: Picture) -> bytearray:
    """A blurred plane of brightness, whose slopes show the edges."""
    red, green, blue = model.planes
    relief = average(average(red, blue), green)
    for shift in (1, model.width) * 3:
        relief = average(relief[shift:] + relief[-shift:], relief[-shift:] + relief[:-shift])
    return relief


def _stamp(long: float, short: float, angle: float) -> list[tuple[int, int, int]]:
    """A tilted ellipse with half axes in pixels, as rows of (dy, left, right) about its middle."""
    flat, steep = cos(angle), sin(angle)
    square = (flat / long) ** 2 + (steep / short) ** 2
    rows: list[tuple[int, int, int]] = []
    for dy in range(-ceil(long), ceil(long) + 1):
        linear = dy * steep * flat * (1 / long**2 - 1 / short**2)
        rest = dy * dy * ((steep / long) ** 2 + (flat / short) ** 2) - 1
        root = linear * linear - square * rest
        if root >= 0:
            rows.append((dy, round((-linear - sqrt(root)) / square), round((-linear + sqrt(root)) / square) + 1))
    return rows
