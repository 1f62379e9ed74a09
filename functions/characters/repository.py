"""Characters and their memories in DynamoDB.

Memory: the partition is `tenant#character`. Exchanges lie under their ULIDs; two fixed names sort after all of them, so
one descending query with a limit reads the count, the summary and the newest exchanges together:

    01J…  01K…  01M…     exchanges, by time
    summary              text, summarised (count), forgotten (everything up to this id is no longer remembered)
    total                how many exchanges are remembered
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from characters.models import Character, Exchange, Window
from common import aws
from common.events import outbox_of
from common.queues import TenantQueue
from common.settings import settings
from common.storage import (
    News,
    TenantRepository,
    decode_cursor,
    encode_cursor,
    from_item,
    to_item,
    transact,
    write_if,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_TOTAL, _SUMMARY = "total", "summary"
_FIXED = (_TOTAL, _SUMMARY)
_ULID = r"[0-9A-HJKMNP-TV-Z]{26}"
_AFTER_ALL_ULIDS = "a"
_BATCH = 25


class CharacterRepository(TenantRepository[Character]):
    """One tenant's characters."""

    record: ClassVar = Character
    kind: ClassVar = "character"
    key: ClassVar = "character_id"
    prefix: ClassVar = "char"

    def _news(self, change: str, *record_ids: str) -> News:
        return outbox_of(self.tenant_id).changed(self.kind, change, *record_ids)


class MemoryRepository:
    """What one tenant's characters remember."""

    def __init__(self, tenant_id: str, *, client: DynamoDBClient, table: str) -> None:
        self.tenant_id = tenant_id
        self._client = client
        self._table = table

    def _key(self, character_id: str, name: str) -> dict[str, Any]:
        return to_item({"owner": f"{self.tenant_id}#{character_id}", "exchange_id": name})

    def window(self, character_id: str, *, limit: int) -> Window:
        """Return the newest `limit` exchanges, the summary and the counts: one query, however long the history."""
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="#owner = :owner",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues=to_item({":owner": f"{self.tenant_id}#{character_id}"}),
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=limit + len(_FIXED),
        )
        items = [from_item(item) for item in answer["Items"]]
        fixed = {item["exchange_id"]: item for item in items if item["exchange_id"] in _FIXED}
        summary = fixed.get(_SUMMARY, {})
        forgotten = str(summary.get("forgotten", ""))
        found = [item for item in items if item["exchange_id"] not in _FIXED and item["exchange_id"] > forgotten]
        return Window(
            exchanges=[_exchange(item) for item in reversed(found[:limit])],
            summary=summary.get("text"),
            total=fixed.get(_TOTAL, {}).get("total", 0),
            summarised=summary.get("summarised", 0),
        )

    def append(self, character_id: str, exchange: Exchange) -> None:
        """Remember an exchange and count it, both or neither; parallel writers wait for each other."""
        item = to_item(exchange.model_dump(exclude={"id"})) | self._key(character_id, exchange.id)
        put = {"TableName": self._table, "Item": item, "ConditionExpression": "attribute_not_exists(exchange_id)"}
        count = {
            "TableName": self._table,
            "Key": self._key(character_id, _TOTAL),
            "UpdateExpression": "ADD #total :one",
            "ExpressionAttributeNames": {"#total": "total"},
            "ExpressionAttributeValues": to_item({":one": 1}),
        }
        transact(self._client, [{"Put": put}, {"Update": count}])

    def page(
        self, character_id: str, *, limit: int, cursor: str | None, newest_first: bool
    ) -> tuple[list[Exchange], str | None]:
        """Return up to `limit` remembered exchanges after `cursor`, and the next cursor.

        A cursor into what has been forgotten since is a place before the first remembered exchange.
        """
        place = decode_cursor(cursor, _ULID) if cursor else None
        forgotten = str(self._fixed(character_id, _SUMMARY).get("forgotten", "0"))
        if place and place <= forgotten:
            if newest_first:
                return [], None
            place = None
        start: dict[str, Any] = {"ExclusiveStartKey": self._key(character_id, place)} if place else {}
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="#owner = :owner AND exchange_id BETWEEN :after AND :end",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues=to_item(
                {
                    ":owner": f"{self.tenant_id}#{character_id}",
                    ":after": forgotten + "0",
                    ":end": _AFTER_ALL_ULIDS,
                }
            ),
            ScanIndexForward=not newest_first,
            ConsistentRead=True,
            Limit=limit + 1,
            **start,
        )
        found = [_exchange(from_item(item)) for item in answer["Items"]]
        return found[:limit], encode_cursor(found[limit - 1].id) if len(found) > limit else None

    def counts(self, character_id: str) -> Window:
        """Return total and summary without exchanges (two reads of one unit each)."""
        summary = self._fixed(character_id, _SUMMARY)
        total = self._fixed(character_id, _TOTAL).get("total", 0)
        return Window(exchanges=[], summary=summary.get("text"), total=total, summarised=summary.get("summarised", 0))

    def forget(self, character_id: str, *, until: str) -> None:
        """Remember nothing up to the ULID `until` from now on; the items themselves are purged later.

        Unconditional: forgetting twice, or forgetting nothing, is the same as forgetting.
        """
        summary = self._key(character_id, _SUMMARY) | to_item({"forgotten": until, "summarised": 0, "version": until})
        total = self._key(character_id, _TOTAL) | to_item({"total": 0})
        puts = [{"Put": {"TableName": self._table, "Item": item}} for item in (summary, total)]
        transact(self._client, puts)

    def unsummarised(self, character_id: str, *, limit: int) -> tuple[list[Exchange], dict[str, Any]]:
        """Return the oldest exchanges the summary has not taken in, and the summary as it stands."""
        summary = self._fixed(character_id, _SUMMARY)
        after = str(summary.get("covered") or summary.get("forgotten") or "0")
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="#owner = :owner AND exchange_id BETWEEN :after AND :end",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues=to_item(
                {":owner": f"{self.tenant_id}#{character_id}", ":after": after + "0", ":end": _AFTER_ALL_ULIDS}
            ),
            ConsistentRead=True,
            Limit=limit,
        )
        return [_exchange(from_item(item)) for item in answer["Items"]], summary

    def save_summary(self, character_id: str, text: str, *, taken_in: list[Exchange], before: dict[str, Any]) -> bool:
        """Replace the summary read as `before`; False if it has changed meanwhile (then nothing is written)."""
        values = {
            ":text": text,
            ":covered": taken_in[-1].id,
            ":summarised": int(before.get("summarised", 0)) + len(taken_in),
            ":before": before.get("version"),
        }
        same = "version = :before" if before.get("version") else "attribute_not_exists(version)"
        answer = write_if(
            self._client.update_item,
            TableName=self._table,
            Key=self._key(character_id, _SUMMARY),
            UpdateExpression="SET #text = :text, covered = :covered, version = :covered, summarised = :summarised",
            ConditionExpression=same,
            ExpressionAttributeNames={"#text": "text"},
            ExpressionAttributeValues=to_item(values),
        )
        return answer is not None

    def purge(self, character_id: str, *, until: str, limit: int) -> bool:
        """Delete up to `limit` items whose sort key is at most `until`; True if there may be more."""
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="#owner = :owner AND exchange_id <= :until",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues=to_item({":owner": f"{self.tenant_id}#{character_id}", ":until": until}),
            ProjectionExpression="#owner, exchange_id",
            Limit=limit,
        )
        left = "LastEvaluatedKey" in answer
        for start in range(0, len(answer["Items"]), _BATCH):
            deletes: Any = [{"DeleteRequest": {"Key": key}} for key in answer["Items"][start : start + _BATCH]]
            done = self._client.batch_write_item(RequestItems={self._table: deletes})
            left = left or bool(done.get("UnprocessedItems"))
        return left

    def _fixed(self, character_id: str, name: str) -> dict[str, Any]:
        answer = self._client.get_item(TableName=self._table, Key=self._key(character_id, name), ConsistentRead=True)
        return from_item(answer.get("Item", {}))


def _exchange(item: dict[str, Any]) -> Exchange:
    return Exchange.model_validate(item | {"id": item["exchange_id"]})


def characters_of(tenant_id: str) -> CharacterRepository:
    """Return the tenant's characters in this deployment's table."""
    return CharacterRepository(tenant_id, client=aws.dynamodb(), table=settings().characters_table)


def memories_of(tenant_id: str) -> MemoryRepository:
    """Return the memories of the tenant's characters in this deployment's table."""
    return MemoryRepository(tenant_id, client=aws.dynamodb(), table=settings().memory_table)


def memory_queue() -> TenantQueue:
    """Return the queue of memory upkeep."""
    return TenantQueue(aws.sqs(), settings().memory_queue_url)
