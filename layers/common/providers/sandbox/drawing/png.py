"""PNG files (https://www.w3.org/TR/png-3/): 8-bit truecolour, not interlaced."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from common.providers.sandbox.drawing.canvas import Picture

_UP = b"\x02"


def encode(picture: Picture) -> bytes:
    """The picture as the bytes of a PNG file."""
    stride = picture.width * 3
    pixels = bytearray(stride * picture.height)
    for channel, plane in enumerate(picture.planes):
        pixels[channel::3] = plane
    filtered = _difference(pixels, bytes(stride) + pixels[:-stride])
    scanlines = b"".join([_UP + filtered[start : start + stride] for start in range(0, len(filtered), stride)])
    header = struct.pack(">IIBBBBB", picture.width, picture.height, 8, 2, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            _chunk(b"tEXt", b"Software\0Meddah sandbox"),
            _chunk(b"IDAT", zlib.compress(scanlines, 1)),
            _chunk(b"IEND", b""),
        )
    )


def _difference(current: bytearray, above: bytes | bytearray) -> bytes:
    """PNG's filter 2: each byte minus the one above it, modulo 256.

    All bytes at once, as one huge integer: the top bit of each byte is set aside so that no borrow crosses into the
    next byte, and put right by exclusive or.
    """
    length = len(current)
    minuend, subtrahend = int.from_bytes(current, "little"), int.from_bytes(above, "little")
    tops = int.from_bytes(b"\x80" * length, "little")
    low = int.from_bytes(b"\x7f" * length, "little")
    difference = ((minuend | tops) - (subtrahend & low)) ^ ((minuend ^ subtrahend ^ tops) & tops)
    return difference.to_bytes(length, "little")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
