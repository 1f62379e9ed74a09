"""Pictures: the sandbox's drawing, finished by Pillow in the style that the prompt asks for."""

import io
from collections.abc import Callable
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from common.providers.sandbox.pictures import draw
from local.fal import textures
from local.fal.wishes import Wish

Picture = Image.Image
Finish = Callable[[Picture, Wish, Random], Picture]


def picture(wish: Wish, output_format: str) -> bytes:
    """Return a picture of exactly the size that is wished as a `png` or `jpeg` file."""
    drawn = Image.open(io.BytesIO(draw(wish.order()))).convert("RGB")
    finished = _FINISHES[wish.style](drawn, wish, wish.random())
    resample = Image.Resampling.NEAREST if wish.style == "pixel_art" else Image.Resampling.LANCZOS
    return _file(textures.resized(finished, (wish.width, wish.height), resample), output_format)


def black_picture(wish: Wish, output_format: str) -> bytes:
    """Return what a flagged picture is replaced by."""
    return _file(Image.new("RGB", (wish.width, wish.height)), output_format)


def _file(image: Picture, output_format: str) -> bytes:
    file = io.BytesIO()
    if output_format == "png":
        image.save(file, "PNG", compress_level=3)
    else:
        image.save(file, "JPEG", quality=92, subsampling=0)
    return file.getvalue()


def _realistic(image: Picture, wish: Wish, random: Random) -> Picture:
    image = _in_studio(image, random) if wish.portrait else _in_air(image, wish, random)
    image = textures.bloomed(image, image.width / 40, 0.5)
    image = ImageEnhance.Contrast(image).enhance(1.08)
    return textures.grained(textures.vignetted(image, 0.5), random, 0.22)


def _in_studio(image: Picture, random: Random) -> Picture:
    """A sitter with a lamp on one side, before a cloudy backdrop that is out of focus."""
    size, side = image.size, random.choice((0.22, 0.78))
    cloud = textures.fractal(size, size[0] / 2.5, random)
    image = Image.blend(image, ImageChops.soft_light(image, textures.gray(cloud)), 0.35)
    skin = textures.fractal(size, 9, random)
    image = textures.embossed(image, skin, 0.16)
    return textures.lit(image, textures.spot(size, (side, 0.24), 0.95), shade=0.62, shine=0.75)


def _in_air(image: Picture, wish: Wish, random: Random) -> Picture:
    """A landscape under clouds, with rough ground and haze over the horizon."""
    size, night = image.size, "night" in wish.cues
    cloud = textures.contrasted(textures.fractal(size, size[1] / 4, random, stretch=3.0), 120, 190)
    sky = ImageChops.multiply(cloud, textures.falling(size, 0.12, 0.42))
    tone = (96, 104, 138) if night else (255, 250, 242)
    image = Image.composite(
        Image.new("RGB", size, tone), image, textures.curved(sky, lambda value: value * (0.4 if night else 0.75))
    )
    ground = ImageChops.invert(textures.falling(size, 0.36, 0.62))
    rough = textures.embossed(image, textures.fractal(size, 12, random, stretch=2.0), 0.55)
    image = Image.composite(rough, image, ground)
    return _hazy(image, wish, random)


def _hazy(image: Picture, wish: Wish, random: Random) -> Picture:
    size = image.size
    thick = 0.75 if "fog" in wish.cues else 0.28
    band = ImageChops.multiply(textures.falling(size, 0.56, 0.8), ImageChops.invert(textures.falling(size, 0.3, 0.56)))
    drift = textures.contrasted(textures.fractal(size, size[1] / 5, random, stretch=4.0), 70, 190)
    mask = textures.curved(ImageChops.multiply(band, drift), lambda value: value * thick)
    air = textures.resized(textures.resized(image, (1, 1), Image.Resampling.BOX), size)
    return Image.composite(ImageEnhance.Brightness(air).enhance(1.35), image, mask)


def _painterly(image: Picture, wish: Wish, random: Random) -> Picture:
    """The sandbox's strokes, thick as oil, lit and on canvas."""
    relief = ImageOps.grayscale(image).filter(ImageFilter.SMOOTH)
    image = textures.embossed(ImageEnhance.Color(image).enhance(1.15), relief, 0.5)
    if wish.portrait:
        image = textures.lit(image, textures.spot(image.size, (0.3, 0.25), 1.0), shade=0.5, shine=0.6)
    image = textures.embossed(image, textures.noise(image.size, 2.0, random), 0.22)
    return textures.vignetted(image, 0.4)


def _anime(image: Picture, wish: Wish, random: Random) -> Picture:
    """Flat colours in two tones, dark outlines, and light that blooms."""
    if not wish.portrait:
        image = _hazy(image, wish, random)
    shadow = textures.curved(textures.spot(image.size, (0.25, 0.2), 0.9), lambda value: 140 if value < 70 else 255)
    shadow = shadow.filter(ImageFilter.GaussianBlur(2))
    toned = ImageChops.multiply(
        image, Image.merge("RGB", [shadow, shadow, textures.curved(shadow, lambda value: value + 30)])
    )
    image = Image.blend(image, toned, 0.45 if wish.portrait else 0.0)
    lines = ImageOps.grayscale(image.filter(ImageFilter.GaussianBlur(0.8))).filter(ImageFilter.FIND_EDGES)
    lines = ImageChops.invert(textures.contrasted(lines, 18, 70)).filter(ImageFilter.GaussianBlur(0.5))
    _frame(lines)
    inked = ImageChops.multiply(image, textures.gray(lines))
    image = Image.blend(image, inked, 0.8 if wish.portrait else 0.35)
    return textures.bloomed(ImageEnhance.Color(image).enhance(1.3), image.width / 30, 0.55)


def _frame(lines: Picture) -> None:
    """Erase the outline that every picture has at its own border."""
    ImageDraw.Draw(lines).rectangle((0, 0, lines.width - 1, lines.height - 1), outline=255, width=3)


def _pixel_art(image: Picture, wish: Wish, random: Random) -> Picture:
    """Few large pixels in few colours, dithered, with a dark outline."""
    lamp = textures.spot(image.size, (random.choice((0.2, 0.8)), 0.2), 1.1)
    image = textures.lit(image, lamp, shade=0.4 if wish.portrait else 0.15, shine=0.4)
    blocks = 96 if wish.portrait else 144
    share = blocks / min(image.size)
    small = textures.resized(image, (round(image.width * share), round(image.height * share)), Image.Resampling.BOX)
    lines = ImageOps.grayscale(small).filter(ImageFilter.FIND_EDGES)
    lines = ImageChops.invert(textures.contrasted(lines, 90, 220))
    _frame(lines)
    small = Image.blend(small, ImageChops.multiply(small, textures.gray(lines)), 0.35)
    small = ImageEnhance.Color(ImageEnhance.Contrast(small).enhance(1.15)).enhance(1.35)
    palette = small.quantize(32, Image.Quantize.MEDIANCUT, kmeans=2)
    dithered = ImageChops.add(small, _checkered(small.size), 1, -5)
    return dithered.quantize(palette=palette, dither=Image.Dither.NONE).convert("RGB")


def _checkered(size: tuple[int, int]) -> Picture:
    """Bayer's order of 4 × 4 thresholds: the dither of old consoles."""
    order = (0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5)
    tile = Image.frombytes("L", (4, 4), bytes(value * 10 // 15 for value in order))
    plain = Image.new("L", size)
    for top in range(0, size[1], 4):
        for left in range(0, size[0], 4):
            plain.paste(tile, (left, top))
    return textures.gray(plain)


def _printed(image: Picture, wish: Wish, random: Random) -> Picture:
    """Ink on rough paper."""
    del wish
    paper = textures.fractal(image.size, 14, random)
    image = ImageChops.multiply(image, ImageOps.colorize(textures.contrasted(paper, 0, 210), "#d8ccb0", "#fffaf0"))
    image = textures.embossed(image, textures.noise(image.size, 2.4, random), 0.35)
    return textures.vignetted(image, 0.25)


_FINISHES: dict[str, Finish] = {
    "anime": _anime,
    "custom": _printed,
    "painterly": _painterly,
    "pixel_art": _pixel_art,
    "realistic": _realistic,
}
