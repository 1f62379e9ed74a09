"""What studios see of their jobs."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from common.clock import iso
from common.jobs import Job, JobKind, JobStatus
from common.receipts import Receipt

URL_FIELD = {JobKind.IMAGE: "image_url", JobKind.SPEECH: "audio_url"}


class JobError(BaseModel):
    """Why a job failed."""

    code: str = Field(examples=["PROVIDER_REJECTED"])
    message: str
    details: dict[str, Any]
    retryable: bool = Field(description="Whether the same order may work later.")


class JobResponse(BaseModel):
    """A job."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "job_id": "job_01K00000000000000000000000",
                "kind": "image",
                "status": "completed",
                "created_at": "2026-11-20T15:16:00.000Z",
                "started_at": "2026-11-20T15:16:00.050Z",
                "finished_at": "2026-11-20T15:16:01.200Z",
                "expires_at": "2026-11-21T15:16:01.000Z",
                "result": {
                    "image_url": "https://…",
                    "seed_used": 7,
                    "width": 512,
                    "height": 512,
                    "inference_time_ms": 840.0,
                },
                "error": None,
                "usage": Receipt(megapixels=0.262, model="sandbox/flux-dev").model_dump(),
            }
        }
    )

    job_id: str
    kind: JobKind
    status: JobStatus
    created_at: str
    started_at: str | None
    finished_at: str | None
    expires_at: str | None = Field(description="When the job and its file are gone: 24 hours after the end.")
    result: dict[str, Any] | None = Field(
        description="When completed: `image_url` or `audio_url`, signed afresh at each read and good for 15 minutes, "
        "and the facts of the file; of speech also `spoken_text`, what was read out."
    )
    error: JobError | None = Field(description="When failed.")
    usage: Receipt | None = Field(description="When completed.")

    @classmethod
    def of(cls, job: Job, *, url: str | None) -> JobResponse:
        """Return `job` as studios see it, `url` being where its file can be fetched now."""
        return cls(
            job_id=job.id,
            kind=job.kind,
            status=job.status,
            created_at=iso(job.created_at),
            started_at=iso(job.started_at) if job.started_at else None,
            finished_at=iso(job.finished_at) if job.finished_at else None,
            expires_at=iso(job.expires_at) if job.expires_at else None,
            result=_result(job, url),
            error=JobError(**job.error) if job.error else None,
            usage=Receipt(**job.receipt) if job.receipt else None,
        )


def _result(job: Job, url: str | None) -> dict[str, Any] | None:
    if job.result is None:
        return None
    said = {"spoken_text": job.order["text"]} if "text" in job.order else {}
    return {URL_FIELD[job.kind]: url, **job.result, **said}


class JobListResponse(BaseModel):
    """One page of jobs, newest first."""

    items: list[JobResponse]
    next_cursor: str | None = Field(description="Send it back as `cursor`; a page may be short and still have a next.")
