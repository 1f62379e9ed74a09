"""What studios send and get about their configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, cast

from pydantic import BaseModel, Field, computed_field

from common.config import QualityLevel, TenantConfig
from common.prices import in_force, prices

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic_core import CoreSchema

MAX_VERSIONS_PAGE = 20
SHOWN_ONLY = "microusd_per_megapixel"
"""Of a quality level: no studio sets it."""


class QualityLevelInfo(QualityLevel):
    """What a quality level stands for, and what its pictures cost."""

    @computed_field(
        description="The price in force, in millionths of a US dollar for each begun megapixel. It follows from the "
        "model: sending it changes nothing."
    )
    @property
    def microusd_per_megapixel(self) -> int:
        """Return today's price."""
        return in_force(prices().images[self.model]).per_megapixel


class QualityLevelsInfo(BaseModel):
    """The three quality levels."""

    low: QualityLevelInfo
    medium: QualityLevelInfo
    high: QualityLevelInfo


class ConfigResponse(TenantConfig):
    """Your configuration, defaults included."""

    quality_levels: QualityLevelsInfo  # type: ignore[assignment] - the stored one, with its prices

    @classmethod
    def of(cls, config: TenantConfig) -> ConfigResponse:
        """Return a configuration as its studio sees it."""
        return cls.model_validate(config.model_dump())


class FormerVersion(BaseModel):
    """A configuration that another took the place of."""

    version: int
    replaced_at: str
    replaced_by: str | None = Field(description="The `key_id` of the key that made the change.")
    config: dict[str, Any] = Field(description="As it was then; send what you want of it back to restore it.")


class FormerVersionsResponse(BaseModel):
    """One page of former configurations, newest first."""

    items: list[FormerVersion]
    next_cursor: str | None = Field(description="Send it back as `cursor`; a page may be short and still have a next.")


class _PatchOf:
    """Describes a merge patch (RFC 7396) of a model: every field may be absent, and null resets it."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        del core, handler
        schema = TenantConfig.model_json_schema()
        named = {"title": "ConfigPatch", "description": "What to change of your configuration.", "examples": [_EXAMPLE]}
        return {**_patch(schema, schema["$defs"]), **named}


def _patch(schema: dict[str, Any], kinds: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a patch: nothing is required, nothing has a default, and no `$ref` is left."""
    if "$ref" in schema:
        schema = {**kinds[schema["$ref"].rpartition("/")[2]], **schema}
    patch = {name: value for name, value in schema.items() if name not in {"$ref", "$defs", "default", "required"}}
    if "properties" in schema:
        patch["properties"] = {name: _or_null(_patch(one, kinds)) for name, one in schema["properties"].items()}
    if "patternProperties" in schema:
        named = schema["patternProperties"].items()
        patch["patternProperties"] = {pattern: _or_null(_patch(one, kinds)) for pattern, one in named}
        patch["additionalProperties"] = False
    return patch


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    either = cast("list[dict[str, Any]]", schema.get("anyOf", [schema]))
    if {"type": "null"} in either:
        return schema
    return {"anyOf": [schema, {"type": "null"}]}


_EXAMPLE: dict[str, Any] = {
    "default_style": "minyatur",
    "style_templates": {
        "minyatur": {
            "base_prompt": "Ottoman miniature painting, flat perspective, gold leaf, fine brush lines",
            "quality_modifiers": {"high": "museum quality, intricate ornament"},
        }
    },
    "quality_levels": {"medium": {"num_inference_steps": 32}},
    "budgets": {"day_microusd": 5_000_000},
}
ConfigPatch = Annotated[dict[str, Any], _PatchOf()]
"""Fields to set; what is absent stays, null resets to the default. Checked as a whole, when it is merged."""
