"""The ledger against a simple model of it, over random days of calls, jobs, crashes and pauses."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.errors import BudgetExhausted, LimitReached
from common.ledger import Call, Hold, Ledger, Moment, Standing
from common.storage import from_item, to_item, transact
from tests.common.ledger.conftest import NOON
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment
from tests.support.money import paid, terms_of

DAY, MONTH, PLAYER, RUNNING = 100, 170, 60, 3
_tenants = count()


@dataclass
class World:
    """A ledger, and what it should hold: kept as plainly as possible."""

    ledger: Ledger
    clock: ManualClock
    deployment: Deployment
    day: str = "2026-11-20"
    """The day the ledger counts for: it turns with the first call of a new one."""
    calls: dict[str, Hold] = field(default_factory=dict[str, Hold])
    """Synchronous calls under way."""
    jobs: list[Hold] = field(default_factory=list[Hold])
    forgotten: list[Hold] = field(default_factory=list[Hold])
    """Calls that took so long that their reservation was given up."""
    costs: Counter[str] = field(default_factory=Counter[str])
    players: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    late: int = 0
    """Cost of calls that nobody expected any more."""

    @property
    def reserved(self) -> int:
        return sum(hold.microusd for hold in [*self.calls.values(), *self.jobs])

    def committed(self, prefix: str) -> int:
        return sum(cost for day, cost in self.costs.items() if day.startswith(prefix)) + self.reserved

    def player_committed(self, day: str, player: str) -> int:
        open_ = sum(
            hold.player_microusd
            for hold in [*self.calls.values(), *self.jobs]
            if (hold.day, hold.player_id) == (day, player)
        )
        return self.players[day, player] + open_

    # ── What happens ──────────────────────────────────────────────────────────────────────────────────────────────

    def take(self, most: int, player: str | None, *, runs: bool) -> None:
        now = Moment.of(self.clock())
        self._forget(now)
        call = Call("speak", max_microusd=most, runs=runs, player_id=player, player_microusd=PLAYER)
        fits = self._fits(call, now)
        try:
            _, hold = self.ledger.take(call, terms_of(day=DAY, month=MONTH, running=RUNNING))
        except (BudgetExhausted, LimitReached):
            assert not fits
        else:
            assert fits
            self.day = max(self.day, now.day)
            self.calls |= {hold.hold_id: hold} if runs else {}
            self.jobs += [] if runs else [hold]

    def _forget(self, now: Moment) -> None:
        for hold in [hold for hold in self.calls.values() if hold.until < now.seconds]:
            self.forgotten.append(self.calls.pop(hold.hold_id))

    def _fits(self, call: Call, now: Moment) -> bool:
        most = call.max_microusd
        if call.runs and len(self.calls) >= RUNNING:
            return False
        if most and call.player_id and self.player_committed(now.day, call.player_id) + most > PLAYER:
            return False
        return not most or (self.committed(now.day) + most <= DAY and self.committed(now.month) + most <= MONTH)

    def settle(self, index: int, cost: int) -> None:
        """One of the calls under way ends, however late; it may be told twice."""
        waiting = [*self.calls.values(), *self.forgotten]
        if not waiting:
            return
        hold = waiting[index % len(waiting)]
        spent = min(cost, hold.microusd)
        self.ledger.settle(hold, [paid(spent)], route="speak")
        if self.calls.pop(hold.hold_id, None):
            if self.clock() <= hold.until:
                self.ledger.settle(hold, [paid(spent)], route="speak")
        else:
            self.forgotten.remove(hold)
            self.late += spent
        self._spent(hold, spent)

    def end_job(self, index: int, cost: int) -> None:
        if not self.jobs:
            return
        hold = self.jobs.pop(index % len(self.jobs))
        spent = min(cost, hold.microusd)
        transact(self.deployment.dynamodb, self.ledger.settlement(hold, [paid(spent)], route="speak"))
        self._spent(hold, spent)

    def _spent(self, hold: Hold, cost: int) -> None:
        self.costs[self.day] += cost
        if hold.player_id:
            self.players[hold.day, hold.player_id] += cost

    # ── What must be so ───────────────────────────────────────────────────────────────────────────────────────────

    def check(self) -> None:
        standing = self.ledger.standing()
        if standing is None:
            return
        today = max(self.day, Moment.of(self.clock()).day)
        assert standing.reserved == self.reserved
        assert (standing.running, set(standing.holds)) == (len(self.calls), set(self.calls))
        assert (standing.day, standing.day_committed) == (today, self.committed(today))
        assert standing.month_committed == self.committed(today[:7])
        assert standing.day_committed <= DAY + self.late
        assert standing.month_committed <= MONTH + self.late
        self._check_nothing_negative(standing)
        for day, player in self.players:
            item = self._item(f"player#{day}#{player}")
            assert item.get("committed", 0) == self.player_committed(day, player) >= 0
            assert item.get("c", 0) == self.players[day, player]

    def _check_nothing_negative(self, standing: Standing) -> None:
        numbers = (standing.requests, standing.running, standing.reserved, *standing.counters.values())
        assert all(number >= 0 for number in numbers)

    def check_days(self) -> None:
        """What was put aside day by day is what was spent."""
        for day, cost in self.costs.items():
            item = self._item("now" if day == self.day else f"day#{day}")
            assert item.get("r|speak|c", 0) == item.get("m|m|c", 0) == cost

    def _item(self, window: str) -> dict[str, int]:
        key = to_item({"tenant_id": self.ledger.tenant_id, "window": window})
        table = self.deployment.settings.usage_table
        return from_item(self.deployment.dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"])


AMOUNTS = st.sampled_from([0, 1, 20, 35, 60])
EVENTS = st.one_of(
    st.tuples(st.just("call"), AMOUNTS, st.sampled_from([None, "p1", "p2"])),
    st.tuples(st.just("job"), AMOUNTS, st.sampled_from([None, "p1"])),
    st.tuples(st.just("settle"), AMOUNTS, st.integers(0, 5)),
    st.tuples(st.just("end_job"), AMOUNTS, st.integers(0, 5)),
    st.tuples(st.just("wait"), st.sampled_from([1, 60, 121, 11 * 3_600, 86_400, 11 * 86_400]), st.none()),
)


@given(events=st.lists(EVENTS, min_size=8, max_size=30))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_the_sums_are_right(
    deployment: Deployment, events: list[tuple[str, int, int | str | None]]
) -> None:
    clock = ManualClock(NOON)
    table = deployment.settings.usage_table
    ledger = Ledger(f"tenant_{next(_tenants)}", client=deployment.dynamodb, table=table, clock=clock)
    world = World(ledger, clock, deployment)
    for event, amount, what in events:
        match event:
            case "call" | "job":
                world.take(amount, what if isinstance(what, str) else None, runs=event == "call")
            case "settle":
                world.settle(int(what or 0), amount)
            case "end_job":
                world.end_job(int(what or 0), amount)
            case _:
                clock.advance(amount)
        world.check()
    world.check_days()
