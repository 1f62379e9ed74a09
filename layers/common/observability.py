"""One log line per request or message, metrics in CloudWatch's embedded format, and nothing a player said.

Log lines hold names and numbers only: tenant, route, status, duration. Texts, keys and prompts never reach the log; an
exception is logged with its stack but without the values in its message, which may quote input.
"""

from __future__ import annotations

import functools
import logging
import traceback
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

if TYPE_CHECKING:
    from collections.abc import Callable

NAMESPACE = "Meddah"

logger = Logger(log_uncaught_exceptions=False, use_rfc3339=True)
metrics = Metrics(namespace=NAMESPACE)

T = TypeVar("T")
Unit = Literal["Count", "Seconds"]
_apart: dict[tuple[tuple[str, str], ...], EphemeralMetrics] = {}
"""What was measured since the last flush, by its dimensions: a line of CloudWatch's format has room for one set."""
_process = {"cold": True}

# httpx names every address it calls at level INFO, our callback's token among them, and Lambda sets the root logger to
# the application's level.
logging.getLogger("httpx").setLevel(logging.WARNING)


def take_cold_start() -> bool:
    """Whether this is the process's first request or batch; True once."""
    cold, _process["cold"] = _process["cold"], False
    return cold


def trace_of(error: BaseException) -> list[str]:
    """Return the error's types and places (file:line function), without messages: those may hold player text."""
    lines: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(lines) < 100:
        lines.append(type(seen).__name__)
        lines.extend(f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(seen.__traceback__))
        seen = seen.__cause__ or seen.__context__
    return lines


def count(name: str, value: float = 1, unit: MetricUnit = MetricUnit.Count) -> None:
    """Add to a metric of the running invocation."""
    metrics.add_metric(name=name, unit=unit, value=value)


def measure(name: str, value: float, unit: Unit, **dimensions: str) -> None:
    """Add a value to a metric of the running invocation, apart for each combination of `dimensions`.

    CloudWatch keeps, and bills, every combination as a metric of its own: dimensions are kinds, states and codes, of
    which there are few; never a tenant or an id. Seconds are kept one by one, so percentiles can be asked for.
    """
    family = tuple(sorted(dimensions.items()))
    if family not in _apart:
        _apart[family] = EphemeralMetrics(namespace=NAMESPACE)
        for dimension in family:
            _apart[family].add_dimension(*dimension)
    _apart[family].add_metric(name=name, unit=unit, value=value)


def flush() -> None:
    """Write what was counted and measured since the last time, one line for each set of dimensions."""
    measured = [metrics, *_apart.values()]
    _apart.clear()
    for each in measured:
        if each.metric_set:
            each.flush_metrics()


def entry_point(handler: Callable[[Any, Any], T]) -> Callable[[Any, Any], T]:
    """Return a Lambda handler that forgets the previous invocation's log keys and flushes metrics at its end."""

    @functools.wraps(handler)
    def observed(event: Any, context: Any) -> T:
        logger.registered_formatter.clear_state()
        logger.thread_safe_clear_keys()
        logger.append_keys(function_request_id=getattr(context, "aws_request_id", None))
        try:
            return handler(event, context)
        finally:
            flush()

    return observed
