"""Outlines of shapes, as lists of points in the canvas's units."""

from __future__ import annotations

from itertools import pairwise
from math import cos, hypot, pi, sin
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from common.providers.sandbox.drawing.canvas import Point


def smooth(points: Sequence[Point], *, closed: bool = True, detail: int = 6) -> list[Point]:
    """A Catmull-Rom curve through the points, with `detail` pieces between two of them."""
    framed = [points[-1], *points, *points[:2]] if closed else [points[0], *points, points[-1]]
    curve: list[Point] = []
    for index in range(len(framed) - 3):
        knots = framed[index : index + 4]
        curve += [_between(knots, step / detail) for step in range(detail)]
    return curve if closed else [*curve, points[-1]]


def _between(knots: Sequence[Point], share: float) -> Point:
    square, cube = share * share, share * share * share
    weights = (
        -0.5 * cube + square - 0.5 * share,
        1.5 * cube - 2.5 * square + 1,
        -1.5 * cube + 2 * square + 0.5 * share,
        0.5 * cube - 0.5 * square,
    )
    return (
        sum(weight * knot[0] for weight, knot in zip(weights, knots, strict=True)),
        sum(weight * knot[1] for weight, knot in zip(weights, knots, strict=True)),
    )


def line(points: Sequence[Point], width: float, *, taper: bool = False) -> list[Point]:
    """A stroke of `width` along the points; a tapered one is thin at both ends."""
    left: list[Point] = []
    right: list[Point] = []
    last = len(points) - 1
    for index, (x, y) in enumerate(points):
        before, after = points[max(0, index - 1)], points[min(last, index + 1)]
        dx, dy = after[0] - before[0], after[1] - before[1]
        half = width / 2 * (0.15 + 0.85 * sin(pi * index / last) if taper else 1.0) / (hypot(dx, dy) or 1.0)
        left.append((x - dy * half, y + dx * half))
        right.append((x + dy * half, y - dx * half))
    return [*left, *reversed(right)]


def grown(loop: Sequence[Point], by: float) -> list[Point]:
    """A closed loop moved outwards by `by`, for an outline painted below the shape itself."""
    turn = 1 if _area(loop) > 0 else -1
    moved: list[Point] = []
    for index, (x, y) in enumerate(loop):
        before, after = loop[index - 1], loop[(index + 1) % len(loop)]
        dx, dy = after[0] - before[0], after[1] - before[1]
        far = by * turn / (hypot(dx, dy) or 1.0)
        moved.append((x + dy * far, y - dx * far))
    return moved


def _area(loop: Sequence[Point]) -> float:
    pairs = zip(loop, [*loop[1:], loop[0]], strict=True)
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs)


def mirrored(half: Sequence[Point], axis: float) -> list[Point]:
    """A loop that is symmetric about the vertical `axis`, from its right half listed top to bottom."""
    return [*half, *((2 * axis - x, y) for x, y in reversed(half) if abs(x - axis) > 1e-9)]


def box(left: float, top: float, right: float, bottom: float) -> list[Point]:
    """An upright rectangle."""
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def oval(center: Point, rx: float, ry: float, tilt: float = 0.0) -> list[Point]:
    """An ellipse as a loop, turned by `tilt` radians."""
    loop: list[Point] = []
    for index in range(28):
        angle = 2 * pi * index / 28
        x, y = rx * cos(angle), ry * sin(angle)
        loop.append((center[0] + x * cos(tilt) - y * sin(tilt), center[1] + x * sin(tilt) + y * cos(tilt)))
    return loop


def ridge(rng: Random, right: float, *, height: float, relief: float, roughness: float, depth: int) -> list[Point]:
    """A skyline from the left edge to `right` by midpoint displacement, around `height`.

    `relief` is how far it rises and falls, `roughness` (0 … 1) how much of that each finer level keeps, `depth` the
    number of levels.
    """
    heights = [height + rng.uniform(-relief, relief) / 2, height + rng.uniform(-relief, relief) / 2]
    for _ in range(depth):
        finer: list[float] = []
        for first, second in pairwise(heights):
            finer += (first, (first + second) / 2 + rng.uniform(-relief, relief) / 2)
        heights = [*finer, heights[-1]]
        relief *= roughness
    pieces = len(heights) - 1
    return [(right * (-0.02 + 1.04 * index / pieces), y) for index, y in enumerate(heights)]
