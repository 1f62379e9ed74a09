"""Where jobs stand: how far one is, how many are before it, and how all of a tenant's are doing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from common.clock import iso
from common.jobs import FINAL, JobKind, JobStatus, places_of
from common.jobs.waiting import MOST_COUNTED
from jobs.models import JobsSummary, LaneSummary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.jobs import Job, JobRepository, Lane

_NEARLY = 95
"""Percent: what has not ended is never shown as done."""


@dataclass(frozen=True, slots=True)
class JobView:
    """A job and how far it is."""

    job: Job
    progress_percent: int | None
    queue_position: int | None = None
    """How many are before it; None where it does not wait, or nobody looked."""


def view_of(job: Job, *, jobs: JobRepository) -> JobView:
    """Return how far a job is: a query of at most 13 read units for one that waits, half a unit for one that runs."""
    if job.status is JobStatus.PENDING:
        return JobView(job, 0, queue_position=jobs.waiting.before(job))
    return views_of([job], jobs=jobs)[0]


def views_of(several: Sequence[Job], *, jobs: JobRepository) -> list[JobView]:
    """Return how far each job is, without its place in the queue: half a read unit for each kind that runs."""
    kinds = {job.kind for job in several if job.status is JobStatus.PROCESSING}
    lanes = {kind: jobs.lanes.glimpse(kind) for kind in kinds}
    now = jobs.clock()
    return [JobView(job, _progress(job, lanes.get(job.kind), now)) for job in several]


def summarise(jobs: JobRepository) -> JobsSummary:
    """Return how a tenant's jobs are doing (read units: for each kind at most 16, and those of 500 jobs)."""
    newest, more = jobs.newest_ended()
    ended = Counter((job.kind, job.status) for job in newest)
    places = places_of(jobs.tenant_id)
    return JobsSummary(
        kinds={kind: _lane_summary(kind, jobs, places=places, ended=ended) for kind in JobKind}, truncated=more
    )


def _lane_summary(
    kind: JobKind, jobs: JobRepository, *, places: int, ended: Counter[tuple[JobKind, JobStatus]]
) -> LaneSummary:
    lane, waiting = jobs.lanes.glimpse(kind), jobs.waiting.count(kind)
    oldest = jobs.waiting.oldest(kind) if waiting else None
    starts_in = lane.starts_in(waiting, places)
    return LaneSummary(
        waiting=min(waiting, MOST_COUNTED),
        more=waiting > MOST_COUNTED,
        running=len(lane.running),
        places=places,
        oldest_waiting_at=iso(oldest) if oldest is not None else None,
        estimated_start_seconds=round(starts_in, 1) if starts_in is not None else None,
        median_seconds=round(lane.took_seconds, 3) if lane.took_seconds is not None else None,
        ended={status: ended[kind, status] for status in JobStatus if status in FINAL},
    )


def _progress(job: Job, lane: Lane | None, now: float) -> int | None:
    if job.status is JobStatus.PENDING:
        return 0
    if job.status is JobStatus.COMPLETED:
        return 100
    took = lane.took_seconds if lane is not None else None
    if job.status is not JobStatus.PROCESSING or job.started_at is None or not took:
        return None
    return max(0, min(_NEARLY, round(100 * (now - job.started_at) / took)))
