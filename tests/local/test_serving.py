"""The listener and the server of the local stack."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from local.serving import Server, listen


async def _says_hello(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


async def test_a_connection_that_is_kept_answers_without_delay() -> None:
    """Nagle's algorithm and a delayed ACK would cost 40 ms at every answer but the first."""
    listener, server = listen(0), Server(_says_hello, grace=1)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    await server.up.wait()
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answer = await reader.readuntil(b"hello")

    (connection,) = server.server_state.connections
    accepted = connection.transport.get_extra_info("socket")
    assert answer.startswith(b"HTTP/1.1 200")
    assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1

    writer.close()
    server.stop()
    await serving
