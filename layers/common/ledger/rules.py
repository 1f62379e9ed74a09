"""May this call pass? The limits and budgets against where a tenant stands, and how a refusal names what it met."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from common.clock import iso
from common.errors import BudgetExhausted, LimitReached
from common.ledger.standing import Meter, Moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.errors import MeddahError
    from common.ledger.standing import Standing
    from common.providers import Usage
    from common.tiers import Budgets, Limits


SOON = 2
"""Seconds: calls under way may leave something over."""


@dataclass(frozen=True, slots=True)
class Call:
    """What wants to pass the ledger."""

    route: str
    """As usage names it: `speak`, `create_avatar`, …"""
    counts: bool = True
    """Whether it is a request of its own, or the spending of one that was counted."""
    meter: Meter | None = None
    max_microusd: int = 0
    """The most it can cost."""
    runs: bool = False
    """Whether it is a synchronous generation: it holds a reservation until it ends."""
    player_id: str | None = None
    player_microusd: int | None = None
    """What the player may spend in a day, None for any amount."""
    day: str | None = None
    """The day in which it counts for the player; None for that on which it passes."""
    usages: Sequence[Usage] | None = None
    """What it used, where that is known when it passes: an answer that was there, at no cost."""


class Terms(NamedTuple):
    """What a tenant may do."""

    limits: Limits
    budgets: Budgets

    def most(self, meter: Meter) -> int:
        """Return how many calls of a meter a minute lets pass."""
        return self.limits.text_per_minute if meter is Meter.TEXT else self.limits.images_per_minute


class Quota(NamedTuple):
    """One limit, as the headers and refusals show it."""

    name: str
    quota: int
    used: int
    window: int
    """Seconds."""
    resets: float
    """Epoch seconds."""

    @property
    def left(self) -> int:
        """How many calls it still lets pass."""
        return max(0, self.quota - self.used)


def quotas(standing: Standing, terms: Terms, meter: Meter | None) -> list[Quota]:
    """Return the limits a call of this meter counts for, with `standing` as it is now."""
    hour, minute = (standing.hour + 1) * 3600.0, (standing.minute + 1) * 60.0
    found = [Quota("requests_per_hour", terms.limits.requests_per_hour, standing.requests, 3600, hour)]
    if meter is not None:
        name = "text_per_minute" if meter is Meter.TEXT else "images_per_minute"
        found.append(Quota(name, terms.most(meter), standing.counted(meter), 60, minute))
    return found


def refusal(standing: Standing, call: Call, terms: Terms, *, now: Moment) -> MeddahError | None:
    """Return why `call` may not pass, None if it may; `standing` is that of `now`."""
    for quota in quotas(standing, terms, call.meter):
        if quota.left == 0 and (call.counts or quota.window == 60):
            return limit_reached(quota, now)
    most = terms.limits.concurrent_generations
    if call.runs and standing.running >= most:
        return limit_reached(Quota("concurrent_generations", most, standing.running, 0, now.seconds + SOON), now)
    return budget_refusal(standing, call.max_microusd, terms.budgets, now=now)


def budget_refusal(
    standing: Standing, needed: int, budgets: Budgets, *, now: Moment, own: int = 0
) -> BudgetExhausted | None:
    """Return why `needed` may not be reserved, None if it may; `own` of what is reserved is the caller's already."""
    for name, budget, committed in (
        ("tenant_day", budgets.day_microusd, standing.day_committed),
        ("tenant_month", budgets.month_microusd, standing.month_committed),
    ):
        if needed and committed + needed > budget:
            others = standing.reserved - own
            return budget_exhausted(name, budget, committed, needed=needed, now=now, reserved=others)
    return None


def limit_reached(quota: Quota, now: Moment) -> LimitReached:
    """Return the refusal of a limit."""
    details = {
        "limit": quota.name,
        "quota": quota.quota,
        "window_seconds": quota.window,
        "resets_at": iso(quota.resets),
        "retry_after": max(1, round(quota.resets - now.seconds)),
    }
    return LimitReached(f"The limit {quota.name} ({quota.quota}) is reached", details=details)


def budget_exhausted(
    name: str, budget: int, committed: int, *, needed: int, now: Moment, reserved: int = 0
) -> BudgetExhausted:
    """Return the refusal of a budget; where only what others have `reserved` is in the way, asking soon is right."""
    resets = budget_resets(name, now)
    soon = committed - reserved + needed <= budget
    details = {
        "budget": name,
        "budget_microusd": budget,
        "committed_microusd": committed,
        "needed_microusd": needed,
        "resets_at": iso(resets),
        "retry_after": SOON if soon else max(1, round(resets - now.seconds)),
    }
    return BudgetExhausted(f"The budget {name} has too little left for this call", details=details)


def budget_resets(name: str, now: Moment) -> float:
    """Return when a budget begins anew, in epoch seconds."""
    return _next_month(now) if name == "tenant_month" else _next_day(now)


def _next_day(now: Moment) -> float:
    return (datetime.fromisoformat(now.day).replace(tzinfo=UTC) + timedelta(days=1)).timestamp()


def _next_month(now: Moment) -> float:
    first = datetime.fromisoformat(f"{now.month}-01").replace(tzinfo=UTC)
    return (first + timedelta(days=32)).replace(day=1).timestamp()
