"""The sandbox's voice: playable files that carry the text they speak."""

from __future__ import annotations

import io
import struct
import wave
from array import array
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from time import process_time

import lameenc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.errors import ProviderRejected
from common.providers import SpeechOrder
from common.providers.sandbox.sound import SAMPLE_RATE, duration_seconds, hear, speak

TEXT = "Yolun sonu göründü, ey yolcu! Demirci 1453 kez vurdu; sen kimsin, nereden geldin?"


def order(**changes: object) -> SpeechOrder:
    plain = SpeechOrder(text=TEXT, voice="alloy", speed=1.0, response_format="wav")
    return replace(plain, **changes)  # type: ignore[arg-type]


def samples_of(content: bytes) -> array[int]:
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, SAMPLE_RATE)
        return array("h", file.readframes(file.getnframes()))


def mp3_frames(content: bytes) -> list[tuple[int, int]]:
    """(bit rate in kbit/s, sample rate in Hz) of every frame of an MPEG-2 layer III mono file after its tag."""
    size = sum(byte << shift for byte, shift in zip(content[6:10], (21, 14, 7, 0), strict=True))
    at, frames = 10 + size, []
    while at < len(content):
        header = struct.unpack(">I", content[at : at + 4])[0]
        assert header >> 21 == 0x7FF, "every frame begins with its sync word"
        assert (header >> 19 & 3, header >> 17 & 3, header >> 6 & 3) == (2, 1, 3), "MPEG-2, layer III, mono"
        rate = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)[(header >> 12 & 15) - 1]
        frames.append((rate, (22_050, 24_000, 16_000)[header >> 10 & 3]))
        at += 72_000 * rate // frames[-1][1] + (header >> 9 & 1)
    assert at == len(content), "the last frame is whole"
    return frames


def reason(content: bytes) -> str:
    with pytest.raises(ProviderRejected) as caught:
        hear(content)
    return caught.value.details["reason"]


def test_a_wav_plays_at_16_khz_and_is_as_long_as_announced() -> None:
    samples = samples_of(speak(order()))

    assert len(samples) / SAMPLE_RATE == duration_seconds(order())


def test_a_wav_is_one_whole_riff_form() -> None:
    content = speak(order())

    assert struct.unpack("<I", content[4:8])[0] == len(content) - 8
    assert b"ICMT" in content


def test_pcm_is_the_samples_of_the_wav_and_nothing_else() -> None:
    assert speak(order(response_format="pcm")) == samples_of(speak(order())).tobytes()


def test_an_mp3_is_a_tag_and_whole_frames_of_the_announced_length() -> None:
    content = speak(order(response_format="mp3"))
    frames = mp3_frames(content)

    assert content[:5] == b"ID3\x04\x00"
    assert {rate for _, rate in frames} == {SAMPLE_RATE}
    # 576 samples a frame; the encoder adds up to four frames of its own.
    assert 0 <= len(frames) * 576 / SAMPLE_RATE - duration_seconds(order()) < 4 * 576 / SAMPLE_RATE


@pytest.mark.parametrize("response_format", ["wav", "mp3", "pcm"])
def test_the_same_order_gives_the_same_bytes(response_format: str) -> None:
    assert speak(order(response_format=response_format)) == speak(order(response_format=response_format))


@pytest.mark.parametrize("response_format", ["wav", "mp3"])
def test_what_was_spoken_is_heard(response_format: str) -> None:
    wish = order(response_format=response_format)

    assert hear(speak(wish)) == (TEXT, duration_seconds(wish))


def test_voices_differ_in_pitch() -> None:
    def crossings(voice: str) -> float:
        samples = samples_of(speak(order(text="aaaaaaaaaaaaaaaa", voice=voice, response_format="wav")))
        return best_period(samples[4000:8000])

    assert crossings("ali") > crossings("alloy") > crossings("zeynep")


def best_period(samples: array[int]) -> int:
    """The lag in samples at which the sound is most like itself."""

    def likeness(lag: int) -> float:
        ahead = samples[lag : lag + 2000]
        return sum(here * there for here, there in zip(samples, ahead, strict=False))

    return max(range(50, 200), key=likeness)


def test_a_question_rises_and_a_statement_falls() -> None:
    def last_period(mark: str) -> int:
        samples = samples_of(speak(order(text=f"gel aaaaaaaaaaaa{mark}")))
        voiced = max(index for index, value in enumerate(samples) if abs(value) > 500)
        return best_period(samples[voiced - 2800 : voiced])

    assert last_period("?") < last_period(".")


@pytest.mark.parametrize("speed", [0.25, 0.5, 2.0, 4.0])
def test_speed_scales_the_length(speed: float) -> None:
    stretched = duration_seconds(order(speed=speed)) * speed

    assert stretched == pytest.approx(duration_seconds(order()), rel=0.1)


def test_the_sound_neither_clips_nor_clicks_nor_is_silent() -> None:
    samples = samples_of(speak(order(text=TEXT * 3)))

    assert max(abs(sample) for sample in samples) < 0.85 * 32_767
    assert max(abs(first - second) for first, second in pairwise(samples)) < 0.5 * 32_767
    assert sum(abs(sample) > 1000 for sample in samples) > 0.4 * len(samples)
    assert abs(sum(samples) / len(samples)) < 30
    assert samples[0] == samples[-1] == 0


def test_punctuation_makes_pauses() -> None:
    assert duration_seconds(order(text="gel. git.")) > duration_seconds(order(text="gel git")) + 0.2


def test_digits_and_foreign_letters_have_a_sound() -> None:
    assert duration_seconds(order(text="7")) == pytest.approx(duration_seconds(order(text="yedi")), abs=0.05)
    assert duration_seconds(order(text="wxé")) > duration_seconds(order(text="")) + 0.1


@pytest.mark.parametrize("text", ["", " ", "…", "😀", "\0", "a\\0b\\\\", "satır\r\nsonu", "\ud800"])
@pytest.mark.parametrize("response_format", ["wav", "mp3"])
def test_strange_texts_survive_the_journey(text: str, response_format: str) -> None:
    heard, seconds = hear(speak(order(text=text, response_format=response_format)))

    assert heard == text.encode("utf-8", "replace").decode()
    assert seconds > 0.1


@settings(max_examples=40, deadline=None)
@given(text=st.text(max_size=80), response_format=st.sampled_from(["wav", "mp3"]), speed=st.floats(0.25, 4))
def test_any_text_is_heard_as_it_was_spoken(text: str, response_format: str, speed: float) -> None:
    wish = order(text=text, response_format=response_format, speed=speed)

    assert hear(speak(wish)) == (text, duration_seconds(wish))


def test_what_is_not_a_sound_file_is_refused() -> None:
    for content in (b"", b"a", b"merhaba", b"\x89PNG\r\n\x1a\n" + bytes(40), speak(order(response_format="pcm"))):
        assert reason(content) == "not_audio"


@pytest.mark.parametrize(
    "content",
    [b"OggS" + bytes(60), b"fLaC" + bytes(60), bytes(4) + b"ftypM4A " + bytes(60), b"\xff\xf1\x50\x80" + bytes(60)],
)
def test_other_sound_formats_are_named_as_unsupported(content: bytes) -> None:
    assert reason(content) == "unsupported_format"


def foreign_wav(rate: int = SAMPLE_RATE) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, rate, 0, "NONE", ""))
        writer.writeframes(bytes(3200))
    return file.getvalue()


def foreign_mp3() -> bytes:
    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_in_sample_rate(SAMPLE_RATE)
    encoder.set_channels(1)
    return bytes(encoder.encode(bytes(32_000)) + encoder.flush())


def test_foreign_sound_is_recognised_as_such() -> None:
    tagged = b"ID3\x03\0\0\0\0\0\x0d" + b"TIT2\0\0\0\x03\0\0\x03ab" + foreign_mp3()
    for content in (foreign_wav(), foreign_wav(44_100), foreign_mp3(), tagged):
        assert reason(content) == "not_sandbox_audio"


@pytest.mark.parametrize("response_format", ["wav", "mp3"])
def test_changed_sound_or_text_counts_as_damage(response_format: str) -> None:
    content = speak(order(response_format=response_format))
    halfway = len(content) // 2
    flipped = content[:halfway] + bytes([content[halfway] ^ 1]) + content[halfway + 1 :]
    reworded = content.replace(b"yolcu", b"yolku")

    for damaged in (flipped, reworded, content[:-100], content + b"more"):
        assert reason(damaged) == "damaged"


@pytest.mark.parametrize("response_format", ["wav", "mp3"])
def test_text_grafted_onto_other_sound_counts_as_damage(response_format: str) -> None:
    first = speak(order(text="aaaa", response_format="wav"))
    second = speak(order(text="oooo", response_format="wav"))
    comment = first[first.index(b"LIST") :]

    assert reason(second[: second.index(b"LIST")] + comment) == "damaged"


@settings(max_examples=300, deadline=None)
@given(
    start=st.sampled_from([b"", b"RIFF\x40\0\0\0WAVE", b"ID3\x04\0\0", b"ID3\x03\0\0\0\0\0\x10", b"\xff\xfb", b"RIFF"]),
    rest=st.binary(max_size=120),
)
def test_arbitrary_bytes_are_always_refused_politely(start: bytes, rest: bytes) -> None:
    assert reason(start + rest) in {"not_audio", "unsupported_format", "not_sandbox_audio", "damaged"}


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_file_cut_or_changed_anywhere_never_gives_another_text(data: st.DataObject) -> None:
    content = speak(order(text="kısa", response_format=data.draw(st.sampled_from(["wav", "mp3"]))))
    at, byte = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(0, 255))
    changed = content[:at] + bytes([byte]) + content[at + 1 :]
    heard: list[str] = []
    for broken in (content[:at], changed):
        with suppress(ProviderRejected):
            heard.append(hear(broken)[0])

    assert set(heard) <= {"kısa"}


def test_a_file_of_countless_tiny_chunks_is_refused_quickly() -> None:
    start = process_time()

    assert reason(b"RIFF\0\0\0\0WAVE" + b"junk\0\0\0\0" * 1_000_000) == "damaged"
    assert process_time() - start < 1


def test_three_thousand_characters_are_spoken_in_no_time() -> None:
    start = process_time()
    speak(order(text=(TEXT * 50)[:3000], voice="zeynep", response_format="mp3"))

    # Measured at 0.3 s; the bound only catches a change of kind.
    assert process_time() - start < 3
