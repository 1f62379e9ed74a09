"""Budgets: what is committed is never above them, and what was spent is never lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from common.clock import iso
from common.errors import BudgetExhausted
from common.ledger import HOLD_SECONDS, Call, Hold, Ledger, Standing, Terms
from common.storage import to_item
from tests.common.ledger.conftest import NOON, Stored
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment
from tests.support.money import paid, terms_of

Now = Callable[[], Standing]
MIDNIGHT = NOON + 12 * 3600
NEW_MONTH = datetime(2026, 12, 1, tzinfo=UTC).timestamp()


def _call(most: int, **options: Any) -> Call:
    return Call("speak", max_microusd=most, runs=True, **options)


def _refused(ledger: Ledger, call: Call, terms: Terms) -> BudgetExhausted:
    with pytest.raises(BudgetExhausted) as refused:
        ledger.take(call, terms)
    return refused.value


# ── Reserving ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "terms", "resets"),
    [("tenant_day", terms_of(day=100), MIDNIGHT), ("tenant_month", terms_of(month=100), NEW_MONTH)],
)
def test_a_budget_holds_to_the_last_microdollar(
    ledger: Ledger, standing: Now, name: str, terms: Terms, resets: float
) -> None:
    _, hold = ledger.take(_call(60), terms)
    ledger.settle(hold, [paid(60)], route="speak")
    ledger.take(_call(40), terms)
    assert (standing().day_committed, standing().month_committed) == (100, 100)

    refused = _refused(ledger, _call(1), terms)
    assert refused.details == {
        "budget": name,
        "budget_microusd": 100,
        "committed_microusd": 100,
        "needed_microusd": 1,
        "resets_at": iso(resets),
        "retry_after": 2,
    }, "a call under way may leave something over"
    ledger.take(_call(0), terms)


@pytest.mark.parametrize(("terms", "resets"), [(terms_of(day=100), MIDNIGHT), (terms_of(month=100), NEW_MONTH)])
def test_where_nothing_under_way_can_leave_anything_over_it_says_when_the_budget_begins_anew(
    ledger: Ledger, terms: Terms, resets: float
) -> None:
    _, hold = ledger.take(_call(60), terms)
    ledger.settle(hold, [paid(60)], route="speak")

    assert _refused(ledger, _call(41), terms).details["retry_after"] == resets - NOON


def test_a_call_that_is_dearer_than_the_budget_never_passes(ledger: Ledger) -> None:
    assert _refused(ledger, _call(101), terms_of(day=100)).details["committed_microusd"] == 0


def test_a_budget_of_nothing_lets_only_what_is_free_pass(ledger: Ledger) -> None:
    terms = terms_of(day=0, month=0)

    ledger.take(_call(0), terms)
    _refused(ledger, _call(1), terms)


def test_what_was_not_needed_is_free_again(ledger: Ledger, standing: Now) -> None:
    terms = terms_of(day=100)
    _, hold = ledger.take(_call(100), terms)
    after = ledger.settle(hold, [paid(30), paid(5)], route="speak")

    assert after == standing()
    assert (after.reserved, after.running, after.day_committed, after.month_committed) == (0, 0, 35, 35)
    ledger.take(_call(65), terms)


def test_a_settled_call_counts_by_route_and_by_model(ledger: Ledger) -> None:
    _, hold = ledger.take(_call(100), terms_of())
    after = ledger.settle(hold, [paid(30, "a/b"), paid(5, "c")], route="speak")

    assert {name: after.counters[name] for name in ("r|speak|n", "r|speak|c", "m|a/b|c", "m|c|c")} == {
        "r|speak|n": 1,
        "r|speak|c": 35,
        "m|a/b|c": 30,
        "m|c|c": 5,
    }


def test_a_cost_above_what_was_reserved_counts_in_full(ledger: Ledger) -> None:
    _, hold = ledger.take(_call(10), terms_of(day=100))

    assert ledger.settle(hold, [paid(12)], route="speak").day_committed == 12


def test_settling_twice_counts_once(ledger: Ledger, standing: Now) -> None:
    _, hold = ledger.take(_call(100), terms_of())
    first = ledger.settle(hold, [paid(30)], route="speak")
    second = ledger.settle(hold, [paid(30)], route="speak")

    assert first == second == standing()
    assert standing().counters["r|speak|c"] == 30


# ── Lost reservations ────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_a_dead_process_reserved_comes_back(ledger: Ledger, clock: ManualClock, standing: Now) -> None:
    terms = terms_of(day=100, running=1)
    ledger.take(_call(100), terms)
    clock.now = NOON + HOLD_SECONDS
    with pytest.raises(Exception, match="concurrent_generations"):
        ledger.take(_call(100), terms)
    assert standing().reserved == 100

    clock.now = NOON + HOLD_SECONDS + 1
    ledger.take(_call(100), terms)
    assert (standing().reserved, standing().running, standing().day_committed, len(standing().holds)) == (
        100,
        1,
        100,
        1,
    )


def test_many_lost_reservations_come_back_with_the_next_call(ledger: Ledger, clock: ManualClock, standing: Now) -> None:
    for _ in range(60):
        ledger.take(_call(1, player_id="p1", player_microusd=1_000), terms_of())
    clock.advance(HOLD_SECONDS + 1)
    ledger.take(Call("list_worlds"), terms_of())

    assert (standing().reserved, standing().running, standing().day_committed, standing().holds) == (0, 0, 0, {})


def test_what_was_settled_after_it_was_given_up_still_counts_its_cost(
    ledger: Ledger, clock: ManualClock, standing: Now, stored: Stored
) -> None:
    call = _call(100, player_id="p1", player_microusd=100)
    _, late = ledger.take(call, terms_of(day=100))
    clock.advance(HOLD_SECONDS + 1)
    _, hold = ledger.take(call, terms_of(day=100))
    ledger.settle(hold, [], route="speak")
    ledger.settle(late, [paid(70)], route="speak")

    assert (standing().reserved, standing().running, standing().day_committed) == (0, 0, 70)
    assert standing().counters["r|speak|c"] == 70
    player = stored("player#2026-11-20#p1")
    assert player is not None and (player["committed"], player["c"]) == (70, 70)


def test_a_late_settle_that_nobody_had_given_up_yet_is_an_ordinary_one(
    ledger: Ledger, clock: ManualClock, standing: Now
) -> None:
    _, late = ledger.take(_call(100), terms_of())
    clock.advance(HOLD_SECONDS * 10)
    ledger.settle(late, [paid(70)], route="speak")

    assert (standing().reserved, standing().running, standing().day_committed) == (0, 0, 70)


# ── Days and months ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_day_puts_the_counters_aside_and_carries_what_is_under_way(
    ledger: Ledger, clock: ManualClock, standing: Now, stored: Stored
) -> None:
    terms = terms_of(day=100)
    _, done = ledger.take(_call(40), terms)
    ledger.settle(done, [paid(30)], route="speak")
    clock.now = MIDNIGHT - 1
    _, open_ = ledger.take(_call(70), terms)
    clock.now = MIDNIGHT + 1
    ledger.take(_call(30), terms)

    assert (standing().day, standing().day_committed, standing().month_committed) == ("2026-11-21", 100, 130)
    assert (standing().reserved, standing().running) == (100, 2)
    assert standing().counters == {"r|speak|n": 1}
    past = stored("day#2026-11-20")
    assert past is not None and (past["r|speak|n"], past["r|speak|c"], past["m|m|c"]) == (2, 30, 30)
    ledger.settle(open_, [paid(50)], route="speak")
    assert (standing().day_committed, standing().month_committed) == (80, 110)
    assert standing().counters["r|speak|c"] == 50


def test_a_day_without_a_call_is_seen_as_new_by_whoever_reads(
    ledger: Ledger, clock: ManualClock, standing: Now
) -> None:
    _, hold = ledger.take(_call(40), terms_of())
    ledger.settle(hold, [paid(30)], route="speak")
    clock.advance(86_400)

    assert (standing().day, standing().day_committed, standing().month_committed) == ("2026-11-21", 0, 30)
    assert standing().counters == {}


def test_a_new_month_begins_with_what_is_under_way(ledger: Ledger, clock: ManualClock, standing: Now) -> None:
    terms = terms_of(month=100)
    _, done = ledger.take(_call(40), terms)
    ledger.settle(done, [paid(40)], route="speak")
    clock.now = NEW_MONTH - 1
    ledger.take(_call(60), terms)
    _refused(ledger, _call(1), terms)
    clock.now = NEW_MONTH
    ledger.take(_call(40), terms)

    assert (standing().day, standing().day_committed, standing().month_committed) == ("2026-12-01", 100, 100)
    _refused(ledger, _call(1), terms)


def test_of_two_who_turn_the_day_one_does_and_nothing_settled_meanwhile_is_lost(
    ledger: Ledger, clock: ManualClock, standing: Now, stored: Stored
) -> None:
    _, hold = ledger.take(_call(40), terms_of())
    clock.now = MIDNIGHT + 1
    stale = ledger._read()
    assert stale is not None
    ledger.settle(hold, [paid(30)], route="speak")

    ledger._turn(stale, ledger._moment())
    assert stored("day#2026-11-20") is None, "it had seen what is no longer so"
    ledger.take(_call(5), terms_of())
    ledger._turn(stale, ledger._moment())

    past = stored("day#2026-11-20")
    assert past is not None and past["r|speak|c"] == 30
    assert (standing().day_committed, standing().month_committed, standing().reserved) == (5, 35, 5)


# ── Players ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_player_has_a_budget_of_its_own(ledger: Ledger, standing: Now, stored: Stored) -> None:
    one = _call(60, player_id="p1", player_microusd=100)
    _, hold = ledger.take(one, terms_of())
    before = standing()

    refused = _refused(ledger, one, terms_of())
    assert (refused.details["budget"], refused.details["budget_microusd"]) == ("player_day", 100)
    assert refused.details["resets_at"] == iso(MIDNIGHT)
    assert standing() == before, "a player's refusal costs its studio nothing"
    ledger.take(_call(60, player_id="p2", player_microusd=100), terms_of())
    ledger.settle(hold, [paid(40)], route="speak")
    ledger.take(one, terms_of())
    player = stored("player#2026-11-20#p1")
    assert player is not None and (player["committed"], player["c"], player["n"]) == (100, 40, 1)


def test_a_player_is_told_to_ask_soon_where_only_a_call_under_way_is_in_the_way(ledger: Ledger) -> None:
    call = _call(60, player_id="p1", player_microusd=100)
    _, hold = ledger.take(call, terms_of())
    assert _refused(ledger, call, terms_of()).details["retry_after"] == 2

    ledger.settle(hold, [paid(41)], route="speak")
    assert _refused(ledger, call, terms_of()).details["retry_after"] == MIDNIGHT - NOON
    dear = _call(101, player_id="p2", player_microusd=100)
    assert _refused(ledger, dear, terms_of()).details["retry_after"] == MIDNIGHT - NOON


def test_a_refused_write_of_the_callers_is_not_taken_for_a_players_budget(
    ledger: Ledger, deployment: Deployment, standing: Now
) -> None:
    """A studio gives every player a budget, but this call is nobody's."""
    put = {
        "TableName": deployment.settings.usage_table,
        "Item": to_item({"tenant_id": "alice", "window": "other"}),
        "ConditionExpression": "attribute_not_exists(tenant_id)",
    }
    ledger.take(Call("create_avatar", max_microusd=5, player_microusd=1), terms_of(), also=[{"Put": put}])
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        ledger.take(Call("create_avatar", max_microusd=5, player_microusd=1), terms_of(), also=[{"Put": put}])
    assert standing().requests == 1


def test_a_players_day_is_the_day_on_which_it_reserved(ledger: Ledger, clock: ManualClock, stored: Stored) -> None:
    clock.now = MIDNIGHT - 1
    _, hold = ledger.take(_call(60, player_id="p1", player_microusd=60), terms_of())
    clock.now = MIDNIGHT + 1
    ledger.take(_call(60, player_id="p1", player_microusd=60), terms_of())
    ledger.settle(hold, [paid(10)], route="speak")

    before, after = stored("player#2026-11-20#p1"), stored("player#2026-11-21#p1")
    assert before is not None and before["committed"] == 10
    assert after is not None and after["committed"] == 60


def test_a_player_without_a_budget_is_counted_and_owes_what_it_spent(ledger: Ledger, stored: Stored) -> None:
    """So that a budget given to it later counts what it spent before."""
    _, hold = ledger.take(_call(60, player_id="p1"), terms_of())
    ledger.settle(hold, [paid(40)], route="speak")

    player = stored("player#2026-11-20#p1")
    assert player is not None and (player["committed"], player["c"], player["n"]) == (40, 40, 1)
    _refused(ledger, _call(20, player_id="p1", player_microusd=59), terms_of())


def test_what_a_dead_process_reserved_comes_back_to_its_players(
    ledger: Ledger, clock: ManualClock, stored: Stored
) -> None:
    for player in ("p1", "p1", "p2"):
        ledger.take(_call(50, player_id=player, player_microusd=100), terms_of())
    clock.advance(HOLD_SECONDS + 1)
    ledger.take(Call("list_worlds"), terms_of())

    for player in ("p1", "p2"):
        found = stored(f"player#2026-11-20#{player}")
        assert found is not None and found["committed"] == 0


# ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _spend(ledger: Ledger, microusd: int, terms: Terms) -> None:
    _, hold = ledger.take(_call(microusd), terms)
    ledger.note_events(ledger.settle(hold, [paid(microusd)], route="speak"), terms.budgets)


def test_a_budget_is_reported_once_at_four_fifths_and_once_at_its_end(
    ledger: Ledger, clock: ManualClock, stored: Stored
) -> None:
    terms = terms_of(day=100, month=1_000)
    day = "event#2026-11-20#tenant_day#{}".format
    _spend(ledger, 79, terms)
    assert stored(day(80)) is None

    _spend(ledger, 1, terms)
    warning = stored(day(80))
    assert warning is not None and warning["type"] == "budget.warning"
    assert (warning["percent"], warning["spent_microusd"], warning["budget_microusd"]) == (80, 80, 100)
    assert (warning["budget"], warning["at"]) == ("tenant_day", iso(NOON))
    assert stored(day(100)) is None

    clock.advance(60)
    _spend(ledger, 20, terms)
    end = stored(day(100))
    assert end is not None and (end["type"], end["spent_microusd"]) == ("budget.exhausted", 100)
    assert stored(day(80)) == warning, "said once"
    assert stored("event#2026-11#tenant_month#80") is None


def test_another_machine_does_not_say_it_again(ledger: Ledger, ledger_at: Any, stored: Stored) -> None:
    terms = terms_of(day=100)
    _spend(ledger, 80, terms)
    said = stored("event#2026-11-20#tenant_day#80")
    _spend(ledger_at(ManualClock(NOON + 5)), 1, terms)

    assert said is not None
    assert stored("event#2026-11-20#tenant_day#80") == said


def test_what_is_only_reserved_is_not_reported(ledger: Ledger, stored: Stored) -> None:
    terms = terms_of(day=100)
    ledger.take(_call(90), terms)
    _spend(ledger, 5, terms)

    assert stored("event#2026-11-20#tenant_day#80") is None


def test_a_budget_that_refuses_is_reported_as_used_up_though_something_is_left(
    ledger: Ledger, stored: Stored, ledger_at: Any
) -> None:
    terms = terms_of(day=100)
    _spend(ledger, 70, terms)
    ledger.note_exhausted(_refused(ledger, _call(31), terms))

    end = stored("event#2026-11-20#tenant_day#100")
    assert end is not None and (end["type"], end["spent_microusd"], end["budget_microusd"]) == (
        "budget.exhausted",
        70,
        100,
    )
    _spend(ledger, 10, terms)
    ledger_at(ManualClock(NOON + 5)).note_exhausted(_refused(ledger, _call(31), terms))
    assert stored("event#2026-11-20#tenant_day#100") == end, "said once"


def test_a_month_that_refuses_is_reported_by_month(ledger: Ledger, stored: Stored) -> None:
    terms = terms_of(month=100)
    _spend(ledger, 70, terms)
    ledger.note_exhausted(_refused(ledger, _call(31), terms))

    end = stored("event#2026-11#tenant_month#100")
    assert end is not None and end["spent_microusd"] == 70


def test_a_refusal_is_not_reported_where_something_may_be_left_over_or_nothing_was_spent_or_a_player_met_it(
    ledger: Ledger, stored: Stored
) -> None:
    terms = terms_of(day=100)
    ledger.note_exhausted(_refused(ledger, _call(101), terms))
    ledger.take(_call(60), terms)
    ledger.note_exhausted(_refused(ledger, _call(50), terms))
    _spend(ledger, 5, terms)
    ledger.note_exhausted(_refused(ledger, _call(50), terms))
    ledger.note_exhausted(_refused(ledger, _call(6, player_id="p1", player_microusd=5), terms))

    assert stored("event#2026-11-20#tenant_day#100") is None


def test_a_months_budget_is_reported_by_month_and_a_days_every_day(
    ledger: Ledger, clock: ManualClock, stored: Stored
) -> None:
    terms = terms_of(day=100, month=150)
    _spend(ledger, 100, terms)
    clock.advance(86_400)
    _spend(ledger, 50, terms)
    clock.advance(86_400)
    assert _refused(ledger, _call(1), terms).details["budget"] == "tenant_month"

    month = stored("event#2026-11#tenant_month#100")
    assert month is not None and (month["spent_microusd"], month["at"]) == (150, iso(NOON + 86_400))
    assert stored("event#2026-11-20#tenant_day#100") is not None
    assert stored("event#2026-11-21#tenant_day#80") is None


# ── Jobs ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_jobs_reservation_outlives_that_of_a_call(ledger: Ledger, clock: ManualClock, standing: Now) -> None:
    terms = terms_of(day=100)
    ledger.take(Call("create_avatar", max_microusd=100), terms)
    clock.advance(HOLD_SECONDS * 10)

    _refused(ledger, _call(1), terms)
    assert (standing().reserved, standing().running, standing().holds) == (100, 0, {})


def test_reading_a_hold_gives_what_was_stored(ledger: Ledger, standing: Now) -> None:
    _, hold = ledger.take(_call(60, player_id='"p|1#', player_microusd=100), terms_of())

    assert standing().holds == {hold.hold_id: hold}
    assert hold == Hold(hold.hold_id, 60, NOON + HOLD_SECONDS, "2026-11-20", '"p|1#', 60)
