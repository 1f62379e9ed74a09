"""What a character is made of when the studio does not say: archetypes, roles, skill tiers and names (seed 000)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from common.turkish.folding import fold

_FILE = Path(__file__).with_name("data") / "defaults.json"


@dataclass(frozen=True, slots=True)
class Archetype:
    """A kind of personality."""

    label: str
    description: str
    speech_style: str


@dataclass(frozen=True, slots=True)
class Role:
    """A trade, with the past that comes with it."""

    title: str
    lore: str


@dataclass(frozen=True, slots=True)
class SkillTier:
    """How good a character is at its trade, and what that does to its speech."""

    tier: str
    """`çaylak`, `orta` or `uzman`."""
    modifier: str


@dataclass(frozen=True, slots=True)
class Defaults:
    """Everything a character can fall back on; no part is empty."""

    archetypes: tuple[Archetype, ...]
    roles: tuple[Role, ...]
    tiers: tuple[SkillTier, ...]
    names: tuple[str, ...]


@cache
def defaults() -> Defaults:
    """Return the defaults, read once per process."""
    stored = json.loads(_FILE.read_text(encoding="utf-8"))
    return Defaults(
        archetypes=tuple(Archetype(**entry) for entry in stored["archetypes"]),
        roles=tuple(Role(**entry) for entry in stored["role_titles"]),
        tiers=tuple(SkillTier(**entry) for entry in stored["skill_tiers"]),
        names=tuple(stored["names_pool"]),
    )


def find_role(text: str) -> Role | None:
    """Return the default role with this title in any casing or in ASCII (`Sifaci`), else None."""
    return _roles().get(fold(text))


def find_archetype(text: str) -> Archetype | None:
    """Return the default archetype with this label in any casing or in ASCII (`Supheci Sessiz`), else None."""
    return _archetypes().get(fold(text))


def find_tier(text: str) -> SkillTier | None:
    """Return the skill tier of this name in any casing or in ASCII (`caylak`), else None."""
    return _tiers().get(fold(text))


@cache
def _roles() -> dict[str, Role]:
    return {fold(role.title): role for role in defaults().roles}


@cache
def _archetypes() -> dict[str, Archetype]:
    return {fold(archetype.label): archetype for archetype in defaults().archetypes}


@cache
def _tiers() -> dict[str, SkillTier]:
    return {fold(tier.tier): tier for tier in defaults().tiers}
