"""Windows and limits: at their edges, at their turns, and with clocks that disagree."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import ValidationError

from common.clock import iso
from common.errors import LimitReached
from common.ledger import Call, Hold, Ledger, Meter, Standing, Terms
from common.ledger.standing import stored_hold
from common.tiers import LimitOverrides, tiers
from tests.common.ledger.conftest import NOON, LedgerOf
from tests.support.clock import ManualClock
from tests.support.money import terms_of

Now = Callable[[], Standing]
PLAIN = Call("list_worlds")
SPEAK = Call("speak", meter=Meter.TEXT, max_microusd=10, runs=True)
DRAW = Call("create_avatar", meter=Meter.IMAGE)


def _refused(ledger: Ledger, call: Call, terms: Terms) -> LimitReached:
    with pytest.raises(LimitReached) as refused:
        ledger.take(call, terms)
    return refused.value


def test_nobody_stands_anywhere_before_the_first_request(ledger: Ledger) -> None:
    assert ledger.standing() is None


@pytest.mark.parametrize(
    ("call", "terms", "name", "quota", "window"),
    [
        (PLAIN, terms_of(hour=3), "requests_per_hour", 3, 3600),
        (SPEAK, terms_of(hour=3), "requests_per_hour", 3, 3600),
        (SPEAK, terms_of(text=3), "text_per_minute", 3, 60),
        (DRAW, terms_of(images=3), "images_per_minute", 3, 60),
    ],
)
def test_as_many_pass_as_the_limit_says_and_the_next_is_told_which_one_it_met(
    ledger: Ledger, clock: ManualClock, call: Call, terms: Terms, name: str, quota: int, window: int
) -> None:
    clock.now = NOON + 15
    for _ in range(quota):
        ledger.take(call, terms)

    refused = _refused(ledger, call, terms)
    assert refused.details == {
        "limit": name,
        "quota": quota,
        "window_seconds": window,
        "resets_at": iso(NOON + window),
        "retry_after": window - 15,
    }
    assert (refused.status, refused.code, refused.retryable) == (429, "LIMIT_REACHED", True)


def test_a_refused_call_is_not_counted(ledger: Ledger, standing: Now) -> None:
    terms = terms_of(text=1)
    ledger.take(SPEAK, terms)
    before = standing()
    _refused(ledger, SPEAK, terms)

    assert standing() == before
    assert (before.requests, before.text, before.reserved, before.counters) == (1, 1, 10, {"r|speak|n": 1})


@pytest.mark.parametrize(
    ("call", "terms", "seconds"),
    [(PLAIN, terms_of(hour=1), 3600), (SPEAK, terms_of(text=1), 60), (DRAW, terms_of(images=1), 60)],
)
def test_a_window_begins_anew_on_the_second_and_not_before(
    ledger: Ledger, clock: ManualClock, call: Call, terms: Terms, seconds: int
) -> None:
    ledger.take(call, terms)
    clock.now = NOON + seconds - 0.001
    assert _refused(ledger, call, terms).details["retry_after"] == 1

    clock.now = NOON + seconds
    ledger.take(call, terms)
    _refused(ledger, call, terms)


def test_a_new_minute_empties_both_meters_and_leaves_the_hour(
    ledger: Ledger, clock: ManualClock, standing: Now
) -> None:
    for call in (SPEAK, DRAW, PLAIN):
        ledger.take(call, terms_of())
    clock.advance(60)
    ledger.take(DRAW, terms_of())

    assert (standing().requests, standing().text, standing().image) == (4, 0, 1)


def test_the_meters_do_not_count_for_each_other(ledger: Ledger) -> None:
    terms = terms_of(text=1, images=1)
    ledger.take(SPEAK, terms)
    ledger.take(DRAW, terms)
    ledger.take(PLAIN, terms)

    assert _refused(ledger, SPEAK, terms).details["limit"] == "text_per_minute"
    assert _refused(ledger, DRAW, terms).details["limit"] == "images_per_minute"


def test_what_a_counted_request_spends_is_no_second_request(ledger: Ledger, standing: Now) -> None:
    terms = terms_of(hour=1)
    ledger.take(PLAIN, terms)
    ledger.take(Call("speak", counts=False, meter=Meter.TEXT, max_microusd=5, runs=True), terms)

    assert (standing().requests, standing().text) == (1, 1)


def test_a_window_never_goes_back_for_a_clock_that_is_behind(
    ledger: Ledger, ledger_at: LedgerOf, standing: Now
) -> None:
    """Two machines, one of them a second late: it cannot open the window before once more."""
    behind = ledger_at(ManualClock(NOON - 1))
    terms = terms_of(hour=3, text=3)
    ledger.take(SPEAK, terms)
    behind.take(SPEAK, terms)
    ledger.take(SPEAK, terms)

    for machine in (behind, ledger):
        _refused(machine, SPEAK, terms)
    assert (standing().hour, standing().minute) == (NOON // 3600, NOON // 60)
    assert (standing().requests, standing().text) == (3, 3)


def test_a_day_never_goes_back_for_a_clock_that_is_behind(ledger_at: LedgerOf) -> None:
    midnight = NOON + 12 * 3600
    ahead, behind = ledger_at(ManualClock(midnight)), ledger_at(ManualClock(midnight - 1))
    ahead.take(SPEAK, terms_of())
    behind.take(SPEAK, terms_of())

    standing = ahead.standing()
    assert standing is not None
    assert (standing.day, standing.day_committed, standing.counters) == ("2026-11-21", 20, {"r|speak|n": 2})


def test_no_more_generations_run_at_once_than_the_limit_says(ledger: Ledger) -> None:
    terms = terms_of(running=2)
    _, first = ledger.take(SPEAK, terms)
    ledger.take(SPEAK, terms)

    refused = _refused(ledger, SPEAK, terms)
    assert (refused.details["limit"], refused.details["quota"]) == ("concurrent_generations", 2)
    assert 0 < refused.details["retry_after"] <= 5
    ledger.take(PLAIN, terms)
    ledger.take(DRAW, terms)
    ledger.settle(first, [], route="speak")
    ledger.take(SPEAK, terms)
    _refused(ledger, SPEAK, terms)


def test_no_tenant_may_run_more_at_once_than_the_ledgers_item_can_hold() -> None:
    """DynamoDB's items end at 400 KB; the longest player's name and the highest sums allowed are in these."""
    dearest = Hold("0" * 26, 10**12, NOON, "2026-11-20", "p" * 128, 10**12)
    assert (len(dearest.hold_id) + len(stored_hold(dearest)) + 3) * 500 < 200 * 1024

    LimitOverrides(concurrent_generations=500)
    with pytest.raises(ValidationError):
        LimitOverrides(concurrent_generations=501)
    assert all(tier.limits.concurrent_generations <= 500 for tier in tiers().values())


def test_a_limit_that_is_lowered_below_what_was_counted_refuses(ledger: Ledger) -> None:
    for _ in range(3):
        ledger.take(PLAIN, terms_of(hour=3))

    _refused(ledger, PLAIN, terms_of(hour=1))
    ledger.take(PLAIN, terms_of(hour=4))


def test_tenants_do_not_count_for_each_other(ledger: Ledger, ledger_at: LedgerOf, clock: ManualClock) -> None:
    terms = terms_of(hour=1)
    ledger.take(PLAIN, terms)
    ledger_at(clock, "bob").take(PLAIN, terms)
    ledger_at(clock, "alice.test").take(PLAIN, terms)

    _refused(ledger, PLAIN, terms)
