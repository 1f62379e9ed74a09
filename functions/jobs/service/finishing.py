"""Finishing jobs: fetching what the vendor made, in time or too late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.errors import NotFound
from common.jobs import FIRST_DUE_SECONDS, FinishMessage, charge_late, follow_up, is_paid
from common.observability import count, logger
from common.spending import job_receipt, note_events
from jobs.service.vendors import owed_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from common.jobs import Job, JobRepository
    from jobs.repository import AssetStore
    from jobs.service.vendors import Vendors

OVERDUE_SECONDS = 3_600
"""A job that has not ended an hour after it began never will."""
WATCH_SECONDS = 60


async def finish_job(
    job: Job,
    *,
    message: FinishMessage,
    jobs: JobRepository,
    assets: AssetStore,
    vendors: Vendors,
    ask_again: Callable[[FinishMessage], None] | None = None,
) -> None:
    """Fetch the result of a claimed job, store its file, and only then complete it.

    The file's key is made of the job's id, so a step that dies in between leaves nothing behind that the next one
    does not replace. Where the job has been ended meanwhile, what was made is charged. While the vendor is still at
    work the job is let go; `ask_again` has it looked at again soon, for a vendor that cannot call us back.
    """
    if job.request_id is None or message.request_id not in {None, job.request_id}:
        logger.warning("a vendor's word about another order", extra={"job_id": job.id, "tenant": jobs.tenant_id})
        jobs.release(job)
        return
    media = await vendors.collect(job, message.output)
    if media is None:
        jobs.release(job, due_in=WATCH_SECONDS if ask_again is None else FIRST_DUE_SECONDS)
        if ask_again is not None:
            ask_again(message)
        return
    store = assets.put if job.order_name is None else assets.keep
    key = store(jobs.tenant_id, job.id, media)
    usages = [media.usage]
    receipt = job_receipt(job, usages)
    done = jobs.complete(job, result=dict(media.facts), asset_key=key, receipt=receipt, usages=usages)
    if done is None:
        charge_late(job, usages, jobs=jobs)
        return
    note_events(jobs.tenant_id)
    follow_up(done, jobs=jobs)
    count("JobsCompleted")
    took = round((done.finished_at or 0) - done.created_at, 3)
    logger.info("job completed", extra={"job_id": job.id, "tenant": jobs.tenant_id, "seconds": took})


async def hear_too_late(
    message: FinishMessage,
    *,
    jobs: JobRepository,
    vendors: Vendors,
    ask_again: Callable[[FinishMessage], None] | None = None,
) -> None:
    """Charge a job that was cancelled or given up, should its vendor have made it all the same: what it cost, once.

    Raises:
        ProviderError: what it cost is not known yet.
    """
    try:
        job = jobs.get(message.job_id)
    except NotFound:
        return
    request_id = job.request_id or message.request_id
    if is_paid(job) or request_id is None or message.request_id not in {None, request_id}:
        return
    owed = await owed_for(job.model_copy(update={"request_id": request_id}), message.output, vendors)
    if owed is None:
        if ask_again is not None and jobs.clock() - job.created_at <= OVERDUE_SECONDS:
            ask_again(message)
    else:
        charge_late(job, owed, jobs=jobs)
