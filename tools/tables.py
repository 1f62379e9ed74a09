"""Writes the tables of docs/ that list what the code reads: `python -m tools.tables`, with `--check` only compares.

What can be configured, limited, billed and watched. In its page each stands between `<!-- table: … -->` and
`<!-- /table -->`.
"""

from __future__ import annotations

import json
import re
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from common.api import SPENDS
from common.config import MAX_PRONUNCIATIONS, MAX_TEMPLATES, SafetyLevel, TenantConfig
from common.events import DATA_OF, EventType, about
from common.ledger import Meter
from common.prices import in_force, prices
from common.providers.fal.models import models
from common.tiers import BudgetOverrides, Budgets, LimitOverrides, Limits, tiers
from tools.metrics import explained, metrics_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydantic import BaseModel

ROOT = Path(__file__).parent.parent
MONEY, CONFIGURATION = "16-usage-and-money.md", "17-configuration.md"
WEBHOOKS = "21-webhooks.md"
OPERATING = "15-operating.md"
_PUBLISHED = ROOT / "functions" / "system" / "openapi.json"
_CEILING = "0 to the operator's ceiling"
_IN_WORDS = {
    "default_style": "a preset or one of your templates",
    "style_templates": f"at most {MAX_TEMPLATES}, by name",
    "budgets.day_microusd": _CEILING,
    "budgets.month_microusd": _CEILING,
    "budgets.player_day_microusd": _CEILING,
    "pronunciations": f"at most {MAX_PRONUNCIATIONS}, written to spoken",
}
"""Values that a schema does not say in words."""


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


def _head(*cells: str) -> list[str]:
    return [_row(*cells), _row(*("---" for _ in cells))]


def _code(value: str) -> str:
    return f"`{value}`"


def _dollars(microusd: int | None) -> str:
    return "none" if microusd is None else f"${Decimal(microusd) / 1_000_000:,f}"


def tier_table() -> list[str]:
    """Return the limits and budgets of every tier, and what may stand in their place."""
    listed = tiers()
    rows = _head("", *map(_code, listed), "The operator may set", "The studio may set")
    for name in Limits.model_fields:
        least, most = _bounds(LimitOverrides, name)
        of_tiers = (f"{getattr(tier.limits, name):,}" for tier in listed.values())
        rows.append(_row(_code(name), *of_tiers, f"{least:,}–{most:,}", "–"))
    for name in Budgets.model_fields:
        least, most = _bounds(BudgetOverrides, name)
        of_tiers = (_dollars(getattr(tier.budgets, name)) for tier in listed.values())
        wish = f"{_dollars(least)} to the operator's" if name in type(TenantConfig().budgets).model_fields else "–"
        rows.append(_row(_code(name), *of_tiers, f"{_dollars(least)}–{_dollars(most)}", wish))
    return rows


def _bounds(overrides: type[BaseModel], name: str) -> tuple[int, int]:
    """Return the least and the most that a tenant's own value may be."""
    bounds = next(one for one in overrides.model_json_schema()["properties"][name]["anyOf"] if "maximum" in one)
    return bounds["minimum"], bounds["maximum"]


def price_table() -> list[str]:
    """Return every price in force today."""
    listed = prices()
    rows = _head("What", "Price")
    for name, tokens in sorted(listed.chat.items()):
        price = in_force(tokens)
        read, written = _dollars(price.input), _dollars(price.output)
        rows.append(_row(_code(name), f"{read} a million tokens read, {written} a million written"))
    for name, pictures in sorted(listed.images.items()):
        rows.append(_row(f"pictures, {_code(name)}", f"{_dollars(in_force(pictures).per_megapixel)} a megapixel"))
    for name, spoken in sorted(listed.speech.items()):
        cost = in_force(spoken).per_1000_characters
        said = "no price known" if cost is None else f"{_dollars(cost)} a thousand characters"
        rows.append(_row(f"speech, {name}", said))
    for name, heard in sorted(listed.transcription.items()):
        rows.append(_row(f"transcripts, {_code(name)}", f"{_dollars(in_force(heard).per_minute)} a minute"))
    return rows


def metered_table() -> list[str]:
    """Return every route that may cost something, and the limit it counts for each minute."""
    limits = {Meter.TEXT: "text_per_minute", Meter.IMAGE: "images_per_minute"}
    found: dict[str, str] = {}
    for path, operations in json.loads(_PUBLISHED.read_text(encoding="utf-8"))["paths"].items():
        for method, operation in operations.items():
            if what := operation.get(SPENDS):
                found[f"{method.upper()} {path}"] = limits[Meter(what)] if what in set(Meter) else ""
    rows = [_row(_code(route), _code(limit) if limit else "–") for route, limit in sorted(found.items())]
    return [*_head("Route", "Each minute it counts for"), *rows]


def setting_table() -> list[str]:
    """Return every setting with its values and its default."""
    schema = TenantConfig.model_json_schema()
    defaults = TenantConfig().model_dump(mode="json", exclude={"version"})
    rows = [
        _row(_code(name), _IN_WORDS.get(name) or _values(name, schema), _code(json.dumps(default)))
        for name, default in _leaves(defaults)
    ]
    return [*_head("Setting", "Values", "Default"), *rows]


def _leaves(values: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict) and value:
            yield from _leaves(cast("dict[str, Any]", value), f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def _values(name: str, schema: dict[str, Any]) -> str:
    """Return what the schema allows for a setting, whose name is the way to it."""
    node = schema
    for part in name.split("."):
        node = _resolved(node["properties"][part], schema)
    if "enum" in node:
        return ", ".join(_code(value) for value in node["enum"])
    if node.get("type") == "boolean":
        return "`true`, `false`"
    return f"{node['minimum']}–{node['maximum']}"


def _resolved(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    return schema["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node


def safety_table() -> list[str]:
    """Return what the vendor is told at each safety level of each model."""
    listed = models().images
    names = ("dev", "schnell", "pro")
    rows = [
        _row(_code(level), *(_code(json.dumps(listed[name].safety[level])) for name in names)) for level in SafetyLevel
    ]
    return [*_head("Level", *map(_code, names)), *rows]


def metric_table() -> list[str]:
    """Return every metric that the code counts or measures."""
    found = explained(metrics_in(ROOT / "functions", ROOT / "layers"))
    rows = [
        _row(_code(metric.name), metric.unit.lower(), ", ".join(map(_code, metric.dimensions)) or "–", meaning)
        for metric, meaning in found
    ]
    return [*_head("Metric", "Unit", "Apart for each", "What"), *rows]


def event_table() -> list[str]:
    """Return every event: when it is told, and what it says."""
    rows = _head("`type`", "When", "`data`")
    for kind in EventType:
        fields = DATA_OF[kind].model_fields.items()
        said = ", ".join(_code(name) + ("" if field.is_required() else "?") for name, field in fields)
        rows.append(_row(_code(kind.value), about(kind), said))
    return rows


TABLES: dict[str, dict[str, Callable[[], list[str]]]] = {
    MONEY: {"prices": price_table, "tiers": tier_table, "metered": metered_table},
    OPERATING: {"metrics": metric_table},
    CONFIGURATION: {"settings": setting_table, "safety": safety_table},
    WEBHOOKS: {"events": event_table},
}


def written(page: str, text: str) -> str:
    """Return a page's text with its tables as the code has them.

    Raises:
        ValueError: a table has no place in the page.
    """
    for name, table in TABLES[page].items():
        place = re.compile(rf"(<!-- table: {name} -->\n\n).*?(\n\n<!-- /table -->)", re.DOTALL)
        rows = "\n".join(table())
        text, count = place.subn(lambda found, rows=rows: f"{found[1]}{rows}{found[2]}", text)
        if count != 1:
            raise ValueError(f"{page} has {count} places for the table {name}")
    return text


def main(arguments: list[str]) -> int:
    """Write the tables, or with `--check` say which pages are not up to date."""
    stale = False
    for page in TABLES:
        path = ROOT / "docs" / page
        before = path.read_text(encoding="utf-8")
        after = written(page, before)
        if before == after:
            continue
        if arguments == ["--check"]:
            print(f"docs/{page} does not list what the code reads; run: make tables", file=sys.stderr)
            stale = True
        else:
            path.write_text(after, encoding="utf-8")
    return int(stale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
