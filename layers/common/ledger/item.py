"""The one item that every request passes: how it is read and written, whatever becomes of the answers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from common.ledger.standing import Moment, Standing
from common.ledger.wire import item_of, item_to_wire
from common.observability import logger, trace_of
from common.storage import failed_condition, patiently, transact, write_if

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from common.clock import Clock
    from common.ledger.update import Update

NOW = "now"
_REMEMBERED_SECONDS = 60
"""As long a call may begin with what this process saw; after that it looks, and finds what other processes left."""


class StandingItem:
    """One tenant's standing, as it is stored."""

    def __init__(self, tenant_id: str, *, client: DynamoDBClient, table: str, clock: Clock) -> None:
        self.tenant_id = tenant_id
        self.clock = clock
        self._client = client
        self._table = table
        self._latest: Standing | None = None
        self._looked_at = 0.0

    def _moment(self) -> Moment:
        return Moment.of(self.clock())

    def _key(self, window: str) -> dict[str, str]:
        return {"tenant_id": self.tenant_id, "window": window}

    def _request(self, update: Update) -> dict[str, Any]:
        request = update.request(self._table, self._key(NOW))
        return request | {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}

    def _read(self) -> Standing | None:
        answer = self._client.get_item(TableName=self._table, Key=item_to_wire(self._key(NOW)), ConsistentRead=True)
        return self._known(answer["Item"]) if "Item" in answer else None

    def _read_back(self, otherwise: Standing) -> Standing:
        """Return the standing after a write; a write that is done must not fail because nobody can look at it."""
        try:
            return self._read() or otherwise
        except (BotoCoreError, ClientError) as error:
            logger.warning("standing not read back", extra={"tenant": self.tenant_id, "trace": trace_of(error)})
            self._latest = otherwise
            return otherwise

    def _known(self, item: Mapping[str, Any]) -> Standing:
        self._latest, self._looked_at = Standing.of(item_of(item)), self.clock()
        return self._latest

    def _remembered(self, now: Moment) -> Standing | None:
        """Return what this process saw or wrote last, None if that is old, of another day, or has reservations lost.

        Other processes may have written since. So it is nothing to refuse a call by, and no day ends with it: a write
        that names it says whether it still holds.
        """
        latest = self._latest
        if latest is None or latest.day != now.day or latest.lost(now):
            return None
        return latest if 0 <= now.seconds - self._looked_at < _REMEMBERED_SECONDS else None

    def _begin(self, now: Moment) -> Standing:
        """Make the item of a tenant that has none."""
        item = item_to_wire(self._key(NOW) | {"day": now.day, "hour": now.hour, "minute": now.minute, "holds": {}})
        write_if(
            self._client.put_item,
            TableName=self._table,
            Item=item,
            ConditionExpression="attribute_not_exists(tenant_id)",
        )
        return self._read() or Standing(day=now.day)

    def _write(
        self, update: Update, others: Sequence[Mapping[str, Any]], *, base: Standing, amounts: Mapping[str, int]
    ) -> Standing:
        """Carry out one update that adds `amounts` to `base`, or a transaction where `others` change with it.

        `base` has the reservations of afterwards. What the update changed is returned as DynamoDB says it is; all else
        stands as it was known, for the whole item grows with every route and model of the day.
        """
        if others:
            self._transact(update, others)
            return self._read_back(base.after(amounts))
        changed = self._update(self._request(update) | {"ReturnValues": "UPDATED_NEW"})
        self._latest = base.with_changes(item_of(changed))
        return self._latest

    def _update(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Carry out an update, and wait only where a transaction is in its way; return what it changed."""
        try:
            return self._client.update_item(**request).get("Attributes", {})
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "TransactionConflictException":
                raise
        return patiently(partial(self._client.update_item, **request)).get("Attributes", {})

    def _transact(self, update: Update, others: Sequence[Mapping[str, Any]]) -> None:
        transact(self._client, [{"Update": self._request(update)}, *others])

    def _found(self, error: ClientError) -> Standing | None:
        """Return, and remember, the standing that refused a write; None if that was another item's condition.

        Raises:
            ClientError: it was no condition at all.
        """
        if not failed_condition(error):
            raise error
        item = refused_by(error, 0)
        return self._known(item) if item else None


def refused_by(error: ClientError, place: int) -> dict[str, Any] | None:
    """Return the item, on the wire, that refused the write at `place` of those sent together; None if none did."""
    alone = [{"Code": "ConditionalCheckFailed", "Item": error.response.get("Item", {})}]
    reasons: list[dict[str, Any]] = error.response.get("CancellationReasons", alone)  # type: ignore[assignment]
    if place >= len(reasons) or reasons[place].get("Code") != "ConditionalCheckFailed":
        return None
    return reasons[place].get("Item", {})
