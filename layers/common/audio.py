"""What kind of sound some bytes are and how long they last, told from their headers; nothing is decoded."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass

from tinytag import TinyTag
from tinytag.tinytag import TinyTagException

from common.errors import InvalidInput, PayloadTooLarge

SHORTEST_SECONDS = 0.1
LONGEST_SECONDS = 600.0
_CONTENT_TYPES = {
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "webm": "audio/webm",
}
KNOWN = tuple(_CONTENT_TYPES)
_EBML_LENGTHS = {0x84: (4, ">f"), 0x88: (8, ">d")}


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound file; `format` is one of `KNOWN` (Opus and Vorbis are both `ogg`)."""

    format: str
    content_type: str
    seconds: float | None
    """None where the file does not say (a browser's WebM)."""
    sample_rate: int | None = None
    """Hz."""


def format_of(content: bytes) -> str | None:
    """Return which of `KNOWN` the bytes begin like, None if like none of them."""
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return "wav"
    if content[4:8] == b"ftyp":
        return "m4a"
    beginnings = {b"OggS": "ogg", b"fLaC": "flac", b"\x1aE\xdf\xa3": "webm", b"ID3": "mp3"}
    found = next((name for magic, name in beginnings.items() if content.startswith(magic)), None)
    # A frame's eleven bits of 1; layer bits 00 are not MPEG audio but AAC in ADTS.
    is_frame = len(content) > 2 and content[0] == 0xFF and content[1] & 0xE0 == 0xE0 and content[1] & 0x06 != 0
    return found or ("mp3" if is_frame else None)


def inspect(content: bytes) -> Sound | None:
    """Return what the headers say, None if this is no sound file of a known format or is damaged."""
    name = format_of(content)
    if name is None:
        return None
    if name == "webm":
        return Sound(name, _CONTENT_TYPES[name], _webm_seconds(content))
    try:
        tag = TinyTag.get(filename=f"sound.{name}", file_obj=io.BytesIO(content), tags=False)
    except (TinyTagException, struct.error, ValueError, ArithmeticError, LookupError, TypeError, OSError):
        # tinytag parses what strangers send; whatever it stumbles over is a damaged file to us.
        return None
    seconds = tag.duration
    return Sound(name, _CONTENT_TYPES[name], seconds, tag.samplerate) if seconds else None


def check_speech(content: bytes, *, field: str) -> Sound:
    """Return what a studio's sound is, if it can be understood at all: 0.1 s to 10 min of a known format.

    Raises:
        InvalidInput: it cannot; names `field`. PayloadTooLarge: it is too long.
    """
    sound = inspect(content)
    if sound is None:
        raise InvalidInput.field(field, f"not a sound file, or a damaged one; known are {', '.join(KNOWN)}")
    if sound.seconds is not None and sound.seconds < SHORTEST_SECONDS:
        raise InvalidInput.field(field, f"shorter than {SHORTEST_SECONDS} seconds")
    if sound.seconds is not None and sound.seconds > LONGEST_SECONDS:
        raise PayloadTooLarge(f"The sound is longer than {LONGEST_SECONDS:.0f} seconds")
    return sound


def _webm_seconds(content: bytes) -> float | None:
    """Return a WebM's duration, None if its head does not tell (https://www.rfc-editor.org/rfc/rfc9559#name-info-element).

    Duration (0x4489) counts ticks of TimestampScale (0x2AD7B1) nanoseconds, by default a millisecond.
    """
    head = content[:4096]
    at = head.find(b"\x44\x89")
    length, form = _EBML_LENGTHS.get(head[at + 2] if 0 <= at < len(head) - 2 else 0, (0, ""))
    if not length or at + 3 + length > len(head):
        return None
    (ticks,) = struct.unpack(form, head[at + 3 : at + 3 + length])
    scale_at = head.find(b"\x2a\xd7\xb1\x83")
    scale = int.from_bytes(head[scale_at + 4 : scale_at + 7], "big") if scale_at >= 0 else 1_000_000
    return ticks * scale / 1_000_000_000
