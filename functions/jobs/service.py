"""Ending jobs: fetching what the vendor made, and looking after jobs that got lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.clock import Clock, wall_clock
from common.errors import JobOverdue
from common.jobs import FINAL, JobKind, end_as_failed
from common.observability import count, logger
from common.providers import ImageOrder, SpeechOrder
from common.receipts import Receipt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.jobs import Job, JobMessage, JobRepository, OpenJobs
    from common.providers import ImageGenerator, Media, SpeechSynthesizer
    from common.queues import TenantQueue
    from jobs.repository import AssetStore

COLLECT_SECONDS = 20.0
OVERDUE_SECONDS = 3_600
"""A job that has not ended an hour after it was ordered never will."""
POLL_SECONDS = 60
_WATCHED_AT_ONCE = 100


async def finish_job(
    job: Job,
    *,
    jobs: JobRepository,
    assets: AssetStore,
    images: ImageGenerator,
    voices: SpeechSynthesizer,
) -> None:
    """Fetch the result of a claimed job, store its file, and only then complete it.

    The file's key is made of the job's id, so a step that dies in between leaves nothing behind that the next one
    does not replace. While the vendor is still at work the job is let go and looked at again.
    """
    media = await _collect(job, images=images, voices=voices) if job.request_id else None
    if media is None:
        jobs.release(job, due_in=POLL_SECONDS)
        return
    key = assets.put(jobs.tenant_id, job.id, media)
    receipt = Receipt.of([media.usage]).model_dump(mode="json")
    done = jobs.complete(job, result=dict(media.facts), asset_key=key, receipt=receipt)
    if done is not None:
        count("JobsCompleted")
        took = round((done.finished_at or 0) - done.created_at, 3)
        logger.info("job completed", extra={"job_id": job.id, "tenant": jobs.tenant_id, "seconds": took})


async def _collect(job: Job, *, images: ImageGenerator, voices: SpeechSynthesizer) -> Media | None:
    request_id = str(job.request_id)
    if job.kind is JobKind.IMAGE:
        return await images.collect(request_id, ImageOrder(**job.order), timeout=COLLECT_SECONDS)
    return await voices.collect(request_id, SpeechOrder(**job.order), timeout=COLLECT_SECONDS)


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
    job = jobs.postpone(message.job_id, due_in=POLL_SECONDS)
    if job is None or job.status in FINAL:
        return
    if now - job.created_at > OVERDUE_SECONDS:
        end_as_failed(job, JobOverdue("The job did not end in time"), jobs=jobs)
        return
    queue = finish if job.request_id is not None else submit[job.kind]
    queue.send(message)
