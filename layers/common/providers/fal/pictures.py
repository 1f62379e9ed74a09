"""Looking into a picture without decoding it: is it one, how large is it, is it black?

PNG: https://www.w3.org/TR/png-3/. A filter makes every colour byte of a black picture 0, whatever filter it is, so
the rows need not be restored.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PNG = b"\x89PNG\r\n\x1a\n"
_SIGNATURES = {"image/png": _PNG, "image/jpeg": b"\xff\xd8\xff", "image/webp": b"RIFF"}
_SAMPLES = {0: 1, 2: 3, 4: 2, 6: 4}
"""Samples per pixel by colour type; palettes (3) are not looked into."""
_WITH_ALPHA = {4, 6}
_CHUNK = 65_536
_MAX_PIXELS = 16_000_000
"""More than any model draws: what claims to be larger is not inflated."""


def is_picture(content: bytes, content_type: str) -> bool:
    """Whether the bytes begin like a file of this type."""
    return content.startswith(_SIGNATURES.get(content_type, b"\0none"))


def png_size(content: bytes) -> tuple[int, int] | None:
    """Return width and height of a PNG in pixels, None for anything else."""
    if not content.startswith(_PNG) or len(content) < 33:
        return None
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def is_black(content: bytes) -> bool:
    """Whether a PNG is wholly black; False for what cannot be told cheaply: other files, palettes, interlacing.

    Costs as much as inflating the picture up to its first row that is not black.
    """
    size = png_size(content)
    if size is None or size[0] * size[1] > _MAX_PIXELS:
        return False
    depth, colour, interlaced = content[24], content[25], content[28]
    if colour not in _SAMPLES or interlaced or depth < 8:
        return False
    pixel = _SAMPLES[colour] * depth // 8
    seen = 0
    try:
        for row in _rows(content, size[0] * pixel):
            seen += 1
            if seen > size[1] or _has_colour(row, pixel, pixel - depth // 8 if colour in _WITH_ALPHA else pixel):
                return False
    except zlib.error:
        return False
    return seen == size[1]


def _has_colour(row: bytes, pixel: int, colour_bytes: int) -> bool:
    if colour_bytes == pixel:
        return bool(row.strip(b"\0"))
    return any(row[at::pixel].strip(b"\0") for at in range(colour_bytes))


def _rows(content: bytes, length: int) -> Iterator[bytes]:
    """Yield the filtered rows without their filter byte, holding little more than one of them."""
    stride, pending = length + 1, bytearray()
    for inflated in _inflated(content):
        pending += inflated
        at = 0
        while len(pending) - at >= stride:
            yield bytes(pending[at + 1 : at + stride])
            at += stride
        del pending[:at]


def _inflated(content: bytes) -> Iterator[bytes]:
    inflater = zlib.decompressobj()
    for body in _image_data(content):
        waiting = body
        while waiting:
            yield inflater.decompress(waiting, _CHUNK)
            waiting = inflater.unconsumed_tail


def _image_data(content: bytes) -> Iterator[bytes]:
    at = len(_PNG)
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4])
        if content[at + 4 : at + 8] == b"IDAT":
            yield content[at + 8 : at + 8 + length]
        at += 12 + length
