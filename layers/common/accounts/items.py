"""The accounts table: one item a tenant.

Whoever changes an account read it before: a change carries the version it was made for, so two changes at the same
time cannot undo each other.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Any, NamedTuple

from common.accounts.records import Account
from common.clock import Clock, iso, wall_clock
from common.errors import Conflict, InvalidInput, NotFound
from common.storage import cancellation_codes, decode_cursor, encode_cursor, from_item, to_item, transact
from common.tiers import tiers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

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


class AccountItems:
    """All accounts, as they are stored."""

    def __init__(self, *, client: DynamoDBClient, accounts_table: str, clock: Clock = wall_clock) -> None:
        self._client = client
        self._table = accounts_table
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
            token_secret=_new_secret(),
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

    def rotate_token_secret(self, tenant_id: str) -> Account:
        """Sign a tenant's player tokens with another secret from now on; those of live and of test keys alike.

        No token minted before works any more where the account is read anew, which everywhere is within a minute.

        Raises:
            NotFound: no such tenant.
        """
        return self.change(tenant_id, lambda account: account.model_copy(update={"token_secret": _new_secret()}))

    def _now(self) -> str:
        return iso(self._clock())

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


def _new_secret() -> str:
    return secrets.token_urlsafe(32)
