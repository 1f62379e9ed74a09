"""Our transport under fal's client: our addresses, one attempt for what costs money, and no surprises.

fal-client 1.0.3 sends a POST up to ten times when its connection breaks or it is told to wait, and hides the status
of a refused stream. Its retry loop sees only httpx's errors and answers, so everything but a 2xx leaves this module as
one of `fal.wire`'s exceptions, which it does not know.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import httpx
from fal_client import client as vendor

from common.providers.fal.addresses import base_address, tls
from common.providers.fal.wire import Answered, Call, Foreign, Lost, Unsent, current_call

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

MAX_ANSWER_BYTES = 8_000_000
MAX_STREAM_BYTES = 50_000_000
CONNECT_SECONDS = 5.0
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_OF_THE_BODY = {b"content-encoding", b"content-length", b"transfer-encoding"}


class FalTransport(httpx.AsyncBaseTransport):
    """Carries requests to `run`, `queue` and `rest` (base addresses, possibly with a path) and nowhere else.

    Raises:
        Unsent, Lost, Answered, Foreign: see `fal.wire`.
    """

    def __init__(self, *, run: str, queue: str, rest: str) -> None:
        self._queue = base_address(queue)
        self._bases = {
            httpx.URL(vendor.RUN_URL_FORMAT).netloc: base_address(run),
            httpx.URL(vendor.QUEUE_URL_FORMAT).netloc: self._queue,
            httpx.URL(vendor.REST_URL).netloc: base_address(rest),
        }
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=5.0)
        self._inner = httpx.AsyncHTTPTransport(verify=tls(), limits=limits)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        call = current_call.get() or Call()
        readdressed = self._readdressed(request, call)
        response = await self._send(readdressed, call)
        streaming = request.headers.get("accept") == "text/event-stream"
        kind = response.headers.get("content-type", "")
        if response.status_code == 200 and streaming and kind.startswith("text/event-stream"):
            _note(response, call)
            return httpx.Response(200, headers=response.headers, stream=_GuardedStream(response))
        body = await _whole(response)
        if not response.is_success or streaming:
            raise Answered(response.status_code, dict(response.headers.items()), body)
        _note(response, call)
        return httpx.Response(response.status_code, headers=_without_length(response.headers.raw), content=body)

    async def _send(self, request: httpx.Request, call: Call) -> httpx.Response:
        """Send once; a second time at once only if the first never found a connection."""
        for attempt in (1, 2):
            try:
                return await self._inner.handle_async_request(request)
            except _UNSENT as error:
                if attempt == 2:
                    raise Unsent from error
            except httpx.TransportError as error:
                raise (Lost if call.sent else Unsent) from error
        raise Unsent

    def _readdressed(self, request: httpx.Request, call: Call) -> httpx.Request:
        url = self._address(request.url)
        headers = request.headers.copy()
        headers["host"] = url.netloc.decode("ascii")
        headers["accept-encoding"] = "identity"
        timeouts = dict(request.extensions.get("timeout", {}))
        timeouts["connect"] = min(timeouts.get("connect") or CONNECT_SECONDS, CONNECT_SECONDS)
        return httpx.Request(
            request.method,
            url,
            headers=headers,
            stream=request.stream,
            extensions={**request.extensions, "timeout": timeouts, "trace": _watch(call)},
        )

    def _address(self, url: httpx.URL) -> httpx.URL:
        base = self._bases.get(url.netloc) if url.scheme == "https" else None
        if base is not None:
            path = base.raw_path.rstrip(b"/") + url.raw_path
            return url.copy_with(scheme=base.scheme, netloc=base.netloc, raw_path=path)
        prefix = self._queue.raw_path.rstrip(b"/") + b"/"
        same_host = (url.scheme, url.netloc) == (self._queue.scheme, self._queue.netloc)
        if same_host and not url.userinfo and url.raw_path.startswith(prefix):
            return url
        raise Foreign

    async def aclose(self) -> None:
        await self._inner.aclose()


def _watch(call: Call) -> Any:
    """Return httpcore's trace hook (https://www.encode.io/httpcore/extensions/#trace): it knows when bytes leave."""

    async def trace(event: str, _details: dict[str, Any]) -> None:
        if event.endswith("send_request_headers.started"):
            call.sent = True

    return trace


def _note(response: httpx.Response, call: Call) -> None:
    call.request_id = response.headers.get("x-fal-request-id")
    call.billable_units = _units(response.headers.get("x-fal-billable-units", ""))


def _units(told: str) -> float | None:
    """Return what is billed; None if it is not told, or nothing that can be counted."""
    try:
        units = float(told)
    except ValueError:
        return None
    return units if math.isfinite(units) and units >= 0 else None


async def _whole(response: httpx.Response) -> bytes:
    body = bytearray()
    try:
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                raise Lost
    except httpx.HTTPError as error:
        raise Lost from error
    finally:
        await response.aclose()
    return bytes(body)


def _without_length(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if name.lower() not in _OF_THE_BODY]


class _GuardedStream(httpx.AsyncByteStream):
    """A stream whose failures are ours and whose size has an end."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        try:
            async for chunk in self._response.aiter_raw():
                size += len(chunk)
                if size > MAX_STREAM_BYTES:
                    raise Lost
                yield chunk
        except httpx.HTTPError as error:
            raise Lost from error

    async def aclose(self) -> None:
        await self._response.aclose()
