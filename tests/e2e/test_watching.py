"""A running stack is watched as an operator does it: its metrics, and the messages that it gave up."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.conftest import Finished
from tests.support.stack import ROOT

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def _samples(stack: str) -> Samples:
    families = text_string_to_metric_families(httpx.get(f"{stack}/metrics", timeout=20).text)
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def _of(samples: Samples, name: str, **labels: str) -> float:
    return samples.get((name, frozenset(labels.items())), 0)


def test_a_job_is_counted_at_each_of_its_stages(stack: str, alice: httpx.Client, finished: Finished) -> None:
    before = _samples(stack)

    order = alice.post("/v1/voice/tts", json={"text": f"Sayılan bir söz, {time.time_ns()}."})
    assert finished(alice, order.json()["job_id"])["status"] == "completed"

    expected = {
        "meddah_jobs_queued_total": {"kind": "speech"},
        "meddah_jobs_started_total": {"kind": "speech"},
        "meddah_job_wait_seconds_count": {"kind": "speech"},
        "meddah_job_seconds_count": {"kind": "speech", "status": "completed"},
    }
    deadline = time.monotonic() + 5
    while True:
        after = _samples(stack)
        grown = {n: _of(after, n, **labels) - _of(before, n, **labels) for n, labels in expected.items()}
        if all(more >= 1 for more in grown.values()) or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    assert all(more >= 1 for more in grown.values()), grown


@pytest.fixture
def sqs(stack: str) -> SQSClient:
    """The stack's queues, found as the operator's command line finds them."""
    found = json.loads((ROOT / "build" / "local" / f"{stack.rpartition(':')[2]}.json").read_text(encoding="utf-8"))
    return boto3.client(
        "sqs",
        endpoint_url=found["environment"]["AWS_ENDPOINT_URL_SQS"],
        region_name="eu-central-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


def _admin(stack: str, *arguments: str) -> Any:
    command = [sys.executable, "-m", "admin", "--port", stack.rpartition(":")[2], "dead-letters", *arguments, "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_a_message_that_was_given_up_is_seen_and_sent_back(stack: str, sqs: SQSClient) -> None:
    url = sqs.get_queue_url(QueueName="meddah-dev-finish-dead-letters")["QueueUrl"]
    letter = {"tenant_id": "tenant_demo", "job_id": f"job_{time.time_ns():026d}"}
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(letter), MessageGroupId="tenant_demo")

    (listed,) = _admin(stack, "list", "finish")["items"]
    assert (listed["tenant_id"], listed["about"]) == (letter["tenant_id"], letter["job_id"])
    held = {"queue": "meddah-dev-finish-dead-letters", "state": "visible"}
    assert _of(_samples(stack), "meddah_queue_messages", **held) == 1

    assert _admin(stack, "redrive", "finish")["moved"] == 1
    assert _admin(stack, "list", "finish")["items"] == []
