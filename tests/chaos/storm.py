"""Studios order, cancel and prioritize while everything around them goes wrong, until all has come to rest.

All of it is the product's: applications, workers and watchers as Lambda calls them, the production adapter against the
stand-in over its wire, SQS and DynamoDB in moto. Time is the test's: days of retries pass in seconds. What goes wrong
is drawn from one seed, and comes again with it, call by call.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from random import Random
from types import TracebackType
from typing import Self

import pytest
from ulid import ULID

from common.tenancy import Tenant, tenants
from common.tiers import BudgetOverrides, LimitOverrides
from jobs import watcher as jobs_watcher
from jobs.api import app as jobs
from tests.chaos.deaths import Boundary, Fate, Life
from tests.chaos.messages import Messages, Source
from tests.chaos.receivers import Receivers, tell_the_library_the_time
from tests.chaos.stored import Stored, hasten
from tests.chaos.studios import Studio, Wish
from tests.chaos.vendor import Letter, Vendor
from tests.support import http
from tests.support.clock import ManualClock
from tests.support.hours import told_by
from tests.support.letterbox import Letterbox
from tests.support.money import PLENTY, give
from tests.vendor.world import Context, World, world
from webhooks import watcher as webhooks_watcher

MORNING = 1_795_158_000.0
"""7:00 UTC on 2026-11-20."""
MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
DEATHS, RIVALS = 0.10, 0.08
"""Shares of invocations in which the process dies, or somebody else comes in between."""
PACE_SECONDS = 0.5
"""From one order to the next: faster than the lanes let them begin, so that many wait."""
PLACES = (2, 8, 3, 5, 20)
WANTED = ([["*"]], [["job.*"]], [["job.failed", "job.cancelled"], ["job.completed", "batch.*"]])
"""Of which events studios want to be told, at how many endpoints."""
_MOST_CALLS = 12
"""An invocation's fate comes by then; many end before."""
_BATCH = 10
_WORK = ("image", "speech", "urgent", "finish")
"""How the names of the queues end on which jobs travel."""
_MOST_HOURS = 240


class Storm:
    """`number` jobs of several studios; after `rage` all has come to rest."""

    def __init__(self, number: int, *, studios: int, seed: int) -> None:
        self.number = number
        self.seed = seed
        self.clock = ManualClock(MORNING)
        self.random = Random(seed)
        self.counts: Counter[str] = Counter()
        self.receivers = Receivers(self.clock, seed=seed, repaired_at=MORNING + DAY)
        self.messages = Messages(self.clock, self.random, seed)
        self.boundary = Boundary(self.messages.meddle)
        self.studios = [
            Studio(f"studio-{place}", PLACES[place], Random(seed + place), self.receivers) for place in range(studios)
        ]
        self._plan: list[tuple[float, int, Callable[[], None]]] = []
        self._watched_at = 0.0
        self._parts = ExitStack()

    def __enter__(self) -> Self:
        enter = self._parts.enter_context
        box = enter(Letterbox())
        self.here: World = enter(world({"PUBLIC_URL": box.url, "OUTBOUND_LOOPBACK": "true"}))
        self.vendor = Vendor(self.here.fal, box, self.clock, self.random)
        enter(told_by(self.clock))
        enter(self.receivers)
        patch = enter(pytest.MonkeyPatch.context())
        tell_the_library_the_time(self.clock, patch)
        patch.setattr("common.clock.ULID", self._ulid)
        patch.setattr("webhooks.worker.SystemRandom", lambda: self.random)
        self.stored = Stored(self.here.deployment)
        self.messages.open(self.here.deployment, patch)
        hasten(patch)
        self.boundary.install(patch)
        for place, studio in enumerate(self.studios):
            self._open(studio, WANTED[place % len(WANTED)])
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._parts.close()

    def _ulid(self) -> ULID:
        return ULID(int(self.clock() * 1000).to_bytes(6, "big") + self.random.randbytes(10))

    def _open(self, studio: Studio, wanted: Sequence[list[str]]) -> None:
        tenants().add_key(studio.key, Tenant(tenant_id=studio.tenant_id, name=studio.tenant_id))
        limits = LimitOverrides(
            requests_per_hour=PLENTY, text_per_minute=PLENTY, images_per_minute=PLENTY, concurrent_jobs=studio.places
        )
        give(studio.tenant_id, limits=limits, budgets=BudgetOverrides(day_microusd=10**9, month_microusd=10**9))
        asyncio.run(studio.listen(*wanted))

    # ── The storm ────────────────────────────────────────────────────────────────────────────────────────────────────

    def rage(self) -> None:
        """Live through it until nothing is left to be done."""
        self.vendor.begin()
        self._make_plans()
        try:
            while not self._rests():
                assert self.hours < _MOST_HOURS, "it never comes to rest"
                self._go_on()
        except BaseException as error:
            error.add_note(f"CHAOS_SEED={self.seed}")
            raise

    def _go_on(self) -> None:
        """Do one of the things that can be done, or wait for the next."""
        doings = self._doings()
        if not doings:
            self.clock.now = self._next_at() + 0.001
            return
        self.random.choice(doings)()
        self.messages.send_again()
        self.vendor.settle()
        self.clock.advance(self.random.uniform(0, 0.2))

    @property
    def hours(self) -> float:
        """How long it has taken by its own clock."""
        return (self.clock() - MORNING) / HOUR

    def _make_plans(self) -> None:
        for place, studio in enumerate(self.studios):
            left = self.number // len(self.studios) + (place < self.number % len(self.studios))
            if left > _BATCH:
                self._later(self._soon(), partial(self._ask, studio, studio.order_many(_BATCH)))
                left -= _BATCH
            for _ in range(left):
                self._later(self._soon(), partial(self._ask, studio, studio.order()))
            for _ in range(left // 3):
                self._later(self._soon() + MINUTE / 6, partial(self._think_again, studio))
            for path in studio.endpoints:
                self._later(self._soon(), partial(self._rotate, studio, path))

    def _soon(self) -> float:
        return self.clock() + self.random.uniform(0, PACE_SECONDS * self.number)

    def _later(self, at: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._plan, (at, self.random.getrandbits(32), act))

    def _doings(self) -> list[Callable[[], None]]:
        """Return what can be done now; what it is does not depend on anybody's patience."""
        now = self.clock()
        doings: list[Callable[[], None]] = [partial(self._deliver, source) for source in self.messages.ready()]
        if self._plan and self._plan[0][0] <= now:
            doings.append(self._act)
        doings += [partial(self.vendor.finish, request_id) for request_id in self.vendor.due()[:1]]
        doings += [partial(self._hear, letter) for letter in self.vendor.arrived()[:3]]
        if self._watch_at() <= now:
            doings.append(self._watch)
        return doings

    def _next_at(self) -> float:
        times = [self.messages.next_at(), self.vendor.next_at(), self._watch_at()]
        return min([at for at in times if at is not None] + [at for at, *_ in self._plan[:1]])

    def _rests(self) -> bool:
        idle = not self._plan and self.messages.empty("") and self.vendor.next_at() is None
        return idle and self.jobs_rest() and not self.stored.due("webhooks_table")

    def jobs_rest(self) -> bool:
        """Whether no job, no batch and no lane waits for anything."""
        return not self.stored.due("jobs_table")

    # ── One thing after the other ────────────────────────────────────────────────────────────────────────────────────

    def _life(self) -> AbstractContextManager[Life]:
        """Draw the fate of an invocation."""
        drawn, at = self.random.random(), self.random.randint(1, _MOST_CALLS)
        if drawn < DEATHS:
            return self._counted(Fate(at, self.random.choice(("before", "after"))))
        return self._counted(Fate(at, "rival") if drawn < DEATHS + RIVALS else Fate())

    @contextmanager
    def _counted(self, fate: Fate) -> Iterator[Life]:
        self.counts["invocations"] += 1
        with self.boundary.living(fate, self._come_in_between) as life:
            yield life
        self.counts["deaths"] += life.dead

    def _deliver(self, source: Source) -> None:
        self.vendor.spoil(source.name)
        self.messages.deliver(source, self._life)

    def _come_in_between(self) -> None:
        """Do something else while a call of somebody's is on its way out."""
        self.counts["rivals"] += 1
        ready, letters = self.messages.ready(), self.vendor.arrived()
        if letters and self.random.random() < 0.5:
            self._hear(letters[0], Fate())
        elif ready:
            self.messages.deliver(self.random.choice(ready), partial(self._counted, Fate()))
        elif self._plan:
            self._think_again(self.random.choice(self.studios), Fate())

    def _act(self) -> None:
        _, _, act = heapq.heappop(self._plan)
        act()

    def _ask(self, studio: Studio, wish: Wish, fate: Fate | None = None) -> None:
        """Send a wish; it is sent again where whoever is asked dies or asks for patience."""
        answer = None
        with self._life() if fate is None else self._counted(fate) as life:
            answer = asyncio.run(studio.send(wish))
        if life.dead or answer is None or not studio.note(wish, answer):
            self._later(self.clock() + self.random.uniform(1, 60), partial(self._ask, studio, wish))
        while studio.missing:
            studio.missing -= 1
            self._later(self.clock() + MINUTE, partial(self._ask, studio, studio.order()))

    def _think_again(self, studio: Studio, fate: Fate | None = None) -> None:
        wish = studio.cancel() if self.random.random() < 0.5 else studio.prioritize()
        if wish is not None:
            self._ask(studio, wish, fate)

    def _rotate(self, studio: Studio, path: str) -> None:
        asyncio.run(studio.rotate(path))

    def _hear(self, letter: Letter, fate: Fate | None = None) -> None:
        """Bring a webhook of the vendor's to its route; where nobody takes it, it comes again."""
        self.vendor.letters.remove(letter)
        status, sent = 0, letter.request
        with self._life() if fate is None else self._counted(fate) as life:
            path = f"{sent.path}?{sent.query.decode()}"
            told = http.Studio(jobs, None).request("POST", path, headers=dict(sent.headers), content=sent.body)
            status = asyncio.run(told).status_code
        if life.dead or status >= 500:
            self.vendor.put_back(letter)

    # ── The watchers ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _watch(self) -> None:
        self._watched_at = self.clock()
        for handler in (jobs_watcher.handler, webhooks_watcher.handler):
            with self._life():
                handler({}, Context())

    def _watch_at(self) -> float:
        """Return when the watchers run next: once a minute, in the long hours in which nothing is due not at all."""
        minute = self._watched_at + MINUTE
        if minute > self.clock() or self._plan or self.vendor.next_at() is not None or not self.messages.empty(*_WORK):
            return minute
        due = [*self.stored.due("jobs_table")[:1], *self.stored.due("webhooks_table")[:1]]
        return max(minute, min(due, default=minute))
