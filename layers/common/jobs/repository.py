"""Jobs in DynamoDB: every change of status is one conditional write that only one of many deliveries can win.

The write that ends a job settles its reservation in the ledger, in one transaction: a job is paid for exactly once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from botocore.exceptions import ClientError

from common import aws
from common.clock import Clock, wall_clock
from common.errors import JobBusy, NotFound
from common.jobs.model import FINAL, RETENTION_SECONDS, Job, JobKind, JobStatus, sources_of
from common.jobs.pointers import Pointers
from common.jobs.queue import JobMessage
from common.jobs.reuse import completion
from common.ledger import Hold, Ledger, ledger_of
from common.settings import settings
from common.storage import (
    Page,
    TenantRepository,
    decode_cursor,
    encode_cursor,
    failed_condition,
    from_item,
    to_item,
    transact,
    write_if,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from common.idempotency import Once
    from common.providers import Usage

FIRST_DUE_SECONDS = 240
"""A job nobody has touched for this long is looked at by the watcher: longer than the queues' visibility and their
longest retry, so that the watcher never repeats what a queue is about to repeat."""
SUBMITTED_DUE_SECONDS = 60
_EXAMINED_PER_PAGE = 200
_OPEN = "open"


class JobRepository(TenantRepository[Job]):
    """One tenant's jobs."""

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

    def creation(self, job: Job) -> dict[str, Any]:
        """Return the write that stores a new job, for the ledger to carry out; the watcher sees it until it ends."""
        watched = {"open": _OPEN, "due_at": self.clock() + FIRST_DUE_SECONDS} if job.status not in FINAL else {}
        item = self._item(job) | to_item(watched)
        return {"Put": {"TableName": self._table, "Item": item, "ConditionExpression": "attribute_not_exists(job_id)"}}

    def pointer(self, job: Job, once: Once) -> dict[str, Any]:
        """Return the write that lets `ordered` find a job by its request for 24 h; refused if another is found so."""
        name = _name_of(once)
        return self.pointers.first(name, job.id, seconds=RETENTION_SECONDS, fingerprint=once.fingerprint)

    def ordered(self, once: Once) -> Job | None:
        """Return the job that a request ordered in the last 24 h, as it is now (2 read units).

        Raises:
            KeyReused: another request ordered it with the same key.
        """
        found = self.pointers.get(_name_of(once))
        if found is None:
            return None
        once.require_same(found["fingerprint"])
        return self.get(found["points_to"])

    def share(self, job_id: str, player_id: str) -> bool:
        """Let another player see a job; False if there is no such job any more."""
        answer = write_if(
            self._client.update_item,
            TableName=self._table,
            Key=self._checked_key(job_id),
            UpdateExpression="ADD shared_with :player",
            ConditionExpression="attribute_exists(job_id)",
            ExpressionAttributeValues=to_item({":player": {player_id}}),
        )
        return answer is not None

    def get(self, record_id: str) -> Job:
        """Return the job.

        Raises:
            NotFound: no such job for this tenant, or it ended more than 24 hours ago.
        """
        job = super().get(record_id)
        if job.expires_at is not None and job.expires_at <= self.clock():
            raise NotFound.of(self.kind, record_id)
        return job

    def claim(self, job_id: str, *, lease: int) -> Job | None:
        """Take a job for `lease` seconds; None if it has already ended.

        One conditional write: of two deliveries of the same message, only one wins.

        Raises:
            NotFound: no such job for this tenant.
            JobBusy: another worker holds it; the queue should deliver again later.
        """
        now = self.clock()
        return self._move(
            job_id,
            JobStatus.PROCESSING,
            "SET lease_until = :lease_until, due_at = :due_at, attempts = attempts + :one, "
            "started_at = if_not_exists(started_at, :now)",
            {":lease_until": now + lease, ":due_at": now + FIRST_DUE_SECONDS, ":one": 1, ":now": now},
            condition="lease_until <= :now",
        )

    def begin_submission(self, job: Job) -> Job | None:
        """Note that a claimed job's order is about to go out; None if the job is no longer ours."""
        return self._move_owned(
            job, JobStatus.PROCESSING, "SET submission_at = :submission_at", {":submission_at": self.clock()}
        )

    def take_back(self, job: Job) -> None:
        """Note that the vendor took nothing: the order may go out again."""
        self._move_owned(job, JobStatus.PROCESSING, "SET lease_until = :zero REMOVE submission_at", {":zero": 0})

    def adopt(self, job_id: str, request_id: str) -> None:
        """Note the vendor's id of an order whose worker has not noted it: the vendor was quicker, or the worker died.

        Takes the job from that worker. Nothing to do where the id is known or the job has ended.
        """
        write_if(
            self._client.update_item,
            TableName=self._table,
            Key=self._checked_key(job_id),
            UpdateExpression="SET request_id = :request_id, lease_until = :zero",
            ConditionExpression="#status = :processing AND attribute_exists(submission_at) "
            "AND attribute_not_exists(request_id)",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues=to_item(
                {":request_id": request_id, ":zero": 0, ":processing": JobStatus.PROCESSING.value}
            ),
        )

    def attach(self, job: Job, request_id: str) -> Job | None:
        """Note the vendor's id of a claimed job and let go of it; None if the job is no longer ours."""
        return self._move_owned(
            job,
            JobStatus.PROCESSING,
            "SET request_id = :request_id, lease_until = :zero, due_at = :due_at",
            {":request_id": request_id, ":zero": 0, ":due_at": self.clock() + SUBMITTED_DUE_SECONDS},
        )

    def release(self, job: Job, *, due_in: int = FIRST_DUE_SECONDS) -> None:
        """Let go of a claimed job so that the next delivery may take it; the watcher looks in `due_in` seconds."""
        self._move_owned(
            job,
            JobStatus.PROCESSING,
            "SET lease_until = :zero, due_at = :due_at",
            {":zero": 0, ":due_at": self.clock() + due_in},
        )

    def postpone(self, job_id: str, *, due_in: int) -> Job | None:
        """Move an overdue job's next look `due_in` seconds away; None if it ended or another watcher was quicker."""
        now = self.clock()
        answer = write_if(
            self._client.update_item,
            TableName=self._table,
            Key=self._checked_key(job_id),
            UpdateExpression="SET due_at = :due_at",
            ConditionExpression="due_at <= :now",
            ExpressionAttributeValues=to_item({":due_at": now + due_in, ":now": now}),
            ReturnValues="ALL_NEW",
        )
        return self._record(answer["Attributes"]) if answer is not None else None

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
        """Note that a cancelled job was paid for after all; once, however often it is said."""
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

    def recent(self, *, limit: int, cursor: str | None, kind: JobKind | None, status: JobStatus | None) -> Page[Job]:
        """Return up to `limit` jobs, newest first.

        Looks at no more than 200 stored jobs a page, so a page may be short, even empty, and still have a next one.
        """
        start: dict[str, Any] = {"ExclusiveStartKey": self._key(decode_cursor(cursor, self._pattern))} if cursor else {}
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="tenant_id = :tenant AND begins_with(job_id, :prefix)",
            ExpressionAttributeValues=to_item({":tenant": self.tenant_id, ":prefix": "job_"}),
            ScanIndexForward=False,
            Limit=_EXAMINED_PER_PAGE,
            **start,
        )
        examined = [self._record(item) for item in answer["Items"]]
        now = self.clock()
        fitting = [
            job
            for job in examined
            if (kind is None or job.kind == kind)
            and (status is None or job.status == status)
            and (job.expires_at is None or job.expires_at > now)
        ]
        cut = len(fitting) > limit
        last = fitting[limit - 1] if cut else examined[-1] if "LastEvaluatedKey" in answer else None
        return Page(records=fitting[:limit], next_cursor=encode_cursor(last.id) if last else None)

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
        kept = completion(ended, jobs=self) if status is JobStatus.COMPLETED else []
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

    def _move_owned(
        self,
        job: Job,
        status: JobStatus,
        expression: str,
        values: dict[str, Any],
        *,
        names: dict[str, str] | None = None,
    ) -> Job | None:
        try:
            return self._move(
                job.id,
                status,
                expression,
                values | {":mine": job.attempts},
                condition="attempts = :mine",
                names=names,
            )
        except JobBusy:
            return None

    def _move(
        self,
        job_id: str,
        status: JobStatus,
        expression: str,
        values: dict[str, Any],
        *,
        condition: str,
        names: dict[str, str] | None = None,
    ) -> Job | None:
        sources = {f":from{index}": str(source) for index, source in enumerate(sources_of(status))}
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=self._checked_key(job_id),
                UpdateExpression=expression.replace("SET ", "SET #status = :status, ", 1),
                ConditionExpression=f"#status IN ({', '.join(sources)}) AND {condition}",
                ExpressionAttributeNames={"#status": "status"} | (names or {}),
                ExpressionAttributeValues=to_item(values | sources | {":status": str(status)}),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not failed_condition(error):
                raise
            return self._refused(job_id, error)
        return self._record(answer["Attributes"])

    def _refused(self, job_id: str, error: ClientError) -> None:
        item: dict[str, Any] | None = error.response.get("Item")
        if not item:
            raise NotFound.of(self.kind, job_id) from error
        if from_item(item)["status"] not in FINAL:
            raise JobBusy("Another worker holds this job") from error


class OpenJobs:
    """The jobs of all tenants that have not ended, by when they should be looked at: the watcher's view."""

    def __init__(self, *, client: DynamoDBClient, table: str, clock: Clock = wall_clock) -> None:
        self._client = client
        self._table = table
        self.clock = clock

    def due(self, *, limit: int) -> list[JobMessage]:
        """Return up to `limit` jobs whose time has come, longest overdue first (sparse index, keys only)."""
        answer = self._client.query(
            TableName=self._table,
            IndexName="open-by-due",
            KeyConditionExpression="#open = :open AND due_at <= :now",
            ExpressionAttributeNames={"#open": "open"},
            ExpressionAttributeValues=to_item({":open": _OPEN, ":now": self.clock()}),
            Limit=limit,
        )
        items = [from_item(item) for item in answer["Items"]]
        return [JobMessage(tenant_id=item["tenant_id"], job_id=item["job_id"]) for item in items]

    def jobs_of(self, tenant_id: str) -> JobRepository:
        """Return one tenant's jobs, to deal with one of them."""
        ledger = ledger_of(tenant_id)
        return JobRepository(tenant_id, client=self._client, table=self._table, ledger=ledger, clock=self.clock)


def _name_of(once: Once) -> str:
    return f"key#{once.request_key}"


def jobs_of(tenant_id: str) -> JobRepository:
    """Return the tenant's jobs in this deployment's table."""
    client, table = aws.dynamodb(), settings().jobs_table
    return JobRepository(tenant_id, client=client, table=table, ledger=ledger_of(tenant_id))


def open_jobs() -> OpenJobs:
    """Return the open jobs of this deployment."""
    return OpenJobs(client=aws.dynamodb(), table=settings().jobs_table)
