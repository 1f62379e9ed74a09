"""A job's money: reserved when it is stored or not at all, settled once by whoever ends it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from common.errors import BudgetExhausted, LimitReached
from common.jobs import Job, JobKind, JobRepository, JobStatus, full_price, start_job
from common.ledger import HOLD_SECONDS, Ledger, Meter, Standing
from common.storage import from_item, to_item
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment
from tests.support.money import a_request, paid, terms_of
from tests.support.queues import ListQueue

NOON = 1_795_176_000.0
MOST = 40


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def jobs(deployment: Deployment, clock: ManualClock) -> JobRepository:
    client, names = deployment.dynamodb, deployment.settings
    ledger = Ledger("alice", client=client, table=names.usage_table, clock=clock)
    return JobRepository("alice", client=client, table=names.jobs_table, ledger=ledger, clock=clock)


def _order(jobs: JobRepository, *, player: str | None = None, queue: Any = None, **terms: int) -> Job:
    spending = a_request(jobs.ledger, route="create_avatar", terms=terms_of(**terms), meter=Meter.IMAGE)
    spending.for_player(player)
    return start_job(JobKind.IMAGE, {}, max_microusd=MOST, jobs=jobs, queue=queue or ListQueue(), spending=spending)


def _standing(jobs: JobRepository) -> Standing:
    standing = jobs.ledger.standing()
    assert standing is not None
    return standing


def _stored(jobs: JobRepository) -> list[Job]:
    return jobs.recent(limit=10, cursor=None, kind=None, status=None).records


def _claimed(jobs: JobRepository, job: Job) -> Job:
    claimed = jobs.claim(job.id, lease=45)
    assert claimed is not None
    return claimed


def _complete(jobs: JobRepository, job: Job, cost: int) -> Job | None:
    return jobs.complete(job, result={}, asset_key="k", receipt={"cost_microusd": cost}, usages=[paid(cost)])


def _player(deployment: Deployment, day: str) -> dict[str, int]:
    key = to_item({"tenant_id": "alice", "window": f"player#{day}#p1"})
    answer = deployment.dynamodb.get_item(TableName=deployment.settings.usage_table, Key=key)
    return from_item(answer.get("Item", {}))


def test_an_order_is_a_request_a_picture_and_a_reservation(jobs: JobRepository) -> None:
    job = _order(jobs)

    assert (_standing(jobs).requests, _standing(jobs).image, _standing(jobs).running) == (1, 1, 0)
    assert (_standing(jobs).reserved, _standing(jobs).day_committed) == (MOST, MOST)
    assert (job.reserved_microusd, job.reserved_on, job.route) == (MOST, "2026-11-20", "create_avatar")


@pytest.mark.parametrize(
    ("terms", "error"), [({"day": MOST - 1}, BudgetExhausted), ({"month": MOST - 1}, BudgetExhausted)]
)
def test_what_may_not_be_paid_is_not_stored_nor_queued(
    jobs: JobRepository, terms: dict[str, int], error: type[Exception]
) -> None:
    queue = ListQueue()
    with pytest.raises(error):
        _order(jobs, queue=queue, **terms)

    assert (_stored(jobs), queue.messages) == ([], [])
    assert _standing(jobs).reserved == 0


def test_a_limit_stores_nothing_either(jobs: JobRepository) -> None:
    _order(jobs, images=1)
    with pytest.raises(LimitReached):
        _order(jobs, images=1)

    assert len(_stored(jobs)) == 1
    assert _standing(jobs).reserved == MOST


def test_a_player_that_may_not_pay_stores_nothing(jobs: JobRepository, deployment: Deployment) -> None:
    _order(jobs, player="p1", player_day=MOST)
    with pytest.raises(BudgetExhausted, match="player_day"):
        _order(jobs, player="p1", player_day=MOST)

    assert len(_stored(jobs)) == 1
    assert (_standing(jobs).reserved, _player(deployment, "2026-11-20")["committed"]) == (MOST, MOST)


def test_an_order_that_cannot_be_stored_reserves_nothing(jobs: JobRepository) -> None:
    job = _order(jobs)
    before = _standing(jobs)
    with pytest.raises(Exception, match="Transaction"):
        a_request(jobs.ledger).order(MOST, puts=[jobs.creation(job)])

    assert _standing(jobs) == before


def test_a_job_that_is_done_costs_what_it_cost(jobs: JobRepository) -> None:
    job = _claimed(jobs, _order(jobs))
    assert _complete(jobs, job, 25) is not None

    after = _standing(jobs)
    assert (after.reserved, after.day_committed, after.month_committed) == (0, 25, 25)
    assert (after.counters["r|create_avatar|c"], after.counters["m|m|c"]) == (25, 25)


def test_a_job_that_failed_costs_what_was_paid_before_it_did(jobs: JobRepository) -> None:
    job = _claimed(jobs, _order(jobs))
    assert jobs.fail(job, error={"code": "X"}, receipt={}, usages=[paid(10)]) is not None

    assert (_standing(jobs).reserved, _standing(jobs).day_committed) == (0, 10)


@pytest.mark.parametrize("full", [False, True])
def test_a_cancelled_job_is_free_or_costs_its_most(jobs: JobRepository, full: bool) -> None:
    job = _order(jobs)
    usages = full_price(job) if full else []
    assert jobs.cancel(job, receipt={}, usages=usages) is not None

    assert (_standing(jobs).reserved, _standing(jobs).day_committed) == (0, MOST if full else 0)


def test_a_job_that_reserved_nothing_has_no_full_price(jobs: JobRepository) -> None:
    assert full_price(_order(jobs).model_copy(update={"reserved_microusd": 0})) == []


def test_however_many_end_a_job_it_is_settled_once(jobs: JobRepository) -> None:
    """Finishers, a failing worker and a cancelling studio, all at once."""
    job = _claimed(jobs, _order(jobs))
    ends = [
        lambda: _complete(jobs, job, 25),
        lambda: jobs.fail(job, error={"code": "X"}, receipt={}, usages=[paid(10)]),
        lambda: jobs.cancel(job, receipt={}, usages=full_price(job)),
    ]
    with ThreadPoolExecutor(12) as pool:
        ended = [one for one in pool.map(lambda number: ends[number % 3](), range(12)) if one is not None]

    (winner,) = ended
    cost = {JobStatus.COMPLETED: 25, JobStatus.FAILED: 10, JobStatus.CANCELLED: MOST}[winner.status]
    after = _standing(jobs)
    assert (after.reserved, after.day_committed, after.counters["r|create_avatar|c"]) == (0, cost, cost)
    assert jobs.get(job.id).status is winner.status


def test_who_lost_the_job_settles_nothing(jobs: JobRepository, clock: ManualClock) -> None:
    slow = _claimed(jobs, _order(jobs))
    clock.advance(60)
    assert _complete(jobs, _claimed(jobs, slow), 25) is not None

    assert _complete(jobs, slow, 25) is None
    assert jobs.fail(slow, error={}, receipt={}, usages=[paid(10)]) is None
    assert jobs.cancel(slow, receipt={}, usages=full_price(slow)) is None
    assert _standing(jobs).day_committed == 25


def test_a_cancelled_job_that_was_made_all_the_same_is_charged_once(
    jobs: JobRepository, deployment: Deployment
) -> None:
    job = _order(jobs, player="p1", player_day=100)
    cancelled = jobs.cancel(job, receipt={"cost_microusd": 0}, usages=[])
    assert cancelled is not None
    for _ in range(3):
        jobs.charge(cancelled, receipt={"cost_microusd": MOST}, usages=full_price(cancelled))

    after = _standing(jobs)
    assert (after.reserved, after.day_committed, after.counters["r|create_avatar|c"]) == (0, MOST, MOST)
    assert jobs.get(job.id).receipt == {"cost_microusd": MOST}
    player = _player(deployment, "2026-11-20")
    assert (player["committed"], player["c"], player["n"]) == (MOST, MOST, 1)


def test_a_reservation_lasts_as_long_as_its_job(jobs: JobRepository, clock: ManualClock) -> None:
    job = _claimed(jobs, _order(jobs, day=MOST))
    clock.advance(HOLD_SECONDS * 20)
    with pytest.raises(BudgetExhausted):
        _order(jobs, day=MOST)

    job = _claimed(jobs, job)
    assert _complete(jobs, job, MOST - 1) is not None
    assert (_standing(jobs).reserved, _standing(jobs).day_committed) == (0, MOST - 1)


def test_a_job_that_ends_on_another_day_costs_on_that_day_and_its_player_on_the_first(
    jobs: JobRepository, clock: ManualClock, deployment: Deployment
) -> None:
    job = _order(jobs, player="p1", player_day=MOST)
    clock.advance(86_400)
    _order(jobs, player="p1", player_day=MOST)
    assert (_standing(jobs).day, _standing(jobs).day_committed) == ("2026-11-21", 2 * MOST)

    assert _complete(jobs, _claimed(jobs, job), 25) is not None
    assert (_standing(jobs).reserved, _standing(jobs).day_committed) == (MOST, MOST + 25)
    assert _player(deployment, "2026-11-20")["committed"] == 25
    assert _player(deployment, "2026-11-21")["committed"] == MOST


def test_a_job_stored_over_midnight_is_one_days_for_its_player(
    jobs: JobRepository, clock: ManualClock, deployment: Deployment
) -> None:
    """The record says the day before midnight, its transaction comes after."""
    clock.now = NOON + 12 * 3_600 - 1
    ticking = jobs.creation

    def slow_creation(job: Job) -> dict[str, Any]:
        clock.advance(2)
        return ticking(job)

    jobs.creation = slow_creation
    job = _order(jobs, player="p1", player_day=MOST)
    assert _complete(jobs, _claimed(jobs, job), 25) is not None

    assert job.reserved_on == "2026-11-20"
    assert _player(deployment, "2026-11-20")["committed"] == 25
    assert _player(deployment, "2026-11-21") == {}


def test_a_player_without_a_budget_owes_what_its_jobs_cost(jobs: JobRepository, deployment: Deployment) -> None:
    job = _claimed(jobs, _order(jobs, player="p1"))
    assert _player(deployment, "2026-11-20")["committed"] == MOST
    assert _complete(jobs, job, 25) is not None

    player = _player(deployment, "2026-11-20")
    assert (player["committed"], player["c"], player["n"]) == (25, 25, 1)
