"""The same order again: one generation, one charge, and what was made is shown again for as long as it may be."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from threading import Barrier
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.config import CacheConfig
from common.errors import BudgetExhausted, KeyReused, LimitReached
from common.idempotency import Once
from common.jobs import Job, JobKind, JobRepository, JobStatus, OpenJobs, Reuse, start_job
from common.jobs.reuse import KEPT_SECONDS
from common.ledger import Meter, Terms
from common.ledger.counting import CACHED, COST, REQUESTS, route_counter
from common.providers import Usage
from common.spending import job_receipt
from common.storage import from_item
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment
from tests.support.money import a_request, terms_of
from tests.support.queues import ListQueue

ORDER: dict[str, Any] = {"prompt": "şifacı", "seed": 7, "model": "dev"}
MOST, COST_OF_ONE = 40, 25
HOUR = 3_600
_tenants = count()


@dataclass
class House:
    """A tenant's jobs, and a vendor that does what it is told."""

    jobs: JobRepository
    clock: ManualClock
    queue: ListQueue

    def order(self, seed: int = 7, *, hours: int = 24, **options: Any) -> Job:
        order = ORDER | {"seed": seed}
        reuse = Reuse.of(JobKind.IMAGE, order, CacheConfig(ttl_hours=hours))
        return self.order_as(reuse, order=order, **options)

    def order_as(
        self,
        reuse: Reuse | None,
        *,
        order: dict[str, Any] = ORDER,
        terms: Terms | None = None,
        player: str | None = None,
        once: Once | None = None,
    ) -> Job:
        spending = a_request(self.jobs.ledger, route="create_avatar", terms=terms, meter=Meter.IMAGE)
        spending.for_player(player)
        spending.once = once
        queue: Any = self.queue
        return start_job(
            JobKind.IMAGE, order, max_microusd=MOST, jobs=self.jobs, queue=queue, spending=spending, reuse=reuse
        )

    def claimed(self, job: Job) -> Job:
        claimed = self.jobs.claim(job.id, lease=45)
        assert claimed is not None
        return claimed

    def complete(self, job: Job) -> Job:
        usages = [Usage("flux/dev", cost_microusd=COST_OF_ONE, megapixels=0.262)]
        receipt = job_receipt(job, usages)
        key = f"cache/{self.jobs.tenant_id}/{job.id}.png"
        done = self.jobs.complete(
            self.claimed(job), result={"seed_used": 7}, asset_key=key, receipt=receipt, usages=usages
        )
        assert done is not None
        return done

    def fail(self, job: Job) -> None:
        failed = self.jobs.fail(self.claimed(job), error={"code": "X"}, receipt=job_receipt(job, []), usages=[])
        assert failed is not None

    def cancel(self, job: Job) -> None:
        assert self.jobs.cancel(self.jobs.get(job.id), receipt=job_receipt(job, []), usages=[]) is not None

    @property
    def submitted(self) -> list[str]:
        return [message.job_id for message in self.queue.messages]  # type: ignore[attr-defined]

    def counted(self, what: str) -> int:
        standing = self.jobs.ledger.standing()
        return standing.counters.get(route_counter("create_avatar", what), 0) if standing else 0

    def player(self, name: str) -> dict[str, Any]:
        ledger = self.jobs.ledger
        key = ledger._key(f"player#{ledger._moment().day}#{name}")
        found = ledger._client.get_item(
            TableName=ledger._table, Key={name: {"S": value} for name, value in key.items()}
        )
        return from_item(found.get("Item", {}))

    def reserved(self) -> tuple[int, int]:
        standing = self.jobs.ledger.standing()
        assert standing is not None
        return standing.reserved, standing.day_committed


def _house(deployment: Deployment, clock: ManualClock, tenant: str | None = None) -> House:
    open_jobs = OpenJobs(client=deployment.dynamodb, table=deployment.settings.jobs_table, clock=clock)
    jobs = open_jobs.jobs_of(tenant or f"tenant_{next(_tenants)}")
    jobs.ledger.clock = clock
    return House(jobs, clock, ListQueue())


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_800_000_000.0)


@pytest.fixture
def house(deployment: Deployment, clock: ManualClock) -> House:
    return _house(deployment, clock)


# ── What was made ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_order_that_was_made_is_answered_with_a_job_of_its_own_that_cost_nothing(house: House) -> None:
    first = house.complete(house.order())
    house.clock.advance(60)
    again = house.order()

    assert again.id != first.id
    stored = house.jobs.get(again.id)
    assert stored == again
    assert (stored.status, stored.result, stored.asset_key) == (JobStatus.COMPLETED, first.result, first.asset_key)
    assert (stored.created_at, stored.finished_at, stored.expires_at) == (
        house.clock.now,
        house.clock.now,
        int(house.clock.now) + 24 * HOUR,
    )
    assert stored.receipt is not None
    assert (stored.receipt["cost_microusd"], stored.receipt["megapixels"]) == (0, 0)
    assert (stored.receipt["cached"], stored.receipt["model"]) == (True, "flux/dev")
    assert house.submitted == [first.id]


def test_it_counts_as_a_request_and_as_cached_and_is_not_paid_again(house: House) -> None:
    house.complete(house.order(player="p1"))
    house.order(player="p2")

    assert (house.counted(REQUESTS), house.counted(CACHED), house.counted(COST)) == (2, 1, COST_OF_ONE)
    assert house.reserved() == (0, COST_OF_ONE)
    assert house.player("p2")["n"] == 1
    assert "c" not in house.player("p2")


def test_a_job_that_is_born_completed_is_nothing_for_the_watcher(deployment: Deployment, house: House) -> None:
    house.complete(house.order())
    house.order()
    house.clock.advance(2 * HOUR)

    client, table = deployment.dynamodb, deployment.settings.jobs_table
    assert OpenJobs(client=client, table=table, clock=house.clock).due(limit=100) == []


def test_what_was_made_lasts_as_long_as_the_tenant_says_and_no_longer(house: House) -> None:
    first = house.complete(house.order(hours=2))
    house.clock.advance(2 * HOUR - 1)
    assert house.order(hours=2).status is JobStatus.COMPLETED
    house.clock.advance(1)
    anew = house.order(hours=2)

    assert anew.status is JobStatus.PENDING
    assert house.submitted == [first.id, anew.id]
    house.complete(anew)
    assert house.order(hours=2).asset_key == house.jobs.get(anew.id).asset_key


def test_what_was_made_outlives_the_record_of_its_job(deployment: Deployment, house: House) -> None:
    first = house.complete(house.order(hours=168))
    deployment.dynamodb.delete_item(
        TableName=deployment.settings.jobs_table,
        Key={"tenant_id": {"S": house.jobs.tenant_id}, "job_id": {"S": first.id}},
    )
    house.clock.advance(168 * HOUR - 1)
    assert house.order(hours=168).asset_key == first.asset_key

    house.clock.advance(1)
    assert house.order(hours=168).status is JobStatus.PENDING


def test_an_answer_from_the_cache_does_not_make_what_was_made_younger(house: House) -> None:
    house.complete(house.order(hours=2))
    house.clock.advance(HOUR)
    house.order(hours=2)
    house.clock.advance(HOUR)

    assert house.order(hours=2).status is JobStatus.PENDING


def test_the_file_of_what_was_made_outlives_every_job_that_shows_it(deployment: Deployment) -> None:
    bucket = deployment.template.document["Resources"]["AssetsBucket"]["Properties"]
    rules = {
        one["Prefix"]: one["ExpirationInDays"] for one in bucket["LifecycleConfiguration"]["Rules"] if "Prefix" in one
    }
    longest = max(CacheConfig.model_fields["ttl_hours"].metadata, key=lambda one: getattr(one, "le", 0)).le

    assert longest * HOUR == KEPT_SECONDS
    assert rules["cache/"] * 24 > longest + 24, "a job lives for a day, and S3 counts whole days"


@pytest.mark.parametrize("config", [CacheConfig(enabled=False), CacheConfig(ttl_hours=0)])
def test_a_tenant_without_a_cache_has_every_order_made(house: House, config: CacheConfig) -> None:
    house.complete(house.order())

    assert Reuse.of(JobKind.IMAGE, ORDER, config) is None
    anew = house.order_as(None)
    assert (anew.status, anew.order_name) == (JobStatus.PENDING, None)


def test_every_other_order_is_another_one(house: House) -> None:
    house.complete(house.order(7))

    assert house.order(8).status is JobStatus.PENDING


# ── In flight ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_order_under_way_is_the_answer_to_the_same_order(house: House) -> None:
    first = house.order()
    again = house.order()
    house.claimed(first)

    assert (again.id, house.order().id) == (first.id, first.id)
    assert house.submitted == [first.id]
    assert house.reserved() == (MOST, MOST)
    assert house.counted(REQUESTS) == 3


@pytest.mark.parametrize("end", [House.fail, House.cancel])
def test_what_failed_or_was_cancelled_is_made_anew(house: House, end: Any) -> None:
    first = house.order()
    end(house, first)
    second = house.order()
    end(house, second)
    third = house.order()

    assert house.submitted == [first.id, second.id, third.id]
    assert house.order().id == third.id
    house.complete(third)
    assert house.order().status is JobStatus.COMPLETED


def test_another_player_may_see_the_job_that_answers_its_order(house: House) -> None:
    first = house.order(player="p1")
    assert house.order(player="p2").id == first.id
    house.order(player="p2")
    house.complete(first)

    stored = house.jobs.get(first.id)
    assert [stored.concerns(name) for name in ("p1", "p2", "p3")] == [True, True, False]
    assert (house.player("p1")["c"], house.player("p2")["n"]) == (COST_OF_ONE, 2)


def test_a_job_is_not_shared_by_more_players_than_it_can_name(house: House) -> None:
    first = house.order(player="p")
    for number in range(100):
        assert house.jobs.share(first.id, f"p{number}")

    assert house.order(player="one too many").id != first.id
    assert house.order(player="p99").id == first.id


# ── Limits count all the same, spending does not ─────────────────────────────────────────────────────────────────────


def test_an_exhausted_budget_still_shows_what_was_made(house: House) -> None:
    house.complete(house.order())
    poor = terms_of(day=COST_OF_ONE, player_day=0)

    assert house.order(terms=poor, player="p").status is JobStatus.COMPLETED
    with pytest.raises(BudgetExhausted):
        house.order(8, terms=poor)


@pytest.mark.parametrize("done", [True, False])
def test_limits_count_whatever_answers(house: House, *, done: bool) -> None:
    first = house.order()
    if done:
        house.complete(first)
    few = terms_of(images=2)
    house.order(terms=few)

    with pytest.raises(LimitReached):
        house.order(terms=few)
    assert len(house.jobs.recent(limit=9, cursor=None, kind=None, status=None).records) == 1 + done


# ── Whose it is ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("other", ["bob", "alice.test"])
@pytest.mark.parametrize("done", [True, False])
def test_tenants_and_test_keys_never_see_each_others_orders(
    deployment: Deployment, clock: ManualClock, other: str, *, done: bool
) -> None:
    alice, stranger = _house(deployment, clock, "alice"), _house(deployment, clock, other)
    first = alice.order()
    if done:
        alice.complete(first)
    theirs = stranger.order()

    assert (theirs.status, theirs.id != first.id) == (JobStatus.PENDING, True)
    assert stranger.submitted == [theirs.id]


# ── Once only ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _once(key: str, fingerprint: str = "body") -> Once:
    return Once("alice", key, fingerprint, b"")


def test_a_request_repeated_gets_the_job_it_got_even_when_the_order_is_made_by_then(house: House) -> None:
    first = house.order(once=_once("k"))
    house.complete(first)

    assert house.order(once=_once("k")).id == first.id
    assert house.order(once=_once("k2")).id != first.id


def test_a_request_that_shared_a_job_gets_that_job_again_whatever_became_of_it(house: House) -> None:
    first = house.order()
    assert house.order(once=_once("k")).id == first.id
    house.fail(first)

    assert house.order(once=_once("k")).id == first.id
    assert house.order(once=_once("k2")).id != first.id


def test_a_request_answered_from_the_cache_gets_that_answer_again(house: House) -> None:
    house.complete(house.order())
    again = house.order(once=_once("k"))

    assert house.order(once=_once("k")).id == again.id
    with pytest.raises(KeyReused):
        house.order(once=_once("k", "other"))


# ── At the same time ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_order_twenty_times_at_once_is_one_generation(house: House) -> None:
    start = Barrier(20)

    def order(_: int) -> Job:
        start.wait(10)
        return house.order()

    with ThreadPoolExecutor(20) as threads:
        jobs = list(threads.map(order, range(20)))

    assert len({job.id for job in jobs}) == 1
    assert len(house.submitted) == 1
    assert house.reserved() == (MOST, MOST)
    assert house.counted(REQUESTS) == 20


@pytest.mark.parametrize("hours", [0.5, 30])
def test_an_order_that_is_too_old_is_made_anew_by_one_of_many(house: House, hours: float) -> None:
    house.complete(house.order(hours=1))
    house.clock.advance(hours * HOUR)
    with ThreadPoolExecutor(8) as threads:
        jobs = list(threads.map(lambda _: house.order(hours=1), range(8)))

    fresh = hours < 1
    assert len({job.id for job in jobs}) == (8 if fresh else 1)
    assert len(house.submitted) == (1 if fresh else 2)


def _meanwhile(house: House, act: Any) -> None:
    """Let something happen once between an order's look at what there is and its write."""
    creation = house.jobs.creation

    def late(job: Job) -> dict[str, Any]:
        house.jobs.creation = creation  # type: ignore[method-assign]
        act()
        return creation(job)

    house.jobs.creation = late  # type: ignore[method-assign]


@pytest.mark.parametrize("before", ["nothing", "failed", "too old"])
@pytest.mark.parametrize("meanwhile", ["ordered", "completed", "failed"])
def test_another_same_order_that_is_quicker_is_found(house: House, before: str, meanwhile: str) -> None:
    if before != "nothing":
        (house.fail if before == "failed" else house.complete)(house.order())
        house.clock.advance(24 * HOUR)
    quicker: list[Job] = []

    def order_and_end() -> None:
        quicker.append(house.order())
        if meanwhile != "ordered":
            (house.fail if meanwhile == "failed" else house.complete)(quicker[0])

    _meanwhile(house, order_and_end)
    job = house.order()

    made = len(house.submitted) - (before != "nothing")
    if meanwhile == "ordered":
        assert (job.id, made) == (quicker[0].id, 1)
    elif meanwhile == "completed":
        assert (job.status, job.asset_key, made) == (
            JobStatus.COMPLETED,
            f"cache/{house.jobs.tenant_id}/{quicker[0].id}.png",
            1,
        )
    else:
        assert (job.status, job.id, made) == (JobStatus.PENDING, house.submitted[-1], 2)


def test_a_job_that_completes_while_an_order_looks_at_it_is_shown(house: House) -> None:
    first = house.order()
    get = house.jobs.get

    def late(record_id: str) -> Job:
        house.jobs.get = get  # type: ignore[method-assign]
        house.complete(first)
        return get(record_id)

    house.jobs.get = late  # type: ignore[method-assign]
    job = house.order()

    assert (job.status, job.asset_key) == (JobStatus.COMPLETED, house.jobs.get(first.id).asset_key)
    assert house.submitted == [first.id]


class World:
    """What should become of orders, however they are mixed."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.under_way: dict[int, Job] = {}
        self.made: dict[int, tuple[float, str]] = {}
        self.spent = 0

    def order(self, seed: int) -> None:
        answer = self.house.order(seed, hours=2)
        at, key = self.made.get(seed, (0.0, ""))
        if seed in self.under_way:
            assert answer.id == self.under_way[seed].id
        elif self.house.clock.now < at + 2 * HOUR:
            assert (answer.status, answer.asset_key) == (JobStatus.COMPLETED, key)
        else:
            assert answer.status is JobStatus.PENDING
            self.under_way[seed] = answer

    def end(self, seed: int, how: str) -> None:
        job = self.under_way.pop(seed, None)
        if job is None:
            return
        ended: Any = getattr(self.house, how)(job)
        if how == "complete":
            self.spent += COST_OF_ONE
            self.made[seed] = (self.house.clock.now, ended.asset_key)

    def check(self) -> None:
        assert len(self.house.submitted) == len(set(self.house.submitted))
        standing = self.house.jobs.ledger.standing()
        if standing is not None:
            reserved = MOST * len(self.under_way)
            assert (standing.reserved, standing.month_committed) == (reserved, self.spent + reserved)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("order"), st.sampled_from([1, 2])),
        st.tuples(st.sampled_from(["complete", "fail", "cancel"]), st.sampled_from([1, 2])),
        st.tuples(st.just("wait"), st.sampled_from([HOUR, 30 * HOUR])),
    ),
    min_size=4,
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_no_order_is_made_twice_at_a_time_or_while_what_was_made_is_fresh(
    deployment: Deployment, steps: list[tuple[str, int]]
) -> None:
    world = World(_house(deployment, ManualClock(1_800_000_000.0)))
    for what, which in steps:
        if what == "order":
            world.order(which)
        elif what == "wait":
            world.house.clock.advance(which)
        else:
            world.end(which, what)
    world.check()
