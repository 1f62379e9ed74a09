"""HTTP routes of the usage domain."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Response
from pydantic import BeforeValidator, WithJsonSchema

from common.api import CurrentTenant, tenant_router
from common.jobs import JobKind, jobs_of
from common.ledger import Moment, Standing, Terms, ledger_of
from common.paging import MAX_PAGE
from common.text import PlayerId
from usage import service
from usage.export import as_csv
from usage.models import (
    Days,
    EventListResponse,
    LimitsResponse,
    PlayerDaysResponse,
    PlayerListResponse,
    PlayerTotal,
    PlayerUsage,
    UsageResponse,
)
from usage.repository import UsageRepository, usage_of

router = tenant_router("/v1/usage", "Usage")


def _written_as_a_day(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("a day looks like 2026-11-20")
    return value


Day = Annotated[
    date,
    BeforeValidator(_written_as_a_day),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-11-20"]}),
]
First = Annotated[
    Day | None, Query(alias="from", description="The first day, in UTC. Without it: the first of the last day's month.")
]
Last = Annotated[Day | None, Query(alias="to", description="The last day, in UTC. Without it: today.")]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="How many, 1–100.")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before.")]


async def _usage(tenant: CurrentTenant) -> UsageRepository:
    return usage_of(tenant.tenant_id)


Usage = Annotated[UsageRepository, Depends(_usage)]


def _today(usage: UsageRepository) -> date:
    return date.fromisoformat(Moment.of(usage.clock()).day)


async def _days(usage: Usage, first: First = None, last: Last = None) -> Days:
    return service.days_meant(first, last, today=_today(usage))


async def _fewer_days(usage: Usage, first: First = None, last: Last = None) -> Days:
    return service.days_meant(first, last, today=_today(usage), most=service.MAX_PLAYER_LIST_DAYS)


DaysMeant = Annotated[Days, Depends(_days)]
FewerDaysMeant = Annotated[Days, Depends(_fewer_days)]


@router.get("", response_model=UsageResponse)
async def get_usage(days: DaysMeant, usage: Usage) -> UsageResponse:
    """Get what you used and paid, in all, by day and by month.

    The sum of all receipts, to the millionth of a dollar. At most 92 days at a time, of the last 400; without `from`
    and `to` this month so far. What a job cost counts on the day it ended.
    """
    return service.usage_in(days, repository=usage)


@router.get(
    "/export",
    response_class=Response,  # says nothing of media types: errors stay JSON
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "A table with a header"}},
)
async def export_usage(days: DaysMeant, usage: Usage) -> Response:
    """Get what you used as CSV.

    One row for each day and route (`kind` is `route`) and one for each day and model (`model`). Both kinds have the
    same sums, so add up only one of them.
    """
    table = as_csv(service.usage_in(days, repository=usage))
    name = f"meddah-usage-{days.first}-{days.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(table, media_type="text/csv", headers=headers)


@router.get("/players", response_model=PlayerListResponse)
async def list_players(
    days: FewerDaysMeant, usage: Usage, limit: Limit = 50, cursor: Cursor = None
) -> PlayerListResponse:
    """List the players in whose name (`user_id`, or a player token) you used something, by name.

    At most 31 days at a time. Send the same `from` and `to` with every `cursor`.
    """
    found, next_cursor = usage.players(service.each_day(days), limit=limit, cursor=cursor)
    items = [PlayerUsage(user_id=name, **PlayerTotal.of(counts).model_dump()) for name, counts in found.items()]
    return PlayerListResponse(items=items, next_cursor=next_cursor)


@router.get("/players/{user_id}", response_model=PlayerDaysResponse)
async def get_player_usage(
    user_id: Annotated[PlayerId, Path(description="Your own name for the player.")], days: DaysMeant, usage: Usage
) -> PlayerDaysResponse:
    """Get what you used in one player's name, day by day."""
    return service.player_usage_in(days, user_id, repository=usage)


@router.get("/limits", response_model=LimitsResponse)
async def get_limits(tenant: CurrentTenant) -> LimitsResponse:
    """Get your limits and budgets, and what is left of them now. This request is counted already."""
    ledger = ledger_of(tenant.tenant_id)
    now = Moment.of(ledger.clock())
    standing = ledger.standing() or Standing(day=now.day)
    lanes = jobs_of(tenant.tenant_id).lanes
    running = max(len(lanes.glimpse(kind).running) for kind in JobKind)
    return service.limits_at(standing, Terms(tenant.limits, tenant.budgets), now=now, jobs_running=running)


@router.get("/events", response_model=EventListResponse)
async def list_events(usage: Usage, limit: Limit = 50, cursor: Cursor = None) -> EventListResponse:
    """List the budgets that were used up to 80 % and to 100 %, newest first; each once a day or month."""
    events, next_cursor = usage.events(limit=limit, cursor=cursor)
    return EventListResponse(items=[service.event_of(event) for event in events], next_cursor=next_cursor)
