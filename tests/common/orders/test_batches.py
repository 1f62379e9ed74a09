"""Many orders in one call: what is stored, refused, counted and paid, at whatever moment the call dies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from common.clock import new_id
from common.errors import BudgetExhausted, InvalidInput, KeyReused, LimitReached
from common.idempotency import Once
from common.jobs import Extras, Job, JobKind, JobRepository, JobStatus, OpenJobs, start_job
from common.ledger import Ledger, Meter
from common.orders import BatchAccepted, OrderRequest, Wish, extras_of, order_batch, placed
from common.orders.batches import ORDERING_SECONDS
from common.spending import Spending
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment
from tests.support.money import PLENTY, a_request, terms_of
from tests.support.queues import ListQueue

START = 1_800_000_000.0
PRICE = 100
QUEUE: Any = ListQueue()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def jobs(deployment: Deployment, clock: ManualClock) -> JobRepository:
    return OpenJobs(client=deployment.dynamodb, table=deployment.settings.jobs_table, clock=clock).jobs_of("alice")


@pytest.fixture
def ledger(deployment: Deployment, clock: ManualClock) -> Ledger:
    return Ledger("alice", client=deployment.dynamodb, table=deployment.settings.usage_table, clock=clock)


class Died(Exception):
    """The process ended."""


def a_wish(
    jobs: JobRepository, number: int, *, client_id: str | None = None, price: int = PRICE, queue: Any = QUEUE
) -> Wish:
    def start(spending: Spending, extras: Extras) -> Job:
        order = {"prompt": f"gizli {number}"}
        return start_job(
            JobKind.IMAGE, order, max_microusd=price, jobs=jobs, queue=queue, spending=spending, extras=extras
        )

    extras = extras_of(OrderRequest(character_id=f"c{number}"), "avatar")
    return Wish(least_microusd=price, extras=replace(extras, client_id=client_id), start=start)


def wishes_of(jobs: JobRepository, count: int) -> list[Wish]:
    return [a_wish(jobs, number) for number in range(count)]


def dying(wish: Wish, *, after: bool) -> Wish:
    """Return the wish at which the process dies, before or after it was stored."""

    def start(spending: Spending, extras: Extras) -> Job:
        if after:
            wish.start(spending, extras)
        raise Died

    return replace(wish, start=start)


def once(key: str = "k", fingerprint: str = "f") -> Once:
    return Once(tenant_id="alice", request_key=key, fingerprint=fingerprint, secret=b"s" * 32)


def order(
    wishes: Sequence[Wish], jobs: JobRepository, ledger: Ledger, *, named: Once | None = None, **terms: Any
) -> BatchAccepted:
    spending = a_request(ledger, route="create_pictures", terms=terms_of(**terms), meter=Meter.IMAGE)
    spending.once = named
    return order_batch(wishes, jobs=jobs, spending=spending)


def stored(jobs: JobRepository) -> list[Job]:
    return jobs.recent(limit=100).records


def codes(answer: BatchAccepted) -> list[str | None]:
    return [one.error.code if one.error else None for one in answer.items]


def reserved(ledger: Ledger) -> int:
    standing = ledger.standing()
    return standing.reserved if standing else 0


def test_every_order_is_a_job_of_its_own_that_waits_and_is_paid_for_and_the_batch_counts_them(
    jobs: JobRepository, ledger: Ledger
) -> None:
    queue = ListQueue()
    answer = order([a_wish(jobs, number, queue=queue) for number in range(3)], jobs, ledger)

    assert answer.total == 3
    assert [(one.index, one.status, one.error) for one in answer.items] == [
        (index, JobStatus.PENDING, None) for index in range(3)
    ]
    found = [jobs.get(str(one.job_id)) for one in answer.items]
    assert [(job.batch_id, job.order["prompt"], job.character_id) for job in found] == [
        (answer.batch_id, f"gizli {number}", f"c{number}") for number in range(3)
    ]
    assert [getattr(message, "job_id", None) for message in queue.messages] == [job.id for job in found]
    batch = jobs.batches.get(answer.batch_id)
    assert (batch.total, batch.refused, batch.finished_at) == (3, {}, None)
    standing = ledger.standing()
    assert standing is not None
    assert (standing.reserved, standing.requests, standing.image) == (3 * PRICE, 1, 3)


def test_the_batch_ends_with_the_last_of_its_jobs(jobs: JobRepository, ledger: Ledger) -> None:
    answer = order(wishes_of(jobs, 2), jobs, ledger)
    for one in answer.items:
        assert jobs.batches.note_end(answer.batch_id).finished_at is None
        assert jobs.cancel(jobs.get(str(one.job_id)), receipt={}, usages=[])

    batch = jobs.batches.note_end(answer.batch_id)
    assert (batch.total, batch.cancelled, batch.finished_at) == (2, 2, START)


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_the_budget_refuses_in_the_middle_is_named_in_its_place_and_what_fits_after_it_is_ordered(
    jobs: JobRepository, ledger: Ledger
) -> None:
    dear = a_wish(jobs, 1, price=900)
    answer = order([a_wish(jobs, 0), dear, a_wish(jobs, 2)], jobs, ledger, day=2 * PRICE)

    assert codes(answer) == [None, "BUDGET_EXHAUSTED", None]
    refused = answer.items[1].error
    assert refused is not None
    assert (refused.retryable, refused.details["budget"]) == (True, "tenant_day")
    assert (answer.total, len(stored(jobs)), reserved(ledger)) == (2, 2, 2 * PRICE)
    batch = jobs.batches.get(answer.batch_id)
    assert (batch.total, list(batch.refused or {})) == (2, [batch.job_ids[1]])


def test_a_limit_in_the_middle_ends_the_batch(jobs: JobRepository, ledger: Ledger) -> None:
    answer = order(wishes_of(jobs, 5), jobs, ledger, images=3)

    assert codes(answer) == [None, None, None, "LIMIT_REACHED", "LIMIT_REACHED"]
    assert (answer.total, len(stored(jobs)), reserved(ledger)) == (3, 3, 3 * PRICE)
    assert jobs.batches.get(answer.batch_id).total == 3


@pytest.mark.parametrize(
    ("terms", "error"),
    [({"day": 2 * PRICE - 1}, BudgetExhausted), ({"images": 1}, LimitReached), ({"hour": 1}, LimitReached)],
)
def test_a_batch_of_which_nothing_would_pass_is_refused_as_a_whole(
    deployment: Deployment, jobs: JobRepository, ledger: Ledger, terms: dict[str, int], error: type[Exception]
) -> None:
    order(wishes_of(jobs, 1), jobs, ledger)
    items = deployment.dynamodb.scan(TableName=deployment.settings.jobs_table)["Count"]
    before = ledger.standing()

    with pytest.raises(error):
        order(wishes_of(jobs, 3), jobs, ledger, **terms)

    assert deployment.dynamodb.scan(TableName=deployment.settings.jobs_table)["Count"] == items
    assert ledger.standing() == before


def test_players_of_different_orders_do_not_pay_for_each_other(jobs: JobRepository, ledger: Ledger) -> None:
    def of_player(number: int, player: str | None) -> Wish:
        wish = a_wish(jobs, number)

        def start(spending: Spending, extras: Extras) -> Job:
            spending.for_player(player)
            return wish.start(spending, extras)

        return replace(wish, start=start)

    answer = order([of_player(0, "p1"), of_player(1, None), of_player(2, "p2"), of_player(3, "p1")], jobs, ledger)

    assert [jobs.get(str(one.job_id)).player_id for one in answer.items] == ["p1", None, "p2", "p1"]


def test_one_player_at_the_end_of_a_budget_is_no_other(jobs: JobRepository, ledger: Ledger) -> None:
    def of_player(number: int, player: str) -> Wish:
        wish = a_wish(jobs, number)

        def start(spending: Spending, extras: Extras) -> Job:
            spending.for_player(player)
            return wish.start(spending, extras)

        return replace(wish, start=start)

    players = ["p1", "p1", "p2"]
    answer = order([of_player(*one) for one in enumerate(players)], jobs, ledger, player_day=PRICE)

    assert codes(answer) == [None, "BUDGET_EXHAUSTED", None]


def test_storage_that_is_away_for_one_order_is_a_refusal_to_be_tried_again(jobs: JobRepository, ledger: Ledger) -> None:
    wishes = wishes_of(jobs, 3)

    def away(spending: Spending, extras: Extras) -> Job:
        raise ConnectTimeoutError(endpoint_url="x")

    answer = order([wishes[0], replace(wishes[1], start=away), wishes[2]], jobs, ledger)

    assert codes(answer) == [None, "BUSY", None]
    assert answer.items[1].error is not None and answer.items[1].error.retryable


def test_an_order_that_was_stored_though_nobody_heard_of_it_is_a_job(jobs: JobRepository, ledger: Ledger) -> None:
    wishes = wishes_of(jobs, 2)

    def unheard(spending: Spending, extras: Extras) -> Job:
        wishes[1].start(spending, extras)
        raise ConnectTimeoutError(endpoint_url="x")

    answer = order([wishes[0], replace(wishes[1], start=unheard)], jobs, ledger)

    assert codes(answer) == [None, None]
    assert answer.total == len(stored(jobs)) == 2
    assert answer.items[1].status is JobStatus.PENDING


def test_when_the_time_is_over_the_rest_is_refused_and_may_be_sent_again(jobs: JobRepository, ledger: Ledger) -> None:
    timer = ManualClock(0)

    def slow(wish: Wish) -> Wish:
        def start(spending: Spending, extras: Extras) -> Job:
            timer.advance(ORDERING_SECONDS / 2)
            return wish.start(spending, extras)

        return replace(wish, start=start)

    spending = a_request(ledger, meter=Meter.IMAGE)
    wishes = [slow(wish) for wish in wishes_of(jobs, 5)]
    answer = order_batch(wishes, jobs=jobs, spending=spending, timer=timer)

    assert codes(answer) == [None, None, None, "BUSY", "BUSY"]
    assert all(one.error is None or one.error.retryable for one in answer.items)
    assert (answer.total, len(stored(jobs)), reserved(ledger)) == (3, 3, 3 * PRICE)


# ── Names ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_own_id_that_stands_for_the_same_order_is_answered_with_its_job_which_the_batch_does_not_count(
    jobs: JobRepository, ledger: Ledger
) -> None:
    first = order([a_wish(jobs, 0, client_id="kapi")], jobs, ledger)
    again = order([a_wish(jobs, 0, client_id="kapi"), a_wish(jobs, 1)], jobs, ledger)

    assert again.items[0].job_id == first.items[0].job_id
    assert again.items[0].status is JobStatus.PENDING
    assert (again.total, len(stored(jobs)), reserved(ledger)) == (1, 2, 2 * PRICE)


def test_an_own_id_that_stands_for_another_order_is_refused_in_its_place(jobs: JobRepository, ledger: Ledger) -> None:
    order([a_wish(jobs, 0, client_id="kapi")], jobs, ledger)
    other = order([a_wish(jobs, 7, client_id="kapi"), a_wish(jobs, 1)], jobs, ledger)

    assert codes(other) == ["CLIENT_ID_TAKEN", None]
    assert other.items[0].error is not None and not other.items[0].error.retryable


def test_two_orders_of_one_batch_cannot_have_one_id(jobs: JobRepository, ledger: Ledger) -> None:
    with pytest.raises(InvalidInput) as refused:
        order([a_wish(jobs, 0, client_id="a"), a_wish(jobs, 1), a_wish(jobs, 2, client_id="a")], jobs, ledger)

    assert refused.value.details["errors"][0]["field"] == "orders.2.client_id"
    assert not stored(jobs)


def test_a_bad_field_is_named_by_its_place() -> None:
    def check() -> None:
        raise InvalidInput.field("style", "not one")

    with pytest.raises(InvalidInput, match=r"orders\.3\.style: not one") as refused:
        placed(3, check)

    assert refused.value.details["errors"] == [{"field": "orders.3.style", "reason": "not one", "type": "value_error"}]
    assert placed(0, lambda: 7) == 7


def test_what_is_asked_for_is_the_same_by_what_was_sent_and_not_by_what_it_is_called() -> None:
    class Named(OrderRequest):
        client_id: str | None = None
        seed: int | None = None

    def fingerprint(kind: str = "avatar", **sent: Any) -> str:
        return extras_of(Named(**sent), kind).fingerprint

    assert fingerprint(client_id="a", seed=7) == fingerprint(client_id="b", seed=7) == fingerprint(seed=7)
    others = [
        fingerprint(seed=8),
        fingerprint(),
        fingerprint("background", seed=7),
        fingerprint(seed=7, character_id="c"),
    ]
    assert len({fingerprint(seed=7), *others}) == 5


# ── Once ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_request_that_died_at_any_order_is_finished_by_the_same_request_and_nothing_is_ordered_twice(
    jobs: JobRepository, ledger: Ledger, clock: ManualClock, place: int, after: bool
) -> None:
    wishes = wishes_of(jobs, 3)
    with pytest.raises(Died):
        order([*wishes[:place], dying(wishes[place], after=after), *wishes[place + 1 :]], jobs, ledger, named=once())
    begun = {job.id for job in stored(jobs)}
    assert len(begun) == place + after

    clock.advance(50)
    answer = order(wishes, jobs, ledger, named=once())

    found = stored(jobs)
    assert {job.id for job in found} == {one.job_id for one in answer.items} >= begun
    assert {job.batch_id for job in found} == {answer.batch_id}
    assert (answer.total, codes(answer), reserved(ledger)) == (3, [None] * 3, 3 * PRICE)


def test_a_request_that_was_answered_and_is_carried_out_once_more_says_the_same(
    jobs: JobRepository, ledger: Ledger, clock: ManualClock
) -> None:
    order([a_wish(jobs, 9, client_id="eski")], jobs, ledger)
    wishes = [a_wish(jobs, 0), a_wish(jobs, 9, client_id="eski"), a_wish(jobs, 2, price=PLENTY), a_wish(jobs, 3)]
    first = order(wishes, jobs, ledger, named=once())
    before = reserved(ledger)

    clock.advance(3_600)
    again = order(wishes, jobs, ledger, named=once(), day=10 * PLENTY, month=10 * PLENTY)

    assert again == first
    assert codes(first) == [None, None, "BUDGET_EXHAUSTED", None]
    assert reserved(ledger) == before


def test_a_batch_is_finished_even_where_a_limit_is_reached_by_now(
    jobs: JobRepository, ledger: Ledger, clock: ManualClock
) -> None:
    wishes = wishes_of(jobs, 3)
    with pytest.raises(Died):
        order([*wishes[:2], dying(wishes[2], after=False)], jobs, ledger, named=once(), images=2)

    answer = order(wishes, jobs, ledger, named=once(), images=2)

    assert codes(answer) == [None, None, "LIMIT_REACHED"]
    assert (answer.total, len(stored(jobs))) == (2, 2)


def test_a_batch_that_the_watcher_is_about_to_close_takes_no_more_orders(
    jobs: JobRepository, ledger: Ledger, clock: ManualClock
) -> None:
    wishes = wishes_of(jobs, 3)
    with pytest.raises(Died):
        order([wishes[0], dying(wishes[1], after=False), wishes[2]], jobs, ledger, named=once())

    clock.advance(100)
    answer = order(wishes, jobs, ledger, named=once())

    assert codes(answer) == [None, "BUSY", "BUSY"]
    assert answer.items[0].status is JobStatus.PENDING
    assert (answer.total, len(stored(jobs)), jobs.batches.get(answer.batch_id).total) == (1, 1, 1)


def test_a_key_that_stands_for_another_request_is_refused(jobs: JobRepository, ledger: Ledger) -> None:
    order(wishes_of(jobs, 1), jobs, ledger, named=once())

    with pytest.raises(KeyReused):
        order(wishes_of(jobs, 2), jobs, ledger, named=once(fingerprint="other"))

    assert len(stored(jobs)) == 1


def test_without_a_key_each_call_is_a_batch_of_its_own(jobs: JobRepository, ledger: Ledger) -> None:
    first, second = (order(wishes_of(jobs, 1), jobs, ledger) for _ in range(2))

    assert first.batch_id != second.batch_id != new_id("batch")
    assert len(stored(jobs)) == 2


# ── Cost ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_hundred_orders_take_a_transaction_and_two_reads_each(
    deployment: Deployment, jobs: JobRepository, ledger: Ledger
) -> None:
    order(wishes_of(jobs, 1), jobs, ledger)
    calls: list[str] = []
    events = deployment.dynamodb.meta.events
    events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name), "counting")
    try:
        order(wishes_of(jobs, 100), jobs, ledger)
    finally:
        events.unregister("before-call.dynamodb", unique_id="counting")

    assert calls.count("TransactWriteItems") == 101, "the batch and each order"
    assert len(calls) <= 3 * 100 + 8, calls
