"""Where names lead: looked up once, and refused unless every address is public."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence

from common.errors import InvalidInput, OutboundFailed, OutboundRefused
from common.outbound.address import Address, InvalidAddress, public_address
from common.outbound.networks import is_public

LOOKUP_SECONDS = 2.0
_MOST_TRIED = 3

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns the IP addresses of a name; raises OSError where it has none."""


async def system_resolver(name: str, port: int) -> Sequence[str]:
    """Return what the system's resolver says of a name.

    In a thread of its own, which nobody waits for once the caller's deadline is over: a name server that never answers
    holds neither the event loop's end nor the place of other lookups.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[Sequence[str]] = loop.create_future()

    def settle(addresses: Sequence[str], error: OSError | None) -> None:
        if found.done():
            return
        if error is not None:
            found.set_exception(error)
        else:
            found.set_result(addresses)

    def look_up() -> None:
        addresses: Sequence[str] = ()
        failed: OSError | None = None
        try:
            addresses = _look_up(name, port)
        except OSError as error:
            failed = error
        try:
            loop.call_soon_threadsafe(settle, addresses, failed)
        except RuntimeError:
            return  # The loop has ended meanwhile.

    threading.Thread(target=look_up, name="lookup", daemon=True).start()
    return await found


def _look_up(name: str, port: int) -> Sequence[str]:
    # The dot at the end keeps the system's search list out of it; bytes keep out Python's IDNA.
    found = socket.getaddrinfo(f"{name}.".encode("ascii"), port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


async def checked_addresses(address: Address, *, resolve: Resolver) -> Sequence[str]:
    """Return at most three public IP addresses of a name, in the order to try them; it is asked for once.

    IPv4 comes first, for Lambda has no way out by IPv6.

    Raises:
        OutboundRefused: one of all its addresses is not public.
        OutboundFailed: it has none.
    """
    if address.is_loopback:
        return ["127.0.0.1"]
    try:
        found = await resolve(address.host, address.port)
    except TimeoutError:
        raise
    except OSError as error:
        raise _unknown() from error
    if not found:
        raise _unknown()
    if not all(is_public(one) for one in found):
        raise OutboundRefused("not_public", "The host name leads to an address that is not public")
    return sorted(found, key=lambda one: ":" in one)[:_MOST_TRIED]


def _unknown() -> OutboundFailed:
    return OutboundFailed("not_resolved", "The host name cannot be resolved")


async def check_public(url: str, *, field: str, resolve: Resolver, timeout: float = LOOKUP_SECONDS) -> None:
    """Refuse an address now that is known to be refused later, naming the `field` it came in.

    A name may lead elsewhere afterwards: whoever sends requests there does so by `Outbound`, which looks again.

    Raises:
        InvalidInput: its form is not allowed, or its name cannot be resolved within `timeout` seconds, or leads to an
            address that is not public.
    """
    try:
        async with asyncio.timeout(timeout):
            await checked_addresses(public_address(url), resolve=resolve)
    except InvalidAddress as error:
        raise InvalidInput.field(field, str(error)) from error
    except TimeoutError as error:
        raise InvalidInput.field(field, "the host name could not be resolved in time") from error
    except OutboundFailed as error:
        raise InvalidInput.field(field, error.message[0].lower() + error.message[1:]) from error
