"""What is to be looked at, of all tenants: jobs and batches that have not ended, lanes where somebody may wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common import aws
from common.clock import Clock, wall_clock
from common.jobs.lanes import OPEN
from common.jobs.queue import JobMessage
from common.jobs.repository import JobRepository
from common.ledger import ledger_of
from common.settings import settings
from common.storage import from_item, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class OpenJobs:
    """The jobs of all tenants that have not ended, their batches and lanes, by when they should be looked at."""

    def __init__(self, *, client: DynamoDBClient, table: str, clock: Clock = wall_clock) -> None:
        self._client = client
        self._table = table
        self.clock = clock

    def due(self, *, limit: int) -> list[JobMessage]:
        """Return up to `limit` whose time has come, longest overdue first (sparse index, keys only).

        `job_id` is that of a job or batch, or `lane#` and a kind.
        """
        answer = self._client.query(
            TableName=self._table,
            IndexName="open-by-due",
            KeyConditionExpression="#open = :open AND due_at <= :now",
            ExpressionAttributeNames={"#open": "open"},
            ExpressionAttributeValues=to_item({":open": OPEN, ":now": self.clock()}),
            Limit=limit,
        )
        items = [from_item(item) for item in answer["Items"]]
        return [JobMessage(tenant_id=item["tenant_id"], job_id=item["job_id"]) for item in items]

    def jobs_of(self, tenant_id: str) -> JobRepository:
        """Return one tenant's jobs, to deal with one of them."""
        ledger = ledger_of(tenant_id)
        return JobRepository(tenant_id, client=self._client, table=self._table, ledger=ledger, clock=self.clock)


def open_jobs() -> OpenJobs:
    """Return the open jobs of this deployment."""
    return OpenJobs(client=aws.dynamodb(), table=settings().jobs_table)
