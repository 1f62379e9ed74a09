"""What limits and money add to `speak`: DynamoDB's requests and units, and milliseconds of CPU, counted in one process.

The same speaks on the same handler, in turn with the ledger and without it: then every call passes and nothing is
written down. The CPU is this process's own (all threads); what DynamoDB needs is DynamoDB's.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import pytest

from bench.counting import Usage
from bench.lab import Lab
from common.ledger import Call, Hold, Standing, Terms
from common.storage import to_item

MOST_READS, MOST_WRITES, MOST_CPU_MS = 2, 2, 3.0
ROUNDS = 60
_WARM = 5


class Nothing:
    """Stands for a ledger that lets everything pass and knows nothing."""

    clock = staticmethod(time.time)

    def take(self, call: Call, _: Terms, **_also: Any) -> tuple[Standing, Hold]:
        return Standing(day="2026-11-20"), Hold("nobody's", call.max_microusd, 0, "2026-11-20")

    def settle(self, _: Hold, _usages: Any, **_route: Any) -> Standing:
        return Standing(day="2026-11-20")

    def note_events(self, _: Standing, _budgets: Any) -> None:
        pass


@contextmanager
def without_ledger() -> Iterator[None]:
    """Let requests pass no ledger."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("common.spending.ledger_of", lambda _: Nothing())
        yield


class Added(NamedTuple):
    """A speak with the ledger and without: what it uses, and its median CPU in milliseconds."""

    counted: Usage
    free: Usage
    counted_ms: float
    free_ms: float
    request_ms: float = 0.0
    """The CPU of the smallest request of DynamoDB: most of what the ledger needs is three of these."""

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
    with_ledger: list[float] = []
    without: list[float] = []
    for _ in range(rounds + _WARM):
        with_ledger.append(_cpu_ms(speak))
        with without_ledger():
            without.append(_cpu_ms(speak))
        lab.drain()
    counted = lab.measure(speak)
    with without_ledger():
        free = lab.measure(speak)
    taken = (with_ledger, without, [_cpu_ms(partial(_ask, lab)) for _ in range(rounds + _WARM)])
    return Added(counted, free, *(statistics.median(milliseconds[_WARM:]) for milliseconds in taken))


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
