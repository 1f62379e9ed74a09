"""A studio's events, and what becomes of each at each endpoint.

Whoever makes an attempt claims the delivery first, for as long as an attempt may take. `next_at` is both: when it may
be tried next, and until when nobody else may. A second message changes nothing; who died is followed by another.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from common import aws
from common.clock import Clock, wall_clock
from common.errors import NotFound
from common.events import DUE, FIRST_DUE_SECONDS, KEPT_SECONDS, Event, EventType
from common.settings import settings
from common.storage import decode_cursor, encode_cursor, from_item, to_item, write_if
from webhooks.models import Delivery, DeliveryStatus

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LEASE_SECONDS = 45
"""Longer than a worker may run (30 s)."""
_CLOCKS_APART_SECONDS = 1
_EXAMINED_PER_PAGE = 200
_MOST_DELIVERIES = 100
_ID = re.compile(r"evt_[0-9A-HJKMNP-TV-Z]{26}")


class Deliveries:
    """One tenant's events and deliveries."""

    def __init__(self, tenant_id: str, *, client: DynamoDBClient, table: str, clock: Clock = wall_clock) -> None:
        self.tenant_id = tenant_id
        self._client = client
        self._table = table
        self.clock = clock

    def event(self, event_id: str) -> Event:
        """Return one event (1 read unit).

        Raises:
            NotFound: no such event of this tenant, or it is too old.
        """
        return Event.model_validate(self._event_item(event_id))

    def open_event(self, event_id: str) -> Event | None:
        """Return an event that has not been handed to its endpoints yet, None for any other."""
        try:
            item = self._event_item(event_id)
        except NotFound:
            return None
        return Event.model_validate(item) if "open" in item else None

    def events(self, *, limit: int, cursor: str | None, kind: EventType | None) -> tuple[list[Event], str | None]:
        """Return up to `limit` events by their ids, the last first, and the next cursor, None at the end.

        Looks at no more than 200 stored events, so a page may be short, even empty, and still have a next one.
        """
        start = {"ExclusiveStartKey": self._key(f"event#{decode_cursor(cursor, _ID.pattern)}")} if cursor else {}
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="tenant_id = :tenant AND begins_with(#item, :prefix)",
            ExpressionAttributeNames={"#item": "item"},
            ExpressionAttributeValues=to_item({":tenant": self.tenant_id, ":prefix": "event#"}),
            ScanIndexForward=False,
            Limit=_EXAMINED_PER_PAGE,
            **start,  # type: ignore[arg-type]
        )
        examined = [from_item(item) for item in answer["Items"]]
        fitting = [one for one in examined if self._is_kept(one) and kind in {None, one["type"]}]
        cut = len(fitting) > limit
        last = fitting[limit - 1] if cut else examined[-1] if "LastEvaluatedKey" in answer else None
        return [Event.model_validate(one) for one in fitting[:limit]], encode_cursor(last["id"]) if last else None

    def handed_out(self, event_id: str) -> None:
        """Note that every endpoint has its delivery: the watcher need not look any more."""
        write_if(
            self._client.update_item,
            TableName=self._table,
            Key=self._key(f"event#{event_id}"),
            UpdateExpression="REMOVE #open, due_at",
            ConditionExpression="attribute_exists(tenant_id)",
            ExpressionAttributeNames={"#open": "open"},
        )

    def of_event(self, event_id: str) -> list[Delivery]:
        """Return what became of an event, by endpoint (at most 100; about 1 read unit each)."""
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="tenant_id = :tenant AND begins_with(#item, :prefix)",
            ExpressionAttributeNames={"#item": "item"},
            ExpressionAttributeValues=to_item({":tenant": self.tenant_id, ":prefix": f"delivery#{event_id}#"}),
            ConsistentRead=True,
            Limit=_MOST_DELIVERIES,
        )
        return [Delivery.model_validate(from_item(item)) for item in answer["Items"]]

    def begin(self, event: Event, endpoint_id: str) -> None:
        """Have an event delivered to an endpoint; where that was begun before, nothing changes."""
        now = self.clock()
        begun = Delivery(event_id=event.id, endpoint_id=endpoint_id, next_at=now)
        due = {"open": DUE, "due_at": now + FIRST_DUE_SECONDS, "expires_at": int(event.at) + KEPT_SECONDS}
        write_if(
            self._client.put_item,
            TableName=self._table,
            Item=self._delivery_key(begun) | to_item(begun.model_dump(mode="json") | due),
            ConditionExpression="attribute_not_exists(tenant_id)",
        )

    def begin_anew(self, event: Event, endpoint_id: str) -> None:
        """Have an event delivered once more, from the first attempt on, whatever became of it before.

        Unconditional: that is what the studio asks for. Whoever is trying just now writes nothing any more.
        """
        now = self.clock()
        values = {
            ":pending": DeliveryStatus.PENDING.value,
            ":none": 0,
            ":now": now,
            ":due_at": now + FIRST_DUE_SECONDS,
            ":open": DUE,
            ":one": 1,
            ":expires_at": int(event.at) + KEPT_SECONDS,
            ":event": event.id,
            ":endpoint": endpoint_id,
        }
        self._client.update_item(
            TableName=self._table,
            Key=self._key(f"delivery#{event.id}#{endpoint_id}"),
            UpdateExpression="SET #status = :pending, failures = :none, next_at = :now, due_at = :due_at, "
            "#open = :open, expires_at = :expires_at, event_id = :event, endpoint_id = :endpoint ADD claims :one",
            ExpressionAttributeNames={"#status": "status", "#open": "open"},
            ExpressionAttributeValues=to_item(values),
        )

    def claim(self, event_id: str, endpoint_id: str) -> Delivery | None:
        """Take a pending delivery whose time has come, for `LEASE_SECONDS`; None if there is nothing to do now."""
        now = self.clock()
        values = {
            ":lease": now + LEASE_SECONDS,
            ":one": 1,
            ":pending": DeliveryStatus.PENDING.value,
            ":now": now + _CLOCKS_APART_SECONDS,
        }
        answer = write_if(
            self._client.update_item,
            TableName=self._table,
            Key=self._key(f"delivery#{event_id}#{endpoint_id}"),
            UpdateExpression="SET next_at = :lease, due_at = :lease ADD claims :one",
            ConditionExpression="#status = :pending AND next_at <= :now",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues=to_item(values),
            ReturnValues="ALL_NEW",
        )
        return Delivery.model_validate(from_item(answer["Attributes"])) if answer is not None else None

    def settle(self, delivery: Delivery, *, due_at: float | None = None) -> bool:
        """Write what became of a claimed delivery; False where it is no longer ours to say.

        `due_at` is when the watcher is to look after one that is still pending.
        """
        stored = delivery.model_dump(mode="json", include={"status", "attempts", "failures", "next_at"})
        names = {f"#{name}": name for name in stored} | {"#open": "open"}
        values: dict[str, Any] = {f":{name}": value for name, value in stored.items()}
        sets = ", ".join(f"#{name} = :{name}" for name in stored)
        if due_at is not None:
            values |= {":open": DUE, ":due_at": due_at}
            expression = f"SET {sets}, #open = :open, due_at = :due_at"
        else:
            expression = f"SET {sets} REMOVE #open, due_at"
        answer = write_if(
            self._client.update_item,
            TableName=self._table,
            Key=self._delivery_key(delivery),
            UpdateExpression=expression,
            ConditionExpression="claims = :mine",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=to_item(values | {":mine": delivery.claims}),
        )
        return answer is not None

    def _event_item(self, event_id: str) -> dict[str, Any]:
        if not _ID.fullmatch(event_id):
            raise NotFound.of("event", event_id)
        answer = self._client.get_item(TableName=self._table, Key=self._key(f"event#{event_id}"), ConsistentRead=True)
        item = from_item(answer.get("Item", {}))
        if not item or not self._is_kept(item):
            raise NotFound.of("event", event_id)
        return item

    def _is_kept(self, item: dict[str, Any]) -> bool:
        return item["expires_at"] > self.clock()

    def _delivery_key(self, delivery: Delivery) -> dict[str, Any]:
        return self._key(f"delivery#{delivery.event_id}#{delivery.endpoint_id}")

    def _key(self, item: str) -> dict[str, Any]:
        return to_item({"tenant_id": self.tenant_id, "item": item})


def deliveries_of(tenant_id: str) -> Deliveries:
    """Return the tenant's events and deliveries in this deployment's table."""
    return Deliveries(tenant_id, client=aws.dynamodb(), table=settings().webhooks_table)
