"""Noise, grain, clouds and light, all from a seeded generator."""

from collections.abc import Callable
from random import Random

from PIL import Image, ImageChops, ImageFilter

Picture = Image.Image
Size = tuple[int, int]
_SMOOTH = Image.Resampling.BICUBIC


def resized(image: Picture, size: Size, resample: Image.Resampling = _SMOOTH) -> Picture:
    """Return a picture at another size."""
    return image.resize(size, resample)  # pyright: ignore[reportUnknownMemberType] - Pillow's own types name numpy's


def curved(image: Picture, curve: Callable[[int], float]) -> Picture:
    """Return a picture whose every value (0 … 255) went through a curve."""
    table = [max(0, min(255, round(curve(value)))) for value in range(256)]
    return image.point(table * len(image.getbands()))  # pyright: ignore[reportUnknownMemberType] - as above


def gray(mask: Picture) -> Picture:
    """Return a mask as a picture of three equal planes."""
    return Image.merge("RGB", [mask] * 3)


def noise(size: Size, cell: float, random: Random) -> Picture:
    """Return smooth grey noise whose spots are about `cell` pixels wide."""
    small = (max(2, round(size[0] / cell)), max(2, round(size[1] / cell)))
    return resized(Image.frombytes("L", small, random.randbytes(small[0] * small[1])), size)


def fractal(size: Size, cell: float, random: Random, *, stretch: float = 1.0) -> Picture:
    """Return noise of five sizes in one, the largest `cell` pixels wide and `stretch` times wider than high."""
    field = (max(2, round(size[0] / stretch)), size[1])
    mixed = noise(field, cell, random)
    for octave in range(1, 5):
        mixed = Image.blend(mixed, noise(field, max(1.0, cell / 2**octave), random), 0.5 if octave == 1 else 0.34)
    return resized(mixed, size)


def contrasted(mask: Picture, low: int, high: int) -> Picture:
    """Stretch the greys between `low` and `high` over the whole scale."""
    return curved(mask, lambda value: (value - low) * 255 / (high - low))


def falling(size: Size, top: float, bottom: float, *, power: float = 1.0) -> Picture:
    """Return a mask that is white down to `top` and black from `bottom` on (shares of the height)."""
    span = max(1e-6, bottom - top)
    column = [max(0.0, min(1.0, 1 - (y / 255 - top) / span)) ** power for y in range(256)]
    return resized(Image.frombytes("L", (1, 256), bytes(round(255 * share) for share in column)), size)


def spot(size: Size, center: tuple[float, float], radius: float) -> Picture:
    """Return a round light: white at `center` (shares of the size), black `radius` widths away."""
    glow = ImageChops.invert(Image.radial_gradient("L"))  # 256 × 256, black in the corners
    side = round(2 * radius * max(size))
    placed = Image.new("L", size, 0)
    glow = resized(contrasted(glow, 75, 255), (side, side))
    placed.paste(glow, (round(center[0] * size[0] - side / 2), round(center[1] * size[1] - side / 2)))
    return placed


def grained(image: Picture, random: Random, strength: float) -> Picture:
    """Return a picture with the grain of a film."""
    grain = Image.frombytes("L", image.size, random.randbytes(image.width * image.height))
    grain = grain.filter(ImageFilter.GaussianBlur(0.6))
    return Image.blend(image, ImageChops.soft_light(image, gray(grain)), strength)


def bloomed(image: Picture, radius: float, strength: float) -> Picture:
    """Return a picture whose brightest parts shine over their edges."""
    bright = curved(image, lambda value: (value - 150) * 255 / 105)
    glow = bright.filter(ImageFilter.GaussianBlur(radius))
    return Image.blend(image, ImageChops.screen(image, glow), strength)


def lit(image: Picture, light: Picture, *, shade: float, shine: float) -> Picture:
    """Return a picture that is brighter where `light` is white and darker where it is black."""
    shadows = ImageChops.multiply(image, gray(curved(light, lambda value: 255 - (255 - value) * shade)))
    warm = Image.merge(
        "RGB", [light, curved(light, lambda value: value * 0.9), curved(light, lambda value: value * 0.72)]
    )
    return Image.blend(shadows, ImageChops.screen(shadows, ImageChops.multiply(warm, shadows)), shine)


def vignetted(image: Picture, strength: float) -> Picture:
    """Return a picture with darker corners."""
    edge = resized(Image.radial_gradient("L"), image.size)
    dark = curved(edge, lambda value: 255 - 255 * strength * max(0.0, (value - 110) / 145) ** 1.5)
    return ImageChops.multiply(image, gray(dark))


def embossed(image: Picture, relief: Picture, strength: float) -> Picture:
    """Return a picture on a ground with the heights of `relief`, lit from the upper left."""
    lighted = relief.filter(ImageFilter.EMBOSS)
    return Image.blend(image, ImageChops.overlay(image, gray(lighted)), strength)
