"""One Lambda execution environment: `python -m local.environment <handler>`.

Standard input is a socket to the stack. Over it travel lines of JSON: first the outcome of the init phase, then one
answer for each invocation. Standard output and error are the function's log. Once the socket closes the process ends,
whatever it is doing: a stack that died leaves nobody behind.
"""

import importlib
import json
import math
import os
import select
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import IO, Any

Handler = Callable[[Any, "LambdaContext"], Any]


class LambdaContext:
    """What Lambda tells a handler about its invocation."""

    function_version = "$LATEST"
    identity = None
    client_context = None

    def __init__(self, invocation: dict[str, Any]) -> None:
        self.aws_request_id: str = invocation["request_id"]
        self.invoked_function_arn: str = invocation["arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self._ends_at = time.monotonic() + invocation["timeout"]

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until this process is killed."""
        return max(0, int((self._ends_at - time.monotonic()) * 1000))


def _describe(error: BaseException) -> dict[str, Any]:
    return {
        "errorType": type(error).__name__,
        "errorMessage": str(error),
        "stackTrace": traceback.format_tb(error.__traceback__),
    }


def _load(path: str) -> Handler:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def _invoke(handler: Handler, invocation: dict[str, Any]) -> str:
    """Return the answer's line; what cannot be written as JSON is the function's error, as on Lambda."""
    started = time.perf_counter()
    try:
        return json.dumps({"result": handler(invocation["event"], LambdaContext(invocation))})
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is its answer
        return json.dumps({"error": _describe(error)})
    finally:
        _report(invocation["request_id"], (time.perf_counter() - started) * 1000)


def _report(request_id: str, duration_ms: float) -> None:
    """Write what Lambda would bill, in Lambda's words, to the function's log."""
    billed = f"Duration: {duration_ms:.2f} ms\tBilled Duration: {math.ceil(duration_ms)} ms"
    print(f"REPORT RequestId: {request_id}\t{billed}")


def _init(path: str) -> tuple[Handler | None, str]:
    started = time.perf_counter()
    try:
        handler = _load(path)
    except Exception as error:  # noqa: BLE001
        return None, json.dumps({"error": _describe(error)})
    return handler, json.dumps({"init_ms": round((time.perf_counter() - started) * 1000, 1)})


def _send(line: str, replies: IO[bytes]) -> None:
    sys.stdout.flush()
    replies.write(line.encode() + b"\n")
    replies.flush()


def _end_with(connection: socket.socket) -> None:
    watch = select.poll()
    watch.register(connection, select.POLLHUP)
    watch.poll()
    os._exit(0)


def _connection() -> socket.socket:
    """Take the socket from standard input, which the function then finds empty."""
    connection = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    threading.Thread(target=_end_with, args=(connection,), daemon=True).start()
    return connection


def main() -> None:
    """Import the handler, then answer invocations until the socket closes."""
    connection = _connection()
    with connection.makefile("rb") as requests, connection.makefile("wb") as replies:
        handler, outcome = _init(sys.argv[1])
        _send(outcome, replies)
        if handler is None:
            return
        for line in requests:
            _send(_invoke(handler, json.loads(line)), replies)


if __name__ == "__main__":
    main()
