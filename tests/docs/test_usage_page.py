"""What the page on money says is what the code reads: bounds, columns, refusals, routes."""

from __future__ import annotations

from pathlib import Path

from common.errors import BudgetExhausted, LimitReached
from common.ledger import HOLD_SECONDS
from common.ledger.rules import Quota, budget_exhausted, limit_reached
from common.ledger.standing import Moment
from local.template import load
from tests.docs.examples import ROOT
from usage.export import COLUMNS
from usage.service import KEPT_DAYS, MAX_DAYS, MAX_PLAYER_LIST_DAYS

PAGE = Path(ROOT, "docs", "16-usage-and-money.md").read_text(encoding="utf-8")


def test_the_columns_of_the_export_are_named_in_their_order() -> None:
    assert ", ".join(f"`{name}`" for name in COLUMNS) in PAGE.replace("\n", " ")


def test_the_bounds_are_those_of_the_code() -> None:
    for bound in (f"{MAX_DAYS} days", f"{KEPT_DAYS} days", f"{MAX_PLAYER_LIST_DAYS} days", f"{HOLD_SECONDS} seconds"):
        assert bound in PAGE


def test_the_refusals_details_are_those_of_the_code() -> None:
    now = Moment.of(0)
    refusals = [
        limit_reached(Quota("requests_per_hour", 1, 1, 3600, 3600.0), now),
        budget_exhausted("tenant_day", 1, 1, needed=1, now=now),
    ]

    assert [type(one) for one in refusals] == [LimitReached, BudgetExhausted]
    for refusal in refusals:
        assert f"| `{refusal.code}` | {', '.join(f'`{name}`' for name in refusal.details)} |" in PAGE


def test_every_route_of_the_domain_is_on_the_page() -> None:
    for route in load().functions["UsageApi"].routes:
        assert f"`{route.key}" in PAGE
