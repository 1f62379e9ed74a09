"""uvicorn within a running event loop: a listener on loopback, and a server that says when it is up."""

import asyncio
import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn


class PortTaken(Exception):
    """Another program listens there."""


def listen(port: int) -> socket.socket:
    """Return a listener on a loopback port (0: a free one).

    Raises:
        PortTaken: see there.
    """
    listener = socket.socket(proto=socket.IPPROTO_TCP)  # said outright, or asyncio leaves Nagle's 40 ms in
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise PortTaken(f"Port {port} of 127.0.0.1 cannot be used ({error.strerror}); try PORT={port + 1}") from error
    return listener


class Server(uvicorn.Server):
    """A server that leaves signals to whoever runs it."""

    def __init__(self, app: Any, *, grace: int, protocol: Any = "h11") -> None:
        """`grace` are the seconds that requests under way get at the end."""
        super().__init__(
            uvicorn.Config(
                app,
                http=protocol,
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=grace,
            )
        )
        self.up = asyncio.Event()
        self._ending = asyncio.Event()

    def stop(self) -> None:
        """End at uvicorn's own pace, but from now and not from its next look at the clock."""
        self.should_exit = True
        self._ending.set()

    def drop(self) -> None:
        """End without a word to whoever is connected."""
        self.force_exit = True
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        self.stop()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Wait for requests under way, unless they were dropped."""
        if not self.force_exit:
            await super().shutdown(sockets)
        for server in self.servers:
            server.close()

    async def main_loop(self) -> None:
        """Keep the `Date` header true until told to stop."""
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), 1)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.up.set()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Do nothing about them."""
        yield
