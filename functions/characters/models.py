"""What studios send and get about characters, and what is stored of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from common.queues import TenantMessage
from common.receipts import Receipt
from common.storage import Record
from common.text import Label, Paragraph, PlayerId, Request, Story
from common.turkish import Reason


class Character(Record):
    """A character as stored; times are ISO 8601 in UTC."""

    name: str
    role: str
    archetype: str
    lore: str | None = None
    personality: str | None = None
    acting_prompt: str
    skill_tier: str | None = None
    voice: str | None = None
    world_id: str | None = None
    world_context: str | None = None
    created_at: str
    updated_at: str | None = None


class _WorldChoice(Request):
    world_id: Label | None = Field(default=None, description="A world made with POST /v1/worlds.")
    world_context: Story | None = Field(default=None, description="Or the world as free text, 1–6,000 characters.")

    @model_validator(mode="after")
    def _one_world(self) -> _WorldChoice:
        if self.world_id and self.world_context:
            raise ValueError("give either world_id or world_context")
        return self


class CreateCharacterRequest(_WorldChoice):
    """A character from nothing, from parts, or from a complete `system_prompt`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "Mirra", "role": "Şifacı", "archetype": "Duru İdealist", "skill_tier": "uzman"},
                {},
            ]
        }
    )

    name: Label | None = Field(default=None, description="Drawn from the pool if absent.")
    role: Label | None = Field(default=None, description="A default role ('Sifaci' finds 'Şifacı') or your own.")
    archetype: Label | None = Field(default=None, description="A default archetype or your own.")
    lore: Story | None = Field(default=None, description="The character's past; a default role brings its own.")
    personality: Paragraph | None = None
    system_prompt: Story | None = Field(default=None, description="The complete acting prompt: no model is called.")
    skill_tier: Label | None = Field(default=None, description="çaylak, orta or uzman; 'caylak' is understood.")
    voice: Label | None = Field(default=None, description="A voice of GET /v1/voice/voices.")
    validate_prompt: bool = Field(default=False, description="Have the written acting prompt checked, once rewritten.")


class BatchCreateRequest(_WorldChoice):
    """Several characters at once; roles and archetypes are dealt in turn."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"count": 3, "roles": ["Ozan", "Demirci"], "world_context": "Sisli bir ada."}]}
    )

    count: int = Field(ge=1, le=20)
    roles: Annotated[list[Label], Field(min_length=1, max_length=20)] | None = None
    archetypes: Annotated[list[Label], Field(min_length=1, max_length=20)] | None = None


class UpdateCharacterRequest(Request):
    """Fields to set; null removes one; absent ones stay."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"lore": "Artık kralın sofrasında yemek yiyor."}]})

    name: Label | None = None
    lore: Story | None = None
    personality: Paragraph | None = None
    system_prompt: Story | None = Field(default=None, description="Replaces the acting prompt.")
    skill_tier: Label | None = None
    voice: Label | None = None


class ContextMessage(Request):
    """A turn that Meddah does not remember: from your own history, or of another character."""

    role: Literal["user", "assistant"]
    content: Paragraph


class SpeakRequest(Request):
    """What the player says, and what else counts right now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"message": "Yaramı sarabilir misin?", "mood": "endişeli", "game_context": "Gece, kamp ateşi."}
            ]
        }
    )

    message: Paragraph = Field(description="The player's words, or what happened.")
    context_messages: Annotated[list[ContextMessage], Field(max_length=40)] | None = None
    game_context: Paragraph | None = Field(default=None, description="The state of the game, as text.")
    mood: Label | None = Field(default=None, description="The character's mood now.")
    system_prompt_override: Story | None = Field(default=None, description="Replaces the acting prompt for this once.")
    cache: bool = Field(
        default=False,
        description="Whether a reply that was given to exactly the same prompt may be given again, at no cost, as your "
        "configuration's `cache` has it.",
    )
    user_id: PlayerId | None = Field(
        default=None, description="Your own name for the player: usage and budgets by player."
    )

    @property
    def studio_only(self) -> list[str]:
        """The fields of this request that say who the character is, or what it has said: no game client's to send."""
        turns = self.context_messages or []
        said = [f"context_messages.{place}.role" for place, turn in enumerate(turns) if turn.role != "user"]
        return (["system_prompt_override"] if self.system_prompt_override is not None else []) + said


class ReactRequest(Request):
    """Something the character overhears."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"message": "Köprüde bir yabancı var!", "context": "Pazar yeri, gündüz."}]}
    )

    message: Paragraph
    context: Paragraph | None = None
    cache: bool = Field(
        default=False,
        description="Whether a reaction to exactly the same prompt may be given again, at no cost, as your "
        "configuration's `cache` has it.",
    )
    user_id: PlayerId | None = Field(
        default=None, description="Your own name for the player: usage and budgets by player."
    )


class CharacterResponse(BaseModel):
    """A character."""

    id: str = Field(examples=["char_01K00000000000000000000000"])
    name: str
    role: str
    archetype: str
    lore: str | None
    personality: str | None
    acting_prompt: str = Field(description="How the character speaks and thinks, in the first person.")
    skill_tier: str | None
    voice: str | None
    world_id: str | None
    world_context: str | None
    created_at: str
    updated_at: str | None

    @classmethod
    def of(cls, character: Character) -> CharacterResponse:
        """Return `character` as studios see it."""
        return cls.model_validate(character, from_attributes=True)


class CreatedCharacterResponse(CharacterResponse):
    """A new character and what writing it cost."""

    usage: Receipt

    @classmethod
    def made(cls, character: Character, usage: Receipt) -> CreatedCharacterResponse:
        """Return a new `character` with its receipt."""
        return cls(**CharacterResponse.of(character).model_dump(), usage=usage)


class BatchItem(BaseModel):
    """A character made, and which of the asked-for ones it is."""

    index: int
    character: CharacterResponse


class BatchFailure(BaseModel):
    """One that could not be made."""

    index: int
    code: str
    message: str
    retryable: bool


class BatchResponse(BaseModel):
    """What succeeded and what failed, each with its index from 0."""

    created: list[BatchItem]
    failed: list[BatchFailure]
    usage: Receipt


class ForbiddenWord(BaseModel):
    """One place of a withheld reply where a forbidden term stood."""

    term: str = Field(description="As the world spells it.")
    surface: str = Field(description="As it stood in the reply, suffixes included.")
    reason: Reason = Field(description="What was seen through to recognise it.")


class ModerationDetails(BaseModel):
    """Why the word check withheld a reply; empty where it did not."""

    terms: list[str] = Field(default=[], description="The forbidden terms that were found, each once, at most 20.")
    matches: list[ForbiddenWord] = Field(default=[], description="Where and how, at most 20.")


class Moderation(BaseModel):
    """What the checks said of the reply."""

    passed: bool = Field(description="False: the character's reply was withheld; `message` is a refusal in character.")
    reason: str | None = Field(description="Why it was withheld.")
    regenerated: bool = Field(
        default=False, description="Whether a first reply was withheld and a second one asked for."
    )
    details: ModerationDetails = Field(
        default=ModerationDetails(), description="What the word check found in the reply that was withheld."
    )


class SpeechResponse(BaseModel):
    """What the character says."""

    character_id: str
    character_name: str
    message: str = Field(examples=["Yaklaş, yaranı göster. Bu merhem sabaha kadar sızıyı alır."])
    mood: str | None
    moderation: Moderation
    usage: Receipt


class ReactionResponse(BaseModel):
    """What the character makes of it."""

    character_id: str
    character_name: str
    reaction: str
    wants_to_speak: bool
    usage: Receipt


class ExchangeResponse(BaseModel):
    """Something the player said and what the character answered."""

    id: str
    message: str
    reply: str
    mood: str | None
    created_at: str


class MemoryResponse(BaseModel):
    """What a character remembers."""

    character_id: str
    summary: str | None = Field(description="The running summary of older exchanges.")
    exchanges: list[ExchangeResponse]
    total: int
    next_cursor: str | None


class Exchange(BaseModel):
    """An exchange as stored; `id` is a ULID, so exchanges sort by time."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    message: str
    reply: str
    mood: str | None = None
    created_at: str


class Window(BaseModel):
    """What `speak` reads of a memory in one go: the newest exchanges, oldest first, and the summary of the rest."""

    exchanges: list[Exchange]
    summary: str | None = None
    total: int = 0
    summarised: int = Field(default=0, description="How many exchanges the summary has taken in.")


class MemoryTask(TenantMessage):
    """A message to the memory worker."""

    task: Literal["summarise", "purge", "purge_deleted"]
    character_id: str
    until: str = Field(default="", description="To purge: everything up to this sort key.")
