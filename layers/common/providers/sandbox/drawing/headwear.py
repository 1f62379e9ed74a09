"""Hair and what is worn on it: a part behind the head and a part in front of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.providers.sandbox.drawing.canvas import mix
from common.providers.sandbox.drawing.paths import line, mirrored, oval, smooth

if TYPE_CHECKING:
    from random import Random

    from common.providers.sandbox.drawing.canvas import Color, Point, Region
    from common.providers.sandbox.drawing.sitting import Sitting

_BLACK: Color = (18, 14, 22)
_LIGHT: Color = (255, 246, 228)
_GOLD: Color = (222, 178, 74)


def paint_behind(sitting: Sitting) -> None:
    """What hangs behind the head: long or curly hair, the back of a hood."""
    sitter, brush, x, y = sitting.sitter, sitting.brush, sitting.x, sitting.y
    wide, tall = sitting.wide, sitting.tall
    if sitter.headwear == "hood":
        half = [(x, y - tall * 1.42), (x + wide * 0.95, y - tall * 1.1), (x + wide * 1.5, y)]
        half += [(x + wide * 1.55, y + tall * 0.8), (x + wide * 1.9, y + tall * 1.35), (x, y + tall * 1.5)]
        brush.shape(smooth(mirrored(half, x)), mix(sitter.clothes, _BLACK, 0.25), mix(sitter.clothes, _BLACK, 0.65))
        return
    dark = mix(sitter.hair, _BLACK, 0.4)
    if sitter.hair_style == "long":
        half = [(x, y - tall * 1.12), (x + wide * 0.9, y - tall * 0.95), (x + wide * 1.28, y - tall * 0.2)]
        half += [(x + wide * 1.32, y + tall * 0.6), (x + wide * 1.42, y + tall * 1.25)]
        half += [(x + wide * 1.0, y + tall * 1.6), (x, y + tall * 1.3)]
        brush.shape(smooth(mirrored(half, x)), sitter.hair, dark)
    if sitter.hair_style == "curly":
        for index in range(10):
            side, row = (-1) ** index, index // 2
            center = (x + side * wide * (1.0 + 0.22 * (row % 2)), y - tall * 0.9 + row * tall * 0.36)
            brush.shape(oval(center, wide * 0.42, wide * 0.42), mix(sitter.hair, dark, 0.5), dark)


def paint_in_front(sitting: Sitting, face: Region, rng: Random) -> None:
    """Hair over the forehead, then the headwear."""
    worn = sitting.sitter.headwear
    if worn not in {"helmet", "turban", "hood"} and sitting.sitter.hair_style != "bald":
        _paint_hair(sitting, face, rng)
    if worn == "helmet":
        _paint_helmet(sitting)
    elif worn == "hood":
        _paint_fringe(sitting, face)
        _paint_hood(sitting)
    elif worn == "crown":
        _paint_crown(sitting)
    elif worn == "turban":
        _paint_turban(sitting)
    elif worn == "hat":
        _paint_hat(sitting)


def _paint_hair(sitting: Sitting, face: Region, rng: Random) -> None:
    """A cap of hair whose hairline opens at the parting."""
    sitter, brush, x, y = sitting.sitter, sitting.brush, sitting.x, sitting.y
    wide, tall, part = sitting.wide, sitting.tall, sitting.x + sitting.sitter.parting * sitting.wide * 0.5
    low = {"long": 0.35, "curly": 0.15}.get(sitter.hair_style, -0.02)
    outer = [(x - wide * 1.12, y + tall * low), (x - wide * 1.16, y - tall * 0.45), (x - wide * 0.82, y - tall * 1.03)]
    outer += [(x, y - tall * 1.22), (x + wide * 0.82, y - tall * 1.03), (x + wide * 1.16, y - tall * 0.45)]
    outer += [(x + wide * 1.12, y + tall * low)]
    inner = [(x + wide * 0.93, y - tall * 0.1), (x + wide * 0.8, y - tall * 0.48), (part + wide * 0.3, y - tall * 0.62)]
    inner += [(part, y - tall * 0.78), (part - wide * 0.3, y - tall * 0.6), (x - wide * 0.8, y - tall * 0.46)]
    inner += [(x - wide * 0.93, y - tall * 0.1)]
    edge = smooth(outer, closed=False) + (_spikes(sitting) if brush.look.spiky else smooth(inner, closed=False))
    dark, light = mix(sitter.hair, _BLACK, 0.42), mix(sitter.hair, _LIGHT, 0.3)
    if brush.look.soft:
        brush.shadow(
            (x, y - tall * 0.62), (wide * 1.1, tall * 0.3), mix(sitter.skin, (60, 24, 26), 0.7), 0.45, within=face
        )
    mass = brush.shape(edge, mix(sitter.hair, light, 0.12), dark)
    sitting.strands(mass, ((part, y - tall * 1.2), (wide * 1.15, tall * 1.2)), (dark, light), rng)
    brush.shadow((x - wide * 0.35, y - tall * 0.98), (wide * 0.5, tall * 0.14), light, 0.5, within=mass)
    if sitter.hair_style == "curly":
        for index in range(7):
            center = (x + wide * (index - 3) * 0.34, y - tall * (1.12 - 0.05 * (index - 3) ** 2))
            brush.shape(oval(center, wide * 0.27, wide * 0.25), mix(sitter.hair, light, 0.1 * (index % 3)), dark)


def _spikes(sitting: Sitting) -> list[Point]:
    """A fringe of pointed locks, from right to left."""
    x, y, wide, tall, lean = sitting.x, sitting.y, sitting.wide, sitting.tall, sitting.sitter.parting
    fringe = [(x + wide * 0.97, y + tall * 0.12)]
    for index in range(6):
        root = x + wide * (0.86 - 0.34 * index)
        long = 0.30 + 0.11 * ((index * 2 + 1) % 3) + 0.08 * abs(index - 2.5) / 2.5
        fringe += [(root, y - tall * 0.58), (root - wide * (0.17 + 0.12 * lean), y - tall * (0.72 - long))]
    return [*fringe, (x - wide * 0.9, y - tall * 0.58), (x - wide * 0.97, y + tall * 0.12)]


def _paint_fringe(sitting: Sitting, face: Region) -> None:
    """The hair that shows below a hood."""
    sitter, x, y, wide, tall = sitting.sitter, sitting.x, sitting.y, sitting.wide, sitting.tall
    if sitter.hair_style != "bald":
        half = [(x, y - tall * 1.1), (x + wide * 1.05, y - tall * 0.9), (x + wide * 1.05, y - tall * 0.1)]
        half += [(x + wide * 0.8, y - tall * 0.42), (x, y - tall * 0.66)]
        sitting.brush.patch(smooth(mirrored(half, x)), mix(sitter.hair, _BLACK, 0.3), face)


def _paint_hood(sitting: Sitting) -> None:
    """The cloth around the face, with the shadow it throws."""
    sitter, brush, x, y = sitting.sitter, sitting.brush, sitting.x, sitting.y
    wide, tall = sitting.wide, sitting.tall
    cloth = sitter.clothes
    rim = [(x, y - tall * 0.86), (x + wide * 0.7, y - tall * 0.66), (x + wide * 0.98, y - tall * 0.1)]
    rim += [(x + wide * 0.95, y + tall * 0.6), (x + wide * 0.62, y + tall * 1.2), (x, y + tall * 1.42)]
    edge = [(x, y - tall * 1.4), (x + wide * 1.0, y - tall * 1.08), (x + wide * 1.42, y - tall * 0.1)]
    edge += [(x + wide * 1.42, y + tall * 0.7), (x + wide * 1.3, y + tall * 1.3), (x, y + tall * 1.62)]
    opening, outside = smooth(mirrored(rim, x)), smooth(mirrored(edge, x))
    head = brush.canvas.polygon(opening)
    shade = ((x, y - tall * 0.75), (wide * 1.3, tall * 0.75))
    brush.canvas.glow(shade[0], shade[1], (16, 8, 20), 0.6, within=head)
    if brush.look.outline:
        brush.canvas.fill(brush.canvas.polygon(smooth(mirrored(edge, x)), opening), brush.tone(mix(cloth, _BLACK, 0.7)))
        outside = smooth(mirrored([(a - (a - x) * 0.04, b) for a, b in edge], x))
    ring = brush.canvas.polygon(outside, opening)
    brush.canvas.fill(ring, brush.tone(mix(cloth, _LIGHT, 0.1)), brush.tone(mix(cloth, _BLACK, 0.35)))
    brush.shadow((x + wide * 1.2, y), (wide * 0.6, tall * 1.4), mix(cloth, _BLACK, 0.7), 0.6, within=ring)
    for side in (-1, 1):
        fold = [(x + side * wide * 0.3, y - tall * 1.2), (x + side * wide * 1.12, y - tall * 0.3)]
        folds = smooth([*fold, (x + side * wide * 1.1, y + tall * 0.9)], closed=False)
        brush.patch(line(folds, 0.011, taper=True), mix(cloth, _BLACK, 0.45), ring)


def _paint_helmet(sitting: Sitting) -> None:
    """A dome with a brow band, a nose guard and cheek plates."""
    sitter, brush, x, y = sitting.sitter, sitting.brush, sitting.x, sitting.y
    wide, tall, metal = sitting.wide, sitting.tall, sitting.sitter.metal
    dark = mix(metal, _BLACK, 0.5)
    for side in (-1, 1):
        plate = [(x + side * wide * 1.14, y - tall * 0.5), (x + side * wide * 1.12, y + tall * 0.5)]
        plate += [(x + side * wide * 0.78, y + tall * 0.72), (x + side * wide * 0.84, y - tall * 0.1)]
        brush.shape([*plate, (x + side * wide * 0.9, y - tall * 0.5)], metal, dark)
    half = [(x, y - tall * 1.5), (x + wide * 0.42, y - tall * 1.3), (x + wide * 0.98, y - tall * 0.98)]
    half += [(x + wide * 1.17, y - tall * 0.42), (x, y - tall * 0.5)]
    dome = brush.shape(smooth(mirrored(half, x)), mix(metal, _LIGHT, 0.3), dark)
    brush.shadow((x - wide * 0.45, y - tall * 0.95), (wide * 0.35, tall * 0.4), (255, 255, 255), 0.4, within=dome)
    brush.shadow((x + wide * 0.9, y - tall * 0.8), (wide * 0.6, tall * 0.7), dark, 0.6, within=dome)
    brush.shape(line([(x, y - tall * 1.5), (x, y - tall * 1.72)], 0.016), _GOLD, mix(_GOLD, _BLACK, 0.3))
    trim = mix(sitter.clothes, _GOLD, 0.6)
    band = [(x - wide * 1.18, y - tall * 0.44), (x, y - tall * 0.54), (x + wide * 1.18, y - tall * 0.44)]
    brush.shape(line(smooth(band, closed=False), 0.036), trim, mix(trim, _BLACK, 0.25))
    brush.shape(line([(x, y - tall * 0.5), (x, y + tall * 0.18)], 0.024), metal, dark)
    for step in range(-3, 4):
        brush.dot((x + step * wide * 0.34, y - tall * (0.52 - 0.011 * step * step)), 0.007, 0.007, _LIGHT)


def _paint_crown(sitting: Sitting) -> None:
    """A gold band with five points and jewels."""
    brush, x, y, wide, tall = sitting.brush, sitting.x, sitting.y, sitting.wide, sitting.tall
    low, high, tip = y - tall * 0.82, y - tall * 1.12, y - tall * 1.5
    points = [(x - wide * 1.02, low)]
    for index in range(5):
        at = x + wide * 1.06 * (index - 2) / 2
        points += [(at, tip + 0.022 * abs(index - 2)), (at + wide * 0.26, high)]
    points[-1] = (x + wide * 1.02, low)
    sag = [(x + wide * 0.5, low + 0.025), (x, low + 0.033), (x - wide * 0.5, low + 0.025)]
    gold = brush.shape([*points, *sag], mix(_GOLD, _LIGHT, 0.35), mix(_GOLD, _BLACK, 0.25))
    brush.shadow((x + wide * 0.9, low - 0.04), (wide * 0.5, 0.13), mix(_GOLD, (90, 40, 10), 0.7), 0.5, within=gold)
    jewels: list[Color] = [(178, 40, 60), (52, 96, 176), (46, 142, 90)]
    for index in range(5):
        at = x + wide * 0.92 * (index - 2) / 2
        brush.dot((at, low - 0.012 + 0.022 * (1 - abs(index - 2) / 2)), 0.014, 0.014, jewels[index % 3])
        brush.dot((x + wide * 1.06 * (index - 2) / 2, tip + 0.022 * abs(index - 2)), 0.012, 0.012, _LIGHT)


def _paint_turban(sitting: Sitting) -> None:
    """Wound cloth with a jewel and a plume."""
    sitter, brush, x, y = sitting.sitter, sitting.brush, sitting.x, sitting.y
    wide, tall = sitting.wide, sitting.tall
    cloth: Color = mix((240, 234, 220), sitter.clothes, 0.12)
    shade = mix(cloth, (96, 80, 84), 0.5)
    brush.shape(oval((x, y - tall * 1.32), wide * 0.6, tall * 0.4), sitter.clothes, mix(sitter.clothes, _BLACK, 0.4))
    bulk = brush.shape(oval((x, y - tall * 0.92), wide * 1.36, tall * 0.47), cloth, shade)
    brush.shadow((x + wide * 1.0, y - tall * 0.8), (wide * 0.7, tall * 0.5), shade, 0.6, within=bulk)
    for index in range(6):
        lift = tall * (0.62 + 0.13 * index)
        wrap = [(x - wide * 1.4, y - lift), (x - wide * 0.2, y - lift - 0.05), (x + wide * 1.4, y - lift + 0.05)]
        brush.patch(line(smooth(wrap, closed=False), 0.006, taper=True), shade, bulk)
    plume = [(x, y - tall * 0.95), (x + 0.02, y - tall * 1.4), (x + 0.05, y - tall * 1.72)]
    brush.shape(line(smooth(plume, closed=False), 0.032, taper=True), _LIGHT, mix(_LIGHT, sitter.clothes, 0.4))
    brush.shape(oval((x, y - tall * 0.9), 0.026, 0.032), _GOLD)
    brush.dot((x, y - tall * 0.9), 0.014, 0.019, (170, 36, 58))


def _paint_hat(sitting: Sitting) -> None:
    """A wizard's hat: a broad brim and a bent point."""
    brush, x, y, wide, tall = sitting.brush, sitting.x, sitting.y, sitting.wide, sitting.tall
    cloth = mix(sitting.sitter.clothes, (44, 36, 84), 0.45)
    dark = mix(cloth, _BLACK, 0.5)
    cone = [(x - wide * 1.1, y - tall * 0.7), (x - wide * 0.62, y - tall * 1.25), (x + wide * 0.1, y - tall * 1.75)]
    cone += [(x + wide * 0.75, y - tall * 1.98), (x + wide * 0.5, y - tall * 1.55), (x + wide * 0.78, y - tall * 1.2)]
    body = brush.shape(smooth([*cone, (x + wide * 1.1, y - tall * 0.7)]), mix(cloth, _LIGHT, 0.12), dark)
    brush.shadow((x + wide * 0.7, y - tall * 1.1), (wide * 0.5, tall * 0.7), dark, 0.6, within=body)
    band = [(x - wide * 1.0, y - tall * 0.8), (x, y - tall * 0.72), (x + wide * 1.0, y - tall * 0.8)]
    brush.patch(line(smooth(band, closed=False), 0.04), _GOLD, body)
    brush.shape(oval((x, y - tall * 0.66), wide * 1.75, tall * 0.16), mix(cloth, _LIGHT, 0.1), dark)
