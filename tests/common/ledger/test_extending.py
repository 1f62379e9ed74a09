"""Extending a reservation: as strict as taking one, and nothing of it stays behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from common.errors import BudgetExhausted, Busy
from common.ledger import HOLD_SECONDS, Call, Hold, Ledger, Standing, Terms
from tests.common.ledger.conftest import NOON, Stored
from tests.support.clock import ManualClock
from tests.support.money import paid, terms_of

Now = Callable[[], Standing]
MIDNIGHT = NOON + 12 * 3600


def _call(most: int, **options: Any) -> Call:
    return Call("speak", max_microusd=most, runs=True, **options)


def _refused(ledger: Ledger, hold: Hold, more: int, terms: Terms) -> BudgetExhausted:
    with pytest.raises(BudgetExhausted) as refused:
        ledger.extend(hold, more, terms)
    return refused.value


def test_what_is_added_is_reserved_and_given_back_with_the_rest(ledger: Ledger, standing: Now) -> None:
    taken, hold = ledger.take(_call(40), terms_of())
    enlarged = ledger.extend(hold, 25, terms_of())

    assert enlarged.microusd == 65
    assert standing().holds == {hold.hold_id: enlarged}
    assert standing().revision == taken.revision + 1
    assert (standing().reserved, standing().day_committed, standing().month_committed) == (65, 65, 65)
    assert (standing().requests, standing().counters) == (1, {"r|speak|n": 1}), "it is no second request"
    after = ledger.settle(enlarged, [paid(50)], route="speak")
    assert (after.reserved, after.running, after.day_committed, after.month_committed) == (0, 0, 50, 50)


@pytest.mark.parametrize(("name", "terms"), [("tenant_day", terms_of(day=100)), ("tenant_month", terms_of(month=100))])
def test_a_budget_holds_to_the_last_microdollar(ledger: Ledger, standing: Now, name: str, terms: Terms) -> None:
    _, hold = ledger.take(_call(40), terms)
    before = standing()

    refused = _refused(ledger, hold, 61, terms)
    assert (refused.details["budget"], refused.details["needed_microusd"]) == (name, 61)
    assert refused.details["committed_microusd"] == 40
    assert standing() == before
    ledger.extend(hold, 60, terms)
    assert standing().day_committed == 100


def test_soon_is_said_only_where_others_are_in_the_way(ledger: Ledger) -> None:
    terms = terms_of(day=100)
    _, hold = ledger.take(_call(60), terms)
    assert _refused(ledger, hold, 41, terms).details["retry_after"] == MIDNIGHT - NOON

    ledger.take(_call(40), terms)
    assert _refused(ledger, hold, 40, terms).details["retry_after"] == 2
    assert _refused(ledger, hold, 41, terms).details["retry_after"] == MIDNIGHT - NOON


def test_a_players_budget_holds_too(ledger: Ledger, standing: Now, stored: Stored) -> None:
    terms = terms_of(player_day=100)
    _, hold = ledger.take(_call(40, player_id="p1", player_microusd=100), terms)
    before = standing()

    for more in (61, 101):
        refused = _refused(ledger, hold, more, terms)
        assert refused.details["budget"] == "player_day"
        assert refused.details["retry_after"] == MIDNIGHT - NOON
    assert standing() == before
    enlarged = ledger.extend(hold, 60, terms)
    assert (enlarged.microusd, enlarged.player_microusd) == (100, 100)
    player = stored("player#2026-11-20#p1")
    assert player is not None and player["committed"] == 100

    ledger.settle(enlarged, [paid(70)], route="speak")
    player = stored("player#2026-11-20#p1")
    assert player is not None and (player["committed"], player["c"]) == (70, 70)


def test_a_player_that_reserved_nothing_at_first_reserves_what_is_added(ledger: Ledger, stored: Stored) -> None:
    terms = terms_of(player_day=100)
    _, hold = ledger.take(_call(0, player_id="p1", player_microusd=100), terms)
    assert ledger.extend(hold, 30, terms).player_microusd == 30

    player = stored("player#2026-11-20#p1")
    assert player is not None and player["committed"] == 30


def test_a_player_without_a_budget_reserves_nothing(ledger: Ledger, stored: Stored) -> None:
    _, hold = ledger.take(_call(40, player_id="p1"), terms_of())

    assert ledger.extend(hold, 30, terms_of()).player_microusd == 0
    assert stored("player#2026-11-20#p1") is None


def test_a_reservation_that_was_given_up_is_not_extended(ledger: Ledger, clock: ManualClock, standing: Now) -> None:
    _, hold = ledger.take(_call(40), terms_of())
    clock.advance(HOLD_SECONDS + 1)

    with pytest.raises(Busy, match="given up"):
        ledger.extend(hold, 10, terms_of())
    assert (standing().reserved, standing().day_committed, standing().holds) == (0, 0, {})


def test_a_settled_reservation_is_not_extended(ledger: Ledger, standing: Now) -> None:
    _, hold = ledger.take(_call(40), terms_of())
    ledger.settle(hold, [paid(5)], route="speak")

    with pytest.raises(Busy):
        ledger.extend(hold, 10, terms_of())
    assert (standing().reserved, standing().day_committed) == (0, 5)


def test_after_midnight_it_counts_for_the_new_day(ledger: Ledger, clock: ManualClock, standing: Now) -> None:
    clock.now = MIDNIGHT - 1
    _, done = ledger.take(_call(90), terms_of())
    ledger.settle(done, [paid(90)], route="speak")
    _, hold = ledger.take(_call(40), terms_of())
    clock.now = MIDNIGHT + 1
    ledger.extend(hold, 60, terms_of(day=100))

    assert (standing().day, standing().reserved, standing().day_committed) == ("2026-11-21", 100, 100)
    assert standing().month_committed == 190


def test_whoever_missed_that_it_was_extended_gives_all_of_it_back(
    ledger: Ledger, standing: Now, stored: Stored
) -> None:
    """The answer to the extension was lost, say."""
    terms = terms_of(player_day=100)
    _, hold = ledger.take(_call(40, player_id="p1", player_microusd=100), terms)
    ledger.extend(hold, 30, terms)
    ledger.settle(hold, [paid(35)], route="speak")

    assert (standing().reserved, standing().running, standing().day_committed) == (0, 0, 35)
    player = stored("player#2026-11-20#p1")
    assert player is not None and (player["committed"], player["c"]) == (35, 35)


def test_what_a_dead_process_had_added_comes_back_too(ledger: Ledger, clock: ManualClock, standing: Now) -> None:
    _, hold = ledger.take(_call(40), terms_of())
    ledger.extend(hold, 30, terms_of())
    clock.advance(HOLD_SECONDS + 1)
    ledger.take(Call("list_worlds"), terms_of())

    assert (standing().reserved, standing().day_committed, standing().holds) == (0, 0, {})


def test_ten_who_extend_at_once_get_what_fits_and_no_more(ledger: Ledger, standing: Now) -> None:
    terms = terms_of(day=100)
    _, hold = ledger.take(_call(40), terms)

    def extend(_: int) -> str:
        try:
            ledger.extend(hold, 10, terms)
        except BudgetExhausted:
            return "refused"
        return "extended"

    with ThreadPoolExecutor(10) as pool:
        answers = Counter(pool.map(extend, range(10)))

    assert answers == {"extended": 6, "refused": 4}
    assert (standing().reserved, standing().day_committed) == (100, 100)
    assert standing().holds[hold.hold_id].microusd == 100
