"""Ending jobs, and looking after those that got lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from common.clock import new_id
from common.errors import JobEnded, ProviderTimeout
from common.jobs import (
    FIRST_DUE_SECONDS,
    FinishMessage,
    Job,
    JobKind,
    JobMessage,
    JobRepository,
    JobStatus,
    OpenJobs,
    SubmitQueues,
)
from common.providers import ImageOrder, Media, SpeechOrder, Usage
from jobs.repository import assets
from jobs.service import (
    COLLECT_SECONDS,
    OVERDUE_SECONDS,
    UNCLEAR_SECONDS,
    WAITING_SECONDS,
    WATCH_SECONDS,
    Vendors,
    cancel_job,
    finish_job,
    watch,
)
from jobs.service.watching import PASS_SECONDS
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment
from tests.support.money import store_jobs
from tests.support.queues import ListQueue

IMAGE = {
    "prompt": "şifacı",
    "style": "anime",
    "subject": "avatar",
    "width": 256,
    "height": 256,
    "seed": 7,
    "guidance_scale": 7.5,
    "num_inference_steps": 28,
    "model": "dev",
    "negative_prompt": None,
}
SPEECH = {"text": "Merhaba.", "voice": "alloy", "speed": 1.0, "response_format": "mp3"}
ORDERS = {JobKind.IMAGE: IMAGE, JobKind.SPEECH: SPEECH}
PICTURE = Media(b"\x89PNG", "image/png", {"seed_used": 7, "width": 256}, Usage("m", cost_microusd=25, megapixels=0.066))
SOUND = Media(b"ID3", "audio/mpeg", {"duration_seconds": 0.5}, Usage("m", characters=8))


@dataclass
class Maker:
    """A vendor whose result is ready, or not yet, or never."""

    result: Media | Exception | None
    asked: list[tuple[str, Any, float]] = field(default_factory=list)

    async def submit(self, order: Any, *, callback_url: str | None, timeout: float) -> Any:
        raise AssertionError("nothing is submitted here")

    async def cancel(self, request_id: str, order: Any, *, timeout: float) -> bool:
        self.asked.append((request_id, "cancel", timeout))
        if isinstance(self.result, Exception):
            raise self.result
        return True

    async def collect(self, request_id: str, order: Any, *, output: Any = None, timeout: float) -> Media | None:
        self.asked.append((request_id, order, timeout))
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_800_000_000.0)


@pytest.fixture
def open_jobs(deployment: Deployment, clock: ManualClock) -> OpenJobs:
    return OpenJobs(client=deployment.dynamodb, table=deployment.settings.jobs_table, clock=clock)


@pytest.fixture
def jobs(open_jobs: OpenJobs) -> JobRepository:
    return open_jobs.jobs_of("alice")


def _ordered(jobs: JobRepository, kind: JobKind = JobKind.IMAGE) -> Job:
    job = Job(id=new_id("job"), kind=kind, order=ORDERS[kind], created_at=jobs.clock())
    store_jobs(jobs, job)
    return job


def _claimed(jobs: JobRepository, job_id: str) -> Job:
    claimed = jobs.claim(job_id, lease=45)
    assert claimed is not None
    return claimed


def _submitted(jobs: JobRepository, kind: JobKind = JobKind.IMAGE) -> Job:
    """A job whose vendor has taken the order, claimed by a finisher."""
    job = _ordered(jobs, kind)
    assert jobs.attach(_claimed(jobs, job.id), "req-1") is not None
    return _claimed(jobs, job.id)


async def _finish(job: Job, jobs: JobRepository, vendor: Maker, other: Maker | None = None) -> None:
    images, speakers = (vendor, other) if job.kind is JobKind.IMAGE else (other, vendor)
    nobody = Maker(AssertionError("the wrong vendor was asked"))
    vendors = Vendors(images=images or nobody, voices=speakers or nobody)
    message = FinishMessage(tenant_id=jobs.tenant_id, job_id=job.id)
    await finish_job(job, message=message, jobs=jobs, assets=assets(), vendors=vendors)


# ── Finishing ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "media", "order", "suffix"),
    [(JobKind.IMAGE, PICTURE, ImageOrder(**IMAGE), "png"), (JobKind.SPEECH, SOUND, SpeechOrder(**SPEECH), "mp3")],
)
async def test_a_result_is_fetched_stored_and_only_then_the_job_completed(
    deployment: Deployment, jobs: JobRepository, kind: JobKind, media: Media, order: Any, suffix: str
) -> None:
    job = _submitted(jobs, kind)
    vendor = Maker(media)
    await _finish(job, jobs, vendor)

    assert vendor.asked == [("req-1", order, COLLECT_SECONDS)]
    done = jobs.get(job.id)
    assert (done.status, done.result) == (JobStatus.COMPLETED, dict(media.facts))
    assert done.asset_key == f"jobs/alice/{job.id}.{suffix}"
    assert done.receipt is not None
    assert done.receipt["cost_microusd"] == media.usage.cost_microusd
    stored = deployment.s3.get_object(Bucket=deployment.settings.assets_bucket, Key=done.asset_key)
    assert stored["Body"].read() == media.content


async def test_a_vendor_still_at_work_is_asked_again_later(
    jobs: JobRepository, open_jobs: OpenJobs, clock: ManualClock
) -> None:
    job = _submitted(jobs)
    await _finish(job, jobs, Maker(None))

    left = jobs.get(job.id)
    assert (left.status, left.lease_until, left.asset_key) == (JobStatus.PROCESSING, 0, None)
    assert open_jobs.due(limit=10) == []
    clock.advance(WATCH_SECONDS)
    assert open_jobs.due(limit=10) == [JobMessage(tenant_id="alice", job_id=job.id)]


async def test_a_job_that_was_never_submitted_is_let_go(jobs: JobRepository) -> None:
    job = _claimed(jobs, _ordered(jobs).id)
    vendor = Maker(PICTURE)
    await _finish(job, jobs, vendor)

    assert vendor.asked == []
    assert jobs.get(job.id).status is JobStatus.PROCESSING
    assert jobs.claim(job.id, lease=45) is not None


async def test_a_vendor_that_fails_leaves_the_job_to_the_next_delivery(jobs: JobRepository) -> None:
    job = _submitted(jobs)

    with pytest.raises(ProviderTimeout):
        await _finish(job, jobs, Maker(ProviderTimeout("Slow.")))
    assert jobs.get(job.id).status is JobStatus.PROCESSING


async def test_a_finisher_whose_lease_ran_out_cannot_end_what_another_has_ended(
    jobs: JobRepository, clock: ManualClock
) -> None:
    slow = _submitted(jobs)
    clock.advance(60)
    await _finish(_claimed(jobs, slow.id), jobs, Maker(PICTURE))
    finished_at = jobs.get(slow.id).finished_at
    clock.advance(60)

    await _finish(slow, jobs, Maker(Media(b"other", "image/png", {"seed_used": 99}, Usage("m"))))

    assert jobs.get(slow.id).result == dict(PICTURE.facts)
    assert jobs.get(slow.id).finished_at == finished_at


# ── Watching ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Queues:
    """The queues of slow work."""

    image: ListQueue = field(default_factory=ListQueue)
    speech: ListQueue = field(default_factory=ListQueue)
    image_urgent: ListQueue = field(default_factory=ListQueue)
    speech_urgent: ListQueue = field(default_factory=ListQueue)
    finish: ListQueue = field(default_factory=ListQueue)

    def watch(self, open_jobs: OpenJobs) -> int:
        finish: Any = self.finish
        return watch(open_jobs, submit=self.submit, finish=finish, clock=open_jobs.clock)

    @property
    def submit(self) -> SubmitQueues:
        normal: Any = {JobKind.IMAGE: self.image, JobKind.SPEECH: self.speech}
        urgent: Any = {JobKind.IMAGE: self.image_urgent, JobKind.SPEECH: self.speech_urgent}
        return SubmitQueues(normal=normal, urgent=urgent)

    @property
    def sent(self) -> dict[str, int]:
        return {name: len(queue.sent) for name, queue in vars(self).items() if queue.sent}


@pytest.fixture
def queues() -> Queues:
    return Queues()


def test_a_young_job_is_left_alone(jobs: JobRepository, open_jobs: OpenJobs, queues: Queues) -> None:
    _ordered(jobs)

    assert queues.watch(open_jobs) == 0
    assert queues.sent == {}


@pytest.mark.parametrize(("kind", "queue"), [(JobKind.IMAGE, "image"), (JobKind.SPEECH, "speech")])
def test_a_job_nobody_took_is_sent_to_its_workers_again(
    jobs: JobRepository, open_jobs: OpenJobs, clock: ManualClock, queues: Queues, kind: JobKind, queue: str
) -> None:
    job = _ordered(jobs, kind)
    clock.advance(FIRST_DUE_SECONDS)

    assert queues.watch(open_jobs) == 1
    assert getattr(queues, queue).messages == [JobMessage(tenant_id="alice", job_id=job.id)]
    assert sum(queues.sent.values()) == 1


def test_a_submitted_job_is_sent_to_be_finished(
    jobs: JobRepository, open_jobs: OpenJobs, clock: ManualClock, queues: Queues
) -> None:
    job = _ordered(jobs)
    jobs.attach(_claimed(jobs, job.id), "req-1")
    clock.advance(FIRST_DUE_SECONDS)

    queues.watch(open_jobs)

    assert queues.sent == {"finish": 1}


def test_a_job_is_looked_after_once_in_a_while_not_at_every_look(
    jobs: JobRepository, open_jobs: OpenJobs, clock: ManualClock, queues: Queues
) -> None:
    _ordered(jobs)
    clock.advance(FIRST_DUE_SECONDS)

    assert [queues.watch(open_jobs) for _ in range(3)] == [1, 0, 0]
    clock.advance(FIRST_DUE_SECONDS)
    assert queues.watch(open_jobs) == 1
    assert queues.sent["image"] == 2


@pytest.mark.parametrize(("begun", "most"), [(False, WAITING_SECONDS), (True, OVERDUE_SECONDS)])
def test_a_job_past_saving_is_ended_and_says_so(
    jobs: JobRepository, open_jobs: OpenJobs, clock: ManualClock, queues: Queues, begun: bool, most: int
) -> None:
    job = _ordered(jobs)
    if begun:
        jobs.release(_claimed(jobs, job.id))
    clock.advance(most)
    queues.watch(open_jobs)
    assert jobs.get(job.id).status is (JobStatus.PROCESSING if begun else JobStatus.PENDING)
    assert queues.sent["image"] == 1

    clock.advance(FIRST_DUE_SECONDS)
    queues.watch(open_jobs)

    ended = jobs.get(job.id)
    assert ended.status is JobStatus.FAILED
    assert ended.error == {
        "code": "JOB_OVERDUE",
        "message": "The job did not end in time",
        "details": {},
        "retryable": True,
    }
    assert queues.sent["image"] == 1
    clock.advance(FIRST_DUE_SECONDS)
    assert queues.watch(open_jobs) == 0


def _completed(jobs: JobRepository, job: Job) -> None:
    assert jobs.complete(_claimed(jobs, job.id), result={}, asset_key="k", receipt={}, usages=[]) is not None


def _failed(jobs: JobRepository, job: Job) -> None:
    assert jobs.fail(_claimed(jobs, job.id), error={"code": "X"}, receipt={}, usages=[]) is not None


@pytest.mark.parametrize("end", [_completed, _failed])
def test_a_job_that_has_ended_is_out_of_sight(
    jobs: JobRepository,
    open_jobs: OpenJobs,
    clock: ManualClock,
    queues: Queues,
    end: Callable[[JobRepository, Job], None],
) -> None:
    end(jobs, _ordered(jobs))
    clock.advance(OVERDUE_SECONDS * 2)

    assert queues.watch(open_jobs) == 0


def test_every_tenants_jobs_are_looked_after_the_longest_overdue_first(
    open_jobs: OpenJobs, clock: ManualClock, queues: Queues
) -> None:
    for tenant in ("bob", "alice", "carol"):
        _ordered(open_jobs.jobs_of(tenant))
        clock.advance(1)
    clock.advance(FIRST_DUE_SECONDS)

    assert queues.watch(open_jobs) == 3
    assert [message.tenant_id for message in queues.image.messages] == ["bob", "alice", "carol"]


def test_more_than_a_page_is_looked_after_each_once(
    jobs: JobRepository, open_jobs: OpenJobs, clock: ManualClock, queues: Queues
) -> None:
    for _ in range(103):
        _ordered(jobs)
    clock.advance(FIRST_DUE_SECONDS)

    assert [queues.watch(open_jobs) for _ in range(2)] == [103, 0]
    assert len(queues.image.messages) == len(set(queues.image.messages)) == 103


def test_a_look_ends_when_its_time_is_over(
    jobs: JobRepository, open_jobs: OpenJobs, clock: ManualClock, queues: Queues
) -> None:
    for _ in range(103):
        _ordered(jobs)
    clock.advance(FIRST_DUE_SECONDS)
    finish: Any = queues.finish

    def slowly() -> float:
        clock.advance(PASS_SECONDS / 100)
        return clock()

    assert watch(open_jobs, submit=queues.submit, finish=finish, clock=slowly) == 100
    assert queues.watch(open_jobs) == 3


def test_an_order_of_unknown_outcome_is_waited_for_never_sent_again_and_then_ended(
    jobs: JobRepository, open_jobs: OpenJobs, clock: ManualClock, queues: Queues
) -> None:
    job = _ordered(jobs)
    marked = jobs.begin_submission(_claimed(jobs, job.id))
    assert marked is not None
    clock.advance(FIRST_DUE_SECONDS)
    assert queues.watch(open_jobs) == 1
    assert jobs.get(job.id).status is JobStatus.PROCESSING

    clock.advance(UNCLEAR_SECONDS)
    queues.watch(open_jobs)

    ended = jobs.get(job.id)
    assert ended.status is JobStatus.FAILED
    assert ended.error is not None and ended.error["code"] == "PROVIDER_UNKNOWN_OUTCOME"
    assert queues.sent == {}


# ── Words of the vendor ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_word_about_another_order_is_not_believed(jobs: JobRepository) -> None:
    job = _submitted(jobs)
    maker = Maker(PICTURE)
    stranger = FinishMessage(tenant_id="alice", job_id=job.id, request_id="req-2")

    vendors = Vendors(images=maker, voices=maker)
    await finish_job(job, message=stranger, jobs=jobs, assets=assets(), vendors=vendors)

    assert maker.asked == []
    assert jobs.get(job.id).status is JobStatus.PROCESSING


async def test_a_vendor_that_cannot_call_back_is_asked_again_soon(jobs: JobRepository) -> None:
    job = _submitted(jobs)
    again: list[FinishMessage] = []
    message = FinishMessage(tenant_id="alice", job_id=job.id)

    vendors = Vendors(images=Maker(None), voices=Maker(None))
    await finish_job(job, message=message, jobs=jobs, assets=assets(), vendors=vendors, ask_again=again.append)

    assert again == [message]


# ── Cancelling ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_cancelled_job_is_cancelled_at_the_vendor_too(jobs: JobRepository) -> None:
    job = _ordered(jobs)
    jobs.attach(_claimed(jobs, job.id), "req-1")
    maker = Maker(PICTURE)

    cancelled = await cancel_job(job.id, jobs=jobs, vendors=Vendors(images=maker, voices=maker))

    assert cancelled.job.status is JobStatus.CANCELLED
    assert [(request_id, what) for request_id, what, _ in maker.asked] == [("req-1", "cancel")]
    assert jobs.claim(job.id, lease=45) is None


async def test_a_job_nobody_took_is_cancelled_without_asking_anybody(jobs: JobRepository) -> None:
    maker = Maker(PICTURE)

    cancelled = await cancel_job(_ordered(jobs).id, jobs=jobs, vendors=Vendors(images=maker, voices=maker))

    assert cancelled.job.status is JobStatus.CANCELLED
    assert maker.asked == []


async def test_a_vendor_that_is_away_does_not_keep_a_job_from_being_cancelled(jobs: JobRepository) -> None:
    job = _ordered(jobs)
    jobs.attach(_claimed(jobs, job.id), "req-1")
    maker = Maker(ProviderTimeout("Slow."))

    cancelled = await cancel_job(job.id, jobs=jobs, vendors=Vendors(images=maker, voices=maker))

    assert cancelled.job.status is JobStatus.CANCELLED


async def test_a_job_that_has_ended_cannot_be_cancelled(jobs: JobRepository) -> None:
    job = _ordered(jobs)
    _completed(jobs, job)
    maker = Maker(PICTURE)

    with pytest.raises(JobEnded):
        await cancel_job(job.id, jobs=jobs, vendors=Vendors(images=maker, voices=maker))
    assert jobs.get(job.id).status is JobStatus.COMPLETED
