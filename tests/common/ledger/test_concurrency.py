"""Two hundred at the same time against what lets twenty pass: exactly twenty do, and at no instant more."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest

from common import aws
from common.errors import BudgetExhausted, LimitReached
from common.jobs import jobs_of
from common.ledger import HOLD_SECONDS, Call, Ledger, Meter, Standing, Terms, ledger_of
from common.providers.choice import image_generator
from common.settings import settings
from common.storage import from_item
from common.tiers import BudgetOverrides, LimitOverrides
from images.api import app
from images.models import AvatarRequest
from images.service import avatar_order
from tests.common.ledger.conftest import LedgerOf, Stored
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment
from tests.support.http import Studio
from tests.support.money import give, paid, terms_of

PEOPLE, FEWER, PLACES, PRICE = 200, 60, 20, 7
_PAUSE = 0.02
"""Seconds between two looks at the ledger while it is under fire."""


def at_once(people: int, call: Callable[[int], Any]) -> Counter[Any]:
    """Let everybody call at the same moment and count the answers."""
    start = threading.Barrier(people)

    def go(number: int) -> Any:
        start.wait(timeout=30)
        return call(number)

    with ThreadPoolExecutor(people) as pool:
        return Counter(pool.map(go, range(people)))


@contextmanager
def watched(ledger: Ledger) -> Iterator[list[Standing]]:
    """Keep what every single write of the ledger's item left, and look at it all the time besides."""
    seen: list[Standing] = []
    done = threading.Event()

    def note(parsed: dict[str, Any], **_: Any) -> None:
        if changed := from_item(parsed.get("Attributes", {})):
            seen.append(Standing(day="").with_changes(changed))

    def look() -> None:
        while not done.wait(_PAUSE):
            standing = ledger.standing()
            if standing is not None:
                seen.append(standing)

    observer = threading.Thread(target=look)
    events = aws.dynamodb().meta.events
    events.register("after-call.dynamodb.UpdateItem", note, "watched")
    observer.start()
    try:
        yield seen
    finally:
        done.set()
        observer.join(10)
        events.unregister("after-call.dynamodb.UpdateItem", note, "watched")


def _taking(ledger: Ledger, call: Call, terms: Terms, *, then: Callable[[Any], None]) -> Callable[[int], str]:
    def take(number: int) -> str:
        try:
            _, hold = ledger.take(call, terms)
        except (BudgetExhausted, LimitReached) as refused:
            return str(refused.details.get("budget") or refused.details["limit"])
        then(hold)
        return "passed"

    return take


@pytest.mark.parametrize(
    ("people", "name", "terms", "player"),
    [
        (PEOPLE, "tenant_day", terms_of(day=PLACES * PRICE), None),
        (FEWER, "tenant_month", terms_of(month=PLACES * PRICE), None),
        (FEWER, "player_day", terms_of(), "p1"),
    ],
)
def test_a_budget_for_twenty_pays_for_exactly_twenty(
    ledger: Ledger, people: int, name: str, terms: Terms, player: str | None
) -> None:
    call = Call("speak", max_microusd=PRICE, runs=True, player_id=player, player_microusd=PLACES * PRICE)

    def settle(hold: Any) -> None:
        ledger.settle(hold, [paid(PRICE)], route="speak")

    with watched(ledger) as seen:
        answers = at_once(people, _taking(ledger, call, terms, then=settle))

    assert answers == {"passed": PLACES, name: people - PLACES}
    assert len(seen) >= (PLACES * 2 if player is None else 1)
    assert max(max(one.day_committed, one.month_committed) for one in seen) <= PLACES * PRICE
    after = ledger.standing()
    assert after is not None
    assert (after.reserved, after.running, after.holds) == (0, 0, {})
    assert (after.day_committed, after.month_committed) == (PLACES * PRICE, PLACES * PRICE)
    assert after.counters["r|speak|c"] == PLACES * PRICE


@pytest.mark.parametrize(
    ("people", "name", "call", "terms"),
    [
        (PEOPLE, "requests_per_hour", Call("list_worlds"), terms_of(hour=PLACES)),
        (FEWER, "text_per_minute", Call("speak", meter=Meter.TEXT), terms_of(text=PLACES)),
        (FEWER, "concurrent_generations", Call("speak", max_microusd=1, runs=True), terms_of(running=PLACES)),
    ],
)
def test_a_limit_of_twenty_lets_exactly_twenty_pass(
    ledger: Ledger, people: int, name: str, call: Call, terms: Terms
) -> None:
    with watched(ledger) as seen:
        answers = at_once(people, _taking(ledger, call, terms, then=lambda hold: None))

    assert answers == {"passed": PLACES, name: people - PLACES}
    assert max(max(one.text, one.requests) for one in seen) <= PLACES
    after = ledger.standing()
    assert after is not None and after.requests == PLACES


def test_a_limit_holds_at_the_very_moment_a_window_turns(ledger: Ledger, clock: ManualClock) -> None:
    terms = terms_of(hour=PLACES)
    ledger.take(Call("list_worlds"), terms)
    clock.advance(3_600)

    answers = at_once(FEWER, _taking(ledger, Call("list_worlds"), terms, then=lambda hold: None))
    assert answers == {"passed": PLACES, "requests_per_hour": FEWER - PLACES}


def test_a_budget_holds_while_calls_end_die_and_the_day_turns(
    ledger_at: LedgerOf, clock: ManualClock, stored: Stored
) -> None:
    """Every other process dies with its reservation; then it is tomorrow, and everybody comes again."""
    ledger, terms = ledger_at(clock), terms_of(day=PLACES * PRICE)
    call, turns = Call("speak", max_microusd=PRICE, runs=True), Counter[str]()
    lock = threading.Lock()

    def end_or_die(hold: Any) -> None:
        with lock:
            turns["n"] += 1
            dies = turns["n"] % 2
        if not dies:
            ledger.settle(hold, [paid(PRICE)], route="speak")

    with watched(ledger) as seen:
        assert at_once(FEWER, _taking(ledger, call, terms, then=end_or_die))["passed"] == PLACES
        clock.advance(HOLD_SECONDS + 1)
        assert at_once(FEWER, _taking(ledger, call, terms, then=end_or_die))["passed"] == PLACES // 2
        clock.advance(86_400)
        assert at_once(FEWER, _taking(ledger, call, terms, then=end_or_die))["passed"] == PLACES

    assert max(one.day_committed for one in seen) <= PLACES * PRICE
    yesterday = stored("day#2026-11-20")
    assert yesterday is not None and yesterday["r|speak|c"] == 15 * PRICE
    clock.advance(HOLD_SECONDS + 1)
    ledger.take(Call("list_worlds"), terms)
    after = ledger.standing()
    assert after is not None
    assert (after.reserved, after.running, after.day_committed) == (0, 0, 10 * PRICE)


# ── Over HTTP ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def dear(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> int:
    """The vendor is one whose pictures cost something; what an avatar may cost."""
    monkeypatch.setenv("PROVIDER", "fal")
    settings.cache_clear()
    order = avatar_order(AvatarRequest(description="x"), Random(1))
    return image_generator("tenant_demo").ceiling_microusd(order)


def _ordering(studio: Studio) -> Callable[[int], tuple[int, str]]:
    def order(number: int) -> tuple[int, str]:
        answer = asyncio.run(studio.post("/v1/images/avatar", description=f"şifacı {number}", user_id=f"p{number}"))
        error = answer.json().get("error", {})
        named = error.get("details", {})
        return answer.status_code, str(named.get("budget") or named.get("limit") or error.get("code", ""))

    return order


def test_of_two_hundred_pictures_ordered_at_once_the_budget_pays_for_twenty(dear: int) -> None:
    assert dear > 0
    budgets = BudgetOverrides(day_microusd=PLACES * dear + dear - 1)
    give("tenant_demo", limits=LimitOverrides(images_per_minute=1_000), budgets=budgets)
    with watched(ledger_of("tenant_demo")) as seen:
        answers = at_once(PEOPLE, _ordering(Studio(app)))

    assert answers == {(202, ""): PLACES, (429, "tenant_day"): PEOPLE - PLACES}
    assert max(one.day_committed for one in seen) <= PLACES * dear
    jobs = jobs_of("tenant_demo").recent(limit=100, cursor=None, kind=None, status=None).records
    assert len(jobs) == PLACES
    after = ledger_of("tenant_demo").standing()
    assert after is not None
    assert (after.reserved, after.day_committed) == (PLACES * dear, PLACES * dear)
    for job in jobs:
        assert jobs_of("tenant_demo").cancel(job, receipt={}, usages=[]) is not None
    ended = ledger_of("tenant_demo").standing()
    assert ended is not None
    assert (ended.reserved, ended.day_committed, ended.month_committed) == (0, 0, 0)


def test_of_sixty_pictures_ordered_at_once_the_limit_lets_twenty_pass(dear: int) -> None:
    give("tenant_demo", limits=LimitOverrides(images_per_minute=PLACES))
    while time.time() % 60 > 50:
        time.sleep(0.5)

    answers = at_once(FEWER, _ordering(Studio(app)))

    assert answers == {(202, ""): PLACES, (429, "images_per_minute"): FEWER - PLACES}
