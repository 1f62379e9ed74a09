"""Tenants and their API keys: from the key in a request to the tenant it belongs to.

A key is stored only as its SHA-256, which is also the table's partition key: a key is looked up with one read
and can never be listed. Answers, also «nobody's key», are remembered for a minute, so a key that is
withdrawn stops working within that minute everywhere.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from common import aws
from common.clock import Clock, wall_clock
from common.errors import Unauthorized
from common.settings import settings
from common.storage import from_item, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CACHE_SECONDS = 60
_CACHE_SIZE = 10_000
_BEARER = re.compile(r"Bearer +([\x21-\x7e]{1,256})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tenant:
    """A studio."""

    tenant_id: str
    name: str


def hash_key(api_key: str) -> str:
    """Return the SHA-256 of a key, in hex: what is stored of it."""
    return hashlib.sha256(api_key.encode()).hexdigest()


class Tenants:
    """The keys in force, read through a cache of `CACHE_SECONDS`."""

    def __init__(self, *, client: DynamoDBClient, table: str, clock: Clock = wall_clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._seen: dict[str, tuple[float, Tenant | None]] = {}

    def authenticate(self, authorization: str | None) -> Tenant:
        """Return whose key stands in an `Authorization` header (one read unit at most once a minute).

        Raises:
            Unauthorized: no header, another scheme than Bearer, or nobody's key.
        """
        bearer = _BEARER.fullmatch(authorization or "")
        tenant = self._of(hash_key(bearer.group(1))) if bearer else None
        if tenant is None:
            raise Unauthorized("Send a valid API key as 'Authorization: Bearer <key>'")
        return tenant

    def add_key(self, api_key: str, tenant: Tenant) -> None:
        """Let `api_key` stand for `tenant`; doing so again changes nothing, so the write needs no condition."""
        item = {"key_hash": hash_key(api_key), "tenant_id": tenant.tenant_id, "name": tenant.name}
        self._client.put_item(TableName=self._table, Item=to_item(item))

    def _of(self, key_hash: str) -> Tenant | None:
        now = self._clock()
        seen = self._seen.get(key_hash)
        if seen is not None and seen[0] > now:
            return seen[1]
        if len(self._seen) >= _CACHE_SIZE:
            self._seen.clear()
        tenant = self._read(key_hash)
        self._seen[key_hash] = (now + CACHE_SECONDS, tenant)
        return tenant

    def _read(self, key_hash: str) -> Tenant | None:
        answer = self._client.get_item(TableName=self._table, Key=to_item({"key_hash": key_hash}))
        if "Item" not in answer:
            return None
        item = from_item(answer["Item"])
        return Tenant(tenant_id=item["tenant_id"], name=item["name"])


@cache
def tenants() -> Tenants:
    """The process's keys."""
    return Tenants(client=aws.dynamodb(), table=settings().tenants_table)
