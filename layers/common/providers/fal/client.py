"""fal's own client with our transport, our deadline around every call, and our errors.

https://fal.ai/docs/documentation/model-apis/inference/queue; pinned to 1.0.3, whose private `_client` is overridden.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import fal_client
import httpx
from fal_client.client import RUN_URL_FORMAT, USER_AGENT
from httpx_sse import aconnect_sse

from common.errors import ProviderError, ProviderResultGone
from common.providers.fal.credentials import fal_key, forget_key
from common.providers.fal.errors import bad_answer, misconfigured, of_outcome, too_late, translate
from common.providers.fal.transport import FalTransport
from common.providers.fal.wire import Answered, Call, Foreign, Hop, current_call
from common.settings import Settings, settings

OUTPUT_SECONDS = 7_200
"""How long fal keeps result files: twice as long as a job may take. We copy them at once."""
START_SECONDS = 1_800
"""An order that has not begun by then shall not begin any more: the job it belongs to ends at 3,600 s."""
_PRIVATE = {
    "X-Fal-Store-IO": "0",
    "X-Fal-Object-Lifecycle-Preference": json.dumps({"expiration_duration_seconds": OUTPUT_SECONDS}),
}
_SAME_MODEL = {"x-app-fal-disable-fallback": "true"}
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True, slots=True)
class Output:
    """What a model made; what fal counts for it (in the model's unit) and how long it worked, where fal says so."""

    body: dict[str, Any]
    billable_units: float | None = None
    seconds: float | None = None


class FalClient(fal_client.AsyncClient):
    """fal's client, whose only change is where its httpx client comes from. Belongs to one event loop."""

    def __init__(self, key: str, addresses: Settings) -> None:
        super().__init__(key=key)
        self._http = httpx.AsyncClient(
            transport=FalTransport(
                run=addresses.fal_run_url, queue=addresses.fal_queue_url, rest=addresses.fal_rest_url
            ),
            headers={"Authorization": f"Key {key}", "User-Agent": USER_AGENT},
            timeout=self.default_timeout,
            follow_redirects=False,
        )

    @property
    def _client(self) -> Awaitable[httpx.AsyncClient]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return _ready(self._http)

    async def fetch(self, url: str) -> httpx.Response:
        """Ask for the result of an order; its headers tell what is billed, which `result` would throw away."""
        return await self._http.get(url)

    async def events(self, url: str, arguments: dict[str, Any], *, timeout: float) -> AsyncGenerator[Any]:
        """Yield what a stream's events hold; fal's own `stream` breaks at one without data, a mere sign of life."""
        # A copy: httpx_sse writes into it.
        headers = dict(_PRIVATE)
        async with aconnect_sse(self._http, "POST", url, json=arguments, timeout=timeout, headers=headers) as answer:
            async for event in answer.aiter_sse():
                if event.data:
                    yield event.json()


async def _ready(http: httpx.AsyncClient) -> httpx.AsyncClient:
    return http


class _Slot(threading.local):
    """The client of this thread's running event loop; a connection cannot outlive its loop."""

    loop: asyncio.AbstractEventLoop | None = None
    settings: Settings | None = None
    client: FalClient | None = None


_slot = _Slot()


def client() -> FalClient:
    """Return the client of the running event loop, made anew for another loop, key or address.

    Raises:
        ProviderMisconfigured: no usable key, or an address that is neither https nor on this machine.
    """
    key, loop = fal_key(), asyncio.get_running_loop()
    current = _slot.client
    if current is not None and _slot.loop is loop and _slot.settings is settings() and current.key == key:
        return current
    try:
        _slot.client = FalClient(key, settings())
    except Foreign as error:
        raise misconfigured("bad_address") from error
    _slot.loop, _slot.settings = loop, settings()
    return _slot.client


async def run(endpoint: str, arguments: dict[str, Any], *, timeout: float) -> Output:
    """Call a model and return its answer, within `timeout` seconds; sent once.

    Raises:
        ProviderAmbiguous: the answer was lost on the way. ProviderError: see `fal.errors`.
    """
    async with _guarded(Hop.RUN, timeout) as call:
        # Not below the 1 s that fal accepts: what cannot start in time shall not start.
        start = timeout if timeout > 1.0 else None
        body = await client().run(endpoint, arguments, timeout=timeout + 1, start_timeout=start, headers=_PRIVATE)
    return Output(_object(body), call.billable_units)


async def stream(
    endpoint: str, arguments: dict[str, Any], *, path: str, timeout: float, first: float, idle: float
) -> AsyncGenerator[dict[str, Any]]:
    """Yield a model's events, all within `timeout` seconds, the first within `first`, each next within `idle`.

    Sent once. OpenAI's closing `[DONE]` ends the iteration as the end of the stream does: callers know what has to
    come before.

    Raises:
        ProviderError: as `run`, at any point.
    """
    ends, patience = time.monotonic() + timeout, first
    async with aclosing(client().events(RUN_URL_FORMAT + endpoint + path, arguments, timeout=timeout + 1)) as events:
        while True:
            async with _guarded(Hop.RUN, min(patience, ends - time.monotonic())):
                event = await _next(events)
            if event is None:
                return
            patience = idle
            yield event


async def _next(events: AsyncGenerator[Any]) -> dict[str, Any] | None:
    try:
        return _object(await anext(events))
    except StopAsyncIteration:
        return None
    except json.JSONDecodeError as error:
        if error.doc.strip() == "[DONE]":
            return None
        raise


async def submit(endpoint: str, arguments: dict[str, Any], *, callback_url: str | None, timeout: float) -> str:
    """Put an order into fal's queue and return its request id, within `timeout` seconds; sent once.

    Raises:
        ProviderAmbiguous: it may have been taken. ProviderError: see `fal.errors`.
    """
    async with _guarded(Hop.SUBMIT, timeout):
        handle = await client().submit(
            endpoint,
            arguments,
            webhook_url=callback_url,
            start_timeout=START_SECONDS,
            headers={**_PRIVATE, **_SAME_MODEL},
        )
        if not _REQUEST_ID.fullmatch(handle.request_id):
            raise ValueError("not a request id")
    return handle.request_id


async def result(endpoint: str, request_id: str, *, timeout: float) -> Output | None:
    """Return what a queued order became; None while it waits or runs.

    Raises:
        ProviderRejected, ProviderModerated, ProviderError: it failed for good.
        ProviderResultGone: fal does not know it, or no longer has its result.
        ProviderBusy, ProviderUnavailable, ProviderTimeout, ProviderBadAnswer: ask again later.
    """
    async with _guarded(Hop.ASK, timeout) as call:
        handle = await client().get_handle(endpoint, _checked(request_id))
        status = await handle.status()
        if not isinstance(status, fal_client.Completed):
            return None
        try:
            answer = await client().fetch(handle.response_url)
        except Answered as answered:
            raise _failure(answered, status) from answered
        return Output(_object(answer.json()), call.billable_units, _inference_seconds(status))


def _inference_seconds(status: fal_client.Completed) -> float | None:
    seconds = status.metrics.get("inference_time")
    return seconds if isinstance(seconds, int | float) else None


def _failure(answered: Answered, status: fal_client.Completed) -> ProviderError:
    """Return why a completed order has no result; fal's status knows it even where the result is gone."""
    error = of_outcome(answered)
    if status.error_type and isinstance(error, ProviderResultGone):
        told = {"detail": "", "error_type": status.error_type}
        return of_outcome(Answered(500, {}, json.dumps(told).encode()))
    return error


async def cancel(endpoint: str, request_id: str, *, timeout: float) -> bool:
    """Ask fal to drop an order; whether it took the wish. It may still finish, and be paid for."""
    async with _guarded(Hop.ASK, timeout):
        handle = await client().get_handle(endpoint, _checked(request_id))
        try:
            await handle.cancel()
        except Answered as answered:
            if answered.status in {400, 404}:
                return False
            raise
        return True


def _checked(request_id: str) -> str:
    if not _REQUEST_ID.fullmatch(request_id):
        raise ProviderResultGone("The vendor has no such result")
    return request_id


def _object(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise bad_answer()
    return cast("dict[str, Any]", found)


@asynccontextmanager
async def _guarded(hop: Hop, timeout: float) -> AsyncGenerator[Call]:
    """Bound what happens inside to `timeout` seconds and raise only our errors, and bugs."""
    call = Call()
    if timeout <= 0:
        raise too_late(hop, sent=False)
    # Never reset: a stream's steps may run in different contexts, and every call sets its own.
    current_call.set(call)
    try:
        async with asyncio.timeout(timeout):
            yield call
    except TimeoutError as error:
        raise too_late(hop, sent=call.sent) from error
    except Exception as error:
        known = translate(error, hop)
        if isinstance(error, Answered) and error.status == 401:
            forget_key()
        if known is None or known is error:
            raise
        raise known from error
