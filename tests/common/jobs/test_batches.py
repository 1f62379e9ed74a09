"""Batches: members count themselves, and the end of all is told once, whoever notices."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from common.clock import new_id
from common.errors import KeyReused, NotFound
from common.events import job_event_id
from common.idempotency import Once
from common.jobs import Among, Batch, Extras, Job, JobKind, JobRepository, JobStatus, OpenJobs, follow_up, start_job
from common.jobs.batches import DUE_SECONDS, UNSEALED_SECONDS
from common.storage import from_item, to_item
from jobs.service import watch
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment
from tests.support.money import a_request
from tests.support.queues import ListQueue

_tenants = count()
REFUSED = {"code": "LIMIT_REACHED", "message": "m", "details": {"limit": "images_per_minute"}, "retryable": True}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_800_000_000.0)


@pytest.fixture
def open_jobs(deployment: Deployment, clock: ManualClock) -> OpenJobs:
    return OpenJobs(client=deployment.dynamodb, table=deployment.settings.jobs_table, clock=clock)


@pytest.fixture
def jobs(open_jobs: OpenJobs) -> JobRepository:
    return open_jobs.jobs_of(f"batch_tenant_{next(_tenants)}")


def _opened(jobs: JobRepository, orders: int, **more: Any) -> Batch:
    ids = [new_id("job") for _ in range(orders)]
    return jobs.batches.open(Batch(id=new_id("batch"), created_at=jobs.clock(), job_ids=ids, **more))


def _member(jobs: JobRepository, batch: Batch, index: int) -> Job:
    queue: Any = ListQueue()
    return start_job(
        JobKind.IMAGE,
        {"prompt": f"kale {index}"},
        max_microusd=1,
        jobs=jobs,
        queue=queue,
        spending=a_request(jobs.tenant_id),
        extras=Extras(batch_id=batch.id, job_id=batch.job_ids[index]),
    )


def _end(jobs: JobRepository, job: Job, how: str) -> None:
    receipt = {"cost_microusd": 0}
    claimed = jobs.claim(job.id, lease=45)
    assert claimed is not None
    if how == "complete":
        ended = jobs.complete(claimed, result={}, asset_key="k", receipt=receipt, usages=[])
    elif how == "fail":
        ended = jobs.fail(claimed, error={"code": "X"}, receipt=receipt, usages=[])
    else:
        ended = jobs.cancel(claimed, receipt=receipt, usages=[])
    assert ended is not None
    follow_up(ended, jobs=jobs)


def _event(deployment: Deployment, jobs: JobRepository, batch: Batch) -> dict[str, Any] | None:
    key = {"tenant_id": jobs.tenant_id, "item": f"event#{job_event_id(batch.id)}"}
    answer = deployment.dynamodb.get_item(TableName=deployment.settings.webhooks_table, Key=to_item(key))
    return from_item(answer["Item"]) if "Item" in answer else None


def test_a_batch_is_over_when_all_its_jobs_have_ended_however_they_did(
    deployment: Deployment, jobs: JobRepository
) -> None:
    batch = _opened(jobs, 4, callback_url="https://studio.example/hook")
    members = [_member(jobs, batch, index) for index in range(3)]
    jobs.batches.seal(batch.id, {batch.job_ids[3]: REFUSED})

    _end(jobs, members[0], "complete")
    _end(jobs, members[1], "fail")
    assert not jobs.batches.get(batch.id).is_over and _event(deployment, jobs, batch) is None
    _end(jobs, members[2], "cancel")

    over = jobs.batches.get(batch.id)
    assert (over.total, over.completed, over.failed, over.cancelled) == (3, 1, 1, 1)
    assert over.finished_at is not None and over.refused == {batch.job_ids[3]: REFUSED}
    event = _event(deployment, jobs, batch)
    assert event is not None and event["type"] == "batch.completed"
    assert event["callback_url"] == "https://studio.example/hook"


def test_a_batch_whose_jobs_end_before_all_are_stored_is_not_over_before(
    deployment: Deployment, jobs: JobRepository
) -> None:
    batch = _opened(jobs, 2)
    _end(jobs, _member(jobs, batch, 0), "complete")
    assert not jobs.batches.get(batch.id).is_over

    sealed = jobs.batches.seal(batch.id, {batch.job_ids[1]: REFUSED})

    assert sealed.is_over and _event(deployment, jobs, batch) is not None


def test_the_same_member_twice_is_one_job(jobs: JobRepository) -> None:
    batch = _opened(jobs, 1)

    assert _member(jobs, batch, 0) == _member(jobs, batch, 0)


def test_who_ends_the_last_job_and_dies_leaves_the_rest_to_the_watcher(
    deployment: Deployment, open_jobs: OpenJobs, jobs: JobRepository, clock: ManualClock
) -> None:
    batch = _opened(jobs, 1)
    job = _member(jobs, batch, 0)
    jobs.batches.seal(batch.id, {})
    claimed = jobs.claim(job.id, lease=45)
    assert claimed is not None
    jobs.complete(claimed, result={}, asset_key="k", receipt={"cost_microusd": 0}, usages=[])
    assert _event(deployment, jobs, batch) is None

    clock.advance(DUE_SECONDS + 1)
    nobody: Any = ListQueue()
    watch(open_jobs, submit=nobody, finish=nobody, clock=clock)

    assert _event(deployment, jobs, batch) is not None
    clock.advance(DUE_SECONDS + 1)
    assert [one.job_id for one in open_jobs.due(limit=50) if one.job_id == batch.id] == []


def test_a_call_that_died_leaves_a_batch_that_says_which_orders_were_never_stored(
    deployment: Deployment, open_jobs: OpenJobs, jobs: JobRepository, clock: ManualClock
) -> None:
    batch = _opened(jobs, 3)
    _end(jobs, _member(jobs, batch, 1), "complete")

    clock.advance(UNSEALED_SECONDS + 1)
    nobody: Any = ListQueue()
    watch(open_jobs, submit=nobody, finish=nobody, clock=clock)

    over = jobs.batches.get(batch.id)
    assert over.is_over and set(over.refused or {}) == {batch.job_ids[0], batch.job_ids[2]}


def test_the_same_request_again_is_the_same_batch_and_another_is_refused(jobs: JobRepository) -> None:
    once = Once(jobs.tenant_id, "key", "print", b"")
    first = jobs.batches.open(Batch(id=new_id("batch"), created_at=0, job_ids=["a"]), once=once)
    again = jobs.batches.open(Batch(id=new_id("batch"), created_at=0, job_ids=["b"]), once=once)

    assert again == first
    other = Once(jobs.tenant_id, "key", "another", b"")
    with pytest.raises(KeyReused):
        jobs.batches.open(Batch(id=new_id("batch"), created_at=0, job_ids=["c"]), once=other)


def test_another_tenants_batch_is_not_found_and_one_of_yesterday_is_gone(
    open_jobs: OpenJobs, jobs: JobRepository, clock: ManualClock
) -> None:
    batch = _opened(jobs, 1)
    with pytest.raises(NotFound):
        open_jobs.jobs_of("bob").batches.get(batch.id)
    jobs.batches.seal(batch.id, {batch.job_ids[0]: REFUSED})
    clock.advance(24 * 3600 + 1)
    with pytest.raises(NotFound) as gone:
        jobs.batches.get(batch.id)
    assert gone.value.code == "BATCH_NOT_FOUND"


def test_a_list_can_show_a_batchs_jobs(jobs: JobRepository) -> None:
    batch = _opened(jobs, 2)
    members = [_member(jobs, batch, index) for index in range(2)]
    other = _opened(jobs, 1)
    _member(jobs, other, 0)

    listed = jobs.recent(limit=10, among=Among(batch_id=batch.id)).records
    assert {job.id for job in listed} == {job.id for job in members}
    assert {job.status for job in listed} == {JobStatus.PENDING}
