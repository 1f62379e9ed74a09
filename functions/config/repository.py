"""The configurations that others took the place of, beside the accounts they belong to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from common import aws
from common.keys import Mode
from common.settings import settings
from common.storage import decode_cursor, encode_cursor, from_item, to_item
from config.models import FormerVersion

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from common.config import TenantConfig
    from common.tenancy import Tenant

KEPT_VERSIONS = 100
"""How many former versions stay; the oldest goes as another comes."""
_KINDS = {Mode.LIVE: "config", Mode.TEST: "test-config"}


class FormerVersions:
    """One account's former configurations, for the keys of one mode."""

    def __init__(self, account_id: str, mode: Mode, *, client: DynamoDBClient, table: str) -> None:
        self._account_id = account_id
        self._kind = _KINDS[mode]
        self._client = client
        self._table = table

    def putting_aside(self, config: TenantConfig, *, replaced_at: str, replaced_by: str | None) -> list[dict[str, Any]]:
        """Return the writes that keep `config`, for the transaction that replaces it.

        They need no condition: that transaction holds only if the account is still the one that was read.
        """
        item = {
            **self._key(f"{config.version:010d}"),
            "config": config.model_dump_json(),
            "replaced_at": replaced_at,
            "replaced_by": replaced_by,
        }
        too_old = self._key(f"{max(0, config.version - KEPT_VERSIONS):010d}")
        return [
            {"Put": {"TableName": self._table, "Item": to_item(item)}},
            {"Delete": {"TableName": self._table, "Key": to_item(too_old)}},
        ]

    def page(self, *, limit: int, cursor: str | None) -> tuple[list[FormerVersion], str | None]:
        """Return up to `limit` versions before `cursor`, newest first, and the next cursor, None at the end.

        One Query of at most 1 MB (half a read unit per 4 KB), so a page of large versions may be short.

        Raises:
            InvalidInput: no cursor of this list.
        """
        start = {"ExclusiveStartKey": to_item(self._key(decode_cursor(cursor, r"\d{10}")))} if cursor else {}
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="tenant_id = :tenant AND begins_with(#item, :kind)",
            ExpressionAttributeNames={"#item": "item"},
            ExpressionAttributeValues=to_item({":tenant": self._account_id, ":kind": f"{self._kind}#"}),
            ScanIndexForward=False,
            Limit=limit + 1,
            **start,  # type: ignore[arg-type]
        )
        found = [from_item(item) for item in answer["Items"]]
        shown = found[:limit]
        more = len(found) > limit or "LastEvaluatedKey" in answer
        return [_version_in(item) for item in shown], encode_cursor(_place(shown[-1])) if more and shown else None

    def _key(self, place: str) -> dict[str, str]:
        return {"tenant_id": self._account_id, "item": f"{self._kind}#{place}"}


def _place(item: dict[str, Any]) -> str:
    return item["item"].rpartition("#")[2]


def _version_in(item: dict[str, Any]) -> FormerVersion:
    return FormerVersion(
        version=int(_place(item)),
        replaced_at=item["replaced_at"],
        replaced_by=item.get("replaced_by"),
        config=json.loads(item["config"]),
    )


def former_versions_of(tenant: Tenant) -> FormerVersions:
    """Return what the account behind a tenant's key had set before."""
    return FormerVersions(tenant.account_id, tenant.mode, client=aws.dynamodb(), table=settings().accounts_table)
