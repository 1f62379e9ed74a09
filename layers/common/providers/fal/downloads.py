"""Fetching what fal has made: from its media hosts only, without our key, with an end to time and size."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum

import httpx

from common.errors import ProviderError, ProviderResultGone, ProviderTimeout, ProviderUnavailable
from common.providers.fal.addresses import is_loopback, tls
from common.providers.fal.errors import bad_answer, misconfigured
from common.settings import settings

_PICTURES = ("image/png", "image/jpeg", "image/webp")
_SOUNDS = (
    "audio/aac",
    "audio/flac",
    "audio/l16",
    "audio/mp3",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "audio/opus",
    "audio/pcm",
    "audio/vnd.wave",
    "audio/wav",
    "audio/wave",
    "audio/x-flac",
    "audio/x-wav",
    # What a bare stream of samples is to a file server.
    "application/octet-stream",
)


class Kind(Enum):
    """What is fetched: its content types and its cap in bytes."""

    PICTURE = (_PICTURES, 20_000_000)
    SOUND = (_SOUNDS, 50_000_000)


@dataclass(frozen=True, slots=True)
class Download:
    """A result file."""

    content: bytes
    content_type: str


async def fetch(url: str, kind: Kind, *, timeout: float) -> Download:
    """Return the file at an address that a result names, within `timeout` seconds.

    Raises:
        ProviderMisconfigured: an address that is not on one of `FAL_MEDIA_HOSTS`; nothing is asked there.
        ProviderResultGone: the file is no longer there. ProviderBadAnswer: it is no such file.
        ProviderTimeout, ProviderUnavailable: ask again. ProviderError: it is larger than it may be.
    """
    address = _allowed(url)
    # A client of its own: no key, no cookies, no proxy from the environment, no redirects.
    client = httpx.AsyncClient(
        verify=tls(),
        headers={"Accept-Encoding": "identity"},
        timeout=timeout,
        follow_redirects=False,
        trust_env=False,
    )
    try:
        async with asyncio.timeout(max(timeout, 0)), client, client.stream("GET", address) as answer:
            return await _checked(answer, kind)
    except TimeoutError as error:
        raise ProviderTimeout("The result could not be fetched in time") from error
    except httpx.HTTPError as error:
        raise ProviderUnavailable("The result could not be fetched") from error


def _allowed(url: str) -> httpx.URL:
    """Return the address if it is https on an allowed host and port; http only to this machine."""
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise bad_answer() from error
    hosts = {host.strip().lower() for host in settings().fal_media_hosts.split(",")}
    secure = address.scheme == "https" or (address.scheme == "http" and is_loopback(address.host))
    if not secure or address.userinfo or address.netloc.decode("ascii").lower() not in hosts:
        raise misconfigured("foreign_media_host")
    return address


async def _checked(answer: httpx.Response, kind: Kind) -> Download:
    if answer.status_code in {403, 404, 410}:
        raise ProviderResultGone("The vendor no longer has the result")
    if answer.status_code == 429 or answer.status_code >= 500:
        raise ProviderUnavailable("The result could not be fetched")
    types, cap = kind.value
    content_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if answer.status_code != 200 or content_type not in types:
        raise bad_answer()
    content = bytearray()
    async for chunk in answer.aiter_bytes():
        content += chunk
        if len(content) > cap:
            raise ProviderError("The result is larger than a result may be")
    return Download(bytes(content), content_type)
