"""What the API says about itself, and to whoever asks for what is not there."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from common.api import VERSION
from system.api import app
from system.service import openapi_document
from tests.support.deployment import Deployment, template
from tests.support.http import Studio
from tools.openapi import merged

TABLES = {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower() for name in template().tables}
CHECKS = TABLES | {
    "assets_bucket",
    "image_queue",
    "image_urgent_queue",
    "speech_queue",
    "speech_urgent_queue",
    "finish_queue",
    "memory_queue",
    "webhook_queue",
}


@pytest.fixture
def stranger(deployment: Deployment) -> Studio:
    return Studio(app, key=None)


def _error(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.json()["error"]["request_id"] == answer.headers["x-request-id"]
    return answer.json()["error"]


async def test_the_api_says_who_it_is(stranger: Studio) -> None:
    info = (await stranger.get("/")).json()

    assert (info["name"], info["version"]) == ("Meddah", VERSION)
    for path in (info["docs"], info["openapi"], info["health"]):
        assert (await stranger.get(path)).status_code == 200


# ── Health ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_everything_that_can_be_reached_is_ok(stranger: Studio) -> None:
    answer = await stranger.get("/health")

    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert answer.json()["checks"] == dict.fromkeys(CHECKS, "ok")


def _remove(deployment: Deployment, name: str) -> None:
    names = deployment.settings
    if name.endswith("_table"):
        deployment.dynamodb.delete_table(TableName=getattr(names, name))
    elif name.endswith("_queue"):
        deployment.sqs.delete_queue(QueueUrl=getattr(names, f"{name}_url"))
    else:
        deployment.s3.delete_bucket(Bucket=names.assets_bucket)


@pytest.mark.parametrize("name", ["worlds_table", "accounts_table", "usage_table", "finish_queue", "assets_bucket"])
async def test_what_cannot_be_reached_is_named(stranger: Studio, deployment: Deployment, name: str) -> None:
    _remove(deployment, name)
    answer = await stranger.get("/health")

    checks = _error(answer, 503, "BUSY")["details"]["checks"]
    assert checks == dict.fromkeys(CHECKS, "ok") | {name: "unreachable"}
    assert "retry-after" in answer.headers
    assert getattr(deployment.settings, name, "meddah-dev-finish") not in answer.text


# ── Documentation ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_document_is_merged_from_every_domain(stranger: Studio) -> None:
    answer = await stranger.get("/openapi.json")

    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == json.loads(json.dumps(merged()))
    assert answer.json()["openapi"].startswith("3.1")


def _operations() -> list[tuple[str, dict[str, Any]]]:
    paths = json.loads(openapi_document())["paths"]
    return [(f"{method.upper()} {path}", op) for path, methods in paths.items() for method, op in methods.items()]


@pytest.mark.parametrize(("name", "operation"), _operations(), ids=[name for name, _ in _operations()])
def test_every_operation_says_what_it_does_and_how_it_fails(name: str, operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["description"]
    assert operation["tags"]
    assert "500" in operation["responses"]
    if operation.get("security"):
        assert {"401", "422", "503"} <= set(operation["responses"])
    for status, answer in operation["responses"].items():
        if int(status) >= 400:
            reference = answer["content"]["application/json"]["schema"]["$ref"]
            assert reference == "#/components/schemas/ErrorResponse"


@pytest.mark.parametrize(("name", "operation"), _operations(), ids=[name for name, _ in _operations()])
def test_every_operation_with_a_key_says_how_its_limits_are_told(name: str, operation: dict[str, Any]) -> None:
    told = {status: set(answer.get("headers", {})) for status, answer in operation["responses"].items()}
    known = json.loads(openapi_document())["components"]["headers"]
    for status, headers in told.items():
        limited = bool(operation.get("security")) and (status.startswith("2") or status == "429")
        assert ({"RateLimit", "RateLimit-Policy"} <= headers) == limited
        assert ("Retry-After" in headers) == (bool(operation.get("security")) and status in {"429", "503"})
        assert headers <= {*known, "Idempotency-Replayed"}


def test_every_body_has_an_example() -> None:
    document = json.loads(openapi_document())
    for name, operation in _operations():
        if "requestBody" in operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            if "$ref" in schema:
                schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            assert schema["examples"], name


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for _, operation in _operations()]

    assert len(names) == len(set(names))


async def test_the_page_needs_no_internet(stranger: Studio) -> None:
    page = (await stranger.get("/docs")).text
    references = re.findall(r"""(?:src|href)=["']([^"']+)["']""", page)

    assert "://" not in page
    assert {one for one in references if not one.startswith("data:")} == {
        "/docs/swagger-ui-bundle.js",
        "/docs/swagger-ui.css",
    }


@pytest.mark.parametrize(
    ("file", "content_type"), [("swagger-ui-bundle.js", "text/javascript"), ("swagger-ui.css", "text/css")]
)
async def test_the_files_of_the_page_are_served_and_may_be_kept(stranger: Studio, file: str, content_type: str) -> None:
    answer = await stranger.get(f"/docs/{file}")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(content_type)
    assert len(answer.content) > 10_000
    assert "max-age" in answer.headers["cache-control"]


@pytest.mark.parametrize("file", ["nope.js", "..%2fapi.py", "%2e%2e", "__init__.py", "redoc.standalone.js"])
async def test_no_other_file_is_served(stranger: Studio, file: str) -> None:
    _error(await stranger.get(f"/docs/{file}"), 404, "NOT_FOUND")


# ── Everything else ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", ["/nope", "/v1", "/v1/characters/", "/v2/worlds", "/%F0%9F%90%89", "/a/b/c"])
async def test_an_unknown_path_is_a_404_with_any_method(stranger: Studio, method: str, path: str) -> None:
    _error(await stranger.request(method, path), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/characters", "GET, POST"),
        ("DELETE", "/v1/worlds", "GET, POST"),
        ("POST", "/v1/worlds/world_x", "DELETE, GET, PATCH"),
        ("GET", "/v1/characters/char_x/speak", "POST"),
        ("GET", "/v1/images/avatar", "POST"),
        ("POST", "/v1/jobs/job_x", "DELETE, GET"),
        ("GET", "/v1/characters/batch", "DELETE, GET, PATCH, POST"),
        ("POST", "/health", "GET"),
        ("DELETE", "/", "GET"),
        ("OPTIONS", "/v1/worlds", "GET, POST"),
    ],
)
async def test_a_method_a_path_does_not_take_is_a_405_that_says_which_it_takes(
    stranger: Studio, method: str, path: str, allowed: str
) -> None:
    answer = await stranger.request(method, path)

    assert _error(answer, 405, "METHOD_NOT_ALLOWED")["details"] == {"allowed": allowed.split(", ")}
    assert answer.headers["allow"] == allowed


async def test_an_unknown_path_says_nothing_of_the_path(stranger: Studio) -> None:
    answer = await stranger.get("/gizli-7731")

    assert "7731" not in answer.text
