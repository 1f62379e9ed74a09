"""The job and its state machine: `pending → processing → completed | failed | cancelled`.

A pending job waits for a place in its lane, a processing one holds it.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, Field
from ulid import ULID

from common.storage import Record, StoredJson


class JobKind(StrEnum):
    """What a job makes."""

    IMAGE = "image"
    SPEECH = "speech"


class JobStatus(StrEnum):
    """Where a job stands."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


RETENTION_SECONDS = 24 * 3600
"""How long a job is kept after its end."""
FINAL = frozenset({JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED})

_BECOMES = {
    JobStatus.PENDING: {JobStatus.PROCESSING, JobStatus.FAILED, JobStatus.CANCELLED},
    JobStatus.PROCESSING: {JobStatus.PROCESSING, *FINAL},
}


def can_become(now: JobStatus, then: JobStatus) -> bool:
    """Whether a job may go from `now` to `then`; nothing leaves a final state."""
    return then in _BECOMES.get(now, set())


def sources_of(then: JobStatus) -> list[JobStatus]:
    """Return every status from which a job may become `then`: the condition of the write that does it."""
    return [now for now in JobStatus if can_become(now, then)]


class Job(Record):
    """A job as stored. Times are epoch seconds; `id` is `job_` + ULID."""

    kind: JobKind
    status: JobStatus = JobStatus.PENDING
    order: StoredJson
    """The order as the provider's port takes it."""
    created_at: float
    started_at: float | None = None
    """When a worker first claimed it: from then on it holds a place in its lane."""
    submitted_at: float | None = None
    """When the vendor's id of the order was noted."""
    finishing_at: float | None = None
    """When its finishing was last begun, after the vendor's word."""
    finished_at: float | None = None
    attempts: int = 0
    """Claims so far. Also the fencing token: a worker whose lease ran out no longer matches and cannot write."""
    lease_until: float = 0
    submission_at: float | None = None
    """Set just before the order goes out: from here on it may have been paid for, and is never sent again unless the
    vendor said that it took nothing."""
    request_id: str | None = None
    """The vendor's id of the order; absent until we know that it was accepted."""
    result: StoredJson | None = None
    asset_key: str | None = None
    error: StoredJson | None = None
    receipt: StoredJson | None = None
    route: str = ""
    """As usage names what ordered it."""
    reserved_microusd: int = 0
    """What it may cost at most: set aside in the ledger until the job's end."""
    reserved_on: str = ""
    """The day it was, for a player's budget of that day."""
    player_id: str | None = None
    shared_with: frozenset[str] | None = None
    """Other players whose same order it answers too."""
    fault: str | None = None
    """How it is to fail, as a test key demanded; see `common.faults`."""
    order_name: str | None = None
    """What the same order is found by; None where it is not to be answered with this job."""
    urgent: bool = False
    """Whether it goes before those that are not, by a queue of its own."""
    batch_id: str | None = None
    """The batch it was ordered in."""
    client_id: str | None = None
    """The studio's own name for it."""
    character_id: str | None = None
    """The character it is for, as the studio said."""
    callback_url: str | None = None
    """Where its end is told besides the tenant's endpoints."""
    retry_of: str | None = None
    """The failed job whose order it makes once more."""
    expires_at: int | None = None
    """When DynamoDB may delete it (24 h after the end); reads filter on it, deletion comes up to two days late."""

    def concerns(self, player_id: str) -> bool:
        """Whether a player ordered it, or shares it."""
        return player_id == self.player_id or player_id in (self.shared_with or ())

    @property
    def stands_alone(self) -> bool:
        """Whether it has to be a job of its own: somebody watches for this very one."""
        return any((self.batch_id, self.client_id, self.callback_url, self.retry_of))

    @property
    def place(self) -> str:
        """Where it stands among those that wait: urgent ones first, each in the order they were stored."""
        return f"{URGENT if self.urgent else NORMAL}{self.id}"


URGENT, NORMAL = "1#", "2#"
"""How `Job.place` begins."""


def ordered_at(job_id: str) -> float:
    """Return when a job was ordered, in epoch seconds, from its id."""
    return ULID.from_str(job_id.partition("_")[2]).timestamp


class JobAccepted(BaseModel):
    """The answer to an order: poll the job."""

    job_id: str = Field(examples=["job_01K00000000000000000000000"])
    status: JobStatus = JobStatus.PENDING

    @classmethod
    def of(cls, job: Job) -> JobAccepted:
        """Return the answer for a job just stored."""
        return cls(job_id=job.id, status=job.status)
