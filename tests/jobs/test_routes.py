"""Jobs over HTTP: what a studio sees of them, and for how long."""

from __future__ import annotations

from typing import Any

import pytest

from common.clock import iso, new_id
from common.jobs import Job, JobKind, JobRepository, OpenJobs
from common.receipts import Receipt
from jobs.api import app
from jobs.repository import URL_SECONDS
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment
from tests.support.http import BOB, Studio
from tests.support.money import store_jobs

START = 1_800_000_000.0


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def jobs(deployment: Deployment, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> JobRepository:
    return OpenJobs(client=deployment.dynamodb, table=deployment.settings.jobs_table, clock=clock).jobs_of(
        "tenant_demo"
    )


@pytest.fixture
def studio(deployment: Deployment) -> Studio:
    return Studio(app)


def _ordered(jobs: JobRepository, kind: JobKind = JobKind.IMAGE) -> Job:
    job = Job(id=new_id("job"), kind=kind, order={"prompt": "gizli söz"}, created_at=jobs.clock())
    store_jobs(jobs, job)
    return job


def _claimed(jobs: JobRepository, job: Job) -> Job:
    claimed = jobs.claim(job.id, lease=45)
    assert claimed is not None
    return claimed


def _complete(jobs: JobRepository, job: Job, **result: Any) -> None:
    receipt = Receipt(megapixels=0.262, model="m").model_dump(mode="json")
    assert jobs.complete(
        _claimed(jobs, job),
        result=result,
        asset_key=f"jobs/tenant_demo/{job.id}.png",
        receipt=receipt,
        usages=[],
    )


async def test_a_job_is_shown_from_its_order_to_its_end(
    studio: Studio, jobs: JobRepository, clock: ManualClock
) -> None:
    job = _ordered(jobs)
    path = f"/v1/jobs/{job.id}"
    pending = (await studio.get(path)).json()
    clock.advance(2)
    claimed = _claimed(jobs, job)
    processing = (await studio.get(path)).json()
    clock.advance(3)
    facts = {"seed_used": 7, "width": 512}
    jobs.complete(claimed, result=facts, asset_key="jobs/k.png", receipt={"model": "m"}, usages=[])
    completed = (await studio.get(path)).json()

    assert [shown["status"] for shown in (pending, processing, completed)] == ["pending", "processing", "completed"]
    assert (pending["created_at"], pending["started_at"], pending["result"]) == (iso(START), None, None)
    assert processing["started_at"] == iso(START + 2)
    assert completed["finished_at"] == iso(START + 5)
    assert completed["expires_at"] == iso(START + 5 + 24 * 3600)
    assert (completed["result"]["seed_used"], completed["result"]["width"]) == (7, 512)
    assert completed["usage"]["model"] == "m"
    assert completed["error"] is None


async def test_what_was_ordered_is_not_told(studio: Studio, jobs: JobRepository) -> None:
    answer = await studio.get(f"/v1/jobs/{_ordered(jobs).id}")

    assert "gizli" not in answer.text
    assert set(answer.json()) == {
        "job_id",
        "kind",
        "status",
        "created_at",
        "started_at",
        "finished_at",
        "attempts",
        "progress_percent",
        "queue_position",
        "timings",
        "urgent",
        "client_id",
        "batch_id",
        "character_id",
        "retry_of",
        "expires_at",
        "result",
        "error",
        "usage",
    }


@pytest.mark.parametrize(("kind", "field"), [(JobKind.IMAGE, "image_url"), (JobKind.SPEECH, "audio_url")])
async def test_the_result_has_an_address_that_is_signed_for_a_quarter_of_an_hour(
    studio: Studio, jobs: JobRepository, kind: JobKind, field: str
) -> None:
    job = _ordered(jobs, kind)
    _complete(jobs, job, seed_used=7)

    url = (await studio.get(f"/v1/jobs/{job.id}")).json()["result"][field]
    assert f"jobs/tenant_demo/{job.id}.png?" in url
    assert f"X-Amz-Expires={URL_SECONDS}" in url
    assert "X-Amz-Signature=" in url


async def test_a_failed_job_says_why(studio: Studio, jobs: JobRepository) -> None:
    job = _ordered(jobs)
    error = {"code": "PROVIDER_REJECTED", "message": "No.", "details": {"reason": "content"}, "retryable": False}
    jobs.fail(_claimed(jobs, job), error=error, receipt={}, usages=[])

    shown = (await studio.get(f"/v1/jobs/{job.id}")).json()
    assert (shown["status"], shown["error"], shown["result"]) == ("failed", error, None)


async def test_a_job_is_gone_a_day_after_its_end(studio: Studio, jobs: JobRepository, clock: ManualClock) -> None:
    clock.now = 1_000_000_000.0  # long before the application's own clock
    job = _ordered(jobs)
    _complete(jobs, job)

    answer = await studio.get(f"/v1/jobs/{job.id}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "JOB_NOT_FOUND")
    assert (await studio.get("/v1/jobs")).json()["items"] == []


async def test_another_tenants_job_is_a_404(studio: Studio, jobs: JobRepository) -> None:
    job = _ordered(jobs)
    answer = await Studio(app, BOB).get(f"/v1/jobs/{job.id}")

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "JOB_NOT_FOUND")
    assert (await Studio(app, BOB).get("/v1/jobs")).json() == {"items": [], "next_cursor": None}


async def test_jobs_are_listed_newest_first_by_kind_and_status(studio: Studio, jobs: JobRepository) -> None:
    kinds = [JobKind.IMAGE, JobKind.SPEECH, JobKind.IMAGE, JobKind.SPEECH]
    made = [Job(id=f"job_{number:026d}", kind=kind, order={}, created_at=START) for number, kind in enumerate(kinds)]
    for job in made:
        store_jobs(jobs, job)
    _complete(jobs, made[0])
    _complete(jobs, made[3])

    async def listed(**query: Any) -> list[int]:
        items = (await studio.get("/v1/jobs", **query)).json()["items"]
        return [int(item["job_id"][4:]) for item in items]

    assert await listed() == [3, 2, 1, 0]
    assert await listed(kind="image") == [2, 0]
    assert await listed(status="completed") == [3, 0]
    assert await listed(kind="speech", status="pending") == [1]
    assert await listed(status="cancelled") == []


async def test_after_a_cancellation_the_vendor_is_asked_once_more_later(
    studio: Studio, jobs: JobRepository, deployment: Deployment
) -> None:
    order = {
        "prompt": "şifacı", "style": "anime", "subject": "avatar", "width": 256, "height": 256, "seed": 7,
        "guidance_scale": 7.5, "num_inference_steps": 28, "model": "dev", "negative_prompt": None,
    }  # fmt: skip
    job = Job(id=new_id("job"), kind=JobKind.IMAGE, order=order, created_at=jobs.clock())
    store_jobs(jobs, job)
    assert jobs.attach(_claimed(jobs, job), "req-1") is not None
    answer = await studio.delete(f"/v1/jobs/{job.id}")

    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    delayed = "ApproximateNumberOfMessagesDelayed"
    queue = deployment.settings.finish_queue_url
    assert deployment.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=[delayed])["Attributes"][delayed] == "1"


async def test_a_list_of_jobs_is_read_in_pages(studio: Studio, jobs: JobRepository) -> None:
    for number in range(5):
        store_jobs(jobs, Job(id=f"job_{number:026d}", kind=JobKind.IMAGE, order={}, created_at=START))
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = (await studio.get("/v1/jobs", **query)).json()
        seen += [item["job_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]

    assert seen == [f"job_{number:026d}" for number in reversed(range(5))]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"kind": "video"}, "kind"),
        ({"status": "lost"}, "status"),
        ({"cursor": "🐉"}, "cursor"),
        ({"cursor": "AAAA"}, "cursor"),
        ({"cursor": "x" * 201}, "cursor"),
    ],
)
async def test_a_list_that_cannot_be_is_bad_input(studio: Studio, query: dict[str, Any], field: str) -> None:
    answer = await studio.get("/v1/jobs", **query)

    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["error"]["details"]["errors"]] == [field]
