"""HTTP routes of the jobs domain."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from common.api import CurrentSpending, CurrentTenant, error_answers, for_players, spends, tenant_router
from common.dependencies import Jobs, Wait
from common.errors import NotFound
from common.jobs import (
    Among,
    FinishMessage,
    JobAccepted,
    JobKind,
    JobStatus,
    await_end,
    finish_queue,
    submit_queues,
)
from common.paging import MAX_PAGE
from common.player_tokens import PlayerScope
from common.providers.callbacks import PATH as VENDOR_PATH
from common.providers.callbacks import believe
from common.text import Label
from jobs import service
from jobs.models import Cancellation, CancelResponse, JobListResponse, JobResponse, JobsSummary, PrioritizeResponse
from jobs.repository import assets

router = tenant_router("/v1/jobs", "Jobs")
vendor_router = APIRouter(include_in_schema=False)


def _url(job: service.JobView) -> str | None:
    return assets().sign(job.job.asset_key) if job.job.asset_key else None


def _shown(view: service.JobView) -> JobResponse:
    return JobResponse.of(
        view.job,
        url=_url(view),
        progress_percent=view.progress_percent,
        queue_position=view.queue_position,
    )


def _seconds(moment: datetime | None) -> float | None:
    """Return a moment in epoch seconds; one without a zone is UTC."""
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


async def _among(
    character_id: Annotated[str | None, Query(max_length=80, description="Only jobs for this character.")] = None,
    batch_id: Annotated[str | None, Query(max_length=80, description="Only jobs of this batch.")] = None,
    created_after: Annotated[
        datetime | None, Query(description="Only jobs ordered then or later: ISO 8601 or epoch seconds.")
    ] = None,
    created_before: Annotated[datetime | None, Query(description="Only jobs ordered before.")] = None,
) -> Among:
    return Among(
        character_id=character_id,
        batch_id=batch_id,
        created_after=_seconds(created_after),
        created_before=_seconds(created_before),
    )


@router.get("", response_model=JobListResponse)
async def list_jobs(  # noqa: PLR0917 - FastAPI hands over what a route needs
    jobs: Jobs,
    among: Annotated[Among, Depends(_among)],
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="How many, 1–100.")] = 50,
    cursor: Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before.")] = None,
    kind: Annotated[JobKind | None, Query(description="Only jobs of this kind.")] = None,
    status: Annotated[JobStatus | None, Query(description="Only jobs that stand here.")] = None,
) -> JobListResponse:
    """List your jobs, newest first: those that have not ended, and those that did in the last 24 hours."""
    page = jobs.recent(limit=limit, cursor=cursor, kind=kind, status=status, among=among)
    views = service.views_of(page.records, jobs=jobs)
    return JobListResponse(items=[_shown(view) for view in views], next_cursor=page.next_cursor)


@router.get("/summary", response_model=JobsSummary)
async def summarise_jobs(jobs: Jobs) -> JobsSummary:
    """Tell how your jobs are doing: how many wait and run, since when, and when a new order would begin."""
    return service.summarise(jobs)


@router.get(
    "/{job_id}",
    response_model=JobResponse,
    responses=error_answers(404),
    openapi_extra=for_players(PlayerScope.TTS),
)
async def get_job(job_id: str, tenant: CurrentTenant, jobs: Jobs, wait: Wait) -> JobResponse:
    """Get one job, by our id or your own: poll it until `status` is completed, failed or cancelled, or have us wait.

    With `wait` the answer comes when the job has ended, or after so many seconds as it then stands. A player token sees
    its player's jobs.
    """
    job = service.find_job(job_id, jobs=jobs)
    if tenant.player is not None and not job.concerns(tenant.player.player_id):
        raise NotFound.of("job", job_id)
    job = await await_end(job, jobs=jobs, seconds=wait.left)
    return _shown(service.view_of(job, jobs=jobs))


@router.delete("/{job_id}", response_model=CancelResponse, responses=error_answers(404, 409))
async def cancel_job(job_id: str, jobs: Jobs) -> CancelResponse:
    """Cancel a job that has not ended.

    The vendor is asked to stop; whatever it makes all the same is dropped. A job that has ended stays as it is: 409,
    whose `details` say how and when it did.
    """
    job = service.find_job(job_id, jobs=jobs)
    ask_later = partial(finish_queue().send, delay=service.LAST_WORD_SECONDS)
    vendors = service.vendors(jobs.tenant_id)
    done = await service.cancel_job(job.id, jobs=jobs, vendors=vendors, ask_later=ask_later)
    return CancelResponse.of(done.job, url=None, cancellation=Cancellation(vendor=done.vendor.value))


@router.post("/{job_id}/prioritize", response_model=PrioritizeResponse, responses=error_answers(404, 409))
async def prioritize_job(job_id: str, jobs: Jobs) -> PrioritizeResponse:
    """Put a job that waits before all that are not urgent. One that has begun or ended stays as it is (409)."""
    job = service.find_job(job_id, jobs=jobs)
    job, changed = service.prioritize_job(job.id, jobs=jobs, queues=submit_queues())
    view = service.view_of(job, jobs=jobs)
    outcome = "prioritized" if changed else "unchanged"
    return PrioritizeResponse.of(
        job,
        url=None,
        progress_percent=view.progress_percent,
        queue_position=view.queue_position,
        outcome=outcome,
    )


@router.post(
    "/{job_id}/retry",
    status_code=202,
    response_model=JobAccepted,
    responses=error_answers(404, 409),
    openapi_extra=spends("voice"),
)
async def retry_job(job_id: str, tenant: CurrentTenant, jobs: Jobs, spending: CurrentSpending) -> JobAccepted:
    """Order what a failed job was to make once more, as a new job at today's prices.

    A second time the answer is the same new job. A job that has not failed stays as it is (409).
    """
    again = service.retry_job(
        service.find_job(job_id, jobs=jobs),
        jobs=jobs,
        queues=submit_queues(),
        vendors=service.vendors(jobs.tenant_id),
        spending=spending,
        config=tenant.config,
    )
    return JobAccepted.of(again)


@vendor_router.post(VENDOR_PATH, status_code=202)
async def hear(request: Request, tenant: Label, job: Label, token: Label) -> dict[str, str]:
    """Take the vendor's word that a job is done: checked, queued, answered, nothing more."""
    word = await believe(dict(request.headers), await request.body(), tenant_id=tenant, job_id=job, token=token)
    finish_queue().send(FinishMessage(tenant_id=tenant, job_id=job, request_id=word.request_id, output=word.output))
    return {"status": "heard"}
