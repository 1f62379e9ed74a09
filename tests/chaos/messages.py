"""The queues of the template with their event sources, by a clock of the test's own.

As SQS may, they deliver late, in no order and more than once: the same message again although it was dealt with, or a
second one like it. What failed or died comes again when its visibility ends, and five times at most.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from random import Random
from typing import Any

import pytest
from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID

from local.queues import failed_ids, to_event
from local.template import QueueSource
from tests.chaos.deaths import Life
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment
from tests.support.moto_aws import REGION
from tests.vendor.world import invoked

DUPLICATED, LATE, NOT_DELETED = 0.12, 0.25, 0.05
"""Shares: of messages sent that come twice, that come late, and of deliveries whose success SQS does not hear of."""
MOST_LATE_SECONDS = 40
_NO_CHAOS = "memory"


@dataclass
class Source:
    """A queue and who works on it."""

    source: QueueSource
    url: str
    handler: Callable[[Any, Any], Any]
    inside: Any
    """The queue in moto."""

    @property
    def name(self) -> str:
        return self.source.queue


@dataclass
class Messages:
    """All queues that carry slow work and events."""

    clock: ManualClock
    random: Random
    seed: int
    counts: Counter[str] = field(default_factory=Counter[str])
    died_with: Counter[str] = field(default_factory=Counter[str])
    """By message: deliveries that ended in a death."""
    _sent: Counter[str] = field(default_factory=Counter[str])
    _again: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def open(self, deployment: Deployment, patch: pytest.MonkeyPatch) -> None:
        """Find the queues and let their time go by the clock."""
        for name, factor in (("unix_time", 1), ("unix_time_millis", 1000)):
            patch.setattr(f"moto.sqs.models.{name}", lambda *_, factor=factor: self.clock() * factor)
        self._sqs = deployment.sqs
        backend: Any = get_backend("sqs")
        self._backend = backend[DEFAULT_ACCOUNT_ID][REGION]
        queues = self._backend.queues
        self.dead = {name: queue for name, queue in queues.items() if name.endswith("-dead-letters")}
        self.sources: list[Source] = []
        for function in deployment.template.functions.values():
            module, _, name = function.handler.rpartition(".")
            for source in function.queues:
                if not source.queue.endswith(_NO_CHAOS):
                    url = self._sqs.get_queue_url(QueueName=source.queue)["QueueUrl"]
                    handler = getattr(import_module(module), name)
                    self.sources.append(Source(source, url, handler, queues[source.queue]))

    # ── Sending ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def meddle(self, request: dict[str, Any]) -> None:
        """Make a message late, or have it sent twice: what it is about decides, and how often that was sent."""
        about = json.loads(request["MessageBody"])
        name = " ".join(str(about[key]) for key in ("job_id", "event_id", "endpoint_id") if about.get(key))
        self._sent[name] += 1
        drawn = Random(zlib.crc32(f"{self.seed} {self._sent[name]} {name}".encode()))
        asked = request.get("DelaySeconds", 0)
        if drawn.random() < LATE:
            request["DelaySeconds"] = min(900, asked + drawn.randint(1, MOST_LATE_SECONDS))
            self.counts["messages late"] += 1
        if drawn.random() < DUPLICATED:
            self._again.append(request | {"DelaySeconds": min(900, asked + drawn.randint(0, MOST_LATE_SECONDS))})
            self.counts["messages sent twice"] += 1

    def send_again(self) -> None:
        """Send the doubles."""
        while self._again:
            self._sqs.send_message(**self._again.pop())

    # ── Delivering ───────────────────────────────────────────────────────────────────────────────────────────────────

    def ready(self) -> list[Source]:
        """Return the queues that have something to deliver now."""
        return [source for source in self.sources if any(at < self.clock() for at in _times(source))]

    def next_at(self) -> float | None:
        """Return when the next message can be delivered."""
        return min((at for source in self.sources for at in _times(source)), default=None)

    def empty(self, *names: str) -> bool:
        """Whether no message is left, not even a delayed one, in queues whose names end so."""
        return not any(source.inside._messages for source in self.sources if source.name.endswith(names))

    def deliver(self, source: Source, life: Callable[[], Any]) -> None:
        """Deliver one batch in any order as Lambda's poller does, within a life that may end."""
        self.random.shuffle(source.inside._messages)
        size = self.random.randint(1, source.source.batch_size)
        received = self._received(source, size)
        if not received:
            return  # what was there is in the dead letters now
        self.counts["deliveries"] += len(received)
        event = to_event(received, arn=f"arn:aws:sqs:{REGION}:{DEFAULT_ACCOUNT_ID}:{source.name}", region=REGION)
        answer: Any = None
        living: Life
        with life() as living:
            answer = invoked(source.handler, event)
        self.send_again()
        if living.dead:
            self.died_with.update(message.get("MessageId", "") for message in received)
            return
        handles = {message.get("MessageId", ""): message.get("ReceiptHandle", "") for message in received}
        failed = failed_ids(answer, set(handles), partial=True)
        self.counts["deliveries failed"] += len(failed)
        for message_id, handle in handles.items():
            if message_id in failed:
                continue
            if self.random.random() < NOT_DELETED:
                self.counts["deliveries repeated"] += 1
            else:
                source.inside.delete_message(handle)

    def _received(self, source: Source, size: int) -> list[Any]:
        """Receive as `receive_message` does, but from moto itself: half of what would be asked of it is this."""
        visibility = int(source.inside.visibility_timeout)
        return [
            {
                "MessageId": message.id,
                "ReceiptHandle": message.receipt_handle,
                "Body": message.body,
                "Attributes": {
                    "ApproximateReceiveCount": message.approximate_receive_count,
                    "SentTimestamp": message.sent_timestamp,
                    "MessageGroupId": message.group_id,
                },
            }
            for message in self._backend.receive_message(source.name, size, 0, visibility)
        ]

    # ── Dead letters ─────────────────────────────────────────────────────────────────────────────────────────────────

    def dead_letters(self) -> Iterator[tuple[str, dict[str, Any], int]]:
        """Return every dead letter: its queue, what it says, and how many of its deliveries died."""
        for name, queue in self.dead.items():
            for message in queue._messages:
                yield name, json.loads(message.body), self.died_with[message.id]


def _times(source: Source) -> Iterator[float]:
    """When each message can be received, in seconds: after that moment, for SQS's own comparison is strict."""
    for message in source.inside._messages:
        yield max(message.visible_at, message.delayed_until) / 1000
