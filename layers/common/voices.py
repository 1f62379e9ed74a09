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
    gender: str
    sample_rate: int
    description: str


@cache
def voices() -> tuple[Voice, ...]:
    """Every voice, in the catalogue's order."""
    catalogue = files("common").joinpath("data", "voices.json").read_text(encoding="utf-8")
    return tuple(Voice(**entry) for entry in json.loads(catalogue))


def find_voice(voice_id: str) -> Voice | None:
    """The voice of this id, or None."""
    return next((voice for voice in voices() if voice.voice_id == voice_id), None)
