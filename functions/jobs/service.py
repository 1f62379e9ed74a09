"""Ending jobs: fetching what the vendor made, and looking after jobs that got lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from common.clock import Clock, wall_clock
from common.errors import (
    JobEnded,
    JobOverdue,
    NotFound,
    ProviderAmbiguous,
    ProviderError,
    ProviderMisconfigured,
)
from common.jobs import (
    FINAL,
    FIRST_DUE_SECONDS,
    FinishMessage,
    JobKind,
    charge_late,
    end_as_failed,
    full_price,
    is_paid,
)
from common.observability import count, logger, trace_of
from common.providers import ImageOrder, SpeechOrder
from common.providers.choice import image_generator, speech_synthesizer
from common.spending import job_receipt, note_events

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from common.jobs import Job, JobMessage, JobRepository, OpenJobs
    from common.providers import ImageGenerator, Media, SpeechSynthesizer, Usage
    from common.queues import TenantQueue
    from jobs.repository import AssetStore

COLLECT_SECONDS = 20.0
CANCEL_SECONDS = 5.0
OVERDUE_SECONDS = 3_600
"""A job that has not ended an hour after it was ordered never will."""
UNCLEAR_SECONDS = 600
"""How long an order that may or may not have been accepted waits for the vendor's webhook."""
WATCH_SECONDS = 60
LAST_WORD_SECONDS = 900
"""How long after a cancellation the vendor is asked what it made all the same: the longest delay of a queue."""
_WATCHED_AT_ONCE = 100
_CANCEL_ATTEMPTS = 5
"""A job can move on under a cancelling hand only a few times: its order goes out once and is noted once."""


@dataclass(frozen=True, slots=True)
class Vendors:
    """Who makes what."""

    images: ImageGenerator
    voices: SpeechSynthesizer

    async def collect(self, job: Job, output: Mapping[str, Any] | None) -> Media | None:
        """Fetch what a job ordered; None while the vendor is still at work."""
        request_id = str(job.request_id)
        if job.kind is JobKind.IMAGE:
            order = ImageOrder(**job.order)
            return await self.images.collect(request_id, order, output=output, timeout=COLLECT_SECONDS)
        spoken = SpeechOrder(**job.order)
        return await self.voices.collect(request_id, spoken, output=output, timeout=COLLECT_SECONDS)

    async def cancel(self, job: Job) -> bool:
        """Ask the vendor to stop; whether it took the wish."""
        request_id = str(job.request_id)
        if job.kind is JobKind.IMAGE:
            return await self.images.cancel(request_id, ImageOrder(**job.order), timeout=CANCEL_SECONDS)
        return await self.voices.cancel(request_id, SpeechOrder(**job.order), timeout=CANCEL_SECONDS)


def vendors(tenant_id: str) -> Vendors:
    """Return a tenant's vendors."""
    return Vendors(images=image_generator(tenant_id), voices=speech_synthesizer(tenant_id))


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
    count("JobsCompleted")
    took = round((done.finished_at or 0) - done.created_at, 3)
    logger.info("job completed", extra={"job_id": job.id, "tenant": jobs.tenant_id, "seconds": took})


async def cancel_job(
    job_id: str,
    *,
    jobs: JobRepository,
    vendors: Vendors,
    ask_later: Callable[[FinishMessage], None] | None = None,
) -> Job:
    """End a job its studio no longer wants: first at the vendor, for what it does not make costs nothing.

    What the vendor had made before is owed. Where it goes on all the same, or cannot be asked, the job counts at the
    most it may cost. Where it says that it stops, `ask_later` has it asked what became of it, for its webhook may be
    lost (`hear_too_late`); done before the job ends, so that no end goes without.

    Raises:
        NotFound: no such job. JobEnded: it has ended before.
    """
    for _ in range(_CANCEL_ATTEMPTS):
        job = jobs.get(job_id)
        if job.status in FINAL:
            break
        usages = await _owed_in_spite(job, vendors)
        if ask_later is not None and job.request_id is not None and not usages:
            ask_later(FinishMessage(tenant_id=jobs.tenant_id, job_id=job.id))
        cancelled = jobs.cancel(job, receipt=job_receipt(job, usages), usages=usages)
        if cancelled is not None:
            return cancelled
    raise JobEnded("The job has already ended")


async def _owed_in_spite(job: Job, vendors: Vendors) -> list[Usage]:
    """Ask the vendor to stop; return what the job costs all the same."""
    if job.request_id is None:
        return []
    try:
        owed = [] if await vendors.cancel(job) else await _owed(job, None, vendors)
    except ProviderError as error:
        logger.warning("vendor not told of a cancelled job", extra={"job_id": job.id, "trace": trace_of(error)})
        owed = None
    return full_price(job) if owed is None else owed


async def _owed(job: Job, output: Mapping[str, Any] | None, vendors: Vendors) -> list[Usage] | None:
    """Return what the vendor is owed for a job that nobody wants any more; None while it is at work.

    Raises:
        ProviderError: that is not known yet.
    """
    try:
        media = await vendors.collect(job, output)
    except ProviderError as error:
        if not error.usages and (error.retryable or isinstance(error, ProviderMisconfigured)):
            raise
        return list(error.usages)
    return None if media is None else [media.usage]


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
    owed = await _owed(job.model_copy(update={"request_id": request_id}), message.output, vendors)
    if owed is None:
        if ask_again is not None and jobs.clock() - job.created_at <= OVERDUE_SECONDS:
            ask_again(message)
    else:
        charge_late(job, owed, jobs=jobs)


def watch(
    open_jobs: OpenJobs, *, submit: Mapping[JobKind, TenantQueue], finish: TenantQueue, clock: Clock = wall_clock
) -> int:
    """Send every overdue job its next message again; end those that are past saving. Returns how many were due.

    A bounded number at a time, longest overdue first; the rest is for the next minute.
    """
    due = open_jobs.due(limit=_WATCHED_AT_ONCE)
    for message in due:
        _look_after(message, open_jobs.jobs_of(message.tenant_id), submit=submit, finish=finish, now=clock())
    if due:
        count("JobsOverdue", len(due))
    return len(due)


def _look_after(
    message: JobMessage,
    jobs: JobRepository,
    *,
    submit: Mapping[JobKind, TenantQueue],
    finish: TenantQueue,
    now: float,
) -> None:
    job = jobs.postpone(message.job_id, due_in=FIRST_DUE_SECONDS)
    if job is None or job.status in FINAL:
        return
    if now - job.created_at > OVERDUE_SECONDS:
        end_as_failed(job, JobOverdue("The job did not end in time"), jobs=jobs)
    elif job.request_id is not None:
        finish.send(FinishMessage(tenant_id=jobs.tenant_id, job_id=job.id))
    elif job.submission_at is None:
        submit[job.kind].send(message)
    elif now - job.submission_at > UNCLEAR_SECONDS:
        end_as_failed(job, ProviderAmbiguous("Nobody knows whether the vendor took this order"), jobs=jobs)
