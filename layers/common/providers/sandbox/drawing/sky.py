"""Paints the air of a landscape: sky, sun or moon, clouds, and the weather in front of everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.providers.sandbox.drawing.canvas import mix

if TYPE_CHECKING:
    from random import Random

    from common.providers.sandbox.drawing.looks import Brush
    from common.providers.sandbox.drawing.scene import Scene


def paint_sky(brush: Brush, scene: Scene, rng: Random) -> None:
    """Sky, stars, and the sun or the moon unless it rains."""
    canvas, light = brush.canvas, scene.light
    gray = (118, 124, 134)
    cover = 0.55 if "rain" in scene.cues else 0.0
    above, below = mix(light.zenith, gray, cover), mix(light.horizon, gray, cover)
    canvas.fill(canvas.band(0, canvas.bottom), brush.tone(above), brush.tone(below))
    canvas.fill(canvas.band(0, scene.horizon + 0.02), brush.tone(above), brush.tone(below))
    if scene.hour == "night":
        for index in range(round(110 * canvas.right * canvas.bottom)):
            spot = (rng.uniform(0, canvas.right), rng.uniform(0, scene.horizon * 0.9))
            size = 0.0042 if index % 9 == 0 else 0.0022
            canvas.fill(canvas.ellipse(spot, size, size), mix((255, 250, 232), light.zenith, rng.uniform(0.0, 0.6)))
    if cover:
        return
    size = 0.062 if scene.hour == "night" else 0.07
    if brush.look.soft:
        canvas.glow(scene.disc, (0.55, 0.55), brush.tone(light.disc), 0.5 if scene.hour != "night" else 0.35)
    else:
        for reach in (2.6, 1.7):
            canvas.veil(canvas.ellipse(scene.disc, size * reach, size * reach), light.disc, 0.16)
    brush.dot(scene.disc, size, size, light.disc)
    if scene.hour == "night":
        x, y = scene.disc
        for dx, dy, crater in ((-0.02, -0.015, 0.013), (0.018, 0.012, 0.017), (-0.008, 0.03, 0.009)):
            brush.dot((x + dx, y + dy), crater, crater, mix(light.disc, (150, 150, 160), 0.35))


def paint_clouds(brush: Brush, scene: Scene, rng: Random) -> None:
    """Heaps of ellipses with a lit top and a shaded, flat foot."""
    canvas = brush.canvas
    count = {"night": 2, "day": 5}.get(scene.hour, 4) + (5 if scene.cues & {"clouds", "rain"} else 0)
    lit = mix(scene.light.disc, scene.light.haze, 0.75 if scene.hour == "night" else 0.25)
    lit = mix(lit, (120, 124, 134), 0.5 if "rain" in scene.cues else 0.0)
    for _ in range(round(count * max(1.0, canvas.right * 0.8))):
        x, y = rng.uniform(0, canvas.right), scene.horizon * rng.uniform(0.1, 0.72)
        size = rng.uniform(0.06, 0.13) * (0.5 + 0.7 * (1 - y / scene.horizon))
        heaps = [(x + size * (index - 2.5) * 0.75, size * rng.uniform(0.35, 0.75)) for index in range(6)]
        for drop, tone in ((0.0, mix(lit, scene.light.zenith, 0.3)), (0.13 * size, lit)):
            for heap_x, radius in heaps:
                if brush.look.soft:
                    radii = (radius * 1.7, radius * 0.9)
                    canvas.glow((heap_x - drop, y - radius * 0.4 - drop), radii, brush.tone(tone), 0.5)
                else:
                    puff = canvas.ellipse((heap_x, y), radius * 1.3, radius)
                    canvas.fill(puff.within(canvas.band(0, y - drop)), brush.tone(tone))


def paint_weather(brush: Brush, scene: Scene, rng: Random) -> None:
    """Fog, snowflakes or rain."""
    canvas = brush.canvas
    if "fog" in scene.cues:
        for index in range(5):
            y = scene.horizon + 0.09 * (index - 1.5)
            canvas.glow((canvas.right * rng.random(), y), (canvas.right, 0.07), brush.tone(scene.light.haze), 0.6)
    if scene.land == "winter" or "rain" in scene.cues:
        snow = scene.land == "winter"
        for _ in range(round(170 * canvas.right * canvas.bottom)):
            x, y = rng.uniform(0, canvas.right), rng.uniform(0, canvas.bottom)
            size = rng.uniform(0.0025, 0.006)
            drop = [(x, y), (x + 0.003, y), (x - 0.008, y + 0.04), (x - 0.011, y + 0.04)]
            shape = canvas.ellipse((x, y), size, size) if snow else canvas.polygon(drop)
            canvas.veil(shape, (236, 242, 250), 0.75 if snow else 0.35)
