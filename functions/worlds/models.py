"""What studios send and get about worlds."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from common.receipts import Receipt
from common.text import FreeForm, Label, Paragraph, Request, Story
from common.worlds import World

TabooWords = Annotated[list[Label], Field(max_length=500)]

_EXAMPLE: dict[str, Any] = {
    "name": "Kızılova",
    "description": "Savaştan yeni çıkmış bir bozkır krallığı. Halk yorgun, sınır kaleleri boş.",
    "tone": "karanlık ama umutlu",
    "setting": {"mekânlar": ["Taşhan", "Kırık Köprü"], "mevsim": "sonbahar"},
    "rules": {"konuşma": "Kimse kralın adını anmaz."},
    "taboo_words": ["kara büyü", "lanet"],
}


class _WorldFields(Request):
    name: Label | None = Field(default=None, description="What the world is called.")
    description: Story | None = Field(default=None, description="The world in prose.")
    tone: Label | None = Field(default=None, description="Its mood, for example 'karanlık ama umutlu'.")
    setting: FreeForm | None = Field(default=None, description="Free form: places, season, atmosphere. At most 32 KiB.")
    rules: FreeForm | None = Field(default=None, description="Free form: what may and may not be said. At most 32 KiB.")
    taboo_words: TabooWords | None = Field(default=None, description="Up to 500 words no character may ever say.")
    metadata: FreeForm | None = Field(default=None, description="Your own data; no model ever sees it. At most 32 KiB.")
    world_brief: Paragraph | None = Field(default=None, description="A short telling of the world.")


class CreateWorldRequest(_WorldFields):
    """A world as you describe it; with `prompt`, what you leave out is invented."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    prompt: Paragraph | None = Field(default=None, description="Invent the fields not given here from this wish.")
    generate_brief: bool = Field(default=False, description="Have `world_brief` written from the other fields.")


class UpdateWorldRequest(_WorldFields):
    """Fields to set; null removes one; absent ones stay."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"tone": "umutlu", "taboo_words": ["lanet"]}]})


class WorldResponse(BaseModel):
    """A world."""

    id: str = Field(examples=["world_01K00000000000000000000000"])
    name: str | None
    description: str | None
    tone: str | None
    setting: dict[str, Any] | None
    rules: dict[str, Any] | None
    taboo_words: list[str] | None
    metadata: dict[str, Any] | None
    world_brief: str | None
    created_at: str
    updated_at: str | None

    @classmethod
    def of(cls, world: World) -> WorldResponse:
        """Return `world` as studios see it."""
        return cls.model_validate(world, from_attributes=True)


class CreatedWorldResponse(WorldResponse):
    """A new world and what inventing it cost."""

    usage: Receipt

    @classmethod
    def made(cls, world: World, usage: Receipt) -> CreatedWorldResponse:
        """Return a new `world` with its receipt."""
        return cls(**WorldResponse.of(world).model_dump(), usage=usage)


class InventedWorld(BaseModel):
    """What a model answers when it is asked for a world; anything else it says is dropped."""

    model_config = ConfigDict(extra="ignore")

    name: Label | None = None
    description: Story | None = None
    tone: Label | None = None
    setting: FreeForm | None = None
    rules: FreeForm | None = None
    taboo_words: TabooWords | None = None
