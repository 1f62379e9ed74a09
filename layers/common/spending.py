"""What one request spends: it passes the ledger once, and whatever models it used is settled at its end.

A limiter that cannot be reached lets requests pass that cost nothing and stops those that cost.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from common import aws
from common.clock import wall_clock
from common.errors import BudgetExhausted, Busy, LimitReached
from common.ledger import Call, Hold, Ledger, Meter, Moment, Terms, ledger_of, quotas
from common.ledger.rules import refusal
from common.limit_headers import headers_of, headers_of_refusal
from common.observability import count, logger, trace_of
from common.receipts import Receipt
from common.tenancy import Tenant, tenants

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from common.idempotency import Once
    from common.jobs.model import Job
    from common.ledger import Standing
    from common.player_tokens import Player
    from common.providers import Usage


class Spending:
    """One request's way through the ledger, from the route that was asked to the receipt in its answer."""

    def __init__(
        self,
        ledger: Ledger,
        terms: Terms,
        *,
        route: str,
        meter: Meter | None = None,
        player: Player | None = None,
        counts: bool = True,
    ) -> None:
        self.route = route
        self.player_id = player.player_id if player else None
        self._player = player
        self._ledger = ledger
        self._terms = terms
        self._meter = meter
        self._started = time.perf_counter()
        self._counted = not counts
        self._hold: Hold | None = None
        self._usages: list[Usage] = []
        self._standing: Standing | None = None
        self._refused: LimitReached | BudgetExhausted | None = None
        self.once: Once | None = None
        """Set where the request names an idempotency key: what it orders is ordered once."""

    @classmethod
    def of(cls, tenant: Tenant, *, route: str, meter: Meter | None = None) -> Spending:
        """Return the spending of a request of `tenant` to `route`."""
        terms = Terms(tenant.limits, tenant.budgets)
        return cls(ledger_of(tenant.tenant_id), terms, route=route, meter=meter, player=tenant.player)

    def for_player(self, player_id: str | None) -> None:
        """Count what follows also for a player of the studio's; without a name a player token's own.

        Raises:
            Forbidden: the token is another player's.
        """
        if self._player is not None:
            self._player.require_own(player_id)
        elif player_id is not None:
            self.player_id = player_id

    def meter_as(self, meter: Meter) -> None:
        """Count what follows by this limit of a minute, where the route alone does not say by which."""
        self._meter = meter

    def admit(self) -> None:
        """Count the request, if it has not been.

        Raises:
            LimitReached: it may not pass.
        """
        if not self._counted:
            self._take(self._call(counts=True))

    def reserve(self, max_microusd: int) -> None:
        """Let the request call models, at a cost of at most `max_microusd` in all; what it has reserved is topped up.

        What was refused once is refused without asking again.

        Raises:
            LimitReached, BudgetExhausted: it may not.
        """
        if self._refused is not None:
            raise self._refused
        if self._hold is None or (max_microusd and not self._hold.hold_id):
            call = self._call(counts=not self._counted, meter=self._meter, max_microusd=max_microusd, runs=True)
            self._hold = self._take(call)
        elif max_microusd > self._hold.microusd:
            self._hold = self._enlarge(self._hold, max_microusd - self._hold.microusd)

    def order(
        self,
        max_microusd: int,
        *,
        puts: Sequence[Mapping[str, Any]],
        day: str | None = None,
        usages: Sequence[Usage] | None = None,
    ) -> None:
        """Let the request order a job of at most `max_microusd`, together with the writes that store it.

        `day` is the one in which it counts for its player; without it the day on which it passes. `usages` are what
        the order used where nothing has to be made for it; they cost nothing.

        Raises:
            LimitReached, BudgetExhausted: it may not; nothing is stored.
            ClientError: a write was refused by its own condition; nothing is stored.
        """
        call = self._call(counts=not self._counted, meter=self._meter, max_microusd=max_microusd)
        self._take(replace(call, day=day, usages=usages), also=puts)

    def require_room(self, max_microusd: int) -> None:
        """Make sure that the request could order so much as things stand; counts nothing (1 read unit per 4 KB).

        Raises:
            LimitReached, BudgetExhausted: it could not.
        """
        standing, now = self._ledger.standing(), Moment.of(self._ledger.clock())
        if standing is None:
            return
        call = self._call(counts=not self._counted, meter=self._meter, max_microusd=max_microusd)
        refused = refusal(standing.at(now), call, self._terms, now=now)
        if isinstance(refused, (LimitReached, BudgetExhausted)):
            self._note_refusal(refused)
            raise refused

    def part(self) -> Spending:
        """Return the spending of one of several orders of an admitted request.

        It has a player of its own, and what refuses it refuses no other.
        """
        return Spending(
            self._ledger, self._terms, route=self.route, meter=self._meter, player=self._player, counts=False
        )

    def follow(self, part: Spending) -> None:
        """Take in where a part has brought the tenant, for the answer's headers."""
        self._standing = part.standing or self._standing

    @property
    def standing(self) -> Standing | None:
        """Where the tenant stood after what was last let pass."""
        return self._standing

    @property
    def spent(self) -> bool:
        """Whether any model was paid."""
        return any(usage.cost_microusd for usage in self._usages)

    def used(self, *usages: Usage) -> None:
        """Note what models were paid for."""
        self._usages.extend(usages)

    def settle(self) -> None:
        """Replace the reservation by what was used; where there is none, or it is settled, nothing is done."""
        if self._hold is None:
            return
        if self._hold.hold_id:
            self._standing = self._ledger.settle(self._hold, self._usages, route=self.route)
        self._hold = None
        self._note_events()

    def close(self) -> None:
        """End the request: settle what is open and count what was not counted, whatever else went wrong.

        What a limit refused is not counted; what a budget refused is. A settlement that fails is tried once more.
        """
        try:
            self._settle_somehow()
            if not isinstance(self._refused, LimitReached):
                self.admit()
        except LimitReached:
            return
        except Exception as error:  # noqa: BLE001 - the answer is made; an open reservation expires
            logger.error("request not settled", extra={"route": self.route, "trace": trace_of(error)})
            count("NotSettled")

    def _settle_somehow(self) -> None:
        try:
            self.settle()
        except Exception as error:  # noqa: BLE001 - settled twice is settled once
            logger.warning("settling once more", extra={"route": self.route, "trace": trace_of(error)})
            self.settle()

    def receipt(self, usages: Sequence[Usage] | None = None) -> Receipt:
        """Return what the request used so far; `usages` in another order than they were noted, if given."""
        return Receipt.of(
            self._usages if usages is None else usages,
            total_ms=round((time.perf_counter() - self._started) * 1000),
            budget_remaining_microusd=self._remaining(),
        )

    def headers(self) -> dict[str, str]:
        """Return the limits a request met; empty if it met none.

        They are the studio's own, and nothing for a player token to see.
        """
        if self._player is not None:
            return {}
        if self._standing is None:
            return headers_of_refusal(self._refused) if self._refused else {}
        now = Moment.of(self._ledger.clock())
        return headers_of(quotas(self._standing.at(now), self._terms, self._meter), now=now)

    def _remaining(self) -> int | None:
        if self._standing is None or self._player is not None:
            return None
        budgets = self._terms.budgets
        left = (
            budgets.day_microusd - self._standing.day_committed,
            budgets.month_microusd - self._standing.month_committed,
        )
        return max(0, min(left))

    def _call(self, *, counts: bool, meter: Meter | None = None, max_microusd: int = 0, runs: bool = False) -> Call:
        return Call(
            route=self.route,
            counts=counts,
            meter=meter,
            max_microusd=max_microusd,
            runs=runs,
            player_id=self.player_id,
            player_microusd=self._player_budget(),
        )

    def _player_budget(self) -> int | None:
        budgets = (self._terms.budgets.player_day_microusd, self._player.day_microusd if self._player else None)
        return min((budget for budget in budgets if budget is not None), default=None)

    def _note_events(self) -> None:
        if self._standing is None:
            return
        try:
            self._ledger.note_events(self._standing, self._terms.budgets)
        except Exception as error:  # noqa: BLE001 - recorded by whoever spends next
            logger.warning("events not recorded", extra={"route": self.route, "trace": trace_of(error)})

    def _take(self, call: Call, *, also: Sequence[Mapping[str, Any]] = ()) -> Hold:
        try:
            self._standing, hold = self._ledger.take(call, self._terms, also=also)
        except (LimitReached, BudgetExhausted) as refused:
            self._note_refusal(refused)
            raise
        except Exception as error:
            if call.max_microusd or also or not (isinstance(error, Busy) or aws.is_busy(error)):
                raise
            logger.warning("limits not checked", extra={"route": self.route, "trace": trace_of(error)})
            count("LimitsNotChecked")
            hold = Hold("", 0, 0, "")
        self._counted = self._counted or call.counts
        return hold

    def _enlarge(self, hold: Hold, more_microusd: int) -> Hold:
        budgets = self._terms.budgets.model_copy(update={"player_day_microusd": self._player_budget()})
        try:
            return self._ledger.extend(hold, more_microusd, self._terms._replace(budgets=budgets))
        except BudgetExhausted as refused:
            self._note_refusal(refused)
            raise

    def _note_refusal(self, refused: LimitReached | BudgetExhausted) -> None:
        """Remember the first refusal; a player is not told what of the studio's money it met."""
        self._refused = self._refused or refused
        count("CallsRefused")
        try:
            if isinstance(refused, LimitReached):
                self._ledger.note_limit(refused)
                return
            self._ledger.note_exhausted(refused)
        except Exception as error:  # noqa: BLE001 - recorded by whoever is refused next
            logger.warning("events not recorded", extra={"route": self.route, "trace": trace_of(error)})
        if self._player is not None and refused.details["budget"] != "player_day":
            refused.details = {name: met for name, met in refused.details.items() if name not in _MONEY}


_MONEY = {"budget_microusd", "committed_microusd", "needed_microusd"}


def spending_of(tenant_id: str, *, route: str) -> Spending:
    """Return the spending of work of ours, as its own `route`: no request is behind it, so it counts as none."""
    tenant = tenants().by_id(tenant_id)
    return Spending(ledger_of(tenant.tenant_id), Terms(tenant.limits, tenant.budgets), route=route, counts=False)


def note_events(tenant_id: str) -> None:
    """Record the budgets that a job brought near or to their end (1 read unit); a job's end never fails for it."""
    try:
        standing = ledger_of(tenant_id).standing()
        if standing is not None:
            ledger_of(tenant_id).note_events(standing, tenants().by_id(tenant_id).budgets)
    except Exception as error:  # noqa: BLE001 - recorded by whoever spends next
        logger.warning("events not recorded", extra={"tenant": tenant_id, "trace": trace_of(error)})


def job_receipt(job: Job, usages: Sequence[Usage]) -> dict[str, Any]:
    """Return the receipt of a job that ends now, as it is stored."""
    took = round((wall_clock() - job.created_at) * 1000)
    return Receipt.of(usages, total_ms=max(0, took)).model_dump(mode="json")
