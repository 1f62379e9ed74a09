"""API Gateway's part: an ASGI application that turns requests into events for the functions the template routes to."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from local.functions import Function, PayloadTooLarge
from local.http_events import (
    INTERNAL_SERVER_ERROR,
    Request,
    Response,
    new_request_id,
    refusal,
    to_event,
    to_response,
)
from local.process import FunctionError
from local.routes import Match, Routes

BODY_LIMIT = 10 * 1024 * 1024
INTEGRATION_TIMEOUT = 30
"""Seconds after which API Gateway stops waiting for a function."""
_DROPPED = {"connection", "content-length", "date", "transfer-encoding"}

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Answered:
    """One request, for whoever reports it."""

    request: Request
    status: int
    duration_ms: float
    function: str | None
    cold: bool


class Gateway:
    """The HTTP API of the template."""

    def __init__(self, functions: Mapping[str, Function], *, port: int, report: Callable[[Answered], None]) -> None:
        self._routes = Routes(
            (route, function) for function in functions.values() for route in function.definition.routes
        )
        self._port = port
        self._report = report

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        request = await self._read(scope, receive)
        request_id = new_request_id()
        match = self._routes.match(request.method, request.path)
        response, cold = await self._answer(request, match, request_id)
        duration_ms = (time.perf_counter() - started) * 1000
        function = match.target.name if match else None
        self._report(Answered(request, response.status, duration_ms, function, cold))
        await _send(response, request_id, send)

    async def _read(self, scope: Mapping[str, Any], receive: Receive) -> Request:
        """Read a request, of a body that is too long only as much as shows that it is."""
        body = bytearray()
        more = True
        while more and len(body) <= BODY_LIMIT:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        return Request(
            method=scope["method"],
            raw_path=scope["raw_path"],
            query=scope["query_string"],
            headers=[(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]],
            body=bytes(body),
            source_ip=scope["client"][0] if scope["client"] else "127.0.0.1",
            port=self._port,
            protocol=f"HTTP/{scope['http_version']}",
        )

    async def _answer(self, request: Request, match: Match[Function] | None, request_id: str) -> tuple[Response, bool]:
        """Return the response, and whether a function had to be started for it."""
        if len(request.body) > BODY_LIMIT:
            return refusal(413, "Request Entity Too Large"), False
        if match is None:
            return refusal(404, "Not Found"), False
        event = to_event(request, route_key=match.route.key, variables=match.variables, request_id=request_id)
        try:
            async with asyncio.timeout(INTEGRATION_TIMEOUT):
                invocation = await match.target.invoke(event)
        except PayloadTooLarge:
            return refusal(413, "Request Entity Too Large"), False
        except FunctionError:
            return INTERNAL_SERVER_ERROR, False
        except TimeoutError:
            return refusal(503, "Service Unavailable"), False
        return to_response(invocation.result), invocation.cold


async def _send(response: Response, request_id: str, send: Send) -> None:
    headers = [(name, value) for name, value in response.headers if name not in _DROPPED]
    headers += [("content-length", str(len(response.body))), ("apigw-requestid", request_id)]
    encoded = [(name.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in headers]
    await send({"type": "http.response.start", "status": response.status, "headers": encoded})
    await send({"type": "http.response.body", "body": response.body})
