"""What a process remembers of the standing saves it a read, and never decides against a call, nor for one too many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from common.errors import BudgetExhausted, LimitReached
from common.ledger import HOLD_SECONDS, Call, Ledger, Meter, Standing
from common.ledger.wire import item_of, item_to_wire
from tests.common.ledger.conftest import NOON, LedgerOf
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment
from tests.support.money import paid, terms_of

Now = Callable[[], Standing]
SPEAK = Call("speak", meter=Meter.TEXT, max_microusd=10, runs=True)


class Counted:
    """A client that counts what is asked of it."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.asked = Counter[str]()

    def __getattr__(self, name: str) -> Any:
        self.asked[name] += 1
        return getattr(self._client, name)


@pytest.fixture
def counted(deployment: Deployment) -> Counted:
    return Counted(deployment.dynamodb)


@pytest.fixture
def ledger(counted: Any, deployment: Deployment, clock: ManualClock) -> Ledger:
    return Ledger("alice", client=counted, table=deployment.settings.usage_table, clock=clock)


@pytest.fixture
def other(ledger_at: LedgerOf, clock: ManualClock) -> Ledger:
    """Alice's ledger in another process."""
    return ledger_at(clock)


def test_a_warm_call_is_two_writes_and_no_read(ledger: Ledger, counted: Counted) -> None:
    ledger.take(Call("list_worlds"), terms_of())
    counted.asked.clear()
    _, hold = ledger.take(SPEAK, terms_of())
    ledger.settle(hold, [paid(7)], route="speak")

    assert counted.asked == {"update_item": 2}


def test_what_is_returned_is_what_is_stored_where_nobody_else_writes(ledger: Ledger, standing: Now) -> None:
    ledger.take(Call("list_worlds"), terms_of())
    after, hold = ledger.take(SPEAK, terms_of())
    assert after == standing()

    assert ledger.settle(hold, [paid(7)], route="speak") == standing()


def test_the_money_is_as_it_was_written_whatever_others_wrote_meanwhile(ledger: Ledger, other: Ledger) -> None:
    ledger.take(SPEAK, terms_of())
    other.take(SPEAK, terms_of())
    after, hold = ledger.take(SPEAK, terms_of())

    assert (after.requests, after.text, after.reserved, after.day_committed) == (3, 3, 30, 30)
    other.take(SPEAK, terms_of())
    settled = ledger.settle(hold, [paid(7)], route="speak")
    assert (settled.reserved, settled.day_committed, settled.month_committed) == (30, 37, 37)


def test_nobody_is_refused_by_what_is_not_so_any_more(ledger: Ledger, other: Ledger, counted: Counted) -> None:
    terms = terms_of(day=10, running=1)
    _, hold = ledger.take(SPEAK, terms)
    other.settle(hold, [], route="speak")
    counted.asked.clear()

    ledger.take(SPEAK, terms)
    assert counted.asked == {"get_item": 1, "update_item": 1}


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        (terms_of(hour=2), LimitReached),
        (terms_of(text=2), LimitReached),
        (terms_of(running=2), LimitReached),
        (terms_of(day=20), BudgetExhausted),
        (terms_of(month=20), BudgetExhausted),
    ],
)
def test_nobody_passes_by_what_is_not_so_any_more(ledger: Ledger, other: Ledger, terms: Any, refusal: Any) -> None:
    ledger.take(SPEAK, terms)
    other.take(SPEAK, terms)

    with pytest.raises(refusal):
        ledger.take(SPEAK, terms)
    assert other.take(Call("upkeep", counts=False), terms)[0].requests == 2


def test_a_window_that_others_turned_is_found_turned(
    ledger: Ledger, other: Ledger, clock: ManualClock, standing: Now
) -> None:
    ledger.take(SPEAK, terms_of())
    clock.advance(59)
    ledger.take(SPEAK, terms_of())
    clock.now = NOON + 60
    other.take(SPEAK, terms_of())
    ledger.take(SPEAK, terms_of())

    assert (standing().requests, standing().text, standing().minute) == (4, 2, NOON // 60 + 1)


def test_a_call_that_ends_after_others_turned_the_day_counts_for_the_new_one(
    ledger: Ledger, other: Ledger, clock: ManualClock, standing: Now
) -> None:
    clock.now = NOON + 12 * 3600 - 1
    _, hold = ledger.take(SPEAK, terms_of())
    clock.advance(2)
    other.take(Call("list_worlds"), terms_of())
    after = ledger.settle(hold, [paid(7)], route="speak")

    assert after == standing()
    assert (after.day, after.day_committed, after.counters["r|speak|c"]) == ("2026-11-21", 7, 7)


def test_what_another_process_lost_is_found_within_a_minute_of_its_end(
    ledger: Ledger, other: Ledger, clock: ManualClock, standing: Now
) -> None:
    ledger.take(Call("list_worlds"), terms_of())
    other.take(SPEAK, terms_of())
    clock.advance(HOLD_SECONDS + 1)
    ledger.take(Call("list_worlds"), terms_of())

    assert (standing().reserved, standing().holds) == (0, {})


def test_a_tenant_whose_item_was_deleted_begins_anew(ledger: Ledger, deployment: Deployment, standing: Now) -> None:
    ledger.take(SPEAK, terms_of())
    key = item_to_wire({"tenant_id": "alice", "window": "now"})
    deployment.dynamodb.delete_item(TableName=deployment.settings.usage_table, Key=key)
    ledger.take(SPEAK, terms_of())

    assert (standing().requests, standing().day_committed) == (1, 10)


def test_what_is_sent_comes_back_as_it_was() -> None:
    item = {"day": "2026-11-20", "revision": 10**30, "reserved": -5, "holds": {"a": "[1]", "b": ""}, "empty": {}}

    assert item_of(item_to_wire(item)) == item
    assert item_of({"hour": {"N": "1E+3"}}) == {"hour": 1000}
