"""Batches from SQS: one message at a time, each failed one reported by itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from common.queues import TenantMessage
from common.sqs import MAX_DELIVERIES, sqs_handler

Lines = Callable[[], list[dict[str, Any]]]
SECRET = "gizli söz 7731"


class Greeting(TenantMessage):
    word: str


class Worker:
    """Remembers what was delivered to it; some words it cannot bear."""

    def __init__(self) -> None:
        self.delivered: list[tuple[str, int]] = []

    async def deliver(self, message: Greeting, deliveries: int) -> None:
        self.delivered.append((message.word, deliveries))
        if message.word.startswith("bad"):
            raise RuntimeError(SECRET)


@pytest.fixture
def worker() -> Worker:
    return Worker()


def _record(message_id: str, body: str, deliveries: int = 1) -> dict[str, Any]:
    return {
        "messageId": message_id,
        "receiptHandle": f"handle-{message_id}",
        "body": body,
        "attributes": {"ApproximateReceiveCount": str(deliveries)},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:queue",
        "awsRegion": "eu-central-1",
    }


def _body(word: str) -> str:
    return json.dumps({"tenant_id": "alice", "word": word})


class Queue:
    """Keeps when which message is to come again."""

    name = "queue"

    def __init__(self, error: Exception | None = None) -> None:
        self.again: list[tuple[str, int]] = []
        self.error = error

    def deliver_again(self, receipt_handle: str, *, delay: int) -> None:
        if self.error:
            raise self.error
        self.again.append((receipt_handle, delay))


def _run(worker: Worker, *records: dict[str, Any], queue: Queue | None = None) -> list[str]:
    """Return the ids of the messages that are reported as failed."""
    waiting = queue or Queue()
    answer = sqs_handler(Greeting, worker.deliver, queue=lambda: waiting)({"Records": list(records)}, None)
    assert set(answer) == {"batchItemFailures"}
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_of_three_messages_only_the_bad_one_comes_again(worker: Worker) -> None:
    failed = _run(worker, _record("1", _body("a")), _record("2", _body("bad")), _record("3", _body("c")))

    assert failed == ["2"]
    assert sorted(word for word, _ in worker.delivered) == ["a", "bad", "c"]


def test_a_batch_that_went_well_reports_nothing(worker: Worker) -> None:
    assert _run(worker, _record("1", _body("a")), _record("2", _body("b"))) == []


def test_a_batch_that_failed_as_a_whole_is_reported_message_by_message(worker: Worker) -> None:
    assert sorted(_run(worker, _record("1", _body("bad")), _record("2", _body("bad too")))) == ["1", "2"]


@pytest.mark.parametrize(
    "body", ["", "{", "null", "[]", '"x"', '{"word": "a"}', '{"tenant_id": "alice"}', '{"tenant_id": 7, "word": "a"}']
)
def test_what_is_not_our_message_is_reported_and_delivered_to_nobody(worker: Worker, log: Lines, body: str) -> None:
    assert _run(worker, _record("1", body), _record("2", _body("b"))) == ["1"]
    assert worker.delivered == [("b", 1)]
    assert [line["message"] for line in log()] == ["not one of our messages"]


def test_deliveries_are_counted(worker: Worker) -> None:
    _run(worker, _record("1", _body("a"), 1), _record("2", _body("b"), 4))

    assert sorted(worker.delivered) == [("a", 1), ("b", 4)]


def test_a_failed_delivery_is_logged_with_its_place_and_without_its_words(worker: Worker, log: Lines) -> None:
    _run(worker, _record("message-1", _body("bad")))

    (line,) = [one for one in log() if one["level"] == "WARNING"]
    assert (line["message"], line["message_id"], line["trace"][0]) == ("delivery failed", "message-1", "RuntimeError")
    assert "7731" not in json.dumps(log(), ensure_ascii=False)


def test_a_warm_worker_remembers_nothing_of_its_last_batch(worker: Worker) -> None:
    handler = sqs_handler(Greeting, worker.deliver, queue=Queue)
    first = handler({"Records": [_record("1", _body("bad"))]}, None)
    second = handler({"Records": [_record("2", _body("b"))]}, None)

    assert [failure["itemIdentifier"] for failure in first["batchItemFailures"]] == ["1"]
    assert second == {"batchItemFailures": []}


def test_a_failed_message_comes_again_sooner_than_its_visibility_ends_and_later_each_time(worker: Worker) -> None:
    queue = Queue()
    for deliveries in (1, 2, 3, 4, 5):
        _run(worker, _record(str(deliveries), _body("bad"), deliveries), _record("0", _body("good")), queue=queue)

    assert queue.again == [("handle-1", 5), ("handle-2", 15), ("handle-3", 45), ("handle-4", 135), ("handle-5", 135)]


def test_of_several_queues_the_one_a_message_came_from_delivers_it_again(worker: Worker) -> None:
    normal, urgent = Queue(), Queue()
    urgent.name = "urgent"
    handler = sqs_handler(Greeting, worker.deliver, queue=lambda: normal, others=[lambda: urgent])
    arn = "arn:aws:sqs:eu-central-1:123456789012:urgent"
    handler({"Records": [_record("1", _body("bad")), _record("2", _body("bad")) | {"eventSourceARN": arn}]}, None)

    assert (normal.again, urgent.again) == ([("handle-1", 5)], [("handle-2", 5)])


def test_a_queue_that_cannot_be_told_delivers_again_all_the_same(worker: Worker) -> None:
    assert _run(worker, _record("1", _body("bad")), queue=Queue(ConnectionError("away"))) == ["1"]


def test_a_message_that_is_given_up_is_counted_for_its_queue(worker: Worker, capfd: pytest.CaptureFixture[str]) -> None:
    _run(worker, _record("1", _body("bad"), MAX_DELIVERIES - 1), _record("2", _body("good"), MAX_DELIVERIES))
    assert "MessagesGivenUp" not in capfd.readouterr().out

    _run(worker, _record("3", _body("bad"), MAX_DELIVERIES), _record("4", "not one of ours", MAX_DELIVERIES))

    (line,) = [json.loads(line) for line in capfd.readouterr().out.splitlines() if "MessagesGivenUp" in line]
    assert (line["queue"], line["MessagesGivenUp"]) == ("queue", [1.0, 1.0])
