"""What a vendor makes though nobody wants it any more is paid for once, at what it cost."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest

from common.clock import new_id
from common.errors import (
    JobOverdue,
    MeddahError,
    ProviderAmbiguous,
    ProviderError,
    ProviderMisconfigured,
    ProviderModerated,
    ProviderRejected,
    ProviderResultGone,
    ProviderTimeout,
    ProviderUnavailable,
)
from common.jobs import FinishMessage, Job, JobKind, JobRepository, JobStatus, end_as_failed, jobs_of, run_step
from common.ledger import ledger_of
from common.providers import Media, Usage
from common.spending import job_receipt
from common.sqs import MAX_DELIVERIES
from jobs.repository import assets
from jobs.service import OVERDUE_SECONDS, Vendors, VendorWord, cancel_job, finish_job, hear_too_late
from tests.support.deployment import Deployment
from tests.support.money import store_jobs

MOST, COST = 40, 25
ORDER = {
    "prompt": "şifacı", "style": "anime", "subject": "avatar", "width": 256, "height": 256, "seed": 7,
    "guidance_scale": 7.5, "num_inference_steps": 28, "model": "dev", "negative_prompt": None,
}  # fmt: skip
MADE = Media(b"\x89PNG", "image/png", {"seed_used": 7}, Usage("flux", cost_microusd=COST, megapixels=0.1))


def owing(error: ProviderError, *, cost: int) -> ProviderError:
    error.usages = (Usage("flux", cost_microusd=cost),)
    return error


class Maker:
    """A vendor that stops when it is asked, or says that it is over; `made` is what it answers of the order."""

    def __init__(self, made: Media | ProviderError | None, *, stops: bool | ProviderError = True) -> None:
        self.made = made
        self.stops = stops
        self.asked: list[str] = []

    async def cancel(self, request_id: str, order: Any, *, timeout: float) -> bool:
        if isinstance(self.stops, ProviderError):
            raise self.stops
        return self.stops

    async def collect(self, request_id: str, order: Any, *, output: Any = None, timeout: float) -> Media | None:
        self.asked.append(request_id)
        if isinstance(self.made, ProviderError):
            raise self.made
        return self.made

    @property
    def both(self) -> Vendors:
        return Vendors(images=self, voices=self)  # type: ignore[arg-type]


@pytest.fixture
def jobs(deployment: Deployment) -> JobRepository:
    return jobs_of("alice")


def _ordered(jobs: JobRepository) -> Job:
    job = Job(
        id=new_id("job"), kind=JobKind.IMAGE, order=ORDER, created_at=jobs.clock(), route="create_avatar",
        reserved_microusd=MOST, reserved_on="2026-11-20",
    )  # fmt: skip
    store_jobs(jobs, job)
    return job


def _submitted(jobs: JobRepository) -> Job:
    claimed = jobs.claim(_ordered(jobs).id, lease=45)
    assert claimed is not None
    attached = jobs.attach(claimed, "req-1")
    assert attached is not None
    return attached


def _spent() -> tuple[int, int]:
    standing = ledger_of("alice").standing()
    assert standing is not None
    counted = sum(amount for name, amount in standing.counters.items() if name.startswith("m|") and name.endswith("|c"))
    assert counted == standing.day_committed - standing.reserved
    return standing.reserved, counted


def _cost(job: Job) -> int:
    return (job.receipt or {})["cost_microusd"]


def _word(job: Job, request_id: str | None = "req-1") -> FinishMessage:
    return FinishMessage(tenant_id="alice", job_id=job.id, request_id=request_id)


# ── At the cancelling ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("made", "owed"),
    [
        (MADE, COST),
        (owing(ProviderModerated("black"), cost=30), 30),
        (owing(ProviderUnavailable("no file"), cost=COST), COST),
        (ProviderRejected("no"), 0),
        (ProviderError("broken"), 0),
        (ProviderUnavailable("away"), MOST),
        (ProviderMisconfigured("no key"), MOST),
        (None, MOST),
    ],
    ids=str,
)
async def test_what_the_vendor_had_ended_before_costs_what_it_says(
    jobs: JobRepository, made: Media | ProviderError | None, owed: int
) -> None:
    cancelled = (await cancel_job(_submitted(jobs).id, jobs=jobs, vendors=Maker(made, stops=False).both)).job

    assert (cancelled.status, _cost(cancelled), _spent()) == (JobStatus.CANCELLED, owed, (0, owed))


@pytest.mark.parametrize(
    ("maker", "asked_later"),
    [(Maker(MADE), 1), (Maker(MADE, stops=False), 0), (Maker(None, stops=False), 0)],
    ids=["it says that it stops", "it had made it", "it goes on"],
)
async def test_a_vendor_that_says_it_stops_is_asked_later_what_became_of_it(
    jobs: JobRepository, maker: Maker, asked_later: int
) -> None:
    job, later = _submitted(jobs), list[FinishMessage]()
    await cancel_job(job.id, jobs=jobs, vendors=maker.both, ask_later=later.append)
    assert later == [_word(job, None)] * asked_later

    for message in later:
        await hear_too_late(message, jobs=jobs, vendors=maker.both)
    assert _spent()[1] > 0, "though its webhook was lost"


async def test_of_a_job_that_no_vendor_has_nobody_is_asked_later(jobs: JobRepository) -> None:
    later: list[FinishMessage] = []
    await cancel_job(_ordered(jobs).id, jobs=jobs, vendors=Maker(MADE).both, ask_later=later.append)

    assert later == []


# ── At the failing ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("error", "owed"),
    [
        (ProviderUnavailable("away"), MOST),
        (ProviderTimeout("slow"), MOST),
        (ProviderMisconfigured("no key"), MOST),
        (JobOverdue("late"), MOST),
        (MeddahError("a bug of ours"), MOST),
        (owing(ProviderUnavailable("no file"), cost=COST), COST),
        (owing(ProviderUnavailable("no file"), cost=0), 0),
        (ProviderRejected("no"), 0),
        (ProviderError("broken"), 0),
        (ProviderResultGone("gone"), 0),
    ],
    ids=str,
)
async def test_a_job_of_which_nobody_knows_what_became_costs_its_most(
    jobs: JobRepository, error: MeddahError, owed: int
) -> None:
    job = _submitted(jobs)
    end_as_failed(job, error, jobs=jobs)
    assert (jobs.get(job.id).status, _cost(jobs.get(job.id)), _spent()) == (JobStatus.FAILED, owed, (0, owed))

    await hear_too_late(_word(job), jobs=jobs, vendors=Maker(MADE).both)
    assert _spent() == (0, owed or COST), "what the vendor tells later is charged only where nothing was"


@pytest.mark.parametrize("error", [ProviderUnavailable("away"), JobOverdue("late")], ids=str)
def test_a_job_that_no_vendor_took_fails_at_no_cost(jobs: JobRepository, error: MeddahError) -> None:
    end_as_failed(_ordered(jobs), error, jobs=jobs)

    assert _spent() == (0, 0)


async def test_a_finisher_that_never_gets_at_the_result_ends_the_job_at_its_most(jobs: JobRepository) -> None:
    job, away = _submitted(jobs), Maker(ProviderUnavailable("away"))
    step = partial(finish_job, message=_word(job), jobs=jobs, assets=assets(), vendors=away.both)

    await run_step(_word(job), MAX_DELIVERIES, jobs=jobs, step=step)

    assert (jobs.get(job.id).status, _spent()) == (JobStatus.FAILED, (0, MOST))


class Overtaken(Maker):
    """A vendor that says it stops, though it has ended the order already; it is asked while the result is fetched."""

    def __init__(self, made: Media | ProviderError, jobs: JobRepository) -> None:
        super().__init__(made)
        self._jobs = jobs

    async def collect(self, request_id: str, order: Any, *, output: Any = None, timeout: float) -> Media | None:
        if not self.asked:
            self.asked.append(request_id)
            (job,) = self._jobs.recent(limit=10, cursor=None, kind=None, status=None).records
            await cancel_job(job.id, jobs=self._jobs, vendors=self.both)
        return await super().collect(request_id, order, output=output, timeout=timeout)


@pytest.mark.parametrize("made", [MADE, owing(ProviderModerated("black"), cost=COST)], ids=str)
async def test_a_job_cancelled_while_its_result_is_fetched_costs_what_it_cost(
    jobs: JobRepository, made: Media | ProviderError
) -> None:
    job, maker = _submitted(jobs), Overtaken(made, jobs)
    step = partial(finish_job, message=_word(job), jobs=jobs, assets=assets(), vendors=maker.both)

    await run_step(_word(job), 1, jobs=jobs, step=step)
    await hear_too_late(_word(job), jobs=jobs, vendors=maker.both)

    ended = jobs.get(job.id)
    assert (ended.status, ended.asset_key, _cost(ended), _spent()) == (JobStatus.CANCELLED, None, COST, (0, COST))


# ── Afterwards ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("made", "owed"),
    [
        (MADE, COST),
        (owing(ProviderModerated("black"), cost=30), 30),
        (ProviderError("client_cancelled"), 0),
        (ProviderResultGone("gone"), 0),
        (None, 0),
    ],
    ids=str,
)
async def test_a_cancelled_job_that_the_vendor_made_all_the_same_is_charged_once(
    jobs: JobRepository, made: Media | ProviderError | None, owed: int
) -> None:
    job, maker = _submitted(jobs), Maker(made)
    assert _cost((await cancel_job(job.id, jobs=jobs, vendors=maker.both)).job) == 0

    for _ in range(3):
        await hear_too_late(_word(job), jobs=jobs, vendors=maker.both)

    assert (jobs.get(job.id).status, _cost(jobs.get(job.id)), _spent()) == (JobStatus.CANCELLED, owed, (0, owed))


class Slow(Maker):
    """A vendor that had made it and takes a minute to say so."""

    async def collect(self, request_id: str, order: Any, *, output: Any = None, timeout: float) -> Media | None:
        await asyncio.sleep(60)
        return await super().collect(request_id, order, output=output, timeout=timeout)


async def test_a_vendor_that_takes_its_time_is_not_waited_for_longer_than_a_request_may_last(
    jobs: JobRepository,
) -> None:
    job = _submitted(jobs)
    async with asyncio.timeout(30):
        cancelled = await cancel_job(job.id, jobs=jobs, vendors=Slow(MADE, stops=False).both, patience=0.05)

    assert (cancelled.vendor, _cost(cancelled.job)) == (VendorWord.UNREACHABLE, MOST)


async def test_what_cost_its_most_at_its_end_is_not_charged_again(jobs: JobRepository) -> None:
    job, maker = _submitted(jobs), Maker(MADE, stops=ProviderUnavailable("away"))
    assert _cost((await cancel_job(job.id, jobs=jobs, vendors=maker.both)).job) == MOST

    await hear_too_late(_word(job), jobs=jobs, vendors=maker.both)

    assert (maker.asked, _spent()) == ([], (0, MOST))


async def test_a_job_that_was_given_up_is_charged_when_its_vendor_tells(jobs: JobRepository) -> None:
    job, maker = _ordered(jobs), Maker(MADE)
    end_as_failed(job, ProviderAmbiguous("Was that a yes?"), jobs=jobs)
    assert _spent() == (0, 0)

    await hear_too_late(_word(job), jobs=jobs, vendors=maker.both)

    ended = jobs.get(job.id)
    assert (ended.status, _cost(ended), _spent()) == (JobStatus.FAILED, COST, (0, COST))


async def test_a_job_whose_number_nobody_noted_is_charged_by_what_the_vendor_calls_it(jobs: JobRepository) -> None:
    job, maker = _ordered(jobs), Maker(MADE)
    assert jobs.cancel(job, receipt=job_receipt(job, []), usages=[]) is not None

    await hear_too_late(_word(job, "req-9"), jobs=jobs, vendors=maker.both)

    assert (maker.asked, _spent()) == (["req-9"], (0, COST))


async def test_a_word_about_another_order_or_an_unknown_job_charges_nothing(jobs: JobRepository) -> None:
    job, maker = _submitted(jobs), Maker(MADE)
    await cancel_job(job.id, jobs=jobs, vendors=maker.both)

    await hear_too_late(_word(job, "req-2"), jobs=jobs, vendors=maker.both)
    await hear_too_late(_word(job.model_copy(update={"id": new_id("job")})), jobs=jobs, vendors=maker.both)

    assert (maker.asked, _spent()) == ([], (0, 0))


async def test_what_is_not_known_yet_is_asked_again(jobs: JobRepository) -> None:
    job = _submitted(jobs)
    await cancel_job(job.id, jobs=jobs, vendors=Maker(None).both)

    with pytest.raises(ProviderUnavailable):
        await hear_too_late(_word(job), jobs=jobs, vendors=Maker(ProviderUnavailable("away")).both)
    again: list[FinishMessage] = []
    await hear_too_late(_word(job), jobs=jobs, vendors=Maker(None).both, ask_again=again.append)
    assert again == [_word(job)]

    started = job.created_at
    jobs.clock = lambda: started + OVERDUE_SECONDS + 1
    await hear_too_late(_word(job), jobs=jobs, vendors=Maker(None).both, ask_again=again.append)
    assert len(again) == 1, "not for ever"


async def test_a_step_that_comes_after_the_end_does_what_is_left_and_nothing_else(jobs: JobRepository) -> None:
    job, heard = _submitted(jobs), []
    await cancel_job(job.id, jobs=jobs, vendors=Maker(None).both)

    async def step(_: Job) -> None:
        raise AssertionError("the job has ended")

    async def too_late() -> None:
        heard.append(job.id)

    await run_step(_word(job), 1, jobs=jobs, step=step, too_late=too_late)
    await run_step(_word(job), 1, jobs=jobs, step=step)

    assert heard == [job.id]
