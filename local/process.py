"""The stack's side of one execution environment: a child process, a socket to it, and its log."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from socket import socketpair
from typing import Any
from uuid import uuid4

PAYLOAD_LIMIT = 6 * 1024 * 1024
"""Bytes of a synchronous invocation's event, and of its answer."""
INIT_TIMEOUT = 10
_ROOT = Path(__file__).parent.parent


class FunctionError(Exception):
    """The function gave no answer."""


class HandlerError(FunctionError):
    """The handler raised; its environment is fit for the next invocation."""


class EnvironmentProcess:
    """A running `python -m local.environment`."""

    def __init__(
        self, process: asyncio.subprocess.Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        self._log: asyncio.Task[None] | None = None

    @classmethod
    async def start(
        cls, handler: str, variables: Mapping[str, str], log: Callable[[str], None]
    ) -> "EnvironmentProcess":
        """Start a process that has these environment variables and no others; `log` takes each line it writes."""
        ours, theirs = socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "local.environment", handler),
                stdin=theirs.fileno(),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                cwd=_ROOT,
                env=dict(variables),
                start_new_session=True,  # Ctrl-C is the stack's to hear
                limit=PAYLOAD_LIMIT,
            )
        environment = cls(process, *await asyncio.open_unix_connection(sock=ours, limit=2 * PAYLOAD_LIMIT))
        environment._log = asyncio.create_task(environment._read_log(log))
        return environment

    @property
    def alive(self) -> bool:
        """Whether it can take an invocation."""
        return self._process.returncode is None and not self._reader.at_eof()

    async def init(self) -> None:
        """Wait until the handler is imported.

        Raises:
            FunctionError: it cannot be.
        """
        _result_of(await self._answer(INIT_TIMEOUT, f"Init timed out after {INIT_TIMEOUT}.00 seconds"))

    async def invoke(self, event: bytes, *, timeout: int, arn: str) -> Any:
        """Run the handler on `event` (JSON), at most `timeout` seconds long.

        Raises:
            HandlerError: the handler raised.
            FunctionError: it died, took too long or answered too much; the process is of no more use.
        """
        request_id = str(uuid4())
        head = json.dumps({"request_id": request_id, "arn": arn, "timeout": timeout})
        self._writer.write(head[:-1].encode() + b', "event": ' + event + b"}\n")
        return _result_of(await self._answer(timeout, f"{request_id} Task timed out after {timeout}.00 seconds"))

    async def _answer(self, timeout: int, overdue: str) -> bytes:
        try:
            async with asyncio.timeout(timeout):
                return await self._reader.readline()
        except TimeoutError:
            raise FunctionError(overdue) from None
        except ConnectionError:
            return b""
        except ValueError:
            raise FunctionError(f"The answer is larger than {PAYLOAD_LIMIT} bytes") from None

    async def _read_log(self, log: Callable[[str], None]) -> None:
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        with suppress(ValueError):  # a line beyond all measure
            async for line in self._process.stdout:
                log(line.decode(errors="replace").rstrip())

    async def stop(self) -> None:
        """Kill the process and wait until it is gone."""
        await end(self._process)
        self._writer.close()
        if self._log is not None:
            await asyncio.wait([self._log], timeout=0.1)
            self._log.cancel()


def _result_of(line: bytes) -> Any:
    if not line:
        raise FunctionError("The runtime exited")
    if len(line) > PAYLOAD_LIMIT:
        raise HandlerError(f"The answer is larger than {PAYLOAD_LIMIT} bytes")
    answer = json.loads(line)
    if "error" in answer:
        error = answer["error"]
        raise HandlerError(f"{error['errorType']}: {error['errorMessage']}\n{''.join(error['stackTrace'])}".rstrip())
    return answer.get("result")


async def end(process: asyncio.subprocess.Process) -> None:
    """Kill a process and wait until it is gone."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)  # Process.kill may reap it behind asyncio's back
    await process.wait()
