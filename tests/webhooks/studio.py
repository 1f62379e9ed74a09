"""A studio with endpoints, and all that works for it, by a clock of the test's own.

Every effect on the world - a write, a message, a request - is a step at which a worker may die.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from common.clock import new_id
from common.errors import OutboundFailed
from common.events import Event, EventType, Outbox
from common.queues import TenantMessage
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment
from webhooks.models import Delivery, DeliveryMessage, Endpoint, EndpointRequest
from webhooks.repository import Deliveries, Endpoints, Overdue
from webhooks.service import Delivering, create_endpoint, hand_out, watch

NOW = lambda: float(int(time.time()))  # noqa: E731 - the official library compares with the machine's clock
URL = "https://game.example/meddah"
MINUTE, HOUR, DAY = 60, 3_600, 86_400


class Died(BaseException):
    """The worker's process is gone: nothing catches this."""


@dataclass
class Life:
    """Counts steps; dies after the one that is named."""

    dies_after: int | None = None
    steps: int = 0

    def step(self) -> None:
        self.steps += 1
        if self.steps == self.dies_after:
            raise Died


class MortalClient:
    """DynamoDB, with a step after every write."""

    def __init__(self, client: Any, life: Life) -> None:
        self._client, self._life = client, life

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)
        if name not in {"put_item", "update_item", "delete_item", "transact_write_items"}:
            return call

        def written(**request: Any) -> Any:
            answer = call(**request)
            self._life.step()
            return answer

        return written


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Letter:
    """What arrived."""

    url: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verified_by(self, secret: str) -> Any:
        return Webhook(secret).verify(self.body, dict(self.headers))

    def is_signed_with(self, secret: str) -> bool:
        try:
            self.verified_by(secret)
        except WebhookVerificationError:
            return False
        return True


class Receiver:
    """Stands where `Outbound` stands: keeps what arrives, answers as told."""

    def __init__(self, clock: ManualClock) -> None:
        self.letters: list[Letter] = []
        self.at: list[float] = []
        self.answers: list[int | Answer | Exception] = []
        """What is answered next; the last for ever."""
        self.gone: set[str] = set()
        """Addresses that always say 410."""
        self.before_answer: Callable[[], None] = lambda: None
        self.life = Life()
        self._clock = clock

    async def post(self, url: str, *, content: bytes, headers: Mapping[str, str], timeout: float, cap: int) -> Answer:
        assert (timeout, cap) == (15, 4096)
        self.letters.append(Letter(url, content, headers))
        self.at.append(self._clock())
        self.before_answer()
        self.life.step()
        if url in self.gone:
            return Answer(410)
        told = (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]) if self.answers else 200
        if isinstance(told, Exception):
            raise told
        return Answer(told) if isinstance(told, int) else told

    def ids(self) -> set[str]:
        return {letter.id for letter in self.letters}


class ClockQueue:
    """A queue whose delays pass by the test's clock."""

    def __init__(self, clock: ManualClock) -> None:
        self.waiting: list[tuple[float, TenantMessage]] = []
        self.loses = False
        """Whether what workers send gets lost."""
        self.life = Life()
        self._clock = clock

    def send(self, message: TenantMessage, *, delay: int = 0) -> None:
        assert 0 <= delay <= 900, "SQS delays no longer"
        if not self.loses:
            self.waiting.append((self._clock() + delay, message))
        self.life.step()

    def take(self) -> TenantMessage | None:
        """Take the next message whose time has come; as SQS does, it is gone only when its worker is done."""
        due = [entry for entry in self.waiting if entry[0] <= self._clock()]
        if not due:
            return None
        self.waiting.remove(due[0])
        return due[0][1]


class Studio:
    """One tenant, its endpoints and its workers."""

    def __init__(
        self,
        tenant_id: str,
        *,
        deployment: Deployment,
        clock: ManualClock,
        receiver: Receiver,
        queue: ClockQueue | None = None,
    ) -> None:
        self.tenant_id, self.clock, self.receiver = tenant_id, clock, receiver
        self.queue = queue or ClockQueue(clock)
        self.life = Life()
        self.table = deployment.settings.webhooks_table
        self._client = deployment.dynamodb
        self.jitter: Callable[[float, float], float] = lambda low, high: (low + high) / 2

    def lives(self, dies_after: int | None = None) -> Life:
        """Begin another life of the workers."""
        self.life = self.receiver.life = self.queue.life = Life(dies_after)
        return self.life

    @property
    def client(self) -> Any:
        return MortalClient(self._client, self.life)

    @property
    def endpoints(self) -> Endpoints:
        return Endpoints(self.tenant_id, client=self.client, table=self.table, clock=self.clock)

    @property
    def deliveries(self) -> Deliveries:
        return Deliveries(self.tenant_id, client=self.client, table=self.table, clock=self.clock)

    @property
    def outbox(self) -> Outbox:
        return Outbox(self.tenant_id, client=self.client, table=self.table, queue=self.queue, clock=self.clock)  # type: ignore[arg-type]

    @property
    def overdue(self) -> Overdue:
        return Overdue(client=self.client, table=self.table, clock=self.clock)

    async def has_endpoint(self, *events: str, url: str = URL) -> Endpoint:
        wish = EndpointRequest(url=url, events=list(events) or ["*"])
        return await create_endpoint(wish, endpoints=self.endpoints, resolve=None)

    def sees(self, kind: EventType = EventType.JOB_COMPLETED, **given: Any) -> Event:
        """Have something happen, and told."""
        data = given.pop("data", {"job_id": "job_1", "kind": "image", "status": "completed"})
        event = Event(id=new_id("evt"), type=kind, at=self.clock(), data=data, **given)
        self.outbox.write_once(event)
        return event

    async def work(self) -> None:
        """Let the workers do what is to be done now."""
        for _ in range(500):
            message = self.queue.take()
            if message is None:
                return
            await self.step(message)
        raise AssertionError("the workers never come to rest")

    async def step(self, message: TenantMessage) -> None:
        assert isinstance(message, TenantMessage)
        sent = DeliveryMessage.model_validate_json(message.model_dump_json())
        if sent.endpoint_id is None:
            hand_out(sent.event_id, endpoints=self.endpoints, deliveries=self.deliveries, queue=self.queue)  # type: ignore[arg-type]
            return
        await self.delivering().deliver(sent.event_id, sent.endpoint_id)

    def delivering(self) -> Delivering:
        return Delivering(
            self.endpoints, self.deliveries, self.outbox, self.queue, self.receiver, self.jitter  # type: ignore[arg-type]
        )  # fmt: skip

    def watch(self) -> int:
        """Let the watcher look once; what it sends is never lost."""
        loses, self.queue.loses = self.queue.loses, False
        try:
            return watch(self.overdue, queue=self.queue)  # type: ignore[arg-type]
        finally:
            self.queue.loses = loses

    async def lives_on(self, seconds: float, *, every: int = MINUTE) -> None:
        """Let time pass, with the watcher and the workers at work."""
        until = self.clock() + seconds
        while self.clock() < until:
            self.clock.advance(min(every, until - self.clock()))
            self.watch()
            await self.work()

    async def comes_to_rest(self, most: float = 30 * DAY) -> None:
        """Jump from one thing that is due to the next until nothing is, or the time is over."""
        until = self.clock() + most
        await self.work()
        while self.clock() < until:
            due = [at for at, _ in self.queue.waiting] + self._open()
            if not due:
                return
            self.clock.now = max(self.clock(), min(due))
            self.watch()
            await self.work()

    def _open(self) -> list[float]:
        items = self._client.query(
            TableName=self.table,
            IndexName="open-by-due",
            KeyConditionExpression="#open = :open",
            ExpressionAttributeNames={"#open": "open"},
            ExpressionAttributeValues={":open": {"S": "due"}},
        )["Items"]
        return [float(item["due_at"].get("N", 0)) for item in items]

    def told(self, event: Event) -> Sequence[Delivery]:
        return self.deliveries.of_event(event.id)

    def only(self, event: Event) -> Delivery:
        (delivery,) = self.told(event)
        return delivery


def unreachable(reason: str = "unreachable") -> OutboundFailed:
    return OutboundFailed(reason, "Nobody answers")


def run(coroutine: Any) -> Any:
    return asyncio.run(coroutine)
