"""What functions measure, added up for Prometheus."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from local.metrics import Metrics
from tests.local.conftest import Played

STATES = ("visible", "in_flight", "delayed")
Sample = tuple[str, frozenset[tuple[str, str]]]


def _samples(text: str) -> dict[Sample, float]:
    """Read the exposition as Prometheus does."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _sample(name: str, **labels: str) -> Sample:
    return name, frozenset(labels.items())


def _line(name: str, values: Any, unit: str, **dimensions: str) -> str:
    """A line as Powertools prints it."""
    described = {
        "Namespace": "Meddah",
        "Dimensions": [[*dimensions, "service"]],
        "Metrics": [{"Name": name, "Unit": unit}],
    }
    aws = {"Timestamp": 1, "CloudWatchMetrics": [described]}
    return json.dumps({"_aws": aws, **dimensions, "service": "meddah-dev", name: values})


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def test_counts_are_added_up_apart_for_each_set_of_dimensions(metrics: Metrics) -> None:
    metrics.take(_line("JobsFailed", [1.0, 1.0], "Count", kind="image", code="PROVIDER_BUSY"))
    metrics.take(_line("JobsFailed", [1.0], "Count", code="PROVIDER_BUSY", kind="image"))
    metrics.take(_line("JobsFailed", 4, "Count", kind="speech", code="PROVIDER_BUSY"))
    metrics.take(_line("Http5xx", [7.0], "Count"))

    assert _samples(metrics.exposed().decode()) == {
        _sample("meddah_jobs_failed_total", kind="image", code="PROVIDER_BUSY"): 3,
        _sample("meddah_jobs_failed_total", kind="speech", code="PROVIDER_BUSY"): 4,
        _sample("meddah_http5xx_total"): 7,
    }


def test_seconds_are_histograms(metrics: Metrics) -> None:
    metrics.take(_line("JobSeconds", [0.04, 3.0, 4_000.0], "Seconds", kind="image"))

    samples = _samples(metrics.exposed().decode())
    found = {dict(labels)["le"]: value for (name, labels), value in samples.items() if name.endswith("_bucket")}
    assert (found["0.05"], found["2.5"], found["5.0"], found["3600.0"], found["+Inf"]) == (1, 1, 2, 2, 3)
    assert samples[_sample("meddah_job_seconds_count", kind="image")] == 3
    assert samples[_sample("meddah_job_seconds_sum", kind="image")] == pytest.approx(4_003.04)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "REPORT RequestId: x",
        '"_aws"',
        '{"_aws": {',
        '{"_aws": {}}',
        '{"_aws": 7}',
        '{"message": "about \\"_aws\\""}',
        _line("JobsQueued", ["many"], "Count"),
        _line("JobsQueued", [-1], "Count"),
        _line("JobsQueued", None, "Count"),
    ],
)
def test_a_line_that_is_no_metric_counts_nothing_and_harms_nothing(metrics: Metrics, line: str) -> None:
    metrics.take(line)

    assert all(value == 0 for value in _samples(metrics.exposed().decode()).values())


def test_a_metric_that_comes_with_other_dimensions_than_before_is_left_out(metrics: Metrics) -> None:
    metrics.take(_line("JobsQueued", [1.0], "Count", kind="image"))
    metrics.take(_line("JobsQueued", [1.0], "Count", queue="image"))

    assert _samples(metrics.exposed().decode()) == {_sample("meddah_jobs_queued_total", kind="image"): 1}


# ── On a running stack ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_running_stack_shows_what_its_functions_measured(played: Played) -> None:
    assert played.http.get("/troubled/measured").status_code == 200

    done = _sample("meddah_job_seconds_count", kind="image", status="completed")
    samples = _until(played, done)
    assert samples[done] == 2
    assert samples[_sample("meddah_job_seconds_bucket", kind="image", status="completed", le="2.5")] == 1
    assert samples[_sample("meddah_http5xx_total")] == 2


def test_it_shows_how_many_messages_lie_in_each_queue(played: Played) -> None:
    url = played.sqs.get_queue_url(QueueName="unread")["QueueUrl"]
    for _ in range(3):
        played.sqs.send_message(QueueUrl=url, MessageBody="{}")
    played.sqs.send_message(QueueUrl=url, MessageBody="{}", DelaySeconds=900)
    played.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1, VisibilityTimeout=900)

    answer = played.http.get("/metrics")
    samples = _samples(answer.text)

    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = {name: samples[_sample("meddah_queue_messages", queue="unread", state=name)] for name in STATES}
    assert found == {"visible": 2, "in_flight": 1, "delayed": 1}
    assert _sample("meddah_queue_messages", queue="messages", state="visible") in samples


def test_only_reading_it_is_the_stacks_own(played: Played) -> None:
    assert played.http.post("/metrics").status_code == 404
    assert played.http.get("/metrics/").status_code == 404


def _until(played: Played, wanted: Sample) -> dict[Sample, float]:
    """Read until a function's log has arrived: it comes by another way than its answer."""
    for _ in range(50):
        samples = _samples(played.http.get("/metrics").text)
        if wanted in samples:
            return samples
        time.sleep(0.05)
    raise AssertionError(f"{wanted} is not there: {sorted(samples)}")
