"""How an order becomes a job: stored once under all its names, its cost set aside, its workers told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from botocore.exceptions import ClientError
from pydantic import AfterValidator, StringConstraints

from common.clock import new_id
from common.errors import BudgetExhausted, Busy, ClientIdTaken, LimitReached, NotFound
from common.faults import fault_to_carry
from common.jobs.follow_up import follow_up
from common.jobs.model import FINAL, RETENTION_SECONDS, Job, JobKind, JobStatus
from common.jobs.pointers import NAMED_SECONDS, client_pointer, key_pointer, retry_pointer
from common.jobs.queue import JobMessage
from common.jobs.reuse import start_of
from common.ledger import Moment
from common.observability import count, logger, measure, trace_of
from common.storage import failed_condition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.idempotency import Once
    from common.jobs.repository import JobRepository
    from common.jobs.reuse import Reuse
    from common.queues import TenantQueue
    from common.spending import Spending

_ATTEMPTS = 5
_RESERVED = ("job_", "batch_")
_PATHS = frozenset({"batches", "summary"})


def _free(client_id: str) -> str:
    if client_id.startswith(_RESERVED) or client_id in _PATHS:
        raise ValueError("is not for your own ids: it may not be batches or summary, nor begin with job_ or batch_")
    return client_id


ClientId = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"),
    AfterValidator(_free),
]
"""A studio's own name for a job: 1–64 letters, digits, `_` and `-`, unlike any of ours."""


@dataclass(frozen=True, slots=True)
class Extras:
    """What a studio says of an order besides the order, and how else its job came about."""

    character_id: str | None = None
    callback_url: str | None = None
    client_id: str | None = None
    fingerprint: str = ""
    """Hash of all that was asked for under `client_id`: the same id is the same job only where this is the same."""
    batch_id: str | None = None
    job_id: str | None = None
    """Its id, where that is known before (a batch); a job that is stored under it already is the answer."""
    retry_of: str | None = None


_NO_EXTRAS = Extras()


class _Name(NamedTuple):
    """A pointer under which the job is to be found: what makes it be ordered once."""

    pointer: str
    seconds: int
    fingerprint: str

    def require_same(self, fingerprint: str, once: Once | None) -> None:
        """Raise what says that the name stands for another order, where it does."""
        if once is not None and self.pointer == key_pointer(once):
            once.require_same(fingerprint)
        elif fingerprint != self.fingerprint:
            raise ClientIdTaken("Another order has this id; take a new one")


class _Stored(NamedTuple):
    """The job that answers an order."""

    job: Job
    is_new: bool
    is_known: bool = False
    """Whether the same request stored it before, and may have died before it told anybody."""


def start_job(
    kind: JobKind,
    order: dict[str, Any],
    *,
    max_microusd: int,
    jobs: JobRepository,
    queue: TenantQueue,
    spending: Spending,
    reuse: Reuse | None = None,
    extras: Extras = _NO_EXTRAS,
) -> Job:
    """Store a job, set aside what it may cost at most, and tell the workers.

    Once the record is written the job will run: should the message not get through, the watcher sends it some
    minutes later, so the caller is told the job exists rather than invited to order it twice. Where a request that is
    to be carried out once has stored a job before, or the studio's own id has, or an earlier retry, that job is
    returned. With `reuse` the same order is not made again: the job under way is returned, unless this one has to
    stand alone, or one that is completed already.

    Raises:
        LimitReached, BudgetExhausted: the tenant may not order it; nothing is stored.
        KeyReused, ClientIdTaken: the key or id stands for another order.
    """
    now, fault = jobs.clock(), fault_to_carry()
    if fault is not None:
        reuse = None  # what is to fail has to be made
    job = Job(
        id=extras.job_id or new_id("job"),
        kind=kind,
        order=order,
        created_at=now,
        route=spending.route,
        reserved_microusd=max_microusd,
        reserved_on=Moment.of(now).day,
        player_id=spending.player_id,
        fault=fault,
        order_name=reuse.name if reuse else None,
        batch_id=extras.batch_id,
        client_id=extras.client_id,
        character_id=extras.character_id,
        callback_url=extras.callback_url,
        retry_of=extras.retry_of,
    )
    stored = _store(job, reuse, jobs=jobs, spending=spending, extras=extras)
    if stored.is_new and stored.job.status in FINAL:
        follow_up(stored.job, jobs=jobs)
    elif (stored.is_new or stored.is_known) and stored.job.status is JobStatus.PENDING:
        if stored.is_new:
            measure("JobsQueued", 1, "Count", kind=kind.value)
        _tell_workers(stored.job, jobs=jobs, queue=queue)
    return stored.job


def _tell_workers(job: Job, *, jobs: JobRepository, queue: TenantQueue) -> None:
    try:
        queue.send(JobMessage(tenant_id=jobs.tenant_id, job_id=job.id))
    except Exception as error:  # noqa: BLE001 - whatever the reason, the watcher is the remedy
        logger.warning("job stored but not queued", extra={"job_id": job.id, "trace": trace_of(error)})
        count("JobsNotQueued")


def _store(job: Job, reuse: Reuse | None, *, jobs: JobRepository, spending: Spending, extras: Extras) -> _Stored:
    """Store a job, or return what answers in its place: what the same request stored before, or the same order.

    Only a refusal looks for the former, whatever it says: the first job itself may have used up the budget. Where
    another same order was quicker, it is the answer.
    """
    once = spending.once if extras.batch_id is None else None
    names, gone = _names_of(once, extras), dict[str, str]()
    for _ in range(_ATTEMPTS):
        start = start_of(job, reuse, jobs=jobs)
        puts = [*start.puts, *(_naming(name, start.job, jobs=jobs, gone=gone) for name in names)]
        try:
            spending.order(start.max_microusd, puts=puts, day=job.reserved_on, usages=start.usages)
        except (ClientError, LimitReached, BudgetExhausted) as refused:
            earlier = _earlier(names, extras, jobs=jobs, once=once, gone=gone)
            if earlier is not None:
                return _Stored(earlier, is_new=False, is_known=True)
            may_pass = reuse is not None or bool(gone)
            if not (may_pass and isinstance(refused, ClientError) and failed_condition(refused)):
                raise
        else:
            return _Stored(start.job, is_new=bool(start.puts))
    raise Busy("Too many simultaneous orders of the same; try again")


def _names_of(once: Once | None, extras: Extras) -> list[_Name]:
    names: list[_Name] = []
    if once is not None:
        names.append(_Name(key_pointer(once), RETENTION_SECONDS, once.fingerprint))
    if extras.client_id is not None:
        names.append(_Name(client_pointer(extras.client_id), NAMED_SECONDS, extras.fingerprint))
    if extras.retry_of is not None:
        names.append(_Name(retry_pointer(extras.retry_of), NAMED_SECONDS, ""))
    return names


def _naming(name: _Name, job: Job, *, jobs: JobRepository, gone: dict[str, str]) -> dict[str, Any]:
    return jobs.pointers.first(
        name.pointer,
        job.id,
        seconds=name.seconds,
        instead_of=gone.get(name.pointer),
        fingerprint=name.fingerprint,
    )


def _earlier(
    names: Sequence[_Name], extras: Extras, *, jobs: JobRepository, once: Once | None, gone: dict[str, str]
) -> Job | None:
    """Return the job that has one of the names, noting in `gone` those whose job is no longer kept.

    Raises:
        KeyReused, ClientIdTaken: a name stands for another order.
    """
    if extras.job_id is not None and (known := _known(extras.job_id, jobs)):
        return known
    for name in names:
        found = jobs.pointers.get(name.pointer)
        if found is None:
            continue
        known = _known(found["points_to"], jobs)
        if known is None:
            gone[name.pointer] = found["points_to"]
            continue
        name.require_same(found["fingerprint"], once)
        return known
    return None


def _known(job_id: str, jobs: JobRepository) -> Job | None:
    try:
        return jobs.get(job_id)
    except NotFound:
        return None
