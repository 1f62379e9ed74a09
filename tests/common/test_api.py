"""The application every domain is, seen through one that exists only here."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any

import httpx
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from fastapi import FastAPI, Query
from pydantic import BaseModel, Field

from common.accounts import accounts
from common.api import CurrentTenant, create_app, lambda_handler, tenant_router
from common.clock import wall_clock
from common.errors import Busy, Conflict, InvalidInput, MeddahError, NotFound, PayloadTooLarge, ProviderTimeout
from common.ledger import ledger_of
from common.observability import metrics
from common.player_tokens import Claims, mint
from common.text import Label, Request
from common.tiers import LimitOverrides
from tests.support.deployment import Deployment
from tests.support.http import ALICE, Studio
from tests.support.money import give

Lines = Callable[[], list[dict[str, Any]]]
CAP = 2_000
SECRET = "Oyuncunun çok gizli sözü 7731"


class Thing(Request):
    name: Label
    count: Annotated[int, Field(ge=1, le=5)] = 1
    notes: list[Label] = Field(default=[])


class Seen(BaseModel):
    name: str
    tenant: str


def _aws_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": SECRET}}, "GetItem")


def _cancelled_for(*reasons: str) -> ClientError:
    answer: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": SECRET},
        "CancellationReasons": [{"Code": reason} for reason in reasons],
    }
    return ClientError(answer, "TransactWriteItems")


FAILURES: dict[str, Exception] = {
    "bug": KeyError(SECRET),
    "missing": NotFound.of("character", "char_x"),
    "conflict": Conflict("Too many writers"),
    "field": InvalidInput.field("voice", "no such voice"),
    "busy": Busy("Full"),
    "slow": ProviderTimeout("Too slow", details={"seconds": 25}),
    "large": PayloadTooLarge("Too large"),
    "throttled": _aws_error("ThrottlingException"),
    "over capacity": _aws_error("ProvisionedThroughputExceededException"),
    "internal at AWS": _aws_error("InternalServerError"),
    "unreachable": EndpointConnectionError(endpoint_url="https://dynamodb"),
    "connect timeout": ConnectTimeoutError(endpoint_url="https://dynamodb"),
    "read timeout": ReadTimeoutError(endpoint_url="https://dynamodb"),
    "transaction throttled": _cancelled_for("None", "ThrottlingError"),
    "transaction over capacity": _cancelled_for("ProvisionedThroughputExceeded"),
    "transaction in the way": _aws_error("TransactionConflictException"),
    "transaction under way": _aws_error("TransactionInProgressException"),
    "transaction wrong": _cancelled_for("ValidationError", "None"),
    "denied": _aws_error("AccessDeniedException"),
    "bad answer": ValueError(SECRET),
}


def _app() -> FastAPI:
    router = tenant_router("/v1/things", "Things")

    @router.post("", status_code=201, response_model=Seen)
    async def make_thing(request: Thing, tenant: CurrentTenant) -> Seen:
        return Seen(name=request.name, tenant=tenant.tenant_id)

    @router.get("", response_model=Seen)
    async def find_things(
        tenant: CurrentTenant, limit: Annotated[int, Query(ge=1, le=100)] = 50, name: str = "x"
    ) -> Seen:
        return Seen(name=str(limit), tenant=tenant.tenant_id)

    @router.get("/{key}", response_model=Seen)
    async def fail(key: str) -> Seen:
        raise FAILURES[key]

    return create_app("things", router, max_body_bytes=CAP)


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return _app()


@pytest.fixture
def studio(deployment: Deployment, app: FastAPI) -> Iterator[Studio]:
    yield Studio(app)
    metrics.clear_metrics()


def _error(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json()) == {"error"}
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "details", "retryable", "request_id"}
    assert (error["code"], error["request_id"]) == (code, answer.headers["x-request-id"])
    return error


def _fields(error: dict[str, Any]) -> list[str]:
    return [one["field"] for one in error["details"]["errors"]]


# ── What goes right ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_route_knows_its_tenant(studio: Studio, app: FastAPI) -> None:
    answer = await studio.post("/v1/things", name="Fener")

    assert (answer.status_code, answer.json()) == (201, {"name": "Fener", "tenant": "tenant_demo"})
    assert (await Studio(app, "demo-key-456").post("/v1/things", name="x")).json()["tenant"] == "tenant_demo_2"


async def test_every_answer_has_a_request_id_of_its_own(studio: Studio) -> None:
    ids = [(await studio.get("/v1/things")).headers["x-request-id"] for _ in range(3)]

    assert len(set(ids)) == 3


# ── Errors in one shape ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("key", [key for key, error in FAILURES.items() if isinstance(error, MeddahError)])
async def test_a_failure_we_can_name_is_answered_by_its_name(studio: Studio, key: str) -> None:
    failure = FAILURES[key]
    assert isinstance(failure, MeddahError)
    error = _error(await studio.get(f"/v1/things/{key}"), failure.status, failure.code)

    assert error["message"] == failure.message
    assert error["details"] == failure.details
    assert error["retryable"] is failure.retryable


@pytest.mark.parametrize("key", ["bug", "bad answer", "denied", "transaction wrong"])
async def test_a_bug_is_a_500_without_a_word_more(studio: Studio, log: Lines, key: str) -> None:
    answer = await studio.get(f"/v1/things/{key}")

    error = _error(answer, 500, "INTERNAL_ERROR")
    assert (error["message"], error["details"], error["retryable"]) == ("Internal error", {}, False)
    assert SECRET not in answer.text


@pytest.mark.parametrize("key", ["bug", "bad answer", "denied"])
async def test_a_bug_leaves_a_trace_in_the_log_but_not_what_the_player_said(
    studio: Studio, log: Lines, key: str
) -> None:
    await studio.get(f"/v1/things/{key}")

    (line,) = [line for line in log() if line["level"] == "ERROR"]
    assert line["trace"][0] == type(FAILURES[key]).__name__
    assert any("test_api.py" in place and place.endswith(" fail") for place in line["trace"])
    assert SECRET not in json.dumps(log(), ensure_ascii=False)


@pytest.mark.parametrize(
    "key",
    [
        "throttled", "over capacity", "internal at AWS", "unreachable", "connect timeout", "read timeout", "busy",
        "transaction throttled", "transaction over capacity", "transaction in the way", "transaction under way",
    ],
)  # fmt: skip
async def test_what_is_busy_says_when_to_ask_again(studio: Studio, key: str) -> None:
    answer = await studio.get(f"/v1/things/{key}")

    assert _error(answer, 503, "BUSY")["retryable"] is True
    assert int(answer.headers["retry-after"]) >= 1
    assert SECRET not in answer.text


async def test_a_5xx_is_counted(studio: Studio) -> None:
    metrics.clear_metrics()
    await studio.get("/v1/things/missing")
    assert "Http5xx" not in metrics.metric_set

    await studio.get("/v1/things/bug")
    assert metrics.metric_set["Http5xx"]["Value"] == [1.0]


# ── Input ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["name"]),
        ({"name": ""}, ["name"]),
        ({"name": "x" * 81}, ["name"]),
        ({"name": 7}, ["name"]),
        ({"name": "x", "count": 0}, ["count"]),
        ({"name": "x", "count": 6}, ["count"]),
        ({"name": "x", "count": 1.5}, ["count"]),
        ({"name": "x", "colour": "red"}, ["colour"]),
        ({"name": "x", "notes": ["a", "", "b", ""]}, ["notes.1", "notes.3"]),
        ({"count": 9, "colour": 1}, ["name", "count", "colour"]),
    ],
)
async def test_bad_input_names_its_fields(studio: Studio, body: dict[str, Any], fields: list[str]) -> None:
    error = _error(await studio.request("POST", "/v1/things", json=body), 422, "VALIDATION_ERROR")

    assert _fields(error) == fields
    assert error["message"].startswith(f"Invalid input: {fields[0]}: ")


@pytest.mark.parametrize(
    ("query", "field"), [({"limit": 0}, "limit"), ({"limit": 101}, "limit"), ({"limit": "x"}, "limit")]
)
async def test_a_bad_query_names_its_parameter(studio: Studio, query: dict[str, Any], field: str) -> None:
    error = _error(await studio.get("/v1/things", **query), 422, "VALIDATION_ERROR")

    assert _fields(error) == [field]


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b'{"name": ', "application/json"),
        (b"", "application/json"),
        (b"[]", "application/json"),
        (b'"x"', "application/json"),
        (b"\xff\xfe", "application/json"),
        (b"[" * 1_500, "application/json"),
        (b'{"name": "x"}', "text/plain"),
        (b"name=x", "application/x-www-form-urlencoded"),
        (b'{"name": "x"}', "application/octet-stream"),
    ],
)
async def test_a_body_that_cannot_be_read_is_bad_input(studio: Studio, content: bytes, content_type: str) -> None:
    answer = await studio.request("POST", "/v1/things", content=content, headers={"Content-Type": content_type})

    assert _fields(_error(answer, 422, "VALIDATION_ERROR")) == ["body"]


async def test_no_more_than_20_bad_fields_are_named(studio: Studio) -> None:
    body = {"name": "x", "notes": [""] * 50}

    assert len(_fields(_error(await studio.request("POST", "/v1/things", json=body), 422, "VALIDATION_ERROR"))) == 20


def _body(size: int) -> bytes:
    return b'{"name": "' + b"x" * (size - 12) + b'"}'


async def test_a_body_at_the_cap_is_read(studio: Studio) -> None:
    answer = await studio.request(
        "POST", "/v1/things", content=_body(CAP), headers={"Content-Type": "application/json"}
    )

    assert _fields(_error(answer, 422, "VALIDATION_ERROR")) == ["name"]


async def test_a_body_above_the_cap_is_refused(studio: Studio) -> None:
    answer = await studio.request(
        "POST", "/v1/things", content=_body(CAP + 1), headers={"Content-Type": "application/json"}
    )

    assert str(CAP) in _error(answer, 413, "PAYLOAD_TOO_LARGE")["message"]


async def test_a_body_that_does_not_say_its_length_is_counted_as_it_comes(studio: Studio) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 500

    answer = await studio.request("POST", "/v1/things", content=endless(), headers={"Content-Type": "application/json"})

    _error(answer, 413, "PAYLOAD_TOO_LARGE")


# ── Strangers ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("key", [None, "nobodys-key"])
@pytest.mark.parametrize(
    "content", [b'{"name": "x"}', b"{", b'{"count": 99}', _body(CAP + 1)], ids=["good", "malformed", "bad", "large"]
)
async def test_a_stranger_is_a_stranger_before_anything_else(
    studio: Studio, app: FastAPI, key: str | None, content: bytes
) -> None:
    answer = await Studio(app, key).request(
        "POST", "/v1/things", content=content, headers={"Content-Type": "application/json"}
    )

    _error(answer, 401, "UNAUTHORIZED")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_request_that_is_refused_before_its_route_counts_as_any_other(studio: Studio, app: FastAPI) -> None:
    answer = await studio.request("GET", "/v1/things", headers={"X-Meddah-Fault": "timeout"})
    assert _fields(_error(answer, 422, "VALIDATION_ERROR")) == ["X-Meddah-Fault"]

    now = int(wall_clock())
    key_id = next(iter(accounts().get("tenant_demo").keys))
    claims = Claims(
        tenant_id="tenant_demo", player_id="p1", characters=[], scopes=[], key_id=key_id,
        issued_at=now, ends_at=now + 60,
    )  # fmt: skip
    player = Studio(app, mint(claims, accounts().get("tenant_demo").token_secret))
    _error(await player.get("/v1/things"), 403, "FORBIDDEN")

    standing = ledger_of("tenant_demo").standing()
    assert standing is not None
    assert (standing.requests, standing.counters["r|find_things|n"]) == (2, 2)


async def test_a_request_that_is_refused_before_its_route_ends_with_the_hour(studio: Studio) -> None:
    give("tenant_demo", limits=LimitOverrides(requests_per_hour=1))
    found = [await studio.request("GET", "/v1/things", headers={"X-Meddah-Fault": "x"}) for _ in range(2)]

    _error(found[0], 422, "VALIDATION_ERROR")
    _error(found[1], 429, "LIMIT_REACHED")


async def test_a_path_nobody_serves_is_a_404(studio: Studio) -> None:
    _error(await studio.get("/v1/nothing"), 404, "NOT_FOUND")


async def test_a_method_nobody_serves_is_a_405(studio: Studio) -> None:
    _error(await studio.request("PUT", "/v1/things"), 405, "METHOD_NOT_ALLOWED")


# ── The log ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_request_is_one_line_of_names_and_numbers(studio: Studio, log: Lines) -> None:
    answer = await studio.get("/v1/things/missing")

    (line,) = log()
    assert line["message"] == "request"
    assert line["level"] == "INFO"
    assert (line["domain"], line["tenant"], line["method"]) == ("things", "tenant_demo", "GET")
    assert (line["route"], line["status"]) == ("/v1/things/{key}", 404)
    assert line["request_id"] == answer.headers["x-request-id"]
    assert 0 <= line["duration_ms"] < 5_000
    assert isinstance(line["cold_start"], bool)


async def test_a_strangers_request_has_no_tenant(studio: Studio, app: FastAPI, log: Lines) -> None:
    await Studio(app, "nobodys-key").get("/v1/things")

    (line,) = log()
    assert (line.get("tenant"), line["status"]) == (None, 401)


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("POST", "/v1/things", {"json": {"name": SECRET}}),
        ("POST", "/v1/things", {"json": {"name": SECRET * 10}}),
        ("POST", "/v1/things", {"json": {SECRET: "x"}}),
        ("POST", "/v1/things", {"json": {"name": "x", "count": SECRET}}),
        ("POST", "/v1/things", {"json": SECRET}),
        ("POST", "/v1/things", {"content": SECRET.encode() * 100}),
        ("POST", "/v1/things", {"content": SECRET.encode(), "headers": {"Content-Type": "text/plain"}}),
        ("GET", "/v1/things", {"params": {"limit": SECRET}}),
        ("GET", "/v1/things", {"params": {"name": SECRET}}),
        ("GET", "/v1/things/bug", {}),
        ("GET", "/v1/things/throttled", {}),
        ("GET", f"/v1/things/{SECRET}", {}),
        ("GET", f"/{SECRET}", {}),
        ("PUT", "/v1/things", {"json": {"name": SECRET}}),
        ("GET", "/v1/things", {"headers": {"X-Player": SECRET.encode(), "Authorization": f"Bearer {SECRET[-4:]}"}}),
    ],
)
async def test_nothing_a_player_said_reaches_the_log(
    studio: Studio,
    log: Lines,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    method: str,
    path: str,
    options: dict[str, Any],
) -> None:
    await studio.request(method, path, **options)

    written = json.dumps(log(), ensure_ascii=False) + caplog.text + "".join(capfd.readouterr())
    assert log(), "there is a line"
    assert "7731" not in written
    assert "gizli" not in written


async def test_a_key_reaches_no_log_and_no_answer(studio: Studio, log: Lines) -> None:
    answer = await studio.get("/v1/things/bug")

    assert ALICE not in json.dumps(log()) + answer.text + str(answer.headers)


# ── As a Lambda handler ──────────────────────────────────────────────────────────────────────────────────────────────


class Context:
    aws_request_id = "invocation-1"


def _event(path: str) -> dict[str, Any]:
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"authorization": f"Bearer {ALICE}"},
        "requestContext": {
            "http": {"method": "GET", "path": path, "sourceIp": "127.0.0.1", "protocol": "HTTP/1.1"},
            "requestId": "gateway-7",
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }


def test_on_lambda_the_request_id_is_the_gateways(deployment: Deployment, app: FastAPI, log: Lines) -> None:
    answer = lambda_handler(app)(_event("/v1/things/missing"), Context())

    assert answer["statusCode"] == 404
    assert answer["headers"]["x-request-id"] == "gateway-7"
    assert json.loads(answer["body"])["error"]["request_id"] == "gateway-7"
    (line,) = log()
    assert (line["request_id"], line["function_request_id"]) == ("gateway-7", "invocation-1")


def test_on_lambda_a_5xx_is_a_metric_in_the_log(
    deployment: Deployment, app: FastAPI, capfd: pytest.CaptureFixture[str]
) -> None:
    lambda_handler(app)(_event("/v1/things/bug"), Context())

    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines() if '"_aws"' in line]
    assert [line["Http5xx"] for line in lines] == [[1.0]]
