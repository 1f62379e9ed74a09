"""What the page on money lists is what the code reads: tiers, prices, bounds, columns, refusals, routes."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from common.errors import BudgetExhausted, LimitReached
from common.ledger import HOLD_SECONDS
from common.ledger.rules import Quota, budget_exhausted, limit_reached
from common.ledger.standing import Moment
from common.prices import in_force, prices
from common.tiers import Budgets, Limits, tiers
from local.template import load
from tests.docs.examples import ROOT
from usage.export import COLUMNS
from usage.service import KEPT_DAYS, MAX_DAYS, MAX_PLAYER_LIST_DAYS

PAGE = Path(ROOT, "docs", "16-usage-and-money.md").read_text(encoding="utf-8")


def _dollars(microusd: int | None) -> str:
    return "none" if microusd is None else f"${Decimal(microusd) / 1_000_000:,f}"


def _tiers() -> list[str]:
    listed = tiers()
    rows = [f"| | {' | '.join(f'`{name}`' for name in listed)} |", "| --- |" + " --- |" * len(listed)]
    for name in Limits.model_fields:
        amounts = [f"{getattr(tier.limits, name):,}" for tier in listed.values()]
        rows += [f"| `{name}` | {' | '.join(amounts)} |"]
    for name in Budgets.model_fields:
        amounts = [_dollars(getattr(tier.budgets, name)) for tier in listed.values()]
        rows += [f"| `{name}` | {' | '.join(amounts)} |"]
    return rows


def _prices() -> list[str]:
    listed = prices()
    rows = ["| What | Price |", "| --- | --- |"]
    for name, tokens in sorted(listed.chat.items()):
        price = in_force(tokens)
        rows.append(
            f"| `{name}` | {_dollars(price.input)} a million tokens read, {_dollars(price.output)} a million written |"
        )
    for name, pictures in sorted(listed.images.items()):
        rows.append(f"| pictures, `{name}` | {_dollars(in_force(pictures).per_megapixel)} a megapixel |")
    for name, spoken in sorted(listed.speech.items()):
        cost = in_force(spoken).per_1000_characters
        rows.append(
            f"| speech, {name} | {'no price known' if cost is None else _dollars(cost) + ' a thousand characters'} |"
        )
    for name, heard in sorted(listed.transcription.items()):
        rows.append(f"| transcripts, `{name}` | {_dollars(in_force(heard).per_minute)} a minute |")
    return rows


@pytest.mark.parametrize("table", [_tiers(), _prices()], ids=["tiers", "prices"])
def test_a_table_is_what_the_code_reads(table: list[str]) -> None:
    assert "\n".join(table) + "\n" in PAGE, "the page has to say:\n\n" + "\n".join(table)


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
