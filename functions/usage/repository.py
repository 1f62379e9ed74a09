"""Reads what `common.ledger` has written: the standing, days gone by, players' days and events of one tenant.

Every read is bounded by the days asked for; nothing is written here.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from common import aws
from common.clock import Clock, wall_clock
from common.errors import Busy
from common.ledger import Standing, ledger_of
from common.ledger.counting import MEASURES
from common.ledger.standing import COUNTER
from common.settings import settings
from common.storage import decode_cursor, encode_cursor, from_item, to_item

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

_PLAYER = r"[A-Za-z0-9._:@+-]{1,128}"
_BEFORE_ALL, _AFTER_ALL = "!", "~"
"""They sort before and after whatever a player's name may hold."""
_EVENT = r"[0-9T:.Z-]{24} event#[0-9a-z_#-]{1,80}"
_BATCH_ROUNDS = 10


class Event(NamedTuple):
    """A stored event: its place among the others, and what happened."""

    place: str
    fields: Mapping[str, Any]


class UsageRepository:
    """One tenant's usage."""

    def __init__(self, tenant_id: str, *, client: DynamoDBClient, table: str, clock: Clock = wall_clock) -> None:
        self.tenant_id = tenant_id
        self.clock = clock
        self._client = client
        self._table = table

    def days(self, first: str, last: str) -> dict[str, dict[str, int]]:
        """Return what each day from `first` to `last` counted, oldest first; days without a request are absent.

        A day that is put aside between the two reads is found under its own name.
        """
        current = self._standing()
        rows = self._between(f"day#{first}", f"day#{last}")
        found = {row["window"].removeprefix("day#"): _counters(row) for row in rows}
        if current is not None and current.counters and first <= current.day <= last:
            found.setdefault(current.day, dict(current.counters))
        return {day: found[day] for day in sorted(found)}

    def players(
        self, days: Sequence[str], *, limit: int, cursor: str | None
    ) -> tuple[dict[str, Counter[str]], str | None]:
        """Return what up to `limit` players used in `days`, by name, and the cursor of what follows.

        One query a day, each for no more than a page: who is on the page is on that of each of his days.
        """
        after = decode_cursor(cursor, _PLAYER) + _BEFORE_ALL if cursor else ""
        found: dict[str, Counter[str]] = {}
        for day in days:
            prefix = f"player#{day}#"
            for row in self._between(prefix + after, prefix + _AFTER_ALL, limit=limit + 1):
                found.setdefault(row["window"].removeprefix(prefix), Counter()).update(_player_counts(row))
        names = sorted(found)
        page = names[:limit]
        more = len(names) > limit
        return {name: found[name] for name in page}, encode_cursor(page[-1]) if more else None

    def player_days(self, player_id: str, days: Sequence[str]) -> dict[str, Counter[str]]:
        """Return what a player used on each of `days` (at most 100), oldest first; days without a call are absent."""
        found = {row["window"]: _player_counts(row) for row in self._batch(player_id, days)}
        return {window.split("#")[1]: found[window] for window in sorted(found)}

    def events(self, *, limit: int, cursor: str | None) -> tuple[list[Event], str | None]:
        """Return up to `limit` events, newest first, and the cursor of what follows.

        All are read for it: at most two a day and two a month, about 160 KB in the 400 days they are kept.
        """
        before = decode_cursor(cursor, _EVENT) if cursor else _AFTER_ALL
        rows = self._between("event#", "event#" + _AFTER_ALL)
        events = sorted((Event(f"{row['at']} {row['window']}", row) for row in rows), reverse=True)
        following = [event for event in events if event.place < before]
        page = following[:limit]
        return page, encode_cursor(page[-1].place) if len(following) > limit else None

    def _standing(self) -> Standing | None:
        """Return the standing as it is stored: its day may have passed."""
        answer = self._client.get_item(TableName=self._table, Key=self._key("now"), ConsistentRead=True)
        return Standing.of(from_item(answer["Item"])) if "Item" in answer else None

    def _key(self, window: str) -> dict[str, Any]:
        return to_item({"tenant_id": self.tenant_id, "window": window})

    def _between(self, low: str, high: str, *, limit: int = 10_000) -> Iterator[dict[str, Any]]:
        """Yield up to `limit` items from `low` to `high`, over as many answers as it takes."""
        follow: dict[str, Any] = {}
        left = limit
        while left > 0:
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="tenant_id = :tenant AND #window BETWEEN :low AND :high",
                ExpressionAttributeNames={"#window": "window"},
                ExpressionAttributeValues=to_item({":tenant": self.tenant_id, ":low": low, ":high": high}),
                ConsistentRead=True,
                Limit=left,
                **follow,
            )
            yield from self._kept(answer["Items"])
            left -= len(answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            follow = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _batch(self, player_id: str, days: Sequence[str]) -> list[dict[str, Any]]:
        keys = [self._key(f"player#{day}#{player_id}") for day in days]
        wanted: Mapping[str, Any] = {self._table: {"Keys": keys, "ConsistentRead": True}}
        rows: list[dict[str, Any]] = []
        for _ in range(_BATCH_ROUNDS):
            answer = self._client.batch_get_item(RequestItems=wanted)
            rows += self._kept(answer["Responses"].get(self._table, []))
            wanted = answer.get("UnprocessedKeys", {})
            if not wanted:
                return rows
        raise Busy("Storage is busy; try again")

    def _kept(self, items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return items as plain values, without those that the database will forget sooner or later."""
        rows = [from_item(item) for item in items]
        return [row for row in rows if row.get("expires_at", 0) > self.clock()]


def _counters(row: Mapping[str, Any]) -> dict[str, int]:
    return {name: value for name, value in row.items() if COUNTER in name}


def _player_counts(row: Mapping[str, Any]) -> Counter[str]:
    return Counter({name: int(row.get(name, 0)) for name in MEASURES})


def usage_of(tenant_id: str) -> UsageRepository:
    """Return the tenant's usage in this deployment's table, by its ledger's clock."""
    clock = ledger_of(tenant_id).clock
    return UsageRepository(tenant_id, client=aws.dynamodb(), table=settings().usage_table, clock=clock)
