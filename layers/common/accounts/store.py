"""Where accounts are kept, and the keys that lead to them.

One item a key, written in the same transaction as the account that knows it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from common import aws
from common.accounts.items import AccountItems
from common.clock import Clock, iso, new_id, wall_clock
from common.errors import KeyNeeded
from common.keys import KeyRecord, Mode, hash_key, last_four, new_key
from common.settings import settings
from common.storage import from_item, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from common.accounts.records import Account

MAX_OVERLAP_SECONDS = 7 * 24 * 3600
"""How long a key may go on beside the one that takes its place."""


class NewKey(NamedTuple):
    """A key that nobody can be told again, and what is known of it."""

    api_key: str
    record: KeyRecord


class Accounts(AccountItems):
    """All accounts, and the keys that lead to them."""

    def __init__(
        self, *, client: DynamoDBClient, accounts_table: str, keys_table: str, clock: Clock = wall_clock
    ) -> None:
        super().__init__(client=client, accounts_table=accounts_table, clock=clock)
        self._keys_table = keys_table

    def add_key(self, tenant_id: str, api_key: str, *, mode: Mode, expires_at: str | None = None) -> KeyRecord:
        """Let `api_key` stand for a tenant: at once, or not at all.

        Raises:
            NotFound: no such tenant. Conflict: it has `MAX_KEYS` keys, or the key stands for somebody already.
        """
        record = self._record(api_key, mode=mode, granted_until=expires_at)
        self.change(
            tenant_id,
            lambda account: account.with_key(record, now=self._now()),
            self._leads(api_key, tenant_id, record),
        )
        return record

    def create_key(self, tenant_id: str, *, mode: Mode, expires_in: int | None = None) -> NewKey:
        """Give a tenant a new key, for `expires_in` seconds or for ever.

        Raises:
            NotFound: no such tenant. Conflict: it has `MAX_KEYS` keys.
        """
        api_key = new_key(mode)
        expires_at = iso(self._clock() + expires_in) if expires_in is not None else None
        return NewKey(api_key, self.add_key(tenant_id, api_key, mode=mode, expires_at=expires_at))

    def rotate_key(self, tenant_id: str, key_id: str, *, overlap: int, asking: str | None = None) -> NewKey:
        """Put a new key in the place of one, which goes on for `overlap` seconds at most; both in one write.

        The new one lasts as long as the operator granted the old one. `asking` is the studio's key that wishes it (see
        `Account.key_within_reach`), None the operator.

        Raises:
            NotFound: no such tenant or key. KeyNeeded: the key has ended. Conflict: `MAX_KEYS` are in force.
            Unauthorized: `asking` has ended.
        """
        old = self.get(tenant_id).key(key_id)
        api_key = new_key(old.mode)
        record = self._record(api_key, mode=old.mode, granted_until=old.granted_until)

        def rotated(account: Account) -> Account:
            now = self._now()
            known = account.key_within_reach(key_id, asking=asking, now=now) if asking else account.key(key_id)
            if not known.works_at(now):
                raise KeyNeeded(f"Key '{key_id}' has ended; nothing can take its place")
            end = min(iso(self._clock() + overlap), known.expires_at or "~")
            return account.with_key_ended(key_id, expires_at=end).with_key(record, now=now)

        self.change(tenant_id, rotated, self._leads(api_key, tenant_id, record))
        return NewKey(api_key, record)

    def revoke_key(self, tenant_id: str, key_id: str) -> KeyRecord:
        """End a key for good; once more changes nothing.

        Raises:
            NotFound: no such tenant or key.
        """

        def revoked(account: Account) -> Account:
            if account.key(key_id).revoked_at is not None:
                return account
            return account.with_key_ended(key_id, revoked_at=self._now())

        return self.change(tenant_id, revoked).keys[key_id]

    def owner_of(self, key_hash: str) -> tuple[str, str] | None:
        """Return the tenant and the id of the key with this hash (half a read unit).

        Nobody's key is asked for once more, strongly consistent: a new key works at once.
        """
        for consistent in (False, True):
            answer = self._client.get_item(
                TableName=self._keys_table, Key=to_item({"key_hash": key_hash}), ConsistentRead=consistent
            )
            if "Item" in answer:
                item = from_item(answer["Item"])
                return item["tenant_id"], item["key_id"]
        return None

    def _record(self, api_key: str, *, mode: Mode, granted_until: str | None) -> KeyRecord:
        return KeyRecord(
            key_id=new_id("key"),
            mode=mode,
            last_four=last_four(api_key),
            created_at=self._now(),
            expires_at=granted_until,
            granted_until=granted_until,
        )

    def _leads(self, api_key: str, tenant_id: str, record: KeyRecord) -> dict[str, Any]:
        """Return the write that makes a key lead to its tenant."""
        item = {"key_hash": hash_key(api_key), "tenant_id": tenant_id, "key_id": record.key_id}
        put = {"TableName": self._keys_table, "Item": to_item(item)}
        return {"Put": {**put, "ConditionExpression": "attribute_not_exists(key_hash)"}}


@cache
def accounts() -> Accounts:
    """This deployment's accounts."""
    return Accounts(
        client=aws.dynamodb(), accounts_table=settings().accounts_table, keys_table=settings().tenants_table
    )
