"""What can happen, and what is told of it: ids and numbers by which to ask for the rest, never anybody's text."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class EventType(StrEnum):
    """What can happen."""

    JOB_COMPLETED = "job.completed"
    JOB_FAILED = "job.failed"
    JOB_CANCELLED = "job.cancelled"
    BATCH_COMPLETED = "batch.completed"
    BUDGET_WARNING = "budget.warning"
    BUDGET_EXHAUSTED = "budget.exhausted"
    LIMIT_REACHED = "limit.reached"
    CHARACTER_CREATED = "character.created"
    CHARACTER_UPDATED = "character.updated"
    CHARACTER_DELETED = "character.deleted"
    WORLD_CREATED = "world.created"
    WORLD_UPDATED = "world.updated"
    WORLD_DELETED = "world.deleted"
    WEBHOOK_DISABLED = "webhook.disabled"
    WEBHOOK_TEST = "webhook.test"


class EventData(BaseModel):
    """What an event says. What there is none of is left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class JobEventData(EventData):
    """Which job ended, and how."""

    job_id: str = Field(examples=["job_01K00000000000000000000000"])
    kind: str = Field(description="What it made, as the job has it.", examples=["image"])
    status: Literal["completed", "failed", "cancelled"]
    client_id: str | None = Field(default=None, description="Your own id of the job.")
    batch_id: str | None = None
    character_id: str | None = None
    error_code: str | None = Field(default=None, description="Why it failed.", examples=["PROVIDER_MODERATED"])
    cost_microusd: int | None = Field(default=None, description="What it cost, in millionths of a US dollar.")


class BatchEventData(EventData):
    """Which batch has no job left that has not ended, and how they ended."""

    batch_id: str = Field(examples=["batch_01K00000000000000000000000"])
    total: int
    completed: int
    failed: int
    cancelled: int


class BudgetEventData(EventData):
    """Which budget is nearly or wholly used up."""

    budget: str = Field(description="`tenant_day` or `tenant_month`.")
    percent: int = Field(description="How much of it at least: 80 or 100.")
    spent_microusd: int
    budget_microusd: int


class LimitEventData(EventData):
    """Which limit refused a call."""

    limit: str = Field(examples=["requests_per_hour"])
    quota: int
    window_seconds: int
    resets_at: str


class CharacterEventData(EventData):
    """Which character."""

    character_id: str = Field(examples=["char_01K00000000000000000000000"])


class WorldEventData(EventData):
    """Which world."""

    world_id: str = Field(examples=["world_01K00000000000000000000000"])


class WebhookDisabledData(EventData):
    """Which endpoint gets nothing any more, and why."""

    endpoint_id: str = Field(examples=["whk_01K00000000000000000000000"])
    reason: Literal["gone", "failing"] = Field(description="It answered 410, or took nothing for 5 days.")


class WebhookTestData(EventData):
    """Which endpoint is tried."""

    endpoint_id: str = Field(examples=["whk_01K00000000000000000000000"])


_TOLD: dict[EventType, tuple[str, type[EventData]]] = {
    EventType.JOB_COMPLETED: ("a job is completed: read it for its result", JobEventData),
    EventType.JOB_FAILED: ("a job failed for good", JobEventData),
    EventType.JOB_CANCELLED: ("a job was cancelled", JobEventData),
    EventType.BATCH_COMPLETED: ("the last job of a batch ended, however it did", BatchEventData),
    EventType.BUDGET_WARNING: ("80 % of a budget are spent; once a budget and day or month", BudgetEventData),
    EventType.BUDGET_EXHAUSTED: ("a budget has too little left; once a budget and day or month", BudgetEventData),
    EventType.LIMIT_REACHED: ("a limit refused a call; once a limit and window", LimitEventData),
    EventType.CHARACTER_CREATED: ("a character was made", CharacterEventData),
    EventType.CHARACTER_UPDATED: ("a character was changed", CharacterEventData),
    EventType.CHARACTER_DELETED: ("a character was deleted", CharacterEventData),
    EventType.WORLD_CREATED: ("a world was made", WorldEventData),
    EventType.WORLD_UPDATED: ("a world was changed", WorldEventData),
    EventType.WORLD_DELETED: ("a world was deleted", WorldEventData),
    EventType.WEBHOOK_DISABLED: ("another of your endpoints was given up", WebhookDisabledData),
    EventType.WEBHOOK_TEST: ("you asked for it; only to the endpoint that is tried", WebhookTestData),
}

DATA_OF: dict[EventType, type[EventData]] = {kind: data for kind, (_, data) in _TOLD.items()}
"""What `data` holds, by type."""


def about(kind: EventType) -> str:
    """Return when an event of this type is told."""
    return _TOLD[kind][0]
