"""What every repository shares: a tenant's items in one table, conditional writes, pages and a counted total.

An item's partition key is always the tenant the repository was made for, so a query without a tenant cannot be
written. The total of a tenant's items stands in one extra item (`#total`) that changes in the same transaction
as the items, so a count costs one read however many there are.
"""

from __future__ import annotations

import base64
import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, TypeVar

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError
from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer
from tenacity import retry, retry_if_exception, stop_after_delay, wait_random_exponential

from common.errors import Conflict, InvalidInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

MAX_OFFSET = 1_000
_TOTAL = "#total"
_serializer = TypeSerializer()
_deserializer = TypeDeserializer()


def _load(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


StoredJson = Annotated[dict[str, Any], BeforeValidator(_load), PlainSerializer(_dump)]
"""A free-form object. Kept as JSON text: DynamoDB's numbers hold 38 digits and no more, JSON's do not care."""


class Record(BaseModel):
    """Something stored; `id` is its sort key."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str


R = TypeVar("R", bound=Record)
T = TypeVar("T")


class Page(BaseModel, Generic[R]):
    """Records in creation order and the cursor of what follows, None at the end."""

    records: list[R]
    next_cursor: str | None


def _storable(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, float) else value


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def to_item(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return flat `values` in DynamoDB's wire form; None is left out."""
    return {name: _serializer.serialize(_storable(value)) for name, value in values.items() if value is not None}


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a wire item as plain values: the one place where `Decimal` becomes `int` or `float`."""
    return {name: _plain(_deserializer.deserialize(value)) for name, value in item.items()}


def failed_condition(error: ClientError) -> bool:
    """Whether a write was refused by its own condition (and not by a fault)."""
    code = error.response.get("Error", {}).get("Code")
    return code == "ConditionalCheckFailedException" or (
        code == "TransactionCanceledException" and "ConditionalCheckFailed" in cancellation_codes(error)
    )


def cancellation_codes(error: ClientError) -> list[str]:
    """Return why a transaction was cancelled, one code for each of its writes (`None` where it was fine)."""
    reasons: list[dict[str, str]] = error.response.get("CancellationReasons", [])  # type: ignore[assignment]
    return [reason.get("Code", "None") for reason in reasons]


def _in_conflict(error: BaseException) -> bool:
    return isinstance(error, ClientError) and (
        error.response.get("Error", {}).get("Code") == "TransactionConflictException"
        or (not failed_condition(error) and "TransactionConflict" in cancellation_codes(error))
    )


@retry(
    retry=retry_if_exception(_in_conflict),
    wait=wait_random_exponential(multiplier=0.01, max=0.4),
    stop=stop_after_delay(6),
    reraise=True,
)
def patiently(write: Callable[[], T]) -> T:
    """Carry out a write of an item that transactions also write, for up to 6 s while they are in its way.

    Raises:
        ClientError: a condition failed (`failed_condition`), the request is wrong, or they never got out of its way.
    """
    return write()


def write_if(write: Callable[..., T], **request: Any) -> T | None:
    """Carry out one conditional write, `patiently`; None if its condition refused it."""
    try:
        return patiently(lambda: write(**request))
    except ClientError as error:
        if failed_condition(error):
            return None
        raise


def blocked_by(write: Callable[..., Any], **request: Any) -> dict[str, Any] | None:
    """Carry out one conditional write, `patiently`; None, or the item that its condition refused to touch."""
    try:
        patiently(lambda: write(**request, ReturnValuesOnConditionCheckFailure="ALL_OLD"))
    except ClientError as error:
        if failed_condition(error):
            return from_item(error.response.get("Item", {}))
        raise
    return None


def transact(client: DynamoDBClient, writes: Sequence[Any]) -> None:
    """Carry out all `writes` (at most 100) or none.

    Two transactions on one item cancel each other in DynamoDB and botocore does not send them again, so
    this is the one place that does, for up to 6 s: several writers of one counter queue up here.

    Raises:
        Conflict: the writers did not get apart in time; nothing was written.
        ClientError: a condition failed (`failed_condition`) or the request is wrong.
    """
    try:
        patiently(lambda: client.transact_write_items(TransactItems=writes))
    except ClientError as error:
        if _in_conflict(error):
            raise Conflict("Too many simultaneous writes; try again") from error
        raise


def encode_cursor(key: str) -> str:
    """Return `key` as an opaque cursor. It names only a place in the tenant's own partition: nothing to sign."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, pattern: str) -> str:
    """Return the key in `cursor`.

    Raises:
        InvalidInput: it was not made by `encode_cursor` for a key like `pattern`.
    """
    try:
        key = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except ValueError as error:
        raise InvalidInput.field("cursor", "not a cursor of this list") from error
    if not re.fullmatch(pattern, key):
        raise InvalidInput.field("cursor", "not a cursor of this list")
    return key


class TenantRepository(Generic[R]):
    """One tenant's records of one kind."""

    record: ClassVar[type[Record]]
    kind: ClassVar[str]
    """`character`, `world`, … as errors name it."""
    key: ClassVar[str]
    """The table's sort key attribute, for example `character_id`."""
    prefix: ClassVar[str]
    """Ids look like `<prefix>_<ULID>`."""

    def __init__(self, tenant_id: str, *, client: DynamoDBClient, table: str) -> None:
        self.tenant_id = tenant_id
        self._client = client
        self._table = table

    @property
    def _pattern(self) -> str:
        return rf"{self.prefix}_[0-9A-HJKMNP-TV-Z]{{26}}"

    def _key(self, record_id: str) -> dict[str, Any]:
        return to_item({"tenant_id": self.tenant_id, self.key: record_id})

    def _checked_key(self, record_id: str) -> dict[str, Any]:
        if not re.fullmatch(self._pattern, record_id):
            raise NotFound.of(self.kind, record_id)
        return self._key(record_id)

    def _item(self, record: R) -> dict[str, Any]:
        return self._key(record.id) | to_item(record.model_dump(mode="json", exclude={"id"}))

    def _record(self, item: Mapping[str, Any]) -> R:
        values = from_item(item)
        values["id"] = values.pop(self.key)
        return self.record.model_validate(values)  # type: ignore[return-value]

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

    def add(self, *records: R) -> None:
        """Store new `records` (at most 20) and count them, all or none. Ids are ours and never reused."""
        condition = f"attribute_not_exists({self.key})"
        puts = [
            {"Put": {"TableName": self._table, "Item": self._item(record), "ConditionExpression": condition}}
            for record in records
        ]
        transact(self._client, [*puts, self._count(len(records))])

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

        One conditional write that touches nothing else, so two changes of different fields both last.

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
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=self._checked_key(record_id),
                UpdateExpression=expression,
                ConditionExpression=f"attribute_exists({self.key})",
                ExpressionAttributeNames=names,
                ReturnValues="ALL_NEW",
                **options,
            )
        except ClientError as error:
            if failed_condition(error):
                raise NotFound.of(self.kind, record_id) from error
            raise
        return self._record(answer["Attributes"])

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
        try:
            transact(self._client, [{"Delete": removal}, self._count(-1)])
        except ClientError as error:
            if failed_condition(error):
                raise NotFound.of(self.kind, record_id) from error
            raise

    def total(self) -> int:
        """Return how many records the tenant has (1 read unit)."""
        answer = self._client.get_item(TableName=self._table, Key=self._key(_TOTAL), ConsistentRead=True)
        return int(from_item(answer.get("Item", {})).get("total", 0))

    def page(self, *, limit: int, cursor: str | None = None) -> Page[R]:
        """Return up to `limit` records after `cursor`, oldest first; costs what the page holds."""
        start = decode_cursor(cursor, self._pattern) if cursor else None
        return self._page(limit, start)

    def page_at(self, *, limit: int, offset: int) -> Page[R]:
        """Return up to `limit` records after the first `offset` (at most `MAX_OFFSET`).

        Walks the keys-only index `ids` up to the place: about 25 read units for the largest offset. Index and table
        agree within moments of a write, not at once.
        """
        start = self._key_at(offset) if offset else None
        if offset and start is None:
            return Page(records=[], next_cursor=None)
        return self._page(limit, start)

    def _page(self, limit: int, start: str | None) -> Page[R]:
        answer = self._query(limit=limit + 1, start=start)
        found = [self._record(item) for item in answer]
        more = len(found) > limit
        return Page(records=found[:limit], next_cursor=encode_cursor(found[limit - 1].id) if more else None)

    def _query(self, *, limit: int, start: str | None, **options: Any) -> list[dict[str, Any]]:
        """Return up to `limit` raw items after `start`, over as many 1 MB answers as it takes."""
        items: list[dict[str, Any]] = []
        follow: dict[str, Any] = {"ExclusiveStartKey": self._key(start)} if start else {}
        while len(items) < limit:
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression=f"tenant_id = :tenant AND begins_with({self.key}, :prefix)",
                ExpressionAttributeValues=to_item({":tenant": self.tenant_id, ":prefix": f"{self.prefix}_"}),
                Limit=limit - len(items),
                **options,
                **follow,
            )
            items.extend(answer["Items"])
            if "LastEvaluatedKey" not in answer:
                break
            follow = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        return items

    def _key_at(self, offset: int) -> str | None:
        keys = self._query(limit=offset, start=None, IndexName="ids")
        return str(from_item(keys[-1])[self.key]) if len(keys) == offset else None
