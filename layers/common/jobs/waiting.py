"""The jobs that wait for a place, in the order in which they will get one.

The sparse index `waiting` of the jobs table holds every pending job: `waiting` is `<tenant_id>#<kind>`, `place` says
whether it is urgent, then its id. It follows the table within moments, not at once; whatever is done about what it says
is a conditional write on the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from common.jobs.model import NORMAL, URGENT, ordered_at
from common.storage import from_item, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from common.jobs.model import Job, JobKind

INDEX = "waiting"
MOST_COUNTED = 1_000
"""Where more wait than this, they are not counted."""


class Waiter(NamedTuple):
    """One that waits."""

    job_id: str
    urgent: bool


class Waiting:
    """One tenant's jobs that wait, eventually consistent."""

    def __init__(self, tenant_id: str, *, client: DynamoDBClient, table: str) -> None:
        self._tenant_id = tenant_id
        self._client = client
        self._table = table

    def entry(self, job: Job) -> dict[str, str]:
        """Return the attributes by which the index has a job."""
        return {"waiting": self._name(job.kind), "place": job.place}

    def first(self, kind: JobKind, *, limit: int) -> list[Waiter]:
        """Return the first `limit` in their order (half a read unit for forty)."""
        found = self._query(kind, Limit=limit)["Items"]
        return [_waiter(from_item(item)) for item in found]

    def before(self, job: Job) -> int:
        """Return how many are before a job, at most `MOST_COUNTED` (at most 13 read units)."""
        return self._query(
            job.kind, condition="place < :place", values={":place": job.place}, Limit=MOST_COUNTED, Select="COUNT"
        )["Count"]

    def count(self, kind: JobKind) -> int:
        """Return how many wait, `MOST_COUNTED` + 1 for more than so many (at most 13 read units)."""
        return self._query(kind, Limit=MOST_COUNTED + 1, Select="COUNT")["Count"]

    def oldest(self, kind: JobKind) -> float | None:
        """Return when the one was ordered that waits longest, in epoch seconds (1 read unit); None where none waits."""
        firsts = [
            _waiter(from_item(item))
            for order in (URGENT, NORMAL)
            for item in self._query(kind, condition="begins_with(place, :order)", values={":order": order}, Limit=1)[
                "Items"
            ]
        ]
        return min((ordered_at(waiter.job_id) for waiter in firsts), default=None)

    def _query(
        self, kind: JobKind, *, condition: str = "", values: dict[str, Any] | None = None, **options: Any
    ) -> Any:
        return self._client.query(
            TableName=self._table,
            IndexName=INDEX,
            KeyConditionExpression="waiting = :waiting" + (f" AND {condition}" if condition else ""),
            ExpressionAttributeValues=to_item({":waiting": self._name(kind), **(values or {})}),
            **options,
        )

    def _name(self, kind: JobKind) -> str:
        return f"{self._tenant_id}#{kind.value}"


def _waiter(item: dict[str, Any]) -> Waiter:
    return Waiter(job_id=item["job_id"], urgent=item["place"].startswith(URGENT))
