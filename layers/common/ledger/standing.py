"""Where a tenant stands: the one item of the ledger that every request passes, as values.

Windows are clock hours and minutes, days and months of UTC. `committed` is what was spent plus what calls still
under way may cost at most (`reserved`), so that a budget is never passed, however many calls run at the same time.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

HOLD_SECONDS = 120
"""A synchronous call ends within 30 s; what is reserved longer belongs to a process that died."""
COUNTER = "|"
"""Attributes with this mark in their names count usage: `r|speak|n`, `m|<model>|c`, …"""


class Meter(StrEnum):
    """Which limit a minute counts for a call."""

    TEXT = "text"
    IMAGE = "image"


@dataclass(frozen=True, slots=True)
class Moment:
    """A time, as the windows see it."""

    seconds: float
    day: str
    hour: int
    """Hours of the epoch."""
    minute: int
    """Minutes of the epoch."""

    @classmethod
    def of(cls, seconds: float) -> Moment:
        """Return the windows of an epoch second."""
        day = datetime.fromtimestamp(seconds, UTC).date().isoformat()
        return cls(seconds, day, int(seconds // 3600), int(seconds // 60))

    @property
    def month(self) -> str:
        """The month of the day: `2026-11`."""
        return self.day[:7]


@dataclass(frozen=True, slots=True)
class Hold:
    """What a call under way may cost at most; forgotten at `until` (epoch seconds), should the call never end."""

    hold_id: str
    microusd: int
    until: float
    day: str
    """The day it was reserved on, in which it counts for its player."""
    player_id: str | None = None
    player_microusd: int = 0
    """What of it is set aside in the player's budget too."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A tenant's windows, budgets and reservations, and the day's usage so far."""

    day: str
    hour: int = 0
    minute: int = 0
    requests: int = 0
    text: int = 0
    image: int = 0
    reserved: int = 0
    day_committed: int = 0
    month_committed: int = 0
    revision: int = 0
    holds: Mapping[str, Hold] = field(default_factory=dict[str, Hold])
    counters: Mapping[str, int] = field(default_factory=dict[str, int])

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Standing:
        """Read the stored item's plain values."""
        numbers = {name: int(item.get(name, 0)) for name in _NUMBERS}
        return cls(
            day=item["day"],
            holds={hold_id: hold_of(hold_id, text) for hold_id, text in item.get("holds", {}).items()},
            counters={name: int(value) for name, value in item.items() if COUNTER in name},
            **numbers,
        )

    @property
    def running(self) -> int:
        """How many synchronous calls are under way: counted from their reservations, so it cannot drift from them."""
        return len(self.holds)

    def at(self, now: Moment) -> Standing:
        """Return the standing as it is at `now`: windows that have passed are empty. Windows never go back."""
        fresh = self
        if now.hour > fresh.hour:
            fresh = replace(fresh, hour=now.hour, requests=0)
        if now.minute > fresh.minute:
            fresh = replace(fresh, minute=now.minute, text=0, image=0)
        if now.day > fresh.day:
            kept = fresh.month_committed if now.month == fresh.day[:7] else fresh.reserved
            fresh = replace(
                fresh, day=now.day, day_committed=fresh.reserved, month_committed=kept, counters=dict[str, int]()
            )
        return fresh

    def after(self, amounts: Mapping[str, int]) -> Standing:
        """Return the standing with `amounts` added to its numbers and counters."""
        numbers = {name: getattr(self, name) + amounts.get(name, 0) for name in _NUMBERS}
        counters = Counter(self.counters) + Counter({name: n for name, n in amounts.items() if COUNTER in name})
        return replace(self, counters=counters, **numbers)

    def with_changes(self, changed: Mapping[str, Any]) -> Standing:
        """Return the standing with those numbers and counters that a write `changed`, in plain values."""
        numbers = {name: int(changed[name]) for name in _NUMBERS if name in changed}
        counters = {name: int(value) for name, value in changed.items() if COUNTER in name}
        return replace(self, counters={**self.counters, **counters}, **numbers)

    def counted(self, meter: Meter | None) -> int:
        """Return how many calls of a meter this minute has seen."""
        return {Meter.TEXT: self.text, Meter.IMAGE: self.image, None: 0}[meter]

    def lost(self, now: Moment) -> list[Hold]:
        """Return the reservations whose calls never ended."""
        return [hold for hold in self.holds.values() if hold.until < now.seconds]


_NUMBERS = (
    "hour", "minute", "requests", "text", "image", "reserved", "day_committed", "month_committed", "revision",
)  # fmt: skip


def hold_of(hold_id: str, text: str) -> Hold:
    """Read a hold as `stored_hold` wrote it."""
    microusd, until, day, player_id, player_microusd = json.loads(text)
    return Hold(hold_id, microusd, until, day, player_id, player_microusd)


def stored_hold(hold: Hold) -> str:
    """Return a hold as the item keeps it, short: the item is written twice a call."""
    kept = [hold.microusd, int(hold.until), hold.day, hold.player_id, hold.player_microusd]
    return json.dumps(kept, separators=(",", ":"))
