"""A tenant's events on their way out.

    webhooks table   tenant_id + item
      event#<id>     an event, kept 30 days; in the sparse index `open-by-due` until the endpoints have it
      callbacks      the secret that signs what goes to the `callback_url` of single jobs

An event is part of the transaction that makes it true, so it is neither lost nor told of something that was not.
Whoever wrote it sends one message; should that get lost, the watcher finds the event by the index.
"""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict
from ulid import ULID

from common import aws
from common.clock import Clock, new_id, wall_clock
from common.errors import InvalidInput
from common.events.types import EventType
from common.observability import count, logger, trace_of
from common.queues import TenantMessage, TenantQueue
from common.settings import settings
from common.storage import News, StoredJson, to_item, write_if

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT_SECONDS = 30 * 86_400
"""How long events, and what became of their deliveries, can be seen."""
FIRST_DUE_SECONDS = 60
"""After this long the watcher tells of an event that its writer did not tell of."""
DUE = "due"
"""The value of `open` by which the sparse index `open-by-due` finds what is still to be done."""
CALLBACKS = "callbacks"
"""The item with the secret for callbacks."""


class Event(BaseModel):
    """Something that happened."""

    model_config = ConfigDict(frozen=True)

    id: str
    """`evt_` + ULID; the same however often the event is told."""
    type: EventType
    at: float
    """Epoch seconds."""
    data: StoredJson
    """Fits the model that `DATA_OF` has for the type."""
    callback_url: str | None = None
    """Where it is told besides the tenant's endpoints: the `callback_url` of its job."""
    endpoint_id: str | None = None
    """The one endpoint it is meant for (a test); None: every one that wants its type."""


class EventMessage(TenantMessage):
    """Which event wants to be handed to its endpoints."""

    event_id: str


def job_event_id(job_id: str) -> str:
    """Return the id of the one event that tells of a job's (or batch's) end: the same whoever writes it."""
    return f"evt_{job_id.partition('_')[2]}"


def event_id_of(begins_at: float, *names: str) -> str:
    """Return the id of the one event that `names` have in the window that begins at these epoch seconds."""
    random = hashlib.sha256("\n".join(names).encode()).digest()[:10]
    return f"evt_{ULID(int(begins_at * 1000).to_bytes(6, 'big') + random)}"


class Outbox:
    """One tenant's events on their way out."""

    def __init__(
        self, tenant_id: str, *, client: DynamoDBClient, table: str, queue: TenantQueue, clock: Clock = wall_clock
    ) -> None:
        self.tenant_id = tenant_id
        self._client = client
        self._table = table
        self._queue = queue
        self.clock = clock

    def writing(self, event: Event) -> dict[str, Any]:
        """Return the write that makes `event` known, for the transaction that makes it true (2 write units).

        Unconditional: that transaction's own conditions say that it happens once.
        """
        return {"Put": self._put(event)}

    def write_once(self, event: Event) -> bool:
        """Make `event` known by itself and have it told; False where it was known before (1 write unit)."""
        once = {"ConditionExpression": "attribute_not_exists(tenant_id)"}
        written = write_if(self._client.put_item, **self._put(event), **once)
        if written is not None:
            self.tell(event.id)
        return written is not None

    def changed(self, kind: str, change: str, *record_ids: str) -> News:
        """Return what makes a change (`created`, `updated`, `deleted`) of records known, an event for each."""
        events = [
            Event(
                id=new_id("evt"),
                type=EventType(f"{kind}.{change}"),
                at=self.clock(),
                data={f"{kind}_id": record_id},
            )
            for record_id in record_ids
        ]
        return News([self.writing(event) for event in events], partial(self.tell, *(event.id for event in events)))

    def tell(self, *event_ids: str) -> None:
        """Have written events handed to their endpoints soon; never fails, for the watcher makes up for it."""
        for event_id in event_ids:
            try:
                self._queue.send(EventMessage(tenant_id=self.tenant_id, event_id=event_id))
            except Exception as error:  # noqa: BLE001 - whatever the reason, the watcher is the remedy
                logger.warning("event written but not queued", extra={"event_id": event_id, "trace": trace_of(error)})
                count("EventsNotQueued")

    def require_callbacks(self) -> None:
        """Make sure that what goes to a `callback_url` can be signed (1 read unit).

        Raises:
            InvalidInput: the tenant has no secret for it yet.
        """
        answer = self._client.get_item(TableName=self._table, Key=self._key(CALLBACKS), ConsistentRead=True)
        if "Item" not in answer:
            needed = "needs a secret to sign with: call POST /v1/webhooks/callbacks/rotate-secret once"
            raise InvalidInput.field("callback_url", needed)

    def _put(self, event: Event) -> dict[str, Any]:
        due = {"open": DUE, "due_at": event.at + FIRST_DUE_SECONDS}
        kept = {"expires_at": int(event.at) + KEPT_SECONDS}
        stored = to_item(event.model_dump(mode="json") | due | kept)
        return {"TableName": self._table, "Item": stored | self._key(f"event#{event.id}")}

    def _key(self, item: str) -> dict[str, Any]:
        return to_item({"tenant_id": self.tenant_id, "item": item})


def webhook_queue() -> TenantQueue:
    """Return the queue of events to hand out and deliveries to make."""
    return TenantQueue(aws.sqs(), settings().webhook_queue_url)


def outbox_of(tenant_id: str) -> Outbox:
    """Return the tenant's events of this deployment."""
    return Outbox(tenant_id, client=aws.dynamodb(), table=settings().webhooks_table, queue=webhook_queue())
