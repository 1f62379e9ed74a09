"""HTTP route of batches: how many orders of one call are doing."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, Field

from common.api import error_answers, tenant_router
from common.clock import iso
from common.dependencies import Jobs, Wait
from common.jobs import Batch, await_batch
from common.orders import OrderError
from common.orders.batches import outcomes_of

router = tenant_router("/v1/jobs/batches", "Jobs")


class BatchedOrder(BaseModel):
    """One order of a batch: its job, or why there is none."""

    index: int
    job_id: str | None = None
    error: OrderError | None = None


class JobBatchResponse(BaseModel):
    """A batch."""

    batch_id: str
    created_at: str
    finished_at: str | None = Field(default=None, description="When the last of its jobs ended; until then absent.")
    expires_at: str | None = Field(default=None, description="When it is gone: 24 hours after that.")
    total: int = Field(description="How many jobs it has; what was refused or ordered before is not one of them.")
    completed: int
    failed: int
    cancelled: int
    refused: int = Field(description="How many orders were refused.")
    items: list[BatchedOrder] = Field(description="Its orders; how each job stands is in `GET /v1/jobs?batch_id=`.")

    @classmethod
    def of(cls, batch: Batch) -> JobBatchResponse:
        """Return a batch as studios see it."""
        outcomes = outcomes_of(batch)
        return cls(
            batch_id=batch.id,
            created_at=iso(batch.created_at),
            finished_at=iso(batch.finished_at) if batch.finished_at else None,
            expires_at=iso(batch.expires_at) if batch.expires_at else None,
            total=batch.total,
            completed=batch.completed,
            failed=batch.failed,
            cancelled=batch.cancelled,
            refused=sum(outcome.error is not None for outcome in outcomes),
            items=[BatchedOrder(index=one.index, job_id=one.job_id, error=one.error) for one in outcomes],
        )


@router.get(
    "/{batch_id}", response_model=JobBatchResponse, response_model_exclude_none=True, responses=error_answers(404)
)
async def get_batch(batch_id: Annotated[str, Path()], jobs: Jobs, wait: Wait) -> JobBatchResponse:
    """Get one batch: how many of its jobs have ended, and how.

    With `wait` the answer comes when all have ended, or after so many seconds.
    """
    batches = jobs.batches
    batch = await await_batch(batches.get(batch_id), batches=batches, seconds=wait.left)
    if batch.is_over and batch.finished_at is None:
        batch = batches.note_end(batch_id)
    return JobBatchResponse.of(batch)
