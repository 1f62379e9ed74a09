"""The watcher: whatever should have gone on and has not is sent its next message again, or ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from common.clock import Clock, wall_clock
from common.errors import JobOverdue, MeddahError, ProviderAmbiguous
from common.jobs import (
    FINAL,
    FIRST_DUE_SECONDS,
    FinishMessage,
    JobKind,
    JobMessage,
    JobStatus,
    end_as_failed,
    places_of,
    wake,
)
from common.jobs.batches import UNSEALED_SECONDS
from common.jobs.lanes import PREFIX as LANE
from common.observability import count, logger, trace_of
from jobs.service.finishing import OVERDUE_SECONDS

if TYPE_CHECKING:
    from common.jobs import Batches, Job, JobRepository, OpenJobs, SubmitQueues
    from common.queues import TenantQueue

WAITING_SECONDS = 24 * 3_600
"""A job that has not begun a day after it was ordered never will."""
UNCLEAR_SECONDS = 600
"""How long an order that may or may not have been accepted waits for the vendor's webhook."""
PASS_SECONDS = 15
"""How long one look may take: less than the function's timeout, by more than looking after one page takes."""
_WATCHED_AT_ONCE = 100
_MOST = 1_000
_BATCH = "batch_"
_NEVER_STORED: dict[str, Any] = {
    "code": MeddahError.code,
    "message": "The order was not stored",
    "details": {},
    "retryable": True,
}


def watch(open_jobs: OpenJobs, *, submit: SubmitQueues, finish: TenantQueue, clock: Clock = wall_clock) -> int:
    """Look after everything whose time has come: jobs, batches, lanes where somebody waits. Returns how many.

    A bounded number in a bounded time, longest overdue first; the rest is for the next minute. One that cannot be dealt
    with keeps nobody else from it.
    """
    until, looked_after = clock() + PASS_SECONDS, set[tuple[str, str]]()
    while len(looked_after) < _MOST and clock() < until:
        page = open_jobs.due(limit=_WATCHED_AT_ONCE)
        new = [one for one in page if (one.tenant_id, one.job_id) not in looked_after]
        for message in new:
            _somehow(message, open_jobs.jobs_of(message.tenant_id), submit=submit, finish=finish, now=clock())
        looked_after |= {(one.tenant_id, one.job_id) for one in new}
        if len(page) < _WATCHED_AT_ONCE or not new:
            break
    if looked_after:
        count("JobsOverdue", len(looked_after))
    return len(looked_after)


def _somehow(
    message: JobMessage, jobs: JobRepository, *, submit: SubmitQueues, finish: TenantQueue, now: float
) -> None:
    try:
        _look_after(message, jobs, submit=submit, finish=finish, now=now)
    except Exception as error:  # noqa: BLE001 - the others must not wait for it
        logger.error("not looked after", extra={"job_id": message.job_id, "trace": trace_of(error)})
        count("NotLookedAfter")


def _look_after(
    message: JobMessage, jobs: JobRepository, *, submit: SubmitQueues, finish: TenantQueue, now: float
) -> None:
    if message.job_id.startswith(LANE):
        _look_at_lane(JobKind(message.job_id.removeprefix(LANE)), jobs, submit=submit, now=now)
    elif message.job_id.startswith(_BATCH):
        _look_at_batch(message.job_id, jobs.batches, now=now)
    else:
        job = jobs.postpone(message.job_id, due_in=FIRST_DUE_SECONDS)
        if job is not None and job.status not in FINAL:
            _look_at_job(job, jobs, submit=submit, finish=finish, now=now)


def _look_at_job(job: Job, jobs: JobRepository, *, submit: SubmitQueues, finish: TenantQueue, now: float) -> None:
    if job.status is JobStatus.PENDING:
        is_overdue = now - job.created_at > WAITING_SECONDS
    else:
        is_overdue = now - (job.started_at or job.created_at) > OVERDUE_SECONDS
    if is_overdue:
        end_as_failed(job, JobOverdue("The job did not end in time"), jobs=jobs)
    elif job.request_id is not None:
        finish.send(FinishMessage(tenant_id=jobs.tenant_id, job_id=job.id))
    elif job.submission_at is None:
        submit.send(JobMessage(tenant_id=jobs.tenant_id, job_id=job.id, urgent=job.urgent), job.kind)
    elif now - job.submission_at > UNCLEAR_SECONDS:
        end_as_failed(job, ProviderAmbiguous("Nobody knows whether the vendor took this order"), jobs=jobs)


def _look_at_lane(kind: JobKind, jobs: JobRepository, *, submit: SubmitQueues, now: float) -> None:
    """Wake who waits while places are free; a lane where none waits is let be."""
    lane = jobs.lanes.get(kind)
    if lane.watched_until is None or lane.watched_until > now:
        return
    if not jobs.waiting.first(kind, limit=1):
        jobs.lanes.unwatch(kind, lane)
    elif jobs.lanes.postpone(kind, lane) and lane.free(places_of(jobs.tenant_id)):
        wake(kind, jobs=jobs, lane=lane, queues=submit)


def _look_at_batch(batch_id: str, batches: Batches, *, now: float) -> None:
    """End a batch whose jobs have all ended; say which orders were never stored where its call died."""
    batch = batches.postpone(batch_id)
    if batch is None:
        return
    if batch.refused is None and now - batch.created_at > UNSEALED_SECONDS:
        stored = batches.stored(batch.job_ids)
        batches.seal(batch_id, {job_id: _NEVER_STORED for job_id in batch.job_ids if job_id not in stored})
    else:
        batches.note_end(batch_id)
