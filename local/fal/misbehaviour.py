"""Answers that go wrong on their way: fal's own errors, proxies' errors, and connections that break."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse

from local.fal.script import Rule
from local.fal.wire import Refused, new_id, plain_error, platform_error, refused

Answer = Callable[[], Awaitable[Response]]
Cut = Callable[[], None]
"""Breaks the connection."""

_FOR_EVER = 3600.0
_NGINX = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>"
    "\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


class Broken(Exception):
    """No answer will be given: the connection is to be cut."""


def replaces(rule: Rule) -> bool:
    """Whether nothing of the true answer arrives."""
    return rule.fault in _FIXED or rule.fault in {"stall", "drop"}


async def misbehave(rule: Rule, answer: Answer, cut: Cut) -> Response:
    """Return what a fault makes of an answer; with the option `accepted` the request was taken before it struck.

    Raises:
        Broken: see there.
    """
    if replaces(rule):
        if rule.options.get("accepted"):
            await answer()
        return await _replaced(rule)
    return _spoiled(rule, await answer(), cut)


async def _replaced(rule: Rule) -> Response:
    if rule.fault == "stall":
        await asyncio.sleep(float(rule.options.get("seconds", _FOR_EVER)))
    if rule.fault in {"stall", "drop"}:
        raise Broken
    return _FIXED[rule.fault](rule)


def _error(refusal: Refused) -> Response:
    return refusal.outcome.response(new_id())


def _anonymous(refusal: Refused) -> Response:
    return JSONResponse(refusal.outcome.body, refusal.outcome.status, dict(refusal.outcome.headers))


def _busy(_: Rule) -> Response:
    return _anonymous(refused(429, "concurrent_requests_limit", "Concurrent requests limit reached"))


def _locked(rule: Rule) -> Response:
    reason = rule.options.get("reason", "Exhausted balance. Top up your balance at fal.ai/dashboard/billing.")
    return _anonymous(plain_error(403, f"User is locked. Reason: {reason}"))


def _scheduling() -> Refused:
    return platform_error(503, "runner_scheduling_failure", "No runner is available")


def _bad_key_shape() -> Refused:
    return plain_error(401, "Invalid Key Authorization header format. Expected '<key_id>:<key_secret>'.")


def _timeout(**headers: str) -> Response:
    return _error(platform_error(504, "request_timeout", "Request timed out", **headers))


def _as_told(rule: Rule) -> Response:
    body, status = rule.options.get("body", ""), int(rule.options.get("status", 200))
    headers: dict[str, str] = dict(rule.options.get("headers", {}))
    if isinstance(body, str):
        return PlainTextResponse(body, status, headers)
    return JSONResponse(body, status, headers)


_FIXED: dict[str, Callable[[Rule], Response]] = {
    "answer": _as_told,
    "bad_gateway": lambda _: HTMLResponse(_NGINX, 502),
    "busy": _busy,
    "error_flat": lambda _: _error(platform_error(500, "runner_server_error", "Internal server error")),
    "error_list": lambda _: _error(refused(500, "internal_server_error", "Internal server error")),
    "gateway_timeout": lambda _: _timeout(),
    "locked": _locked,
    "malformed_key": lambda _: _anonymous(_bad_key_shape()),
    "no_access": lambda _: _anonymous(plain_error(401, 'Cannot access application "owner/app"')),
    "not_json": lambda _: PlainTextResponse("OK", 200),
    "redirect": lambda rule: Response(None, 307, {"Location": str(rule.options.get("to", "http://127.0.0.1:9/"))}),
    "timeout_user": lambda _: _timeout(**{"X-Fal-Request-Timeout-Type": "user"}),
    "unauthorized": lambda _: _anonymous(plain_error(401, "No user found for Key ID and Secret")),
    "unavailable": lambda _: _error(_scheduling()),
    "unavailable_nameless": lambda _: _anonymous(_scheduling()),
    "unknown_app": lambda _: _anonymous(plain_error(404, 'Application "fal-ai/gone" not found')),
}


def _spoiled(rule: Rule, response: Response, cut: Cut) -> Response:
    """The true answer with one thing wrong in it."""
    if rule.fault in _CHANGES:
        body = json.loads(bytes(response.body))
        _CHANGES[rule.fault](body)
        return JSONResponse(body, response.status_code)
    chunks = response.body_iterator if isinstance(response, StreamingResponse) else None
    if chunks is None:
        body = bytes(response.body)
        chunks = _halves(body)
        length = {"content-length": str(len(body))}
    else:
        length = {}
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    spoiled = _STREAMS[rule.fault](rule, _in_bytes(chunks), cut)
    return StreamingResponse(spoiled, response.status_code, {**headers, **length})


async def _halves(body: bytes) -> AsyncIterator[bytes]:
    middle = len(body) // 2
    yield body[:middle]
    yield body[middle:]


async def _in_bytes(chunks: Any) -> AsyncIterator[bytes]:
    async for chunk in chunks:
        yield chunk.encode() if isinstance(chunk, str) else bytes(chunk)


async def _cut_after(rule: Rule, chunks: AsyncIterator[bytes], cut: Cut) -> AsyncIterator[bytes]:
    left = int(rule.options.get("after", 1))
    # What is not going to be sent is not asked for: a stream is charged as it is read.
    while left > 0:
        chunk = await anext(chunks, None)
        if chunk is None:
            return
        left -= 1
        yield chunk
    await asyncio.sleep(0.02)  # what was written has left by then
    cut()


async def _slowly(rule: Rule, chunks: AsyncIterator[bytes], cut: Cut) -> AsyncIterator[bytes]:
    del cut
    async for chunk in chunks:
        yield chunk
        await asyncio.sleep(float(rule.options.get("seconds", 1.0)))


async def _split(rule: Rule, chunks: AsyncIterator[bytes], cut: Cut) -> AsyncIterator[bytes]:
    """Each event in pieces that end within a character of several bytes, if it holds one."""
    del cut
    size = int(rule.options.get("bytes", 0))
    async for chunk in chunks:
        inside = next((at for at, byte in enumerate(chunk) if byte & 0xC0 == 0x80), len(chunk) // 2)
        pieces = (
            [chunk[at : at + size] for at in range(0, len(chunk), size)] if size else [chunk[:inside], chunk[inside:]]
        )
        for piece in pieces:
            yield piece
            await asyncio.sleep(0)  # a write of its own


def _reframed(change: Callable[[bytes], bytes]) -> Callable[[Rule, AsyncIterator[bytes], Cut], AsyncIterator[bytes]]:
    async def reframed(rule: Rule, chunks: AsyncIterator[bytes], cut: Cut) -> AsyncIterator[bytes]:
        del rule, cut
        async for chunk in chunks:
            yield change(chunk)

    return reframed


def _in_lines(chunk: bytes) -> bytes:
    """`data:` of one event over several lines, which receivers join: breaks are allowed between JSON tokens."""
    return re.sub(rb'^data: \{"', b'data: {\ndata: "', chunk)


_STREAMS: dict[str, Callable[[Rule, AsyncIterator[bytes], Cut], AsyncIterator[bytes]]] = {
    "comments": _reframed(lambda chunk: b": ping\n\n" + _in_lines(chunk)),
    "crlf": _reframed(lambda chunk: chunk.replace(b"\n", b"\r\n")),
    "cut": _cut_after,
    "empty_event": _reframed(lambda chunk: b"event: ping\n\n" + chunk),
    "event_names": _reframed(lambda chunk: b"event: event\nid: 1\n" + chunk),
    "slow_body": _slowly,
    "split": _split,
}
_CHANGES: dict[str, Callable[[Any], None]] = {
    "huge_position": lambda body: body.update(status="IN_QUEUE", queue_position=12_000),
    "no_logs": lambda body: body.pop("logs", None),
    "unknown_status": lambda body: body.update(status="PONDERING"),
}
