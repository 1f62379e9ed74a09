"""The wait of a small tenant while a large one has 5,000 jobs queued, against its wait alone: at most twice as long.

A model in simulated time; what it decides it asks the code that runs: `Lane` (is a place free, how many are woken) and
`Job.place` (who is next). Around that stands the worst case. SQS is one plain FIFO queue, as if it knew nothing of
message groups, so that none of the fairness is Amazon's. The large tenant's 5,000 messages are all there at once; the
small one's first order comes right behind them. A worker deals with one message after the other. The vendor works on a
fixed number of orders at a time, in the order in which they came. Without lanes the same model shows what they are for.
"""

from __future__ import annotations

import heapq
import random
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from statistics import fmean, quantiles

from common.clock import new_id
from common.jobs import Job, JobKind
from common.jobs.lanes import Lane
from common.tiers import MOST_PLACES, tiers

QUEUED = 5_000
MOST_RATIO = 2.0
WORKERS = 20
"""Maximum concurrency of the normal queue (template.yaml)."""
CALL_SECONDS = 0.008
"""One call to DynamoDB or SQS from Lambda, on the slow side."""
TURNED_AWAY_CALLS, CLAIM_CALLS, DROP_CALLS, FINISH_CALLS = 6, 5, 1, 5
SUBMIT_SECONDS = 0.25
"""Until the vendor has taken an order."""
VENDOR_PLACES = 40
"""Orders of ours that the vendor works on at the same time."""
VENDOR_SECONDS = (3.0, 9.0)
SMALL_EVERY_SECONDS = 12.0
SMALL_ORDERS = 60
SMALL, LARGE = "small", "large"


@dataclass
class Model:
    """One run: queue, workers, lanes and vendor, in simulated seconds."""

    places: int
    random: random.Random
    now: float = 0.0
    agenda: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    order: count[int] = field(default_factory=count)
    queue: deque[tuple[str, Job]] = field(default_factory=deque)
    idle: int = WORKERS
    running: dict[str, set[str]] = field(default_factory=dict)
    turned_away: set[str] = field(default_factory=set)
    waiting: dict[str, list[tuple[str, Job]]] = field(default_factory=dict)
    begun: dict[str, float] = field(default_factory=dict)
    at_vendor: int = 0
    vendor_queue: deque[tuple[str, Job]] = field(default_factory=deque)
    starts: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)
    """By tenant: how many have ended."""

    def after(self, seconds: float, what: Callable[[], None]) -> None:
        heapq.heappush(self.agenda, (self.now + seconds, next(self.order), what))

    def run(self, until: Callable[[], bool]) -> None:
        while self.agenda and not until():
            self.now, _, what = heapq.heappop(self.agenda)
            what()

    def lane(self, tenant: str) -> Lane:
        """Return a lane as the code that runs sees it."""
        watched_until = self.now if tenant in self.turned_away else None
        return Lane(running=frozenset(self.running.get(tenant, ())), watched_until=watched_until)

    def ordered(self, tenant: str) -> None:
        job = Job(id=new_id("job"), kind=JobKind.IMAGE, order={}, created_at=self.now)
        heapq.heappush(self.waiting.setdefault(tenant, []), (job.place, job))
        self.queue.append((tenant, job))
        self.work()

    def work(self) -> None:
        """Let idle workers take messages, oldest first, whosever they are."""
        while self.idle and self.queue:
            self.idle -= 1
            tenant, job = self.queue.popleft()
            self.after(self.deal_with(tenant, job), self.be_idle)

    def be_idle(self) -> None:
        self.idle += 1
        self.work()

    def deal_with(self, tenant: str, job: Job) -> float:
        """Return how long a worker is busy with a message; what it leads to is on the agenda."""
        if job.id in self.begun:
            return DROP_CALLS * CALL_SECONDS
        if not self.lane(tenant).free(self.places):
            self.turned_away.add(tenant)
            return TURNED_AWAY_CALLS * CALL_SECONDS
        self.running.setdefault(tenant, set()).add(job.id)
        self.begun[job.id] = self.now
        self.waiting[tenant].remove((job.place, job))
        heapq.heapify(self.waiting[tenant])
        if tenant == SMALL:
            self.starts.append(self.now - job.created_at)
        busy = CLAIM_CALLS * CALL_SECONDS + SUBMIT_SECONDS
        self.after(busy, lambda: self.submitted(tenant, job))
        return busy

    def submitted(self, tenant: str, job: Job) -> None:
        self.vendor_queue.append((tenant, job))
        self.make()

    def make(self) -> None:
        while self.at_vendor < VENDOR_PLACES and self.vendor_queue:
            self.at_vendor += 1
            tenant, job = self.vendor_queue.popleft()
            self.after(self.random.uniform(*VENDOR_SECONDS), lambda t=tenant, j=job: self.made(t, j))

    def made(self, tenant: str, job: Job) -> None:
        self.at_vendor -= 1
        self.make()
        self.after(FINISH_CALLS * CALL_SECONDS, lambda: self.ended(tenant, job))

    def ended(self, tenant: str, job: Job) -> None:
        """End a job, and wake as many as the code that runs would."""
        self.running[tenant].remove(job.id)
        self.done[tenant] = self.done.get(tenant, 0) + 1
        if tenant == SMALL:
            self.ends.append(self.now - job.created_at)
        wanted = self.lane(tenant).to_wake(self.places)
        self.queue.extend((tenant, waiter) for _, waiter in heapq.nsmallest(wanted, self.waiting.get(tenant, [])))
        self.work()


@dataclass(frozen=True)
class Wait:
    """How long the small tenant waited, in seconds."""

    mean: float
    p95: float
    longest: float
    start: float
    """Until its jobs began, on the mean."""
    left: int
    """Jobs of the large tenant that had not ended when the small one's last had."""


def simulate(queued: int, *, places: int, orders: int = SMALL_ORDERS, seed: int = 1) -> Wait:
    """Return the wait of a small tenant whose orders come at random while another's `queued` are there."""
    model = Model(places=places, random=random.Random(seed))
    for _ in range(queued):
        model.after(0.0, lambda: model.ordered(LARGE))
    when, arrivals = 0.0, random.Random(seed + 1)
    for _ in range(orders):
        model.after(when, lambda: model.ordered(SMALL))  # the first right behind all that is queued
        when += arrivals.expovariate(1 / SMALL_EVERY_SECONDS)
    model.run(until=lambda: model.done.get(SMALL, 0) == orders)
    return Wait(
        mean=fmean(model.ends),
        p95=quantiles(model.ends, n=20)[-1],
        longest=max(model.ends),
        start=fmean(model.starts),
        left=queued - model.done.get(LARGE, 0),
    )


def main() -> int:
    places = tiers()["pro"].limits.concurrent_jobs
    alone = simulate(0, places=places)
    beside = simulate(QUEUED, places=places)
    # Without lanes nobody is turned away: all that is queued goes to the vendor at once.
    unbounded = simulate(QUEUED, places=QUEUED + MOST_PLACES)
    print(f"Seconds from order to result of a small tenant ({SMALL_ORDERS} orders, one in {SMALL_EVERY_SECONDS:g} s):")
    print(f"{'':34}{'mean':>9}{'95 %':>9}{'longest':>9}{'to begin':>10}{'left of the large':>19}")
    for name, wait in (
        ("alone", alone),
        (f"beside {QUEUED:,} queued", beside),
        (f"beside {QUEUED:,}, without lanes", unbounded),
    ):
        print(f"{name:34}{wait.mean:9.2f}{wait.p95:9.2f}{wait.longest:9.2f}{wait.start:10.3f}{wait.left:19,}")
    ratio = max(beside.mean / alone.mean, beside.p95 / alone.p95)
    fair = ratio <= MOST_RATIO
    print(f"ratio {ratio:.2f} (the greater of mean and 95 %): {'fair' if fair else 'NOT FAIR'}, at most {MOST_RATIO:g}")
    return 0 if fair else 1


if __name__ == "__main__":
    sys.exit(main())
