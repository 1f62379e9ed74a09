"""A drawing surface in pure Python: three colour planes, filled span by span at the speed of slices."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from math import ceil, floor, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Color = tuple[int, int, int]
Point = tuple[float, float]

_BYTES = [bytes((value,)) for value in range(256)]


def mix(first: Color, second: Color, share: float) -> Color:
    """`first` with `share` (0 … 1) of `second` in it."""
    red, green, blue = first
    return (
        round(red + (second[0] - red) * share),
        round(green + (second[1] - green) * share),
        round(blue + (second[2] - blue) * share),
    )


@lru_cache(maxsize=4096)
def _veil(channel: int, alpha: float) -> bytes:
    """The translation table that draws every byte towards `channel` by `alpha`."""
    return bytes(round(value + (channel - value) * alpha) for value in range(256))


@dataclass(slots=True)
class Picture:
    """Three colour planes (red, green, blue) of `width` × `height` bytes each, row by row."""

    width: int
    height: int
    planes: list[bytearray]


@dataclass(slots=True)
class Region:
    """The pixels of a shape: row `top + i` is covered from `rows[i][0]` to `[1]`, from `[2]` to `[3]` and so on."""

    top: int
    rows: list[list[float]]

    def within(self, other: Region) -> Region:
        """The part of this region that lies inside `other`."""
        top = max(self.top, other.top)
        bottom = min(self.top + len(self.rows), other.top + len(other.rows))
        rows = [_overlap(self.rows[y - self.top], other.rows[y - other.top]) for y in range(top, bottom)]
        return Region(top, rows)


def _overlap(first: list[float], second: list[float]) -> list[float]:
    if len(first) == len(second) == 2:
        left, right = max(first[0], second[0]), min(first[1], second[1])
        return [left, right] if left < right else []
    found: list[float] = []
    for start, end in zip(first[::2], first[1::2], strict=False):
        for other_start, other_end in zip(second[::2], second[1::2], strict=False):
            left, right = max(start, other_start), min(end, other_end)
            if left < right:
                found += (left, right)
    return found


class Edges(IntEnum):
    """How carefully a canvas draws the edges of shapes."""

    HARD = 0
    """A pixel is inside or outside."""
    SOFT = 1
    """The pixels at the ends of a span are covered in part."""
    FINE = 2
    """Soft, and sampled twice as densely downwards."""


class Canvas:
    """A surface measured in units: one unit is the shorter side, (0, 0) the top left corner."""

    def __init__(self, width: int, height: int, edges: Edges) -> None:
        self.right, self.bottom = width / min(width, height), height / min(width, height)
        self._width, self._height, self._edges = width, height, edges
        self._across = min(width, height)
        density = 2 if edges is Edges.FINE else 1
        self._down, self._rows = self._across * density, height * density
        self._planes = [bytearray(width * self._rows) for _ in range(3)]

    def picture(self) -> Picture:
        """The finished picture at the canvas's own size."""
        if self._edges is not Edges.FINE:
            return Picture(self._width, self._height, self._planes)
        return Picture(self._width, self._height, [_row_pairs_averaged(plane, self._width) for plane in self._planes])

    def polygon(self, *loops: Sequence[Point]) -> Region:
        """The inside of closed loops (even-odd: a loop within a loop is a hole)."""
        heights = [y * self._down for loop in loops for _, y in loop]
        top, bottom = max(0, floor(min(heights))), min(self._rows, ceil(max(heights)) + 1)
        rows: list[list[float]] = [[] for _ in range(max(0, bottom - top))]
        for loop in loops:
            scaled = [(x * self._across, y * self._down) for x, y in loop]
            for start, end in zip(scaled, [*scaled[1:], scaled[0]], strict=True):
                _cross(rows, top, start, end)
        for row in rows:
            row.sort()
        return Region(top, rows)

    def ellipse(self, center: Point, rx: float, ry: float) -> Region:
        """An upright ellipse with half axes `rx` and `ry`."""
        x, y, half = center[0] * self._across, center[1] * self._down, rx * self._across
        tall = max(ry * self._down, 0.5)
        top, bottom = max(0, ceil(y - tall - 0.5)), min(self._rows, floor(y + tall - 0.5) + 1)
        rows: list[list[float]] = []
        for row in range(top, bottom):
            reach = half * sqrt(max(0.0, 1 - ((row + 0.5 - y) / tall) ** 2))
            rows.append([x - reach, x + reach])
        return Region(top, rows)

    def band(self, upper: float, lower: float) -> Region:
        """The whole width between two heights."""
        top, bottom = max(0, round(upper * self._down)), min(self._rows, round(lower * self._down))
        return Region(top, [[0.0, float(self._width)] for _ in range(top, bottom)])

    def fill(self, region: Region, color: Color, to: Color | None = None) -> Region:
        """Paint a region in one colour, or in a gradient that ends in `to` at its bottom; returns the region."""
        last = max(1, len(region.rows) - 1)
        for index, row in enumerate(region.rows):
            ink = color if to is None else mix(color, to, index / last)
            for start, stop in zip(row[::2], row[1::2], strict=False):
                self._run((region.top + index) * self._width, start, stop, ink)
        return region

    def veil(self, region: Region, color: Color, alpha: float) -> None:
        """Lay a colour over a region so that what is below shines through (`alpha` 0 … 1)."""
        for_red, for_green, for_blue = (_veil(channel, round(alpha, 3)) for channel in color)
        red, green, blue = self._planes
        width, base = self._width, region.top * self._width
        for row in region.rows:
            for index in range(0, len(row) - 1, 2):
                start, stop = int(row[index] + 0.5), int(row[index + 1] + 0.5)
                left, right = base + max(0, start), base + min(width, stop)
                if left < right:
                    red[left:right] = red[left:right].translate(for_red)
                    green[left:right] = green[left:right].translate(for_green)
                    blue[left:right] = blue[left:right].translate(for_blue)
            base += width

    def glow(self, center: Point, radii: Point, color: Color, alpha: float, *, within: Region | None = None) -> None:
        """A soft spot: strongest (`alpha`) in the middle, fading to nothing at the radii."""
        steps = max(12, min(30, round(60 * max(radii))))
        thin = 1 - (1 - alpha) ** (1 / steps)
        for step in range(steps, 0, -1):
            ring = self.ellipse(center, radii[0] * step / steps, radii[1] * step / steps)
            self.veil(ring.within(within) if within else ring, color, thin)

    def mirror(self, horizon: float, *, depth: float, sway: Sequence[int]) -> None:
        """Reflect what stands above `horizon` downwards; row `i` is shifted by `sway[i % len(sway)]` hundredths.

        `depth` is how much height above the horizon one unit below it shows.
        """
        line, width = round(horizon * self._down), self._width
        for row in range(line, self._rows):
            source = max(0, line - 1 - round((row - line) * depth))
            shift = sway[(row - line) * 1000 // self._down % len(sway)] * self._across // 100 % width
            for plane in self._planes:
                copied = plane[source * width : (source + 1) * width]
                plane[row * width : (row + 1) * width] = copied[shift:] + copied[:shift]

    def _run(self, base: int, start: float, stop: float, ink: Color) -> None:
        if self._edges is Edges.HARD:
            left, right = round(start), round(stop)
        else:
            left, right = ceil(start), floor(stop)
            self._touch(base, left - 1, min(left, stop) - start, ink)
            if right >= left:
                self._touch(base, right, stop - right, ink)
        left, right = max(0, left), min(self._width, right)
        if left < right:
            red, green, blue = self._planes
            first, end, length = base + left, base + right, right - left
            red[first:end] = _BYTES[ink[0]] * length
            green[first:end] = _BYTES[ink[1]] * length
            blue[first:end] = _BYTES[ink[2]] * length

    def _touch(self, base: int, column: int, coverage: float, ink: Color) -> None:
        """Cover one pixel in part: the soft end of a span."""
        if coverage > 0 and 0 <= column < self._width:
            at, share, (red, green, blue) = base + column, int(coverage * 256), self._planes
            red[at] += (ink[0] - red[at]) * share >> 8
            green[at] += (ink[1] - green[at]) * share >> 8
            blue[at] += (ink[2] - blue[at]) * share >> 8


def _cross(rows: list[list[float]], top: int, start: Point, end: Point) -> None:
    """Note where an edge crosses the middle of each row."""
    (x0, y0), (x1, y1) = (start, end) if start[1] <= end[1] else (end, start)
    first, stop = max(top, ceil(y0 - 0.5)), min(top + len(rows), ceil(y1 - 0.5))
    if first < stop:
        slope = (x1 - x0) / (y1 - y0)
        x = x0 + (first + 0.5 - y0) * slope
        for row in rows[first - top : stop - top]:
            row.append(x)
            x += slope


def _row_pairs_averaged(plane: bytearray, width: int) -> bytearray:
    starts = range(0, len(plane), 2 * width)
    upper = b"".join([plane[start : start + width] for start in starts])
    lower = b"".join([plane[start + width : start + 2 * width] for start in starts])
    return average(upper, lower)


def average(first: bytes | bytearray, second: bytes | bytearray) -> bytearray:
    """The mean of two planes of equal size, byte by byte.

    All bytes at once, as one huge integer: `(a & b) + ((a ^ b) >> 1)` with the bit that would fall into the next
    byte masked away. Hundreds of times faster than a loop.
    """
    length = len(first)
    one, two = int.from_bytes(first, "little"), int.from_bytes(second, "little")
    half = int.from_bytes(b"\xfe" * length, "little")
    return bytearray(((one & two) + (((one ^ two) & half) >> 1)).to_bytes(length, "little"))
