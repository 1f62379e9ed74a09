"""What webhooks tell of a job's end: ids and numbers, never what was ordered or made."""

from __future__ import annotations

from common.events import Event, EventType, job_event_id
from common.events.types import JobEventData
from common.jobs.model import Job, JobStatus

_TYPES = {
    JobStatus.COMPLETED: EventType.JOB_COMPLETED,
    JobStatus.FAILED: EventType.JOB_FAILED,
    JobStatus.CANCELLED: EventType.JOB_CANCELLED,
}


def ending_of(job: Job) -> Event:
    """Return the event that tells of a job's end; what the job has none of is left out of it."""
    told = JobEventData.model_validate(
        {
            "job_id": job.id,
            "kind": job.kind.value,
            "status": job.status.value,
            "client_id": job.client_id,
            "batch_id": job.batch_id,
            "character_id": job.character_id,
            "error_code": (job.error or {}).get("code"),
            "cost_microusd": (job.receipt or {}).get("cost_microusd"),
        }
    )
    return Event(
        id=job_event_id(job.id),
        type=_TYPES[job.status],
        at=job.finished_at or job.created_at,
        data=told.model_dump(mode="json", exclude_none=True),
        callback_url=job.callback_url,
    )
