"""The sound of each Turkish letter: short waveforms, computed once and then only strung together.

A voiced letter is one period of a pitch, coloured by three formants and repeated: periods begin and end at zero, so
that letters join without a click. An unvoiced one is noise around a frequency; a stop is silence and a burst.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from functools import lru_cache
from math import pi, sin, sqrt
from random import Random

SAMPLE_RATE = 16_000
"""Hz; mono, 16 bits."""

_FULL = 32_767
_PEAK = 0.8
"""No letter is louder than this share of full scale."""


@dataclass(frozen=True, slots=True)
class Timbre:
    """A voice: its pitch in Hz, its formants against those of an average adult, and how much breath is in it."""

    pitch: float
    formants: float
    breath: float


@dataclass(frozen=True, slots=True)
class Letter:
    """How a letter sounds: formants in Hz (none: unvoiced), noise around `noise` Hz, `closure` a silence before it.

    `milliseconds` at speed 1; `voice` and `hiss` are loudness against full scale (root mean square).
    """

    milliseconds: int
    formants: tuple[int, int, int] | None = None
    voice: float = 0.0
    noise: int = 0
    hiss: float = 0.0
    closure: float = 0.0
    """Share of the letter in which the mouth is shut."""


TIMBRES = {
    "alloy": Timbre(pitch=158, formants=1.06, breath=0.010),
    "zeynep": Timbre(pitch=208, formants=1.16, breath=0.014),
    "ali": Timbre(pitch=110, formants=0.97, breath=0.007),
    "sarah": Timbre(pitch=196, formants=1.14, breath=0.020),
    "charlotte": Timbre(pitch=182, formants=1.12, breath=0.026),
    "george": Timbre(pitch=124, formants=1.00, breath=0.012),
    "brian": Timbre(pitch=92, formants=0.93, breath=0.009),
}

VOWELS = frozenset("aeıioöuü")

LETTERS = {
    "a": Letter(84, (750, 1250, 2600), 0.15),
    "e": Letter(80, (530, 1850, 2550), 0.15),
    "ı": Letter(66, (390, 1350, 2450), 0.13),
    "i": Letter(70, (300, 2200, 2900), 0.13),
    "o": Letter(82, (500, 900, 2450), 0.15),
    "ö": Letter(80, (440, 1500, 2300), 0.14),
    "u": Letter(72, (330, 820, 2300), 0.13),
    "ü": Letter(72, (310, 1720, 2250), 0.13),
    "l": Letter(58, (370, 1300, 2650), 0.085),
    "r": Letter(48, (460, 1400, 1950), 0.075, noise=2200, hiss=0.008),
    "m": Letter(62, (260, 1000, 2200), 0.080),
    "n": Letter(58, (280, 1500, 2450), 0.080),
    "y": Letter(54, (300, 2080, 2850), 0.095),
    "v": Letter(54, (320, 1050, 2250), 0.070, noise=3600, hiss=0.006),
    "ğ": Letter(42, (430, 1200, 2400), 0.085),
    "z": Letter(66, (280, 1500, 2500), 0.050, noise=5200, hiss=0.022),
    "j": Letter(66, (280, 1600, 2400), 0.050, noise=2900, hiss=0.025),
    "s": Letter(80, noise=5400, hiss=0.040),
    "ş": Letter(80, noise=2900, hiss=0.045),
    "f": Letter(70, noise=4200, hiss=0.020),
    "h": Letter(52, noise=1500, hiss=0.018),
    "p": Letter(70, noise=900, hiss=0.045, closure=0.6),
    "t": Letter(68, noise=4000, hiss=0.045, closure=0.6),
    "k": Letter(70, noise=1900, hiss=0.045, closure=0.55),
    "ç": Letter(84, noise=3100, hiss=0.050, closure=0.45),
    "b": Letter(58, (230, 900, 2200), 0.060, noise=800, hiss=0.012, closure=0.45),
    "d": Letter(56, (240, 1600, 2500), 0.060, noise=3600, hiss=0.012, closure=0.45),
    "g": Letter(58, (240, 1900, 2400), 0.060, noise=1800, hiss=0.012, closure=0.45),
    "c": Letter(68, (240, 1700, 2500), 0.055, noise=2800, hiss=0.022, closure=0.4),
}


def period_of(voice: str, semitones: int) -> int:
    """Samples in one period of a voice's pitch, raised by some semitones."""
    return max(24, round(SAMPLE_RATE / (TIMBRES[voice].pitch * 2 ** (semitones / 12))))


@lru_cache(maxsize=4096)
def waveform(voice: str, letter: str, period: int, length: int) -> array[int]:
    """Exactly `length` samples of a letter in a voice, at a pitch whose period is `period` samples."""
    sound, timbre = LETTERS[letter], TIMBRES[voice]
    wave = [0.0] * length
    if sound.formants:
        cycle = _cycle(timbre, sound, period)
        edge = max(1, min(length // 3, 160))
        for index in range(length):
            swell = min(1.0, 0.55 + 0.45 * index / edge, 0.55 + 0.45 * (length - index) / edge)
            wave[index] = cycle[index % period] * swell
    hiss = sound.hiss + (timbre.breath * sound.voice if letter in VOWELS else 0.0)
    if hiss:
        opening = round(length * sound.closure)
        _hush(wave, opening)
        burst = _noise(letter, sound.noise or 2600, length - opening, fading=sound.closure > 0)
        for index, value in enumerate(burst, opening):
            wave[index] += value * hiss
    return array("h", (round(_FULL * max(-_PEAK, min(_PEAK, value))) for value in wave))


def _hush(wave: list[float], opening: int) -> None:
    """Dampen the voice while the mouth is shut."""
    for index in range(opening):
        wave[index] *= 0.35


def _cycle(timbre: Timbre, sound: Letter, period: int) -> list[float]:
    """One period: the harmonics below 3.8 kHz, each as loud as the formants let it pass."""
    pitch = SAMPLE_RATE / period
    table = [sin(2 * pi * index / period) for index in range(period)]
    cycle = [0.0] * period
    for harmonic in range(1, int(3_800 / pitch) + 1):
        loudness = _passed(sound, harmonic * pitch / timbre.formants) / harmonic**0.75
        for index in range(period):
            cycle[index] += loudness * table[harmonic * index % period]
    return _levelled(cycle, sound.voice)


def _passed(sound: Letter, frequency: float) -> float:
    """How much of a frequency (Hz) the mouth lets pass in this letter."""
    widths = zip(sound.formants or (), (90, 130, 190), (1.0, 0.65, 0.3), strict=False)
    return 0.015 + sum(peak / (1 + ((frequency - formant) / width) ** 2) for formant, width, peak in widths)


def _noise(letter: str, center: int, length: int, *, fading: bool) -> list[float]:
    """Noise around `center` Hz with a root mean square of 1 and soft ends; a burst fades from its start."""
    chance = Random(f"{letter}{length}")  # noqa: S311 - repeatable by intent
    # Two poles: a resonance as wide as it sounds natural, wider when higher.
    radius = 1 - pi * (400 + center * 0.25) / SAMPLE_RATE
    turn = 2 * radius * sin(pi / 2 - 2 * pi * center / SAMPLE_RATE)
    older = old = 0.0
    noise: list[float] = []
    for _ in range(length):
        older, old = old, turn * old - radius * radius * older + chance.uniform(-1, 1)
        noise.append(old)
    edge = max(1, min(length // 3, 120))
    for index in range(length):
        rise, fall = index / edge, (length - index) / (length if fading else edge)
        noise[index] *= min(1.0, rise * (8 if fading else 1), fall)
    return _levelled(noise, 1.0)


def _levelled(wave: list[float], level: float) -> list[float]:
    """The wave with a root mean square of `level`."""
    power = sqrt(sum(value * value for value in wave) / max(1, len(wave)))
    return [value * level / power for value in wave] if power else wave
