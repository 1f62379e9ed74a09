"""A studio's hand on its jobs over HTTP: cancel, prioritize, retry, wait, filters, summary, its own ids."""

from __future__ import annotations

from typing import Any

import pytest

from common.clock import iso
from common.jobs import Extras, Job, JobKind, JobMessage, JobRepository, OpenJobs, jobs_of, start_job
from jobs.api import app
from jobs.service import view_of
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment
from tests.support.house import House
from tests.support.http import ALICE, BOB, Studio
from tests.support.money import a_request
from tests.support.queues import ListQueue

START = 1_800_000_000.0
DEMO = "tenant_demo"
IMAGE = {
    "prompt": "şifacı", "style": "anime", "subject": "avatar", "width": 256, "height": 256, "seed": 7,
    "guidance_scale": 7.5, "num_inference_steps": 28, "model": "dev", "negative_prompt": None,
}  # fmt: skip


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def jobs(deployment: Deployment, clock: ManualClock) -> JobRepository:
    return OpenJobs(client=deployment.dynamodb, table=deployment.settings.jobs_table, clock=clock).jobs_of(DEMO)


@pytest.fixture
def studio(deployment: Deployment) -> Studio:
    return Studio(app)


def _ordered(jobs: JobRepository, **extras: Any) -> Job:
    queue: Any = ListQueue()
    return start_job(
        JobKind.IMAGE,
        IMAGE,
        max_microusd=40,
        jobs=jobs,
        queue=queue,
        spending=a_request(jobs.tenant_id),
        extras=Extras(**extras),
    )


def _claimed(jobs: JobRepository, job: Job) -> Job:
    claimed = jobs.claim(job.id, lease=45)
    assert claimed is not None
    return claimed


def _complete(jobs: JobRepository, job: Job) -> None:
    receipt = {"cost_microusd": 0, "model": "m"}
    assert jobs.complete(job, result={"seed_used": 7}, asset_key="jobs/k.png", receipt=receipt, usages=[])


def _fail(jobs: JobRepository, job: Job) -> None:
    error = {"code": "PROVIDER_UNAVAILABLE", "message": "Away.", "details": {}, "retryable": True}
    assert jobs.fail(_claimed(jobs, job), error=error, receipt={"cost_microusd": 0}, usages=[])


# ── Cancelling and prioritizing ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_cancelled_job_says_what_its_vendor_did_and_what_it_cost(studio: Studio) -> None:
    job = _ordered(jobs_of(DEMO))
    answer = await studio.request("DELETE", f"/v1/jobs/{job.id}")

    shown = answer.json()
    assert (answer.status_code, shown["status"], shown["cancellation"]) == (200, "cancelled", {"vendor": "not_sent"})
    assert shown["usage"]["cost_microusd"] == 0


async def test_one_that_comes_too_late_is_told_how_and_when_the_job_ended(studio: Studio, jobs: JobRepository) -> None:
    job = _ordered(jobs)
    _fail(jobs, job)
    error = (await studio.request("DELETE", f"/v1/jobs/{job.id}")).json()["error"]

    assert error["code"] == "JOB_ENDED"
    assert error["details"] == {"status": "failed", "finished_at": iso(START)}


async def test_a_job_is_prioritized_once_and_its_message_travels_on_the_urgent_queue(
    deployment: Deployment, studio: Studio
) -> None:
    jobs = jobs_of(DEMO)
    before, job = _ordered(jobs), _ordered(jobs)
    assert (await studio.get(f"/v1/jobs/{job.id}")).json()["queue_position"] == 1

    shown = (await studio.post(f"/v1/jobs/{job.id}/prioritize")).json()
    assert (shown["outcome"], shown["urgent"], shown["queue_position"]) == ("prioritized", True, 0)
    assert (await studio.post(f"/v1/jobs/{job.id}/prioritize")).json()["outcome"] == "unchanged"
    assert (await studio.get(f"/v1/jobs/{before.id}")).json()["queue_position"] == 1
    told = [
        JobMessage.model_validate_json(body) for body in deployment.received(deployment.settings.image_urgent_queue_url)
    ]
    assert {(one.job_id, one.urgent) for one in told} == {(job.id, True)}


async def test_a_job_that_has_begun_cannot_go_first(studio: Studio, jobs: JobRepository) -> None:
    job = _claimed(jobs, _ordered(jobs))
    answer = await studio.post(f"/v1/jobs/{job.id}/prioritize")

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "JOB_RUNNING")
    assert answer.json()["error"]["details"] == {"status": "processing", "started_at": iso(START)}


async def test_a_prioritized_job_runs_once_though_it_has_two_messages(deployment: Deployment) -> None:
    house = House(deployment, ALICE)
    job_id = (await house.post("/v1/voice/tts", text="Merhaba yolcu.")).json()["job_id"]
    assert (await house.post(f"/v1/jobs/{job_id}/prioritize")).json()["outcome"] == "prioritized"

    await house.work()

    shown = (await house.get(f"/v1/jobs/{job_id}")).json()
    assert (shown["status"], shown["attempts"]) == ("completed", 2), "one claim to submit, one to finish"


# ── Trying again ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_failed_job_is_tried_again_as_a_new_one_and_a_second_time_as_the_same(studio: Studio) -> None:
    jobs = jobs_of(DEMO)
    job = _ordered(jobs, character_id="char_1", client_id="mine", fingerprint="f")
    _fail(jobs, job)
    first = await studio.post(f"/v1/jobs/{job.id}/retry")
    second = await studio.post("/v1/jobs/mine/retry")

    assert (first.status_code, first.json()["status"]) == (202, "pending")
    assert second.json()["job_id"] == first.json()["job_id"] != job.id
    again = jobs.get(first.json()["job_id"])
    assert (again.retry_of, again.order, again.character_id, again.client_id) == (job.id, job.order, "char_1", None)


async def test_a_picture_that_is_tried_again_counts_as_one(studio: Studio) -> None:
    jobs = jobs_of(DEMO)
    job = _ordered(jobs)
    _fail(jobs, job)
    before = jobs.ledger.standing()
    answer = await studio.post(f"/v1/jobs/{job.id}/retry")
    after = jobs.ledger.standing()

    assert before is not None and after is not None
    assert (after.image - before.image, after.text - before.text) == (1, 0)
    assert '"images_per_minute";q=' in answer.headers["ratelimit-policy"]


async def test_only_a_failed_job_is_tried_again(studio: Studio, jobs: JobRepository) -> None:
    job = _ordered(jobs)
    answer = await studio.post(f"/v1/jobs/{job.id}/retry")

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "JOB_NOT_FAILED")
    assert answer.json()["error"]["details"] == {"status": "pending"}


# ── Looking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_job_tells_how_long_each_stage_took(studio: Studio, jobs: JobRepository, clock: ManualClock) -> None:
    job = _ordered(jobs)
    clock.advance(2)
    claimed = _claimed(jobs, job)
    clock.advance(0.5)
    jobs.attach(claimed, "req-1")
    clock.advance(6)
    finishing = jobs.claim_to_finish(job.id, lease=45)
    assert finishing is not None
    clock.advance(0.25)
    _complete(jobs, finishing)

    shown = (await studio.get(f"/v1/jobs/{job.id}")).json()
    assert shown["timings"] == {
        "queued_ms": 2000, "submitted_ms": 500, "provider_ms": 6000, "finish_ms": 250, "total_ms": 8750,
    }  # fmt: skip
    assert (shown["attempts"], shown["progress_percent"], shown["queue_position"]) == (2, 100, None)


async def test_progress_is_the_time_run_against_what_jobs_take_and_never_looks_done(deployment: Deployment) -> None:
    clock = ManualClock(START)
    jobs = OpenJobs(client=deployment.dynamodb, table=deployment.settings.jobs_table, clock=clock).jobs_of("p")
    first = _claimed(jobs, _ordered(jobs))
    assert view_of(first, jobs=jobs).progress_percent is None, "nothing is measured"
    clock.advance(10)
    _complete(jobs, first)
    second = _claimed(jobs, _ordered(jobs))

    shown = []
    for _ in range(4):
        shown.append(view_of(second, jobs=jobs).progress_percent)
        clock.advance(4)
    assert shown == [0, 40, 80, 95]


async def test_a_wait_is_over_at_once_for_what_has_ended_and_ends_with_the_seconds_otherwise(studio: Studio) -> None:
    jobs = jobs_of(DEMO)
    job = _ordered(jobs)
    assert (await studio.get(f"/v1/jobs/{job.id}", wait=1)).json()["status"] == "pending"
    await studio.request("DELETE", f"/v1/jobs/{job.id}")

    assert (await studio.get(f"/v1/jobs/{job.id}", wait=25)).json()["status"] == "cancelled"
    assert (await studio.get(f"/v1/jobs/{job.id}", wait=26)).status_code == 422


async def test_a_job_is_found_by_the_studios_own_id_and_by_no_other_studios(studio: Studio) -> None:
    job = _ordered(jobs_of(DEMO), client_id="mine", fingerprint="f")

    assert (await studio.get("/v1/jobs/mine")).json()["job_id"] == job.id
    for path in ("/v1/jobs/mine", f"/v1/jobs/{job.id}"):
        assert (await Studio(app, BOB).get(path)).json()["error"]["code"] == "JOB_NOT_FOUND"
        for act in ("prioritize", "retry"):
            assert (await Studio(app, BOB).post(f"{path}/{act}")).status_code == 404
        assert (await Studio(app, BOB).request("DELETE", path)).status_code == 404
    assert (await studio.request("DELETE", "/v1/jobs/mine")).json()["client_id"] == "mine"


async def test_jobs_are_listed_by_character_and_by_time(studio: Studio) -> None:
    jobs = jobs_of(DEMO)
    made = [_ordered(jobs, character_id=f"char_{number % 2}") for number in range(4)]
    stored = [
        Job(id=f"job_{'0' * 9}{number}{'0' * 16}", kind=JobKind.IMAGE, order={}, created_at=0) for number in (1, 2)
    ]
    for job in stored:
        jobs.ledger._client.transact_write_items(TransactItems=[jobs.creation(job)])

    async def listed(**query: Any) -> set[str]:
        return {item["job_id"] for item in (await studio.get("/v1/jobs", **query)).json()["items"]}

    assert await listed(character_id="char_1") == {made[1].id, made[3].id}
    assert await listed(created_after="2020-01-01") == {job.id for job in made}
    assert await listed(created_before="2020-01-01T00:00:00Z") == {job.id for job in stored}
    assert await listed(created_before=0.002, created_after=0.001) == {stored[0].id}
    assert await listed(created_before="1970-01-01T00:00:00Z") == set()
    assert (await studio.get("/v1/jobs", created_after="gestern")).status_code == 422


async def test_the_summary_counts_what_waits_runs_and_ended(studio: Studio, clock: ManualClock) -> None:
    jobs = jobs_of(DEMO)
    running, failed = _claimed(jobs, _ordered(jobs)), _ordered(jobs)
    _fail(jobs, failed)
    waiting = [_ordered(jobs) for _ in range(3)]

    image = (shown := (await studio.get("/v1/jobs/summary")).json())["kinds"]["image"]
    assert (image["waiting"], image["more"], image["running"], image["places"]) == (3, False, 1, 20)
    assert image["ended"] == {"completed": 0, "failed": 1, "cancelled": 0}
    assert image["oldest_waiting_at"][:16] == iso(waiting[0].created_at)[:16]
    assert image["estimated_start_seconds"] is None, "nothing is measured yet"
    assert shown["truncated"] is False
    speech = shown["kinds"]["speech"]
    assert (speech["waiting"], speech["running"], speech["estimated_start_seconds"]) == (0, 0, 0.0)
    _complete(jobs, running)
    image = (await studio.get("/v1/jobs/summary")).json()["kinds"]["image"]
    assert (image["running"], image["ended"]["completed"]) == (0, 1)
    assert image["estimated_start_seconds"] is not None
