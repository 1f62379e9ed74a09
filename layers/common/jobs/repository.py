"""Jobs in DynamoDB: every change of status is one conditional write that only one of many deliveries can win."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from common import aws
from common.errors import JobBusy, NotFound
from common.jobs.endings import JobEndings
from common.jobs.model import FINAL, RETENTION_SECONDS, Job, JobKind, JobStatus, sources_of
from common.ledger import ledger_of
from common.settings import settings
from common.storage import (
    Page,
    decode_cursor,
    encode_cursor,
    failed_condition,
    from_item,
    to_item,
    write_if,
)

if TYPE_CHECKING:
    from common.idempotency import Once

FIRST_DUE_SECONDS = 240
"""A job nobody has touched for this long is looked at by the watcher: longer than the queues' visibility and their
longest retry, so that the watcher never repeats what a queue is about to repeat."""
SUBMITTED_DUE_SECONDS = 60
_EXAMINED_PER_PAGE = 200
OPEN = "open"
"""What the sparse index `open-by-due` finds jobs by that have not ended."""


class JobRepository(JobEndings):
    """One tenant's jobs."""

    def creation(self, job: Job) -> dict[str, Any]:
        """Return the write that stores a new job, for the ledger to carry out; the watcher sees it until it ends."""
        watched = {"open": OPEN, "due_at": self.clock() + FIRST_DUE_SECONDS} if job.status not in FINAL else {}
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


def _name_of(once: Once) -> str:
    return f"key#{once.request_key}"


def jobs_of(tenant_id: str) -> JobRepository:
    """Return the tenant's jobs in this deployment's table."""
    client, table = aws.dynamodb(), settings().jobs_table
    return JobRepository(tenant_id, client=client, table=table, ledger=ledger_of(tenant_id))
