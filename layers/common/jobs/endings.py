"""The writes that end a job: only one of many can win, and it settles the job's reservation in the same transaction.

So a job is paid for exactly once, whoever ends it and however often it is tried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from botocore.exceptions import ClientError

from common.clock import Clock, wall_clock
from common.jobs.model import RETENTION_SECONDS, Job, JobStatus, sources_of
from common.jobs.pointers import Pointers
from common.jobs.reuse import completion
from common.ledger import Hold, Ledger
from common.storage import TenantRepository, failed_condition, to_item, transact

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

        None if it has ended, or if the vendor's id of it has become known since it was read.
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
        try:
            transact(self._client, [{"Update": update}, *settlement])
        except ClientError as error:
            if not failed_condition(error):
                raise

    def _end(
        self,
        job: Job,
        status: JobStatus,
        values: dict[str, Any],
        *,
        usages: Sequence[Usage],
        condition: tuple[str, Any],
    ) -> Job | None:
        now = self.clock()
        fields = values | {"finished_at": now, "expires_at": int(now) + RETENTION_SECONDS, "lease_until": 0.0}
        ended = job.model_copy(update=fields | {"status": status})
        stored = ended.model_dump(mode="json", include={*fields, "status"})
        for_player = job.reserved_microusd if job.player_id is not None else 0
        held = Hold("", job.reserved_microusd, 0, job.reserved_on, job.player_id, for_player)
        settlement = self.ledger.settlement(held, usages, route=job.route)
        ending = self._ending(job.id, status, stored, condition=condition)
        kept = completion(ended, pointers=self.pointers) if status is JobStatus.COMPLETED else []
        try:
            transact(self._client, [ending, *settlement, *kept])
        except ClientError as error:
            if failed_condition(error):
                return None
            raise
        return ended

    def _ending(
        self, job_id: str, status: JobStatus, stored: dict[str, Any], *, condition: tuple[str, Any]
    ) -> dict[str, Any]:
        """Return the write that ends a job, if it has not ended and its field in `condition` still is what was seen."""
        name, seen = condition
        sources = {f":from{index}": str(source) for index, source in enumerate(sources_of(status))}
        unchanged = "attribute_not_exists(#seen)" if seen is None else "#seen = :seen"
        sets = ", ".join(f"#{field} = :{field}" for field in stored)
        return {
            "Update": {
                "TableName": self._table,
                "Key": self._checked_key(job_id),
                "UpdateExpression": f"SET {sets} REMOVE #open, due_at",
                "ConditionExpression": f"#status IN ({', '.join(sources)}) AND {unchanged}",
                "ExpressionAttributeNames": {f"#{field}": field for field in (*stored, "status", "open")}
                | {"#seen": name},
                "ExpressionAttributeValues": to_item(
                    {f":{field}": value for field, value in stored.items()}
                    | sources
                    | ({} if seen is None else {":seen": seen})
                ),
            }
        }
