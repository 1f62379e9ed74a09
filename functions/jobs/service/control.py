"""A studio's hand on its jobs: finding one by its own name, having it go first, having it made once more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from common.cache import seconds_in_force
from common.clock import iso
from common.errors import JobNotFailed, JobRunning, NotFound
from common.jobs import FINAL, Extras, JobKind, JobMessage, JobStatus, Reuse, start_job
from common.ledger import Meter
from common.observability import count, logger, trace_of
from jobs.service.cancelling import ended_error

if TYPE_CHECKING:
    from common.config import TenantConfig
    from common.jobs import Job, JobRepository, SubmitQueues
    from common.spending import Spending
    from jobs.service.vendors import Vendors

_OUR_ID = "job_"
_CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def find_job(name: str, *, jobs: JobRepository) -> Job:
    """Return the job with this id, ours (1 read unit) or the studio's own (2).

    Raises:
        NotFound: no such job for this tenant, or it ended more than 24 hours ago.
    """
    if name.startswith(_OUR_ID):
        return jobs.get(name)
    if not _CLIENT_ID.fullmatch(name):
        raise NotFound.of("job", name)
    return jobs.named(name)


def prioritize_job(job_id: str, *, jobs: JobRepository, queues: SubmitQueues) -> tuple[Job, bool]:
    """Put a job that waits before those that are not urgent; returns it, and whether that changed anything.

    One conditional write, then a message on the urgent queue; should that get lost, asking again sends another, and
    so does the watcher. The message it had before starts it no more.

    Raises:
        NotFound: no such job. JobRunning: it has begun. JobEnded: it has ended.
    """
    prioritized = jobs.prioritize(job_id)
    job = prioritized or jobs.get(job_id)
    if job.status in FINAL:
        raise ended_error(job)
    if job.status is not JobStatus.PENDING:
        started_at = iso(job.started_at) if job.started_at else None
        raise JobRunning("The job has begun already", details={"status": job.status.value, "started_at": started_at})
    try:
        queues.send(JobMessage(tenant_id=jobs.tenant_id, job_id=job.id, urgent=True), job.kind)
    except Exception as error:  # noqa: BLE001 - it is urgent; the watcher sends the message
        logger.warning("urgent job not queued", extra={"job_id": job.id, "trace": trace_of(error)})
        count("JobsNotQueued")
    return job, prioritized is not None


def retry_job(
    job: Job,
    *,
    jobs: JobRepository,
    queues: SubmitQueues,
    vendors: Vendors,
    spending: Spending,
    config: TenantConfig,
) -> Job:
    """Order what a failed job was to make once more, as a new job at today's prices; a second time it is the same one.

    Raises:
        JobNotFailed: it has not failed.
        LimitReached, BudgetExhausted: the tenant may not order it.
    """
    if job.status is not JobStatus.FAILED:
        details = {"status": job.status.value}
        raise JobNotFailed(f"Only a failed job can be tried again; this one is {job.status.value}", details=details)
    spending.for_player(job.player_id)
    if job.kind is JobKind.IMAGE:
        spending.meter_as(Meter.IMAGE)
    seconds = seconds_in_force(config.cache)
    return start_job(
        job.kind,
        job.order,
        max_microusd=vendors.ceiling_microusd(job),
        jobs=jobs,
        queue=queues.normal[job.kind],
        spending=spending,
        reuse=Reuse(job.order_name, seconds) if job.order_name and seconds else None,
        extras=Extras(character_id=job.character_id, callback_url=job.callback_url, retry_of=job.id),
    )
