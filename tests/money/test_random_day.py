"""After a random day the receipts, the usage report and the vendor's own bill say the same, to the micro-dollar."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.money.books import total
from tests.money.day import DAY_MICROUSD, LIVE, PATIENT, SMALL, THRIFTY, TRYING, Day

UPKEEP = "memory_upkeep"
"""The one route nobody is sent a receipt of."""
AT_THEIR_MOST = ("cancelled", "failed")
"""As what usage shows jobs of which nobody knew whether their vendor would make them."""
A_WHOLE_DAY = pytest.param(2_000, marks=[pytest.mark.money, pytest.mark.timeout(1_800)])


@pytest.fixture(scope="module", params=[60, A_WHOLE_DAY])
def day(request: pytest.FixtureRequest) -> Iterator[Day]:
    with Day(request.param, seed=20_261_120) as one:
        one.live()
        yield one


def _upkeep(used: dict[str, Any], what: str = "cost_microusd") -> int:
    return used["total"]["by_route"].get(UPKEEP, {}).get(what, 0)


@pytest.mark.parametrize("tenant_id", LIVE)
def test_receipts_usage_and_the_vendors_bill_are_the_same(day: Day, tenant_id: str) -> None:
    used = day.usage(tenant_id)
    receipts = day.books.sum("cost_microusd", tenant_id=tenant_id)

    assert receipts + _upkeep(used) == used["total"]["cost_microusd"] == day.bill.by_tenant()[tenant_id] > 0


def test_nobody_else_was_billed(day: Day) -> None:
    spent = sum(day.usage(tenant_id)["total"]["cost_microusd"] for tenant_id in LIVE)

    assert spent == day.here.fal.ledger.microusd()
    assert set(+day.bill.by_tenant()) <= set(LIVE)


@pytest.mark.parametrize("tenant_id", [*LIVE, TRYING])
def test_every_routes_receipts_are_its_usage(day: Day, tenant_id: str) -> None:
    by_route = day.usage(tenant_id)["total"]["by_route"]

    for route, used in by_route.items():
        for what in ("cost_microusd", "input_tokens", "output_tokens", "characters", "cached"):
            if route != UPKEEP:
                assert used[what] == day.books.sum(what, tenant_id=tenant_id, route=route), (route, what)
    counted = {route: used["requests"] for route, used in by_route.items() if not route.endswith("usage")}
    counted.pop(UPKEEP, None)
    counted.pop("list_players", None)
    asked = {route: number for (tenant, route), number in day.books.requests.items() if tenant == tenant_id}
    assert counted == asked


@pytest.mark.parametrize("tenant_id", LIVE)
def test_every_models_usage_is_what_the_vendor_charged_for_it(day: Day, tenant_id: str) -> None:
    used, billed = day.usage(tenant_id)["total"]["by_model"], day.bill.by_app(tenant_id)
    orders = {app: charge for app, charge in billed.items() if not app.startswith("openrouter")}
    unknown = sum(used.get(name, {}).get("cost_microusd", 0) for name in AT_THEIR_MOST)

    for app, charge in orders.items():
        assert used.get(app, {}).get("cost_microusd", 0) <= charge
    assert unknown + sum(used.get(app, {}).get("cost_microusd", 0) for app in orders) == sum(orders.values())
    written = [one["cost_microusd"] for name, one in used.items() if name not in {*orders, *AT_THEIR_MOST}]
    assert sum(written) == sum(billed.values()) - sum(orders.values())


@pytest.mark.parametrize("tenant_id", LIVE)
def test_every_players_receipts_are_the_players_usage(day: Day, tenant_id: str) -> None:
    players = day.players(tenant_id)

    assert set(players) >= day.books.players(tenant_id)
    for name, used in players.items():
        assert used["cost_microusd"] == day.books.sum("cost_microusd", tenant_id=tenant_id, player=name), name


@pytest.mark.parametrize("tenant_id", [*LIVE, TRYING])
def test_nothing_stays_reserved_and_what_is_committed_was_spent(day: Day, tenant_id: str) -> None:
    standing, used = day.standing(tenant_id), day.usage(tenant_id)
    today = next(one for one in used["days"] if one["day"] == standing.day)

    assert (standing.reserved, standing.running, standing.holds) == (0, 0, {})
    assert standing.day_committed == today["cost_microusd"]
    assert standing.month_committed == used["total"]["cost_microusd"]
    assert total(used["days"]) == used["total"]["cost_microusd"]


def test_a_budget_was_met_and_never_passed(day: Day) -> None:
    assert 0 < day.most_committed <= DAY_MICROUSD
    assert day.calls < 1_000 or "BUDGET_EXHAUSTED" in day.books.outcomes


def test_a_test_key_pays_nothing(day: Day) -> None:
    assert day.usage(TRYING)["total"]["cost_microusd"] == day.books.sum("cost_microusd", tenant_id=TRYING) == 0
    assert day.usage(TRYING)["total"]["requests"] > 0


def test_it_was_a_day_like_any_other(day: Day) -> None:
    """What the day is to show happened in it."""
    outcomes = day.books.outcomes
    expected = {"200", "201", "202", "replayed", "job completed", "LIMIT_REACHED"}
    if day.calls >= 1_000:
        expected |= {
            "BUDGET_EXHAUSTED", "IDEMPOTENCY_KEY_REUSED", "JOB_ENDED", "PROVIDER_BAD_ANSWER", "PROVIDER_BUSY",
            "PROVIDER_MODERATED", "PROVIDER_TIMEOUT", "job cancelled", "job cancelled, and paid",
            "job failed JOB_OVERDUE", "job failed PROVIDER_MODERATED", "job failed PROVIDER_RESULT_GONE",
        }  # fmt: skip
        assert len(day.usage(PATIENT)["days"]) == 2, "it went past midnight"
        assert all(day.usage(tenant_id)["total"]["cached"] > 0 for tenant_id in (PATIENT, THRIFTY, SMALL))
        assert _upkeep(day.usage(PATIENT)) > 0
    assert expected <= set(outcomes), outcomes
    assert sum(outcomes.values()) >= day.calls
