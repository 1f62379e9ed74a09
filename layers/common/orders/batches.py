"""Many orders in one call: a job each, one batch to watch, and whatever was refused named in its place.

The batch is stored before its first order, so a call that dies is told by the watcher (`common.jobs.batches`), and the
same request sent again with its `Idempotency-Key` goes on where the first one stopped.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BaseModel, Field

from common import aws
from common.clock import new_id
from common.errors import BudgetExhausted, Busy, InvalidInput, LimitReached, MeddahError
from common.jobs import MOST_ORDERS, Batch, JobStatus
from common.jobs.batches import UNSEALED_SECONDS
from common.jobs.pointers import key_pointer
from common.observability import logger
from common.text import PublicUrl, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from common.jobs import Job, JobRepository
    from common.orders.wishes import Wish
    from common.spending import Spending

T = TypeVar("T")

ORDERING_SECONDS = 18.0
"""After this long no further order is begun: the function ends after 29 s, the last one may take some of them."""
_LATEST_SECONDS = UNSEALED_SECONDS - 30
"""After this long a batch takes no more orders: the watcher is about to say which were stored, and must be right."""


class BatchRequest(Request):
    """Many orders at once."""

    callback_url: PublicUrl | None = Field(
        default=None,
        description="Where the end of the whole batch is told, signed, besides your webhooks. Needs the secret that "
        "`POST /v1/webhooks/callbacks/rotate-secret` gives you.",
    )


class OrderError(BaseModel):
    """Why an order of a batch was refused."""

    code: str = Field(examples=["BUDGET_EXHAUSTED"])
    message: str
    details: dict[str, Any]
    retryable: bool = Field(description="Whether the same order may work later.")


class OrderOutcome(BaseModel):
    """What became of one order of a batch: a job or an error."""

    index: int = Field(description="Its place among `orders`, from 0.")
    job_id: str | None = Field(default=None, description="The job that was ordered, or stood under its `client_id`.")
    status: JobStatus | None = Field(default=None, description="How that job stands.")
    error: OrderError | None = Field(default=None, description="Why there is none.")


class BatchAccepted(BaseModel):
    """The answer to a batch of orders: watch the batch, or each job."""

    batch_id: str = Field(examples=["batch_01K00000000000000000000000"])
    total: int = Field(
        description="How many jobs the batch has; what was refused or ordered before is not one of them."
    )
    items: Annotated[list[OrderOutcome], Field(max_length=MOST_ORDERS)]


def placed(index: int, check: Callable[[], T]) -> T:
    """Return what `check` returns of the order at `index`, whose fields an error names by their place in the batch.

    Raises:
        InvalidInput: as `check` raises it.
    """
    try:
        return check()
    except InvalidInput as error:
        errors = [{**one, "field": f"orders.{index}.{one['field']}"} for one in error.details["errors"]]
        message = f"Invalid input: {errors[0]['field']}: {errors[0]['reason']}"
        raise InvalidInput(message, details={"errors": errors}) from error


def order_batch(
    wishes: Sequence[Wish],
    *,
    jobs: JobRepository,
    spending: Spending,
    callback_url: str | None = None,
    timer: Callable[[], float] = time.monotonic,
) -> BatchAccepted:
    """Order up to 100 wishes, one after the other, and say of each what became of it.

    Each reserves its own cost. What a budget or a name refuses is reported in its place, and the others go on; a limit
    ends it, and so do 18 seconds: what is left is reported as refused. The same request sent again orders only what
    it has not. An order whose `client_id` stands for the same order already is answered with that job, which is no job
    of this batch.

    Raises:
        LimitReached, BudgetExhausted: not one order would pass as things stand; nothing is stored.
        InvalidInput: two orders have one `client_id`. KeyReused: the request's key stands for another request.
    """
    _require_own_names(wishes)
    _require_room(wishes, jobs=jobs, spending=spending)
    spending.admit()
    meant = Batch(
        id=new_id("batch"),
        created_at=jobs.clock(),
        job_ids=[new_id("job") for _ in wishes],
        callback_url=callback_url,
    )
    batch = jobs.batches.open(meant, once=spending.once)
    if batch.refused is None:
        orders = _Orders(batch, jobs=jobs, spending=spending, until=timer() + ORDERING_SECONDS, timer=timer)
        if jobs.clock() - batch.created_at < _LATEST_SECONDS:
            orders.place(wishes)
        return orders.close()
    return _told(batch, jobs=jobs)


def _require_own_names(wishes: Sequence[Wish]) -> None:
    seen = set[str]()
    for index, wish in enumerate(wishes):
        name = wish.extras.client_id
        if name is not None and name in seen:
            raise InvalidInput.field(f"orders.{index}.client_id", "stands for another order of this batch too")
        seen |= {name} if name is not None else set()


def _require_room(wishes: Sequence[Wish], *, jobs: JobRepository, spending: Spending) -> None:
    """Refuse a batch of which nothing would be ordered; one that the same request began is gone on with whatever."""
    try:
        spending.require_room(min(wish.least_microusd for wish in wishes))
    except (LimitReached, BudgetExhausted):
        if spending.once is None or jobs.pointers.get(key_pointer(spending.once)) is None:
            raise


class _Orders:
    """The orders of one batch while they are placed."""

    def __init__(
        self, batch: Batch, *, jobs: JobRepository, spending: Spending, until: float, timer: Callable[[], float]
    ) -> None:
        self._batch = batch
        self._jobs = jobs
        self._spending = spending
        self._until = until
        self._timer = timer
        self._found: dict[str, Job] = {}
        """What answers each order, by the id that its job was meant to have."""
        self._errors: dict[str, MeddahError] = {}

    def place(self, wishes: Iterable[Wish]) -> None:
        """Place orders until a limit or the time ends it."""
        ending: MeddahError | None = None
        for job_id, wish in zip(self._batch.job_ids, wishes, strict=True):
            if ending is None and self._timer() > self._until:
                ending = Busy("There was no time left for this order; send it again")
            if ending is not None:
                self._errors[job_id] = ending
                continue
            refused = self._place(job_id, wish)
            ending = refused if isinstance(refused, LimitReached) else None

    def _place(self, job_id: str, wish: Wish) -> MeddahError | None:
        part = self._spending.part()
        extras = replace(wish.extras, batch_id=self._batch.id, job_id=job_id)
        try:
            self._found[job_id] = wish.start(part, extras)
        except MeddahError as refused:
            self._errors[job_id] = refused
        except Exception as error:
            if not aws.is_busy(error):
                raise
            self._errors[job_id] = Busy("Storage is busy; try again")
        self._spending.follow(part)
        return self._errors.get(job_id)

    def close(self) -> BatchAccepted:
        """Note what was not stored, whatever was heard of it, and return what became of all."""
        lost = [job_id for job_id in self._batch.job_ids if job_id not in self._found]
        stored = self._jobs.batches.stored(lost) if lost else {}
        refused: dict[str, Any] = {
            job_id: _shown(self._errors.get(job_id) or Busy("The order was not stored; send it again"))
            for job_id in lost
            if job_id not in stored
        }
        earlier = {job_id: {"job_id": job.id} for job_id, job in self._found.items() if job.id != job_id}
        statuses = {job_id: values["status"] for job_id, values in stored.items()}
        statuses |= {job.id: job.status for job in self._found.values()}
        batch = self._jobs.batches.seal(self._batch.id, refused | earlier)
        logger.info("batch ordered", extra={"batch_id": batch.id, "jobs": batch.total, "refused": len(refused)})
        return _accepted(batch, statuses)


def _shown(error: MeddahError) -> dict[str, Any]:
    return OrderError(
        code=error.code, message=error.message, details=error.details, retryable=error.retryable
    ).model_dump()


def _told(batch: Batch, *, jobs: JobRepository) -> BatchAccepted:
    """Return what became of a batch whose orders were all dealt with before."""
    ids = [outcome.job_id for outcome in outcomes_of(batch) if outcome.job_id is not None]
    stored = jobs.batches.stored(ids) if ids else {}
    return _accepted(batch, {job_id: values["status"] for job_id, values in stored.items()})


def _accepted(batch: Batch, statuses: Mapping[str, str]) -> BatchAccepted:
    items = outcomes_of(batch)
    for outcome in items:
        if outcome.job_id is not None and outcome.job_id in statuses:
            outcome.status = JobStatus(statuses[outcome.job_id])
    return BatchAccepted(batch_id=batch.id, total=batch.total, items=items)


def outcomes_of(batch: Batch) -> list[OrderOutcome]:
    """Return what became of each order of a batch, as its parent knows it: not how the jobs stand."""
    refused = batch.refused or {}
    return [_outcome(index, job_id, refused.get(job_id)) for index, job_id in enumerate(batch.job_ids)]


def _outcome(index: int, job_id: str, refused: Mapping[str, Any] | None) -> OrderOutcome:
    if refused is None:
        return OrderOutcome(index=index, job_id=job_id)
    if "job_id" in refused:
        return OrderOutcome(index=index, job_id=refused["job_id"])
    return OrderOutcome(index=index, error=OrderError.model_validate(refused))
