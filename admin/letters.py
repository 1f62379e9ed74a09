"""Dead letters: messages that SQS set aside after five deliveries, and their way back."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from common.clock import Clock, wall_clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

MOST = 10_000
"""Messages moved by one command."""
SUFFIX = "-dead-letters"
_HELD_SECONDS = 60
"""How long nobody else receives what is being looked at."""
_AT_ONCE = 10
_IDS = ("job_id", "event_id", "character_id")
"""What a message can be about, in the fields of our own messages."""
_GROUP = "MessageGroupId"
"""By which SQS serves tenants fairly: it is the tenant again on the way back."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


@dataclass(frozen=True, slots=True)
class Letter:
    """What may be said of a message: whose and about what, never its content."""

    queue: str
    message_id: str
    age_seconds: int
    """Since it was first sent."""
    tenant_id: str | None
    about: str | None
    """The id of a job, an event or a character; None where the message is not one of ours."""
    receives: int
    """Deliveries before it was set aside, and every look since."""


@dataclass(frozen=True, slots=True)
class Redriven:
    """What became of a wish to send letters back."""

    moved: int | None
    """None: SQS does it by itself, in the background."""
    task: str | None = None


class DeadLetters:
    """The dead-letter queues of one deployment, all named `<prefix><queue>-dead-letters`."""

    def __init__(self, client: SQSClient, *, prefix: str, moves: bool, clock: Clock = wall_clock) -> None:
        """`moves`: whether this SQS has move tasks, as AWS's own does."""
        self._client = client
        self._prefix = prefix
        self._moves = moves
        self._clock = clock

    def queues(self) -> list[str]:
        """Return the names of the queues that set letters aside, as `image`."""
        return sorted(self._urls())

    def look(self, queue: str, *, most: int) -> list[Letter]:
        """Return up to `most` letters of `queue`; nobody else can receive them meanwhile, everybody afterwards."""
        url = self._url(queue)
        held: list[MessageTypeDef] = []
        try:
            for messages in self._received(url, min(most, self._waiting(url))):
                held += messages
        finally:
            self._let_go(url, held)
        return [self._letter(queue, message) for message in held]

    def redrive(self, queue: str, *, most: int | None) -> Redriven:
        """Send letters back to where they came from: all of them, or at most `most`.

        A letter is deleted only once it has been sent: an interruption sends it twice, which every worker expects, and
        loses none. What comes back meanwhile is left for another time.
        """
        url = self._url(queue)
        if self._moves and most is None:
            task = self._client.start_message_move_task(SourceArn=self._attribute(url, "QueueArn"))
            return Redriven(moved=None, task=task["TaskHandle"])
        sources = self._sources(url)
        moved = 0
        for messages in self._received(url, min(MOST if most is None else most, self._waiting(url))):
            for message in messages:
                self._send_back(message, url, self._source(queue, message, sources))
                moved += 1
        return Redriven(moved=moved)

    def _urls(self) -> dict[str, str]:
        found = self._client.list_queues(QueueNamePrefix=self._prefix).get("QueueUrls", [])
        named = {url.rpartition("/")[2].removeprefix(self._prefix): url for url in found}
        return {name.removesuffix(SUFFIX): url for name, url in named.items() if name.endswith(SUFFIX)}

    def _url(self, queue: str) -> str:
        urls = self._urls()
        if queue not in urls:
            raise typer.BadParameter(f"no queue {queue!r} sets letters aside here; these do: {', '.join(sorted(urls))}")
        return urls[queue]

    def _attribute(self, url: str, name: Any) -> str:
        return self._client.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name]

    def _waiting(self, url: str) -> int:
        return int(self._attribute(url, "ApproximateNumberOfMessages"))

    def _received(self, url: str, most: int) -> Iterator[list[MessageTypeDef]]:
        """Receive up to `most` messages, ten at a time, until there are no more."""
        left = most
        while left > 0:
            messages = self._client.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=min(_AT_ONCE, left),
                VisibilityTimeout=_HELD_SECONDS,
                WaitTimeSeconds=1,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            if not messages:
                return
            left -= len(messages)
            yield messages

    def _let_go(self, url: str, held: list[MessageTypeDef]) -> None:
        entries: list[Any] = [
            {"Id": str(place), "ReceiptHandle": message.get("ReceiptHandle", ""), "VisibilityTimeout": 0}
            for place, message in enumerate(held)
        ]
        for first in range(0, len(entries), _AT_ONCE):
            self._client.change_message_visibility_batch(QueueUrl=url, Entries=entries[first : first + _AT_ONCE])

    def _letter(self, queue: str, message: MessageTypeDef) -> Letter:
        attributes = _attributes_of(message)
        told = _told(message.get("Body", ""))
        return Letter(
            queue=queue,
            message_id=message.get("MessageId", ""),
            age_seconds=max(0, int(self._clock() - int(attributes.get("SentTimestamp", "0")) / 1000)),
            tenant_id=told.get("tenant_id"),
            about=next((told[name] for name in _IDS if name in told), None),
            receives=int(attributes.get("ApproximateReceiveCount", "0")),
        )

    def _sources(self, url: str) -> dict[str, str]:
        found = self._client.list_dead_letter_source_queues(QueueUrl=url)["queueUrls"]
        return {source.rpartition("/")[2]: source for source in found}

    def _source(self, queue: str, message: MessageTypeDef, sources: Mapping[str, str]) -> str:
        """Return the queue a letter came from; the one of its name where SQS does not say (several share a letterbox).

        That one will do: a message means the same in the urgent and in the normal queue of its kind.
        """
        came_from = _attributes_of(message).get("DeadLetterQueueSourceArn", "").rpartition(":")[2]
        source = sources.get(came_from) or sources.get(self._prefix + queue)
        if source is None:
            raise typer.BadParameter(f"no queue {self._prefix + queue} takes these letters back")
        return source

    def _send_back(self, message: MessageTypeDef, url: str, source: str) -> None:
        group: dict[str, Any] = {name: value for name, value in _attributes_of(message).items() if name == _GROUP}
        self._client.send_message(
            QueueUrl=source,
            MessageBody=message.get("Body", ""),
            MessageAttributes=message.get("MessageAttributes", {}),
            **group,
        )
        self._client.delete_message(QueueUrl=url, ReceiptHandle=message.get("ReceiptHandle", ""))


def _attributes_of(message: MessageTypeDef) -> dict[str, str]:
    return {str(name): value for name, value in message.get("Attributes", {}).items()}


def _told(body: str) -> dict[str, str]:
    """Return the ids that a message of ours names; nothing that does not look like one."""
    try:
        fields = dict(json.loads(body))
    except (ValueError, TypeError):
        return {}
    named = {name: fields.get(name) for name in ("tenant_id", *_IDS)}
    return {name: value for name, value in named.items() if isinstance(value, str) and _ID.fullmatch(value)}
