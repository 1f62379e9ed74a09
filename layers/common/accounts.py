"""Accounts: what we know of a tenant - its tier, its keys, its own limits, budgets and configuration.

One item a tenant. Whoever changes it read it before: a change carries the version it was made for, so two changes at the
same time cannot undo each other.
"""

from __future__ import annotations

import secrets
from functools import cache
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from common import aws
from common.clock import iso_now, new_id
from common.config import TenantConfig
from common.errors import Conflict, NotFound
from common.keys import Mode, hash_key, last_four
from common.settings import settings
from common.storage import from_item, to_item, write_if
from common.tiers import BudgetOverrides, LimitOverrides

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient

MAX_KEYS = 50
"""Keys an account remembers, those revoked and expired included."""
_ACCOUNT = "account"
_ATTEMPTS = 5


class KeyRecord(BaseModel):
    """What is known of a key: everything but the key."""

    model_config = ConfigDict(frozen=True)

    key_id: str = Field(examples=["key_01K00000000000000000000000"])
    mode: Mode
    last_four: str = Field(description="The key's last four characters.")
    created_at: str
    expires_at: str | None = Field(default=None, description="When it stops working; null: never by itself.")
    revoked_at: str | None = None

    def works_at(self, now: str) -> bool:
        """Whether the key is in force at an ISO time."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


class Account(BaseModel):
    """A tenant, as stored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    tenant_id: str
    name: str
    tier: str
    created_at: str
    token_secret: str = Field(repr=False)
    """What this tenant's player tokens are signed with."""
    limits: LimitOverrides = LimitOverrides()
    budgets: BudgetOverrides = BudgetOverrides()
    """The operator's word; the studio's own lower ones stand in `config`."""
    keys: dict[str, KeyRecord] = {}
    config: TenantConfig = TenantConfig()
    version: int = 1
    """Of the account as a whole; every change raises it."""


class Accounts:
    """All accounts, and the keys that lead to them."""

    def __init__(self, *, client: DynamoDBClient, accounts_table: str, keys_table: str) -> None:
        self._client = client
        self._table = accounts_table
        self._keys_table = keys_table

    def create(self, tenant_id: str, name: str, *, tier: str) -> Account:
        """Store a new account without keys.

        Raises:
            Conflict: the tenant exists.
        """
        account = Account(
            tenant_id=tenant_id, name=name, tier=tier, created_at=iso_now(), token_secret=secrets.token_urlsafe(32)
        )
        put = write_if(
            self._client.put_item,
            TableName=self._table,
            Item=self._item(account),
            ConditionExpression="attribute_not_exists(tenant_id)",
        )
        if put is None:
            raise Conflict(f"Tenant '{tenant_id}' exists")
        return account

    def get(self, tenant_id: str) -> Account:
        """Return an account as it is now (strongly consistent).

        Raises:
            NotFound: no such tenant.
        """
        key = to_item({"tenant_id": tenant_id, "item": _ACCOUNT})
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        if "Item" not in answer:
            raise NotFound.of("tenant", tenant_id)
        return Account.model_validate_json(from_item(answer["Item"])["account"])

    def change(self, tenant_id: str, change: Callable[[Account], Account]) -> Account:
        """Apply `change` to an account and store it; done again on what another writer made of it meanwhile.

        Raises:
            NotFound: no such tenant. Conflict: others changed it all the time.
        """
        for _ in range(_ATTEMPTS):
            before = self.get(tenant_id)
            after = change(before).model_copy(update={"version": before.version + 1})
            put = write_if(
                self._client.put_item,
                TableName=self._table,
                Item=self._item(after),
                ConditionExpression="#version = :before",
                ExpressionAttributeNames={"#version": "version"},
                ExpressionAttributeValues=to_item({":before": before.version}),
            )
            if put is not None:
                return after
        raise Conflict("Somebody else is changing this account; try again")

    def add_key(self, tenant_id: str, api_key: str, *, mode: Mode, expires_at: str | None = None) -> KeyRecord:
        """Let `api_key` stand for a tenant.

        The account learns of it first: a key nobody can look up does no harm, one that no account knows could never be
        revoked.

        Raises:
            NotFound: no such tenant. Conflict: it has `MAX_KEYS` keys.
        """
        record = KeyRecord(
            key_id=new_id("key"), mode=mode, last_four=last_four(api_key), created_at=iso_now(), expires_at=expires_at
        )

        def with_key(account: Account) -> Account:
            if len(account.keys) >= MAX_KEYS:
                raise Conflict(f"A tenant has at most {MAX_KEYS} keys")
            return account.model_copy(update={"keys": account.keys | {record.key_id: record}})

        self.change(tenant_id, with_key)
        item = {"key_hash": hash_key(api_key), "tenant_id": tenant_id, "key_id": record.key_id}
        self._client.put_item(TableName=self._keys_table, Item=to_item(item))
        return record

    def change_key(self, tenant_id: str, key_id: str, **changes: str | None) -> KeyRecord:
        """Set `expires_at` or `revoked_at` of a key.

        Raises:
            NotFound: no such tenant or key.
        """

        def with_change(account: Account) -> Account:
            if key_id not in account.keys:
                raise NotFound.of("key", key_id)
            changed = account.keys[key_id].model_copy(update=changes)
            return account.model_copy(update={"keys": account.keys | {key_id: changed}})

        return self.change(tenant_id, with_change).keys[key_id]

    def owner_of(self, key_hash: str) -> tuple[str, str] | None:
        """Return the tenant and the id of the key with this hash (one read unit, half of it where consistent enough)."""
        answer = self._client.get_item(TableName=self._keys_table, Key=to_item({"key_hash": key_hash}))
        if "Item" not in answer:
            return None
        item = from_item(answer["Item"])
        return item["tenant_id"], item["key_id"]

    def _item(self, account: Account) -> dict[str, object]:
        return to_item(
            {
                "tenant_id": account.tenant_id,
                "item": _ACCOUNT,
                "version": account.version,
                "account": account.model_dump_json(),
            }
        )


@cache
def accounts() -> Accounts:
    """This deployment's accounts."""
    return Accounts(
        client=aws.dynamodb(), accounts_table=settings().accounts_table, keys_table=settings().tenants_table
    )
