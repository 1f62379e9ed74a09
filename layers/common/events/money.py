"""Events of budgets and limits: each once for its period, whoever notices."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from common.clock import iso
from common.events.outbox import Event, event_id_of
from common.events.types import BudgetEventData, EventType, LimitEventData

if TYPE_CHECKING:
    from common.errors import LimitReached

_LEAST_WINDOW_SECONDS = 60
"""Of a limit that has no window: what runs at once."""


def budget_event(tenant_id: str, period: str, said: BudgetEventData, *, at: float) -> Event:
    """Return the event of a budget in its `period`, a day (`2026-11-20`) or a month (`2026-11`)."""
    begins = datetime.fromisoformat(period if len(period) > 7 else f"{period}-01").replace(tzinfo=UTC).timestamp()
    return Event(
        id=event_id_of(begins, tenant_id, said.budget, str(said.percent)),
        type=EventType.BUDGET_EXHAUSTED if said.percent >= 100 else EventType.BUDGET_WARNING,
        at=at,
        data=said.model_dump(mode="json"),
    )


def limit_event(tenant_id: str, refused: LimitReached, *, at: float) -> Event:
    """Return the event of a limit in the window in which it refused."""
    met = refused.details
    window = met["window_seconds"] or _LEAST_WINDOW_SECONDS
    begins = at // window * window
    said = LimitEventData(
        limit=met["limit"], quota=met["quota"], window_seconds=met["window_seconds"], resets_at=iso(begins + window)
    )
    return Event(
        id=event_id_of(begins, tenant_id, said.limit),
        type=EventType.LIMIT_REACHED,
        at=at,
        data=said.model_dump(mode="json"),
    )
