"""The steps of a job, the same for every kind: start, submit, and what a failed step means.

One message is one step of one job. A step may run twice, late or never; the conditional writes of
`JobRepository` make the second time change nothing and the watcher makes up for never.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from common.errors import (
    JobBusy,
    MeddahError,
    NotFound,
    ProviderAmbiguous,
    ProviderBusy,
    ProviderError,
    ProviderUnavailable,
)
from common.faults import carried, demanded
from common.jobs.charges import charge_late, end_as_failed, full_price
from common.jobs.claims import OPEN_STATUSES
from common.jobs.lanes import places_of
from common.jobs.model import Job, JobStatus
from common.jobs.queue import FinishMessage, JobMessage, finish_queue
from common.jobs.repository import jobs_of
from common.observability import count, logger, measure, trace_of
from common.providers import Submission
from common.providers.callbacks import callback_url
from common.settings import settings
from common.sqs import MAX_DELIVERIES, sqs_handler

if TYPE_CHECKING:
    from common.jobs.repository import JobRepository
    from common.queues import TenantQueue

LEASE_SECONDS = 45
"""Longer than a worker may run (30 s), so a lease that has run out means a worker that died."""
POLL_SECONDS = 3
"""How soon to ask a vendor that cannot call us back."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """How a domain's orders reach its vendor."""

    submit: Callable[[Job, str | None], Awaitable[Submission]]
    """Hands a job's order over, with the address to call back."""
    cancel: Callable[[Job, str], Awaitable[bool]]
    """Asks the vendor to stop working on a request id."""
    resubmittable: bool
    """Whether sending an order twice is harmless."""


async def submit_step(job: Job, *, vendor: Vendor, jobs: JobRepository, finish: TenantQueue) -> None:
    """Hand a claimed job to the vendor, note its request id in the same breath, and leave.

    A job with a request id is never submitted again: only its finishing is asked for. Nor is one whose order went out
    and whose worker never came back: it may have been paid for. Its webhook will tell, or the watcher ends it.
    """
    message = FinishMessage(tenant_id=jobs.tenant_id, job_id=job.id)
    if job.request_id is not None:
        jobs.release(job)
        finish.send(message)
        return
    if job.submission_at is not None and not vendor.resubmittable:
        jobs.release(job)
        return
    # Made first, for it may read our key from SSM: nothing comes between the note and the order but the order.
    callback = callback_url(jobs.tenant_id, job.id)
    if not vendor.resubmittable and jobs.begin_submission(job) is None:
        return
    submission = await _submit(job, callback, vendor=vendor, jobs=jobs)
    if submission is None:
        return
    try:
        attached = jobs.attach(job, submission.request_id)
    except Exception as error:  # noqa: BLE001 - what the vendor has taken must not be forgotten for a busy table
        logger.warning("request id not noted", extra={"job_id": job.id, "trace": trace_of(error)})
        known = message.model_copy(update={"request_id": submission.request_id})
        finish.send(known, delay=POLL_SECONDS)
        return
    if attached is None:
        await _withdraw(job, submission, vendor=vendor, jobs=jobs)
    elif submission.ready or settings().public_url is None:
        finish.send(message, delay=0 if submission.ready else POLL_SECONDS)


async def _submit(job: Job, callback: str | None, *, vendor: Vendor, jobs: JobRepository) -> Submission | None:
    """Return the vendor's word; None where nobody knows whether the order was taken.

    Raises:
        ProviderBusy, ProviderUnavailable: nothing was taken; the order may go out again.
    """
    try:
        return await vendor.submit(job, callback)
    except (ProviderBusy, ProviderUnavailable):
        jobs.take_back(job)
        raise
    except ProviderAmbiguous as error:
        logger.warning("submission unclear", extra={"job_id": job.id, "trace": trace_of(error)})
        count("SubmissionsUnclear")
        jobs.release(job)
        return None


async def _withdraw(job: Job, submission: Submission, *, vendor: Vendor, jobs: JobRepository) -> None:
    """The job was taken from us while the vendor took the order: by its webhook, or by whoever ended it."""
    now = jobs.get(job.id)
    if now.status not in {JobStatus.CANCELLED, JobStatus.FAILED}:
        return
    try:
        withdrawn = await vendor.cancel(now, submission.request_id)
    except ProviderError as error:
        logger.warning("order not withdrawn", extra={"job_id": job.id, "trace": trace_of(error)})
        withdrawn = False
    if not withdrawn:
        charge_late(now, full_price(now, model=now.status), jobs=jobs)


def claim_to_submit(message: JobMessage, deliveries: int, *, jobs: JobRepository) -> Job | None:
    """Take the job of `message` to hand its order over; None if there is nothing to do for this message.

    One that was sent to wake a job that waits is for no other, unless it comes again: its worker may have died.

    Raises:
        NotFound: no such job. JobBusy: another worker holds it.
    """
    return jobs.claim(
        message.job_id,
        lease=LEASE_SECONDS,
        places=places_of(jobs.tenant_id),
        urgent=message.urgent,
        among={JobStatus.PENDING} if message.woken and deliveries == 1 else OPEN_STATUSES,
    )


def claim_to_finish(message: JobMessage, deliveries: int, *, jobs: JobRepository) -> Job | None:
    """Take the job of `message`, which its vendor has, to fetch what was made; None if it has ended.

    Raises:
        NotFound: no such job. JobBusy: another worker holds it.
    """
    del deliveries
    return jobs.claim_to_finish(message.job_id, lease=LEASE_SECONDS)


async def run_step(
    message: JobMessage,
    deliveries: int,
    *,
    jobs: JobRepository,
    step: Callable[[Job], Awaitable[None]],
    claim: Callable[..., Job | None] = claim_to_submit,
    too_late: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Claim the job of `message` and run one `step` of it; decide here, for all kinds, what a failure means.

    Where there is nothing to claim, because the job has ended before, `too_late` is what is left to do.

    Raises:
        MeddahError, Exception: the step failed and another delivery may help.
    """
    last = deliveries >= MAX_DELIVERIES
    try:
        job = claim(message, deliveries, jobs=jobs)
    except NotFound:
        return
    except JobBusy:
        if last:
            return
        raise
    if job is None:
        if too_late is not None:
            await too_late()
        return
    try:
        with demanded(carried(job.fault)):
            await step(job)
    except Exception as error:  # noqa: BLE001 - decided below: raised again or written into the job
        _after_failure(job, error, jobs=jobs, last=last or job.fault is not None)


def _after_failure(job: Job, error: Exception, *, jobs: JobRepository, last: bool) -> None:
    """Let another delivery try, or end the job. What is not in our error tree is a bug: logged, retried, named 500."""
    known = error if isinstance(error, MeddahError) else MeddahError("Internal error")
    if known is not error:
        logger.error("job step failed", extra={"job_id": job.id, "trace": trace_of(error)})
    if not last and (known.retryable or known is not error):
        jobs.release(job)
        measure("StepsRetried", 1, "Count", kind=job.kind.value)
        raise error
    end_as_failed(job, known, jobs=jobs)


def submit_handler(
    vendor: Callable[[str], Vendor], *, queue: Callable[[], TenantQueue], urgent: Callable[[], TenantQueue]
) -> Callable[[Any, Any], dict[str, Any]]:
    """Return the Lambda handler of a worker that hands orders to tenants' vendors: all that a slow domain needs.

    It reads both queues of its kind.
    """

    async def deliver(message: JobMessage, deliveries: int) -> None:
        jobs = jobs_of(message.tenant_id)
        step = partial(submit_step, vendor=vendor(message.tenant_id), jobs=jobs, finish=finish_queue())
        await run_step(message, deliveries, jobs=jobs, step=step)

    return sqs_handler(JobMessage, deliver, queue=queue, others=[urgent])
