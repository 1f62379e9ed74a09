"""One tenant's jobs in DynamoDB: how they are stored, found by their names, prioritized and listed.

jobs table   tenant_id + job_id
  job_<ULID>      a job; while it waits in the index `waiting`, until it ends in `open-by-due`
  batch_<ULID>    a batch (`batches`)
  lane#<kind>     what runs of a kind (`lanes`)
  key#, order#, client#, retry#…   other names of jobs (`pointers`)
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ulid import ULID

from common import aws
from common.errors import NotFound
from common.jobs.claims import FIRST_DUE_SECONDS, JobClaims
from common.jobs.lanes import OPEN
from common.jobs.model import FINAL, URGENT, Job, JobKind, JobStatus
from common.jobs.pointers import client_pointer
from common.ledger import ledger_of
from common.settings import settings
from common.storage import Page, decode_cursor, encode_cursor, to_item, write_if

PRIORITIZED_DUE_SECONDS = 60
"""After this long the watcher sends the message of a job that became urgent and has not begun."""
_EXAMINED_PER_PAGE = 200
_ENDED_EXAMINED = 500
_ULID_MOST_MS = 2**48 - 1


class Among(NamedTuple):
    """Which jobs a list looks at; None: any."""

    character_id: str | None = None
    batch_id: str | None = None
    created_after: float | None = None
    """Epoch seconds; those of its millisecond are in."""
    created_before: float | None = None
    """Epoch seconds; those of its millisecond are out."""

    def holds(self, job: Job) -> bool:
        """Whether a job is one of them; when it was ordered is asked of the table."""
        return self.character_id in {None, job.character_id} and self.batch_id in {None, job.batch_id}

    def span(self) -> tuple[str, str]:
        """Return the first and the last id that a job of that time may have."""
        first = 0 if self.created_after is None else _milliseconds(self.created_after)
        last = _ULID_MOST_MS if self.created_before is None else _milliseconds(self.created_before) - 1
        return f"job_{_ulid(first, 0x00)}", f"job_{_ulid(last, 0xFF)}"


ALL = Among()


class JobRepository(JobClaims):
    """One tenant's jobs."""

    def creation(self, job: Job) -> dict[str, Any]:
        """Return the write that stores a new job, for the ledger to carry out.

        It waits until it is claimed; the watcher sees it until it ends.
        """
        watched = {"open": OPEN, "due_at": self.clock() + FIRST_DUE_SECONDS} if job.status not in FINAL else {}
        waiting = self.waiting.entry(job) if job.status is JobStatus.PENDING else {}
        item = self._item(job) | to_item(watched | waiting)
        return {"Put": {"TableName": self._table, "Item": item, "ConditionExpression": "attribute_not_exists(job_id)"}}

    def named(self, client_id: str) -> Job:
        """Return the job that its studio named so (2 read units).

        Raises:
            NotFound: none is, or it ended more than 24 hours ago.
        """
        found = self.pointers.get(client_pointer(client_id))
        if found is None:
            raise NotFound.of(self.kind, client_id)
        try:
            return self.get(found["points_to"])
        except NotFound as error:
            raise NotFound.of(self.kind, client_id) from error

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

    def glimpse(self, job_id: str) -> Job:
        """Return the job as it was a moment ago (half a read unit per 4 KB).

        Raises:
            NotFound: no such job.
        """
        answer = self._client.get_item(TableName=self._table, Key=self._checked_key(job_id), ConsistentRead=False)
        return self._record(answer["Item"]) if "Item" in answer else self.get(job_id)

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

    def prioritize(self, job_id: str) -> Job | None:
        """Put a job that waits before those that are not urgent; None if it no longer waits, or is urgent already."""
        urgent = {":true": True, ":false": False, ":pending": JobStatus.PENDING.value}
        due_at = self.clock() + PRIORITIZED_DUE_SECONDS
        answer = write_if(
            self._client.update_item,
            TableName=self._table,
            Key=self._checked_key(job_id),
            UpdateExpression="SET urgent = :true, place = :place, due_at = :due_at",
            ConditionExpression="#status = :pending AND (attribute_not_exists(urgent) OR urgent = :false)",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues=to_item(urgent | {":place": f"{URGENT}{job_id}", ":due_at": due_at}),
            ReturnValues="ALL_NEW",
        )
        return self._record(answer["Attributes"]) if answer is not None else None

    def recent(
        self,
        *,
        limit: int,
        cursor: str | None = None,
        kind: JobKind | None = None,
        status: JobStatus | None = None,
        among: Among = ALL,
    ) -> Page[Job]:
        """Return up to `limit` jobs, newest first.

        Looks at no more than 200 stored jobs a page, so a page may be short, even empty, and still have a next one.
        """
        after = decode_cursor(cursor, self._pattern) if cursor else None
        examined, more = self._newest(_EXAMINED_PER_PAGE, among=among, after=after)
        now = self.clock()
        fitting = [
            job
            for job in examined
            if kind in {None, job.kind}
            and status in {None, job.status}
            and among.holds(job)
            and (job.expires_at is None or job.expires_at > now)
        ]
        cut = len(fitting) > limit
        last = fitting[limit - 1] if cut else examined[-1] if more else None
        return Page(records=fitting[:limit], next_cursor=encode_cursor(last.id) if last else None)

    def newest_ended(self) -> tuple[list[Job], bool]:
        """Return which of the newest 500 jobs have ended, and whether there are older ones (read units: their size)."""
        examined: list[Job] = []
        more = True
        while more and len(examined) < _ENDED_EXAMINED:
            after = examined[-1].id if examined else None
            found, more = self._newest(_ENDED_EXAMINED - len(examined), after=after)
            examined += found
        now = self.clock()
        return [job for job in examined if job.expires_at is not None and job.expires_at > now], more

    def _newest(self, limit: int, *, among: Among = ALL, after: str | None) -> tuple[list[Job], bool]:
        first, last = among.span()
        if first > last or (after is not None and after <= first):
            return [], False
        # DynamoDB refuses to start outside of what is asked for: with a cursor of a page of other times.
        start: dict[str, Any] = {"ExclusiveStartKey": self._key(after)} if after is not None and after <= last else {}
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="tenant_id = :tenant AND job_id BETWEEN :first AND :last",
            ExpressionAttributeValues=to_item({":tenant": self.tenant_id, ":first": first, ":last": last}),
            ScanIndexForward=False,
            Limit=limit,
            **start,
        )
        return [self._record(item) for item in answer["Items"]], "LastEvaluatedKey" in answer


def _milliseconds(seconds: float) -> int:
    return min(max(0, round(seconds * 1000)), _ULID_MOST_MS)


def _ulid(milliseconds: int, fill: int) -> ULID:
    return ULID(max(0, milliseconds).to_bytes(6, "big") + bytes([fill]) * 10)


def jobs_of(tenant_id: str) -> JobRepository:
    """Return the tenant's jobs in this deployment's table."""
    client, table = aws.dynamodb(), settings().jobs_table
    return JobRepository(tenant_id, client=client, table=table, ledger=ledger_of(tenant_id))
