"""What is logged and counted, and that one invocation's is not the next one's."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from common import observability
from common.observability import count, entry_point, flush, logger, measure, metrics, take_cold_start, trace_of

Lines = Callable[[], list[dict[str, Any]]]


class Context:
    def __init__(self, request_id: str) -> None:
        self.aws_request_id = request_id


@pytest.fixture(autouse=True)
def no_metrics() -> Iterator[None]:
    metrics.clear_metrics()
    yield
    metrics.clear_metrics()
    observability._apart.clear()
    logger.thread_safe_clear_keys()


def test_a_cold_start_is_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(observability._process, "cold", True)

    assert [take_cold_start() for _ in range(3)] == [True, False, False]


FRESH_PROCESS = """
from common.observability import count, entry_point, take_cold_start

def handler(event, context):
    print("cold", take_cold_start())
    count("Http5xx")

for _ in range(2):
    entry_point(handler)({}, None)
"""


def test_a_process_begins_cold_and_counts_for_its_stage() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FRESH_PROCESS],
        capture_output=True,
        text=True,
        check=True,
        env={"POWERTOOLS_SERVICE_NAME": "meddah-staging"},
    )

    first, metric, second, _ = done.stdout.splitlines()
    assert (first, second) == ("cold True", "cold False")
    assert json.loads(metric)["service"] == "meddah-staging"
    assert json.loads(metric)["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]


def test_the_keys_of_one_invocation_are_gone_in_the_next(log: Lines) -> None:
    def handler(event: Any, context: Any) -> None:
        logger.info("before")
        logger.append_keys(**event)
        logger.thread_safe_append_keys(**{f"{name}_here": value for name, value in event.items()})
        logger.info("after")

    observed = entry_point(handler)
    observed({"tenant": "alice"}, Context("1"))
    observed({"world": "w"}, Context("2"))

    first, _, second, last = log()
    assert [line["function_request_id"] for line in log()] == ["1", "1", "2", "2"]
    assert not {"tenant", "tenant_here"} & (set(first) | set(second))
    assert last["world"] == "w"
    assert "tenant_here" not in last


def test_what_was_counted_is_written_in_cloudwatchs_format_at_the_end(capfd: pytest.CaptureFixture[str]) -> None:
    def handler(event: Any, context: Any) -> str:
        count("Http5xx")
        count("Http5xx")
        count("JobsOverdue", 7)
        return "done"

    assert entry_point(handler)({}, None) == "done"

    (line,) = [json.loads(line) for line in capfd.readouterr().out.splitlines() if '"_aws"' in line]
    (described,) = line["_aws"]["CloudWatchMetrics"]
    assert described["Namespace"] == "Meddah"
    assert {one["Name"]: one["Unit"] for one in described["Metrics"]} == {"Http5xx": "Count", "JobsOverdue": "Count"}
    assert (line["Http5xx"], line["JobsOverdue"]) == ([1.0, 1.0], [7.0])


def test_what_was_counted_is_written_even_if_the_handler_breaks_down(capfd: pytest.CaptureFixture[str]) -> None:
    def handler(event: Any, context: Any) -> None:
        count("ProviderErrors")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        entry_point(handler)({}, None)
    assert '"ProviderErrors"' in capfd.readouterr().out
    assert not metrics.metric_set


def _emitted(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capfd.readouterr().out.splitlines() if '"_aws"' in line]


def _dimensions(line: dict[str, Any]) -> set[str]:
    (described,) = line["_aws"]["CloudWatchMetrics"]
    (dimensions,) = described["Dimensions"]
    return set(dimensions)


def test_what_was_measured_is_written_value_by_value_apart_for_each_set_of_dimensions(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def handler(event: Any, context: Any) -> None:
        measure("JobSeconds", 1.5, "Seconds", kind="image", status="completed")
        measure("JobSeconds", 30, "Seconds", status="completed", kind="image")
        measure("JobSeconds", 4, "Seconds", kind="speech", status="failed")
        measure("JobsQueued", 1, "Count", kind="image")

    entry_point(handler)({}, None)

    pictures, speech, queued = _emitted(capfd)
    assert (pictures["kind"], pictures["status"], pictures["JobSeconds"]) == ("image", "completed", [1.5, 30.0])
    assert (speech["kind"], speech["status"], speech["JobSeconds"]) == ("speech", "failed", [4.0])
    assert (queued["kind"], queued["JobsQueued"]) == ("image", [1.0])
    assert _dimensions(pictures) - {"service"} == {"kind", "status"}
    assert pictures["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [{"Name": "JobSeconds", "Unit": "Seconds"}]


def test_two_stages_that_share_an_account_keep_their_measurements_apart() -> None:
    program = "from common.observability import *\nmeasure('JobsQueued', 1, 'Count', kind='image')\nflush()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"POWERTOOLS_SERVICE_NAME": "meddah-staging"},
    )

    line = json.loads(done.stdout)
    assert _dimensions(line) == {"service", "kind"}
    assert line["service"] == "meddah-staging"


def test_what_was_measured_in_one_invocation_is_not_the_next_ones(capfd: pytest.CaptureFixture[str]) -> None:
    observed = entry_point(lambda event, context: measure("JobsQueued", 1, "Count", kind=event))
    observed("image", None)
    observed("speech", None)

    assert [(line["kind"], line["JobsQueued"]) for line in _emitted(capfd)] == [("image", [1.0]), ("speech", [1.0])]


def test_more_values_than_a_line_may_have_are_several_lines(capfd: pytest.CaptureFixture[str]) -> None:
    for second in range(250):
        measure("JobWaitSeconds", second, "Seconds", kind="image")
    flush()

    lines = _emitted(capfd)
    assert [len(line["JobWaitSeconds"]) for line in lines] == [100, 100, 50]
    assert all(line["kind"] == "image" for line in lines)


def test_an_invocation_that_counted_nothing_writes_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    entry_point(lambda event, context: None)({}, None)

    assert capfd.readouterr().out == ""


def test_a_trace_names_types_and_places_and_no_message() -> None:
    def inner() -> None:
        raise KeyError("gizli 7731")

    def outer() -> None:
        try:
            inner()
        except KeyError as error:
            raise ValueError("gizli 7731") from error

    with pytest.raises(ValueError, match="gizli") as raised:
        outer()
    trace = trace_of(raised.value)

    assert trace[0] == "ValueError"
    assert "KeyError" in trace
    assert any(place.endswith(" inner") for place in trace)
    assert "7731" not in " ".join(trace)


def test_a_trace_of_errors_that_caused_each_other_ends() -> None:
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first

    assert len(trace_of(first)) <= 101
