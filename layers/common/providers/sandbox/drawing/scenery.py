"""What stands in a landscape: trees, castles, villages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.providers.sandbox.drawing.canvas import mix
from common.providers.sandbox.drawing.paths import box, line, oval, smooth

if TYPE_CHECKING:
    from random import Random

    from common.providers.sandbox.drawing.canvas import Color, Point
    from common.providers.sandbox.drawing.looks import Brush
    from common.providers.sandbox.drawing.scene import Scene

_SHADE: Color = (18, 20, 36)
_LAMP: Color = (255, 206, 110)


def paint_tree(brush: Brush, scene: Scene, foot: Point, size: float, *, rng: Random) -> None:
    """A tree of `size` units that suits the land: palm, snowy pine, pine or broadleaf."""
    distance = max(0.0, 0.3 - size * 1.1)
    if scene.land == "desert":
        _paint_palm(brush, scene, foot, size, distance=distance)
    elif scene.land != "plain" or rng.random() < 0.4:
        _paint_pine(brush, scene, foot, size, distance=distance)
    else:
        _paint_broadleaf(brush, scene, foot, size, rng=rng)


def _paint_pine(brush: Brush, scene: Scene, foot: Point, size: float, *, distance: float) -> None:
    (x, y), green = foot, scene.at((40, 84, 62), distance)
    trunk = scene.at((84, 58, 42), distance)
    brush.patch([(x - size * 0.04, y), (x + size * 0.04, y), (x + size * 0.03, y - size * 0.3)], trunk)
    for tier in range(3):
        low, wide = y - size * (0.14 + 0.26 * tier), size * (0.3 - 0.075 * tier)
        top = low - size * 0.42
        brush.shape([(x - wide, low), (x, low + size * 0.04), (x + wide, low), (x, top)], green)
        lit = scene.at((228, 236, 246), distance) if scene.land == "winter" else mix(green, scene.light.disc, 0.25)
        brush.patch([(x - wide, low), (x - wide * 0.25, low - size * 0.04), (x, top)], lit)


def _paint_broadleaf(brush: Brush, scene: Scene, foot: Point, size: float, *, rng: Random) -> None:
    x, y = foot
    green = scene.at(mix((84, 128, 56), (186, 136, 50), rng.choice((0.0, 0.1, 0.25, 0.6))), 0.1)
    brush.shape(line([(x, y), (x, y - size * 0.5)], size * 0.08), scene.at((92, 64, 44), 0.1))
    heaps = [(rng.uniform(-0.24, 0.24), rng.uniform(0.5, 0.86), rng.uniform(0.17, 0.26)) for _ in range(5)]
    for dx, dy, radius in heaps:
        brush.shape(oval((x + dx * size, y - dy * size), radius * size, radius * size * 0.85), mix(green, _SHADE, 0.25))
    for dx, dy, radius in heaps:
        center = (x + (dx - 0.035) * size, y - (dy + 0.035) * size)
        brush.dot(center, radius * size * 0.8, radius * size * 0.65, mix(green, scene.light.disc, 0.12))


def _paint_palm(brush: Brush, scene: Scene, foot: Point, size: float, *, distance: float) -> None:
    (x, y), green = foot, scene.at((74, 118, 58), distance)
    head = (x + size * 0.12, y - size * 0.8)
    stem = smooth([(x, y), (x + size * 0.02, y - size * 0.45), head], closed=False)
    brush.shape(line(stem, size * 0.055), scene.at((134, 96, 62), distance))
    for reach, drop in ((-0.42, 0.1), (-0.34, -0.14), (-0.12, -0.26), (0.16, -0.24), (0.36, -0.1), (0.4, 0.14)):
        frond = [head, (head[0] + reach * size * 0.55, head[1] + (drop - 0.1) * size * 0.7)]
        tip = (head[0] + reach * size, head[1] + (drop + 0.1) * size)
        brush.shape(line(smooth([*frond, tip], closed=False), size * 0.085, taper=True), green)


def paint_castle(brush: Brush, scene: Scene, place: Point, rng: Random) -> None:
    """Walls, a gate and towers with pointed roofs on a rock."""
    x, y = place
    stone, size = scene.at((172, 160, 146), 0.16), 0.17
    rock = [(x - 0.34, y + 0.1), (x - 0.2, y), (x - 0.08, y - 0.03), (x + 0.1, y - 0.025), (x + 0.22, y + 0.01)]
    brush.shape([*rock, (x + 0.36, y + 0.1)], scene.at((104, 100, 96), 0.2), scene.at((84, 92, 74), 0.2))
    towers = [(-0.17, 0.13, 0.036), (0.18, 0.145, 0.036), (-0.075, 0.2, 0.032), (0.085, 0.22, 0.034), (0.0, 0.3, 0.042)]
    roof: Color = rng.choice(((122, 50, 46), (58, 72, 110), (86, 62, 98)))
    for dx, tall, half in reversed(towers):
        _paint_tower(brush, scene, (x + dx, y), (half, tall), roof=scene.at(roof, 0.14))
    _paint_wall(brush, (x - size, x + size), (y - 0.075, y + 0.02), stone)
    gate = smooth([(x - 0.026, y + 0.02), (x - 0.026, y - 0.025), (x, y - 0.05), (x + 0.026, y - 0.025)], closed=False)
    brush.patch([*gate, (x + 0.026, y + 0.02)], mix(stone, _SHADE, 0.75))


def _paint_tower(brush: Brush, scene: Scene, foot: Point, size: Point, *, roof: Color) -> None:
    (x, y), (half, tall) = foot, size
    stone = scene.at((184, 172, 156), 0.14)
    top = y - tall
    brush.shape(box(x - half, top, x + half, y + 0.02), stone, mix(stone, _SHADE, 0.2))
    brush.patch(box(x + half * 0.3, top, x + half, y + 0.02), mix(stone, _SHADE, 0.3))
    _paint_wall(brush, (x - half * 1.2, x + half * 1.2), (top - 0.012, top + 0.012), mix(stone, _SHADE, 0.1))
    peak = (x, top - half * 3.1)
    brush.shape([(x - half * 1.15, top - 0.012), peak, (x + half * 1.15, top - 0.012)], roof)
    brush.patch([(x + half * 0.2, top - 0.012), peak, (x + half * 1.15, top - 0.012)], mix(roof, _SHADE, 0.3))
    lit = _LAMP if scene.light.dim > 0.2 else mix(stone, _SHADE, 0.7)
    brush.dot((x - half * 0.2, top + 0.045), half * 0.2, 0.013, lit)
    flag = [peak, (x + 0.035, peak[1] - 0.014), (x, peak[1] - 0.028)]
    brush.patch(flag, scene.at((196, 56, 48), 0.1))


def _paint_wall(brush: Brush, across: Point, down: Point, color: Color) -> None:
    """A wall with merlons."""
    (left, right), (top, foot) = across, down
    brush.shape(box(left, top, right, foot), color, mix(color, _SHADE, 0.3))
    count = max(3, round((right - left) / 0.03))
    step = (right - left) / (2 * count - 1)
    for index in range(count):
        edge = left + 2 * index * step
        brush.patch(box(edge, top - 0.013, edge + step, top), color)


def paint_village(brush: Brush, scene: Scene, place: Point, rng: Random) -> None:
    """A handful of houses around a minaret-slim tower; lamps burn when it is dark."""
    x, y = place
    houses = sorted((rng.uniform(-0.03, 0.025), rng.uniform(-0.32, 0.32), rng.uniform(0.05, 0.085)) for _ in range(8))
    tower = scene.at((222, 214, 198), 0.15)
    brush.shape(box(x - 0.01, y - 0.2, x + 0.01, y + 0.03), tower)
    brush.shape([(x - 0.016, y - 0.2), (x, y - 0.265), (x + 0.016, y - 0.2)], scene.at((84, 92, 110), 0.15))
    brush.patch(box(x - 0.017, y - 0.15, x + 0.017, y - 0.138), mix(tower, _SHADE, 0.25))
    for drop, dx, size in houses:
        _paint_house(brush, scene, (x + dx, y + drop + 0.03), size, rng=rng)


def _paint_house(brush: Brush, scene: Scene, foot: Point, size: float, *, rng: Random) -> None:
    (x, y), half, wall_top = foot, size * 0.6, foot[1] - size * 0.62
    wall = scene.at(rng.choice(((228, 214, 188), (214, 190, 160), (200, 176, 150))), 0.12)
    tiles = (230, 236, 244) if scene.land == "winter" else rng.choice(((168, 76, 52), (142, 66, 52), (120, 82, 60)))
    brush.shape(box(x - half, wall_top, x + half, y), wall, mix(wall, _SHADE, 0.25))
    brush.patch(box(x + half * 0.4, wall_top, x + half, y), mix(wall, _SHADE, 0.2))
    ridge_y = wall_top - size * 0.4
    roof = [
        (x - half * 1.2, wall_top),
        (x - half * 0.6, ridge_y),
        (x + half * 0.6, ridge_y),
        (x + half * 1.2, wall_top),
    ]
    brush.shape(roof, scene.at(tiles, 0.1))
    lit = _LAMP if scene.light.dim > 0.2 else mix(wall, _SHADE, 0.65)
    for dx in (-0.55, 0.05):
        left, top = x + half * dx, wall_top + size * 0.16
        brush.patch(box(left, top, left + half * 0.34, top + size * 0.22), lit)
