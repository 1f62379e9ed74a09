"""`python -m local.moto_server <services>`: DynamoDB, SQS and S3 in memory, on a free loopback port.

Prints its port as its one line and ends when standard input closes. moto's backends were made for one caller at a time:
two threads can undo each other's conditional writes and lose messages. So requests take turns here, and
a waiting receive lets the others by.
"""

import sys
import time
from collections.abc import Callable, Iterable
from threading import RLock, Thread
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.sqs.models import Message, SQSBackend
from werkzeug.serving import make_server

_Environ = dict[str, Any]
_App = Callable[[_Environ, Any], Iterable[bytes]]

_turn = RLock()
_receive: Callable[..., list[Message]] = SQSBackend.receive_message


def _receive_in_turn(
    self: SQSBackend,
    queue_name: str,
    count: int,
    wait_seconds_timeout: int,
    *arguments: Any,
    **options: Any,
) -> list[Message]:
    ends_at = time.monotonic() + wait_seconds_timeout
    while True:
        with _turn:
            messages = _receive(self, queue_name, count, 0, *arguments, **options)
        remaining = ends_at - time.monotonic()
        if messages or remaining <= 0:
            return messages
        self.get_queue(queue_name).wait_for_messages(1)


def _in_turn(application: _App) -> _App:
    def answer(environ: _Environ, start_response: Any) -> Iterable[bytes]:
        if environ.get("HTTP_X_AMZ_TARGET", "").endswith(".ReceiveMessage"):
            return application(environ, start_response)
        with _turn:
            return application(environ, start_response)

    return answer


class _RequestHandler(MotoRequestHandler):
    """Keeps connections open, sends at once, says nothing."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        pass


def main() -> None:
    """Serve until standard input closes."""
    SQSBackend.receive_message = _receive_in_turn
    application = _in_turn(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_RequestHandler)
    print(server.server_port, flush=True)
    Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
