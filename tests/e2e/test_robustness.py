"""Bad input on any path: never a 5xx, and always the one shape of error wherever the application answers."""

from __future__ import annotations

import http.client
import json
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from common.api import MAX_BODY_BYTES
from images.models import MAX_BODY_BYTES as MAX_PICTURES_BYTES
from system.service import openapi_document
from tests.support.http import ALICE
from voice.models import MAX_BODY_BYTES as MAX_SPEECH_BYTES

GATEWAY_LIMIT = 10 * 1024 * 1024
JSON = {"Content-Type": "application/json"}
PATHS: dict[str, dict[str, Any]] = json.loads(openapi_document())["paths"]
UNKNOWN_PATHS = {"/nope", "/v1", "/v1/characters/"}
NAMING = {path.rpartition("/")[0] for path, methods in PATHS.items() if "put" in methods}
"""Where a PUT takes whatever stands after it for a studio's own id."""
EVERY_PATH = sorted({path.replace("{", "").replace("}", "") for path in PATHS} | UNKNOWN_PATHS)
TAKING_A_BODY = {
    (method.upper(), path.replace("{", "").replace("}", "")): operation["requestBody"].get("required", False)
    for path, methods in PATHS.items()
    for method, operation in methods.items()
    if "requestBody" in operation
}
"""Whether they need one."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    content: bytes


def _ask(
    url: str, method: str, target: str, *, body: bytes = b"", headers: dict[str, str] | None = None, key: str = ALICE
) -> Answer:
    """Send a request byte for byte as it is written here: no client tidies it up."""
    address = urlsplit(url)
    sent = {"Host": address.netloc, "Connection": "close", **(headers or {})}
    if key:
        sent["Authorization"] = f"Bearer {key}"
    if body and "Transfer-Encoding" not in sent:
        sent["Content-Length"] = str(len(body))
    head = f"{method} {target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        connection.sendall(head.encode() + b"\r\n" + body)
        answer = http.client.HTTPResponse(connection, method=method)
        answer.begin()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())


def _assert_ours(answer: Answer, *statuses: int) -> dict[str, Any]:
    """The answer is an error in the one shape."""
    assert answer.status in statuses, answer
    body = json.loads(answer.content)
    assert set(body) == {"error"}, body
    assert set(body["error"]) == {"code", "message", "details", "retryable", "request_id"}
    assert body["error"]["request_id"] == answer.headers["x-request-id"] == answer.headers["apigw-requestid"]
    return body["error"]


def _fields(error: dict[str, Any]) -> list[str]:
    return [one["field"] for one in error["details"]["errors"]]


# ── Bodies ───────────────────────────────────────────────────────────────────────────────────────────────────────────

BAD_BODIES = {
    "malformed": b'{"message": ',
    "nothing": b"",
    "a list": b"[]",
    "a word": b'"x"',
    "UTF-16": '{"message": "x"}'.encode("utf-16"),
    "a NUL": b"\x00",
    "NaN": b'{"message": NaN}',
    "1,000 levels deep": b'{"message":' + b"[" * 1_000 + b"]" * 1_000 + b"}",
    "100,000 levels deep": b"[" * 100_000,
    "deep objects": b'{"message":' * 5_000 + b"1" + b"}" * 5_000,
    "a number of 5,000 digits": b'{"message": ' + b"9" * 5_000 + b"}",
    "a half of a character": b'{"message": "\\ud800"}',
}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        pytest.param(*route, body, id=f"{'-'.join(route)}-{name}")
        for route, needed in TAKING_A_BODY.items()
        for name, body in BAD_BODIES.items()
        if body or needed
    ],
)
def test_a_body_that_cannot_be_read_is_a_422(stack: str, method: str, path: str, body: bytes) -> None:
    assert _fields(_assert_ours(_ask(stack, method, path, body=body, headers=JSON), 422))


def test_the_bodies_that_may_be_left_out_are_those_of_rotations_and_of_a_replay() -> None:
    assert {path for (_, path), needed in TAKING_A_BODY.items() if not needed} == {
        "/v1/account/keys/key_id/rotate",
        "/v1/webhooks/callbacks/rotate-secret",
        "/v1/webhooks/webhook_id/rotate-secret",
        "/v1/webhooks/events/event_id/replay",
    }


@pytest.mark.parametrize(("method", "path"), TAKING_A_BODY)
def test_what_is_not_utf_8_is_read_as_far_as_it_can_be(stack: str, method: str, path: str) -> None:
    answer = _ask(stack, method, path, body=b'{"message": "\xff\xfe"}', headers=JSON)

    _assert_ours(answer, 404, 422)  # API Gateway hands on JSON as text, with U+FFFD for what is none


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "nonsense"]
)
def test_a_body_of_another_type_is_a_422(stack: str, content_type: str) -> None:
    answer = _ask(stack, "POST", "/v1/worlds", body=b'{"name": "x"}', headers={"Content-Type": content_type})

    assert _fields(_assert_ours(answer, 422)) == ["body"]


@pytest.mark.parametrize("value", [b'"\\ud800"', b'{"a": "\\udfff"}', b'{"\\ud800": 1}'])
@pytest.mark.parametrize("field", ["name", "setting", "metadata"])
def test_text_that_is_no_text_is_a_422(stack: str, field: str, value: bytes) -> None:
    body = b'{"' + field.encode() + b'": ' + value + b"}"

    assert _fields(_assert_ours(_ask(stack, "POST", "/v1/worlds", body=body, headers=JSON), 422))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/worlds", '{"metadata": {"a": %s}}'),
        ("/v1/images/avatar", '{"description": "x", "guidance_scale": %s}'),
        ("/v1/images/avatar", '{"description": "x", "seed": %s}'),
        ("/v1/voice/tts", '{"text": "x", "speed": %s}'),
        ("/v1/characters/batch", '{"count": %s}'),
    ],
)
def test_a_number_that_is_none_is_a_422(stack: str, path: str, body: str, number: str) -> None:
    answer = _ask(stack, "POST", path, body=(body % number).encode(), headers=JSON)

    assert _fields(_assert_ours(answer, 422))


def test_a_huge_number_in_a_studios_own_data_comes_back_as_it_was(alice: httpx.Client) -> None:
    metadata = {"a": 10**300, "b": -(10**40), "c": 1.5e300, "d": 0.1, "ş": "🐉\u0000"}
    made = alice.post("/v1/worlds", json={"metadata": metadata})

    assert made.status_code == 201
    assert alice.get(f"/v1/worlds/{made.json()['id']}").json()["metadata"] == metadata


# ── Sizes ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _padded(size: int) -> bytes:
    return b'{"name": "' + b"x" * (size - 12) + b'"}'


@pytest.mark.parametrize("path", ["/v1/characters", "/v1/worlds", "/v1/players/tokens"])
def test_a_body_above_our_cap_is_our_413(stack: str, path: str) -> None:
    answer = _ask(stack, "POST", path, body=_padded(MAX_BODY_BYTES + 1), headers=JSON)

    assert _assert_ours(answer, 413)["code"] == "PAYLOAD_TOO_LARGE"


def test_a_body_at_our_cap_is_read(stack: str) -> None:
    answer = _ask(stack, "POST", "/v1/worlds", body=_padded(MAX_BODY_BYTES), headers=JSON)

    assert _fields(_assert_ours(answer, 422)) == ["name"]


@pytest.mark.parametrize(
    ("path", "most"), [("/v1/voice/stt", MAX_SPEECH_BYTES), ("/v1/images/batch", MAX_PICTURES_BYTES)]
)
def test_sound_and_a_hundred_orders_may_be_larger(stack: str, path: str, most: int) -> None:
    below = _ask(stack, "POST", path, body=_padded(most), headers=JSON)
    above = _ask(stack, "POST", path, body=_padded(most + 1), headers=JSON)

    assert "audio_base64" not in _fields(_assert_ours(below, 422))
    assert _assert_ours(above, 413)["code"] == "PAYLOAD_TOO_LARGE"


@pytest.mark.parametrize("path", ["/v1/worlds", "/nope"])
def test_a_body_above_the_gateways_limit_is_the_gateways_413(stack: str, path: str) -> None:
    answer = _ask(stack, "POST", path, body=_padded(GATEWAY_LIMIT + 1), headers=JSON)

    assert (answer.status, json.loads(answer.content)) == (413, {"message": "Request Entity Too Large"})


def test_a_body_between_what_a_function_takes_and_the_gateways_limit_is_a_413(stack: str) -> None:
    answer = _ask(stack, "POST", "/v1/worlds", body=_padded(8 * 1024 * 1024), headers=JSON)

    assert answer.status == 413


def test_a_body_without_a_length_is_counted_all_the_same(stack: str) -> None:
    chunk = b"%x\r\n%s\r\n" % (64 * 1024, b"x" * 64 * 1024)
    headers = {**JSON, "Transfer-Encoding": "chunked"}
    answer = _ask(stack, "POST", "/v1/worlds", body=chunk * 9 + b"0\r\n\r\n", headers=headers)

    assert _assert_ours(answer, 413)["code"] == "PAYLOAD_TOO_LARGE"


def test_a_huge_body_without_a_key_is_a_401(stack: str) -> None:
    answer = _ask(stack, "POST", "/v1/worlds", body=_padded(MAX_BODY_BYTES + 1), headers=JSON, key="")

    _assert_ours(answer, 401)


# ── Paths, methods, queries, headers ─────────────────────────────────────────────────────────────────────────────────

BAD_PATHS = [
    "/%",
    "/%zz",
    "/%00",
    "/%ff%fe",
    "/v1/characters/%",
    "/v1/characters/%ff",
    "/v1/characters/%00",
    "/v1/characters/%0a",
    "/v1/characters/char_01K00000000000000000000000%0a",
    "/v1/characters/..%2f..%2fetc%2fpasswd",
    "/v1/characters/%3Cscript%3E",
    "/v1/characters/%23%3f",
    "/v1/characters/" + "x" * 4_000,
    "/v1/characters/%F0%9F%90%89/memory",
    "/v1/characters//speak",
    "/v1/worlds/%25",
    "/v1/jobs/%2e%2e",
    "/v1/jobs/job_'%20OR%201=1",
    "/docs/..%2f..%2fapi.py",
    "/docs/%2e%2e",
    "/docs/nope.js",
    "/openapi.json/",
    "//",
    "/./",
    "/v1/../health",
    "/HEALTH",
    "/" + "a/" * 500,
]


@pytest.mark.parametrize("path", BAD_PATHS, ids=lambda path: path[:50])
def test_a_path_nobody_serves_is_a_404(stack: str, path: str) -> None:
    _assert_ours(_ask(stack, "GET", path), 404, 405)


def _takes_put(path: str) -> bool:
    return path.rpartition("/")[0] in NAMING


@pytest.mark.parametrize("path", EVERY_PATH)
@pytest.mark.parametrize("method", ["PUT", "OPTIONS", "TRACE", "PROPFIND", "get"])
def test_a_method_a_path_does_not_take_is_a_405(stack: str, path: str, method: str) -> None:
    if method == "PUT" and _takes_put(path):
        method = "PATCH"
    answer = _ask(stack, method, path, body=b"{", headers=JSON)

    if path in UNKNOWN_PATHS and method in {"PUT", "OPTIONS", "TRACE"}:
        _assert_ours(answer, 404)
    else:
        assert _assert_ours(answer, 405)["code"] == "METHOD_NOT_ALLOWED"


@pytest.mark.parametrize("path", EVERY_PATH)
def test_a_405_says_what_is_allowed(stack: str, path: str) -> None:
    documented = next((ops for known, ops in PATHS.items() if known.replace("{", "").replace("}", "") == path), None)
    answer = _ask(stack, "PATCH" if _takes_put(path) else "PUT", path)

    if documented is not None:
        assert set(answer.headers["allow"].split(", ")) >= {method.upper() for method in documented}


@pytest.mark.parametrize("path", EVERY_PATH)
def test_a_head_request_gets_a_head(stack: str, path: str) -> None:
    answer = _ask(stack, "HEAD", path)

    assert answer.status < 500
    assert answer.content == b""


QUERIES = {
    "one of 7,000 characters": "x=" + "y" * 7_000,
    "2,000 names": "&".join(f"a{n}=1" for n in range(700)),
    "bad encoding": "limit=%zz&cursor=%ff%fe&%00=%",
    "no names": "=&==&&&=;",
    "the same again": "limit=1&limit=2&limit=nope",
    "brackets": "limit[$gt]=1&filter[]=x",
    "control characters": "limit=%0d%0aSet-Cookie:%20a=b",
    "a cursor of a dragon": "cursor=%F0%9F%90%89",
    "a cursor of zeros": "cursor=AAAA",
    "a cursor of half a quantum": "cursor=A",
    "a number beyond all bounds": "limit=" + "9" * 4_999,
    "not a number": "limit=NaN&offset=Infinity",
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
@pytest.mark.parametrize("path", EVERY_PATH)
def test_an_absurd_query_is_no_reason_to_break_down(stack: str, path: str, query: str) -> None:
    answer = _ask(stack, "GET", f"{path}?{query}")

    if answer.status >= 400:
        _assert_ours(answer, 404, 405, 422)
    assert "set-cookie" not in answer.headers


HEADERS: dict[str, dict[str, str]] = {
    "a long one": {"X-Long": "x" * 5_000},
    "many": {f"X-{number}": "y" for number in range(90)},
    "Latin-1": {"X-Name": "caf\u00e9"},
    "forged": {"X-Forwarded-For": "' OR 1=1", "X-Request-Id": "mine", "X-Amzn-Trace-Id": "\x7f"},
    "other encodings": {"Accept": "application/xml", "Accept-Encoding": "br", "Content-Encoding": "gzip"},
    "a strange length": {"Content-Type": "application/json; charset=utf-7"},
    "a host from elsewhere": {"X-Forwarded-Host": "evil.example", "Origin": "null"},
}


@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS)
@pytest.mark.parametrize("path", ["/", "/v1/worlds", "/nope"])
def test_odd_headers_are_no_reason_to_break_down(stack: str, path: str, headers: dict[str, str]) -> None:
    answer = _ask(stack, "GET", path, headers=headers)

    assert answer.status < 500
    assert answer.headers["x-request-id"] == answer.headers["apigw-requestid"] != "mine"


@pytest.mark.parametrize("key", ["x" * 257, "x" * 5_000, "caf\u00e9", "a b", "demo-key-123,demo-key-456", "%00"])
def test_a_key_that_cannot_be_one_is_a_401(stack: str, key: str) -> None:
    _assert_ours(_ask(stack, "GET", "/v1/worlds", key=key), 401)
