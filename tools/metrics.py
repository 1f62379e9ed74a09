"""What the code counts and measures, found by reading it, and what each means: `tools.tables` makes a table of it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MEANINGS = {
    "AnswersNotKept": "answers under an `Idempotency-Key` that could not be kept",
    "CacheFailures": "times that the cache of replies could not be asked or filled",
    "CallsRefused": "calls refused by a limit or a budget",
    "EndsNotFollowedUp": "jobs that ended without the next one being woken at once; the watcher does it",
    "EventsNotQueued": "events written whose message was not sent; the watcher sends it",
    "Http5xx": "answers of the application with status 500 and above",
    "JobSeconds": "from order to end, for each job that had to be made",
    "JobWaitSeconds": "from order to the worker's first claim",
    "JobsCancelled": "jobs ended by their studio",
    "JobsChargedLate": "jobs that had ended at no cost and cost something after all",
    "JobsCompleted": "jobs that ended with a result",
    "JobsFailed": "jobs that ended with an error, by its code ([06-errors.md](06-errors.md))",
    "JobsNotQueued": "jobs stored whose message was not sent; the watcher sends it",
    "JobsOverdue": "jobs that the watcher had to look after",
    "JobsQueued": "jobs ordered; those answered from the cache are not",
    "JobsStarted": "jobs claimed for the first time",
    "JobsTurnedAway": "times that a job found no place in its tenant's lane and went on waiting",
    "JobsWoken": "messages sent to jobs that waited for a place",
    "LimitsNotChecked": "requests let through without the ledger",
    "MessagesGivenUp": "messages whose fifth delivery failed: dead letters",
    "NotLookedAfter": "jobs, batches and lanes that the watcher could not deal with",
    "NotSettled": "requests whose cost could not be written to the ledger",
    "ProviderCalls": "calls to models while a caller waits",
    "ProviderErrors": "those that failed",
    "ProviderFallbacks": "times that another model was asked instead",
    "ProviderMisconfigured": "times that the vendor refused us, not the order",
    "RepliesWithheld": "replies that the moderation kept back",
    "StepsRetried": "steps of jobs that failed and will be tried again",
    "SubmissionsUnclear": "orders of which nobody knows whether the vendor took them",
    "WebhookAttemptSeconds": "one attempt to deliver an event to an endpoint",
    "WebhookSeconds": "from an event to the attempt that delivered it",
    "WebhooksDisabled": "endpoints disabled because they were gone or failed for days",
    "WebhooksGivenUp": "deliveries given up after the last attempt",
    "WebhooksOverdue": "events and deliveries that the watcher had to look after",
}
"""A metric that the code has and this has not, or the other way round, is an error."""


class Metric(NamedTuple):
    """A metric as CloudWatch sees it, but for the stage."""

    name: str
    unit: str
    dimensions: tuple[str, ...]


class Untold(ValueError):
    """Code and MEANINGS do not fit, or the code does not say plainly what it measures."""


def metrics_in(*roots: Path) -> list[Metric]:
    """Return every metric of the code below `roots`, by name.

    Raises:
        Untold: see there.
    """
    found: dict[str, Metric] = {}
    for path in sorted(path for root in roots for path in root.rglob("*.py")):
        for metric in _in_module(path):
            if found.setdefault(metric.name, metric) != metric:
                raise Untold(f"{metric.name} is measured in two ways; one of them in {path.name}")
    return [found[name] for name in sorted(found)]


def explained(metrics: list[Metric]) -> list[tuple[Metric, str]]:
    """Return each with what it means.

    Raises:
        Untold: see there.
    """
    names = {metric.name for metric in metrics}
    if odd := sorted(names ^ set(MEANINGS)):
        raise Untold(f"only the code or only tools/metrics.py has: {', '.join(odd)}")
    return [(metric, MEANINGS[metric.name]) for metric in metrics]


def _in_module(path: Path) -> Iterator[Metric]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id == "count":
            yield Metric(_text(node, 0, path), "Count", ())
        elif node.func.id == "measure":
            dimensions = tuple(sorted(keyword.arg or "?" for keyword in node.keywords))
            yield Metric(_text(node, 0, path), _text(node, 2, path), dimensions)


def _text(call: ast.Call, place: int, path: Path) -> str:
    argument = call.args[place] if len(call.args) > place else None
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    raise Untold(f"{path.name}:{call.lineno} does not name its metric and unit plainly")
