import json
import socket
import sys
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.local.conftest import Played

MB = 1024 * 1024


def _event(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200
    return response.json()["event"]


def test_a_request_reaches_its_function_as_an_event(played: Played) -> None:
    event = _event(played.http.get("/echo/%C5%9Fifac%C4%B1?a=1&a=2", headers={"Authorization": "Bearer k"}))

    assert event["routeKey"] == "GET /echo/{name}"
    assert event["pathParameters"] == {"name": "şifacı"}
    assert event["rawPath"] == "/echo/şifacı"
    assert event["rawQueryString"] == "a=1&a=2"
    assert event["queryStringParameters"] == {"a": "1,2"}
    assert event["headers"]["authorization"] == "Bearer k"


def test_a_body_arrives_as_it_was_sent(played: Played) -> None:
    event = _event(played.http.post("/echo", json={"text": "ığüşöç"}))

    assert json.loads(event["body"]) == {"text": "ığüşöç"}
    assert event["isBase64Encoded"] is False


def test_the_functions_answer_comes_back_as_it_was_meant(played: Played) -> None:
    answer = {
        "statusCode": 418,
        "headers": {"X-Kind": "teapot", "content-length": "3"},
        "cookies": ["a=1", "b=2"],
        "body": "AAEC",
        "isBase64Encoded": True,
    }
    response = played.http.post("/shaped", json=answer)

    assert response.status_code == 418
    assert response.content == b"\0\1\2"
    assert response.headers["x-kind"] == "teapot"
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert "apigw-requestid" in response.headers


def test_an_unknown_path_is_not_found_when_there_is_no_default(played: Played) -> None:
    response = played.http.get("/nowhere")

    assert (response.status_code, response.text) == (404, '{"message":"Not Found"}')


@pytest.mark.parametrize("kind", ["raise", "crash", "sleep", "huge", "unwritable"])
def test_a_function_that_fails_is_an_internal_server_error(played: Played, kind: str) -> None:
    response = played.http.get(f"/troubled/{kind}")

    assert (response.status_code, response.text) == (500, '{"message":"Internal Server Error"}')
    assert played.http.get("/troubled/nothing").status_code == 200


@pytest.mark.parametrize("size", [10 * MB + 1, 7 * MB])
def test_what_is_too_large_is_refused(played: Played, size: int) -> None:
    response = played.http.post("/echo", content=b"x" * size, headers={"content-type": "text/plain"})

    assert (response.status_code, response.text) == (413, '{"message":"Request Entity Too Large"}')


def test_a_large_body_below_the_limit_passes(played: Played) -> None:
    response = played.http.post("/shaped", json={"statusCode": 200, "body": "x" * (5 * MB)})

    assert len(response.content) == 5 * MB


def test_head_is_a_method_of_its_own(played: Played) -> None:
    assert played.http.head("/echo/name").status_code == 404
    assert played.http.head("/any/thing").status_code == 200


def test_one_line_is_printed_for_a_request(played: Played) -> None:
    played.http.get("/echo/line?x=1")

    line = next(line for line in reversed(played.out.getvalue().splitlines()) if "/echo/line" in line)
    assert all(part in line for part in ("GET", "/echo/line?x=1", "200", "ms", "Echo"))
    assert "\033" not in line


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8")
def test_it_listens_on_loopback_only(played: Played) -> None:
    port = urlsplit(str(played.http.base_url)).port
    with socket.create_server(("127.0.0.2", port or 0)):
        pass  # nobody else has taken it on another address
