"""Names of what the ledger counts: one number a thing, so that one write adds to all of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from common.ledger.standing import COUNTER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from common.providers import Usage

REQUESTS, COST, INPUT, OUTPUT, CHARACTERS, SOUND_MS, KILOPIXELS, CACHED = "n", "c", "i", "o", "h", "s", "p", "x"
_ROUTE, _MODEL = "r", "m"


def route_counter(route: str, what: str) -> str:
    """Return the name under which something of a route is counted."""
    return f"{_ROUTE}{COUNTER}{route}{COUNTER}{what}"


def counts_of(route: str, usages: Iterable[Usage]) -> Counter[str]:
    """Return what to add for the model calls behind one answer of `route`: by model, and its cost by route."""
    counts: Counter[str] = Counter()
    for usage in usages:
        counts[route_counter(route, COST)] += usage.cost_microusd
        measured = {
            REQUESTS: 1,
            COST: usage.cost_microusd,
            INPUT: usage.input_tokens,
            OUTPUT: usage.output_tokens,
            CHARACTERS: usage.characters,
            SOUND_MS: round(usage.seconds * 1000),
            KILOPIXELS: round(usage.megapixels * 1000),
            CACHED: int(usage.cached),
        }
        for what, amount in measured.items():
            counts[f"{_MODEL}{COUNTER}{usage.model}{COUNTER}{what}"] += amount
    return Counter({name: amount for name, amount in counts.items() if amount})


def read_counters(counters: Mapping[str, int]) -> tuple[dict[str, Counter[str]], dict[str, Counter[str]]]:
    """Return what was counted by route and by model."""
    found: dict[str, dict[str, Counter[str]]] = {_ROUTE: {}, _MODEL: {}}
    for name, amount in counters.items():
        kind, _, rest = name.partition(COUNTER)
        thing, _, what = rest.rpartition(COUNTER)
        if kind in found:
            found[kind].setdefault(thing, Counter())[what] += amount
    return found[_ROUTE], found[_MODEL]
