"""The template's alarms and its dashboard against the code: what they watch is there, and what is there is watched."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from common.jobs import JobKind
from common.observability import NAMESPACE, metrics
from local.cloudformation import Resolver
from tests.support.deployment import template
from tools.metrics import metrics_in

ROOT = Path(__file__).parent.parent
TEMPLATE = template()
RESOURCES: dict[str, dict[str, Any]] = TEMPLATE.document["Resources"]
MEASURED = {metric.name: set(metric.dimensions) for metric in metrics_in(ROOT / "functions", ROOT / "layers")}
CONSUMED = sorted({source.queue for function in TEMPLATE.functions.values() for source in function.queues})
DEAD_LETTERS = sorted({queue.dead_letters for queue in TEMPLATE.queues.values() if queue.dead_letters})
FREE_METRICS = 50
"""Of each of an account's three free dashboards."""
_SEARCH = re.compile(r"SEARCH\('\{Meddah,([a-z,]+)\} MetricName=\"(\w+)\" service=\"meddah-dev\"', '\w+', 60\)")


def _alarms(metric: str) -> list[dict[str, Any]]:
    alarms = (one["Properties"] for one in RESOURCES.values() if one["Type"] == "AWS::CloudWatch::Alarm")
    return [TEMPLATE.resolver.resolve(alarm) for alarm in alarms if alarm["MetricName"] == metric]


def _dashboard() -> dict[str, Any]:
    overview = RESOURCES["Overview"]
    assert overview["Type"] == "AWS::CloudWatch::Dashboard"
    return json.loads(TEMPLATE.resolver.resolve(overview["Properties"]["DashboardBody"]))


def _shown() -> list[list[str]]:
    """Return every metric on the dashboard in full: namespace, name, then dimensions by name and value."""
    shown: list[list[str]] = []
    for widget in _dashboard()["widgets"]:
        last: list[str] = []
        for line in widget["properties"]["metrics"]:
            cells = [cell for cell in line if isinstance(cell, str)]
            if not cells:
                continue
            if cells[0] == "...":
                cells = last[: len(last) - len(cells[1:])] + cells[1:]
            shown.append(cells)
            last = cells
    return shown


def _searched() -> list[tuple[str, set[str]]]:
    lines = [line[0] for widget in _dashboard()["widgets"] for line in widget["properties"]["metrics"]]
    expressions = [line["expression"] for line in lines if isinstance(line, dict)]
    found = [_SEARCH.fullmatch(expression) for expression in expressions]
    assert all(found), expressions
    return [(one[2], set(one[1].split(","))) for one in found if one]


# ── Alarms ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("queue", CONSUMED)
def test_a_queue_that_lags_raises_one_alarm(queue: str) -> None:
    alarms = [alarm for alarm in _alarms("ApproximateAgeOfOldestMessage") if _queue(alarm) == queue]

    (alarm,) = alarms
    assert alarm["Namespace"] == "AWS/SQS"
    assert alarm["Statistic"] == "Maximum"


@pytest.mark.parametrize("queue", [queue for queue in CONSUMED if "urgent" not in queue])
def test_one_message_that_fails_five_times_is_no_backlog(queue: str) -> None:
    source = next(one for one in TEMPLATE.queues.values() if one.name == queue)
    (alarm,) = (alarm for alarm in _alarms("ApproximateAgeOfOldestMessage") if _queue(alarm) == queue)

    assert source.max_receives is not None
    assert alarm["Threshold"] > source.max_receives * source.visibility_timeout


@pytest.mark.parametrize("queue", DEAD_LETTERS)
def test_the_first_dead_letter_raises_one_alarm(queue: str) -> None:
    (alarm,) = (alarm for alarm in _alarms("ApproximateNumberOfMessagesVisible") if _queue(alarm) == queue)

    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")


def _queue(alarm: dict[str, Any]) -> str:
    (dimension,) = alarm["Dimensions"]
    assert dimension["Name"] == "QueueName"
    return dimension["Value"]


def test_every_alarm_is_told_to_the_topic_and_says_what_it_means() -> None:
    told = Resolver(
        TEMPLATE.document, {"AlarmTopicArn": "topic"}, "eu-central-1", attributes=TEMPLATE.resolver.attributes
    )
    alarms = {name: one["Properties"] for name, one in RESOURCES.items() if one["Type"] == "AWS::CloudWatch::Alarm"}

    for name, alarm in alarms.items():
        actions = [told.resolve(alarm[kind]) for kind in ("AlarmActions", "OKActions")]
        assert actions == [["topic"], ["topic"]], name
        assert alarm["TreatMissingData"] == "notBreaching", name
        assert alarm["AlarmDescription"], name


def test_alarms_on_our_own_metrics_watch_what_the_code_counts() -> None:
    ours = [
        one["Properties"]
        for one in RESOURCES.values()
        if one["Type"] == "AWS::CloudWatch::Alarm" and one["Properties"]["Namespace"] == NAMESPACE
    ]

    assert ours
    assert {alarm["MetricName"] for alarm in ours} <= {name for name, dimensions in MEASURED.items() if not dimensions}


def test_what_is_measured_has_one_namespace() -> None:
    assert metrics.namespace == NAMESPACE == "Meddah"


# ── Dashboard ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_dashboard_shows_only_what_the_code_measures_with_the_dimensions_it_has() -> None:
    ours = [cells for cells in _shown() if cells[0] == NAMESPACE]

    assert ours
    for _, name, *dimensions in ours:
        assert set(dimensions[::2]) == MEASURED[name] | {"service"}, name
        assert dict(zip(dimensions[::2], dimensions[1::2], strict=True))["service"] == "meddah-dev"
    for name, dimensions in _searched():
        assert dimensions == MEASURED[name] | {"service"}, name


def test_the_dashboard_shows_every_kind_of_job() -> None:
    kinds = {
        name: {cells[cells.index("kind") + 1] for cells in _shown() if cells[1] == name}
        for name, dimensions in MEASURED.items()
        if "kind" in dimensions and any(cells[1] == name for cells in _shown())
    }

    assert {"JobsQueued", "JobsStarted", "JobSeconds", "JobWaitSeconds", "StepsRetried"} <= set(kinds)
    assert all(shown == {kind.value for kind in JobKind} for shown in kinds.values())
    assert "JobsFailed" in {name for name, _ in _searched()}


def test_the_dashboard_shows_the_depth_and_the_age_of_every_queue_and_all_dead_letters() -> None:
    of_queues: dict[str, list[str]] = {}
    for namespace, name, *dimensions in _shown():
        if namespace == "AWS/SQS":
            of_queues.setdefault(name, []).append(dimensions[1])

    assert sorted(of_queues["ApproximateAgeOfOldestMessage"]) == CONSUMED
    assert sorted(of_queues["ApproximateNumberOfMessagesVisible"]) == sorted([*CONSUMED, *DEAD_LETTERS])


def test_the_dashboard_is_one_of_the_free_ones() -> None:
    assert len({tuple(cells) for cells in _shown()}) <= FREE_METRICS - len(_searched())


def test_no_two_widgets_overlap() -> None:
    places = [(widget["x"], widget["y"]) for widget in _dashboard()["widgets"]]

    assert len(places) == len(set(places))
    assert all(widget["width"] + widget["x"] <= 24 for widget in _dashboard()["widgets"])


@pytest.mark.parametrize(("wanted", "there"), [("true", True), ("false", False)])
def test_the_dashboard_can_be_left_out(wanted: str, there: bool) -> None:
    resolver = Resolver(TEMPLATE.document, {"Dashboard": wanted}, "eu-central-1")

    assert RESOURCES["Overview"]["Condition"] == "HasDashboard"
    assert resolver.resolve({"Fn::If": ["HasDashboard", True, False]}) is there
