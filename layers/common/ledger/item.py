"""The one item that every request passes: how it is read and written, whatever becomes of the answers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from common.ledger.standing import Moment, Standing
from common.observability import logger, trace_of
from common.storage import failed_condition, from_item, patiently, to_item, transact, write_if

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from common.clock import Clock
    from common.ledger.update import Update

NOW = "now"


class StandingItem:
    """One tenant's standing, as it is stored."""

    def __init__(self, tenant_id: str, *, client: DynamoDBClient, table: str, clock: Clock) -> None:
        self.tenant_id = tenant_id
        self.clock = clock
        self._client = client
        self._table = table
        self._latest: Standing | None = None

    def _moment(self) -> Moment:
        return Moment.of(self.clock())

    def _key(self, window: str) -> dict[str, str]:
        return {"tenant_id": self.tenant_id, "window": window}

    def _request(self, update: Update) -> dict[str, Any]:
        request = update.request(self._table, self._key(NOW))
        return request | {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}

    def _read(self) -> Standing | None:
        answer = self._client.get_item(TableName=self._table, Key=to_item(self._key(NOW)), ConsistentRead=True)
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
        self._latest = Standing.of(from_item(item))
        return self._latest

    def _begin(self, now: Moment) -> Standing:
        """Make the item of a tenant that has none."""
        item = to_item(self._key(NOW) | {"day": now.day, "hour": now.hour, "minute": now.minute, "holds": {}})
        write_if(
            self._client.put_item,
            TableName=self._table,
            Item=item,
            ConditionExpression="attribute_not_exists(tenant_id)",
        )
        return self._read() or Standing(day=now.day)

    def _write(self, update: Update, others: Sequence[Mapping[str, Any]], *, after: Standing) -> Standing:
        """Carry out one update, or a transaction where `others` change with it; `after` stands in for the result."""
        if others:
            self._transact(update, others)
            return self._read_back(after)
        answer = patiently(partial(self._client.update_item, **self._request(update), ReturnValues="ALL_NEW"))
        return self._known(answer["Attributes"])

    def _transact(self, update: Update, others: Sequence[Mapping[str, Any]]) -> None:
        transact(self._client, [{"Update": self._request(update)}, *others])

    def _found(self, error: ClientError) -> Standing | None:
        """Return the standing that refused a write, None if that was another item's condition.

        Raises:
            ClientError: it was no condition at all.
        """
        if not failed_condition(error):
            raise error
        item = refused_by(error, 0)
        return Standing.of(item) if item else None


def refused_by(error: ClientError, place: int) -> dict[str, Any] | None:
    """Return the item that refused the write at `place` of what was written together, None if it was fine there."""
    alone = [{"Code": "ConditionalCheckFailed", "Item": error.response.get("Item", {})}]
    reasons: list[dict[str, Any]] = error.response.get("CancellationReasons", alone)  # type: ignore[assignment]
    if place >= len(reasons) or reasons[place].get("Code") != "ConditionalCheckFailed":
        return None
    return from_item(reasons[place].get("Item", {}))
