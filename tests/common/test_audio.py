"""Telling sounds by their headers."""

from __future__ import annotations

import io
import struct
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.audio import Sound, check_speech, format_of, inspect
from common.errors import InvalidInput, PayloadTooLarge
from common.providers import SpeechOrder
from common.providers.sandbox.sound import speak


def wav(seconds: float, rate: int = 8_000) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(bytes(round(seconds * rate) * 2))
    return file.getvalue()


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


def page(body: bytes, granule: int = 0, flags: int = 0) -> bytes:
    return b"OggS\0" + bytes([flags]) + struct.pack("<qIII", granule, 1, 0, 0) + bytes([1, len(body)]) + body


MP3 = speak(SpeechOrder("Merhaba yolcu.", "ali", 1.0, "mp3"))
M4A = box(b"ftyp", b"M4A \0\0\2\0isom") + box(
    b"moov", box(b"mvhd", bytes(12) + struct.pack(">II", 1000, 5000) + bytes(80))
)
FLAC_INFO = (
    struct.pack(">HH", 4096, 4096) + bytes(6) + (16_000 << 44 | 15 << 36 | 32_000).to_bytes(8, "big") + bytes(16)
)
FLAC = b"fLaC\x80\0\0\x22" + FLAC_INFO
OPUS_HEAD = b"OpusHead\1\1" + struct.pack("<HIhB", 312, 48_000, 0, 0)
OPUS_TAGS = b"OpusTags" + struct.pack("<I", 4) + b"test" + struct.pack("<I", 0)
OPUS = page(OPUS_HEAD, flags=2) + page(OPUS_TAGS) + page(bytes(100), granule=96_312, flags=4)
EBML = b"\x1aE\xdf\xa3\x80\x18\x53\x80\x67"
WEBM = EBML + b"\x2a\xd7\xb1\x83" + (1_000_000).to_bytes(3, "big") + b"\x44\x89\x84" + struct.pack(">f", 2_500.0)


@pytest.mark.parametrize(
    ("content", "name", "content_type", "seconds"),
    [
        (wav(1.5), "wav", "audio/wav", 1.5),
        (MP3, "mp3", "audio/mpeg", 1.5),
        (M4A, "m4a", "audio/mp4", 5.0),
        (FLAC, "flac", "audio/flac", 2.0),
        (OPUS, "ogg", "audio/ogg", 2.0),
        (WEBM, "webm", "audio/webm", 2.5),
    ],
)
def test_every_known_format_tells_its_length(content: bytes, name: str, content_type: str, seconds: float) -> None:
    sound = check_speech(content, field="audio_base64")

    assert (sound.format, sound.content_type) == (name, content_type)
    assert sound.seconds == pytest.approx(seconds, abs=0.1)


def test_a_browsers_webm_tells_no_length_and_is_taken() -> None:
    assert check_speech(EBML + bytes(100), field="x") == Sound("webm", "audio/webm", None)


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"RIFF\0\0\0\0AVI ", b"\xff\xf1\x50\x80aac", b"ID3", b"OggS", b"fLaC", wav(1)[:20], b"<svg/>"],
)
def test_what_is_no_sound_is_refused_by_its_field(content: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_speech(content, field="audio_base64")

    assert caught.value.details["errors"][0]["field"] == "audio_base64"


def test_a_sound_lasts_a_tenth_of_a_second_to_ten_minutes() -> None:
    for seconds in (0.1, 600):
        check_speech(wav(seconds), field="x")
    for seconds in (0.0, 0.05):
        with pytest.raises(InvalidInput):
            check_speech(wav(seconds), field="x")
    with pytest.raises(PayloadTooLarge):
        check_speech(wav(601), field="x")


@given(
    st.sampled_from([wav(0.2), MP3, M4A, FLAC, OPUS, WEBM]),
    st.lists(st.tuples(st.integers(0, 300), st.binary(max_size=3))),
)
def test_a_damaged_file_is_never_a_bug(content: bytes, damage: list[tuple[int, bytes]]) -> None:
    damaged = bytearray(content)
    for at, what in damage:
        damaged[at : at + len(what)] = what

    sound = inspect(bytes(damaged))

    assert sound is None or sound.format == format_of(bytes(damaged))
