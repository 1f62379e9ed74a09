"""Speaks the sandbox's texts: letters strung together under a melody, and the way back from sound to text."""

from __future__ import annotations

import re
import unicodedata
from array import array
from typing import TYPE_CHECKING, NamedTuple

from common.providers.sandbox.letters import LETTERS, SAMPLE_RATE, TIMBRES, VOWELS, period_of, waveform
from common.providers.sandbox.recordings import read, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from common.providers import SpeechOrder

__all__ = ["SAMPLE_RATE", "duration_seconds", "hear", "speak"]

_DEFAULT = "alloy"
_NAMES = ("sıfır", "bir", "iki", "üç", "dört", "beş", "altı", "yedi", "sekiz", "dokuz")
_DIGITS = {str(digit): name for digit, name in enumerate(_NAMES)}
_STRANGERS = {"q": "k", "w": "v", "x": "ks", "â": "a", "î": "i", "û": "u"}
_CLAUSE = re.compile(r"[^.!?…,;:\n]*[.!?…,;:\n]*")
_PAUSES_MS = {"": 120, ",": 170, ";": 240, ":": 240, ".": 340, "!": 340, "?": 340, "…": 460, "\n": 340}
_WORD_GAP_MS = 26
_LEAD_MS, _TAIL_MS = 60, 140


class Beat(NamedTuple):
    """One letter of the melody, or a pause (`letter` empty); `period` and `samples` at `SAMPLE_RATE`."""

    letter: str
    period: int
    samples: int


def speak(order: SpeechOrder) -> bytes:
    """The order's text as a sound file in its format: the same order gives the same bytes."""
    voice = _voice(order)
    samples = array("h")
    for letter, period, length in _beats(order):
        samples.extend(waveform(voice, letter, period, length) if letter else array("h", bytes(2 * length)))
    return write(samples, order.text, order.response_format)


def duration_seconds(order: SpeechOrder) -> float:
    """How long the order's sound is, without making it."""
    return sum(beat.samples for beat in _beats(order)) / SAMPLE_RATE


def hear(content: bytes) -> tuple[str, float]:
    """The text that `speak` put into a WAV or MP3 file, and its length in seconds.

    Raises:
        ProviderRejected: `details.reason` is `not_audio`, `unsupported_format`, `not_sandbox_audio` or `damaged`.
    """
    return read(content)


def _voice(order: SpeechOrder) -> str:
    return order.voice if order.voice in TIMBRES else _DEFAULT


def _beats(order: SpeechOrder) -> Iterator[Beat]:
    """The whole melody, between a little silence before and after."""
    speed, voice = max(0.25, min(4.0, order.speed)), _voice(order)
    yield _pause(_LEAD_MS, speed)
    for clause in _CLAUSE.findall(order.text):
        words, end = _spelled(clause.rstrip(".!?…,;:\n")), clause[-1:]
        mark = "?" if "?" in clause else end if end in _PAUSES_MS else ""
        for index, word in enumerate(words):
            yield from _word_beats(word, _melody(mark, index, len(words)), voice, speed)
            yield _pause(_WORD_GAP_MS, speed)
        if clause:
            yield _pause(_PAUSES_MS[mark], speed)
    yield _pause(_TAIL_MS, speed)


def _spelled(clause: str) -> list[str]:
    """The words of a clause in letters that have a sound; digits are named, the rest is left out."""
    lowered = clause.replace("I", "ı").replace("İ", "i").lower()
    named = "".join(f" {_DIGITS[sign]} " if sign in _DIGITS else _STRANGERS.get(sign, sign) for sign in lowered)
    words = ("".join(_letters_of(sign) for sign in word) for word in named.split())
    return [word for word in words if word]


def _letters_of(sign: str) -> str:
    if sign in LETTERS:
        return sign
    plain = unicodedata.normalize("NFD", sign)[:1]
    return plain if plain in LETTERS else ""


def _melody(mark: str, index: int, words: int) -> tuple[float, float]:
    """Semitones at the start and the end of a word: the voice sinks through a clause and turns at its end."""
    sinking = 2.5 - 3.5 * index / max(1, words)
    lift = 2.0 if mark == "!" else 0.0
    if index < words - 1:
        return sinking + lift, sinking + lift + 1.0
    turn = {"?": 6.0, ",": 1.5, "": 0.0, "!": -3.0}.get(mark, -4.0)
    return sinking + lift, sinking + lift + turn


def _word_beats(word: str, melody: tuple[float, float], voice: str, speed: float) -> Iterator[Beat]:
    """The letters of a word; Turkish leans on the last vowel."""
    start, end = melody
    last_vowel = max((index for index, letter in enumerate(word) if letter in VOWELS), default=-1)
    for index, letter in enumerate(word):
        share = (index + 1) / len(word)
        period = period_of(voice, round(start + (end - start) * share))
        stretch = 1.25 if index == last_vowel else 1.0
        samples = SAMPLE_RATE * LETTERS[letter].milliseconds * stretch / 1000 / speed
        # Whole periods only: a letter then ends where the next one begins, at zero.
        yield Beat(letter, period, max(1, round(samples / period)) * period)


def _pause(milliseconds: int, speed: float) -> Beat:
    return Beat("", 0, round(SAMPLE_RATE * milliseconds / 1000 / speed))
