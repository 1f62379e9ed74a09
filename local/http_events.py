"""Requests as API Gateway's events and Lambda's answers as responses: HTTP API, payload format 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
What that page leaves open follows what others measured on AWS: the path arrives decoded and ends at a decoded
`?` (github.com/middleapi/standard-server/pull/93), and only text/*, JSON, XML and JavaScript bodies arrive as text
(github.com/ministackorg/ministack/pull/766).
"""

import base64
import binascii
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import parse_qsl, quote, unquote

from local.cloudformation import ACCOUNT

API_ID = "local"
_TEXT_TYPES = {"application/json", "application/xml", "application/javascript"}
_HOP_BY_HOP = {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "proxy-connection"}


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came off the wire; header names are lower-case."""

    method: str
    raw_path: bytes
    query: bytes
    headers: list[tuple[str, str]]
    body: bytes
    source_ip: str = "127.0.0.1"
    port: int = 9000
    protocol: str = "HTTP/1.1"

    @property
    def path(self) -> str:
        """The decoded path, which is what routes are matched against and functions see."""
        return unquote(self.raw_path.decode("latin-1"), errors="replace").partition("?")[0]


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back on the wire."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def new_request_id() -> str:
    """Return an id that looks like API Gateway's own."""
    return base64.urlsafe_b64encode(secrets.token_bytes(11)).decode()


def to_event(request: Request, *, route_key: str, variables: Mapping[str, str], request_id: str) -> dict[str, Any]:
    """Return the event of a request that `route_key` took."""
    headers = _headers(request)
    cookies = [part.strip() for name, value in request.headers if name == "cookie" for part in value.split(";")]
    query = quote(request.query, safe="%/:?#[]@!$&'()*+,;=~^|{}\"<>\\`")
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": request.path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": _context(request, route_key, request_id, headers),
        "isBase64Encoded": False,
    }
    if cookies:
        event["cookies"] = cookies
    if query:
        event["queryStringParameters"] = _joined(parse_qsl(query, keep_blank_values=True))
    if variables:
        event["pathParameters"] = dict(variables)
    if request.body:
        event["isBase64Encoded"], event["body"] = _body(request.body, headers.get("content-type", ""))
    return event


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _headers(request: Request) -> dict[str, str]:
    kept = [(name, value) for name, value in request.headers if name not in _HOP_BY_HOP and name != "cookie"]
    return {
        "x-amzn-trace-id": f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)}",
        "x-forwarded-for": request.source_ip,
        "x-forwarded-port": str(request.port),
        "x-forwarded-proto": "http",
    } | _joined([*kept, *([] if dict(kept).get("content-length") else [("content-length", str(len(request.body)))])])


def _body(body: bytes, content_type: str) -> tuple[bool, str]:
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type.startswith("text/") or media_type in _TEXT_TYPES:
        return False, body.decode(errors="replace")
    return True, base64.b64encode(body).decode()


def _context(request: Request, route_key: str, request_id: str, headers: Mapping[str, str]) -> dict[str, Any]:
    now = time.time()
    host = headers.get("host", "127.0.0.1")
    return {
        "accountId": ACCOUNT,
        "apiId": API_ID,
        "domainName": host,
        "domainPrefix": host.partition(".")[0],
        "http": {
            "method": request.method,
            "path": request.path,
            "protocol": request.protocol,
            "sourceIp": request.source_ip,
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": request_id,
        "routeKey": route_key,
        "stage": "$default",
        "time": datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now * 1000),
    }


def refusal(status: int, message: str) -> Response:
    """Return an answer of API Gateway's own."""
    body = json.dumps({"message": message}, separators=(",", ":")).encode()
    return Response(status, [("content-type", "application/json")], body)


INTERNAL_SERVER_ERROR = refusal(500, "Internal Server Error")


def to_response(result: Any) -> Response:
    """Return the response a function asks for: in full, or by a body alone, which is then JSON with status 200."""
    if not isinstance(result, dict) or "statusCode" not in result:
        return Response(200, [("content-type", "application/json")], _dumped(result))
    answer = cast("dict[str, Any]", result)
    try:
        status = int(answer["statusCode"])
        body = _content(answer.get("body"), is_base64=bool(answer.get("isBase64Encoded")))
    except (TypeError, ValueError, binascii.Error):
        return INTERNAL_SERVER_ERROR
    named = cast("dict[str, Any]", answer.get("headers") or {})
    headers = [(name.lower(), _header_value(value)) for name, value in named.items()]
    if not any(name == "content-type" for name, _ in headers):
        headers.append(("content-type", "text/plain;charset=utf-8"))
    cookies = cast("list[str]", answer.get("cookies") or [])
    headers.extend(("set-cookie", cookie) for cookie in cookies)
    return Response(status, headers, body)


def _content(body: Any, *, is_base64: bool) -> bytes:
    if body is None:
        return b""
    if is_base64:
        return base64.b64decode(body, validate=True)
    return body.encode() if isinstance(body, str) else _dumped(body)


def _header_value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _dumped(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else json.dumps(value, separators=(",", ":")).encode()
