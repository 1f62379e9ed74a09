"""The ledger in DynamoDB: one conditional write lets a call pass and reserves its cost, one settles it.

    usage table   tenant_id + window
      now                     the standing: windows, budgets, reservations, the day's counters
      day#<day>               a day that has passed, as it was counted
      player#<day>#<player>   what a player committed and used
      event#<…>               a budget that was nearly or wholly used up

Every write names what it saw (`Standing`), so of calls at the same time only as many pass as fit. A reservation of a
synchronous call expires; that of a job stands until the job's end, which every job has (`common.jobs`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from ulid import ULID

from common import aws
from common.clock import Clock, iso, wall_clock
from common.errors import Busy
from common.ledger.counting import COST, REQUESTS, counts_of, route_counter
from common.ledger.rules import Call, budget_exhausted, refusal
from common.ledger.standing import Hold, Meter, Moment, Standing, stored_hold
from common.ledger.update import Update
from common.settings import settings
from common.storage import failed_condition, from_item, patiently, to_item, transact, write_if

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from common.ledger.rules import Terms
    from common.providers import Usage
    from common.tiers import Budgets

HOLD_SECONDS = 120
"""A synchronous call ends within 30 s; what is reserved longer belongs to a process that died."""
KEPT_SECONDS = 400 * 86_400
"""How long days, players' days and events are kept."""
_NOW = "now"
_ATTEMPTS = 12
_WARNED_AT = (80, 100)
_FORGOTTEN_AT_ONCE = 50


class Ledger:
    """One tenant's ledger."""

    def __init__(self, tenant_id: str, *, client: DynamoDBClient, table: str, clock: Clock = wall_clock) -> None:
        self.tenant_id = tenant_id
        self.clock = clock
        self._noted: set[str] = set()
        self._client = client
        self._table = table

    def standing(self) -> Standing | None:
        """Return where the tenant stands now, None before its first request (1 read unit per 4 KB)."""
        seen = self._read()
        return seen.at(self._moment()) if seen else None

    def take(self, call: Call, terms: Terms, *, also: Sequence[Mapping[str, Any]] = ()) -> tuple[Standing, Hold]:
        """Let `call` pass: count it, reserve what it may cost, in one conditional write after one read.

        `also` are writes that happen with it or not at all (a job's record). Returns the standing after it, and the
        reservation; that of a call which does not run stays until `settlement`.

        Raises:
            LimitReached, BudgetExhausted: it may not pass; nothing was counted.
            ClientError: one of `also` was refused by its own condition; nothing was counted.
            Busy: others were quicker all the time.
        """
        for _ in range(_ATTEMPTS):
            now = self._moment()
            seen = self._read() or self._begin(now)
            refused = refusal(seen.at(now), call, terms, now=now)
            lost = seen.lost(now)[:_FORGOTTEN_AT_ONCE]
            if lost:
                self._forget(lost)
            elif refused is not None:
                raise refused
            elif now.day > seen.day:
                self._turn(seen, seen.at(now))
            elif (passed := self._pass(call, terms, seen, now=now, also=also)) is not None:
                return passed
        raise Busy("Too many simultaneous calls; try again")

    def settle(self, hold: Hold, usages: Sequence[Usage], *, route: str) -> Standing:
        """Put what a synchronous call really used in place of its reservation: one write, and one for a player.

        A second time changes nothing. A reservation that was given up for lost is not needed: the cost counts.
        """
        update = _settlement(hold.microusd, usages, route=route, runs=True)
        update.remove("holds", hold.hold_id)
        update.require_present("holds", hold.hold_id)
        player = self._player_settlement(hold, usages)
        try:
            return self._write(update, player)
        except ClientError as error:
            if not failed_condition(error):
                raise
        if self.clock() <= hold.until:  # nobody has given it up yet: this is a write that came through before
            return self._read() or Standing(day=hold.day)
        late = _settlement(0, usages, route=route, runs=False)
        return self._write(late, self._player_settlement(replace(hold, player_microusd=0), usages))

    def settlement(self, hold: Hold, usages: Sequence[Usage], *, route: str, requests: int = 1) -> list[dict[str, Any]]:
        """Return the writes that settle a job, for the transaction that ends it; `requests` count for its player."""
        update = _settlement(hold.microusd, usages, route=route, runs=False)
        player = self._player_settlement(hold, usages, requests=requests)
        return [{"Update": request} for request in (self._request(update), player) if request]

    def note_events(self, standing: Standing, budgets: Budgets) -> None:
        """Record every budget that is nearly or wholly used up: once a budget and day or month, by whoever is first."""
        for budget, most, committed, window in (
            ("tenant_day", budgets.day_microusd, standing.day_committed, standing.day),
            ("tenant_month", budgets.month_microusd, standing.month_committed, standing.day[:7]),
        ):
            spent = committed - standing.reserved
            for percent in _WARNED_AT:
                if spent and spent * 100 >= most * percent:
                    self._record(f"event#{window}#{budget}#{percent}", budget, percent, spent=spent, most=most)

    def _moment(self) -> Moment:
        return Moment.of(self.clock())

    def _key(self, window: str) -> dict[str, str]:
        return {"tenant_id": self.tenant_id, "window": window}

    def _request(self, update: Update) -> dict[str, Any]:
        return update.request(self._table, self._key(_NOW))

    def _read(self) -> Standing | None:
        answer = self._client.get_item(TableName=self._table, Key=to_item(self._key(_NOW)), ConsistentRead=True)
        return Standing.of(from_item(answer["Item"])) if "Item" in answer else None

    def _begin(self, now: Moment) -> Standing:
        """Make the item of a tenant that has none."""
        item = to_item(self._key(_NOW) | {"day": now.day, "hour": now.hour, "minute": now.minute, "holds": {}})
        write_if(
            self._client.put_item,
            TableName=self._table,
            Item=item,
            ConditionExpression="attribute_not_exists(tenant_id)",
        )
        return self._read() or Standing(day=now.day)

    def _pass(
        self, call: Call, terms: Terms, seen: Standing, *, now: Moment, also: Sequence[Mapping[str, Any]]
    ) -> tuple[Standing, Hold] | None:
        player = self._player_reservation(call, now) or self._player_use(call, now)
        hold = Hold(
            str(ULID()),
            call.max_microusd,
            int(now.seconds) + HOLD_SECONDS,
            call.day or now.day,
            call.player_id,
            call.max_microusd if player else 0,
        )
        update = _passage(call, terms, seen, now=now, hold=hold)
        try:
            after = self._write(update, player, also=also)
        except ClientError as error:
            if not failed_condition(error):
                raise
            self._explain(error, call, now=now, player=player is not None)
            return None
        return after, hold

    def _explain(self, error: ClientError, call: Call, *, now: Moment, player: bool) -> None:
        """Raise what cannot be helped by trying again: a player's budget, or a refused write of the caller's."""
        reasons: list[dict[str, Any]] = error.response.get("CancellationReasons", [])  # type: ignore[assignment]
        failed = [reason.get("Code") == "ConditionalCheckFailed" for reason in reasons]
        if player and len(failed) > 1 and failed[1]:
            committed = int(from_item(reasons[1].get("Item", {})).get("committed", 0))
            budget = call.player_microusd or 0
            raise budget_exhausted("player_day", budget, committed, needed=call.max_microusd, now=now) from error
        if any(failed[1 + player :]):
            raise error

    def _player_reservation(self, call: Call, now: Moment) -> dict[str, Any] | None:
        """Return the write that reserves for a player; a synchronous call without a budget to keep goes without."""
        budget = call.player_microusd
        if call.player_id is None or not call.max_microusd or (call.runs and budget is None):
            return None
        update = Update()
        if budget is not None:
            if call.max_microusd > budget:
                raise budget_exhausted("player_day", budget, 0, needed=call.max_microusd, now=now)
            update.require("committed", "<=", budget - call.max_microusd)
        update.add({"committed": call.max_microusd})
        update.set(int(now.seconds) + KEPT_SECONDS, "expires_at")
        request = update.request(self._table, self._key(f"player#{call.day or now.day}#{call.player_id}"))
        return request | {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}

    def _player_use(self, call: Call, now: Moment) -> dict[str, Any] | None:
        """Return the write that counts for a player what was over when it passed."""
        if call.player_id is None or call.usages is None:
            return None
        return self._player_counting(call.day or now.day, call.player_id, {REQUESTS: 1})

    def _player_settlement(self, hold: Hold, usages: Sequence[Usage], *, requests: int = 1) -> dict[str, Any] | None:
        if hold.player_id is None:
            return None
        cost = sum(usage.cost_microusd for usage in usages)
        counted = {"committed": cost - hold.player_microusd, REQUESTS: requests, COST: cost}
        return self._player_counting(hold.day, hold.player_id, counted)

    def _player_counting(self, day: str, player_id: str, amounts: Mapping[str, int]) -> dict[str, Any]:
        update = Update()
        update.add(amounts)
        update.set(int(self.clock()) + KEPT_SECONDS, "expires_at")
        return update.request(self._table, self._key(f"player#{day}#{player_id}"))

    def _write(
        self, update: Update, player: dict[str, Any] | None, *, also: Sequence[Mapping[str, Any]] = ()
    ) -> Standing:
        """Carry out one update, or a transaction where more than the standing changes."""
        request = self._request(update)
        if player is None and not also:
            answer = patiently(partial(self._client.update_item, **request, ReturnValues="ALL_NEW"))
            return Standing.of(from_item(answer["Attributes"]))
        writes = [{"Update": one} for one in (request, player) if one]
        transact(self._client, [*writes, *also])
        return self._read() or Standing(day=self._moment().day)

    def _turn(self, seen: Standing, fresh: Standing) -> None:
        """Put the day that has passed aside and begin the new one; whoever is second finds it done."""
        new = self._key(_NOW) | {
            "day": fresh.day,
            "hour": fresh.hour,
            "minute": fresh.minute,
            "requests": fresh.requests,
            "running": fresh.running,
            "reserved": fresh.reserved,
            "day_committed": fresh.day_committed,
            "month_committed": fresh.month_committed,
            "revision": fresh.revision + 1,
            "holds": {hold_id: stored_hold(hold) for hold_id, hold in fresh.holds.items()},
        }
        past = self._key(f"day#{seen.day}") | dict(seen.counters) | {"expires_at": int(self.clock()) + KEPT_SECONDS}
        condition = {
            "ConditionExpression": "#revision = :seen" if seen.revision else "attribute_not_exists(#revision)",
            "ExpressionAttributeNames": {"#revision": "revision"},
        }
        if seen.revision:
            condition["ExpressionAttributeValues"] = to_item({":seen": seen.revision})
        puts: list[Any] = [
            {"Put": {"TableName": self._table, "Item": to_item(new), **condition}},
            {"Put": {"TableName": self._table, "Item": to_item(past)}},
        ]
        try:
            transact(self._client, puts)
        except ClientError as error:
            if not failed_condition(error):
                raise

    def _forget(self, lost: Sequence[Hold]) -> None:
        """Give back what calls reserved that never ended, also to their players."""
        update, players = Update(), Counter[tuple[str, str]]()
        for hold in lost:
            update.remove("holds", hold.hold_id)
            update.require_present("holds", hold.hold_id)
            if hold.player_id is not None and hold.player_microusd:
                players[hold.day, hold.player_id] -= hold.player_microusd
        amount = sum(hold.microusd for hold in lost)
        update.add(
            {
                "revision": 1,
                "running": -len(lost),
                **dict.fromkeys(("reserved", "day_committed", "month_committed"), -amount),
            }
        )
        returned = [self._player_counting(*player, {"committed": change}) for player, change in players.items()]
        try:
            self._write(update, None, also=[{"Update": one} for one in returned])
        except ClientError as error:
            if not failed_condition(error):
                raise

    def _record(self, window: str, budget: str, percent: int, *, spent: int, most: int) -> None:
        if window in self._noted:
            return
        item = self._key(window) | {
            "type": "budget.exhausted" if percent >= 100 else "budget.warning",
            "budget": budget,
            "percent": percent,
            "spent_microusd": spent,
            "budget_microusd": most,
            "at": iso(self.clock()),
            "expires_at": int(self.clock()) + KEPT_SECONDS,
        }
        write_if(
            self._client.put_item,
            TableName=self._table,
            Item=to_item(item),
            ConditionExpression="attribute_not_exists(tenant_id)",
        )
        self._noted.add(window)


def _passage(call: Call, terms: Terms, seen: Standing, *, now: Moment, hold: Hold) -> Update:
    """Return the write that lets `call` pass, on the conditions that made it seem possible."""
    update = Update()
    adds = {"revision": 1}
    update.require("day", "=", seen.day)
    if call.counts:
        adds[route_counter(call.route, REQUESTS)] = 1
        _count_hour(update, adds, seen, now=now, most=terms.limits.requests_per_hour)
    if call.meter is not None:
        _count_minute(update, adds, seen, now=now, meter=call.meter, most=terms.most(call.meter))
    if call.max_microusd:
        adds |= dict.fromkeys(("reserved", "day_committed", "month_committed"), call.max_microusd)
        update.require("day_committed", "<=", terms.budgets.day_microusd - call.max_microusd)
        update.require("month_committed", "<=", terms.budgets.month_microusd - call.max_microusd)
    if call.usages is not None:
        adds |= counts_of(call.route, call.usages)
    if call.runs:
        adds["running"] = 1
        update.require("running", "<", terms.limits.concurrent_generations)
        update.set(stored_hold(hold), "holds", hold.hold_id)
    update.add(adds)
    return update


def _count_hour(update: Update, adds: dict[str, int], seen: Standing, *, now: Moment, most: int) -> None:
    update.require("hour", "=", seen.hour)
    if now.hour > seen.hour:
        update.set(now.hour, "hour")
        update.set(1, "requests")
        return
    adds["requests"] = 1
    update.require("requests", "<", most)


def _count_minute(
    update: Update, adds: dict[str, int], seen: Standing, *, now: Moment, meter: Meter, most: int
) -> None:
    update.require("minute", "=", seen.minute)
    if now.minute > seen.minute:
        update.set(now.minute, "minute")
        for each in Meter:
            update.set(int(each is meter), each.value)
        return
    adds[meter.value] = 1
    update.require(meter.value, "<", most)


def _settlement(reserved: int, usages: Sequence[Usage], *, route: str, runs: bool) -> Update:
    cost = sum(usage.cost_microusd for usage in usages)
    update = Update()
    update.add(
        {
            "revision": 1,
            "running": -1 if runs else 0,
            "reserved": -reserved,
            "day_committed": cost - reserved,
            "month_committed": cost - reserved,
            **counts_of(route, usages),
        }
    )
    return update


@lru_cache(maxsize=256)
def ledger_of(tenant_id: str) -> Ledger:
    """Return the tenant's ledger in this deployment's table."""
    return Ledger(tenant_id, client=aws.dynamodb(), table=settings().usage_table)
