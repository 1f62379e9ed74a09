import base64
import time
from typing import Any

import pytest

from local.http_events import Request, to_event, to_response


def _request(target: str = "/", *, body: bytes = b"", headers: dict[str, str] | None = None) -> Request:
    path, _, query = target.partition("?")
    return Request(
        method="POST",
        raw_path=path.encode(),
        query=query.encode(),
        headers=[("host", "127.0.0.1:9000"), *(headers or {}).items()],
        body=body,
    )


def _event(request: Request, **options: Any) -> dict[str, Any]:
    return to_event(request, route_key="POST /x", variables={}, request_id="id=", **options)


def test_an_event_has_the_documented_fields() -> None:
    event = to_event(
        _request(
            "/my/path?parameter1=value1&parameter1=value2&parameter2=value",
            headers={"header1": "value1", "cookie": "cookie1=1; cookie2=2", "user-agent": "agent"},
        ),
        route_key="POST /my/{what}",
        variables={"what": "path"},
        request_id="id=",
    )

    assert event["version"] == "2.0"
    assert event["routeKey"] == event["requestContext"]["routeKey"] == "POST /my/{what}"
    assert event["rawPath"] == "/my/path"
    assert event["rawQueryString"] == "parameter1=value1&parameter1=value2&parameter2=value"
    assert event["cookies"] == ["cookie1=1", "cookie2=2"]
    assert event["queryStringParameters"] == {"parameter1": "value1,value2", "parameter2": "value"}
    assert event["pathParameters"] == {"what": "path"}
    assert event["headers"]["header1"] == "value1"
    assert "cookie" not in event["headers"]
    assert event["isBase64Encoded"] is False
    context = event["requestContext"]
    assert context["http"] == {
        "method": "POST",
        "path": "/my/path",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "agent",
    }
    assert context["requestId"] == "id="
    assert context["stage"] == "$default"
    assert abs(context["timeEpoch"] / 1000 - time.time()) < 5


def test_what_is_absent_has_no_field() -> None:
    assert not {"body", "cookies", "queryStringParameters", "pathParameters"} & _event(_request()).keys()


@pytest.mark.parametrize(
    ("sent", "path"),
    [
        ("/v1/%C5%9Fifac%C4%B1", "/v1/şifacı"),
        ("/RSC/%40id%2Fassets", "/RSC/@id/assets"),
        ("/a%20b+c", "/a b+c"),
        ("/a%3Fb", "/a"),
        ("/%ff", "/\ufffd"),
        ("/%zz", "/%zz"),
    ],
)
def test_the_path_arrives_decoded(sent: str, path: str) -> None:
    event = _event(_request(sent))

    assert event["rawPath"] == event["requestContext"]["http"]["path"] == path


def test_the_query_arrives_raw_and_decoded() -> None:
    event = _event(_request("/?scope=a%20b&empty&plus=1+1"))

    assert event["rawQueryString"] == "scope=a%20b&empty&plus=1+1"
    assert event["queryStringParameters"] == {"scope": "a b", "empty": "", "plus": "1 1"}


def test_a_header_sent_twice_is_joined() -> None:
    request = Request("GET", b"/", b"", [("x-a", "1"), ("x-a", "2"), ("connection", "close")], b"")
    headers = _event(request)["headers"]

    assert headers["x-a"] == "1,2"
    assert "connection" not in headers
    assert headers["content-length"] == "0"
    assert headers["x-forwarded-for"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("content_type", "is_text"),
    [
        ("application/json", True),
        ("application/json; charset=utf-8", True),
        ("Application/JSON", True),
        ("text/plain", True),
        ("text/csv", True),
        ("application/xml", True),
        ("application/javascript", True),
        ("application/x-www-form-urlencoded", False),
        ("application/octet-stream", False),
        ("application/problem+json", False),
        ("audio/wav", False),
        (None, False),
    ],
)
def test_only_some_bodies_arrive_as_text(content_type: str | None, is_text: bool) -> None:
    event = _event(_request(body="ş".encode(), headers={"content-type": content_type} if content_type else {}))

    assert event["isBase64Encoded"] is not is_text
    assert event["body"] == ("ş" if is_text else base64.b64encode("ş".encode()).decode())


@pytest.mark.parametrize(
    ("result", "status", "headers", "body"),
    [
        ({"hello": "ş"}, 200, {"content-type": "application/json"}, b'{"hello":"\\u015f"}'),
        ("plain", 200, {"content-type": "application/json"}, b"plain"),
        (None, 200, {"content-type": "application/json"}, b"null"),
        ({"statusCode": 204}, 204, {"content-type": "text/plain;charset=utf-8"}, b""),
        (
            {"statusCode": 201, "headers": {"Content-Type": "a/b", "X-N": 1}, "body": "ş"},
            201,
            {"content-type": "a/b", "x-n": "1"},
            "ş".encode(),
        ),
        (
            {"statusCode": "200", "isBase64Encoded": True, "headers": {"content-type": "i/p"}, "body": "AAE="},
            200,
            {"content-type": "i/p"},
            b"\0\1",
        ),
        (
            {"statusCode": 200, "isBase64Encoded": True, "body": "not base64!"},
            500,
            {"content-type": "application/json"},
            b'{"message":"Internal Server Error"}',
        ),
        (
            {"statusCode": "fine"},
            500,
            {"content-type": "application/json"},
            b'{"message":"Internal Server Error"}',
        ),
    ],
)
def test_an_answer_becomes_a_response(result: Any, status: int, headers: dict[str, str], body: bytes) -> None:
    response = to_response(result)

    assert (response.status, dict(response.headers), response.body) == (status, headers, body)


def test_each_cookie_becomes_a_header() -> None:
    response = to_response({"statusCode": 200, "cookies": ["a=1; Path=/", "b=2"]})

    assert [value for name, value in response.headers if name == "set-cookie"] == ["a=1; Path=/", "b=2"]
