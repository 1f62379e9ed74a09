"""Which of fal's models stand behind our names, what they take and what they cost: `common/data/models.json`, typed."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from common.providers import Purpose


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TokenPrice(_Entry):
    """Micro-USD per million tokens."""

    input: int
    output: int


class ChatModels(_Entry):
    """The language models: for each role those that may answer, the first choice first."""

    endpoint: str
    roles: dict[str, tuple[str, ...]]
    microusd_per_million_tokens: dict[str, TokenPrice]

    def of(self, purpose: Purpose) -> tuple[str, ...]:
        """Return the models for a purpose, in the order they are asked."""
        return self.roles[_ROLES[purpose]]

    def cost_microusd(self, model: str, *, input_tokens: int, output_tokens: int) -> int:
        """Return what the tokens cost by the list; 0 for a model that is not on it."""
        price = self.microusd_per_million_tokens.get(model, TokenPrice(input=0, output=0))
        return round((input_tokens * price.input + output_tokens * price.output) / 1_000_000)


class ImageModel(_Entry):
    """A FLUX model; `steps` and `guidance` are its ranges, None where it takes no such parameter."""

    endpoint: str
    microusd_per_megapixel: int
    steps: tuple[int, int] | None
    guidance: tuple[float, float] | None
    fixed: dict[str, Any] = Field(default_factory=dict)
    """Sent with every order."""


class TranscriptionModel(_Entry):
    """A model that listens."""

    endpoint: str
    microusd_per_minute: int
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
