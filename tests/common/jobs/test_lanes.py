"""Lanes: never more run than there are places, whoever ends one wakes who waits, urgent ones first."""

from __future__ import annotations

import threading
from itertools import count
from typing import Any

import pytest

from common.jobs import Job, JobKind, JobMessage, JobRepository, JobStatus, Lane, OpenJobs, follow_up, start_job, wake
from common.jobs.lanes import WATCH_SECONDS, Lanes
from common.jobs.waiting import Waiter
from common.ledger import ledger_of
from common.tiers import LimitOverrides
from jobs.service import watch
from tests.jobs.world import Interrupted
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment
from tests.support.money import a_request, give
from tests.support.queues import ListQueue

_tenants = count()
DEMO = "tenant_demo"
IMAGE = JobKind.IMAGE
LEASE = 45


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_800_000_000.0)


@pytest.fixture
def jobs(deployment: Deployment, clock: ManualClock) -> JobRepository:
    return _jobs(deployment, clock, f"lane_{next(_tenants)}")


def _jobs(deployment: Deployment, clock: ManualClock, tenant: str) -> JobRepository:
    return OpenJobs(client=deployment.dynamodb, table=deployment.settings.jobs_table, clock=clock).jobs_of(tenant)


def _ordered(jobs: JobRepository, kind: JobKind = IMAGE) -> Job:
    queue: Any = ListQueue()
    spending = a_request(jobs.tenant_id)
    return start_job(kind, {"prompt": "kale"}, max_microusd=1, jobs=jobs, queue=queue, spending=spending)


def _claim(jobs: JobRepository, job: Job, places: int) -> Job | None:
    return jobs.claim(job.id, lease=LEASE, places=places)


def _complete(jobs: JobRepository, job: Job) -> Job:
    done = jobs.complete(job, result={}, asset_key="k", receipt={"cost_microusd": 0}, usages=[])
    assert done is not None
    return done


class Queues:
    """The queues of orders, as lists."""

    def __init__(self) -> None:
        self.sent: list[JobMessage] = []

    def send(self, message: JobMessage, kind: JobKind) -> None:
        self.sent.append(message)


class Behind(JobRepository):
    """Jobs whose eventually consistent reads still show a full lane."""

    @property
    def lanes(self) -> Lanes:
        lanes = super().lanes
        lanes.glimpse = lambda kind: Lane(running=frozenset({"job_a", "job_b"}))  # type: ignore[method-assign]
        return lanes


def test_a_place_that_a_glimpse_does_not_show_yet_is_taken(deployment: Deployment, clock: ManualClock) -> None:
    jobs = _jobs(deployment, clock, f"lane_{next(_tenants)}")
    job = _ordered(jobs)
    behind = Behind(
        jobs.tenant_id,
        client=deployment.dynamodb,
        table=deployment.settings.jobs_table,
        ledger=jobs.ledger,
        clock=clock,
    )

    claimed = _claim(behind, job, 2)

    assert claimed is not None
    assert jobs.lanes.get(IMAGE).running == {job.id}


def test_no_more_run_than_there_are_places_and_the_others_wait(jobs: JobRepository) -> None:
    first, second, third = (_ordered(jobs) for _ in range(3))

    assert [_claim(jobs, job, 2) is not None for job in (first, second, third)] == [True, True, False]
    assert jobs.lanes.get(IMAGE).running == {first.id, second.id}
    assert jobs.get(third.id).status is JobStatus.PENDING
    assert jobs.waiting.first(IMAGE, limit=9) == [Waiter(third.id, urgent=False)]


def test_each_kind_and_each_tenant_has_a_lane_of_its_own(
    deployment: Deployment, jobs: JobRepository, clock: ManualClock
) -> None:
    other = _jobs(deployment, clock, f"lane_{next(_tenants)}")

    assert _claim(jobs, _ordered(jobs), 1) is not None
    assert _claim(jobs, _ordered(jobs), 1) is None
    assert _claim(jobs, _ordered(jobs, JobKind.SPEECH), 1) is not None
    assert _claim(other, _ordered(other), 1) is not None


@pytest.mark.parametrize("end", ["complete", "fail", "cancel"])
def test_every_end_gives_the_place_back(jobs: JobRepository, end: str) -> None:
    job = _claim(jobs, _ordered(jobs), 1)
    assert job is not None
    receipt: dict[str, Any] = {"cost_microusd": 0}
    ends = {
        "complete": lambda: jobs.complete(job, result={}, asset_key="k", receipt=receipt, usages=[]),
        "fail": lambda: jobs.fail(job, error={"code": "X"}, receipt=receipt, usages=[]),
        "cancel": lambda: jobs.cancel(job, receipt=receipt, usages=[]),
    }

    assert ends[end]() is not None
    assert jobs.lanes.get(IMAGE).running == frozenset()
    assert _claim(jobs, _ordered(jobs), 1) is not None


def test_a_job_whose_worker_died_keeps_its_place_and_is_claimed_again_in_a_full_lane(
    jobs: JobRepository, clock: ManualClock
) -> None:
    job = _ordered(jobs)
    _claim(jobs, job, 1)
    clock.advance(LEASE + 1)

    again = _claim(jobs, job, 1)
    assert again is not None and again.attempts == 2
    assert jobs.lanes.get(IMAGE).running == {job.id}


def test_however_many_claim_at_the_same_time_no_place_is_given_twice(
    deployment: Deployment, jobs: JobRepository, clock: ManualClock
) -> None:
    places, waiting = 3, [_ordered(jobs) for _ in range(10)]
    claimed: list[str] = []
    start = threading.Barrier(len(waiting) * 2)

    def worker(job: Job) -> None:
        start.wait()
        try:
            mine = _claim(jobs, job, places)
        except Exception:  # noqa: BLE001 - busy: it comes again
            return
        if mine is not None:
            claimed.append(mine.id)

    threads = [threading.Thread(target=worker, args=[job]) for job in waiting for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(claimed) == len(set(claimed)) == places
    assert jobs.lanes.get(IMAGE).running == set(claimed)


def test_whoever_ends_a_job_wakes_who_waits_the_urgent_one_first(jobs: JobRepository) -> None:
    running = _claim(jobs, _ordered(jobs), 1)
    assert running is not None
    first, second, urgent = (_ordered(jobs) for _ in range(3))
    assert [_claim(jobs, job, 1) for job in (first, second, urgent)] == [None] * 3
    jobs.prioritize(urgent.id)

    assert jobs.waiting.first(IMAGE, limit=9) == [
        Waiter(urgent.id, urgent=True), Waiter(first.id, urgent=False), Waiter(second.id, urgent=False),
    ]  # fmt: skip
    assert [jobs.waiting.before(jobs.get(job.id)) for job in (urgent, first, second)] == [0, 1, 2]


@pytest.fixture
def names(deployment: Deployment) -> Any:
    return deployment.settings


def test_a_freed_place_sends_the_message_of_the_one_that_waits_first_on_its_own_queue(
    deployment: Deployment, jobs: JobRepository, names: Any
) -> None:
    running = [_claim(jobs, _ordered(jobs), 2) for _ in range(2)]
    waiting, urgent = _ordered(jobs), _ordered(jobs)
    assert [_claim(jobs, job, 2) for job in (waiting, urgent)] == [None, None]
    jobs.prioritize(urgent.id)
    assert running[0] is not None and running[1] is not None

    follow_up(_complete(jobs, running[0]), jobs=jobs)
    follow_up(_complete(jobs, running[1]), jobs=jobs)

    told = [JobMessage.model_validate_json(body) for body in deployment.received(names.image_urgent_queue_url)]
    assert {(one.job_id, one.urgent, one.woken) for one in told} == {(urgent.id, True, True)}
    told = [JobMessage.model_validate_json(body) for body in deployment.received(names.image_queue_url)]
    assert {(one.job_id, one.urgent, one.woken) for one in told} == {(waiting.id, False, True)}


def test_where_nobody_was_turned_away_nobody_is_woken(deployment: Deployment, jobs: JobRepository, names: Any) -> None:
    job = _claim(jobs, _ordered(jobs), 5)
    assert job is not None
    _ordered(jobs)  # its own message is on its way

    follow_up(_complete(jobs, job), jobs=jobs)

    assert deployment.received(names.image_queue_url) == []


def test_a_word_that_wakes_is_for_nobody_who_runs_already(jobs: JobRepository) -> None:
    job = _ordered(jobs)
    claimed = _claim(jobs, job, 1)
    assert claimed is not None
    jobs.attach(claimed, "req-1")

    assert jobs.claim(job.id, lease=LEASE, places=1, among={JobStatus.PENDING}) is None
    assert jobs.get(job.id).attempts == 1


def test_a_wake_up_that_got_lost_is_made_up_for_by_the_watcher(
    deployment: Deployment, jobs: JobRepository, clock: ManualClock
) -> None:
    running = _claim(jobs, _ordered(jobs), 1)
    waiting = _ordered(jobs)
    assert _claim(jobs, waiting, 1) is None
    assert running is not None
    _complete(jobs, running)  # and dies before it wakes anybody
    queues, finish = Queues(), ListQueue()

    clock.advance(WATCH_SECONDS + 1)
    _watch(deployment, clock, queues, finish)

    assert [(one.job_id, one.woken) for one in queues.sent] == [(waiting.id, True)]
    assert _claim(jobs, waiting, 1) is not None
    clock.advance(WATCH_SECONDS + 1)
    _watch(deployment, clock, queues, finish)
    assert jobs.lanes.get(IMAGE).watched_until is None, "nobody waits any more"


def _watch(deployment: Deployment, clock: ManualClock, queues: Any, finish: Any) -> None:
    overdue = OpenJobs(client=deployment.dynamodb, table=deployment.settings.jobs_table, clock=clock)
    watch(overdue, submit=queues, finish=finish, clock=clock)


def test_of_those_that_wait_the_watcher_looks_at_none_but_at_their_lane(
    deployment: Deployment, jobs: JobRepository, clock: ManualClock
) -> None:
    _claim(jobs, _ordered(jobs), 1)
    for _ in range(4):
        assert _claim(jobs, _ordered(jobs), 1) is None
    clock.advance(WATCH_SECONDS + 1)

    overdue = OpenJobs(client=deployment.dynamodb, table=deployment.settings.jobs_table, clock=clock)
    assert [one.job_id for one in overdue.due(limit=10) if one.tenant_id == jobs.tenant_id] == ["lane#image"]


def test_a_place_that_becomes_free_while_somebody_is_turned_away_is_taken_at_once(
    deployment: Deployment, clock: ManualClock
) -> None:
    """Its leaver has woken nobody: nobody waited yet as far as it could see."""
    calm = _jobs(deployment, clock, f"lane_{next(_tenants)}")
    for at in count(1):
        running = _claim(calm, _ordered(calm), 1)
        job = _ordered(calm)
        assert running is not None
        client: Any = Interrupted(deployment.dynamodb)
        client.at, client.rival = at, lambda running=running: _complete(calm, running)
        hasty = JobRepository(
            calm.tenant_id,
            client=client,
            table=deployment.settings.jobs_table,
            ledger=ledger_of(calm.tenant_id),
            clock=clock,
        )
        mine = _claim(hasty, job, 1)
        if client.calls < at:
            assert mine is None and at > 5
            return
        assert mine is not None, f"left to wait though a place was free since call {at}"
        _complete(calm, mine)


def test_a_lane_knows_how_long_its_last_jobs_took(jobs: JobRepository, clock: ManualClock) -> None:
    for took in (3, 5, 30):
        job = _ordered(jobs)
        clock.advance(2)
        claimed = _claim(jobs, job, 1)
        assert claimed is not None
        clock.advance(took)
        _complete(jobs, claimed)
    lane = jobs.lanes.get(IMAGE)

    assert set(lane.took) <= {3, 5, 30} and set(lane.waited) == {2}
    assert lane.took_seconds is not None and 3 <= lane.took_seconds <= 30


@pytest.mark.parametrize(
    ("lane", "waiting", "starts_in"),
    [
        (Lane(), 0, 0.0),
        (Lane(running=frozenset("a"), took=(10.0,)), 0, 0.0),
        (Lane(running=frozenset("ab"), took=(10.0,)), 0, 5.0),
        (Lane(running=frozenset("ab"), took=(10.0, 20.0, 90.0)), 9, 100.0),
        (Lane(running=frozenset("ab")), 3, None),
    ],
)
def test_when_an_order_would_start(lane: Lane, waiting: int, starts_in: float | None) -> None:
    assert lane.starts_in(waiting, places=2) == starts_in


def test_as_many_are_woken_as_places_are_free(deployment: Deployment, clock: ManualClock) -> None:
    jobs = _jobs(deployment, clock, DEMO)
    give(DEMO, limits=LimitOverrides(concurrent_jobs=5))
    running = [_claim(jobs, _ordered(jobs), 5) for _ in range(5)]
    waiting = [_ordered(jobs) for _ in range(6)]
    assert all(_claim(jobs, job, 5) is None for job in waiting)
    for job in running[:3]:
        assert job is not None
        _complete(jobs, job)
    queues: Any = Queues()

    assert wake(IMAGE, jobs=jobs, queues=queues) == 3
    assert [one.job_id for one in queues.sent] == [job.id for job in waiting[:3]]
