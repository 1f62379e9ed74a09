"""The real fal-client, whose transport sends each of fal's hosts to the stand-in's port for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import asyncstdlib
import fal_client
import httpx
import pytest
from fal_client.client import USER_AGENT

from local.fal.stand_in import FalStandIn

ROLES = {"fal.run": "run", "queue.fal.run": "queue", "rest.fal.ai": "rest"}
KEY = "key-id:key-secret"


class Rerouted(httpx.AsyncBaseTransport):
    """Plain HTTP to the stand-in instead of TLS to fal; keeps the headers of the last answer."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._urls = urls
        self._inner = httpx.AsyncHTTPTransport()
        self.answered: list[httpx.Headers] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if role := ROLES.get(request.url.host):
            base = httpx.URL(self._urls[role])
            request.url = request.url.copy_with(scheme=base.scheme, host=base.host, port=base.port)
            request.headers["host"] = request.url.netloc.decode()
        answer = await self._inner.handle_async_request(request)
        self.answered.append(answer.headers)
        return answer

    async def aclose(self) -> None:
        await self._inner.aclose()


class Client(fal_client.AsyncClient):
    def __init__(self, urls: Mapping[str, str], key: str) -> None:
        super().__init__(key=key)
        object.__setattr__(self, "transport", Rerouted(urls))

    @asyncstdlib.cached_property(asyncio.Lock)
    async def _client(self) -> httpx.AsyncClient:
        auth = await self._auth
        headers = {**auth.as_headers(), "User-Agent": USER_AGENT}
        return httpx.AsyncClient(transport=self.transport, headers=headers, timeout=10)


Connect = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.fixture
def stand_in() -> Iterator[FalStandIn]:
    with FalStandIn(latency={"image": 0.12, "tts": 0.05, "stt": 0.02, "chat": 0.02}) as running:
        running.courier.first_pause = 0.05
        yield running


@pytest.fixture
def connect(stand_in: FalStandIn) -> Connect:
    """`async with connect() as fal:` is a fal-client that talks to the stand-in."""

    @asynccontextmanager
    async def opened(key: str = KEY) -> AsyncIterator[Client]:
        client = Client(stand_in.urls, key)
        yield client
        await (await client._client).aclose()

    return opened
