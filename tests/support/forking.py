"""The process behind `tests.support.zygote`: `python -m tests.support.forking <handlers>`.

It imports the handlers once and runs them, the real ones on real events, one at a time. Their calls to the outside are
counted where they leave the process (botocore's HTTP session, httpx's transport). An invocation that is to die at one
of them runs in a forked child, which is killed there by `os._exit`: no exception, no clean-up, nothing that the code
could notice.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import signal
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.httpsession import URLLib3Session
from httpx import AsyncHTTPTransport

from common import clock as clocks
from tests.support.network import cut_off

KILLED = 137
_LONGEST_SECONDS = 20
Tell = Callable[[dict[str, Any]], Any]


class _Clock:
    """Stands for `common.clock.wall_clock` before anybody takes it as a default."""

    offset = 0.0

    def __call__(self) -> float:
        return time.time() + self.offset


class _Boundary:
    """Where calls leave the process."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()
        self._tell: Tell = print
        self._blow: list[str] | None = None

    def watch(self, tell: Tell, blow: list[str] | None) -> None:
        """Count anew."""
        self._seen.clear()
        self._tell, self._blow = tell, blow

    @contextmanager
    def operation(self, name: str) -> Iterator[None]:
        self._seen[name] += 1
        label = name if self._seen[name] == 1 else f"{name} #{self._seen[name]}"
        self._tell({"operation": label})
        self._strike("before", label)
        try:
            yield
        finally:
            self._strike("after", label)

    def _strike(self, phase: str, label: str) -> None:
        if self._blow == [phase, label]:
            os._exit(KILLED)

    def install(self) -> None:
        send, handle = URLLib3Session.send, AsyncHTTPTransport.handle_async_request

        def counted_send(session: Any, request: Any) -> Any:
            with self.operation(_aws_name(request)):
                return send(session, request)

        async def counted_handle(transport: Any, request: Any) -> Any:
            with self.operation(_vendor_name(request)):
                return await handle(transport, request)

        URLLib3Session.send, AsyncHTTPTransport.handle_async_request = counted_send, counted_handle


def _aws_name(request: Any) -> str:
    target = request.headers.get("X-Amz-Target")
    if target is None:
        return f"S3 {request.method}"
    service, _, action = (target.decode() if isinstance(target, bytes) else target).partition(".")
    return f"{service.removeprefix('Amazon').partition('_')[0]} {action}"


def _vendor_name(request: Any) -> str:
    hosts = {urlsplit(os.environ[f"FAL_{role.upper()}_URL"]).netloc: role for role in ("run", "queue", "rest")}
    hosts[os.environ["FAL_MEDIA_HOSTS"]] = "media"
    role = hosts.get(request.url.netloc.decode(), "a stranger")
    return f"{request.method} {role}" + (" status" if request.url.path.endswith("/status") else "")


class _Process:
    """Runs handlers."""

    def __init__(self, handlers: list[str]) -> None:
        self._clock, self._boundary, self._variables = _Clock(), _Boundary(), dict(os.environ)
        clocks.wall_clock = self._clock  # before anybody takes it as a default argument
        self._handlers = {name: importlib.import_module(name.rpartition(".")[0]).handler for name in handlers}
        self._boundary.install()

    def invoke(self, command: Any) -> dict[str, Any]:
        """Carry out a command; in a child if it is to be the last."""
        if command["blow"]:
            return self._invoke_in_child(command)
        said: list[Any] = []
        self._run(command, said.append)
        return {"exit_code": 0, **_summary(said)}

    def _invoke_in_child(self, command: Any) -> dict[str, Any]:
        assert threading.active_count() == 1
        listen, tell = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                signal.alarm(_LONGEST_SECONDS)
                gc.disable()
                _hang_up()
                self._run(command, lambda entry: os.write(tell, json.dumps(entry).encode() + b"\n"))
                sys.stdout.flush()
            finally:
                os._exit(0)
        os.close(tell)
        with os.fdopen(listen, "rb") as told:
            said = [json.loads(line) for line in told]
        _, status = os.waitpid(child, 0)
        return {"exit_code": os.waitstatus_to_exitcode(status), **_summary(said)}

    def _run(self, command: Any, tell: Tell) -> None:
        _forget()
        os.environ.clear()
        os.environ.update(self._variables | command["variables"])
        self._clock.offset = command["offset"]
        self._boundary.watch(tell, command["blow"])
        context = SimpleNamespace(aws_request_id="a-request", get_remaining_time_in_millis=lambda: 20_000)
        # Lambda's main thread has a loop; the workers' asyncio.run takes it away from the next handler in this process.
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            tell({"result": self._handlers[command["handler"]](command["event"], context)})
        except BaseException:  # noqa: BLE001 - whatever it is, it is the answer
            tell({"error": traceback.format_exc()})
        loop.close()


def _summary(said: list[Any]) -> dict[str, Any]:
    summary = {"operations": [entry["operation"] for entry in said if "operation" in entry]}
    return summary | next((entry for entry in said if "operation" not in entry), {})


def _forget() -> None:
    """Forget what the product keeps between invocations: each begins like the first of its environment."""
    part = importlib.import_module
    caches = (
        part("common.settings").settings,
        part("common.tenancy").tenants,
        part("common.ledger.repository").ledger_of,
        part("jobs.repository").assets,
    )
    for cached in caches:
        cached.cache_clear()
    part("common.providers.fal.credentials").forget_key()
    part("common.providers.fal.webhooks").forget_keys()
    vendor = part("common.providers.fal.client")
    vendor._slot = vendor._Slot()


def _hang_up() -> None:
    """Share no connection with the parent."""
    for client in _clients():
        client._endpoint.http_session.close()


def _clients() -> list[Any]:
    aws = importlib.import_module("common.aws")
    return [aws.dynamodb(), aws.sqs(), aws.s3(), aws.ssm()]


def main() -> None:
    """Answer commands, one line of JSON each, until standard input closes."""
    commands, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    cut_off(pytest.MonkeyPatch())
    process = _Process(sys.argv[1:])
    _clients()
    answers.write(b"{}\n")
    answers.flush()
    for line in commands:
        answers.write(json.dumps(process.invoke(json.loads(line))).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    main()
