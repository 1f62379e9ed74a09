"""What studios see of their jobs."""

from __future__ import annotations

from typing import Any, Literal, Self

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


class Timings(BaseModel):
    """How long a job was in each stage so far, in milliseconds; null: it has not left it, or never was in it."""

    queued_ms: int | None = Field(description="From the order until a worker took it.")
    submitted_ms: int | None = Field(description="Until the vendor had it.")
    provider_ms: int | None = Field(description="Until the vendor was done, as far as we were told.")
    finish_ms: int | None = Field(description="Until its file was stored and it was completed.")
    total_ms: int | None = Field(description="From the order to the end.")

    @classmethod
    def of(cls, job: Job) -> Timings:
        """Return the timings of a job."""
        return cls(
            queued_ms=_between(job.created_at, job.started_at),
            submitted_ms=_between(job.started_at, job.submitted_at),
            provider_ms=_between(job.submitted_at, job.finishing_at),
            finish_ms=_between(job.finishing_at, job.finished_at),
            total_ms=_between(job.created_at, job.finished_at),
        )


def _between(begin: float | None, end: float | None) -> int | None:
    return max(0, round((end - begin) * 1000)) if begin is not None and end is not None else None


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
                "attempts": 2,
                "progress_percent": 100,
                "queue_position": None,
                "timings": {
                    "queued_ms": 50,
                    "submitted_ms": 90,
                    "provider_ms": 900,
                    "finish_ms": 160,
                    "total_ms": 1200,
                },
                "urgent": False,
                "client_id": "potion-merchant-7",
                "batch_id": None,
                "character_id": None,
                "retry_of": None,
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
    attempts: int = Field(description="How often a worker has taken it up.")
    progress_percent: int | None = Field(
        description="0 while it waits, 100 when completed; between, the time it has run against the median of your "
        "last jobs of its kind, at most 95. Null where that is not known, and where it ended otherwise."
    )
    queue_position: int | None = Field(
        description="How many of your jobs of its kind are before it, 1,000 for more; only of a single job that waits."
    )
    timings: Timings
    urgent: bool = Field(description="Whether it goes before those that are not.")
    client_id: str | None = Field(description="Your own id of it.")
    batch_id: str | None
    character_id: str | None = Field(description="The character it is for, as its order said.")
    retry_of: str | None = Field(description="The failed job whose order it makes once more.")
    expires_at: str | None = Field(description="When the job and its file are gone: 24 hours after the end.")
    result: dict[str, Any] | None = Field(
        description="When completed: `image_url` or `audio_url`, signed afresh at each read and good for 15 minutes, "
        "and the facts of the file; of speech also `spoken_text`, what was read out."
    )
    error: JobError | None = Field(description="When failed.")
    usage: Receipt | None = Field(description="When it has ended: what it cost.")

    @classmethod
    def of(
        cls,
        job: Job,
        *,
        url: str | None,
        progress_percent: int | None = None,
        queue_position: int | None = None,
        **more: Any,
    ) -> Self:
        """Return `job` as studios see it, `url` being where its file can be fetched now."""
        return cls(
            job_id=job.id,
            kind=job.kind,
            status=job.status,
            created_at=iso(job.created_at),
            started_at=iso(job.started_at) if job.started_at else None,
            finished_at=iso(job.finished_at) if job.finished_at else None,
            attempts=job.attempts,
            progress_percent=progress_percent,
            queue_position=queue_position,
            timings=Timings.of(job),
            urgent=job.urgent,
            client_id=job.client_id,
            batch_id=job.batch_id,
            character_id=job.character_id,
            retry_of=job.retry_of,
            expires_at=iso(job.expires_at) if job.expires_at else None,
            result=_result(job, url),
            error=JobError(**job.error) if job.error else None,
            usage=Receipt(**job.receipt) if job.receipt else None,
            **more,
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


class Cancellation(BaseModel):
    """What became of a cancelled job at its vendor."""

    vendor: Literal["not_sent", "stopped", "too_late", "unreachable"] = Field(
        description="`not_sent`: it never had the order. `stopped`: it makes nothing. `too_late`: it had made it, "
        "which is owed. `unreachable`: it could not be told, or the order is on its way right now; it counts at its "
        "most, or at what it turns out to cost."
    )


class CancelResponse(JobResponse):
    """A job that was cancelled; `usage` says what it cost all the same."""

    cancellation: Cancellation


class PrioritizeResponse(JobResponse):
    """A job that waits and is urgent."""

    outcome: Literal["prioritized", "unchanged"] = Field(description="`unchanged`: it was urgent before.")


class LaneSummary(BaseModel):
    """How your jobs of one kind are doing."""

    waiting: int = Field(description="How many have not begun.")
    more: bool = Field(description="Whether even more wait: they are counted up to 1,000.")
    running: int
    places: int = Field(description="How many may run at the same time: your limit `concurrent_jobs`.")
    oldest_waiting_at: str | None = Field(description="When the one was ordered that waits longest.")
    estimated_start_seconds: float | None = Field(
        description="In about how many seconds a new order would begin, from how long your last jobs of this kind "
        "took; null where nothing is measured yet."
    )
    median_seconds: float | None = Field(description="How long those took, from begin to end: the median.")
    ended: dict[JobStatus, int] = Field(description="How the newest of your jobs of the last 24 hours ended.")


class JobsSummary(BaseModel):
    """How your jobs are doing."""

    kinds: dict[JobKind, LaneSummary]
    truncated: bool = Field(description="Whether `ended` leaves out jobs older than your newest 500.")
