"""How a job is claimed and moves on under its claim: each step one conditional write that only one of many can win."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from common.errors import JobBusy, NotFound
from common.jobs.endings import JobEndings
from common.jobs.model import FINAL, Job, JobStatus
from common.observability import count, measure
from common.storage import failed_condition, from_item, patiently, to_item, transact_if, write_if
from common.tiers import MOST_PLACES

if TYPE_CHECKING:
    from collections.abc import Collection

FIRST_DUE_SECONDS = 240
"""A job nobody has touched for this long is looked at by the watcher: longer than the queues' visibility and their
longest retry, so that the watcher never repeats what a queue is about to repeat."""
SUBMITTED_DUE_SECONDS = 60
TURNED_AWAY_DUE_SECONDS = 3_600
"""One that waits in a full lane is woken by whoever leaves it, or by the watcher, which looks at the lane and not at
each that waits; this is for what nobody has thought of."""
_LOOKS = 6
OPEN_STATUSES = frozenset({JobStatus.PENDING, JobStatus.PROCESSING})


class JobClaims(JobEndings):
    """How one tenant's jobs are worked on."""

    def claim(
        self,
        job_id: str,
        *,
        lease: int,
        places: int = MOST_PLACES,
        urgent: bool = True,
        among: Collection[JobStatus] = OPEN_STATUSES,
    ) -> Job | None:
        """Take a job for `lease` seconds to hand its order over; of two deliveries of the same message, only one wins.

        None if there is nothing to do for whoever asks: it has ended, is not `among` what is asked for, is urgent and
        the message is not (another one is), or all of its lane's `places` are taken: then it waits and will be woken.
        One that runs already (its worker died) keeps its place. 2 reads and a transaction of two writes.

        Raises:
            NotFound: no such job for this tenant.
            JobBusy: another worker holds it; the queue should deliver again later.
        """
        room_was_seen = False
        for _ in range(_LOOKS):
            job = self.get(job_id)
            if job.status in FINAL or job.status not in among or (job.urgent and not urgent):
                return None
            if job.status is JobStatus.PROCESSING:
                return self._claim_again(job_id, lease)
            has_room = room_was_seen or self.lanes.glimpse(job.kind).free(places) > 0
            claimed = self._enter(job, lease, places) if has_room else None
            if claimed is not None:
                return claimed
            if self._turn_away(job, places):
                return None
            room_was_seen = True  # by a consistent read, which a glimpse may lag behind
        raise JobBusy("Too many want this job or a place for it; try again")

    def claim_to_finish(self, job_id: str, *, lease: int) -> Job | None:
        """Take a job for `lease` seconds that holds its place already, to fetch what its vendor made.

        None if it has ended.

        Raises:
            NotFound: no such job for this tenant.
            JobBusy: another worker holds it, or it has not begun; the queue should deliver again later.
        """
        return self._claim_again(job_id, lease, also=", finishing_at = :now")

    def begin_submission(self, job: Job) -> Job | None:
        """Note that a claimed job's order is about to go out; None if the job is no longer ours."""
        return self._move_owned(job, "SET submission_at = :submission_at", {":submission_at": self.clock()})

    def take_back(self, job: Job) -> None:
        """Note that the vendor took nothing: the order may go out again."""
        self._move_owned(job, "SET lease_until = :zero REMOVE submission_at", {":zero": 0})

    def adopt(self, job_id: str, request_id: str) -> None:
        """Note the vendor's id of an order whose worker has not noted it: the vendor was quicker, or the worker died.

        Takes the job from that worker. Nothing to do where the id is known or the job has ended.
        """
        write_if(
            self._client.update_item,
            TableName=self._table,
            Key=self._checked_key(job_id),
            UpdateExpression="SET request_id = :request_id, lease_until = :zero, submitted_at = :now",
            ConditionExpression="#status = :processing AND attribute_exists(submission_at) "
            "AND attribute_not_exists(request_id)",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues=to_item(
                {
                    ":request_id": request_id,
                    ":zero": 0,
                    ":now": self.clock(),
                    ":processing": JobStatus.PROCESSING.value,
                }
            ),
        )

    def attach(self, job: Job, request_id: str) -> Job | None:
        """Note the vendor's id of a claimed job and let go of it; None if the job is no longer ours."""
        now = self.clock()
        return self._move_owned(
            job,
            "SET request_id = :request_id, submitted_at = :now, lease_until = :zero, due_at = :due_at",
            {":request_id": request_id, ":now": now, ":zero": 0, ":due_at": now + SUBMITTED_DUE_SECONDS},
        )

    def release(self, job: Job, *, due_in: int = FIRST_DUE_SECONDS) -> None:
        """Let go of a claimed job so that the next delivery may take it; the watcher looks in `due_in` seconds."""
        self._move_owned(
            job, "SET lease_until = :zero, due_at = :due_at", {":zero": 0, ":due_at": self.clock() + due_in}
        )

    def _enter(self, job: Job, lease: int, places: int) -> Job | None:
        """Claim a job that waits, together with a place for it; None if either has changed since it was read."""
        now = self.clock()
        claimed = job.model_copy(
            update={
                "status": JobStatus.PROCESSING,
                "attempts": job.attempts + 1,
                "lease_until": now + lease,
                "started_at": now,
            }
        )
        claim = {
            "TableName": self._table,
            "Key": self._checked_key(job.id),
            "UpdateExpression": "SET #status = :processing, attempts = :attempts, lease_until = :lease_until, "
            "started_at = :now, due_at = :due_at REMOVE waiting, place",
            "ConditionExpression": "#status = :pending AND (attribute_not_exists(urgent) OR urgent = :urgent)",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": to_item(
                {
                    ":processing": JobStatus.PROCESSING.value,
                    ":pending": JobStatus.PENDING.value,
                    ":urgent": job.urgent,
                    ":attempts": claimed.attempts,
                    ":lease_until": claimed.lease_until,
                    ":due_at": now + FIRST_DUE_SECONDS,
                    ":now": now,
                }
            ),
        }
        if not transact_if(self._client, [{"Update": claim}, self.lanes.entry(job, places)]):
            return None
        measure("JobsStarted", 1, "Count", kind=job.kind.value)
        measure("JobWaitSeconds", max(0.0, now - job.created_at), "Seconds", kind=job.kind.value)
        return claimed

    def _turn_away(self, job: Job, places: int) -> bool:
        """Leave a job to be woken when a place becomes free; False if one is, or has become so before anybody knew."""
        lane = self.lanes.get(job.kind)
        if lane.free(places):
            return False
        self.lanes.watch(job.kind, lane)
        write_if(
            self._client.update_item,
            TableName=self._table,
            Key=self._checked_key(job.id),
            UpdateExpression="SET due_at = :due_at",
            ConditionExpression="#status = :pending",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues=to_item(
                {":due_at": self.clock() + TURNED_AWAY_DUE_SECONDS, ":pending": JobStatus.PENDING.value}
            ),
        )
        if self.lanes.get(job.kind).free(places):
            return False
        count("JobsTurnedAway")
        return True

    def _claim_again(self, job_id: str, lease: int, *, also: str = "") -> Job | None:
        now = self.clock()
        return self._move(
            job_id,
            f"SET lease_until = :lease_until, due_at = :due_at, attempts = attempts + :one{also}",
            {":lease_until": now + lease, ":due_at": now + FIRST_DUE_SECONDS, ":one": 1, ":now": now},
            condition="lease_until <= :now",
        )

    def _move_owned(self, job: Job, expression: str, values: dict[str, Any]) -> Job | None:
        try:
            return self._move(job.id, expression, values | {":mine": job.attempts}, condition="attempts = :mine")
        except JobBusy:
            return None

    def _move(self, job_id: str, expression: str, values: dict[str, Any], *, condition: str) -> Job | None:
        try:
            answer = patiently(
                lambda: self._client.update_item(
                    TableName=self._table,
                    Key=self._checked_key(job_id),
                    UpdateExpression=expression,
                    ConditionExpression=f"#status = :processing AND {condition}",
                    ExpressionAttributeNames={"#status": "status"},
                    ExpressionAttributeValues=to_item(values | {":processing": JobStatus.PROCESSING.value}),
                    ReturnValues="ALL_NEW",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
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
