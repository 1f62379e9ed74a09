"""Players in the ledger: what each committed and used in a day, in an item of its own.

It changes in the same transaction as the standing of its studio.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from common.ledger.counting import COST, REQUESTS, sums_of
from common.ledger.days import KEPT_SECONDS
from common.ledger.item import refused_by
from common.ledger.rules import budget_exhausted
from common.ledger.update import Update
from common.ledger.wire import item_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from botocore.exceptions import ClientError

    from common.clock import Clock
    from common.ledger.rules import Call
    from common.ledger.standing import Hold, Moment
    from common.providers import Usage


class Players:
    """The writes that count for one tenant's players."""

    def __init__(self, tenant_id: str, *, table: str, clock: Clock) -> None:
        self._tenant_id = tenant_id
        self._table = table
        self._clock = clock

    def passing(self, call: Call, now: Moment) -> tuple[list[dict[str, Any]], int]:
        """Return what a call that passes writes for its player, and how much of it is reserved there.

        A synchronous call without a budget to keep goes without a reservation.

        Raises:
            BudgetExhausted: it costs more than the player may spend in a day.
        """
        if call.player_id is None:
            return [], 0
        day, budget = call.day or now.day, call.player_microusd
        if call.max_microusd and not (call.runs and budget is None):
            write = self.reservation(day, call.player_id, call.max_microusd, budget=budget, now=now)
            return [write], call.max_microusd
        if call.usages is not None:
            return [self._counting(day, call.player_id, {REQUESTS: 1} | sums_of(call.usages))], 0
        return [], 0

    def reservation(
        self, day: str, player_id: str, microusd: int, *, budget: int | None, now: Moment
    ) -> dict[str, Any]:
        """Return the write that reserves so much more in a player's day.

        Raises:
            BudgetExhausted: it is more than the whole budget.
        """
        update = Update()
        if budget is not None:
            if microusd > budget:
                raise budget_exhausted("player_day", budget, 0, needed=microusd, now=now)
            update.require("committed", "<=", budget - microusd)
        update.add({"committed": microusd})
        return self._write(day, player_id, update)

    def settlement(self, hold: Hold, usages: Sequence[Usage], *, requests: int = 1) -> list[dict[str, Any]]:
        """Return what puts the use in the place of a player's reservation."""
        if hold.player_id is None:
            return []
        sums = sums_of(usages)
        counted = {"committed": sums[COST] - hold.player_microusd, REQUESTS: requests} | sums
        return [self._counting(hold.day, hold.player_id, counted)]

    def giving_back(self, lost: Sequence[Hold]) -> list[dict[str, Any]]:
        """Return what gives back the reservations of calls that never ended."""
        players = Counter[tuple[str, str]]()
        for hold in lost:
            if hold.player_id is not None and hold.player_microusd:
                players[hold.day, hold.player_id] += hold.player_microusd
        return [self._counting(*player, {"committed": -amount}) for player, amount in players.items()]

    def _counting(self, day: str, player_id: str, amounts: Mapping[str, int]) -> dict[str, Any]:
        update = Update()
        update.add(amounts)
        return self._write(day, player_id, update)

    def _write(self, day: str, player_id: str, update: Update) -> dict[str, Any]:
        update.set(int(self._clock()) + KEPT_SECONDS, "expires_at")
        key = {"tenant_id": self._tenant_id, "window": f"player#{day}#{player_id}"}
        return {"Update": update.request(self._table, key) | {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}}


def explain(error: ClientError, budget: int, needed: int, *, now: Moment, own: int = 0) -> None:
    """Raise what a player's budget refused, if it did, as the second write of those that failed.

    Trying again at once cannot help. `own` of what is reserved is the caller's already.

    Raises:
        BudgetExhausted: there was too little left.
    """
    found = refused_by(error, 1)
    if found is None:
        return
    player = item_of(found)
    committed = player.get("committed", 0)
    others = committed - player.get(COST, 0) - own
    raise budget_exhausted("player_day", budget, committed, needed=needed, now=now, reserved=others) from error
