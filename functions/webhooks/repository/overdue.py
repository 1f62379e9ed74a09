"""What of all tenants waits longer than it should: the watcher's view."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from common import aws
from common.clock import Clock, wall_clock
from common.events import DUE
from common.settings import settings
from common.storage import from_item, to_item, write_if
from webhooks.models import DeliveryMessage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Due(NamedTuple):
    """An event to hand out or a delivery to try, whose message may have got lost."""

    tenant_id: str
    item: str
    due_at: float

    @property
    def message(self) -> DeliveryMessage:
        """What sends it on its way again."""
        _, event_id, *endpoint = self.item.split("#")
        return DeliveryMessage(
            tenant_id=self.tenant_id, event_id=event_id, endpoint_id=endpoint[0] if endpoint else None
        )


class Overdue:
    """Events and deliveries of all tenants by when they should be looked at (sparse index, keys only)."""

    def __init__(self, *, client: DynamoDBClient, table: str, clock: Clock = wall_clock) -> None:
        self._client = client
        self._table = table
        self.clock = clock

    def due(self, *, limit: int) -> list[Due]:
        """Return up to `limit` whose time has come, longest overdue first."""
        answer = self._client.query(
            TableName=self._table,
            IndexName="open-by-due",
            KeyConditionExpression="#open = :open AND due_at <= :now",
            ExpressionAttributeNames={"#open": "open"},
            ExpressionAttributeValues=to_item({":open": DUE, ":now": self.clock()}),
            Limit=limit,
        )
        items = [from_item(item) for item in answer["Items"]]
        return [Due(item["tenant_id"], item["item"], item["due_at"]) for item in items]

    def postpone(self, due: Due, *, due_in: int) -> bool:
        """Move the next look at it `due_in` seconds away; False if it moved on or another watcher was quicker."""
        answer = write_if(
            self._client.update_item,
            TableName=self._table,
            Key=to_item({"tenant_id": due.tenant_id, "item": due.item}),
            UpdateExpression="SET due_at = :next",
            ConditionExpression="due_at = :seen",
            ExpressionAttributeValues=to_item({":next": self.clock() + due_in, ":seen": due.due_at}),
        )
        return answer is not None


def overdue() -> Overdue:
    """Return what is overdue in this deployment."""
    return Overdue(client=aws.dynamodb(), table=settings().webhooks_table)
