"""Usage as a table for spreadsheets: CSV as RFC 4180 has it, in which no cell is taken for a formula."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING

from usage.models import RouteUsage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from usage.models import ModelUsage, UsageResponse

COLUMNS = (
    "day", "kind", "name", "requests", "calls", "cost_microusd", "input_tokens", "output_tokens", "characters",
    "seconds", "images", "megapixels", "cached",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula (OWASP, «CSV Injection»)."""


def as_csv(usage: UsageResponse) -> str:
    """Return one row for each day and route and one for each day and model; either kind has the same sums.

    At most 92 days of some forty rows: about 400 KB.
    """
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(_rows(usage))
    return text.getvalue()


def _rows(usage: UsageResponse) -> Iterator[list[str]]:
    for day in usage.days:
        for route, used in day.by_route.items():
            yield _row(day.day, "route", route, used)
        for model, used in day.by_model.items():
            yield _row(day.day, "model", model, used)


def _row(day: str, kind: str, name: str, used: ModelUsage) -> list[str]:
    """Return one row; only routes have requests of their own."""
    requests = used.requests if isinstance(used, RouteUsage) else 0
    amounts = [used.calls, used.cost_microusd, used.input_tokens, used.output_tokens, used.characters]
    return [
        day,
        kind,
        _harmless(name),
        *(str(amount) for amount in (requests, *amounts)),
        f"{used.seconds:.3f}",
        str(used.images),
        f"{used.megapixels:.3f}",
        str(used.cached),
    ]


def _harmless(name: str) -> str:
    """Return a name that no spreadsheet calculates: an apostrophe before what looks like a formula."""
    return f"'{name}" if name.startswith(_FORMULA) else name
