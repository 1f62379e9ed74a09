"""What limits and money add to `speak`: DynamoDB's requests and units, and milliseconds of CPU, counted in one process.

The same speaks on the same handler, in turn with the ledger and without it: then every call passes and nothing is
written down. The CPU is this process's own (all threads); what DynamoDB needs is DynamoDB's.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import pytest

from bench.counting import Usage
from bench.lab import TENANT, Lab
from common.ledger import Call, Hold, Standing, Terms
from common.storage import to_item
from common.tiers import LimitOverrides
from tests.support.money import give

MOST_READS, MOST_WRITES, MOST_CPU_MS = 2, 2, 3.0
ROUNDS = 150
_WARM = 5
_MANY = 10_000


class Nothing:
    """Stands for a ledger that lets everything pass and knows nothing."""

    clock = staticmethod(time.time)

    def standing(self) -> Standing | None:
        return None

    def take(self, call: Call, _: Terms, **_also: Any) -> tuple[Standing, Hold]:
        return Standing(day="2026-11-20"), Hold("nobody's", call.max_microusd, 0, "2026-11-20")

    def extend(self, hold: Hold, more_microusd: int, _: Terms) -> Hold:
        return replace(hold, microusd=hold.microusd + more_microusd)

    def settle(self, _: Hold, _usages: Any, **_route: Any) -> Standing:
        return Standing(day="2026-11-20")

    def settlement(self, _: Hold, _usages: Any, **_route: Any) -> list[dict[str, Any]]:
        return []

    def note_events(self, _: Standing, _budgets: Any) -> None:
        pass

    def note_exhausted(self, _: Any) -> None:
        pass


def _nothing(_: str) -> Nothing:
    return Nothing()


@contextmanager
def without_ledger() -> Generator[None]:
    """Let requests pass no ledger."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("common.spending.ledger_of", _nothing)
        yield


class Added(NamedTuple):
    """A speak with the ledger and without: what it uses, and its median CPU in milliseconds."""

    counted: Usage
    free: Usage
    counted_ms: float
    free_ms: float
    request_ms: float = 0.0
    """The CPU of the smallest request of DynamoDB: most of what the ledger needs is two of these."""

    @property
    def used(self) -> Usage:
        return self.counted - self.free

    @property
    def cpu_ms(self) -> float:
        return self.counted_ms - self.free_ms

    @property
    def is_too_much(self) -> bool:
        """Whether it is more than the issue allows."""
        return self.used.reads > MOST_READS or self.used.writes > MOST_WRITES or self.cpu_ms >= MOST_CPU_MS


def measure(lab: Lab, speak: Callable[[], Any], *, rounds: int = ROUNDS) -> Added:
    """Return what the ledger adds to `speak`."""
    give(TENANT.tenant_id, limits=LimitOverrides(text_per_minute=_MANY))
    counted = _least(lab, speak)
    with without_ledger():
        free = _least(lab, speak)
    with lab.meter.deaf(lab.deployment.dynamodb):
        return Added(counted, free, *_medians(lab, speak, rounds))


def _medians(lab: Lab, speak: Callable[[], Any], rounds: int) -> tuple[float, float, float]:
    """Return the CPU of a speak with the ledger, without, and of a request of DynamoDB, each side first in turn."""
    with_ledger: list[float] = []
    without: list[float] = []
    for number in range(rounds + _WARM):
        with without_ledger():
            speak()  # what follows a delivery to the queues finds other things in the machine's caches
        for counted in (number % 2 == 0, number % 2 == 1):
            with nullcontext() if counted else without_ledger():
                (with_ledger if counted else without).append(_cpu_ms(speak))
        lab.drain()
    asked = [_cpu_ms(partial(_ask, lab)) for _ in range(rounds + _WARM)]
    counted_ms, free_ms, request_ms = (statistics.median(each[_WARM:]) for each in (with_ledger, without, asked))
    return counted_ms, free_ms, request_ms


def _least(lab: Lab, speak: Callable[[], Any]) -> Usage:
    """Return what one of two speaks uses: every tenth has the memory summarised, every minute's first looks first."""
    return min((lab.measure(speak) for _ in range(2)), key=lambda used: (used.writes, used.reads))


def _ask(lab: Lab) -> None:
    key: Any = to_item({"tenant_id": "nobody", "window": "now"})
    lab.deployment.dynamodb.get_item(TableName=lab.deployment.settings.usage_table, Key=key)


def _cpu_ms(operation: Callable[[], Any]) -> float:
    started = time.process_time()
    operation()
    return (time.process_time() - started) * 1000


def show(added: Added) -> str:
    """Return what is added as a Markdown table."""
    rows = {"with the ledger": added.counted, "without": added.free, "added": added.used}
    milliseconds = (added.counted_ms, added.free_ms, added.cpu_ms)
    lines = ["| speak | reads | writes | RRU | WRU | CPU ms |", "| --- |" + " ---: |" * 5]
    for (name, used), cpu in zip(rows.items(), milliseconds, strict=True):
        units = f"{used.read_units:g} | {used.write_units:g}"
        lines.append(f"| {name} | {used.reads} | {used.writes} | {units} | {cpu:.2f} |")
    ratio = added.counted_ms / added.free_ms
    most = f"{MOST_READS} reads, {MOST_WRITES} writes, less than {MOST_CPU_MS:g} ms"
    note = f"{ratio:.2f} × the CPU of an uncounted speak; a request of DynamoDB is {added.request_ms:.2f} ms here."
    return "\n".join([*lines, "", note, f"Allowed is: {most}."])
