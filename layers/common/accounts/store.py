"""Where accounts are kept, and the keys that lead to them.

One item a tenant. Whoever changes it read it before: a change carries the version it was made for, so two changes
at the same time cannot undo each other. One item a key, written in the same transaction as the account that knows it.
"""

from __future__ import annotations

import re
import secrets
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from common import aws
from common.accounts.records import Account
from common.clock import Clock, iso, new_id, wall_clock
from common.errors import Conflict, InvalidInput, KeyNeeded, NotFound
from common.keys import KeyRecord, Mode, hash_key, last_four, new_key
from common.settings import settings
from common.storage import (
    cancellation_codes,
    decode_cursor,
    encode_cursor,
    from_item,
    to_item,
    transact,
)
from common.tiers import tiers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

MAX_OVERLAP_SECONDS = 7 * 24 * 3600
"""How long a key may go on beside the one that takes its place."""
MAX_PAGE = 1_000
_MAX_NAME = 80
_ACCOUNT = "account"
_ATTEMPTS = 5
_ID = r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}"
"""No dot and no `#`: those make the tenant of the test keys and the partitions of memory."""


class AccountPage(NamedTuple):
    """Some accounts, in no order, and the cursor of what follows, None at the end."""

    accounts: list[Account]
    next_cursor: str | None


class NewKey(NamedTuple):
    """A key that nobody can be told again, and what is known of it."""

    api_key: str
    record: KeyRecord


class Accounts:
    """All accounts, and the keys that lead to them."""

    def __init__(
        self, *, client: DynamoDBClient, accounts_table: str, keys_table: str, clock: Clock = wall_clock
    ) -> None:
        self._client = client
        self._table = accounts_table
        self._keys_table = keys_table
        self._clock = clock

    def create(self, tenant_id: str, name: str, *, tier: str) -> Account:
        """Store a new account without keys.

        Raises:
            Conflict: the tenant exists. InvalidInput: an id, a name or a tier that cannot be.
        """
        if not re.fullmatch(_ID, tenant_id):
            raise InvalidInput.field("tenant_id", "1-63 letters, digits, '_' and '-', the first no '_' or '-'")
        if not 1 <= len(name.strip()) <= _MAX_NAME:
            raise InvalidInput.field("name", f"1-{_MAX_NAME} characters")
        account = Account(
            tenant_id=tenant_id,
            name=name.strip(),
            tier=_known(tier),
            created_at=self._now(),
            token_secret=secrets.token_urlsafe(32),
        )
        if self._refused({**self._put(account), "ConditionExpression": "attribute_not_exists(tenant_id)"}):
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
        return _account_in(answer["Item"])

    def page(self, *, limit: int, cursor: str | None = None) -> AccountPage:
        """Return some accounts, for the operator: the one scan there is.

        It looks at `limit` items (1-`MAX_PAGE`) or 1 MB at most, whatever the table holds, and so may find fewer
        accounts than `limit` long before the end.

        Raises:
            InvalidInput: no cursor of ours.
        """
        request: dict[str, Any] = {"TableName": self._table, "Limit": max(1, min(limit, MAX_PAGE))}
        if cursor is not None:
            tenant_id, item = decode_cursor(cursor, rf"{_ID} \S+").split(" ")
            request["ExclusiveStartKey"] = to_item({"tenant_id": tenant_id, "item": item})
        answer = self._client.scan(**request)
        found = [_account_in(item) for item in answer["Items"] if from_item(item)["item"] == _ACCOUNT]
        last = from_item(answer["LastEvaluatedKey"]) if "LastEvaluatedKey" in answer else None
        return AccountPage(found, encode_cursor(f"{last['tenant_id']} {last['item']}") if last else None)

    def change(
        self,
        tenant_id: str,
        change: Callable[[Account], Account],
        *also: Any,
        keeping: Callable[[Account], Sequence[Any]] = lambda _: (),
    ) -> Account:
        """Apply `change` to an account and store it; done again on what another writer made of it meanwhile.

        `also` are further writes of the same transaction, and so are those that `keeping` makes of the account as it
        was. A change that returns the account as it is writes nothing.

        Raises:
            NotFound: no such tenant. Conflict: others changed it all the time, or what `also` writes is there already.
        """
        for _ in range(_ATTEMPTS):
            before = self.get(tenant_id)
            after = change(before)
            if after is before:
                return before
            after = after.model_copy(update={"version": before.version + 1})
            refused = self._refused({**self._put(after), **_still(before)}, *also, *keeping(before))
            if not refused:
                return after
            if refused[0] == "None":
                raise Conflict("This key is somebody's already")
        raise Conflict("Somebody else is changing this account; try again")

    def set_tier(self, tenant_id: str, tier: str) -> Account:
        """Put a tenant into a tier; its own limits and budgets stay.

        Raises:
            NotFound: no such tenant. InvalidInput: no such tier.
        """
        return self.change(tenant_id, lambda account: account.model_copy(update={"tier": _known(tier)}))

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

    def _now(self) -> str:
        return iso(self._clock())

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

    def _put(self, account: Account) -> dict[str, Any]:
        item = {
            "tenant_id": account.tenant_id,
            "item": _ACCOUNT,
            "version": account.version,
            "account": account.model_dump_json(),
        }
        return {"TableName": self._table, "Item": to_item(item)}

    def _refused(self, put: dict[str, Any], *also: Any) -> list[str]:
        """Write all or nothing; return what stood against each write, nothing if all is written."""
        try:
            transact(self._client, [{"Put": put}, *also])
        except self._client.exceptions.TransactionCanceledException as error:
            refused = cancellation_codes(error)
            if "ConditionalCheckFailed" in refused:
                return refused
            raise
        return []


def _still(before: Account) -> dict[str, Any]:
    """Return the condition that nobody has changed an account since."""
    return {
        "ConditionExpression": "#version = :before",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": to_item({":before": before.version}),
    }


def _account_in(item: Any) -> Account:
    # What a later release wrote and this one does not know must not lock a tenant out.
    return Account.model_validate_json(from_item(item)["account"], extra="ignore")


def _known(tier: str) -> str:
    if tier not in tiers():
        raise InvalidInput.field("tier", f"one of {', '.join(tiers())}")
    return tier


@cache
def accounts() -> Accounts:
    """This deployment's accounts."""
    return Accounts(
        client=aws.dynamodb(), accounts_table=settings().accounts_table, keys_table=settings().tenants_table
    )
