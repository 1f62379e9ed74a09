"""The same order again: the job under way is the answer, or a job that is born with what was made before.

An order's pointer is written in the transaction that stores its job, so of two at the same time one is made. In the one
that completes the job it takes in what was made, which outlives the job's own record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from common.cache import fingerprint, seconds_in_force
from common.errors import NotFound
from common.jobs.model import FINAL, RETENTION_SECONDS, Job, JobKind, JobStatus
from common.providers import Usage
from common.receipts import Receipt

if TYPE_CHECKING:
    from common.config import CacheConfig
    from common.jobs.pointers import Pointers
    from common.jobs.repository import JobRepository

KEPT_SECONDS = 7 * 24 * 3600
"""How long what was made can be found: the longest time a tenant may set. Its file is kept a job's life longer
(template.yaml, lifecycle of `cache/`)."""
_MOST_SHARING = 100
"""Players who may see one job."""


@dataclass(frozen=True, slots=True)
class Reuse:
    """That an order may be answered with what was made before."""

    name: str
    """What the order is found by: the same for all tenants, in each one's own partition."""
    seconds: int
    """How long ago it may have been made."""

    @classmethod
    def of(cls, kind: JobKind, order: dict[str, Any], config: CacheConfig) -> Reuse | None:
        """Return how an order is reused as the tenant has it; None: not at all."""
        seconds = seconds_in_force(config)
        return cls(f"order#{fingerprint({'kind': kind, 'order': order})}", seconds) if seconds else None


class Made(BaseModel):
    """What an order brought, kept with its pointer."""

    model_config = ConfigDict(frozen=True)

    at: float
    """Epoch seconds."""
    result: dict[str, Any]
    asset_key: str
    model: str

    @classmethod
    def by(cls, job: Job) -> Made:
        """Return what a completed job made."""
        model = (job.receipt or {}).get("model") or ""
        return cls(at=job.finished_at or 0, result=job.result or {}, asset_key=job.asset_key or "", model=model)


class Start(NamedTuple):
    """The job that answers an order, and what has to be written to make it so."""

    job: Job
    puts: list[dict[str, Any]]
    usages: tuple[Usage, ...] | None = None
    """What it used, where nothing is made for it."""

    @property
    def max_microusd(self) -> int:
        """What answering so may cost at most."""
        return self.job.reserved_microusd if self.usages is None else 0


def start_of(job: Job, reuse: Reuse | None, *, jobs: JobRepository) -> Start:
    """Return how `job`, which is not stored yet, is best started: 1 read, 2 where a job is under way.

    What was found may have changed when it is written: the writes are then refused and this is to be asked again.
    """
    if reuse is None:
        return Start(job, [jobs.creation(job)])
    found = jobs.pointers.get(reuse.name)
    if found is None:
        return _anew(job, reuse, jobs=jobs)
    earlier = None if "made" in found else _known(found["points_to"], jobs)
    if earlier is not None and earlier.status not in FINAL:
        return _shared(earlier, job, jobs=jobs)
    made = Made.model_validate_json(found["made"]) if "made" in found else _made_by(earlier)
    if made is None or made.at + reuse.seconds <= job.created_at:
        return _anew(job, reuse, jobs=jobs, instead_of=found["points_to"])
    copy = _born_completed(job, made)
    return Start(copy, [jobs.creation(copy), *jobs.following(copy)], _nothing_but(made.model))


def completion(job: Job, *, pointers: Pointers) -> list[dict[str, Any]]:
    """Return the write that keeps what a completed job made for the same order, if it is one that may come again.

    Unconditional: as long as a job has not ended, no other takes its place at its order's pointer.
    """
    if job.order_name is None:
        return []
    made = Made.by(job).model_dump_json()
    return [pointers.put(job.order_name, job.id, seconds=KEPT_SECONDS, made=made)]


def _anew(job: Job, reuse: Reuse, *, jobs: JobRepository, instead_of: str | None = None) -> Start:
    pointer = jobs.pointers.first(reuse.name, job.id, seconds=KEPT_SECONDS, instead_of=instead_of)
    return Start(job, [jobs.creation(job), pointer])


def _shared(earlier: Job, job: Job, *, jobs: JobRepository) -> Start:
    """Let the job under way be the answer; a player whose it is not may see it from now on."""
    if job.stands_alone:
        return Start(job, [jobs.creation(job)])
    player = job.player_id
    if player is None or earlier.concerns(player):
        return Start(earlier, [], ())
    if len(earlier.shared_with or ()) >= _MOST_SHARING or not jobs.share(earlier.id, player):
        return Start(job, [jobs.creation(job)])
    return Start(earlier, [], ())


def _born_completed(job: Job, made: Made) -> Job:
    now = job.created_at
    return job.model_copy(
        update={
            "status": JobStatus.COMPLETED,
            "finished_at": now,
            "expires_at": int(now) + RETENTION_SECONDS,
            "result": made.result,
            "asset_key": made.asset_key,
            "receipt": Receipt.of(_nothing_but(made.model)).model_dump(mode="json"),
            "reserved_microusd": 0,
            "order_name": None,
        }
    )


def _nothing_but(model: str) -> tuple[Usage, ...]:
    """Return the usage of an answer that was there: nothing, of the model that gave it then."""
    return (Usage(model=model, cached=True),)


def _known(job_id: str, jobs: JobRepository) -> Job | None:
    try:
        return jobs.get(job_id)
    except NotFound:
        return None


def _made_by(earlier: Job | None) -> Made | None:
    return Made.by(earlier) if earlier is not None and earlier.status is JobStatus.COMPLETED else None
