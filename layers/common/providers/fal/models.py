"""Which of fal's models stand behind our names and what they take: `common/data/models.json`, typed.

What they cost is in `common.prices`.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from common.config import SafetyLevel
from common.providers import Purpose


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ChatModels(_Entry):
    """The language models: for each role those that may answer, the first choice first."""

    endpoint: str
    roles: dict[str, tuple[str, ...]]

    def of(self, purpose: Purpose) -> tuple[str, ...]:
        """Return the models for a purpose, in the order they are asked."""
        return self.roles[_ROLES[purpose]]


class ImageModel(_Entry):
    """A FLUX model; `steps` and `guidance` are its ranges, None where it takes no such parameter."""

    endpoint: str
    steps: tuple[int, int] | None
    guidance: tuple[float, float] | None
    safety: dict[SafetyLevel, dict[str, Any]]
    """Sent with every order of the level."""


class TranscriptionModel(_Entry):
    """A model that listens."""

    endpoint: str
    fixed: dict[str, Any] = Field(default_factory=dict)


class Models(_Entry):
    """All of them."""

    as_of: str
    note: str
    chat: ChatModels
    images: dict[str, ImageModel]
    transcription: tuple[TranscriptionModel, ...]


_ROLES = {
    Purpose.SPEECH: "dialogue",
    Purpose.REACTION: "dialogue_fast",
    Purpose.MODERATION: "moderation",
    Purpose.VALIDATION: "moderation",
    Purpose.ACTING_PROMPT: "writing",
    Purpose.SUMMARY: "writing",
    Purpose.WORLD: "writing",
    Purpose.WORLD_BRIEF: "writing",
}


@cache
def models() -> Models:
    """Return the list, read once."""
    text = files("common").joinpath("data", "models.json").read_text(encoding="utf-8")
    return Models.model_validate_json(text)
