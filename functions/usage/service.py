"""Usage as studios read it: which days they mean, their sums, their limits and budgets."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from common.clock import iso
from common.errors import InvalidInput
from common.ledger import KEPT_SECONDS, Meter, budget_resets, quotas
from common.ledger.counting import read_counters
from usage.models import (
    BudgetEvent,
    BudgetStanding,
    Days,
    DayUsage,
    LimitsResponse,
    LimitStanding,
    ModelUsage,
    MonthUsage,
    PeriodUsage,
    PlayerDay,
    PlayerDaysResponse,
    PlayerTotal,
    RouteUsage,
    UsageResponse,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from common.ledger import Moment, Standing, Terms
    from usage.repository import Event, UsageRepository

KEPT_DAYS = KEPT_SECONDS // 86_400
MAX_DAYS = 92
MAX_PLAYER_LIST_DAYS = 31
"""A list of players takes a query for each day."""


def days_meant(first: date | None, last: date | None, *, today: date, most: int = MAX_DAYS) -> Days:
    """Return the span that a request means: without a beginning from the month's first day, without an end to today.

    Raises:
        InvalidInput: it ends before it begins, is longer than `most` days, or begins before the days that are kept.
    """
    last = last or today
    first = first or last.replace(day=1)
    if first > last:
        raise InvalidInput.field("from", "after to")
    if (last - first).days >= most:
        raise InvalidInput.field("from", f"at most {most} days before to, both counted")
    if (today - first).days >= KEPT_DAYS:
        raise InvalidInput.field("from", f"only the last {KEPT_DAYS} days are kept")
    return Days(first=first.isoformat(), last=last.isoformat())


def each_day(days: Days) -> list[str]:
    """Return every day of a span."""
    first, last = date.fromisoformat(days.first), date.fromisoformat(days.last)
    return [(first + timedelta(days=number)).isoformat() for number in range((last - first).days + 1)]


def usage_in(days: Days, *, repository: UsageRepository) -> UsageResponse:
    """Return what was used in a span of days, in all, by day and by month."""
    counted = repository.days(days.first, days.last)
    months: dict[str, list[Mapping[str, int]]] = {}
    for day, counters in counted.items():
        months.setdefault(day[:7], []).append(counters)
    return UsageResponse(
        first=days.first,
        last=days.last,
        total=_period(counted.values()),
        days=[DayUsage(day=day, **dict(_period([counters]))) for day, counters in counted.items()],
        months=[MonthUsage(month=month, **dict(_period(parts))) for month, parts in months.items()],
    )


def player_usage_in(days: Days, player_id: str, *, repository: UsageRepository) -> PlayerDaysResponse:
    """Return what one player used in a span of days. One whom we have never heard of used nothing."""
    counted = repository.player_days(player_id, each_day(days))
    return PlayerDaysResponse(
        first=days.first,
        last=days.last,
        user_id=player_id,
        total=PlayerTotal.of(_sum(counted.values())),
        days=[PlayerDay(day=day, **PlayerTotal.of(counts).model_dump()) for day, counts in counted.items()],
    )


def limits_at(standing: Standing, terms: Terms, *, now: Moment, jobs_running: int) -> LimitsResponse:
    """Return the limits and budgets in force and what is left of them, `standing` being that of `now`.

    `jobs_running` is how many jobs run of the kind of which most do.
    """
    met = [*quotas(standing, terms, Meter.TEXT), *quotas(standing, terms, Meter.IMAGE)[1:]]
    return LimitsResponse(
        limits=[
            LimitStanding(
                limit=one.name,
                quota=one.quota,
                used=one.used,
                left=one.left,
                window_seconds=one.window,
                resets_at=iso(one.resets),
            )
            for one in met
        ]
        + [
            _running("concurrent_generations", terms.limits.concurrent_generations, standing.running),
            _running("concurrent_jobs", terms.limits.concurrent_jobs, jobs_running),
        ],
        budgets=[
            _budget("tenant_day", terms.budgets.day_microusd, standing.day_committed, standing=standing, now=now),
            _budget("tenant_month", terms.budgets.month_microusd, standing.month_committed, standing=standing, now=now),
        ],
        player_day_microusd=terms.budgets.player_day_microusd,
    )


def _running(limit: str, most: int, running: int) -> LimitStanding:
    """Return a limit on what runs at the same time."""
    left = max(0, most - running)
    return LimitStanding(limit=limit, quota=most, used=running, left=left, window_seconds=None, resets_at=None)


def event_of(event: Event) -> BudgetEvent:
    """Return a stored event as studios see it."""
    return BudgetEvent.model_validate(dict(event.fields) | {"period": event.fields["window"].split("#")[1]})


def _budget(
    name: Literal["tenant_day", "tenant_month"], budget: int, committed: int, *, standing: Standing, now: Moment
) -> BudgetStanding:
    return BudgetStanding(
        budget=name,
        budget_microusd=budget,
        used_microusd=committed - standing.reserved,
        reserved_microusd=standing.reserved,
        left_microusd=max(0, budget - committed),
        resets_at=iso(budget_resets(name, now)),
    )


def _period(parts: Iterable[Mapping[str, int]]) -> PeriodUsage:
    by_route, by_model = read_counters(_sum(parts))
    return PeriodUsage(
        **RouteUsage.of(_sum(by_route.values())).model_dump(),
        by_route={route: RouteUsage.of(by_route[route]) for route in sorted(by_route)},
        by_model={model: ModelUsage.of(by_model[model]) for model in sorted(by_model)},
    )


def _sum(parts: Iterable[Mapping[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return total
