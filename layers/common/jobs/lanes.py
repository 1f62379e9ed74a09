"""Lanes: how many jobs of one kind a tenant has running, and how long they took.

    jobs table   tenant_id + job_id
      lane#<kind>   running: ids of the jobs that hold a place; took_0 … took_19, waited_0 … waited_19: seconds

A place is taken in the transaction that claims a job and given back in the one that ends it, so as many are taken as
jobs run, whoever dies. From when a job is turned away until none waits, the lane is in the index `open-by-due` once:
should nobody else wake a waiting job, the watcher does.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from common.errors import NotFound
from common.jobs.model import JobKind, JobStatus
from common.storage import from_item, to_item, write_if
from common.tenancy import tenants
from common.tiers import tiers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from common.clock import Clock
    from common.jobs.model import Job

PREFIX = "lane#"
MEASURED = 20
"""Of so many jobs, about the last ones, a lane knows how long they took."""
WATCH_SECONDS = 60
"""How often the watcher looks at a lane where jobs wait."""
_WATCH_AGAIN_SECONDS = 50
MOST_WOKEN = 25
"""Jobs woken at one look."""
OPEN = "open"
"""What the sparse index `open-by-due` finds by that is to be looked at."""


@dataclass(frozen=True, slots=True)
class Lane:
    """How one lane stands."""

    running: frozenset[str] = frozenset()
    took: tuple[float, ...] = ()
    """Seconds from claim to end of jobs that were completed."""
    waited: tuple[float, ...] = ()
    """Seconds from order to claim of the same jobs."""
    watched_until: float | None = None
    """When the watcher looks next; None where nobody has been turned away that may still wait."""

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Lane:
        """Return the lane in a stored item."""
        return cls(
            running=frozenset(item.get("running", ())),
            took=tuple(value for name, value in item.items() if name.startswith("took_")),
            waited=tuple(value for name, value in item.items() if name.startswith("waited_")),
            watched_until=item.get("due_at") if "open" in item else None,
        )

    def free(self, places: int) -> int:
        """Return how many of so many places nobody holds."""
        return max(0, places - len(self.running))

    def to_wake(self, places: int) -> int:
        """Return how many of those that wait are to be woken when a place has become free: 0 where none may wait."""
        return min(self.free(places), MOST_WOKEN) if self.watched_until is not None else 0

    @property
    def took_seconds(self) -> float | None:
        """The median time from claim to end; None where nothing is measured."""
        return median(self.took) if self.took else None

    def starts_in(self, waiting: int, places: int) -> float | None:
        """Return in about how many seconds an order would start behind so many; None where that cannot be said."""
        if waiting == 0 and self.free(places):
            return 0.0
        return (waiting + 1) * self.took_seconds / places if self.took_seconds is not None else None


class Lanes:
    """One tenant's lanes."""

    def __init__(self, tenant_id: str, *, client: DynamoDBClient, table: str, clock: Clock) -> None:
        self._tenant_id = tenant_id
        self._client = client
        self._table = table
        self._clock = clock

    def get(self, kind: JobKind) -> Lane:
        """Return how a lane stands (1 read unit)."""
        return self._get(kind, consistent=True)

    def glimpse(self, kind: JobKind) -> Lane:
        """Return how a lane stood a moment ago (half a read unit)."""
        return self._get(kind, consistent=False)

    def entry(self, job: Job, places: int) -> dict[str, Any]:
        """Return the write by which a job takes a place; refused where all are taken."""
        update = {
            "UpdateExpression": "ADD #running :jobs",
            "ConditionExpression": "attribute_not_exists(#running) OR size(#running) < :places "
            "OR contains(#running, :job)",
            "ExpressionAttributeNames": {"#running": "running"},
            "ExpressionAttributeValues": to_item({":jobs": {job.id}, ":job": job.id, ":places": places}),
        }
        return {"Update": {"TableName": self._table, "Key": self._key(job.kind), **update}}

    def exit(self, ended: Job) -> dict[str, Any]:
        """Return the write by which a job that ends gives its place back, and leaves how long it took."""
        sets, names, values = "", {"#running": "running"}, {":jobs": {ended.id}}
        if ended.status is JobStatus.COMPLETED and ended.started_at is not None:
            slot = zlib.crc32(ended.id.encode()) % MEASURED
            sets = f"SET took_{slot} = :took, waited_{slot} = :waited "
            took = (ended.finished_at or ended.started_at) - ended.started_at
            values |= {":took": round(took, 3), ":waited": round(ended.started_at - ended.created_at, 3)}
        update = {
            "UpdateExpression": f"{sets}DELETE #running :jobs",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": to_item(values),
        }
        return {"Update": {"TableName": self._table, "Key": self._key(ended.kind), **update}}

    def watch(self, kind: JobKind, lane: Lane) -> None:
        """Have the watcher look at `lane` in a minute; one write in ten seconds, however many are turned away."""
        now = self._clock()
        if lane.watched_until is not None and lane.watched_until > now + _WATCH_AGAIN_SECONDS:
            return
        self._update(
            kind,
            "SET #open = :open, due_at = :due_at",
            {":open": OPEN, ":due_at": now + WATCH_SECONDS},
            names={"#open": "open"},
        )

    def postpone(self, kind: JobKind, lane: Lane) -> bool:
        """Move the watcher's next look at a lane away; False if it is not as it was seen."""
        answer = self._update(
            kind,
            "SET due_at = :due_at",
            {":due_at": self._clock() + WATCH_SECONDS, ":seen": lane.watched_until},
            ConditionExpression="due_at = :seen",
        )
        return answer is not None

    def unwatch(self, kind: JobKind, lane: Lane) -> None:
        """Let a lane be where none waits; not if somebody has been turned away since."""
        self._update(
            kind,
            "REMOVE #open, due_at",
            {":seen": lane.watched_until},
            names={"#open": "open"},
            ConditionExpression="due_at = :seen",
        )

    def _get(self, kind: JobKind, *, consistent: bool) -> Lane:
        answer = self._client.get_item(TableName=self._table, Key=self._key(kind), ConsistentRead=consistent)
        return Lane.of(from_item(answer.get("Item", {})))

    def _update(
        self,
        kind: JobKind,
        expression: str,
        values: Mapping[str, Any],
        *,
        names: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Any:
        named = {"ExpressionAttributeNames": dict(names)} if names else {}
        return write_if(
            self._client.update_item,
            TableName=self._table,
            Key=self._key(kind),
            UpdateExpression=expression,
            ExpressionAttributeValues=to_item(values),
            **named,
            **options,
        )

    def _key(self, kind: JobKind) -> dict[str, Any]:
        return to_item({"tenant_id": self._tenant_id, "job_id": f"{PREFIX}{kind.value}"})


def places_of(tenant_id: str) -> int:
    """Return how many jobs of a kind a tenant may have running; the least of all for one that is no longer there."""
    try:
        return tenants().by_id(tenant_id).limits.concurrent_jobs
    except NotFound:
        return min(tier.limits.concurrent_jobs for tier in tiers().values())
