"""The sandbox's Turkish: what its characters say, and how one line is chosen among many."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NotRequired, TypedDict, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

_FOLDER = Path(__file__).parents[2] / "data"
_T = TypeVar("_T")


class Voice(TypedDict):
    """How one archetype talks; `{w}` is a word of the player's, `{W}` the same with a capital."""

    greet: list[str]
    greet_again: list[str]
    farewell: list[str]
    thanks: list[str]
    echo_question: list[str]
    echo_statement: list[str]
    close: list[str]
    want: list[str]
    hold: list[str]
    refuse: list[str]
    acting: list[str]


class Trade(TypedDict):
    """What one role talks about: remarks, answers that fit any question, its past in its own words."""

    lines: list[str]
    answers: list[str]
    act: str
    self: NotRequired[str]


class Mood(TypedDict):
    """The words that name a mood, and what one says in it."""

    stems: list[str]
    lines: list[str]


class Tier(TypedDict):
    """What a skill tier adds to a character's speech."""

    prefix: list[str]
    close: list[str]
    acting: str


class Phrases(TypedDict):
    """`sandbox_phrases.json`; archetypes, roles and tiers are keyed by `fold`, '' being everybody else."""

    archetypes: dict[str, Voice]
    roles: dict[str, Trade]
    introductions: dict[str, list[str]]
    wellbeing: list[str]
    questions: dict[str, list[str]]
    echo_two: list[str]
    silent: list[str]
    quiet_thoughts: list[str]
    memory: list[str]
    summary_memory: list[str]
    state: list[str]
    moods: dict[str, Mood]
    unknown_mood: list[str]
    tiers: dict[str, Tier]
    deflections: list[str]
    danger: list[str]


class Theme(TypedDict):
    """One kind of world and the words in a studio's wish that call for it."""

    cues: list[str]
    names: list[str]
    definitions: list[str]
    details: list[str]
    tones: list[str]
    locations: list[str]
    seasons: list[str]
    atmospheres: list[str]
    speech: str
    taboo_words: list[str]


class Worlds(TypedDict):
    """`sandbox_worlds.json`; the last theme is everybody else's."""

    themes: list[Theme]
    wishes: list[str]
    briefs: dict[str, list[str]]


@cache
def phrases() -> Phrases:
    """Return the characters' phrases, read once per process."""
    return cast("Phrases", json.loads((_FOLDER / "sandbox_phrases.json").read_text(encoding="utf-8")))


@cache
def worlds() -> Worlds:
    """Return the worlds' phrases, read once per process."""
    return cast("Worlds", json.loads((_FOLDER / "sandbox_worlds.json").read_text(encoding="utf-8")))


def draw(*keys: str, below: int) -> int:
    """Return a number 0 … `below` - 1, always the same for the same keys."""
    digest = hashlib.sha256("\x1f".join(keys).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") % below


def pick(options: Sequence[_T], *keys: str) -> _T:
    """Return one of the options, always the same for the same keys."""
    return options[draw(*keys, below=len(options))]


def shuffled(options: Sequence[str], *keys: str) -> list[str]:
    """Return all options in an order that depends only on the keys."""
    return sorted(options, key=lambda option: draw(*keys, option, below=1 << 60))
