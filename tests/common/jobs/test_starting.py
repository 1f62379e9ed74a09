"""The names under which a job is ordered once: a studio's own id, a batch's place, a retry."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from common.errors import BudgetExhausted, ClientIdTaken, NotFound
from common.events import job_event_id
from common.jobs import ClientId, Extras, Job, JobKind, JobRepository, JobStatus, OpenJobs, Reuse, start_job
from common.storage import from_item, to_item
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment
from tests.support.money import a_request, terms_of
from tests.support.queues import ListQueue

_tenants = count()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_800_000_000.0)


@pytest.fixture
def jobs(deployment: Deployment, clock: ManualClock) -> JobRepository:
    open_jobs = OpenJobs(client=deployment.dynamodb, table=deployment.settings.jobs_table, clock=clock)
    return open_jobs.jobs_of(f"starting_{next(_tenants)}")


def _order(
    jobs: JobRepository, extras: Extras, *, queue: ListQueue | None = None, reuse: Reuse | None = None, day: int = 10**7
) -> Job:
    sent: Any = queue or ListQueue()
    return start_job(
        JobKind.IMAGE,
        {"prompt": "kale"},
        max_microusd=10,
        jobs=jobs,
        queue=sent,
        spending=a_request(jobs.tenant_id, terms=terms_of(day=day)),
        reuse=reuse,
        extras=extras,
    )


def _named(name: str, fingerprint: str = "f") -> Extras:
    return Extras(client_id=name, fingerprint=fingerprint)


def _completed(jobs: JobRepository, job: Job) -> Job:
    claimed = jobs.claim(job.id, lease=45)
    assert claimed is not None
    receipt = {"cost_microusd": 7, "model": "m"}
    done = jobs.complete(claimed, result={"seed_used": 1}, asset_key="k", receipt=receipt, usages=[])
    assert done is not None
    return done


def test_the_same_id_with_the_same_order_is_the_same_job(jobs: JobRepository) -> None:
    queue = ListQueue()
    first = _order(jobs, _named("portrait-7"), queue=queue)

    assert _order(jobs, _named("portrait-7"), queue=queue).id == first.id
    assert jobs.named("portrait-7").id == first.id
    assert first.client_id == "portrait-7"
    assert len({message.job_id for message in queue.messages}) == 1  # type: ignore[attr-defined]


def test_it_is_the_same_job_also_where_there_is_no_money_for_another(jobs: JobRepository) -> None:
    first = _order(jobs, _named("a"), day=10)

    assert _order(jobs, _named("a"), day=10).id == first.id
    with pytest.raises(BudgetExhausted):
        _order(jobs, _named("b"), day=10)


def test_the_same_id_with_another_order_is_refused(jobs: JobRepository) -> None:
    _order(jobs, _named("a"))

    with pytest.raises(ClientIdTaken):
        _order(jobs, _named("a", "another"))


def test_an_id_lives_as_long_as_its_job_and_is_free_again_after(jobs: JobRepository, clock: ManualClock) -> None:
    first = _order(jobs, _named("a"))
    clock.advance(5 * 3600)
    _completed(jobs, first)
    clock.advance(24 * 3600 - 1)
    assert jobs.named("a").id == first.id
    clock.advance(2)

    with pytest.raises(NotFound):
        jobs.named("a")
    assert _order(jobs, _named("a", "another")).id != first.id


def test_an_id_whose_job_is_gone_before_its_pointer_is_free_too(jobs: JobRepository, deployment: Deployment) -> None:
    first = _order(jobs, _named("a"))
    key = to_item({"tenant_id": jobs.tenant_id, "job_id": first.id})
    deployment.dynamodb.delete_item(TableName=deployment.settings.jobs_table, Key=key)

    second = _order(jobs, _named("a", "another"))
    assert second.id != first.id and jobs.named("a").id == second.id


def test_another_tenants_id_is_not_found(jobs: JobRepository, deployment: Deployment) -> None:
    _order(jobs, _named("a"))
    bob = OpenJobs(client=deployment.dynamodb, table=deployment.settings.jobs_table, clock=jobs.clock).jobs_of("bob")

    with pytest.raises(NotFound):
        bob.named("a")


@pytest.mark.parametrize("extras", [_named("a"), Extras(callback_url="https://x.example/"), Extras(retry_of="job_x")])
def test_a_job_that_somebody_watches_for_is_not_answered_with_another_under_way(
    jobs: JobRepository, extras: Extras
) -> None:
    reuse = Reuse("order#1", 3600)
    under_way = _order(jobs, Extras(), reuse=reuse)
    assert _order(jobs, Extras(), reuse=reuse).id == under_way.id

    assert _order(jobs, extras, reuse=reuse).id != under_way.id


def test_a_job_that_is_born_completed_tells_of_its_end_and_holds_no_place(
    jobs: JobRepository, deployment: Deployment
) -> None:
    reuse = Reuse("order#1", 3600)
    _completed(jobs, _order(jobs, Extras(), reuse=reuse))
    born = _order(jobs, _named("a"), reuse=reuse)

    assert born.status is JobStatus.COMPLETED
    assert jobs.named("a") == born
    key = to_item({"tenant_id": jobs.tenant_id, "item": f"event#{job_event_id(born.id)}"})
    item = from_item(deployment.dynamodb.get_item(TableName=deployment.settings.webhooks_table, Key=key)["Item"])
    assert (item["type"], '"client_id":"a"' in item["data"]) == ("job.completed", True)
    assert jobs.lanes.get(JobKind.IMAGE).running == frozenset()
    assert jobs.waiting.count(JobKind.IMAGE) == 0


@pytest.mark.parametrize("name", ["a", "Elif_7", "0-x", "x" * 64])
def test_an_id_of_the_studios_own_is_letters_digits_and_dashes(name: str) -> None:
    assert TypeAdapter(ClientId).validate_python(name) == name


@pytest.mark.parametrize(
    "name", ["", "-a", "_a", "a b", "a/b", "ş", "x" * 65, "job_1", "batch_1", "summary", "batches", "a\n"]
)
def test_an_id_that_could_be_one_of_ours_or_part_of_a_path_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(ClientId).validate_python(name)
