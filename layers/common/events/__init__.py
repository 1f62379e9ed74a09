"""What happened to a tenant's things, for its webhooks: written with what happened, told to the studio afterwards."""

from common.events.money import budget_event, limit_event
from common.events.outbox import (
    CALLBACKS,
    DUE,
    FIRST_DUE_SECONDS,
    KEPT_SECONDS,
    Event,
    EventMessage,
    Outbox,
    event_id_of,
    job_event_id,
    outbox_of,
    webhook_queue,
)
from common.events.types import (
    DATA_OF,
    BatchEventData,
    BudgetEventData,
    EventType,
    JobEventData,
    LimitEventData,
    about,
)

__all__ = [
    "CALLBACKS",
    "DATA_OF",
    "DUE",
    "FIRST_DUE_SECONDS",
    "KEPT_SECONDS",
    "BatchEventData",
    "BudgetEventData",
    "Event",
    "EventMessage",
    "EventType",
    "JobEventData",
    "LimitEventData",
    "Outbox",
    "about",
    "budget_event",
    "event_id_of",
    "job_event_id",
    "limit_event",
    "outbox_of",
    "webhook_queue",
]
