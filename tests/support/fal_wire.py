"""A scripted vendor on loopback: real sockets, one reply after the other, everything received is kept."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit


@dataclass
class Request:
    """One request as it came over the wire."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    """What is sent back; a body that is not bytes goes as JSON. Faults are options."""

    body: Any = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    chunks: Sequence[bytes] | None = None
    """Sent one by one instead of `body`, without a length."""
    pause: float = 0.0
    """Seconds before each chunk, or before the answer."""
    drop: bool = False
    """Close the connection instead of answering, or after the chunks but before their end."""

    def head(self, length: int | None) -> bytes:
        lines = [f"HTTP/1.1 {self.status} X", f"content-type: {self.content_type}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        lines.append("transfer-encoding: chunked" if length is None else f"content-length: {length}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def sse(*events: Any, **options: Any) -> Reply:
    """A stream of events, each in a write of its own; strings go as they are, the rest as JSON."""
    lines = [one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in events]
    chunks = [f"data: {line}\n\n".encode() for line in lines]
    return Reply(chunks=chunks, content_type="text/event-stream", **options)


class FalWire:
    """The server; runs in a thread with an event loop of its own."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self._script: list[tuple[str, re.Pattern[str], list[Reply]]] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._call(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def on(self, method: str, path: str, *replies: Reply) -> FalWire:
        """Answer `method` on paths that match wholly with the replies in turn, the last one for ever."""
        self._script.insert(0, (method, re.compile(path), list(replies)))
        return self

    def sent(self, method: str = "POST") -> list[Request]:
        return [request for request in self.requests if request.method == method]

    def close_server(self) -> None:
        """Accept no more connections."""
        assert self._server
        self._loop.call_soon_threadsafe(self._server.close)

    def _call(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    async def _stop(self) -> None:
        if self._server:
            self._server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await self._answer_one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        request = await _read(reader)
        self.requests.append(request)
        reply = self._reply(request)
        if reply.chunks is None:
            await asyncio.sleep(reply.pause)
            if not reply.drop:
                content = reply.content()
                writer.write(reply.head(len(content)) + content)
                await writer.drain()
            return not reply.drop
        writer.write(reply.head(None))
        for chunk in reply.chunks:
            await asyncio.sleep(reply.pause)
            writer.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            await writer.drain()
        if not reply.drop:
            writer.write(b"0\r\n\r\n")
            await writer.drain()
        return not reply.drop

    def _reply(self, request: Request) -> Reply:
        for method, path, replies in self._script:
            if method == request.method and path.fullmatch(request.path):
                return replies.pop(0) if len(replies) > 1 else replies[0]
        return Reply({"detail": f"nothing is scripted for {request.method} {request.path}"}, status=418)


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    parts = urlsplit(target)
    return Request(method, parts.path, parse_qs(parts.query), headers, body)
