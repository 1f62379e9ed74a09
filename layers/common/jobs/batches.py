"""Batches: many orders in one call, a job each, and one parent that counts how they end.

    jobs table   tenant_id + job_id
      batch_<ULID>   the parent: which jobs were meant to be, which orders were refused, how many have ended

The parent is stored before its jobs and knows their ids, so a call that dies leaves nothing that cannot be told. Every
job's ending counts itself here in its own transaction. When all have ended, whoever notices first says so, once: the
writes of that are the parent's end and the event `batch.completed`. Until then the parent is in `open-by-due`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

from common import aws
from common.clock import Clock, wall_clock
from common.errors import Busy, NotFound
from common.events import Event, EventType, Outbox, job_event_id, outbox_of
from common.events.types import BatchEventData
from common.jobs.lanes import OPEN
from common.jobs.model import RETENTION_SECONDS
from common.jobs.pointers import Pointers, key_pointer
from common.settings import settings
from common.storage import (
    Record,
    StoredJson,
    TenantRepository,
    from_item,
    to_item,
    transact,
    transact_if,
    write_if,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from common.idempotency import Once
    from common.jobs.model import Job

MOST_ORDERS = 100
DUE_SECONDS = 120
"""How often the watcher looks at a batch that has not ended."""
UNSEALED_SECONDS = 120
"""A call that has not said by then which of its orders were refused has died: what was not stored never will be."""


class Batch(Record):
    """A batch as stored. Times are epoch seconds; `id` is `batch_` + ULID."""

    created_at: float
    job_ids: list[str]
    """One for each order, in their order, also for those that were refused."""
    callback_url: str | None = None
    refused: StoredJson | None = None
    """By the job's id: the error, in the form of a job's, of each order that was not stored. None until that is known
    of all."""
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    finished_at: float | None = None
    expires_at: int | None = None

    @property
    def total(self) -> int:
        """How many jobs it has."""
        return len(self.job_ids) - len(self.refused or {})

    @property
    def ended(self) -> int:
        """How many of its jobs have ended."""
        return self.completed + self.failed + self.cancelled

    @property
    def is_over(self) -> bool:
        """Whether all of its jobs have ended."""
        return self.refused is not None and self.ended >= self.total


class Batches(TenantRepository[Batch]):
    """One tenant's batches."""

    record: ClassVar = Batch
    kind: ClassVar = "batch"
    key: ClassVar = "job_id"
    prefix: ClassVar = "batch"

    def __init__(
        self,
        tenant_id: str,
        *,
        client: DynamoDBClient,
        table: str,
        clock: Clock = wall_clock,
        outbox: Outbox | None = None,
    ) -> None:
        super().__init__(tenant_id, client=client, table=table)
        self.clock = clock
        self._outbox = outbox

    def open(self, batch: Batch, *, once: Once | None = None) -> Batch:
        """Store a new parent, or return the one that an earlier run of the same request stored.

        Raises:
            KeyReused: the request's key stands for another request.
        """
        pointers = Pointers(self.tenant_id, client=self._client, table=self._table, clock=self.clock)
        if once is None:
            transact(self._client, [self.creation(batch)])
            return batch
        name = key_pointer(once)
        naming = pointers.first(name, batch.id, seconds=RETENTION_SECONDS, fingerprint=once.fingerprint)
        if transact_if(self._client, [self.creation(batch), naming]):
            return batch
        found = pointers.get(name)
        if found is None:
            raise Busy("The batch could not be stored; try again")
        once.require_same(found["fingerprint"])
        return self.get(found["points_to"])

    def creation(self, batch: Batch) -> dict[str, Any]:
        """Return the write that stores a new parent, for a transaction (with what else names it)."""
        watched = {"open": OPEN, "due_at": batch.created_at + DUE_SECONDS}
        item = self._item(batch) | to_item(watched)
        return {"Put": {"TableName": self._table, "Item": item, "ConditionExpression": "attribute_not_exists(job_id)"}}

    def get(self, record_id: str) -> Batch:
        """Return the batch as it is now (1 read unit per 4 KB).

        Raises:
            NotFound: no such batch for this tenant, or it ended more than 24 hours ago.
        """
        batch = super().get(record_id)
        if batch.expires_at is not None and batch.expires_at <= self.clock():
            raise NotFound.of(self.kind, record_id)
        return batch

    def glimpse(self, record_id: str) -> Batch:
        """Return the batch as it was a moment ago (half a read unit per 4 KB).

        Raises:
            NotFound: no such batch.
        """
        answer = self._client.get_item(TableName=self._table, Key=self._checked_key(record_id), ConsistentRead=False)
        return self._record(answer["Item"]) if "Item" in answer else self.get(record_id)

    def seal(self, batch_id: str, refused: Mapping[str, Any]) -> Batch:
        """Note which orders were not stored, by their jobs' ids, once all are dealt with; said once."""
        write_if(
            self._client.update_item,
            TableName=self._table,
            Key=self._checked_key(batch_id),
            UpdateExpression="SET refused = :refused",
            ConditionExpression="attribute_exists(job_id) AND attribute_not_exists(refused)",
            ExpressionAttributeValues=to_item({":refused": json.dumps(refused, ensure_ascii=False)}),
        )
        return self.note_end(batch_id)

    def counting(self, ended: Job) -> list[dict[str, Any]]:
        """Return the write by which a job that ends counts itself in its batch, for the transaction that ends it.

        Unconditional: a job ends once, and its batch outlives it.
        """
        if ended.batch_id is None:
            return []
        update = {
            "TableName": self._table,
            "Key": self._key(ended.batch_id),
            "UpdateExpression": "ADD #status :one",
            "ExpressionAttributeNames": {"#status": ended.status.value},
            "ExpressionAttributeValues": to_item({":one": 1}),
        }
        return [{"Update": update}]

    def note_end(self, batch_id: str) -> Batch:
        """End a batch whose jobs have all ended, with its event, once (1 read unit per 4 KB, 2 writes at the end).

        Raises:
            NotFound: no such batch.
        """
        batch = self.get(batch_id)
        return self._end(batch) if batch.is_over and batch.finished_at is None else batch

    def postpone(self, batch_id: str) -> Batch | None:
        """Move the watcher's next look away and return the batch; None if it ended or another was quicker."""
        now = self.clock()
        answer = write_if(
            self._client.update_item,
            TableName=self._table,
            Key=self._checked_key(batch_id),
            UpdateExpression="SET due_at = :due_at",
            ConditionExpression="due_at <= :now",
            ExpressionAttributeValues=to_item({":due_at": now + DUE_SECONDS, ":now": now}),
            ReturnValues="ALL_NEW",
        )
        return self._record(answer["Attributes"]) if answer is not None else None

    def stored(self, job_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return what is stored of up to 100 jobs, by id, as raw values; those that are not stored are missing."""
        found: dict[str, dict[str, Any]] = {}
        asked: Any = {self._table: {"Keys": [self._key(job_id) for job_id in job_ids], "ConsistentRead": True}}
        for _ in range(MOST_ORDERS):
            if not asked:
                break
            answer = self._client.batch_get_item(RequestItems=asked)
            for item in answer["Responses"].get(self._table, []):
                values = from_item(item)
                found[values["job_id"]] = values
            asked = answer.get("UnprocessedKeys")
        return found

    def _end(self, batch: Batch) -> Batch:
        now = self.clock()
        ended = batch.model_copy(update={"finished_at": now, "expires_at": int(now) + RETENTION_SECONDS})
        update = {
            "TableName": self._table,
            "Key": self._key(batch.id),
            "UpdateExpression": "SET finished_at = :now, expires_at = :expires_at REMOVE #open, due_at",
            "ConditionExpression": "attribute_exists(job_id) AND attribute_not_exists(finished_at)",
            "ExpressionAttributeNames": {"#open": "open"},
            "ExpressionAttributeValues": to_item({":now": now, ":expires_at": ended.expires_at}),
        }
        outbox = self._outbox or outbox_of(self.tenant_id)
        event = event_of(ended)
        if not transact_if(self._client, [{"Update": update}, outbox.writing(event)]):
            return self.get(batch.id)
        outbox.tell(event.id)
        return ended


def event_of(batch: Batch) -> Event:
    """Return the event that tells of a batch's end."""
    told = BatchEventData(
        batch_id=batch.id,
        total=batch.total,
        completed=batch.completed,
        failed=batch.failed,
        cancelled=batch.cancelled,
    )
    return Event(
        id=job_event_id(batch.id),
        type=EventType.BATCH_COMPLETED,
        at=batch.finished_at or batch.created_at,
        data=told.model_dump(mode="json"),
        callback_url=batch.callback_url,
    )


def batches_of(tenant_id: str) -> Batches:
    """Return the tenant's batches in this deployment's table."""
    return Batches(tenant_id, client=aws.dynamodb(), table=settings().jobs_table)
