"""The world: owned by the worlds domain, read by every character that lives in one."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from common import aws
from common.events import outbox_of
from common.settings import settings
from common.storage import News, Record, StoredJson, TenantRepository


class World(Record):
    """A world as stored; times are ISO 8601 in UTC."""

    name: str | None = None
    description: str | None = None
    tone: str | None = None
    setting: StoredJson | None = None
    rules: StoredJson | None = None
    taboo_words: list[str] | None = None
    metadata: StoredJson | None = None
    """The studio's own: never shown to a model."""
    world_brief: str | None = None
    created_at: str
    updated_at: str | None = None

    def describe(self) -> str:
        """Return what a character knows of its world, as text for a prompt (bounded by the fields' own limits)."""
        facts = {
            "Adı": self.name,
            "Tanım": self.description,
            "Hava": self.tone,
            "Özet": self.world_brief,
            "Ortam": _as_text(self.setting),
        }
        return "\n".join(f"{label}: {text}" for label, text in facts.items() if text)

    def rules_text(self) -> str | None:
        """Return the world's rules as text for a prompt."""
        return _as_text(self.rules)


def _as_text(free_form: dict[str, Any] | None) -> str | None:
    return json.dumps(free_form, ensure_ascii=False) if free_form else None


class WorldRepository(TenantRepository[World]):
    """One tenant's worlds."""

    record: ClassVar = World
    kind: ClassVar = "world"
    key: ClassVar = "world_id"
    prefix: ClassVar = "world"

    def _news(self, change: str, *record_ids: str) -> News:
        return outbox_of(self.tenant_id).changed(self.kind, change, *record_ids)


def worlds_of(tenant_id: str) -> WorldRepository:
    """Return the tenant's worlds in this deployment's table."""
    return WorldRepository(tenant_id, client=aws.dynamodb(), table=settings().worlds_table)
