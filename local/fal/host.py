"""One host as an ASGI application: reads a request whole, records it, checks its key, and lets the faults strike."""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from local.fal.auth import check_key
from local.fal.jobs import Job
from local.fal.ledger import Entry, Ledger
from local.fal.misbehaviour import Broken, misbehave, replaces
from local.fal.script import WIRE, Rules, Script
from local.fal.wire import Asked, Refused

_CUT, _GONE = "stand-in.cut", "stand-in.gone"
Answer = Callable[[Asked, Rules], Awaitable[Response]]


class Connection(H11Protocol):
    """A connection that its application can cut, and can see whether the other side has left."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        application: Any = self.app

        async def with_scissors(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
            await application({**scope, _CUT: transport.abort, _GONE: transport.is_closing}, receive, send)

        self.app = with_scissors


class Host:
    """Answers for one of fal's hosts."""

    def __init__(
        self,
        role: str,
        answer: Answer,
        *,
        script: Script,
        ledger: Ledger,
        jobs: Callable[[str], Job | None],
        key: str | None,
    ) -> None:
        """`jobs` finds a job by its id; `key` is the only one accepted (None: all of the right shape)."""
        self._role = role
        self._answer = answer
        self._script = script
        self._ledger = ledger
        self._jobs = jobs
        self._key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        asked = await self._read(Request(scope, receive))
        started = time.perf_counter()
        entry = self._ledger.open(asked, time.time())
        rules = self._script.take(asked)
        entry.faults = [rule.fault for rule in rules]
        cut: Callable[[], None] = scope[_CUT]
        try:
            response = await self._respond(asked, rules, cut)
        except Broken:
            cut()
            return
        _note(entry, response, started)
        try:
            await response(scope, receive, send if asked.bill is None else _charging(send, asked.bill, scope[_GONE]))
        finally:
            entry.duration_ms = (time.perf_counter() - started) * 1000

    async def _respond(self, asked: Asked, rules: Rules, cut: Callable[[], None]) -> Response:
        fault = rules.find(*WIRE)
        if fault is None:
            return await self._true_answer(asked, rules)
        response = await misbehave(fault, lambda: self._true_answer(asked, rules), cut)
        if replaces(fault):
            asked.bill = None
        return response

    async def _true_answer(self, asked: Asked, rules: Rules) -> Response:
        try:
            if asked.what not in {"jwks", "media", "put"}:
                check_key(asked, self._key)
            return await self._answer(asked, rules)
        except Refused as refusal:
            return refusal.outcome.response(asked.job_id) if asked.job_id else _nameless(refusal)

    async def _read(self, request: Request) -> Asked:
        asked = Asked(
            host=self._role,
            method=request.method,
            path=request.url.path.lstrip("/"),
            query=dict(request.query_params),
            headers=dict(request.headers),
            body=await request.body(),
        )
        asked.what = _what(asked)
        if asked.what in {"run", "submit"}:
            asked.app = asked.path
        elif asked.host == "queue":
            asked.app, _, rest = asked.path.partition("/requests/")
            asked.job_id = rest.split("/")[0]
            job = self._jobs(asked.job_id)
            asked.app = job.app if job else asked.app
        return asked


def _charging(send: Send, bill: Callable[[], None], is_gone: Callable[[], bool]) -> Send:
    """Return a `send` that puts an answer of known length on the bill with its last byte, if anybody is there."""
    left = 0

    async def charging(message: Message) -> None:
        nonlocal left
        if message["type"] == "http.response.start":
            left = next(int(value) for name, value in message["headers"] if name.lower() == b"content-length")
        elif size := len(message.get("body", b"")):
            left -= size
            if left == 0 and not is_gone():
                bill()
        await send(message)

    return charging


def _what(asked: Asked) -> str:
    """The operation that a request asks for."""
    if asked.host in {"run", "media"}:
        return asked.host
    if asked.host == "queue":
        return _what_of_queue(asked.path)
    if asked.path.endswith(".well-known/jwks.json"):
        return "jwks"
    return "upload" if asked.path == "storage/upload/initiate" else "put"


def _what_of_queue(path: str) -> str:
    if "/requests/" not in path:
        return "submit"
    last = path.removesuffix("/stream").rpartition("/")[2]
    return last if last in {"status", "cancel"} else "result"


def _note(entry: Entry, response: Response, started: float) -> None:
    entry.status = response.status_code
    entry.duration_ms = (time.perf_counter() - started) * 1000


def _nameless(refusal: Refused) -> Response:
    """An error from before a request had an id."""
    response = refusal.outcome.response("")
    del response.headers["x-fal-request-id"]
    return response
