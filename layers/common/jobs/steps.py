"""The steps of a job, the same for every kind: start, submit, and what a failed step means.

One message is one step of one job. A step may run twice, late or never; the conditional writes of
`JobRepository` make the second time change nothing and the watcher makes up for never.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from common.clock import new_id
from common.errors import JobBusy, MeddahError, NotFound
from common.jobs.model import Job, JobKind
from common.jobs.queue import JobMessage, finish_queue
from common.jobs.repository import jobs_of
from common.observability import count, logger, trace_of
from common.sqs import MAX_DELIVERIES, sqs_handler

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from common.jobs.repository import JobRepository
    from common.providers import Submission
    from common.queues import TenantQueue

LEASE_SECONDS = 45
"""Longer than a worker may run (30 s), so a lease that has run out means a worker that died."""


def start_job(kind: JobKind, order: dict[str, Any], *, jobs: JobRepository, queue: TenantQueue) -> Job:
    """Store a job and tell the workers.

    Once the record is written the job will run: should the message not get through, the watcher sends it within
    about a minute, so the caller is told the job exists rather than invited to order it twice.
    """
    job = Job(id=new_id("job"), kind=kind, order=order, created_at=jobs.clock())
    jobs.create(job)
    try:
        queue.send(JobMessage(tenant_id=jobs.tenant_id, job_id=job.id))
    except Exception as error:  # noqa: BLE001 - whatever the reason, the watcher is the remedy
        logger.warning("job stored but not queued", extra={"job_id": job.id, "trace": trace_of(error)})
        count("JobsNotQueued")
    return job


async def submit_step(
    job: Job, *, submit: Callable[[Job], Awaitable[Submission]], jobs: JobRepository, finish: TenantQueue
) -> None:
    """Hand a claimed job to the vendor, note its request id in the same breath, and leave.

    A job that already has a request id is never submitted again: only its finishing is asked for.
    """
    message = JobMessage(tenant_id=jobs.tenant_id, job_id=job.id)
    if job.request_id is not None:
        jobs.release(job)
        finish.send(message)
        return
    submission = await submit(job)
    if jobs.attach(job, submission.request_id) and submission.ready:
        finish.send(message)


async def run_step(
    message: JobMessage, deliveries: int, *, jobs: JobRepository, step: Callable[[Job], Awaitable[None]]
) -> None:
    """Claim the job of `message` and run one `step` of it; decide here, for all kinds, what a failure means.

    Raises:
        MeddahError, Exception: the step failed and another delivery may help.
    """
    last = deliveries >= MAX_DELIVERIES
    try:
        job = jobs.claim(message.job_id, lease=LEASE_SECONDS)
    except NotFound:
        return
    except JobBusy:
        if last:
            return
        raise
    if job is None:
        return
    try:
        await step(job)
    except Exception as error:  # noqa: BLE001 - decided below: raised again or written into the job
        _after_failure(job, error, jobs=jobs, last=last)


def _after_failure(job: Job, error: Exception, *, jobs: JobRepository, last: bool) -> None:
    """Let another delivery try, or end the job. What is not in our error tree is a bug: logged, retried, named 500."""
    known = error if isinstance(error, MeddahError) else MeddahError("Internal error")
    if known is not error:
        logger.error("job step failed", extra={"job_id": job.id, "trace": trace_of(error)})
    if not last and (known.retryable or known is not error):
        jobs.release(job)
        raise error
    end_as_failed(job, known, jobs=jobs)


def end_as_failed(job: Job, error: MeddahError, *, jobs: JobRepository) -> None:
    """End the job with `error` as its studio will see it."""
    shown = {"code": error.code, "message": error.message, "details": error.details, "retryable": error.retryable}
    if jobs.fail(job, error=shown):
        count("JobsFailed")
        logger.info("job failed", extra={"job_id": job.id, "tenant": jobs.tenant_id, "code": error.code})


def submit_handler(submit: Callable[[Job], Awaitable[Submission]]) -> Callable[[Any, Any], dict[str, Any]]:
    """Return the Lambda handler of a worker that hands orders to the vendor: all a domain with slow work needs."""

    async def deliver(message: JobMessage, deliveries: int) -> None:
        jobs = jobs_of(message.tenant_id)
        step = partial(submit_step, submit=submit, jobs=jobs, finish=finish_queue())
        await run_step(message, deliveries, jobs=jobs, step=step)

    return sqs_handler(JobMessage, deliver)
