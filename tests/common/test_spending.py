"""One request's way through the ledger, from its admission to its receipt, also while the ledger is away."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from common.api import CurrentSpending, create_app, spends, tenant_router
from common.clock import new_id
from common.errors import BudgetExhausted, Busy, Conflict, Forbidden, LimitReached, ProviderTimeout
from common.jobs import Job, JobKind
from common.ledger import HOLD_SECONDS, Ledger, Meter, Standing, Terms, ledger_of
from common.observability import metrics
from common.player_tokens import Player
from common.providers import Usage
from common.spending import job_receipt, spending_of
from common.storage import from_item, to_item
from common.tiers import BudgetOverrides, LimitOverrides
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment
from tests.support.http import Studio
from tests.support.money import a_request, give, paid, terms_of

Lines = Callable[[], list[dict[str, Any]]]
NOON = 1_795_176_000.0
AWAY = EndpointConnectionError(endpoint_url="https://dynamodb")
THROTTLED = ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "UpdateItem")


class Unsteady:
    """A DynamoDB client that fails its next `failures` calls: before they arrive, or on the way back."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.failures: list[tuple[str, Exception | None]] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**request: Any) -> Any:
            where, failure = self.failures.pop(0) if self.failures else ("", None)
            if where == "before":
                assert failure is not None
                raise failure
            answer = getattr(self._client, name)(**request)
            if failure is not None:
                raise failure
            return answer

        return call


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def client(deployment: Deployment) -> Unsteady:
    return Unsteady(deployment.dynamodb)


@pytest.fixture
def ledger(client: Any, deployment: Deployment, clock: ManualClock) -> Ledger:
    return Ledger("alice", client=client, table=deployment.settings.usage_table, clock=clock)


@pytest.fixture(autouse=True)
def no_metrics() -> Iterator[None]:
    metrics.clear_metrics()
    yield
    metrics.clear_metrics()


def _standing(ledger: Ledger) -> Standing:
    standing = ledger.standing()
    assert standing is not None
    return standing


def _event(deployment: Deployment, budget: str) -> dict[str, Any]:
    period = "2026-11" if budget == "tenant_month" else "2026-11-20"
    key = to_item({"tenant_id": "alice", "window": f"event#{period}#{budget}#100"})
    answer = deployment.dynamodb.get_item(TableName=deployment.settings.usage_table, Key=key)
    return from_item(answer.get("Item", {}))


# ── The way of a request ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_request_is_counted_once_however_often_it_is_admitted_or_closed(ledger: Ledger) -> None:
    spending = a_request(ledger)
    spending.admit()
    spending.admit()
    for _ in range(3):
        spending.close()

    assert (_standing(ledger).requests, _standing(ledger).counters) == (1, {"r|test|n": 1})


def test_a_request_that_asked_nobody_is_counted_at_its_end_and_not_by_its_meter(ledger: Ledger) -> None:
    a_request(ledger, meter=Meter.TEXT).close()

    assert (_standing(ledger).requests, _standing(ledger).text) == (1, 0)


def test_a_request_reserves_once_and_settles_once(ledger: Ledger) -> None:
    spending = a_request(ledger, meter=Meter.TEXT)
    spending.reserve(100)
    spending.reserve(80)
    assert (_standing(ledger).reserved, _standing(ledger).requests, _standing(ledger).text) == (100, 1, 1)
    spending.used(paid(30), paid(4))
    for _ in range(2):
        spending.settle()
        spending.close()

    after = _standing(ledger)
    assert (after.reserved, after.running, after.day_committed, after.requests) == (0, 0, 34, 1)


def test_what_needs_more_than_it_reserved_is_topped_up(ledger: Ledger) -> None:
    spending = a_request(ledger, meter=Meter.TEXT)
    for most in (100, 500, 300, 501):
        spending.reserve(most)
    under_way = _standing(ledger)
    spending.used(paid(30))
    spending.settle()

    assert (under_way.reserved, under_way.day_committed, under_way.running) == (501, 501, 1)
    assert (under_way.requests, under_way.text) == (1, 1), "it is one request all the same"
    after = _standing(ledger)
    assert (after.reserved, after.day_committed, after.running, after.holds) == (0, 30, 0, {})


@pytest.mark.parametrize("terms", [terms_of(day=500), terms_of(month=500), terms_of(player_day=500)])
def test_nothing_is_topped_up_that_the_budget_does_not_hold(ledger: Ledger, terms: Terms) -> None:
    spending = a_request(ledger, terms=terms)
    spending.for_player("p1")
    spending.reserve(100)
    spending.used(paid(30))
    with pytest.raises(BudgetExhausted):
        spending.reserve(501)
    spending.close()

    assert (_standing(ledger).reserved, _standing(ledger).day_committed, _standing(ledger).requests) == (0, 30, 1)


def test_a_token_tops_up_to_its_own_budget_only(ledger: Ledger) -> None:
    player = Player("p1", frozenset(), frozenset(), day_microusd=50)
    spending = a_request(ledger, terms=terms_of(player_day=80), player=player)
    spending.reserve(20)
    spending.reserve(50)
    with pytest.raises(BudgetExhausted, match="player_day"):
        spending.reserve(51)


def test_a_refusal_is_remembered_and_not_asked_for_again(ledger: Ledger, client: Unsteady) -> None:
    spending = a_request(ledger, terms=terms_of(day=50))
    with pytest.raises(BudgetExhausted) as refused:
        spending.reserve(100)
    client.failures = [("before", AWAY)]
    with pytest.raises(BudgetExhausted) as again:
        spending.reserve(10)

    assert again.value is refused.value
    assert len(client.failures) == 1, "the ledger was not asked"


def test_a_request_that_broke_down_pays_for_what_it_used(ledger: Ledger) -> None:
    spending = a_request(ledger)
    spending.reserve(100)
    spending.used(paid(30))
    spending.close()

    assert (_standing(ledger).reserved, _standing(ledger).day_committed) == (0, 30)


def test_a_refused_request_says_so_at_its_end_without_a_word(ledger: Ledger) -> None:
    terms = terms_of(hour=1)
    a_request(ledger, terms=terms).admit()
    refused = a_request(ledger, terms=terms)
    with pytest.raises(LimitReached):
        refused.admit()
    refused.close()

    assert _standing(ledger).requests == 1
    assert "CallsRefused" in metrics.metric_set


@pytest.mark.parametrize("terms", [terms_of(text=1), terms_of(running=1)], ids=["text", "running"])
def test_nothing_of_a_request_that_a_limit_refused_is_counted(ledger: Ledger, terms: Terms) -> None:
    a_request(ledger, meter=Meter.TEXT).reserve(100)
    refused = a_request(ledger, terms=terms, meter=Meter.TEXT)
    with pytest.raises(LimitReached):
        refused.reserve(100)
    refused.close()

    assert (_standing(ledger).requests, _standing(ledger).counters) == (1, {"r|test|n": 1})


def test_a_request_that_a_budget_refused_is_a_request_and_no_more(ledger: Ledger) -> None:
    terms = terms_of(hour=2, day=150)
    a_request(ledger, meter=Meter.TEXT).reserve(100)
    for _ in range(3):
        refused = a_request(ledger, terms=terms, meter=Meter.TEXT)
        with pytest.raises((LimitReached, BudgetExhausted)) as said:
            refused.reserve(100)
        refused.close()

    assert isinstance(said.value, LimitReached), "who asks for ever is stopped by the hour's limit"
    after = _standing(ledger)
    assert (after.requests, after.text, after.counters) == (2, 1, {"r|test|n": 2})


def test_work_of_ours_counts_as_no_request(deployment: Deployment) -> None:
    upkeep = spending_of("tenant_demo", route="memory_upkeep")
    upkeep.reserve(100)
    upkeep.used(paid(30))
    upkeep.settle()
    upkeep.close()
    spending_of("tenant_demo", route="memory_upkeep").close()

    after = _standing(ledger_of("tenant_demo"))
    assert (after.requests, after.day_committed, after.counters["r|memory_upkeep|c"]) == (0, 30, 30)
    assert "r|memory_upkeep|n" not in after.counters


def test_a_players_budget_is_the_lower_of_the_tenants_and_the_tokens(ledger: Ledger) -> None:
    player = Player("p1", frozenset(), frozenset(), day_microusd=50)
    low, high = terms_of(player_day=30), terms_of(player_day=80)

    with pytest.raises(BudgetExhausted, match="player_day"):
        a_request(ledger, terms=low, player=player).reserve(31)
    with pytest.raises(BudgetExhausted, match="player_day"):
        a_request(ledger, terms=high, player=player).reserve(51)
    a_request(ledger, terms=high, player=player).reserve(50)


def test_a_token_speaks_for_nobody_but_its_player(ledger: Ledger) -> None:
    spending = a_request(ledger, player=Player("p1", frozenset(), frozenset()))
    with pytest.raises(Forbidden):
        spending.for_player("p2")
    spending.for_player(None)
    assert spending.player_id == "p1"

    of_the_studio = a_request(ledger)
    of_the_studio.for_player("p2")
    of_the_studio.for_player(None)
    assert of_the_studio.player_id == "p2"


def test_what_brought_a_budget_to_its_end_is_recorded(ledger: Ledger, deployment: Deployment) -> None:
    spending = a_request(ledger, terms=terms_of(day=100))
    spending.reserve(100)
    spending.used(paid(100))
    spending.settle()

    assert _event(deployment, "tenant_day")["spent_microusd"] == 100


@pytest.mark.parametrize(
    ("budget", "terms"),
    [("tenant_day", terms_of(day=100)), ("tenant_month", terms_of(month=100))],
    ids=["day", "month"],
)
def test_a_budget_that_refuses_is_recorded_as_exhausted_whatever_it_has_left(
    ledger: Ledger, deployment: Deployment, budget: str, terms: Terms
) -> None:
    earlier = a_request(ledger)
    earlier.reserve(60)
    with pytest.raises(BudgetExhausted):
        a_request(ledger, terms=terms).reserve(50)
    assert _event(deployment, budget) == {}, "what is under way may leave enough"
    earlier.used(paid(60))
    earlier.settle()
    with pytest.raises(BudgetExhausted):
        a_request(ledger, terms=terms).reserve(50)

    noted = _event(deployment, budget)
    assert (noted["type"], noted["spent_microusd"], noted["budget_microusd"]) == ("budget.exhausted", 60, 100)


def test_a_players_budget_that_refuses_is_no_event_of_the_studios(ledger: Ledger, deployment: Deployment) -> None:
    spending = a_request(ledger, terms=terms_of(player_day=10))
    spending.for_player("p1")
    with pytest.raises(BudgetExhausted):
        spending.reserve(11)

    assert _event(deployment, "player_day") == _event(deployment, "tenant_day") == {}


# ── Receipts and headers ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_receipt_says_how_long_it_took_and_what_is_left(ledger: Ledger) -> None:
    spending = a_request(ledger, terms=terms_of(day=100, month=90))
    spending.reserve(50)
    time.sleep(0.02)
    spending.used(Usage("m", cost_microusd=30, provider_ms=12))
    spending.settle()

    receipt = spending.receipt()
    assert (receipt.cost_microusd, receipt.budget_remaining_microusd) == (30, 60), "the tighter budget counts"
    assert receipt.latency_ms.provider == 12
    assert 20 <= receipt.latency_ms.total < 5_000


def test_what_is_left_is_what_calls_under_way_leave(ledger: Ledger) -> None:
    terms = terms_of(day=100)
    a_request(ledger, terms=terms).reserve(60)
    spending = a_request(ledger, terms=terms)
    spending.reserve(10)
    spending.settle()

    assert spending.receipt().budget_remaining_microusd == 40


def test_what_is_left_is_never_less_than_nothing(ledger: Ledger) -> None:
    spending = a_request(ledger, terms=terms_of(day=100))
    spending.reserve(100)
    spending.settle()
    lowered = a_request(ledger, terms=terms_of(day=100))
    lowered.reserve(0)
    lowered.used(paid(130))
    lowered.settle()

    assert lowered.receipt().budget_remaining_microusd == 0


def test_nothing_met_nothing_to_say(ledger: Ledger) -> None:
    spending = a_request(ledger)

    assert spending.headers() == {}
    assert spending.receipt().budget_remaining_microusd is None


def test_the_headers_name_every_limit_a_request_met(ledger: Ledger, clock: ManualClock) -> None:
    clock.now = NOON + 15
    terms = terms_of(hour=100, text=5)
    spending = a_request(ledger, terms=terms, meter=Meter.TEXT)
    spending.reserve(1)
    spending.settle()
    plain = a_request(ledger, terms=terms)
    plain.admit()

    assert spending.headers() == {
        "RateLimit-Policy": '"requests_per_hour";q=100;w=3600, "text_per_minute";q=5;w=60',
        "RateLimit": '"requests_per_hour";r=99;t=3585, "text_per_minute";r=4;t=45',
    }
    assert plain.headers() == {
        "RateLimit-Policy": '"requests_per_hour";q=100;w=3600',
        "RateLimit": '"requests_per_hour";r=98;t=3585',
    }


def test_the_headers_of_a_refusal_name_the_limit_that_refused(ledger: Ledger, clock: ManualClock) -> None:
    terms = terms_of(hour=1)
    a_request(ledger, terms=terms).admit()
    clock.now = NOON + 600
    refused = a_request(ledger, terms=terms)
    with pytest.raises(LimitReached):
        refused.admit()

    assert refused.headers() == {
        "RateLimit-Policy": '"requests_per_hour";q=1;w=3600',
        "RateLimit": '"requests_per_hour";r=0;t=3000',
    }


def test_a_player_sees_nothing_of_the_studios_money_and_limits(ledger: Ledger) -> None:
    player = Player("p1", frozenset(), frozenset(), day_microusd=70)
    terms = terms_of(day=100)
    spending = a_request(ledger, terms=terms, player=player)
    spending.reserve(60)
    spending.used(paid(60))
    spending.settle()
    refused = a_request(ledger, terms=terms, player=player)
    with pytest.raises(BudgetExhausted) as by_the_studios:
        refused.reserve(50)
    own = a_request(ledger, terms=terms, player=player)
    with pytest.raises(BudgetExhausted) as by_its_own:
        own.reserve(20)

    assert (spending.receipt().cost_microusd, spending.receipt().budget_remaining_microusd) == (60, None)
    assert spending.headers() == refused.headers() == {}
    assert set(by_the_studios.value.details) == {"budget", "resets_at", "retry_after"}
    assert by_its_own.value.details["needed_microusd"] == 20


def test_a_jobs_receipt_counts_from_its_order() -> None:
    job = Job(id=new_id("job"), kind=JobKind.IMAGE, order={}, created_at=time.time() - 3)

    receipt = job_receipt(job, [Usage("m", cost_microusd=25, provider_ms=900)])
    assert receipt["cost_microusd"] == 25
    assert receipt["latency_ms"]["provider"] == 900
    assert 3_000 <= receipt["latency_ms"]["total"] < 8_000


# ── While the ledger is away ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("failure", [AWAY, THROTTLED])
def test_what_costs_nothing_passes_uncounted_while_the_ledger_is_away(
    ledger: Ledger, client: Unsteady, failure: Exception, log: Lines
) -> None:
    client.failures = [("before", failure)] * 2
    spending, free = a_request(ledger), a_request(ledger)
    spending.admit()
    spending.close()
    free.reserve(0)
    free.used(paid(0))
    free.settle()
    free.close()

    assert client.failures == [], "nothing is tried again"
    assert ledger.standing() is None
    assert (spending.headers(), free.receipt().budget_remaining_microusd) == ({}, None)
    assert "LimitsNotChecked" in metrics.metric_set
    assert [line["message"] for line in log()] == ["limits not checked"] * 2


def test_what_costs_nothing_passes_uncounted_where_others_are_quicker_all_the_time(
    deployment: Deployment, clock: ManualClock
) -> None:
    class Crowded(Ledger):
        def take(self, *_: Any, **__: Any) -> Any:
            raise Busy("Too many simultaneous calls; try again")

    crowded = Crowded("alice", client=deployment.dynamodb, table=deployment.settings.usage_table, clock=clock)
    a_request(crowded).admit()

    with pytest.raises(Busy):
        a_request(crowded).reserve(1)
    assert "LimitsNotChecked" in metrics.metric_set


@pytest.mark.parametrize("failure", [AWAY, THROTTLED])
def test_what_may_cost_something_stops_while_the_ledger_is_away(
    ledger: Ledger, client: Unsteady, failure: Exception
) -> None:
    client.failures = [("before", failure)]

    with pytest.raises(type(failure)):
        a_request(ledger).reserve(1)
    assert ledger.standing() is None


def test_a_fault_of_ours_is_not_taken_for_an_outage(ledger: Ledger, client: Unsteady) -> None:
    client.failures = [("before", ClientError({"Error": {"Code": "ValidationException", "Message": ""}}, "GetItem"))]

    with pytest.raises(ClientError):
        a_request(ledger).admit()


def test_what_could_not_be_settled_is_settled_at_the_end(ledger: Ledger, client: Unsteady) -> None:
    spending = a_request(ledger)
    spending.reserve(100)
    spending.used(paid(30))
    client.failures = [("before", AWAY)]
    with pytest.raises(EndpointConnectionError):
        spending.settle()
    spending.close()

    assert (_standing(ledger).reserved, _standing(ledger).day_committed) == (0, 30)


def test_a_settlement_whose_answer_got_lost_counts_once(ledger: Ledger, client: Unsteady) -> None:
    spending = a_request(ledger)
    spending.reserve(100)
    spending.used(paid(30))
    client.failures = [("after", AWAY)]
    with pytest.raises(EndpointConnectionError):
        spending.settle()
    spending.close()

    after = _standing(ledger)
    assert (after.reserved, after.running, after.day_committed, after.counters["r|test|c"]) == (0, 0, 30, 30)


def test_what_could_not_be_settled_at_the_end_is_tried_once_more(ledger: Ledger, client: Unsteady, log: Lines) -> None:
    spending = a_request(ledger)
    spending.reserve(100)
    spending.used(paid(30))
    client.failures = [("before", THROTTLED)]
    spending.close()

    assert (_standing(ledger).reserved, _standing(ledger).day_committed) == (0, 30)
    assert [line["message"] for line in log()] == ["settling once more"]
    assert "NotSettled" not in metrics.metric_set


def test_what_can_never_be_settled_is_logged_and_expires(
    ledger: Ledger, client: Unsteady, clock: ManualClock, log: Lines
) -> None:
    spending = a_request(ledger)
    spending.reserve(100)
    spending.used(paid(30))
    client.failures = [("before", AWAY)] * 2
    spending.close()

    assert [line["message"] for line in log()] == ["settling once more", "request not settled"]
    assert "NotSettled" in metrics.metric_set
    clock.advance(HOLD_SECONDS + 1)
    a_request(ledger).admit()
    assert (_standing(ledger).reserved, _standing(ledger).running) == (0, 0)


def test_an_event_that_cannot_be_recorded_fails_no_request(ledger: Ledger, client: Unsteady, log: Lines) -> None:
    spending = a_request(ledger, terms=terms_of(day=100))
    spending.reserve(100)
    spending.used(paid(100))
    client.failures = [("after", None), ("before", AWAY)]
    spending.settle()

    assert _standing(ledger).day_committed == 100
    assert [line["message"] for line in log()] == ["events not recorded"]


# ── Over HTTP ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _app() -> Any:
    router = tenant_router("/v1/things", "Things")

    @router.post("/{what}", openapi_extra=spends("text"))
    async def make_thing(what: str, spending: CurrentSpending) -> dict[str, Any]:
        spending.reserve(100)
        spending.used(paid(30))
        if what == "slow":
            raise ProviderTimeout("Too slow", details={"seconds": 25})
        if what == "bug":
            raise KeyError(what)
        if what == "busy":
            raise Conflict("Busy")
        spending.settle()
        return spending.receipt().model_dump(mode="json")

    @router.get("/free", openapi_extra=spends("text"))
    async def free_thing(spending: CurrentSpending) -> None:
        raise ProviderTimeout("Too slow")

    return create_app("things", router)


@pytest.fixture
def studio(deployment: Deployment) -> Studio:
    return Studio(_app())


@pytest.mark.parametrize(("what", "status"), [("slow", 504), ("busy", 409)])
async def test_an_error_after_spending_says_what_it_cost(studio: Studio, what: str, status: int) -> None:
    answer = await studio.post(f"/v1/things/{what}")

    assert answer.status_code == status
    usage = answer.json()["error"]["details"]["usage"]
    assert (usage["cost_microusd"], usage["model"]) == (30, "m")
    assert usage["budget_remaining_microusd"] is not None
    assert "RateLimit" in answer.headers
    assert (_standing(ledger_of("tenant_demo")).reserved, _standing(ledger_of("tenant_demo")).day_committed) == (0, 30)


async def test_a_bug_after_spending_is_settled_too(studio: Studio) -> None:
    assert (await studio.post("/v1/things/bug")).status_code == 500

    assert (_standing(ledger_of("tenant_demo")).reserved, _standing(ledger_of("tenant_demo")).day_committed) == (0, 30)


async def test_an_error_before_spending_says_nothing_of_it(studio: Studio) -> None:
    answer = await studio.get("/v1/things/free")

    assert "usage" not in answer.json()["error"]["details"]
    assert _standing(ledger_of("tenant_demo")).counters == {"r|free_thing|n": 1}


async def test_an_answer_shows_the_limits_and_what_is_left(studio: Studio) -> None:
    answer = await studio.post("/v1/things/well")

    assert answer.status_code == 200
    assert '"text_per_minute";r=' in answer.headers["ratelimit"]
    assert '"requests_per_hour";q=' in answer.headers["ratelimit-policy"]
    assert answer.json()["budget_remaining_microusd"] > 0


async def test_a_refusal_over_http_says_which_limit_and_when_to_come_again(studio: Studio) -> None:
    give("tenant_demo", limits=LimitOverrides(requests_per_hour=1))
    assert (await studio.post("/v1/things/well")).status_code == 200
    answer = await studio.post("/v1/things/well")

    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "LIMIT_REACHED")
    assert answer.json()["error"]["retryable"] is True
    details = answer.json()["error"]["details"]
    assert (details["limit"], details["quota"]) == ("requests_per_hour", 1)
    assert answer.headers["retry-after"] == str(details["retry_after"])
    assert answer.headers["ratelimit"] == f'"requests_per_hour";r=0;t={details["retry_after"]}'
    assert answer.headers["ratelimit-policy"] == '"requests_per_hour";q=1;w=3600'


async def test_a_budget_over_http_lets_nothing_pass_that_it_does_not_hold(studio: Studio) -> None:
    give("tenant_demo", budgets=BudgetOverrides(day_microusd=129))
    first = await studio.post("/v1/things/well")
    second = await studio.post("/v1/things/well")

    assert (first.status_code, first.json()["budget_remaining_microusd"]) == (200, 99)
    assert (second.status_code, second.json()["error"]["code"]) == (429, "BUDGET_EXHAUSTED")
    assert second.json()["error"]["details"]["budget"] == "tenant_day"
    assert int(second.headers["retry-after"]) >= 1
