"""A tenant's records by their keys: added, read, changed and removed, each by a conditional write, and counted.

The total of a tenant's items stands in one extra item (`#total`) that changes in the same transaction as the items, so
a count costs one read however many there are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from common.errors import NotFound
from common.storage.items import from_item, to_item
from common.storage.pages import R, TenantPages
from common.storage.writes import failed_condition, transact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TOTAL = "#total"


class News(NamedTuple):
    """What a change makes known: writes for its transaction, and what is left to do when that is done."""

    writes: list[dict[str, Any]]
    tell: Callable[[], None]


class TenantRepository(TenantPages[R]):
    """One tenant's records of one kind."""

    def _checked_key(self, record_id: str) -> dict[str, Any]:
        if not re.fullmatch(self._pattern, record_id):
            raise NotFound.of(self.kind, record_id)
        return self._key(record_id)

    def _item(self, record: R) -> dict[str, Any]:
        return self._key(record.id) | to_item(record.model_dump(mode="json", exclude={"id"}))

    def _count(self, change: int) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": self._table,
                "Key": self._key(_TOTAL),
                "UpdateExpression": "ADD #n :change",
                "ExpressionAttributeNames": {"#n": "total"},
                "ExpressionAttributeValues": to_item({":change": change}),
            }
        }

    def _news(self, change: str, *record_ids: str) -> News:
        """Return what `change` (`created`, `updated`, `deleted`) makes known: nothing, but where a kind says so."""
        del change, record_ids
        return News([], lambda: None)

    def add(self, *records: R) -> None:
        """Store new `records` (at most 20) and count them, all or none. Ids are ours and never reused."""
        condition = f"attribute_not_exists({self.key})"
        puts = [
            {"Put": {"TableName": self._table, "Item": self._item(record), "ConditionExpression": condition}}
            for record in records
        ]
        news = self._news("created", *(record.id for record in records))
        transact(self._client, [*puts, self._count(len(records)), *news.writes])
        news.tell()

    def get(self, record_id: str) -> R:
        """Return one record as it is now (strongly consistent: 1 read unit per 4 KB).

        Raises:
            NotFound: no such record for this tenant.
        """
        answer = self._client.get_item(TableName=self._table, Key=self._checked_key(record_id), ConsistentRead=True)
        if "Item" not in answer:
            raise NotFound.of(self.kind, record_id)
        return self._record(answer["Item"])

    def change(self, record_id: str, changes: Mapping[str, Any]) -> R:
        """Set the fields in `changes` (None removes one) and return the record as it then is.

        One conditional write that touches nothing else, so two changes of different fields both last. Where it is news
        it is a transaction with that, and another read.

        Raises:
            NotFound: no such record for this tenant.
        """
        stored = self.record.model_construct(None, **changes).model_dump(mode="json", include=set(changes))
        names = {f"#{index}": name for index, name in enumerate(stored)}
        placed = {place: stored[name] for place, name in names.items()}
        sets = ", ".join(f"{place} = :{place[1:]}" for place, value in placed.items() if value is not None)
        removes = ", ".join(place for place, value in placed.items() if value is None)
        expression = (f"SET {sets} " if sets else "") + (f"REMOVE {removes}" if removes else "")
        values: dict[str, Any] = {f":{place[1:]}": value for place, value in placed.items()}
        options: dict[str, Any] = {"ExpressionAttributeValues": to_item(values)} if sets else {}
        update: dict[str, Any] = {
            "TableName": self._table,
            "Key": self._checked_key(record_id),
            "UpdateExpression": expression,
            "ConditionExpression": f"attribute_exists({self.key})",
            "ExpressionAttributeNames": names,
            **options,
        }
        news = self._news("updated", record_id)
        try:
            if not news.writes:
                return self._record(self._client.update_item(**update, ReturnValues="ALL_NEW")["Attributes"])
            transact(self._client, [{"Update": update}, *news.writes])
        except ClientError as error:
            if failed_condition(error):
                raise NotFound.of(self.kind, record_id) from error
            raise
        news.tell()
        return self.get(record_id)

    def delete(self, record_id: str) -> None:
        """Remove one record and uncount it.

        Raises:
            NotFound: no such record for this tenant.
        """
        removal = {
            "TableName": self._table,
            "Key": self._checked_key(record_id),
            "ConditionExpression": f"attribute_exists({self.key})",
        }
        news = self._news("deleted", record_id)
        try:
            transact(self._client, [{"Delete": removal}, self._count(-1), *news.writes])
        except ClientError as error:
            if failed_condition(error):
                raise NotFound.of(self.kind, record_id) from error
            raise
        news.tell()

    def total(self) -> int:
        """Return how many records the tenant has (1 read unit)."""
        answer = self._client.get_item(TableName=self._table, Key=self._key(_TOTAL), ConsistentRead=True)
        return int(from_item(answer.get("Item", {})).get("total", 0))
