"""The writes that end a job: only one of many can win, and everything that follows is in its transaction.

That is: the settlement of what the job reserved, the place it held in its lane, the event that tells of its end, its
count in its batch. So a job is paid for, told of and counted once, whoever ends it and however often it is tried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from common.clock import Clock, wall_clock
from common.events import Outbox, outbox_of
from common.jobs.batches import Batches
from common.jobs.lanes import Lanes
from common.jobs.model import RETENTION_SECONDS, Job, JobStatus, can_become
from common.jobs.news import ending_of
from common.jobs.pointers import Pointers, client_pointer
from common.jobs.reuse import completion
from common.jobs.waiting import Waiting
from common.ledger import Hold, Ledger
from common.observability import measure
from common.storage import TenantRepository, to_item, transact_if

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from common.providers import Usage


class JobEndings(TenantRepository[Job]):
    """How one tenant's jobs end."""

    record: ClassVar = Job
    kind: ClassVar = "job"
    key: ClassVar = "job_id"
    prefix: ClassVar = "job"

    def __init__(
        self, tenant_id: str, *, client: DynamoDBClient, table: str, ledger: Ledger, clock: Clock = wall_clock
    ) -> None:
        super().__init__(tenant_id, client=client, table=table)
        self.clock = clock
        self.ledger = ledger

    @property
    def pointers(self) -> Pointers:
        """The jobs' other names."""
        return Pointers(self.tenant_id, client=self._client, table=self._table, clock=self.clock)

    @property
    def lanes(self) -> Lanes:
        """How many of the jobs run."""
        return Lanes(self.tenant_id, client=self._client, table=self._table, clock=self.clock)

    @property
    def waiting(self) -> Waiting:
        """The jobs that wait for a place."""
        return Waiting(self.tenant_id, client=self._client, table=self._table)

    @property
    def batches(self) -> Batches:
        """The batches that the jobs were ordered in."""
        return Batches(self.tenant_id, client=self._client, table=self._table, clock=self.clock, outbox=self.outbox)

    @property
    def outbox(self) -> Outbox:
        """The events that tell of the jobs."""
        return outbox_of(self.tenant_id)

    def complete(
        self, job: Job, *, result: dict[str, Any], asset_key: str, receipt: dict[str, Any], usages: Sequence[Usage]
    ) -> Job | None:
        """End a claimed job with its result and settle it; None if it is no longer ours to end."""
        ended = {"result": result, "receipt": receipt, "asset_key": asset_key}
        return self._end(job, JobStatus.COMPLETED, ended, usages=usages, condition=("attempts", job.attempts))

    def fail(self, job: Job, *, error: dict[str, Any], receipt: dict[str, Any], usages: Sequence[Usage]) -> Job | None:
        """End a job with the error its studio will see and settle it; None if it is no longer ours to end."""
        ended = {"error": error, "receipt": receipt}
        return self._end(job, JobStatus.FAILED, ended, usages=usages, condition=("attempts", job.attempts))

    def cancel(self, job: Job, *, receipt: dict[str, Any], usages: Sequence[Usage]) -> Job | None:
        """End a job because its studio no longer wants it, whoever holds it, and settle it.

        None if it has ended, or if it was claimed or the vendor's id of it has become known since it was read.
        """
        ended = {"receipt": receipt, "lease_until": 0.0}
        return self._end(job, JobStatus.CANCELLED, ended, usages=usages, condition=("request_id", job.request_id))

    def charge(self, job: Job, *, receipt: dict[str, Any], usages: Sequence[Usage]) -> None:
        """Note that a job which ended at no cost was paid for after all; once, however often it is said."""
        charged = job.model_copy(update={"receipt": receipt})
        update = {
            "TableName": self._table,
            "Key": self._checked_key(job.id),
            "UpdateExpression": "SET receipt = :receipt, charged = :true",
            "ConditionExpression": "attribute_exists(job_id) AND attribute_not_exists(charged)",
            "ExpressionAttributeValues": to_item(
                {":receipt": charged.model_dump(mode="json", include={"receipt"})["receipt"], ":true": True}
            ),
        }
        nothing_reserved = Hold("", 0, 0, job.reserved_on, job.player_id)
        settlement = self.ledger.settlement(nothing_reserved, usages, route=job.route, requests=0)
        transact_if(self._client, [{"Update": update}, *settlement])

    def following(self, ended: Job) -> list[dict[str, Any]]:
        """Return the writes that belong into the transaction in which a job ends, or is born with its end."""
        return [self.outbox.writing(ending_of(ended)), *self.batches.counting(ended)]

    def _end(
        self,
        job: Job,
        status: JobStatus,
        values: dict[str, Any],
        *,
        usages: Sequence[Usage],
        condition: tuple[str, Any],
    ) -> Job | None:
        if not can_become(job.status, status):
            return None
        now = self.clock()
        fields = values | {"finished_at": now, "expires_at": int(now) + RETENTION_SECONDS, "lease_until": 0.0}
        ended = job.model_copy(update=fields | {"status": status})
        stored = ended.model_dump(mode="json", include={*fields, "status"})
        for_player = job.reserved_microusd if job.player_id is not None else 0
        held = Hold("", job.reserved_microusd, 0, job.reserved_on, job.player_id, for_player)
        settlement = self.ledger.settlement(held, usages, route=job.route)
        ending = self._ending(job, stored, condition=condition)
        writes = [ending, *settlement, *self._left_behind(job, ended), *self.following(ended)]
        if not transact_if(self._client, writes):
            return None
        measure("JobSeconds", max(0.0, now - job.created_at), "Seconds", kind=job.kind.value, status=status.value)
        return ended

    def _left_behind(self, job: Job, ended: Job) -> list[dict[str, Any]]:
        """Return what a job's end changes elsewhere in its table: its lane and its pointers."""
        place = [self.lanes.exit(ended)] if job.status is JobStatus.PROCESSING else []
        kept = completion(ended, pointers=self.pointers) if ended.status is JobStatus.COMPLETED else []
        if ended.client_id is None or ended.expires_at is None:
            return [*place, *kept]
        return [*place, *kept, self.pointers.expiry(client_pointer(ended.client_id), ended.expires_at)]

    def _ending(self, job: Job, stored: dict[str, Any], *, condition: tuple[str, Any]) -> dict[str, Any]:
        """Return the write that ends a job, if it and its field in `condition` still stand as was seen."""
        name, seen = condition
        unchanged = "attribute_not_exists(#seen)" if seen is None else "#seen = :seen"
        sets = ", ".join(f"#{field} = :{field}" for field in stored)
        return {
            "Update": {
                "TableName": self._table,
                "Key": self._checked_key(job.id),
                "UpdateExpression": f"SET {sets} REMOVE #open, due_at, waiting, place",
                "ConditionExpression": f"#status = :was AND {unchanged}",
                "ExpressionAttributeNames": {f"#{field}": field for field in (*stored, "status", "open")}
                | {"#seen": name},
                "ExpressionAttributeValues": to_item(
                    {f":{field}": value for field, value in stored.items()}
                    | {":was": str(job.status)}
                    | ({} if seen is None else {":seen": seen})
                ),
            }
        }
