"""The catalogue of voices; the first one is the default."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice a studio can choose; `sample_rate` in Hz, `gender` is `neutral`, `female` or `male`."""

    voice_id: str
    name: str
    family: str
    """The vendor's model behind it: `freya` or `elevenlabs`; its price is that of its family (`common.prices`)."""
    vendor_voice: str
    """Its name there."""
    gender: str
    sample_rate: int
    formats: tuple[str, ...]
    """What `response_format` may be."""
    speed_min: float
    speed_max: float
    streams: bool
    """Whether it can be heard while it speaks."""
    description: str

    def can_speak_at(self, speed: float) -> bool:
        """Whether it knows this pace."""
        return self.speed_min <= speed <= self.speed_max


@cache
def voices() -> tuple[Voice, ...]:
    """Every voice, in the catalogue's order."""
    catalogue = files("common").joinpath("data", "voices.json").read_text(encoding="utf-8")
    return tuple(Voice(formats=tuple(entry.pop("formats")), **entry) for entry in json.loads(catalogue))


def find_voice(voice_id: str) -> Voice | None:
    """The voice of this id, or None."""
    return next((voice for voice in voices() if voice.voice_id == voice_id), None)
