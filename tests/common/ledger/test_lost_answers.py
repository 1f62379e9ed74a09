"""What AWS does to an answer: botocore sends a write twice, nobody can look at what was written, others are quicker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from common.errors import Busy
from common.ledger import HOLD_SECONDS, Call, Ledger, Meter, Standing, Terms
from common.storage import to_item
from tests.common.ledger.conftest import NOON, Stored
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment
from tests.support.money import paid, terms_of

Now = Callable[[], Standing]


class Wire:
    """The client behind a bad wire."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.repeats = False
        """Whether the answers to writes get lost, and botocore sends them again."""
        self.blind = False
        """Whether a read fails that follows a transaction."""
        self.in_between: list[Callable[[], object]] = []
        """What others do just before our transactions."""
        self._wrote = False

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._client, name)

        def send(**request: Any) -> Any:
            if name == "get_item" and self.blind and self._wrote:
                raise EndpointConnectionError(endpoint_url="https://dynamodb")
            if name == "transact_write_items" and self.in_between:
                self.in_between.pop()()
            if name in {"update_item", "transact_write_items"} and self.repeats:
                real(**request)
            answer = real(**request)
            self._wrote = name == "transact_write_items"
            return answer

        return send


@pytest.fixture
def wire(deployment: Deployment) -> Wire:
    return Wire(deployment.dynamodb)


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def ledger(wire: Any, deployment: Deployment, clock: ManualClock, pauses: list[float]) -> Ledger:
    return Ledger("alice", client=wire, table=deployment.settings.usage_table, clock=clock, pause=pauses.append)


# ── Sent twice ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("terms", [terms_of(), terms_of(day=100, running=1)], ids=["room for two", "room for one"])
@pytest.mark.parametrize("budget", [None, 100])
def test_a_call_that_was_sent_twice_reserves_once(
    ledger: Ledger, wire: Wire, standing: Now, stored: Stored, *, budget: int | None, terms: Terms
) -> None:
    ledger.take(Call("list_worlds"), terms_of())
    wire.repeats = True
    after, hold = ledger.take(
        Call("speak", meter=Meter.TEXT, max_microusd=60, runs=True, player_id="p1", player_microusd=budget), terms
    )

    assert after == standing()
    assert after.holds == {hold.hold_id: hold}
    assert (after.reserved, after.running, after.day_committed, after.text, after.requests) == (60, 1, 60, 1, 2)
    player = stored("player#2026-11-20#p1")
    assert (player and player["committed"]) == (None if budget is None else 60)


def test_a_call_that_was_settled_twice_by_the_wire_counts_once(ledger: Ledger, wire: Wire, standing: Now) -> None:
    _, hold = ledger.take(Call("speak", max_microusd=60, runs=True), terms_of())
    wire.repeats = True
    after = ledger.settle(hold, [paid(40)], route="speak")

    assert after == standing()
    assert (after.reserved, after.running, after.day_committed, after.counters["r|speak|c"]) == (0, 0, 40, 40)


def test_places_come_back_however_often_answers_are_lost(ledger: Ledger, wire: Wire, clock: ManualClock) -> None:
    terms = terms_of(running=2, day=1_000)
    wire.repeats = True
    for _ in range(6):
        _, hold = ledger.take(Call("speak", max_microusd=100, runs=True), terms)
        ledger.settle(hold, [paid(10)], route="speak")
        ledger.take(Call("speak", max_microusd=100, runs=True), terms)
        clock.advance(HOLD_SECONDS + 1)
    wire.repeats = False
    after, _ = ledger.take(Call("list_worlds"), terms)

    assert (after.running, after.reserved, after.day_committed, after.holds) == (0, 0, 60, {})


# ── Written, but not to be seen ──────────────────────────────────────────────────────────────────────────────────────


def test_a_job_that_is_stored_is_accepted_even_if_nobody_can_look(
    ledger: Ledger, wire: Wire, standing: Now, deployment: Deployment
) -> None:
    item = to_item({"tenant_id": "alice", "window": "other"})
    also = [{"Put": {"TableName": deployment.settings.usage_table, "Item": item}}]
    ledger.take(Call("list_worlds"), terms_of())
    wire.blind = True
    after, hold = ledger.take(Call("create_avatar", meter=Meter.IMAGE, max_microusd=60), terms_of(), also=also)
    wire.blind = False

    assert after == standing()
    assert (after.requests, after.image, after.reserved, after.holds) == (2, 1, 60, {})
    assert after.counters == {"r|list_worlds|n": 1, "r|create_avatar|n": 1}
    assert hold.microusd == 60


def test_what_is_settled_stays_settled_even_if_nobody_can_look(ledger: Ledger, wire: Wire, standing: Now) -> None:
    call = Call("speak", max_microusd=60, runs=True, player_id="p1", player_microusd=500)
    _, other = ledger.take(call, terms_of())
    wire.blind = True
    taken, hold = ledger.take(call, terms_of())
    assert set(taken.holds) == {other.hold_id, hold.hold_id}
    after = ledger.settle(hold, [paid(40)], route="speak")
    wire.blind = False

    assert after == standing()
    assert (after.reserved, after.day_committed, set(after.holds)) == (60, 100, {other.hold_id})


def test_a_late_cost_counts_once_and_is_told_even_if_nobody_can_look(
    ledger: Ledger, wire: Wire, clock: ManualClock, standing: Now
) -> None:
    _, late = ledger.take(Call("speak", max_microusd=60, runs=True), terms_of())
    clock.advance(HOLD_SECONDS + 1)
    ledger.take(Call("list_worlds"), terms_of())
    wire.blind = True
    after = ledger.settle(late, [paid(40)], route="speak")
    wire.blind = False

    assert after == standing()
    assert (after.day_committed, after.counters["m|m|c"]) == (40, 40)


# ── Others are quicker ───────────────────────────────────────────────────────────────────────────────────────────────


def _busy(deployment: Deployment) -> Callable[[], object]:
    """Somebody settles something: the day cannot be turned on what was seen before."""
    return lambda: deployment.dynamodb.update_item(
        TableName=deployment.settings.usage_table,
        Key=to_item({"tenant_id": "alice", "window": "now"}),
        UpdateExpression="ADD revision :one",
        ExpressionAttributeValues=to_item({":one": 1}),
    )


def test_whoever_is_too_late_to_turn_the_day_waits_a_while_of_its_own_and_tries_again(
    ledger: Ledger, wire: Wire, deployment: Deployment, clock: ManualClock, standing: Now, pauses: list[float]
) -> None:
    ledger.take(Call("list_worlds"), terms_of())
    assert pauses == [], "nobody waits who need not"
    clock.now = NOON + 86_400
    wire.in_between = [_busy(deployment)] * 8
    ledger.take(Call("list_worlds"), terms_of())

    assert (standing().day, standing().requests) == ("2026-11-21", 1)
    assert len(pauses) == 9
    assert len(set(pauses)) == 9, "two who met do not meet again"
    assert all(0 <= pause <= min(0.2, 0.004 * 2**attempt) for attempt, pause in enumerate(pauses, 1))


def test_whoever_never_gets_its_turn_is_told_so_within_two_seconds(
    ledger: Ledger, wire: Wire, deployment: Deployment, clock: ManualClock, pauses: list[float]
) -> None:
    ledger.take(Call("list_worlds"), terms_of())
    clock.now = NOON + 86_400
    wire.in_between = [_busy(deployment)] * 50

    with pytest.raises(Busy):
        ledger.take(Call("list_worlds"), terms_of())
    assert 0 < sum(pauses) < 2
