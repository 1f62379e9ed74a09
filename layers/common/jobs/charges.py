"""What a job costs that ends without a result: what its vendor told, or its most where that cannot be known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.errors import MeddahError, NotFound, ProviderError, ProviderMisconfigured
from common.jobs.follow_up import follow_up
from common.jobs.model import Job, JobStatus
from common.observability import count, logger, measure
from common.providers import Usage
from common.spending import job_receipt, note_events

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.jobs.repository import JobRepository


def full_price(job: Job, *, model: str = JobStatus.CANCELLED) -> list[Usage]:
    """Return what a job is taken to cost that ends while its vendor may go on with it; usage shows it as `model`."""
    return [Usage(model=str(model), cost_microusd=job.reserved_microusd)] if job.reserved_microusd else []


def end_as_failed(job: Job, error: MeddahError, *, jobs: JobRepository) -> None:
    """End the job with `error` as its studio will see it, at what it cost.

    Where another was quicker to end it, what the vendor told is charged still.
    """
    shown = {"code": error.code, "message": error.message, "details": error.details, "retryable": error.retryable}
    told = error.usages if isinstance(error, ProviderError) else ()
    usages = full_price(job, model=JobStatus.FAILED) if not told and _may_be_made(job, error) else told
    failed = jobs.fail(job, error=shown, receipt=job_receipt(job, usages), usages=usages)
    if failed is None:
        charge_late(job, told, jobs=jobs)
        return
    note_events(jobs.tenant_id)
    follow_up(failed, jobs=jobs)
    measure("JobsFailed", 1, "Count", kind=job.kind.value, code=error.code)
    logger.info("job failed", extra={"job_id": job.id, "tenant": jobs.tenant_id, "code": error.code})


def _may_be_made(job: Job, error: MeddahError) -> bool:
    """Whether `error` ends only our asking: the vendor has the order and said nothing final of it."""
    is_ours = error.code == MeddahError.code or isinstance(error, ProviderMisconfigured)
    return job.request_id is not None and (error.retryable or is_ours)


def is_paid(job: Job) -> bool:
    """Whether what a job cost stands on its receipt already."""
    return job.status is JobStatus.COMPLETED or (job.receipt or {}).get("cost_microusd", 0) > 0


def charge_late(job: Job, usages: Sequence[Usage], *, jobs: JobRepository) -> None:
    """Charge a job that ended at no cost what it did cost, as is known by now: once, whoever else tells.

    Nothing is done where it has not ended or is paid for.
    """
    if not any(usage.cost_microusd for usage in usages):
        return
    try:
        ended = jobs.get(job.id)
    except NotFound:
        return
    if ended.status not in {JobStatus.CANCELLED, JobStatus.FAILED} or is_paid(ended):
        return
    jobs.charge(ended, receipt=job_receipt(ended, usages), usages=usages)
    note_events(jobs.tenant_id)
    count("JobsChargedLate")
    logger.info("job charged late", extra={"job_id": job.id, "tenant": jobs.tenant_id})
