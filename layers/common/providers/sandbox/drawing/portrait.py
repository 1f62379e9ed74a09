"""Paints avatars: backdrop, shoulders, head and face. Hair and headwear stand in `headwear`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.providers.sandbox.drawing.canvas import mix
from common.providers.sandbox.drawing.headwear import paint_behind, paint_in_front
from common.providers.sandbox.drawing.looks import INK
from common.providers.sandbox.drawing.paths import line, mirrored, oval, smooth
from common.providers.sandbox.drawing.sitting import Sitting

if TYPE_CHECKING:
    from random import Random

    from common.providers.sandbox.drawing.canvas import Color, Region
    from common.providers.sandbox.drawing.looks import Brush
    from common.providers.sandbox.drawing.sitter import Sitter

_WHITE: Color = (246, 244, 240)
_BLACK: Color = (20, 16, 20)


def paint_portrait(brush: Brush, sitter: Sitter, rng: Random) -> None:
    """Paint the sitter from the back to the front."""
    sitting = Sitting.of(brush, sitter)
    _paint_backdrop(sitting, rng)
    paint_behind(sitting)
    _paint_shoulders(sitting)
    face = _paint_head(sitting)
    _paint_cheeks(sitting, face)
    for side in (-1, 1):
        _paint_eye(sitting, side, face)
        _paint_brow(sitting, side)
    _paint_nose(sitting, face)
    _paint_beard(sitting, rng)
    _paint_mouth(sitting)
    _paint_marks(sitting, face)
    paint_in_front(sitting, face, rng)


def _paint_backdrop(sitting: Sitting, rng: Random) -> None:
    """A wall of light, or a sky when the prompt names a time of day."""
    brush, canvas, cues = sitting.brush, sitting.brush.canvas, sitting.sitter.cues
    color = sitting.sitter.backdrop
    if cues & {"night", "sunset", "forest", "winter", "desert", "sea"}:
        moods: dict[str, Color] = {"night": (38, 46, 88), "sunset": (206, 116, 84), "forest": (70, 104, 72)}
        moods |= {"winter": (176, 196, 212), "desert": (206, 168, 112), "sea": (86, 142, 172)}
        color = next(moods[cue] for cue in moods if cue in cues)
    top, bottom = mix(color, (255, 250, 235), 0.25), mix(color, (24, 20, 36), 0.45)
    canvas.fill(canvas.band(0, canvas.bottom), brush.tone(top), brush.tone(bottom))
    x, y = sitting.x, sitting.eyes_y
    if brush.look.soft:
        canvas.glow((x - 0.18, y - 0.1), (0.75, 0.75), brush.tone(mix(color, (255, 246, 224), 0.7)), 0.55)
    else:
        canvas.fill(canvas.ellipse((x, y), 0.42, 0.42), brush.tone(mix(color, (255, 246, 224), 0.45)))
    for _ in range(14):
        spot = (rng.uniform(0, canvas.right), rng.uniform(0, canvas.bottom))
        size = rng.uniform(0.004, 0.008) if "night" in cues else rng.uniform(0.015, 0.05)
        canvas.veil(canvas.ellipse(spot, size, size), (255, 248, 230), 0.7 if "night" in cues else 0.1)


def _paint_shoulders(sitting: Sitting) -> None:
    """Neck, clothes and a collar; a breastplate for those who wear armour."""
    brush, sitter, x, chin = sitting.brush, sitting.sitter, sitting.x, sitting.chin_y
    neck = 0.062 if sitter.feminine else 0.082
    throat = [(x + neck, chin - 0.08), (x + neck * 1.05, chin + 0.06), (x + neck * 1.7, chin + 0.14), (x, chin + 0.2)]
    throat_region = brush.shape(mirrored(throat, x), sitter.skin, mix(sitter.skin, (90, 40, 40), 0.25))
    brush.shadow((x, chin - 0.01), (neck * 1.5, 0.07), mix(sitter.skin, (70, 26, 30), 0.6), 0.75, within=throat_region)
    wide = 0.31 if sitter.feminine else 0.37
    half = [(x, chin + 0.16), (x + 0.07, chin + 0.075), (x + 0.15, chin + 0.11), (x + wide * 0.85, chin + 0.17)]
    body = smooth([*half, (x + wide, chin + 0.27), (x + wide * 1.08, sitting.floor_y + 0.1)], closed=False)
    color = sitter.metal if "armor" in sitter.cues else sitter.clothes
    cloth = brush.shape(mirrored(body, x), mix(color, (255, 255, 255), 0.06), mix(color, (10, 8, 20), 0.4))
    dark = mix(color, (10, 6, 20), 0.55)
    brush.shadow((x + wide, chin + 0.36), (0.24, 0.3), dark, 0.6, within=cloth)
    brush.shadow((x - wide * 0.6, chin + 0.22), (0.15, 0.07), mix(color, (255, 250, 235), 0.5), 0.4, within=cloth)
    trim = sitter.clothes if "armor" in sitter.cues else mix(color, (244, 226, 180), 0.55)
    for side in (-1, 1):
        collar = [(x + side * 0.07, chin + 0.06), (x + side * 0.1, chin + 0.095), (x + side * 0.03, chin + 0.19)]
        brush.shape(line(smooth([*collar, (x, chin + 0.23)], closed=False), 0.026), trim, mix(trim, INK, 0.2))
        fold = [(x + side * wide * 0.55, chin + 0.22), (x + side * wide * 0.5, chin + 0.3)]
        folds = smooth([*fold, (x + side * wide * 0.56, sitting.floor_y)], closed=False)
        brush.patch(line(folds, 0.012, taper=True), dark, cloth)


def _paint_head(sitting: Sitting) -> Region:
    """Ears and the face itself; returns the face, to which features are cut."""
    brush, skin, x, y = sitting.brush, sitting.sitter.skin, sitting.x, sitting.y
    wide, tall, shade = sitting.wide, sitting.tall, mix(sitting.sitter.skin, (96, 36, 40), 0.4)
    for side in (-1, 1):
        ear_x = x + side * wide * 0.99
        if sitting.sitter.cues & {"elf", "green_skin"}:
            tip = [(ear_x, y + 0.06), (ear_x + side * 0.11, y - 0.09), (ear_x - side * 0.01, y - 0.03)]
            brush.shape(tip, skin, shade)
        else:
            brush.shape(oval((ear_x, y + 0.035), 0.026, 0.048), skin, shade)
        brush.dot((ear_x, y + 0.035), 0.012, 0.026, mix(skin, shade, 0.7))
    face = brush.shape(sitting.face_loop(), mix(skin, (255, 246, 230), 0.1), mix(skin, shade, 0.2))
    brush.shadow((x + wide * 0.95, y + tall * 0.25), (wide * 0.75, tall * 1.05), shade, 0.6, within=face)
    brush.shadow((x, y + tall * 1.05), (wide * 0.9, tall * 0.3), shade, 0.4, within=face)
    if brush.look.soft:
        brush.shadow((x - wide * 0.35, y - tall * 0.4), (wide * 0.6, tall * 0.4), (255, 246, 232), 0.35, within=face)
        for side in (-1, 1):
            brush.shadow((x + side * 0.07, sitting.eyes_y - 0.005), (0.06, 0.045), shade, 0.4, within=face)
    return face


def _paint_cheeks(sitting: Sitting, face: Region) -> None:
    brush, x, y = sitting.brush, sitting.x, sitting.y
    blush = mix(sitting.sitter.skin, (216, 76, 76), 0.55)
    for side in (-1, 1):
        brush.shadow((x + side * sitting.wide * 0.55, y + 0.075), (0.055, 0.036), blush, 0.35, within=face)


def _paint_eye(sitting: Sitting, side: int, face: Region) -> None:
    brush, sitter, size = sitting.brush, sitting.sitter, sitting.brush.look.eye
    x, y = sitting.x + side * 0.071, sitting.eyes_y
    rx, ry = 0.032 * min(1.25, size**0.5), 0.0165 * size
    almond = [(x - rx, y + ry * 0.15), (x - rx * 0.4, y - ry), (x + rx * 0.45, y - ry), (x + rx, y)]
    almond += [(x + rx * 0.5, y + ry * 0.85), (x - rx * 0.5, y + ry * 0.85)]
    eye = brush.patch(smooth(almond), _WHITE, face)
    if brush.look.soft:
        brush.canvas.glow((x, y - ry), (rx * 1.1, ry), (120, 96, 96), 0.6, within=eye)
    iris = min(rx * 0.62, ry * 0.98)
    tall = iris * (1.25 if size > 1.5 else 1.0)
    brush.dot((x, y), iris, tall, mix(sitter.eyes, _BLACK, 0.45), within=eye)
    brush.dot((x, y + tall * 0.22), iris * 0.8, tall * 0.66, mix(sitter.eyes, (255, 255, 255), 0.15), within=eye)
    brush.dot((x, y), iris * 0.45, tall * 0.48, _BLACK, within=eye)
    brush.dot((x - iris * 0.35, y - tall * 0.4), iris * 0.3, tall * 0.28, (255, 255, 255), within=eye)
    lid = smooth([(x - rx * 1.1, y + ry * 0.2), *almond[1:3], (x + rx * 1.12, y)], closed=False)
    thick = 0.008 + 0.004 * (size > 1.5) + 0.003 * sitter.feminine
    brush.patch(line(lid, thick, taper=True), mix(sitter.hair, _BLACK, 0.75), face)
    if "old" in sitter.cues:
        bag = [(x - rx, y + ry * 1.4), (x, y + ry * 1.4 + 0.012), (x + rx, y + ry * 1.3)]
        brush.patch(line(smooth(bag, closed=False), 0.004, taper=True), mix(sitter.skin, (90, 40, 40), 0.45), face)


def _paint_brow(sitting: Sitting, side: int) -> None:
    brush, sitter = sitting.brush, sitting.sitter
    x, y = sitting.x + side * 0.073, sitting.eyes_y - 0.026 - 0.017 * brush.look.eye
    tilt = 0.016 * sitter.brow
    inner, outer = (x - side * 0.042, y + tilt + 0.004), (x + side * 0.046, y - tilt + 0.006)
    arch = smooth([inner, (x + side * 0.006, y - 0.008), outer], closed=False)
    thick = 0.011 if sitter.feminine else 0.017
    brush.patch(line(arch, thick, taper=True), mix(sitter.hair, _BLACK, 0.35))


def _paint_nose(sitting: Sitting, face: Region) -> None:
    brush, skin, x, y = sitting.brush, sitting.sitter.skin, sitting.x, sitting.nose_y
    shade = mix(skin, (110, 44, 40), 0.5)
    size = 0.8 if sitting.sitter.feminine else 1.0
    if not brush.look.soft:
        hook = [(x + 0.006, y - 0.03), (x + 0.02 * size, y + 0.004), (x - 0.004, y + 0.008)]
        brush.patch(line(smooth(hook, closed=False), 0.008, taper=True), shade, face)
        return
    brush.shadow((x + 0.02, y - 0.03), (0.022 * size, 0.085), shade, 0.4, within=face)
    brush.shadow((x - 0.004, y - 0.025), (0.013 * size, 0.075), (255, 248, 236), 0.4, within=face)
    brush.shadow((x, y + 0.014), (0.04 * size, 0.018), shade, 0.65, within=face)
    for side in (-1, 1):
        brush.dot((x + side * 0.015 * size, y + 0.008), 0.0075 * size, 0.004, mix(shade, _BLACK, 0.45), within=face)


def _paint_mouth(sitting: Sitting) -> None:
    brush, sitter, x, y = sitting.brush, sitting.sitter, sitting.x, sitting.mouth_y
    red: Color = (176, 60, 66) if sitter.feminine else (156, 82, 74)
    lip = mix(sitter.skin, red, 0.75 if sitter.feminine else 0.5)
    wide, bend = 0.05 * (1 + 0.25 * max(0.0, sitter.smile)), 0.016 * sitter.smile
    corners = ((x - wide, y - bend), (x + wide, y - bend))
    middle = (x, y + bend * 0.6)
    if brush.look.soft:
        upper = [corners[0], (x - 0.016, y - 0.012), (x, y - 0.008), (x + 0.016, y - 0.012), corners[1], middle]
        brush.patch(smooth(upper), mix(lip, _BLACK, 0.16))
        lower = [corners[0], middle, corners[1], (x + wide * 0.5, y + 0.018 + bend), (x - wide * 0.5, y + 0.018 + bend)]
        brush.patch(smooth(lower), lip)
    if "angry" in sitter.cues and "green_skin" in sitter.cues:
        for side in (-1, 1):
            brush.patch([(x + side * 0.04, y), (x + side * 0.03, y - 0.03), (x + side * 0.022, y)], _WHITE)
    seam = smooth([corners[0], middle, corners[1]], closed=False)
    brush.patch(line(seam, 0.0075 if brush.look.soft else 0.009, taper=True), mix(lip, _BLACK, 0.6))


def _paint_beard(sitting: Sitting, rng: Random) -> None:
    brush, sitter, x, y = sitting.brush, sitting.sitter, sitting.x, sitting.y
    wide, mouth, chin = sitting.wide, sitting.mouth_y, sitting.chin_y
    dark, light = mix(sitter.hair, _BLACK, 0.35), mix(sitter.hair, (255, 244, 226), 0.25)
    if sitter.beard:
        end = chin + 0.03 + 0.16 * sitter.beard
        half = [(x + 0.03, mouth - 0.022), (x + wide * 0.6, mouth - 0.012), (x + wide * 0.93, y + 0.02)]
        half += [(x + wide * 1.0, mouth - 0.01), (x + wide * 0.8, chin - 0.01), (x + 0.06, end - 0.02), (x, end)]
        mass = brush.shape(smooth(mirrored([(x, mouth - 0.02), *half], x)), sitter.hair, dark)
        sitting.strands(mass, ((x, mouth), (wide, end - mouth)), (dark, light), rng)
        brush.dot((x, mouth + 0.004), 0.047, 0.016, mix(sitter.skin, dark, 0.45))
    if sitter.beard or sitter.mustache:
        for side in (-1, 1):
            wing = [(x, mouth - 0.03), (x + side * 0.035, mouth - 0.03), (x + side * 0.08, mouth + 0.012)]
            wing += [(x + side * 0.04, mouth - 0.008), (x, mouth - 0.012)]
            brush.patch(smooth(wing), mix(sitter.hair, dark, 0.4 if sitter.beard else 0.0))


def _paint_marks(sitting: Sitting, face: Region) -> None:
    """What the prompt alone can give: wrinkles, a scar, an eye patch, glasses."""
    brush, cues, x, y = sitting.brush, sitting.sitter.cues, sitting.x, sitting.eyes_y
    crease = mix(sitting.sitter.skin, (96, 44, 44), 0.4)
    if "old" in cues:
        for height in (0.09, 0.115):
            furrow = [(x - 0.07, y - height), (x, y - height - 0.006), (x + 0.07, y - height)]
            brush.patch(line(smooth(furrow, closed=False), 0.005, taper=True), crease, face)
    if "scar" in cues:
        cut = [(x - 0.095, y - 0.07), (x - 0.075, y), (x - 0.08, y + 0.08)]
        brush.patch(line(smooth(cut, closed=False), 0.011, taper=True), mix(crease, (214, 120, 110), 0.6), face)
    if "patch" in cues:
        brush.patch(line([(x - 0.2, y - 0.1), (x + 0.071, y), (x + 0.2, y - 0.03)], 0.01), _BLACK, face)
        brush.shape(oval((x + 0.071, y + 0.002), 0.044, 0.038), _BLACK)
    if "glasses" in cues:
        for side in (-1, 1):
            lens = [(oval((x + side * 0.072, y + 0.002), rim, rim * 0.85)) for rim in (0.056, 0.049)]
            brush.canvas.veil(brush.canvas.polygon(lens[1]), (225, 240, 255), 0.15)
            brush.canvas.fill(brush.canvas.polygon(*lens), (56, 44, 40))
        brush.patch(line(smooth([(x - 0.02, y), (x, y - 0.008), (x + 0.02, y)], closed=False), 0.008), (56, 44, 40))
