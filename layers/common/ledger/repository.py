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

import time
from dataclasses import replace
from functools import lru_cache
from random import SystemRandom
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from ulid import ULID

from common import aws
from common.clock import Clock, wall_clock
from common.errors import Busy
from common.ledger.days import KEPT_SECONDS, Events, turning
from common.ledger.item import NOW, StandingItem, refused_by
from common.ledger.players import Players, explain
from common.ledger.rules import Call, budget_refusal, refusal
from common.ledger.standing import HOLD_SECONDS, Hold, Moment, Standing
from common.ledger.writes import extension, giving_back, passage, passing, release, settlement, settling
from common.settings import settings
from common.storage import failed_condition, transact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from common.errors import BudgetExhausted, LimitReached
    from common.ledger.rules import Terms
    from common.providers import Usage
    from common.tiers import Budgets

_ATTEMPTS = 12
_FIRST_PAUSE, _LONGEST_PAUSE = 0.004, 0.2
_FORGOTTEN_AT_ONCE = 50
_random = SystemRandom()


class Ledger(StandingItem):
    """One tenant's ledger."""

    def __init__(
        self,
        tenant_id: str,
        *,
        client: DynamoDBClient,
        table: str,
        clock: Clock = wall_clock,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(tenant_id, client=client, table=table, clock=clock)
        self._pause = pause
        self._players = Players(tenant_id, table=table, clock=self._seconds)
        self._events = Events(tenant_id, client=client, table=table, clock=self._seconds)

    def standing(self) -> Standing | None:
        """Return where the tenant stands now, None before its first request (1 read unit per 4 KB)."""
        seen = self._read()
        return seen.at(self._moment()) if seen else None

    def take(self, call: Call, terms: Terms, *, also: Sequence[Mapping[str, Any]] = ()) -> tuple[Standing, Hold]:
        """Let `call` pass: count it, reserve what it may cost, in one conditional write.

        It begins with what this process remembers; where that would refuse, or the write is refused for it, the
        standing is read first: nobody is refused by what is not so any more. `also` are writes that happen with it or
        not at all (a job's record). Returns the standing after it, and the reservation; that of a call which does not
        run stays until `settlement`.

        Raises:
            LimitReached, BudgetExhausted: it may not pass; nothing was counted.
            ClientError: one of `also` was refused by its own condition; nothing was counted.
            Busy: others were quicker all the time.
        """
        if (passed := self._pass_unseen(call, terms, also=also)) is not None:
            return passed
        for seen, now in self._looks():
            refused = refusal(seen.at(now), call, terms, now=now)
            if refused is not None:
                raise refused
            if now.day > seen.day:
                self._turn(seen, now)
            elif (passed := self._pass(call, terms, seen, now=now, also=also)) is not None:
                return passed
        raise Busy("Too many simultaneous calls; try again")

    def extend(self, hold: Hold, more_microusd: int, terms: Terms) -> Hold:
        """Reserve so much more for a synchronous call under way, in one transaction after one read.

        The budgets must have room for it, also the player's day (that in `terms`). Two who extend the same
        reservation both get what they asked for: what is stored is what grows.

        Raises:
            BudgetExhausted: there is too little left; the reservation is as it was.
            Busy: it was given up for lost, or others were quicker all the time; nothing more was reserved.
        """
        for seen, now in self._looks():
            held = seen.holds.get(hold.hold_id)
            if held is None:
                raise Busy("This call took so long that what it had reserved was given up; try again")
            refused = budget_refusal(seen.at(now), more_microusd, terms.budgets, now=now, own=held.microusd)
            if refused is not None:
                raise refused
            if now.day > seen.day:
                self._turn(seen, now)
            elif (enlarged := self._enlarge(held, more_microusd, terms, seen=seen, now=now)) is not None:
                return enlarged
        raise Busy("Too many simultaneous calls; try again")

    def settle(self, hold: Hold, usages: Sequence[Usage], *, route: str) -> Standing:
        """Put what a synchronous call really used in place of its reservation: one write, and one for a player.

        A second time changes nothing. A reservation that was given up for lost is not needed: the cost counts. What
        is given back is what is stored, also where `hold` missed that it was extended. The money in what is returned is
        as it was written; the limits are as this process knows them, for a settlement counts for none.
        """
        for _ in range(_ATTEMPTS):
            try:
                return self._settle(hold, usages, route=route)
            except ClientError as error:
                found = self._found(error) or Standing(day=hold.day)
            if hold.hold_id not in found.holds:
                break
            hold = found.holds[hold.hold_id]
        else:
            raise Busy("Too many simultaneous calls; try again")
        if self.clock() <= hold.until:  # nobody has given it up yet: this is a write that came through before
            return found
        return self._settle_late(hold, usages, route=route, found=found)

    def settlement(self, hold: Hold, usages: Sequence[Usage], *, route: str, requests: int = 1) -> list[dict[str, Any]]:
        """Return the writes that settle a job, for the transaction that ends it; `requests` count for its player."""
        update = settlement(settling(hold.microusd, usages, route=route))
        return [{"Update": self._request(update)}, *self._players.settlement(hold, usages, requests=requests)]

    def note_events(self, standing: Standing, budgets: Budgets) -> None:
        """Record every budget that is nearly or wholly used up: once a budget and day or month, by whoever is first."""
        self._events.note(standing, budgets)

    def note_limit(self, refused: LimitReached) -> None:
        """Have it told that a limit refused: once a window (1 write unit, where this process has not told of it)."""
        self._events.note_limit(refused)

    def note_exhausted(self, refused: BudgetExhausted) -> None:
        """Record that a budget of the tenant has too little left, once a day or month (1 read unit per 4 KB).

        Not where calls under way may leave enough over, and not where nothing was spent.
        """
        if self._events.is_news(refused, self._moment()) and (standing := self.standing()):
            self._events.note_exhausted(refused, standing)

    def _seconds(self) -> float:
        """Return what `clock` says, also where it was changed later: there is one time for all that is written."""
        return self.clock()

    def _looks(self) -> Iterator[tuple[Standing, Moment]]:
        """Yield the standing without lost reservations, as often as it may be tried; between looks others get ahead."""
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._pause(_random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt)))
            now = self._moment()
            seen = self._read() or self._begin(now)
            if lost := seen.lost(now)[:_FORGOTTEN_AT_ONCE]:
                self._forget(lost)
            else:
                yield seen, now

    def _pass_unseen(
        self, call: Call, terms: Terms, *, also: Sequence[Mapping[str, Any]]
    ) -> tuple[Standing, Hold] | None:
        """Let `call` pass by what this process remembers; None where that is not enough, and nothing is written."""
        now = self._moment()
        known = self._remembered(now)
        if known is None or refusal(known.at(now), call, terms, now=now) is not None:
            return None
        return self._pass(call, terms, known, now=now, also=also)

    def _pass(
        self, call: Call, terms: Terms, seen: Standing, *, now: Moment, also: Sequence[Mapping[str, Any]]
    ) -> tuple[Standing, Hold] | None:
        player, reserved = self._players.passing(call, now)
        until, day = int(now.seconds) + HOLD_SECONDS, call.day or now.day
        hold = Hold(str(ULID()), call.max_microusd, until, day, call.player_id, reserved)
        update, base = passage(call, terms, seen, now=now, hold=hold), seen.at(now)
        if call.runs:
            base = replace(base, holds={**seen.holds, hold.hold_id: hold})
        try:
            return self._write(update, [*player, *also], amounts=passing(call), base=base), hold
        except ClientError as error:
            found = self._found(error)
            if found is not None and hold.hold_id in found.holds:  # done: botocore lost the answer and sent it again
                return found, hold
            if reserved and call.player_microusd is not None:
                explain(error, call.player_microusd, call.max_microusd, now=now)
            if any(refused_by(error, 1 + len(player) + place) is not None for place in range(len(also))):
                raise
            return None

    def _enlarge(self, held: Hold, more: int, terms: Terms, *, seen: Standing, now: Moment) -> Hold | None:
        budget = terms.budgets.player_day_microusd
        enlarged = replace(held, microusd=held.microusd + more)
        player: list[dict[str, Any]] = []
        if held.player_id is not None and budget is not None:
            enlarged = replace(enlarged, player_microusd=held.player_microusd + more)
            player = [self._players.reservation(held.day, held.player_id, more, budget=budget, now=now)]
        try:
            self._transact(extension(held, enlarged, terms, seen), player)
        except ClientError as error:
            self._found(error)
            if player and budget is not None:
                explain(error, budget, more, now=now, own=held.player_microusd)
            return None
        return enlarged

    def _settle(self, hold: Hold, usages: Sequence[Usage], *, route: str) -> Standing:
        amounts, latest = settling(hold.microusd, usages, route=route), self._latest or Standing(day=hold.day)
        others = {hold_id: other for hold_id, other in latest.holds.items() if hold_id != hold.hold_id}
        update, base = release(hold, amounts, latest.day), replace(latest, holds=others)
        return self._write(update, self._players.settlement(hold, usages), amounts=amounts, base=base)

    def _settle_late(self, hold: Hold, usages: Sequence[Usage], *, route: str, found: Standing) -> Standing:
        """Count what nobody expected any more; as a transaction, which DynamoDB carries out once however often sent."""
        amounts = settling(0, usages, route=route)
        player = self._players.settlement(replace(hold, player_microusd=0), usages)
        self._transact(settlement(amounts), player)
        return self._read_back(found.at(self._moment()).after(amounts))

    def _turn(self, seen: Standing, now: Moment) -> None:
        """Put the day that has passed aside and begin the new one; whoever is second finds it done."""
        expires_at = int(now.seconds) + KEPT_SECONDS
        puts = turning(self._key(NOW), seen, seen.at(now), table=self._table, expires_at=expires_at)
        try:
            transact(self._client, puts)
        except ClientError as error:
            if not failed_condition(error):
                raise

    def _forget(self, lost: Sequence[Hold]) -> None:
        """Give back what calls reserved that never ended, also to their players; whoever is second finds it done."""
        try:
            self._transact(giving_back(lost), self._players.giving_back(lost))
        except ClientError as error:
            if not failed_condition(error):
                raise


@lru_cache(maxsize=256)
def ledger_of(tenant_id: str) -> Ledger:
    """Return the tenant's ledger in this deployment's table."""
    return Ledger(tenant_id, client=aws.dynamodb(), table=settings().usage_table)
