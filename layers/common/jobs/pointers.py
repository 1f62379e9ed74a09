"""Other names of a tenant's jobs, beside them in their table: what ordered a job, and what order it makes.

jobs table   tenant_id + job_id
key#<hash>       the request that is carried out once (`common.idempotency`) → its job, or its batch
order#<hash>     the order (`common.jobs.reuse`) → the job that makes it or made it last
client#<id>      the studio's own id → its job, as long as the job is kept
retry#<job id>   a failed job → the job that makes its order once more
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from common.storage import from_item, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from common.clock import Clock
    from common.idempotency import Once


NAMED_SECONDS = 7 * 24 * 3600
"""How long a pointer stands that ends with its job; longer than any job takes, whose end says when it goes."""


def key_pointer(once: Once) -> str:
    """Return the pointer of a request that is carried out once."""
    return f"key#{once.request_key}"


def client_pointer(client_id: str) -> str:
    """Return the pointer of a studio's own id."""
    return f"client#{client_id}"


def retry_pointer(job_id: str) -> str:
    """Return the pointer of a failed job's second try."""
    return f"retry#{job_id}"


class Pointers:
    """One tenant's pointers. They are written in the transactions that make their jobs what they say."""

    def __init__(self, tenant_id: str, *, client: DynamoDBClient, table: str, clock: Clock) -> None:
        self._tenant_id = tenant_id
        self._client = client
        self._table = table
        self._clock = clock

    def get(self, name: str) -> dict[str, Any] | None:
        """Return a pointer that has not expired: `points_to` and what was kept with it (1 read unit)."""
        answer = self._client.get_item(TableName=self._table, Key=self._key(name), ConsistentRead=True)
        found = from_item(answer.get("Item", {}))
        return found if found and found["expires_at"] > self._clock() else None

    def first(
        self, name: str, job_id: str, *, seconds: int, instead_of: str | None = None, **kept: Any
    ) -> dict[str, Any]:
        """Return the write that has `name` point to a job for so long; refused where it points to another.

        But for one `instead_of` which it may: a job that can no longer be the answer.
        """
        put = self.put(name, job_id, seconds=seconds, **kept)
        free = "attribute_not_exists(job_id) OR expires_at <= :now"
        values: dict[str, Any] = {":now": int(self._clock())}
        if instead_of is not None:
            free += " OR points_to = :former"
            values[":former"] = instead_of
        condition = {"ConditionExpression": free, "ExpressionAttributeValues": to_item(values)}
        return {"Put": put["Put"] | condition}

    def put(self, name: str, job_id: str, *, seconds: int, **kept: Any) -> dict[str, Any]:
        """Return the write that has `name` point to a job, whatever it pointed to: for whoever knows that it may."""
        values = {"points_to": job_id, "expires_at": int(self._clock()) + seconds, **kept}
        return {"Put": {"TableName": self._table, "Item": self._key(name) | to_item(values)}}

    def expiry(self, name: str, at: int) -> dict[str, Any]:
        """Return the write that has a pointer expire at a time, for the job to which it points while that lives."""
        update = {
            "UpdateExpression": "SET expires_at = :expires_at",
            "ExpressionAttributeValues": to_item({":expires_at": at}),
        }
        return {"Update": {"TableName": self._table, "Key": self._key(name), **update}}

    def _key(self, name: str) -> dict[str, Any]:
        return to_item({"tenant_id": self._tenant_id, "job_id": name})
