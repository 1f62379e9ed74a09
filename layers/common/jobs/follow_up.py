"""What is done right after a job has ended: telling of it, waking who waits for its place, ending its batch.

The ending's own transaction holds all that must not be lost; this only makes it known sooner, so nothing here can fail
for whoever ended the job, and what a death leaves undone the watchers do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.events import job_event_id
from common.jobs.lanes import places_of
from common.jobs.queue import JobMessage, submit_queues
from common.observability import count, logger, trace_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from common.jobs.lanes import Lane
    from common.jobs.model import Job, JobKind
    from common.jobs.queue import SubmitQueues
    from common.jobs.repository import JobRepository


def follow_up(ended: Job, *, jobs: JobRepository) -> None:
    """Do what a job's end brings with it; `ended` is as its ending returned it."""
    jobs.outbox.tell(job_event_id(ended.id))
    batch_id = ended.batch_id
    if ended.started_at is not None:
        _try(lambda: wake(ended.kind, jobs=jobs), ended)
    if batch_id is not None:
        _try(lambda: jobs.batches.note_end(batch_id), ended)


def wake(kind: JobKind, *, jobs: JobRepository, lane: Lane | None = None, queues: SubmitQueues | None = None) -> int:
    """Send the messages of those that wait first, as many as there are free places; returns how many.

    1 read unit where nobody was turned away lately, else 1.5. A message too many does no harm: it finds its job
    running, or no place.
    """
    lane = lane or jobs.lanes.get(kind)
    wanted = lane.to_wake(places_of(jobs.tenant_id))
    if not wanted:
        return 0
    queues = queues or submit_queues()
    waiters = jobs.waiting.first(kind, limit=wanted)
    for waiter in waiters:
        message = JobMessage(tenant_id=jobs.tenant_id, job_id=waiter.job_id, urgent=waiter.urgent, woken=True)
        queues.send(message, kind)
    count("JobsWoken", len(waiters))
    return len(waiters)


def _try(work: Callable[[], object], ended: Job) -> None:
    try:
        work()
    except Exception as error:  # noqa: BLE001 - the job has ended; the watcher is the remedy
        logger.warning("end not followed up", extra={"job_id": ended.id, "trace": trace_of(error)})
        count("EndsNotFollowedUp")
