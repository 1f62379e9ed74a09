"""What a studio sets for itself: versioned, checked as a whole, in force within a minute.

Every field has a default and bounds of its own. What depends on more than one field, on the presets or on the
operator's ceiling is checked when it is changed (`config.service`), not when it is read: a ceiling that is lowered or
a preset that is new must not make a stored configuration unreadable.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from common.styles import Style
from common.text import Label, Phrase
from common.tiers import BudgetOverrides

MAX_CONFIG_BYTES = 64 * 1024
"""Of a configuration as JSON: whoever answers a tenant reads it once a minute."""
MAX_TEMPLATES = 50
MAX_PRONUNCIATIONS = 200
PictureModel = Literal["dev", "schnell", "pro"]
Quality = Literal["low", "medium", "high"]
StyleName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
_Spoken = Annotated[Label, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$")]


class SafetyLevel(StrEnum):
    """How careful the vendor's own check of pictures is; it is off at none of these."""

    STRICT = "strict"
    STANDARD = "standard"
    RELAXED = "relaxed"


class ModerationStrictness(StrEnum):
    """What checks a reply before a player hears it."""

    STRICT = "strict"
    """The word check and a moderating model; what cannot be checked is withheld."""
    WORDS_ONLY = "words_only"
    """The word check alone: cheaper and quicker, blind to everything that is no forbidden word."""


class _Setting(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class QualityModifiers(_Setting):
    """Words that a quality level adds to a style."""

    low: Phrase | None = None
    medium: Phrase | None = None
    high: Phrase | None = None


class StyleTemplate(_Setting):
    """A style of your own."""

    base_prompt: Phrase = Field(description="The words of the style; English is understood best.")
    transformation_instruction: Phrase | None = Field(
        default=None, description="What to make of the person; stands before the words of a portrait."
    )
    quality_modifiers: QualityModifiers = Field(
        default=QualityModifiers(), description="Words added at a quality level."
    )


class QualityLevel(_Setting):
    """What a quality level stands for."""

    model: PictureModel
    num_inference_steps: int = Field(
        ge=1, le=50, description="Brought into the model's range: `schnell` takes at most 12, `pro` none at all."
    )


class QualityLevels(_Setting):
    """The three quality levels."""

    low: QualityLevel = QualityLevel(model="schnell", num_inference_steps=4)
    medium: QualityLevel = QualityLevel(model="dev", num_inference_steps=28)
    high: QualityLevel = QualityLevel(model="pro", num_inference_steps=28)

    def of(self, quality: Quality) -> QualityLevel:
        """Return what a level stands for."""
        return {"low": self.low, "medium": self.medium, "high": self.high}[quality]


class CacheConfig(_Setting):
    """Whether and how long the same order is answered with what was made before."""

    enabled: bool = True
    ttl_hours: int = Field(default=24, ge=0, le=168, description="Hours; 0 is off, a week is the most.")


class TenantConfig(_Setting):
    """A tenant's configuration."""

    version: int = Field(default=1, ge=1, description="Rises by one with each change.")
    default_style: StyleName = Field(
        default=Style.PIXEL_ART.value, description="Of a picture that names none: a preset or one of your templates."
    )
    style_templates: dict[StyleName, StyleTemplate] = Field(
        default={}, max_length=MAX_TEMPLATES, description="Styles of your own, by a name that is no preset's."
    )
    default_quality: Quality = Field(default="medium", description="Of a picture that names none.")
    quality_levels: QualityLevels = QualityLevels()
    safety_level: SafetyLevel = Field(
        default=SafetyLevel.STANDARD, description="How careful the vendor's own check of pictures is; never off."
    )
    cache: CacheConfig = CacheConfig()
    budgets: BudgetOverrides = Field(
        default=BudgetOverrides(),
        description="Your own budgets, none above the operator's; null: the operator's.",
    )
    moderation_strictness: ModerationStrictness = Field(
        default=ModerationStrictness.STRICT,
        description="`strict`: the word check and a moderating model. `words_only`: the word check alone.",
    )
    pronunciations: dict[_Spoken, _Spoken] = Field(
        default={}, max_length=MAX_PRONUNCIATIONS, description="How to say what is written: written to spoken."
    )
