"""The ledger's writes: what a call adds, on which conditions, as updates of the one item that every request passes.

botocore sends a write again whose answer was lost. So each that moves money names what it must find: the reservation
that is not there yet, or the one that still is.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from common.ledger.counting import REQUESTS, counts_of, route_counter
from common.ledger.standing import Hold, Meter, Moment, Standing, stored_hold
from common.ledger.update import Update

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from common.ledger.rules import Call, Terms
    from common.providers import Usage

_COMMITTED = ("reserved", "day_committed", "month_committed")


def passing(call: Call) -> Counter[str]:
    """Return what a call adds to the standing when it passes."""
    amounts = Counter({"revision": 1})
    if call.counts:
        amounts.update(["requests", route_counter(call.route, REQUESTS)])
    if call.meter is not None:
        amounts[call.meter.value] = 1
    if call.max_microusd:
        amounts.update(dict.fromkeys(_COMMITTED, call.max_microusd))
    if call.usages is not None:
        amounts.update(counts_of(call.route, call.usages))
    return amounts


def passage(call: Call, terms: Terms, seen: Standing, *, now: Moment, hold: Hold) -> Update:
    """Return the write that lets `call` pass, on the conditions that made it seem possible."""
    update, adds = Update(), passing(call)
    update.require("day", "=", seen.day)
    if call.counts:
        _count_hour(update, adds, seen, now=now, most=terms.limits.requests_per_hour)
    if call.meter is not None:
        _count_minute(update, adds, seen, now=now, meter=call.meter, most=terms.most(call.meter))
    if call.max_microusd:
        _require_budgets(update, terms, call.max_microusd)
    if call.runs:
        update.require_fewer("holds", terms.limits.concurrent_generations)
        update.require_absent("holds", hold.hold_id)
        update.set(stored_hold(hold), "holds", hold.hold_id)
    update.add(adds)
    return update


def extension(hold: Hold, enlarged: Hold, terms: Terms, seen: Standing) -> Update:
    """Return the write that puts `enlarged` in the place of `hold`, should the budgets still have room for it."""
    update, more = Update(), enlarged.microusd - hold.microusd
    update.require("day", "=", seen.day)
    _require_budgets(update, terms, more)
    update.require_same(stored_hold(hold), "holds", hold.hold_id)
    update.set(stored_hold(enlarged), "holds", hold.hold_id)
    update.add({"revision": 1, **dict.fromkeys(_COMMITTED, more)})
    return update


def settling(reserved: int, usages: Sequence[Usage], *, route: str) -> dict[str, int]:
    """Return what is added to the standing where `reserved` becomes what was used."""
    cost = sum(usage.cost_microusd for usage in usages)
    return {
        "revision": 1,
        "reserved": -reserved,
        "day_committed": cost - reserved,
        "month_committed": cost - reserved,
        **counts_of(route, usages),
    }


def settlement(amounts: Mapping[str, int]) -> Update:
    """Return the write that adds a settlement, whatever the item says."""
    update = Update()
    update.add(amounts)
    return update


def release(hold: Hold, amounts: Mapping[str, int], day: str) -> Update:
    """Return the write that settles a synchronous call, only on `day` and while `hold` is there as it is known."""
    update = settlement(amounts)
    update.require("day", "=", day)
    update.remove("holds", hold.hold_id)
    update.require_same(stored_hold(hold), "holds", hold.hold_id)
    return update


def giving_back(lost: Sequence[Hold]) -> Update:
    """Return the write that gives back what calls reserved that never ended, as long as all of it is there."""
    update = Update()
    for hold in lost:
        update.remove("holds", hold.hold_id)
        update.require_same(stored_hold(hold), "holds", hold.hold_id)
    update.add({"revision": 1, **dict.fromkeys(_COMMITTED, -sum(hold.microusd for hold in lost))})
    return update


def turned(fresh: Standing) -> dict[str, Any]:
    """Return the item of a day that begins with what is under way."""
    return {
        "day": fresh.day,
        "hour": fresh.hour,
        "minute": fresh.minute,
        "requests": fresh.requests,
        "reserved": fresh.reserved,
        "day_committed": fresh.day_committed,
        "month_committed": fresh.month_committed,
        "revision": fresh.revision + 1,
        "holds": {hold_id: stored_hold(hold) for hold_id, hold in fresh.holds.items()},
    }


def _require_budgets(update: Update, terms: Terms, microusd: int) -> None:
    update.require("day_committed", "<=", terms.budgets.day_microusd - microusd)
    update.require("month_committed", "<=", terms.budgets.month_microusd - microusd)


def _count_hour(update: Update, adds: Counter[str], seen: Standing, *, now: Moment, most: int) -> None:
    update.require("hour", "=", seen.hour)
    if now.hour > seen.hour:
        update.set(now.hour, "hour")
        update.set(adds.pop("requests"), "requests")
        return
    update.require("requests", "<", most)


def _count_minute(update: Update, adds: Counter[str], seen: Standing, *, now: Moment, meter: Meter, most: int) -> None:
    update.require("minute", "=", seen.minute)
    if now.minute > seen.minute:
        update.set(now.minute, "minute")
        del adds[meter.value]
        for each in Meter:
            update.set(int(each is meter), each.value)
        return
    update.require(meter.value, "<", most)
