"""Cancel and prioritize at every state of a job, and in every race: a rival comes in before every single call."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest

from common.jobs import FINAL, Job, JobRepository, JobStatus
from tests.jobs.world import COST, World
from tests.support.deployment import Deployment

_tenants = count()
Act = Callable[[World, Job, JobRepository | None], object]


@pytest.fixture
def world(deployment: Deployment) -> World:
    return _world(deployment)


def _world(deployment: Deployment) -> World:
    return World(deployment, f"race_{next(_tenants)}")


# ── States ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _waiting(world: World) -> Job:
    return world.order()


def _urgent(world: World) -> Job:
    job = world.order()
    assert world.prioritize(job) == "prioritized"
    return job


def _claimed(world: World) -> Job:
    claimed = world.jobs.claim(world.order().id, lease=45)
    assert claimed is not None
    return claimed


def _going_out(world: World) -> Job:
    marked = world.jobs.begin_submission(_claimed(world))
    assert marked is not None
    return marked


def _submitted(world: World) -> Job:
    job = world.order()
    world.work(job)
    assert world.jobs.get(job.id).request_id is not None
    return job


def _being_finished(world: World) -> Job:
    job = _submitted(world)
    assert world.jobs.claim_to_finish(job.id, lease=45) is not None
    return job


def _completed(world: World) -> Job:
    job = _submitted(world)
    world.hear(job)
    return job


def _failed(world: World) -> Job:
    job = _claimed(world)
    assert world.jobs.fail(job, error={"code": "X"}, receipt={"cost_microusd": 0}, usages=[]) is not None
    return job


def _cancelled(world: World) -> Job:
    job = world.order()
    assert world.cancel(job) == "not_sent"
    return job


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        (_waiting, "not_sent"),
        (_urgent, "not_sent"),
        (_claimed, "not_sent"),
        (_going_out, "unreachable"),
        (_submitted, "stopped"),
        (_being_finished, "stopped"),
        (_completed, "JOB_ENDED completed"),
        (_failed, "JOB_ENDED failed"),
        (_cancelled, "JOB_ENDED cancelled"),
    ],
)
def test_cancelling_works_in_every_state_that_is_not_final_and_says_what_it_did(
    world: World, state: Callable[[World], Job], outcome: str
) -> None:
    job = state(world)
    before = world.jobs.get(job.id)

    assert world.cancel(job) == outcome

    after = world.jobs.get(job.id)
    assert after == before if before.status in FINAL else after.status is JobStatus.CANCELLED
    world.check()
    world.settle()
    assert world.jobs.get(job.id).status is after.status


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        (_waiting, "prioritized"),
        (_urgent, "unchanged"),
        (_claimed, "JOB_RUNNING processing"),
        (_going_out, "JOB_RUNNING processing"),
        (_submitted, "JOB_RUNNING processing"),
        (_being_finished, "JOB_RUNNING processing"),
        (_completed, "JOB_ENDED completed"),
        (_failed, "JOB_ENDED failed"),
        (_cancelled, "JOB_ENDED cancelled"),
    ],
)
def test_only_a_job_that_waits_can_go_before_others(world: World, state: Callable[[World], Job], outcome: str) -> None:
    job = state(world)
    before = world.jobs.get(job.id)

    assert world.prioritize(job) == outcome

    after = world.jobs.get(job.id)
    assert after.status is before.status
    assert after.urgent == (before.urgent or outcome == "prioritized")
    world.check()


def test_a_normal_message_does_not_start_a_job_that_became_urgent_and_the_urgent_one_does(world: World) -> None:
    job = world.order()
    world.prioritize(job)

    world.work(job)
    assert world.jobs.get(job.id).status is JobStatus.PENDING
    world.work(job, urgent=True)
    world.work(job, urgent=True)

    assert world.submitted == [job.id]
    world.settle()
    assert world.jobs.get(job.id).status is JobStatus.COMPLETED


# ── Races ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _work(world: World, job: Job, jobs: JobRepository | None) -> object:
    return world.work(job, jobs)


def _work_urgently(world: World, job: Job, jobs: JobRepository | None) -> object:
    return world.work(job, jobs, urgent=True)


def _hear(world: World, job: Job, jobs: JobRepository | None) -> object:
    return world.hear(job, jobs)


def _cancel(world: World, job: Job, jobs: JobRepository | None) -> object:
    return world.cancel(job, jobs)


def _prioritize(world: World, job: Job, jobs: JobRepository | None) -> object:
    return world.prioritize(job, jobs)


def _watch(world: World, job: Job, jobs: JobRepository | None) -> object:
    world.clock.advance(250)
    return world.watch()


RACES: list[tuple[Callable[[World], Job], Act, Act]] = [
    (state, act, rival)
    for state, acts in {
        _waiting: [_work, _cancel, _prioritize, _watch],
        _urgent: [_work_urgently, _cancel, _watch],
        _claimed: [_cancel, _work, _watch],
        _going_out: [_hear, _cancel, _work, _watch],
        _submitted: [_hear, _cancel, _work, _watch],
    }.items()
    for act in acts
    for rival in acts
    if act is not _watch
]


@pytest.mark.faults
@pytest.mark.parametrize(("state", "act", "rival"), RACES, ids=lambda one: one.__name__.lstrip("_"))
def test_whoever_comes_in_between_any_two_calls_the_job_runs_once_and_ends_once(
    deployment: Deployment, state: Callable[[World], Job], act: Act, rival: Act
) -> None:
    for at in count(1):
        world = _world(deployment)
        job = state(world)
        act(world, job, world.interrupted(at, lambda: rival(world, job, None)))  # noqa: B023 - called before the next
        came_in = world.client.calls >= at
        world.client.at = 0
        world.check()
        world.settle()

        ended = world.jobs.get(job.id)
        assert ended.status in FINAL
        assert world.submitted.count(job.id) <= 1
        if ended.status is JobStatus.COMPLETED:
            assert ended.receipt is not None and ended.receipt["cost_microusd"] == COST
            assert job.id not in world.withdrawn
        if not came_in:
            assert at > 1
            return


@pytest.mark.parametrize("state", [_waiting, _claimed, _going_out, _submitted])
def test_one_that_lost_the_race_is_told_which(deployment: Deployment, state: Callable[[World], Job]) -> None:
    """However late the other came: whoever is told of a win has won, whoever is told of a loss finds it so."""
    outcomes: set[str] = set()
    for at in count(1):
        world = _world(deployment)
        job = state(world)

        def finish_first(world: World = world, job: Job = job) -> None:
            world.work(job)
            world.hear(job)

        outcome = world.cancel(job, world.interrupted(at, finish_first))
        status = world.jobs.get(job.id).status
        assert (status is JobStatus.CANCELLED) == (not outcome.startswith("JOB_ENDED"))
        assert not outcome.startswith("JOB_ENDED") or outcome == f"JOB_ENDED {status.value}"
        outcomes.add(outcome)
        if world.client.calls < at:
            break
    assert "JOB_ENDED completed" in outcomes or state is _claimed
