import json
import time
from typing import Any

import pytest

from local.queues import failed_ids
from tests.local.conftest import Played


@pytest.mark.parametrize(
    ("result", "partial", "failed"),
    [
        (None, True, set[str]()),
        ({}, True, set[str]()),
        ("", True, set[str]()),
        ({"batchItemFailures": []}, True, set[str]()),
        ({"batchItemFailures": None}, True, set[str]()),
        ({"batchItemFailures": [{"itemIdentifier": "a"}]}, True, {"a"}),
        ({"batchItemFailures": [{"itemIdentifier": "a"}]}, False, set[str]()),
        ({"batchItemFailures": [{"itemIdentifier": "unknown"}]}, True, {"a", "b"}),
        ({"batchItemFailures": [{"id": "a"}]}, True, {"a", "b"}),
        ({"something": "else"}, True, {"a", "b"}),
        (["odd"], True, {"a", "b"}),
    ],
)
def test_which_messages_failed(result: Any, partial: bool, failed: set[str]) -> None:
    assert failed_ids(result, {"a", "b"}, partial=partial) == failed


def _send(played: Played, *messages: dict[str, Any]) -> float:
    url = played.sqs.get_queue_url(QueueName="messages")["QueueUrl"]
    for message in messages:
        played.sqs.send_message(QueueUrl=url, MessageBody=json.dumps(message), MessageGroupId="tenant_demo")
    return time.time()


def _notes(played: Played, name: str, *, count: int = 1, within: float = 8) -> list[dict[str, Any]]:
    """Wait until the worker has noted `count` deliveries of the message."""
    ends_at = time.time() + within
    notes: list[str] = []
    while len(notes) < count and time.time() < ends_at:
        time.sleep(0.01)
        path = played.record / name
        notes = path.read_text().splitlines() if path.exists() else []
    return [json.loads(note) for note in notes]


def test_a_message_reaches_its_worker_at_once_and_only_once(played: Played) -> None:
    _send(played, {"name": "warm-up"})
    _notes(played, "warm-up")
    sent = _send(played, {"name": "quick"})

    (note,) = _notes(played, "quick")
    assert note["started"] - sent < 0.1
    time.sleep(1.5)  # longer than it would stay invisible
    assert len(_notes(played, "quick")) == 1


def test_a_record_has_the_documented_fields(played: Played) -> None:
    _send(played, {"name": "record"})
    record = _notes(played, "record")[0]["record"]

    assert json.loads(record["body"]) == {"name": "record"}
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == "arn:aws:sqs:eu-central-1:123456789012:messages"
    assert record["awsRegion"] == "eu-central-1"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["attributes"]["MessageGroupId"] == "tenant_demo"
    assert record["attributes"]["SentTimestamp"].isdigit()
    assert {"messageId", "receiptHandle", "md5OfBody", "messageAttributes"} <= record.keys()


def test_only_what_failed_comes_again_and_after_three_deliveries_is_set_aside(played: Played) -> None:
    _send(played, {"name": "good"}, {"name": "bad", "fail": True}, {"name": "fine"})

    counts = [n["record"]["attributes"]["ApproximateReceiveCount"] for n in _notes(played, "bad", count=3)]
    assert counts == ["1", "2", "3"]
    letters = played.sqs.get_queue_url(QueueName="dead-letters")["QueueUrl"]
    found = played.sqs.receive_message(QueueUrl=letters, WaitTimeSeconds=4).get("Messages", [])
    assert [json.loads(message.get("Body", "{}"))["name"] for message in found] == ["bad"]
    assert len(_notes(played, "good")) == len(_notes(played, "fine")) == 1


def test_batches_run_side_by_side_up_to_the_maximum(played: Played) -> None:
    names = [f"side-{number}" for number in range(12)]
    for name in names:
        _send(played, {"name": name, "sleep": 0.15})

    notes = [_notes(played, name)[0] for name in names]
    batches: dict[float, float] = {}
    for note in notes:
        batches[note["started"]] = max(note["ended"], batches.get(note["started"], 0))
    assert max(sum(start <= moment < end for start, end in batches.items()) for moment in batches) == 2


def test_a_worker_that_runs_out_of_time_gets_its_batch_again(played: Played) -> None:
    before = len(played.out.getvalue())
    _send(played, {"name": "slow", "sleep": 1.2})
    ends_at = time.time() + 4
    while "1 message, 1 failed" not in played.out.getvalue()[before:]:
        assert time.time() < ends_at
        time.sleep(0.02)

    assert not _notes(played, "slow", within=0)
