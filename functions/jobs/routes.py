"""HTTP routes of the jobs domain."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from common.api import error_answers, tenant_router
from common.dependencies import Jobs
from common.jobs import Job, JobKind, JobStatus
from common.paging import MAX_PAGE
from jobs.models import JobListResponse, JobResponse
from jobs.repository import assets

router = tenant_router("/v1/jobs", "Jobs")


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


@router.get("/{job_id}", response_model=JobResponse, responses=error_answers(404))
async def get_job(job_id: str, jobs: Jobs) -> JobResponse:
    """Get one job: poll it until `status` is completed, failed or cancelled."""
    return _shown(jobs.get(job_id))
