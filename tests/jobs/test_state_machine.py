"""The job state machine under duplicated, reordered and lost messages, and workers that die at any moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.errors import (
    JobBusy,
    JobEnded,
    ProviderAmbiguous,
    ProviderRejected,
    ProviderTimeout,
    ProviderUnavailable,
)
from common.jobs import (
    FINAL,
    FinishMessage,
    Job,
    JobKind,
    JobMessage,
    JobRepository,
    JobStatus,
    OpenJobs,
    SubmitQueues,
    Vendor,
    can_become,
    full_price,
    run_step,
    start_job,
    submit_step,
)
from common.ledger import ledger_of
from common.providers import Media, Submission, Usage
from common.receipts import Receipt
from common.sqs import MAX_DELIVERIES
from jobs.service import cancel_job, finish_job, watch
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment
from tests.support.money import a_request

ORDER = {
    "prompt": "şifacı",
    "style": "anime",
    "subject": "avatar",
    "width": 256,
    "height": 256,
    "seed": 1,
    "guidance_scale": 7.5,
    "num_inference_steps": 28,
    "model": "dev",
    "negative_prompt": None,
}
MOST, COST = 40, 25
_tenants = count()


class Killed(BaseException):
    """The process is gone: nothing catches this."""


@dataclass
class Fate:
    """Counts the steps of a worker towards the outside world, and kills it at one of them."""

    kill_at: int | None = None
    steps: int = 0

    def step(self) -> None:
        self.steps += 1
        if self.steps == self.kill_at:
            raise Killed


class FakeVendor:
    """A vendor that may be away, refuse, lose its answer on the way, or still be at work; it remembers what it took."""

    resubmittable = False

    def __init__(self, fate: Fate) -> None:
        self.fate = fate
        self.moods: list[str] = []
        self.accepted: dict[str, str] = {}
        """Request id by callback address: one order, one address."""
        self.to_call: list[tuple[str, str]] = []

    def _mood(self) -> str:
        return self.moods.pop() if self.moods else "well"

    async def submit(self, job: Job, callback_url: str | None) -> Submission:
        self.fate.step()
        mood = self._mood()
        if mood == "away":
            raise ProviderUnavailable("Away.")
        if mood == "refuses":
            raise ProviderRejected("No.")
        assert job.id not in self.accepted, "paid twice"
        request_id = f"req-{job.id}"
        self.accepted[job.id] = request_id
        self.to_call.append((job.id, request_id))
        self.fate.step()
        if mood == "mumbles":
            raise ProviderAmbiguous("Was that a yes?")
        return Submission(request_id=request_id, ready=False)

    async def cancel(self, job: Job, request_id: str | None = None) -> bool:
        self.fate.step()
        mood = self._mood()
        if mood == "away":
            raise ProviderUnavailable("Away.")
        return mood != "busy"

    async def collect(self, job: Job, output: object) -> Media | None:
        self.fate.step()
        mood = self._mood()
        if mood == "away":
            raise ProviderUnavailable("Away.")
        if mood == "busy":
            return None
        return Media(b"PNG", "image/png", {"seed_used": 1}, Usage(model="m", cost_microusd=COST))


@dataclass
class Mail:
    """Messages under way: (queue, message, deliveries so far)."""

    fate: Fate
    queue: str
    under_way: list[tuple[str, JobMessage, int]]

    def send(self, message: JobMessage, *, delay: int = 0) -> None:
        self.fate.step()
        self.under_way.append((self.queue, message, 0))
        self.fate.step()


class Files:
    """A file store that can be killed before and after it has stored."""

    def __init__(self, fate: Fate) -> None:
        self.fate = fate
        self.stored: dict[str, bytes] = {}

    def put(self, tenant_id: str, job_id: str, media: Media) -> str:
        self.fate.step()
        self.stored[job_id] = media.content
        self.fate.step()
        return f"jobs/{tenant_id}/{job_id}.png"


class Studio:
    """One tenant with jobs, and everything that happens to them."""

    def __init__(self, deployment: Deployment) -> None:
        self.fate = Fate()
        self.clock = ManualClock(1_800_000_000.0)
        self.tenant = f"tenant_{next(_tenants)}"
        client, names = deployment.dynamodb, deployment.settings
        self.open_jobs = OpenJobs(client=client, table=names.jobs_table, clock=self.clock)
        self.jobs: JobRepository = self.open_jobs.jobs_of(self.tenant)
        self.under_way: list[tuple[str, JobMessage, int]] = []
        self.work = Mail(self.fate, "work", self.under_way)
        self.submit = SubmitQueues(normal={JobKind.IMAGE: self.work}, urgent={JobKind.IMAGE: self.work})
        self.finish = Mail(self.fate, "finish", self.under_way)
        self.vendor = FakeVendor(self.fate)
        self.files = Files(self.fate)
        self.seen: dict[str, JobStatus] = {}

    def order(self) -> None:
        spending = a_request(self.tenant, route="create_avatar")
        job = start_job(JobKind.IMAGE, ORDER, max_microusd=MOST, jobs=self.jobs, queue=self.work, spending=spending)
        self.seen[job.id] = JobStatus.PENDING

    def deliver(self, index: int, *, lose: bool, duplicate: bool) -> None:
        if not self.under_way:
            self.fate.kill_at = None
            return
        queue, message, deliveries = self.under_way.pop(index % len(self.under_way))
        if lose:
            self.fate.kill_at = None
            return
        if duplicate:
            self.under_way.append((queue, message, deliveries))
        try:
            asyncio.run(run_step(message, deliveries + 1, jobs=self.jobs, step=self._step(queue, message)))
        except (Killed, JobBusy, ProviderUnavailable):
            if deliveries + 1 < MAX_DELIVERIES:
                self.under_way.append((queue, message, deliveries + 1))
        finally:
            self.fate.kill_at = None
        self.check()

    def _step(self, queue: str, message: JobMessage) -> partial:
        if queue == "work":
            vendor = Vendor(submit=self.vendor.submit, cancel=self.vendor.cancel, resubmittable=False)
            return partial(submit_step, vendor=vendor, jobs=self.jobs, finish=self.finish)
        assert isinstance(message, FinishMessage)
        if message.request_id is not None:
            self.jobs.adopt(message.job_id, message.request_id)
        return partial(finish_job, message=message, jobs=self.jobs, assets=self.files, vendors=self.vendor)

    def call_back(self, index: int) -> None:
        """The vendor's webhook arrives: perhaps before its worker noted the order, perhaps for the second time."""
        if self.vendor.to_call:
            job_id, request_id = self.vendor.to_call[index % len(self.vendor.to_call)]
            webhook = FinishMessage(tenant_id=self.tenant, job_id=job_id, request_id=request_id)
            self.under_way.append(("finish", webhook, 0))

    def cancel(self, index: int) -> None:
        job_id = list(self.seen)[index % len(self.seen)]
        with suppress(JobEnded):
            asyncio.run(cancel_job(job_id, jobs=self.jobs, vendors=self.vendor))
        self.check()

    def watch(self) -> None:
        try:
            watch(self.open_jobs, submit=self.submit, finish=self.finish, clock=self.clock)
        except Killed:
            pass
        finally:
            self.fate.kill_at = None

    def check(self) -> None:
        """Every change that can be seen is one the state machine allows, and the money follows it."""
        jobs = {job_id: self.jobs.get(job_id) for job_id in self.seen}
        for job_id, before in self.seen.items():
            now = jobs[job_id].status
            assert now == before or can_become(before, now) or can_become(JobStatus.PROCESSING, now)
            assert not (before in FINAL and now != before), "a final state was left"
            self.seen[job_id] = now
        self.check_money(list(jobs.values()))

    def check_money(self, jobs: list[Job]) -> None:
        """What is reserved belongs to jobs that have not ended; what was spent stands on the receipts of the others."""
        ended = [job.receipt for job in jobs if job.status in FINAL]
        standing = ledger_of(self.tenant).standing()
        assert standing is not None
        assert standing.reserved == MOST * (len(jobs) - len(ended))
        spent = sum(receipt["cost_microusd"] for receipt in ended if receipt)
        assert standing.day_committed == standing.month_committed == spent + standing.reserved
        assert standing.counters.get("r|create_avatar|c", 0) == spent
        assert all(receipt is not None for receipt in ended)

    def happen(self, event: str, value: int | str) -> None:
        happenings: dict[str, Callable[[], None]] = {
            "order": self.order,
            "deliver": lambda: self.deliver(int(value), lose=False, duplicate=False),
            "duplicate": lambda: self.deliver(int(value), lose=False, duplicate=True),
            "lose": lambda: self.deliver(int(value), lose=True, duplicate=False),
            "kill": lambda: self.kill(int(value)),
            "wait": lambda: self.clock.advance(float(value)),
            "webhook": lambda: self.call_back(int(value)),
            "cancel": lambda: self.cancel(int(value)) if int(value) < len(self.seen) else None,
            "mood": lambda: self.vendor.moods.append(str(value)),
            "watch": self.watch,
        }
        happenings[event]()

    def kill(self, step: int) -> None:
        """The next delivery's worker dies at its `step`-th step."""
        self.fate.steps, self.fate.kill_at = 0, step
        self.deliver(0, lose=False, duplicate=False)

    def settle(self) -> None:
        """Let the world be kind from here on: the watcher runs, messages arrive, the vendor answers."""
        self.vendor.moods.clear()
        for _ in range(8):
            self.clock.advance(250)
            self.watch()
            while self.under_way:
                self.deliver(0, lose=False, duplicate=False)
        self.check()


EVENTS = st.one_of(
    st.tuples(st.just("order"), st.just(0)),
    st.tuples(st.sampled_from(["deliver", "duplicate", "lose"]), st.integers(0, 5)),
    st.tuples(st.just("kill"), st.integers(1, 6)),
    st.tuples(st.just("wait"), st.sampled_from([1, 50, 250])),
    st.tuples(st.just("mood"), st.sampled_from(["away", "refuses", "busy", "mumbles"])),
    st.tuples(st.just("webhook"), st.integers(0, 5)),
    st.tuples(st.just("cancel"), st.integers(0, 20)),
    st.tuples(st.just("watch"), st.just(0)),
)


@given(events=st.lists(EVENTS, min_size=5, max_size=30))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_job_reaches_exactly_one_end_whatever_happens_to_its_messages(
    deployment: Deployment, events: list[tuple[str, int | str]]
) -> None:
    studio = Studio(deployment)
    studio.order()
    for event, value in events:
        studio.happen(event, value)

    studio.settle()

    assert set(studio.seen.values()) <= FINAL
    for job_id, status in studio.seen.items():
        job = studio.jobs.get(job_id)
        assert (job.result is not None) == (status is JobStatus.COMPLETED)
        assert (job_id in studio.files.stored) or status is not JobStatus.COMPLETED
        if job.error is not None and job.error["code"] == "PROVIDER_UNKNOWN_OUTCOME":
            assert job.request_id is None
        assert (job.error is not None) == (status is JobStatus.FAILED)


@pytest.mark.parametrize("kill_at", range(1, 8))
@pytest.mark.parametrize("called_back", [True, False])
def test_a_worker_killed_at_any_step_loses_no_job_and_pays_once(
    deployment: Deployment, kill_at: int, called_back: bool
) -> None:
    studio = Studio(deployment)
    studio.order()
    studio.fate.steps, studio.fate.kill_at = 0, kill_at
    studio.deliver(0, lose=False, duplicate=False)
    if called_back:
        studio.call_back(0)
    studio.fate.steps, studio.fate.kill_at = 0, kill_at
    studio.deliver(0, lose=False, duplicate=False)

    studio.settle()

    (job_id,) = studio.seen
    job = studio.jobs.get(job_id)
    assert len(studio.vendor.accepted) <= 1
    if job.status is JobStatus.FAILED:
        assert kill_at <= 2, "only a worker that dies while the order goes out leaves its outcome unknown"
        assert job.error is not None and job.error["code"] == "PROVIDER_UNKNOWN_OUTCOME"
        assert not (called_back and studio.vendor.accepted), "a webhook would have told"
    else:
        assert job.status is JobStatus.COMPLETED


def test_the_same_message_three_times_makes_one_result(deployment: Deployment) -> None:
    studio = Studio(deployment)
    studio.order()
    for _ in range(3):
        studio.under_way.append(studio.under_way[0])
    while studio.under_way:
        studio.deliver(0, lose=False, duplicate=False)
        studio.call_back(0) if studio.vendor.accepted and not studio.files.stored else None

    assert set(studio.seen.values()) == {JobStatus.COMPLETED}
    assert len(studio.vendor.accepted) == 1
    assert len(studio.files.stored) == 1


def test_an_order_cancelled_while_it_went_out_is_withdrawn(deployment: Deployment) -> None:
    studio = Studio(deployment)
    studio.order()
    withdrawn: list[str] = []
    (job_id,) = studio.seen
    submit = studio.vendor.submit

    async def submit_slowly(job: Job, callback_url: str | None) -> Submission:
        assert studio.jobs.cancel(job, receipt=Receipt().model_dump(mode="json"), usages=[]) is not None
        return await submit(job, callback_url)

    async def note(job: Job, request_id: str | None = None) -> bool:
        withdrawn.append(str(request_id))
        return True

    studio.vendor.submit, studio.vendor.cancel = submit_slowly, note
    studio.deliver(0, lose=False, duplicate=False)

    assert studio.jobs.get(job_id).status is JobStatus.CANCELLED
    assert withdrawn == [f"req-{job_id}"]
    studio.check()


def _cancelled(jobs: JobRepository, job: Job) -> Job | None:
    return jobs.cancel(job, receipt=Receipt().model_dump(mode="json"), usages=[])


def _failed(jobs: JobRepository, job: Job) -> Job | None:
    return jobs.fail(job, error={"code": "X"}, receipt=Receipt().model_dump(mode="json"), usages=[])


@pytest.mark.parametrize("answer", [False, ProviderTimeout("Slow.")])
@pytest.mark.parametrize("end", [_cancelled, _failed])
def test_an_order_that_cannot_be_withdrawn_is_charged_once_at_its_most(
    deployment: Deployment, answer: bool | Exception, end: Callable[[JobRepository, Job], Job | None]
) -> None:
    studio = Studio(deployment)
    studio.order()
    (job_id,) = studio.seen
    submit = studio.vendor.submit

    async def submit_slowly(job: Job, callback_url: str | None) -> Submission:
        assert end(studio.jobs, job) is not None
        return await submit(job, callback_url)

    async def go_on(job: Job, request_id: str | None = None) -> bool:
        if isinstance(answer, Exception):
            raise answer
        return answer

    studio.vendor.submit, studio.vendor.cancel = submit_slowly, go_on
    studio.deliver(0, lose=False, duplicate=True)

    charged = studio.jobs.get(job_id)
    assert charged.status is (JobStatus.CANCELLED if end is _cancelled else JobStatus.FAILED)
    assert charged.receipt is not None and charged.receipt["cost_microusd"] == MOST
    studio.jobs.charge(charged, receipt=charged.receipt, usages=full_price(charged))
    studio.settle()
    assert studio.jobs.get(job_id) == charged
