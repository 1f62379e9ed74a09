"""Walking through a tenant's records: pages, the cursors between them, and the index that finds an offset."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel

from common.errors import InvalidInput
from common.storage.items import Record, from_item, to_item

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

MAX_OFFSET = 1_000
R = TypeVar("R", bound=Record)


class Page(BaseModel, Generic[R]):
    """Records in creation order and the cursor of what follows, None at the end."""

    records: list[R]
    next_cursor: str | None


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


class TenantPages(Generic[R]):
    """One tenant's records of one kind, in the order in which they were made."""

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

    def _record(self, item: Mapping[str, Any]) -> R:
        values = from_item(item)
        values["id"] = values.pop(self.key)
        return self.record.model_validate(values)  # type: ignore[return-value]

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
