"""Paints backgrounds from the back to the front: mountains, hills, water; the air above stands in `sky`."""

from __future__ import annotations

from math import sin
from typing import TYPE_CHECKING

from common.providers.sandbox.drawing.canvas import mix
from common.providers.sandbox.drawing.paths import oval, ridge, smooth
from common.providers.sandbox.drawing.scene import GROUNDS
from common.providers.sandbox.drawing.scenery import paint_castle, paint_tree, paint_village
from common.providers.sandbox.drawing.sky import paint_clouds, paint_sky, paint_weather

if TYPE_CHECKING:
    from random import Random

    from common.providers.sandbox.drawing.canvas import Color, Point
    from common.providers.sandbox.drawing.looks import Brush
    from common.providers.sandbox.drawing.scene import Scene


def paint_landscape(brush: Brush, scene: Scene, rng: Random) -> None:
    """Paint the scene from the back to the front."""
    paint_sky(brush, scene, rng)
    paint_clouds(brush, scene, rng)
    _paint_mountains(brush, scene, rng)
    if scene.water == "sea":
        _paint_water(brush, scene, rng, scene.horizon)
        _paint_sails(brush, scene, rng)
        _paint_headland(brush, scene, rng)
    else:
        _paint_hills(brush, scene, rng)
    paint_weather(brush, scene, rng)


def _paint_mountains(brush: Brush, scene: Scene, rng: Random) -> None:
    """Three ranges, each nearer, darker and lower."""
    canvas = brush.canvas
    high = 1.35 if "mountains" in scene.cues else 0.55 if scene.land == "desert" or scene.water == "sea" else 1.0
    far: Color = (168, 118, 84) if scene.land == "desert" else (84, 96, 122)
    rough = 0.56 if brush.look.soft else 0.48
    for index, (lift, distance) in enumerate(((0.2, 0.72), (0.125, 0.5), (0.06, 0.3))):
        relief = (0.22 - 0.05 * index) * high
        height = scene.horizon - lift * high * canvas.bottom**0.5
        skyline = ridge(rng, canvas.right, height=height, relief=relief, roughness=rough, depth=7)
        color = scene.at(far, distance)
        foot = scene.horizon + 0.05
        loop = [*skyline, (canvas.right + 0.05, foot), (-0.05, foot)]
        body = brush.shape(loop, color, mix(color, scene.at(scene.light.haze, 0.6), 0.6), outline=False)
        if scene.land != "desert":
            _paint_snow(brush, scene, skyline, index)
        if brush.look.soft:
            _paint_slopes(brush, scene, skyline, (color, foot), rng=rng)
        canvas.veil(canvas.band(scene.horizon - 0.05, foot).within(body), brush.tone(scene.light.haze), 0.12)


def _paint_slopes(
    brush: Brush, scene: Scene, skyline: list[Point], surface: tuple[Color, float], *, rng: Random
) -> None:
    """Gullies below the crest: dark on the side turned away from the light, pale on the other.

    `surface` is the mountain's colour and the height of its foot.
    """
    color, foot = surface
    canvas, away = brush.canvas, 1 if scene.disc[0] < brush.canvas.right / 2 else -1
    body = canvas.polygon([*skyline, (canvas.right + 0.05, foot), (-0.05, foot)])
    dark, pale = brush.tone(mix(color, (14, 16, 44), 0.7)), brush.tone(mix(color, scene.light.disc, 0.6))
    for (x0, y0), (x1, y1) in zip(skyline[::2], skyline[2::2], strict=False):
        turned = (y1 - y0) * away > 0
        fall = rng.uniform(0.02, 0.07) + 2.2 * abs(y1 - y0)
        gully = [(x0, y0), (x1, y1), (x1 + away * fall * 0.25, y1 + fall), (x0 + away * fall * 0.2, y0 + fall * 0.4)]
        canvas.veil(canvas.polygon(gully).within(body), dark if turned else pale, 0.26 if turned else 0.13)


def _paint_snow(brush: Brush, scene: Scene, skyline: list[Point], index: int) -> None:
    """White above a ragged line; lower down in winter."""
    line = scene.horizon * (0.88 if scene.land == "winter" else 0.66 - 0.03 * index)
    heads = [(x, y) for x, y in skyline]
    ragged = [(x, max(y, line + 0.02 * sin(x * 61 + index) + 0.012 * sin(x * 149))) for x, y in reversed(skyline)]
    if min(y for _, y in skyline) < line:
        white = scene.at((244, 248, 255), 0.45 - 0.12 * index)
        brush.canvas.fill(brush.canvas.polygon([*heads, *ragged]), brush.tone(white))


def _paint_hills(brush: Brush, scene: Scene, rng: Random) -> None:
    """Rolling ground towards the viewer, with what stands on it, and a lake in its middle."""
    canvas, ground = brush.canvas, GROUNDS[scene.land]
    deep = canvas.bottom - scene.horizon
    for index in range(4):
        height = scene.horizon + deep * (0.0, 0.16, 0.42, 0.74)[index]
        relief = 0.05 + 0.03 * index
        skyline = ridge(rng, canvas.right, height=height, relief=relief, roughness=0.42, depth=3)
        skyline = smooth(skyline, closed=False)
        near = index / 3
        color = scene.at(mix(ground, (50, 62, 40), 0.14 * index if scene.land != "winter" else 0.05), 0.34 - 0.3 * near)
        loop = [*skyline, (canvas.right + 0.05, canvas.bottom + 0.05), (-0.05, canvas.bottom + 0.05)]
        brush.shape(loop, mix(color, scene.light.disc, 0.16), mix(color, (20, 24, 30), 0.3), outline=False)
        if not brush.look.soft:
            brush.patch([(x, y + 0.014 + 0.008 * index) for x, y in loop], color)
        if index == 0 and scene.building:
            _paint_building(brush, scene, skyline, rng)
        if index == 1 and scene.water == "lake":
            _paint_water(brush, scene, rng, height + 0.06)
            continue
        _paint_growth(brush, scene, skyline, index, rng=rng)


def _paint_building(brush: Brush, scene: Scene, skyline: list[Point], rng: Random) -> None:
    place = skyline[round(len(skyline) * rng.uniform(0.3, 0.7))]
    paint = paint_castle if scene.building == "castle" else paint_village
    paint(brush, scene, place, rng)


def _paint_growth(brush: Brush, scene: Scene, skyline: list[Point], index: int, *, rng: Random) -> None:
    """Trees along a crest: more and bigger ones nearby, few in a desert."""
    dense = {"forest": 15, "plain": 5, "winter": 6, "desert": 2}[scene.land] * (2 if "forest" in scene.cues else 1)
    size = (0.05, 0.085, 0.15, 0.26)[index]
    count = round(dense * (1.3, 1.0, 0.7, 0.35)[index] * brush.canvas.right)
    for _ in range(count):
        x, y = rng.choice(skyline)
        if index == 3 and abs(x - brush.canvas.right / 2) < brush.canvas.right * 0.24:
            continue
        paint_tree(brush, scene, (x, y + size * 0.12), size * rng.uniform(0.75, 1.25), rng=rng)


def _paint_headland(brush: Brush, scene: Scene, rng: Random) -> None:
    """The coast from which the sea is seen, rising to one side."""
    canvas, side = brush.canvas, rng.choice((0.0, 1.0))
    skyline: list[Point] = []
    for index in range(25):
        x = canvas.right * (index / 24)
        share = abs(side - index / 24)
        rise = (canvas.bottom - scene.horizon) * (0.9 - 1.15 * max(0.0, 0.62 - share) ** 0.8)
        skyline.append((x, scene.horizon + rise + 0.012 * sin(index * 1.7)))
    color = scene.at(GROUNDS[scene.land], 0.05)
    loop = [(-0.05, canvas.bottom + 0.1), (-0.05, skyline[0][1]), *skyline, (canvas.right + 0.05, skyline[-1][1])]
    brush.shape([*loop, (canvas.right + 0.05, canvas.bottom + 0.1)], color, mix(color, (20, 22, 30), 0.45))
    high = skyline[:10] if side == 0.0 else skyline[-10:]
    if scene.building:
        _paint_building(brush, scene, high, rng)
    for _ in range(5):
        x, y = rng.choice(high)
        paint_tree(brush, scene, (x, y + 0.02), rng.uniform(0.08, 0.15), rng=rng)


def _paint_water(brush: Brush, scene: Scene, rng: Random, level: float) -> None:
    """A mirror of everything above the level, tinted, with ripples and the path of light."""
    canvas = brush.canvas
    sway = [round(rng.uniform(-1.4, 1.4)) for _ in range(97)]
    canvas.mirror(level, depth=1.25, sway=sway)
    surface = canvas.band(level, canvas.bottom)
    canvas.veil(surface, brush.tone(scene.at((34, 92, 138), 0.1)), 0.5)
    canvas.veil(canvas.band(level, level + 0.008), brush.tone(scene.light.horizon), 0.5)
    for _ in range(70):
        near = rng.random() ** 1.5
        y = level + (canvas.bottom - level) * near
        x = scene.disc[0] + rng.gauss(0, 0.03 + 0.1 * near) if rng.random() < 0.5 else rng.uniform(0, canvas.right)
        glint = oval((x, y), 0.015 + 0.05 * near, 0.0012 + 0.003 * near)
        canvas.veil(canvas.polygon(glint), brush.tone(scene.light.disc), 0.45)


def _paint_sails(brush: Brush, scene: Scene, rng: Random) -> None:
    """Ships on the sea: a hull, a mast and two sails each."""
    for _ in range(rng.randint(1, 3)):
        near = rng.uniform(0.08, 0.4)
        x, y = rng.uniform(0.1, 0.9) * brush.canvas.right, scene.horizon + (brush.canvas.bottom - scene.horizon) * near
        size = 0.05 + 0.16 * near
        hull = [(x - size * 0.6, y - size * 0.2), (x + size * 0.7, y - size * 0.24), (x + size * 0.45, y)]
        brush.shape([*hull, (x - size * 0.4, y)], scene.at((96, 60, 40), 0.15))
        for side, wide, color in ((-1, 0.42, (240, 232, 214)), (1, 0.5, (204, 72, 60))):
            sail = [(x, y - size * 1.25), (x + side * size * wide, y - size * 0.34), (x, y - size * 0.3)]
            brush.shape(sail, scene.at(color, 0.1))
