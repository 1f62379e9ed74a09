"""Names of what the ledger counts: one number a thing, so that one write adds to all of them.

A route counts its requests (`r|speak|n`); the calls to models behind its answers count twice, for the route and for the
model: `r|speak|c` and `m|<model>|c` are what they cost. So a day's sums over routes and over models are the same.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from common.ledger.standing import COUNTER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from common.providers import Usage

REQUESTS, CALLS, COST, CACHED = "n", "k", "c", "x"
INPUT, OUTPUT, CHARACTERS, SOUND_MS, IMAGES, KILOPIXELS = "i", "o", "h", "s", "g", "p"
MEASURES = (REQUESTS, CALLS, COST, CACHED, INPUT, OUTPUT, CHARACTERS, SOUND_MS, IMAGES, KILOPIXELS)
_ROUTE, _MODEL = "r", "m"


def route_counter(route: str, what: str) -> str:
    """Return the name under which something of a route is counted."""
    return f"{_ROUTE}{COUNTER}{route}{COUNTER}{what}"


def model_counter(model: str, what: str) -> str:
    """Return the name under which something of a model is counted."""
    return f"{_MODEL}{COUNTER}{model}{COUNTER}{what}"


def counts_of(route: str, usages: Iterable[Usage]) -> Counter[str]:
    """Return what to add for the model calls behind one answer of `route`, by route and by model."""
    counts: Counter[str] = Counter()
    for usage in usages:
        for what, amount in _measured(usage).items():
            counts[route_counter(route, what)] += amount
            counts[model_counter(usage.model, what)] += amount
    return counts


def sums_of(usages: Iterable[Usage]) -> Counter[str]:
    """Return what to add for model calls where neither route nor model matters: a player's day."""
    sums: Counter[str] = Counter()
    for usage in usages:
        sums.update(_measured(usage))
    return sums


def _measured(usage: Usage) -> dict[str, int]:
    """Return one call as whole numbers, rounded as a receipt rounds them, without those that are zero."""
    measured = {
        CALLS: 1,
        COST: usage.cost_microusd,
        INPUT: usage.input_tokens,
        OUTPUT: usage.output_tokens,
        CHARACTERS: usage.characters,
        SOUND_MS: round(round(usage.seconds, 3) * 1000),
        IMAGES: int(usage.megapixels > 0 and not usage.cached),
        KILOPIXELS: round(round(usage.megapixels, 3) * 1000),
        CACHED: int(usage.cached),
    }
    return {what: amount for what, amount in measured.items() if amount}


def read_counters(counters: Mapping[str, int]) -> tuple[dict[str, Counter[str]], dict[str, Counter[str]]]:
    """Return what was counted by route and by model."""
    found: dict[str, dict[str, Counter[str]]] = {_ROUTE: {}, _MODEL: {}}
    for name, amount in counters.items():
        kind, _, rest = name.partition(COUNTER)
        thing, _, what = rest.rpartition(COUNTER)
        if kind in found:
            found[kind].setdefault(thing, Counter())[what] += amount
    return found[_ROUTE], found[_MODEL]
