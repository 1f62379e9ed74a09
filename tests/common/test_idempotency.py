"""A request that names a key is carried out once: the record, the hook before every route, and a job's pointer."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from botocore.exceptions import EndpointConnectionError
from fastapi import FastAPI, Response
from pydantic import BaseModel

from common.accounts import accounts
from common.api import CurrentSpending, CurrentTenant, create_app, spends, tenant_router
from common.errors import BudgetExhausted, Busy, InvalidInput, KeyReused, NotFound, ProviderTimeout, StillRunning
from common.idempotency import (
    KEPT_SECONDS,
    MAX_ANSWER_BYTES,
    RUNNING_SECONDS,
    Answer,
    Answers,
    Once,
    Run,
    Sent,
    key_in,
)
from common.jobs import Job, JobKind, JobRepository, JobStatus, start_job
from common.keys import Mode
from common.ledger import Ledger, ledger_of
from common.observability import metrics
from common.tenancy import Player, Tenant
from common.text import Label, Request
from common.tiers import LimitOverrides
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment, template
from tests.support.http import ALICE, BOB, Studio
from tests.support.money import a_request, give, paid, terms_of
from tests.support.queues import ListQueue

Lines = Callable[[], list[dict[str, Any]]]
NOON = 1_795_176_000.0
SECRET = "Oyuncunun çok gizli sözü 7731"
ALICES = Tenant("alice", "Alice")


def once(
    key: str = "k",
    *,
    tenant: Tenant = ALICES,
    route: str = "POST /v1/things",
    path: str = "/v1/things",
    query: bytes = b"",
    body: bytes = b"{}",
    fault: str = "",
    bearer: str = "secret-1",
) -> Once:
    return Once.of(tenant, key, Sent(path, query, body, fault), route=route, bearer=bearer)


def said(text: str, **headers: str) -> Answer:
    return Answer(201, {"content-type": "application/json", **headers}, text.encode())


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def answers(deployment: Deployment, clock: ManualClock) -> Answers:
    return Answers(client=deployment.dynamodb, table=deployment.settings.idempotency_table, clock=clock)


def begun(answers: Answers, request: Once) -> Run:
    run = answers.begin(request)
    assert isinstance(run, Run)
    return run


def items(deployment: Deployment) -> list[dict[str, Any]]:
    return deployment.dynamodb.scan(TableName=deployment.settings.idempotency_table)["Items"]


# ── The key ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("key", ["k", "x" * 255, "6f1c8e0e-2f0b-4b0e-9a51-0a3f6f0f9c11", '"quoted"', "a b ~!"])
def test_printable_ascii_is_a_key(key: str) -> None:
    assert key_in([key]) == key


def test_a_request_need_not_have_a_key() -> None:
    assert key_in([]) is None


@pytest.mark.parametrize("values", [[""], ["x" * 256], ["ş"], ["a\tb"], ["a\x00"], ["\x7f"], ["a", "a"]])
def test_what_is_no_key_is_refused_by_the_headers_name(values: list[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        key_in(values)

    assert [one["field"] for one in refused.value.details["errors"]] == ["Idempotency-Key"]


# ── The record ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_answer_is_given_again_as_it_was(answers: Answers) -> None:
    answer = Answer(202, {"content-type": "text/csv", "content-length": "9", "ratelimit": "r=1"}, b"\x00\xff not JSON")
    answers.keep(begun(answers, once()), answer)

    assert answers.begin(once()) == Answer(202, {"content-type": "text/csv"}, b"\x00\xff not JSON")


def test_before_the_answer_a_second_request_is_told_to_wait(answers: Answers) -> None:
    begun(answers, once())

    with pytest.raises(StillRunning) as refused:
        answers.begin(once())

    assert refused.value.details["retry_after"] >= 1


OTHERS = {
    "body": once(body=b'{"a": 1}'),
    "spaces in the body": once(body=b"{ }"),
    "query": once(query=b"a=1"),
    "path parameter": once(path="/v1/things/7"),
    "fault": once(fault="timeout"),
    "a part moved from path to query": once(path="/v1/thing", query=b"s"),
}


@pytest.mark.parametrize("answered", [True, False], ids=["answered", "running"])
@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_a_key_belongs_to_one_request(answers: Answers, other: Once, answered: bool) -> None:
    run = begun(answers, once())
    if answered:
        answers.keep(run, said("{}"))

    with pytest.raises(KeyReused):
        answers.begin(other)


PLAYER = Player("p1", frozenset({"c"}), frozenset({"speak"}))
STRANGERS = {
    "another tenant": once(tenant=Tenant("bob", "Bob")),
    "the test keys' data": once(tenant=Tenant("alice.test", "Alice")),
    "a player": once(tenant=Tenant("alice", "Alice", player=PLAYER)),
    "another route": once(route="POST /v1/others"),
    "another key": once("k2"),
}


@pytest.mark.parametrize("stranger", STRANGERS.values(), ids=STRANGERS)
def test_what_others_send_is_nothing_to_it(answers: Answers, stranger: Once) -> None:
    answers.keep(begun(answers, once()), said("alice's"))

    answers.keep(begun(answers, stranger), said("theirs"))

    assert answers.begin(once()) == said("alice's")
    assert answers.begin(stranger) == said("theirs")


def test_two_players_keys_are_their_own(answers: Answers) -> None:
    other = Tenant("alice", "Alice", player=Player("p2", PLAYER.characters, PLAYER.scopes))
    answers.keep(begun(answers, once(tenant=Tenant("alice", "Alice", player=PLAYER))), said("p1's"))

    assert isinstance(answers.begin(once(tenant=other)), Run)


def test_a_freed_key_can_be_sent_with_another_request(answers: Answers) -> None:
    answers.free(begun(answers, once()))

    assert isinstance(answers.begin(once(body=b"better")), Run)


def test_an_answer_is_kept_for_a_day(answers: Answers, clock: ManualClock) -> None:
    run = begun(answers, once())
    clock.advance(20)
    answers.keep(run, said("{}"))

    clock.advance(KEPT_SECONDS - 1)
    assert answers.begin(once()) == said("{}")
    clock.advance(1)
    assert isinstance(answers.begin(once(body=b"anything")), Run), "late deletion by the table is none of ours"


def test_a_run_that_never_ended_gives_way_to_the_same_request(answers: Answers, clock: ManualClock) -> None:
    begun(answers, once())
    clock.advance(RUNNING_SECONDS - 1)
    with pytest.raises(StillRunning):
        answers.begin(once())

    clock.advance(1)
    begun(answers, once())
    with pytest.raises(StillRunning):
        answers.begin(once())


def test_a_run_that_never_ended_does_not_give_way_to_another_request(answers: Answers, clock: ManualClock) -> None:
    begun(answers, once())
    clock.advance(RUNNING_SECONDS + 1)

    with pytest.raises(KeyReused):
        answers.begin(once(body=b"other"))


@pytest.mark.parametrize("end", ["keep", "free"])
def test_a_run_taken_for_dead_touches_nothing_of_its_successors(answers: Answers, clock: ManualClock, end: str) -> None:
    late = begun(answers, once())
    clock.advance(RUNNING_SECONDS + 1)
    successor = begun(answers, once())

    answers.keep(late, said("late")) if end == "keep" else answers.free(late)

    with pytest.raises(StillRunning):
        answers.begin(once())
    answers.keep(successor, said("in time"))
    answers.keep(late, said("late")) if end == "keep" else answers.free(late)
    assert answers.begin(once()) == said("in time")


def test_an_answer_at_the_cap_is_kept_and_of_a_larger_one_only_the_fact(answers: Answers) -> None:
    largest = "x" * MAX_ANSWER_BYTES
    answers.keep(begun(answers, once("largest")), said(largest))
    answers.keep(begun(answers, once("larger")), said(largest + "x"))

    assert answers.begin(once("largest")) == said(largest)
    with pytest.raises(KeyReused, match="too large"):
        answers.begin(once("larger"))


def test_what_nobody_may_store_is_sealed_with_the_key_that_asked(answers: Answers, deployment: Deployment) -> None:
    secret = said(f'{{"key": "{SECRET}"}}', **{"cache-control": "no-store"})
    answers.keep(begun(answers, once()), secret)

    assert answers.begin(once()) == secret
    with pytest.raises(KeyReused, match="only the API key that asked"):
        answers.begin(once(bearer="secret-2"))
    (item,) = items(deployment)
    assert b"7731" not in item["answer_body"]["B"]
    assert "7731" not in repr(item) and "secret-1" not in repr(item)


def test_any_key_of_the_tenant_gets_an_ordinary_answer_again(answers: Answers) -> None:
    answers.keep(begun(answers, once()), said("{}"))

    assert answers.begin(once(bearer="secret-2")) == said("{}")


def test_neither_the_key_nor_what_was_sent_is_stored(answers: Answers, deployment: Deployment) -> None:
    begun(answers, once("oyuncu-7731", body=SECRET.encode(), path="/v1/things/7731"))

    assert "7731" not in repr(items(deployment))


def test_a_table_that_is_away_at_the_end_spoils_no_answer(answers: Answers, deployment: Deployment) -> None:
    run = begun(answers, once())
    deployment.dynamodb.delete_table(TableName=deployment.settings.idempotency_table)
    metrics.clear_metrics()

    answers.keep(run, said("{}"))
    answers.free(run)

    assert metrics.metric_set["AnswersNotKept"]["Value"] == [1.0, 1.0]
    metrics.clear_metrics()


# ── The hook ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Thing(Request):
    name: Label


class Made(BaseModel):
    number: int


class World:
    """What the routes below do, and how often they did it."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        self.failure: Exception | None = None
        self.spent = 0
        self.pause = 0.0

    async def act(self, what: str) -> int:
        self.done[what] += 1
        await asyncio.sleep(self.pause)
        if self.failure is not None:
            raise self.failure
        return self.done[what]


def _app(world: World) -> FastAPI:
    router = tenant_router("/v1/things", "Things")

    @router.post("", status_code=201, response_model=Made)
    async def make(request: Thing) -> Made:
        return Made(number=await world.act("make"))

    @router.post("/{thing_id}/poke", response_model=Made, openapi_extra=spends("text"))
    async def poke(thing_id: str, spending: CurrentSpending) -> Made:
        spending.reserve(100)
        spending.used(paid(world.spent))
        return Made(number=await world.act("poke"))

    @router.post("/secret", response_model=Made)
    async def whisper(answer: Response) -> Made:
        answer.headers["Cache-Control"] = "no-store"
        return Made(number=await world.act("whisper"))

    @router.get("", response_model=Made)
    async def look(tenant: CurrentTenant) -> Made:
        return Made(number=await world.act("look"))

    return create_app("things", router, max_body_bytes=2_000)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def app(deployment: Deployment, world: World) -> Iterator[FastAPI]:
    yield _app(world)
    metrics.clear_metrics()


Post = Callable[..., httpx.Response]


@pytest.fixture
def post(app: FastAPI) -> Post:
    """Send a POST with an idempotency key."""

    def send(path: str = "/v1/things", *, key: str = "k", api_key: str = ALICE, **options: Any) -> httpx.Response:
        if not {"json", "content"} & set(options):
            options["json"] = {"name": "Fener"}
        headers = {"Idempotency-Key": key, **options.pop("headers", {})}
        return asyncio.run(Studio(app, api_key).request("POST", path, headers=headers, **options))

    return send


def code_of(answer: httpx.Response) -> str:
    return answer.json()["error"]["code"]


def test_the_second_time_the_answer_is_the_first_ones(post: Post, world: World) -> None:
    first, second = post(), post()

    assert world.done["make"] == 1
    assert (second.status_code, second.content) == (first.status_code, first.content) == (201, b'{"number":1}')
    assert second.headers["content-type"] == first.headers["content-type"]
    assert (second.headers["idempotency-replayed"], "idempotency-replayed" in first.headers) == ("true", False)
    assert second.headers["x-request-id"] != first.headers["x-request-id"]


def test_without_a_key_every_request_is_carried_out_and_no_table_is_asked(
    app: FastAPI, world: World, deployment: Deployment
) -> None:
    deployment.dynamodb.delete_table(TableName=deployment.settings.idempotency_table)
    numbers = [asyncio.run(Studio(app).post("/v1/things", name="x")).json()["number"] for _ in range(2)]

    assert numbers == [1, 2]


def test_only_a_post_takes_a_key(app: FastAPI, world: World) -> None:
    headers = {"Idempotency-Key": "k"}
    for _ in range(2):
        assert asyncio.run(Studio(app).request("GET", "/v1/things", headers=headers)).status_code == 200

    assert world.done["look"] == 2


@pytest.mark.parametrize("key", ["", "x" * 256, "\u00e7", "a\tb"])
def test_a_bad_key_is_a_422_that_names_the_header(post: Post, world: World, key: str) -> None:
    answer = post(headers={"Idempotency-Key": key.encode("latin-1")})

    assert (answer.status_code, code_of(answer)) == (422, "VALIDATION_ERROR")
    assert [one["field"] for one in answer.json()["error"]["details"]["errors"]] == ["Idempotency-Key"]
    assert world.done["make"] == 0


def test_another_body_is_a_422(post: Post, world: World) -> None:
    post()
    answer = post(json={"name": "Kandil"})

    assert (answer.status_code, code_of(answer)) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert answer.json()["error"]["retryable"] is False
    assert world.done["make"] == 1


def test_another_path_parameter_or_query_is_a_422(post: Post, world: World) -> None:
    post("/v1/things/1/poke")

    assert code_of(post("/v1/things/2/poke")) == "IDEMPOTENCY_KEY_REUSED"
    assert code_of(post("/v1/things/1/poke?x=1")) == "IDEMPOTENCY_KEY_REUSED"
    assert world.done["poke"] == 1


def test_another_fault_is_a_422(post: Post, world: World) -> None:
    test_key = accounts().create_key("tenant_demo", mode=Mode.TEST).api_key
    answers = [
        post("/v1/things/1/poke", api_key=test_key, headers={"X-Meddah-Fault": fault} if fault else {})
        for fault in ("busy", "busy", "timeout", None)
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 422, 422]
    assert [code_of(answer) for answer in answers[2:]] == ["IDEMPOTENCY_KEY_REUSED"] * 2
    assert world.done["poke"] == 1


def test_another_route_has_keys_of_its_own(post: Post, world: World) -> None:
    assert post().status_code == 201
    assert post("/v1/things/1/poke").status_code == 200
    assert world.done == {"make": 1, "poke": 1}


def test_another_tenant_and_test_keys_have_keys_of_their_own(post: Post, world: World) -> None:
    test_key = accounts().create_key("tenant_demo", mode=Mode.TEST).api_key
    answers = [post(api_key=key) for key in (ALICE, BOB, test_key)]

    assert [answer.json()["number"] for answer in answers] == [1, 2, 3]
    assert [post(api_key=key).json()["number"] for key in (ALICE, BOB, test_key)] == [1, 2, 3]


def test_a_stranger_gets_no_answer_of_anybodys(post: Post) -> None:
    post()

    assert post(api_key="nobodys-key").status_code == 401


FREED: dict[str, tuple[Exception, int]] = {
    "not found": (NotFound("No such thing"), 404),
    "bad input": (InvalidInput.field("name", "taken"), 422),
    "budget": (BudgetExhausted("Nothing left", details={"retry_after": 9}), 429),
    "busy": (Busy("Full"), 503),
    "slow": (ProviderTimeout("Slow"), 504),
    "bug": (KeyError(SECRET), 500),
}


@pytest.mark.parametrize(("failure", "status"), FREED.values(), ids=FREED)
def test_a_refusal_that_cost_nothing_frees_the_key(post: Post, world: World, failure: Exception, status: int) -> None:
    world.failure = failure
    assert post().status_code == status
    world.failure = None

    answer = post(json={"name": "anders"})

    assert (answer.status_code, "idempotency-replayed" in answer.headers) == (201, False)


@pytest.mark.parametrize("content", [b'{"name": ""}', b"{", b"[]"])
def test_input_that_cannot_be_used_frees_the_key(post: Post, content: bytes) -> None:
    assert post(content=content, headers={"Content-Type": "application/json"}).status_code == 422

    assert post().status_code == 201


def test_a_body_above_the_cap_takes_no_key(post: Post) -> None:
    assert post(content=b"x" * 2_001).status_code == 413

    assert post().status_code == 201


@pytest.mark.parametrize(("failure", "status"), FREED.values(), ids=FREED)
def test_a_failure_that_cost_something_is_kept_and_paid_for_once(
    post: Post, world: World, failure: Exception, status: int
) -> None:
    world.failure, world.spent = failure, 60
    first = post("/v1/things/1/poke")
    world.failure = None
    second = post("/v1/things/1/poke")

    assert (first.status_code, second.status_code, world.done["poke"]) == (status, status, 1)
    assert code_of(second) == code_of(first)
    assert second.json()["error"]["details"]["usage"]["cost_microusd"] == 60
    assert second.headers["idempotency-replayed"] == "true"
    assert second.json() == first.json()
    standing = ledger_of("tenant_demo").standing()
    assert standing is not None
    assert (standing.day_committed, standing.reserved, standing.running) == (60, 0, 0)


@pytest.mark.parametrize(("failure", "status"), FREED.values(), ids=FREED)
def test_a_failure_that_is_kept_tells_nobody_to_come_again_with_its_key(
    post: Post, world: World, failure: Exception, status: int
) -> None:
    world.failure, world.spent = failure, 60
    for answer in (post("/v1/things/1/poke"), post("/v1/things/1/poke")):
        error = answer.json()["error"]
        assert (answer.status_code, error["retryable"]) == (status, False)
        assert "retry-after" not in answer.headers and "retry_after" not in error["details"]


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}], ids=["without a key", "with a key"])
@pytest.mark.parametrize(
    ("failure", "status"), [(EndpointConnectionError(endpoint_url="https://dynamodb"), 503), (KeyError(SECRET), 500)]
)
def test_what_was_paid_before_storage_failed_is_told(
    app: FastAPI, world: World, log: Lines, failure: Exception, status: int, headers: dict[str, str]
) -> None:
    world.failure, world.spent = failure, 60
    answer = asyncio.run(Studio(app).request("POST", "/v1/things/1/poke", headers=headers))

    assert answer.status_code == status
    assert answer.json()["error"]["details"]["usage"]["cost_microusd"] == 60
    assert "requests_per_hour" in answer.headers["ratelimit"]
    assert [line["level"] for line in log()].count("ERROR") == (1 if status == 500 else 0), "a bug is told once"


def test_a_failure_that_was_free_in_the_end_frees_the_key(post: Post, world: World) -> None:
    world.failure, world.spent = ProviderTimeout("Slow"), 0
    post("/v1/things/1/poke")
    world.failure = None

    assert post("/v1/things/1/poke").status_code == 200


def test_a_replay_is_a_request_of_its_hour_and_costs_nothing_more(post: Post, world: World) -> None:
    world.spent = 60
    post("/v1/things/1/poke")
    replay = post("/v1/things/1/poke")

    standing = ledger_of("tenant_demo").standing()
    assert standing is not None
    assert (standing.requests, standing.text, standing.day_committed, standing.reserved) == (2, 1, 60, 0)
    assert "requests_per_hour" in replay.headers["ratelimit"]


def test_replays_end_with_their_hour(post: Post, world: World) -> None:
    give("tenant_demo", limits=LimitOverrides(requests_per_hour=3))
    found = [post() for _ in range(5)]

    assert [answer.status_code for answer in found] == [201, 201, 201, 429, 429]
    assert code_of(found[-1]) == "LIMIT_REACHED"
    assert world.done["make"] == 1


def test_a_key_that_was_sent_with_another_request_counts_as_a_request(post: Post) -> None:
    post()
    reused = post(json={"name": "Kandil"})

    standing = ledger_of("tenant_demo").standing()
    assert standing is not None
    assert (standing.requests, standing.counters["r|make|n"]) == (2, 2)
    assert "requests_per_hour" in reused.headers["ratelimit"]


def test_asking_again_before_the_answer_counts_as_a_request_and_ends_with_the_hour(
    post: Post, world: World, deployment: Deployment
) -> None:
    give("tenant_demo", limits=LimitOverrides(requests_per_hour=2))
    body = b'{"name": "Fener"}'
    now = Answers(client=deployment.dynamodb, table=deployment.settings.idempotency_table)
    begun(now, once(tenant=Tenant("tenant_demo", "Demo"), body=body))
    found = [post(content=body) for _ in range(3)]

    assert [code_of(answer) for answer in found] == ["STILL_RUNNING", "STILL_RUNNING", "LIMIT_REACHED"]
    assert ["requests_per_hour" in answer.headers["ratelimit"] for answer in found] == [True] * 3
    standing = ledger_of("tenant_demo").standing()
    assert standing is not None
    assert (standing.requests, world.done["make"]) == (2, 0)


def test_what_nobody_may_store_comes_again_and_stands_nowhere(post: Post, deployment: Deployment) -> None:
    first, second = post("/v1/things/secret"), post("/v1/things/secret")

    assert second.content == first.content == b'{"number":1}'
    assert second.headers["cache-control"] == "no-store"
    assert all(b"number" not in item["answer_body"]["B"] for item in items(deployment))


def test_while_the_table_is_away_nothing_is_carried_out(post: Post, world: World, deployment: Deployment) -> None:
    deployment.dynamodb.delete_table(TableName=deployment.settings.idempotency_table)

    assert post().status_code >= 500
    assert world.done["make"] == 0


def test_of_twenty_at_once_one_is_carried_out(post: Post, world: World) -> None:
    post(key="warm")
    world.done.clear()
    world.pause = 0.3
    gate = threading.Barrier(20)

    def send(_: int) -> httpx.Response:
        gate.wait()
        return post()

    with ThreadPoolExecutor(20) as threads:
        found = list(threads.map(send, range(20)))

    assert world.done["make"] == 1
    assert {answer.status_code for answer in found} <= {201, 409}
    given = [answer for answer in found if answer.status_code == 201]
    assert {answer.content for answer in given} == {b'{"number":1}'}
    assert sum("idempotency-replayed" not in answer.headers for answer in given) == 1
    for waiting in (answer for answer in found if answer.status_code == 409):
        assert code_of(waiting) == "STILL_RUNNING"
        assert waiting.json()["error"]["retryable"] is True
        assert int(waiting.headers["retry-after"]) >= 1
    assert post().content == b'{"number":1}'


def test_neither_keys_nor_answers_reach_the_log(post: Post, world: World, log: Lines) -> None:
    world.failure = NotFound(SECRET)
    post(key="oyuncu-7731", json={"name": SECRET})
    world.failure = None
    post(key="oyuncu-7731", json={"name": SECRET})
    post(key="oyuncu-7731", json={"name": SECRET})
    post(key="oyuncu-7731", json={"name": "x"})

    assert len(log()) == 4
    assert "7731" not in json.dumps(log(), ensure_ascii=False)


TEMPLATE = template()
TAKING_KEYS = [
    name
    for name, function in TEMPLATE.functions.items()
    if any(route.key.startswith("POST ") and route.key != "POST /v1/vendor/fal" for route in function.routes)
]


@pytest.mark.parametrize("name", TAKING_KEYS)
def test_a_function_that_takes_keys_may_keep_answers_and_is_gone_before_its_run_counts_as_dead(name: str) -> None:
    assert {"Ref": "AnswerOnce"} in TEMPLATE.document["Resources"][name]["Properties"]["Policies"]
    assert TEMPLATE.functions[name].timeout + 10 < RUNNING_SECONDS


# ── A job's pointer ──────────────────────────────────────────────────────────────────────────────────────────────────

MOST = 40


class Shop:
    """Orders jobs of one tenant on a clock."""

    def __init__(self, deployment: Deployment, clock: ManualClock) -> None:
        names, client = deployment.settings, deployment.dynamodb
        self.ledger = Ledger("alice", client=client, table=names.usage_table, clock=clock)
        self.jobs = JobRepository("alice", client=client, table=names.jobs_table, ledger=self.ledger, clock=clock)
        self.queue = ListQueue()

    def order(self, request: Once | None, *, day: int = 10**6, player: Player | None = None) -> Job:
        spending = a_request(self.ledger, terms=terms_of(day=day), player=player)
        spending.once = request
        return start_job(
            JobKind.IMAGE, {"seed": 1}, max_microusd=MOST, jobs=self.jobs, queue=self.queue, spending=spending
        )

    def stored(self) -> list[Job]:
        return self.jobs.recent(limit=50, cursor=None, kind=None, status=None).records

    def reserved(self) -> int:
        standing = self.ledger.standing()
        assert standing is not None
        return standing.reserved


@pytest.fixture
def shop(deployment: Deployment, clock: ManualClock) -> Shop:
    return Shop(deployment, clock)


def test_a_request_orders_one_job_however_often_it_is_carried_out(shop: Shop) -> None:
    jobs = [shop.order(once()) for _ in range(3)]

    assert {job.id for job in jobs} == {job.id for job in shop.stored()}
    assert len(shop.stored()) == 1
    assert shop.reserved() == MOST


def test_without_a_key_every_order_is_a_job(shop: Shop) -> None:
    assert len({shop.order(None).id for _ in range(2)}) == 2
    assert shop.reserved() == 2 * MOST


def test_the_first_job_is_found_though_it_used_the_budget_up(shop: Shop) -> None:
    first = shop.order(once(), day=MOST)

    assert shop.order(once(), day=MOST).id == first.id
    with pytest.raises(BudgetExhausted):
        shop.order(once("k2"), day=MOST)


def test_a_job_whose_message_may_be_lost_is_announced_again(shop: Shop) -> None:
    first = shop.order(once())
    shop.order(once())
    assert [message.job_id for message in shop.queue.messages] == [first.id, first.id]  # type: ignore[attr-defined]

    shop.jobs.claim(first.id, lease=45)
    assert shop.order(once()).status is JobStatus.PROCESSING
    assert len(shop.queue.messages) == 2


def test_another_order_with_the_same_key_gets_nobodys_job(shop: Shop) -> None:
    shop.order(once())

    with pytest.raises(KeyReused):
        shop.order(once(body=b"other"))
    assert len(shop.stored()) == 1


def test_a_pointer_is_forgotten_after_a_day(shop: Shop, clock: ManualClock) -> None:
    first = shop.order(once())
    clock.advance(KEPT_SECONDS - 1)
    assert shop.order(once()).id == first.id

    clock.advance(2)
    assert shop.order(once()).id != first.id
    assert shop.order(once()).id != first.id, "the new pointer stands in the old one's place"
    assert len(shop.stored()) == 2


def test_a_pointer_is_no_job(shop: Shop) -> None:
    job = shop.order(once())

    assert [one.id for one in shop.stored()] == [job.id]
    with pytest.raises(NotFound):
        shop.jobs.get(f"key#{once().request_key}")


def test_of_ten_runs_at_once_one_orders(shop: Shop) -> None:
    gate = threading.Barrier(10)

    def order(_: int) -> str:
        gate.wait()
        return shop.order(once()).id

    with ThreadPoolExecutor(10) as threads:
        ids = set(threads.map(order, range(10)))

    assert ids == {job.id for job in shop.stored()}
    assert len(ids) == 1
    assert shop.reserved() == MOST
