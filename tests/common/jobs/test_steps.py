from typing import Any

import pytest

from common.errors import JobBusy, ProviderRejected, ProviderUnavailable
from common.jobs import (
    FinishMessage,
    Job,
    JobKind,
    JobMessage,
    JobRepository,
    JobStatus,
    Vendor,
    jobs_of,
    run_step,
    start_job,
    submit_step,
)
from common.providers import Submission
from common.sqs import MAX_DELIVERIES
from tests.support.money import a_request
from tests.support.queues import ListQueue

pytestmark = pytest.mark.usefixtures("deployment")


class BrokenQueue:
    def send(self, message: object, *, delay: int = 0) -> None:
        raise ConnectionError("no such host")


def _ordered(kind: JobKind, order: dict[str, Any], *, queue: Any) -> Job:
    jobs = jobs_of("alice")
    return start_job(kind, order, max_microusd=0, jobs=jobs, queue=queue, spending=a_request("alice"))


def _started() -> tuple[Job, JobMessage]:
    job = _ordered(JobKind.IMAGE, {"seed": 1}, queue=ListQueue())
    return job, JobMessage(tenant_id="alice", job_id=job.id)


async def _accept(job: Job, callback_url: str | None) -> Submission:
    return Submission(request_id="req-1", ready=True)


async def _cancel(job: Job, request_id: str) -> bool:
    return True


ACCEPTING = Vendor(submit=_accept, cancel=_cancel, resubmittable=True)


async def test_an_order_is_stored_before_it_is_queued() -> None:
    queue = ListQueue()
    job = _ordered(JobKind.SPEECH, {"text": "Merhaba"}, queue=queue)

    assert jobs_of("alice").get(job.id).status is JobStatus.PENDING
    assert queue.messages == [JobMessage(tenant_id="alice", job_id=job.id)]


async def test_a_job_that_could_not_be_queued_exists_all_the_same() -> None:
    job = _ordered(JobKind.SPEECH, {"text": "Merhaba"}, queue=BrokenQueue())

    assert jobs_of("alice").get(job.id).status is JobStatus.PENDING


async def test_a_submitted_job_asks_to_be_finished() -> None:
    job, message = _started()
    finish = ListQueue()

    jobs = jobs_of("alice")
    await run_step(message, 1, jobs=jobs, step=lambda j: submit_step(j, vendor=ACCEPTING, jobs=jobs, finish=finish))

    assert jobs_of("alice").get(job.id).request_id == "req-1"
    assert [(sent.tenant_id, sent.job_id) for sent in finish.messages] == [("alice", job.id)]


async def test_a_job_with_a_request_id_is_never_submitted_again() -> None:
    _, message = _started()
    finish, submitted = ListQueue(), []

    async def submit(job: Job, callback_url: str | None) -> Submission:
        submitted.append(job.id)
        return Submission(request_id="req-1", ready=True)

    for delivery in (1, 2, 3):
        await run_step(
            message,
            delivery,
            jobs=jobs_of("alice"),
            step=lambda j: submit_step(
                j, vendor=Vendor(submit, _cancel, resubmittable=True), jobs=jobs_of("alice"), finish=finish
            ),
        )

    assert len(submitted) == 1
    assert len(finish.messages) == 3


async def test_what_the_vendor_refuses_ends_the_job_at_once() -> None:
    job, message = _started()

    async def refuse(job: Job) -> None:
        raise ProviderRejected("No.", details={"reason": "content"})

    await run_step(message, 1, jobs=jobs_of("alice"), step=refuse)

    ended = jobs_of("alice").get(job.id)
    assert ended.status is JobStatus.FAILED
    assert ended.error == {
        "code": "PROVIDER_REJECTED",
        "message": "No.",
        "details": {"reason": "content"},
        "retryable": False,
    }


async def test_a_passing_fault_is_tried_again_and_the_last_delivery_ends_the_job() -> None:
    job, message = _started()

    async def fail(job: Job) -> None:
        raise ProviderUnavailable("Away.")

    for delivery in range(1, MAX_DELIVERIES):
        with pytest.raises(ProviderUnavailable):
            await run_step(message, delivery, jobs=jobs_of("alice"), step=fail)
        assert jobs_of("alice").get(job.id).status is JobStatus.PROCESSING

    await run_step(message, MAX_DELIVERIES, jobs=jobs_of("alice"), step=fail)
    assert jobs_of("alice").get(job.id).status is JobStatus.FAILED


async def test_a_bug_is_tried_again_too_and_shows_no_detail(caplog: pytest.LogCaptureFixture) -> None:
    job, message = _started()

    async def break_down(job: Job) -> None:
        raise KeyError("secret words of a player")

    with pytest.raises(KeyError):
        await run_step(message, 1, jobs=jobs_of("alice"), step=break_down)
    await run_step(message, MAX_DELIVERIES, jobs=jobs_of("alice"), step=break_down)

    error = jobs_of("alice").get(job.id).error
    assert error is not None and error["code"] == "INTERNAL_ERROR"
    assert "secret" not in str(error)
    assert "secret words" not in caplog.text


async def test_a_message_about_nothing_is_dropped() -> None:
    async def step(job: Job) -> None:
        raise AssertionError("there is no job")

    await run_step(JobMessage(tenant_id="alice", job_id="job_nope"), 1, jobs=jobs_of("alice"), step=step)


async def test_a_job_another_worker_holds_comes_again_later() -> None:
    job, message = _started()
    jobs_of("alice").claim(job.id, lease=60)

    async def step(job: Job) -> None:
        raise AssertionError("it is not ours")

    with pytest.raises(JobBusy):
        await run_step(message, 1, jobs=jobs_of("alice"), step=step)


class ForgetfulJobs:
    """A repository whose table is too busy for one write: the vendor's id."""

    def __init__(self, jobs: JobRepository) -> None:
        self._jobs = jobs

    def __getattr__(self, name: str) -> Any:
        return getattr(self._jobs, name)

    def attach(self, job: Job, request_id: str) -> Job | None:
        raise ConnectionError("the table is busy")


async def test_an_id_that_could_not_be_stored_travels_on_and_is_adopted() -> None:
    job, message = _started()
    jobs, finish = jobs_of("alice"), ListQueue()
    vendor = Vendor(submit=_accept, cancel=_cancel, resubmittable=False)

    forgetful: Any = ForgetfulJobs(jobs)
    await run_step(message, 1, jobs=jobs, step=lambda j: submit_step(j, vendor=vendor, jobs=forgetful, finish=finish))

    (told,) = finish.messages
    assert isinstance(told, FinishMessage)
    assert told.request_id == "req-1"
    jobs.adopt(job.id, told.request_id)
    assert jobs.get(job.id).request_id == "req-1"
