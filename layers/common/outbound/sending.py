"""Requests to addresses that studios gave us.

A name is looked up once and the connection made to the address that was checked, so it does not matter what the name
says by then. The certificate has to be the name's. Nothing is followed, remembered or taken from the environment:
no redirects, cookies, proxies, credentials.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import cache

import httpx

from common.errors import OutboundFailed, OutboundRefused
from common.outbound.address import Address, InvalidAddress, public_address
from common.outbound.names import Resolver, checked_addresses, system_resolver

_CONNECT_SECONDS = 5.0
"""For one of several addresses; the whole has its own deadline."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; headers by name in any case."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    """As it came over the wire, at most `cap` bytes of it."""
    is_whole: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    method: str
    address: Address
    headers: Mapping[str, str]
    content: bytes
    cap: int

    def at(self, pinned: str) -> httpx.Request:
        """Return the request to an address, in the name's own name."""
        host = f"[{pinned}]" if ":" in pinned else pinned
        headers = httpx.Headers(dict(self.headers))
        headers["Host"] = self.address.authority
        # What is not compressed cannot grow beyond the cap; one request, one connection.
        headers["Accept-Encoding"] = "identity"
        headers["Connection"] = "close"
        return httpx.Request(
            self.method,
            f"{self.address.scheme}://{host}:{self.address.port}{self.address.target}",
            headers=headers,
            content=self.content,
            extensions={"sni_hostname": self.address.host, "timeout": {"connect": _CONNECT_SECONDS}},
        )


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _direct() -> httpx.AsyncBaseTransport:
    return httpx.AsyncHTTPTransport(verify=_tls(), trust_env=False)


class Outbound:
    """Sends requests; `resolve` looks names up, `transport` makes what carries one request to an IP address."""

    def __init__(
        self, *, resolve: Resolver = system_resolver, transport: Callable[[], httpx.AsyncBaseTransport] = _direct
    ) -> None:
        self._resolve = resolve
        self._transport = transport

    async def post(self, url: str, *, content: bytes, headers: Mapping[str, str], timeout: float, cap: int) -> Answer:
        """Return the answer to exactly these bytes, within `timeout` seconds in all; what is above `cap` stays unread.

        Sent at most once. Any status is an answer, redirects among them.

        Raises:
            OutboundRefused: the address is not allowed, or its name leads to one that is not public; nothing was sent.
            OutboundFailed: no answer; `reason` is `not_resolved`, `unreachable`, `tls`, `broken` or `timeout`.
        """
        return await self._send("POST", url, content=content, headers=headers, timeout=timeout, cap=cap)

    async def fetch(self, url: str, *, headers: Mapping[str, str], timeout: float, cap: int) -> Answer:
        """Return what is at an address, within `timeout` seconds in all.

        Raises:
            OutboundRefused, OutboundFailed: as `post`; also `too_large`: it has more than `cap` bytes.
        """
        answer = await self._send("GET", url, content=b"", headers=headers, timeout=timeout, cap=cap)
        if not answer.is_whole:
            raise OutboundFailed("too_large", "The answer is larger than it may be")
        return answer

    async def _send(
        self, method: str, url: str, *, content: bytes, headers: Mapping[str, str], timeout: float, cap: int
    ) -> Answer:
        try:
            asked = _Asked(method, public_address(url), headers, content, cap)
        except InvalidAddress as error:
            raise OutboundRefused("not_allowed", f"The address is not allowed: {error}") from error
        try:
            async with asyncio.timeout(timeout):
                return await self._answer(asked)
        except TimeoutError as error:
            raise OutboundFailed("timeout", "No answer in time") from error
        # A broken TLS record comes through as the ssl module's own OSError.
        except (httpx.HTTPError, OSError) as error:
            raise _failed(error) from error

    async def _answer(self, asked: _Asked) -> Answer:
        """Return the answer of the first address that can be connected to; only that one is sent anything."""
        *others, last = await checked_addresses(asked.address, resolve=self._resolve)
        for pinned in others:
            with suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return await self._answer_of(asked, pinned)
        return await self._answer_of(asked, last)

    async def _answer_of(self, asked: _Asked, pinned: str) -> Answer:
        async with self._transport() as transport:
            response = await transport.handle_async_request(asked.at(pinned))
            async with aclosing(response):
                content, is_whole = await _read(response, asked.cap)
        return Answer(response.status_code, response.headers, content, is_whole)


async def _read(response: httpx.Response, cap: int) -> tuple[bytes, bool]:
    content = bytearray()
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) > cap:
            return bytes(content[:cap]), False
    return bytes(content), True


def _failed(error: Exception) -> OutboundFailed:
    if _is_tls(error):
        return OutboundFailed("tls", "No secure connection: the certificate has to be valid and the host name's")
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
        return OutboundFailed("unreachable", "Nobody answers at the address")
    return OutboundFailed("broken", "The connection broke, or the answer is not HTTP/1.1")


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        # httpcore's pool raises `from None`, which hides the cause but keeps the context.
        error = error.__cause__ or error.__context__
    return False
