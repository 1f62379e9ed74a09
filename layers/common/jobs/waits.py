"""Holding an answer until something has ended, or the seconds are over: simple clients need no polling loop.

Looks are few and far between: the first about when the lane's jobs usually end, else after 0.3, 0.6, 1.2, 2, 3, 3 … s.
All but the last are eventually consistent.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import TYPE_CHECKING, TypeVar

from common.jobs.model import FINAL, Job, JobStatus

if TYPE_CHECKING:
    from common.jobs.batches import Batch, Batches
    from common.jobs.repository import JobRepository

MOST_SECONDS = 25
"""API Gateway gives up after 30, the function after 29."""
ANSWERED_SECONDS = 26.5
"""By then the last look begins at the latest, however long the order took before the wait."""
MOST_LOOKS = 12
_PAUSES = (0.3, 0.6, 1.2, 2.0)
_LONGEST_PAUSE = 3.0
_LAST = 0.05
"""Less than this is not worth another look."""

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]
Timer = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an answer may be held: as asked for, but never so long that the gateway has given up by then."""

    seconds: float
    timer: Timer = time.monotonic
    began: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "began", self.timer())

    @property
    def left(self) -> float:
        """Return how many seconds are left of it now."""
        return max(0.0, min(self.seconds, ANSWERED_SECONDS - (self.timer() - self.began)))


async def await_end(
    job: Job, *, jobs: JobRepository, seconds: float, sleep: Sleep = asyncio.sleep, timer: Timer = time.monotonic
) -> Job:
    """Return a job as it is when it has ended or `seconds` (at most 25) have passed: at most 12 reads and one more."""
    if seconds <= 0 or job.status in FINAL:
        return job
    first = _expected(job, jobs=jobs)

    def look(is_last: bool) -> Job:  # noqa: FBT001 - what `hold` says of its look
        return jobs.get(job.id) if is_last else jobs.glimpse(job.id)

    return await hold(
        job, look, ended=lambda one: one.status in FINAL, seconds=seconds, first=first, sleep=sleep, timer=timer
    )


async def await_batch(
    batch: Batch,
    *,
    batches: Batches,
    seconds: float,
    sleep: Sleep = asyncio.sleep,
    timer: Timer = time.monotonic,
) -> Batch:
    """Return a batch as it is when all its jobs have ended or `seconds` (at most 25) have passed: at most 12 reads."""

    def look(is_last: bool) -> Batch:  # noqa: FBT001
        return batches.get(batch.id) if is_last else batches.glimpse(batch.id)

    return await hold(batch, look, ended=lambda one: one.is_over, seconds=seconds, sleep=sleep, timer=timer)


async def hold(
    seen: T,
    look: Callable[[bool], T],
    *,
    ended: Callable[[T], bool],
    seconds: float,
    first: float | None = None,
    sleep: Sleep = asyncio.sleep,
    timer: Timer = time.monotonic,
) -> T:
    """Return what is seen when it has `ended` or `seconds` have passed; `look(is_last)` is called at most 12 times."""
    until = timer() + min(seconds, MOST_SECONDS)
    pauses = _pauses(first)
    for looks_left in range(MOST_LOOKS - 1, -1, -1):
        left = until - timer()
        if ended(seen) or left <= _LAST:
            break
        pause = min(left, next(pauses)) if looks_left else left
        await sleep(left if left - pause <= _LAST else pause)
        seen = look(until - timer() <= _LAST)
    return seen


def _pauses(first: float | None) -> Iterator[float]:
    if first is None:
        return chain(_PAUSES, repeat(_LONGEST_PAUSE))
    return chain([max(_PAUSES[0], first)], _PAUSES, repeat(_LONGEST_PAUSE))


def _expected(job: Job, *, jobs: JobRepository) -> float | None:
    """Return in how many seconds a job that runs should end; None where that is not known."""
    took = jobs.lanes.glimpse(job.kind).took_seconds
    if took is None:
        return None
    began = job.started_at if job.status is JobStatus.PROCESSING and job.started_at is not None else jobs.clock()
    return max(0.0, began + took - jobs.clock())
