"""Which addresses this deployment may be told to use, and the process's TLS context for them."""

from __future__ import annotations

import ipaddress
import ssl
from functools import cache

import httpx

from common.providers.fal.wire import Foreign


@cache
def tls() -> ssl.SSLContext:
    """Return the process's TLS context: reading the certificates takes 30 ms, clients come and go with event loops."""
    return httpx.create_ssl_context()


def base_address(address: str) -> httpx.URL:
    """Return an address from the settings: https, or http to this machine only, with no credentials or query.

    Raises:
        Foreign: it is something else.
    """
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise Foreign from error
    secure = url.scheme == "https" or (url.scheme == "http" and is_loopback(url.host))
    if not secure or not url.host or url.userinfo or url.query or url.fragment:
        raise Foreign
    return url


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its address or as `localhost`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
