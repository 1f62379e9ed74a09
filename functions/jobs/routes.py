"""HTTP routes of the jobs domain."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request

from common.api import CurrentTenant, error_answers, for_players, tenant_router
from common.dependencies import Jobs
from common.errors import NotFound
from common.jobs import FinishMessage, Job, JobKind, JobStatus, finish_queue
from common.paging import MAX_PAGE
from common.player_tokens import PlayerScope
from common.providers.callbacks import PATH as VENDOR_PATH
from common.providers.callbacks import believe
from common.text import Label
from jobs import service
from jobs.models import JobListResponse, JobResponse
from jobs.repository import assets

router = tenant_router("/v1/jobs", "Jobs")
vendor_router = APIRouter(include_in_schema=False)


def _shown(job: Job) -> JobResponse:
    return JobResponse.of(job, url=assets().sign(job.asset_key) if job.asset_key else None)


@router.get("", response_model=JobListResponse)
async def list_jobs(  # noqa: PLR0917 - FastAPI hands over what a route needs
    jobs: Jobs,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="How many, 1–100.")] = 50,
    cursor: Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before.")] = None,
    kind: Annotated[JobKind | None, Query(description="Only jobs of this kind.")] = None,
    status: Annotated[JobStatus | None, Query(description="Only jobs that stand here.")] = None,
) -> JobListResponse:
    """List the jobs of the last 24 hours, newest first."""
    page = jobs.recent(limit=limit, cursor=cursor, kind=kind, status=status)
    return JobListResponse(items=[_shown(job) for job in page.records], next_cursor=page.next_cursor)


@router.get(
    "/{job_id}",
    response_model=JobResponse,
    responses=error_answers(404),
    openapi_extra=for_players(PlayerScope.TTS),
)
async def get_job(job_id: str, tenant: CurrentTenant, jobs: Jobs) -> JobResponse:
    """Get one job: poll it until `status` is completed, failed or cancelled. A player token sees its player's."""
    job = jobs.get(job_id)
    if tenant.player is not None and not job.concerns(tenant.player.player_id):
        raise NotFound.of("job", job_id)
    return _shown(job)


@router.delete("/{job_id}", response_model=JobResponse, responses=error_answers(404, 409))
async def cancel_job(job_id: str, jobs: Jobs) -> JobResponse:
    """Cancel a job that has not ended.

    The vendor is asked to stop; whatever it makes all the same is dropped. A job that has ended stays as it is (409).
    """
    ask_later = partial(finish_queue().send, delay=service.LAST_WORD_SECONDS)
    vendors = service.vendors(jobs.tenant_id)
    return _shown(await service.cancel_job(job_id, jobs=jobs, vendors=vendors, ask_later=ask_later))


@vendor_router.post(VENDOR_PATH, status_code=202)
async def hear(request: Request, tenant: Label, job: Label, token: Label) -> dict[str, str]:
    """Take the vendor's word that a job is done: checked, queued, answered, nothing more."""
    word = await believe(dict(request.headers), await request.body(), tenant_id=tenant, job_id=job, token=token)
    finish_queue().send(FinishMessage(tenant_id=tenant, job_id=job, request_id=word.request_id, output=word.output))
    return {"status": "heard"}
