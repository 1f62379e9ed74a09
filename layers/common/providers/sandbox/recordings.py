"""Sound files that carry the text they speak: WAV, MP3, and bare samples.

The text stands, with a checksum over it and the sound, in a comment that every player skips: in WAV in the RIFF
INFO list (ICMT), in MP3 in an ID3v2.4 tag (TXXX, UTF-8; https://id3.org/id3v2.4.0-frames). Bare samples carry none.
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
import sys
import wave
from typing import TYPE_CHECKING, Protocol, cast

import lameenc

from common.errors import ProviderRejected
from common.providers.sandbox.letters import SAMPLE_RATE

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterator

_MARKER = b"meddah-sandbox/1 "
_CAPTION = re.compile(rb"meddah-sandbox/1 ([0-9a-f]{16}) ([0-9]{1,10})\n(.*)", re.DOTALL)
_ESCAPED = re.compile(r"\\([\\0])")
_TAG = "meddah-sandbox"
_MP3_KBPS = 32
_MP3_QUALITY = 7
"""LAME's fastest."""
_MOST_CHUNKS = 64
_OTHER_FORMATS = ((b"OggS", 0), (b"fLaC", 0), (b"ftyp", 4), (b"\x1aE\xdf\xa3", 0), (b"FORM", 0), (b"#!AMR", 0))


class _Mp3Encoder(Protocol):
    """What we use of `lameenc.Encoder`, which has no types."""

    def silence(self) -> None: ...
    def set_bit_rate(self, kbps: int, /) -> None: ...
    def set_in_sample_rate(self, hertz: int, /) -> None: ...
    def set_out_sample_rate(self, hertz: int, /) -> None: ...
    def set_channels(self, count: int, /) -> None: ...
    def set_quality(self, quality: int, /) -> None: ...
    def encode(self, samples: bytes, /) -> bytearray: ...
    def flush(self) -> bytearray: ...


def write(samples: array[int], text: str, response_format: str) -> bytes:
    """The samples as a `wav`, `mp3` or `pcm` file; the first two carry the text."""
    sound = _little_endian(samples)
    if response_format == "pcm":
        return sound
    return _write_wav(sound, text) if response_format == "wav" else _write_mp3(sound, text)


def read(content: bytes) -> tuple[str, float]:
    """The text a file of `write` carries, and its length in seconds.

    Raises:
        ProviderRejected: `details.reason` is `not_audio`, `unsupported_format`, `not_sandbox_audio` or `damaged`.
    """
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return _read_wav(content)
    if content[:3] == b"ID3":
        return _read_mp3(content)
    if len(content) >= 4 and content[0] == 0xFF and content[1] & 0xE0 == 0xE0:
        # Layer bits 00 are not MPEG audio but AAC in ADTS.
        raise _refusal("not_sandbox_audio" if content[1] & 0x06 else "unsupported_format")
    if any(content[at : at + len(magic)] == magic for magic, at in _OTHER_FORMATS):
        raise _refusal("unsupported_format")
    raise _refusal("not_audio")


def _refusal(reason: str) -> ProviderRejected:
    messages = {
        "not_audio": "this is not a sound file",
        "unsupported_format": "the sandbox transcribes only WAV and MP3",
        "not_sandbox_audio": "the sandbox transcribes only audio it made",
        "damaged": "this sound file is damaged",
    }
    return ProviderRejected(messages[reason], details={"reason": reason})


def _write_wav(sound: bytes, text: str) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(SAMPLE_RATE)
        writer.writeframes(sound)
    content = file.getvalue()
    comment = _caption(text, sound, len(sound) // 2) + b"\0"
    info = b"INFO" + _chunk(b"ISFT", b"Meddah sandbox\0") + _chunk(b"ICMT", comment)
    content += _chunk(b"LIST", info)
    return b"RIFF" + struct.pack("<I", len(content) - 8) + content[8:]


def _write_mp3(sound: bytes, text: str) -> bytes:
    encoder = cast("_Mp3Encoder", lameenc.Encoder())  # pyright: ignore[reportUnknownMemberType]
    encoder.silence()
    encoder.set_bit_rate(_MP3_KBPS)
    encoder.set_in_sample_rate(SAMPLE_RATE)
    encoder.set_out_sample_rate(SAMPLE_RATE)
    encoder.set_channels(1)
    encoder.set_quality(_MP3_QUALITY)
    frames = bytes(encoder.encode(sound)) + bytes(encoder.flush())
    body = b"\x03" + _TAG.encode() + b"\0" + _caption(text, frames, len(sound) // 2)
    frame = b"TXXX" + _synchsafe(len(body)) + b"\0\0" + body
    return b"ID3\x04\0\0" + _synchsafe(len(frame)) + frame + frames


def _read_wav(content: bytes) -> tuple[str, float]:
    chunks = dict(_chunks(content, 12))
    if b"fmt " not in chunks or b"data" not in chunks:
        raise _refusal("damaged")
    info = chunks.get(b"LIST", b"")
    comment = dict(_chunks(info, 4)).get(b"ICMT", b"") if info[:4] == b"INFO" else b""
    if chunks[b"fmt "] != struct.pack("<HHIIHH", 1, 1, SAMPLE_RATE, 2 * SAMPLE_RATE, 2, 16):
        raise _refusal("damaged" if comment.startswith(_MARKER) else "not_sandbox_audio")
    return _checked(comment.partition(b"\0")[0], chunks[b"data"])


def _read_mp3(content: bytes) -> tuple[str, float]:
    end = 10 + _length(content[6:10])
    start = b"\x03" + _TAG.encode() + b"\0"
    size = _length(content[14:18])
    body = content[20 : 20 + size]
    if content[3:4] != b"\x04" or content[10:14] != b"TXXX" or not body.startswith(start):
        raise _refusal("not_sandbox_audio")
    if 20 + size != end:
        raise _refusal("damaged")
    return _checked(body[len(start) :], content[end:])


def _caption(text: str, sound: bytes, samples: int) -> bytes:
    """Marker, checksum, number of samples and the text, without any zero byte."""
    spoken = text.replace("\\", "\\\\").replace("\0", "\\0").encode("utf-8", "replace")
    return b"%s%s %d\n%s" % (_MARKER, _checksum(samples, spoken, sound), samples, spoken)


def _checked(caption: bytes, sound: bytes) -> tuple[str, float]:
    """The text and seconds of a caption that belongs to this sound."""
    if not caption.startswith(_MARKER):
        raise _refusal("not_sandbox_audio")
    found = _CAPTION.fullmatch(caption)
    if found is None or found[1] != _checksum(int(found[2]), found[3], sound):
        raise _refusal("damaged")
    spoken = found[3].decode("utf-8", "replace")
    return _ESCAPED.sub(lambda escape: "\0" if escape[1] == "0" else "\\", spoken), int(found[2]) / SAMPLE_RATE


def _checksum(samples: int, spoken: bytes, sound: bytes) -> bytes:
    digest = hashlib.sha256(b"%d %d\n%s" % (samples, len(spoken), spoken))
    digest.update(sound)
    return digest.hexdigest()[:16].encode()


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _chunks(content: bytes, at: int) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a RIFF form from an offset on; a chunk that is cut off counts as damage."""
    for _ in range(_MOST_CHUNKS):
        if at >= len(content):
            return
        body_at = at + 8
        size = int.from_bytes(content[at + 4 : body_at], "little")
        if body_at + size > len(content):
            raise _refusal("damaged")
        yield content[at : at + 4], content[body_at : body_at + size]
        at = body_at + size + size % 2
    raise _refusal("damaged")


def _synchsafe(number: int) -> bytes:
    """ID3's size: four bytes of seven bits each."""
    return bytes((number >> shift) & 0x7F for shift in (21, 14, 7, 0))


def _length(four: bytes) -> int:
    return sum((byte & 0x7F) << shift for byte, shift in zip(four, (21, 14, 7, 0), strict=False))


def _little_endian(samples: array[int]) -> bytes:
    if sys.byteorder == "little":
        return samples.tobytes()
    swapped = samples[:]
    swapped.byteswap()
    return swapped.tobytes()
