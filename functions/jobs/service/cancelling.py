"""Cancelling jobs: first at the vendor, then here; who cancels is told which race was lost."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from common.clock import iso
from common.errors import Busy, JobEnded, ProviderError
from common.jobs import FINAL, FinishMessage, follow_up, full_price
from common.observability import count, logger, trace_of
from common.spending import job_receipt
from jobs.service.vendors import owed_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from common.jobs import Job, JobRepository
    from common.providers import Usage
    from jobs.service.vendors import Vendors

LAST_WORD_SECONDS = 900
"""How long after a cancellation the vendor is asked what it made all the same: the longest delay of a queue."""
PATIENCE_SECONDS = 20.0
"""For all that is asked of the vendor about one job: the function ends after 29."""
_ATTEMPTS = 6
"""A job can move on under a cancelling hand only a few times: it is claimed once, and its order is noted once."""


class VendorWord(StrEnum):
    """What the vendor did about a cancelled job."""

    NOT_SENT = "not_sent"
    STOPPED = "stopped"
    TOO_LATE = "too_late"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A job that was cancelled, and what its vendor did about it."""

    job: Job
    vendor: VendorWord


@dataclass(frozen=True, slots=True)
class _Answer:
    word: VendorWord
    usages: Sequence[Usage] = ()


async def cancel_job(
    job_id: str,
    *,
    jobs: JobRepository,
    vendors: Vendors,
    ask_later: Callable[[FinishMessage], None] | None = None,
    patience: float = PATIENCE_SECONDS,
) -> Cancelled:
    """End a job its studio no longer wants: first at the vendor, for what it does not make costs nothing.

    What the vendor had made before is owed. Where it goes on all the same, or cannot be asked, the job counts at the
    most it may cost; should its order be on its way right now, whoever sent it withdraws it. Where it says that it
    stops, `ask_later` has it asked what became of it, for its webhook may be lost (`hear_too_late`); done before the
    job ends, so that no end goes without. The vendor has `patience` seconds in all, after which it is unreachable.

    Raises:
        NotFound: no such job. JobEnded: it has ended before, or while we asked; the details say how and when.
    """
    until = asyncio.get_running_loop().time() + patience
    for _ in range(_ATTEMPTS):
        job = jobs.get(job_id)
        if job.status in FINAL:
            raise ended_error(job)
        answer = await _ask_until(until, job, vendors)
        if ask_later is not None and answer.word is VendorWord.STOPPED:
            ask_later(FinishMessage(tenant_id=jobs.tenant_id, job_id=job.id))
        cancelled = jobs.cancel(job, receipt=job_receipt(job, answer.usages), usages=answer.usages)
        if cancelled is not None:
            follow_up(cancelled, jobs=jobs)
            count("JobsCancelled")
            return Cancelled(cancelled, answer.word)
    raise Busy("The job moves on faster than it can be cancelled; try again")


def ended_error(job: Job) -> JobEnded:
    """Return what says that a job has ended, and how and when."""
    details = {"status": job.status.value, "finished_at": iso(job.finished_at) if job.finished_at else None}
    return JobEnded(f"The job has already ended: it is {job.status.value}", details=details)


async def _ask_until(until: float, job: Job, vendors: Vendors) -> _Answer:
    try:
        async with asyncio.timeout_at(until):
            return await _ask(job, vendors)
    except TimeoutError:
        logger.warning("vendor asked in vain about a cancelled job", extra={"job_id": job.id})
        return _Answer(VendorWord.UNREACHABLE, full_price(job))


async def _ask(job: Job, vendors: Vendors) -> _Answer:
    """Ask the vendor to stop; return what it did, and what the job costs all the same."""
    if job.request_id is None:
        return _Answer(VendorWord.NOT_SENT if job.submission_at is None else VendorWord.UNREACHABLE)
    try:
        stopped = await vendors.cancel(job)
    except ProviderError as error:
        logger.warning("vendor not told of a cancelled job", extra={"job_id": job.id, "trace": trace_of(error)})
        return _Answer(VendorWord.UNREACHABLE, full_price(job))
    return _Answer(VendorWord.STOPPED) if stopped else _Answer(VendorWord.TOO_LATE, await _owed_in_spite(job, vendors))


async def _owed_in_spite(job: Job, vendors: Vendors) -> Sequence[Usage]:
    """Return what a job costs that its vendor did not stop; its most where that is not known."""
    try:
        owed = await owed_for(job, None, vendors)
    except ProviderError as error:
        logger.warning("cost of a cancelled job unknown", extra={"job_id": job.id, "trace": trace_of(error)})
        owed = None
    return full_price(job) if owed is None else owed
