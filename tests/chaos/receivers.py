"""Where studios take their webhooks: down half of the time, and written with nothing but the official library."""

from __future__ import annotations

import datetime as dt
import threading
import zlib
from collections import Counter, defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any, Self

import pytest
from standardwebhooks import Webhook

from tests.support.clock import ManualClock

ANSWER_LOST = 0.05
"""Of deliveries that a receiver takes, the share that it does not say so of."""
_PERIODS = (30.0, 1_200.0)
"""Seconds from one breakdown to the next, for some receivers shorter than for others."""
_DOWN = (500, 503, 429, 302, None)
"""What is answered then; None: the connection breaks."""


class Receivers:
    """A server that stands for all of them, each at a path of its own."""

    def __init__(self, clock: ManualClock, *, seed: int, repaired_at: float) -> None:
        self.clock = clock
        self.seed = seed
        self.repaired_at = repaired_at
        """From then on nobody breaks down."""
        self.told: dict[str, dict[str, Any]] = defaultdict(dict)
        """By receiver: what each event said that it took."""
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []
        """What has to be nothing: deliveries that the library does not verify, events that say two things."""
        self._secrets: dict[str, list[tuple[float, str]]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def learn(self, path: str, secret: str, *, after: float = 0) -> None:
        """Tell a receiver its secret, which it begins to use `after` some seconds."""
        self._secrets.setdefault(path, []).append((self.clock() + after, secret))

    def is_down(self, path: str) -> bool:
        """Whether it is broken now: half of the time."""
        drawn = Random(zlib.crc32(f"{self.seed} {path}".encode()))
        period, phase = drawn.uniform(*_PERIODS), drawn.random()
        now = self.clock()
        return now < self.repaired_at and (now / period + phase) % 1 < 0.5

    def take(self, path: str, body: bytes, headers: dict[str, str]) -> int | None:
        """Take a delivery and return the status that is answered, None where the connection breaks."""
        self.counts["attempts"] += 1
        drawn = Random(zlib.crc32(f"{self.seed} {path} {headers['webhook-id']} {self.clock()}".encode()))
        if self.is_down(path):
            self.counts["attempts while down"] += 1
            return drawn.choice(_DOWN)
        try:
            secret = [secret for since, secret in self._secrets[path] if since <= self.clock()][-1]
            said = Webhook(secret).verify(body, headers)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what the test is about
            self.wrong.append(f"{path}: {error!r}")
            return 400
        if self.told[path].setdefault(headers["webhook-id"], said) != said:
            self.wrong.append(f"{path}: {headers['webhook-id']} says two things")
        self.counts["verified"] += 1
        return 500 if self.clock() < self.repaired_at and drawn.random() < ANSWER_LOST else 204

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receivers = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = receivers.take(self.path, body, dict(self.headers))
                if status is None:
                    self.close_connection = True
                    return
                self.send_response(status)
                if status == 503:
                    self.send_header("retry-after", "120")
                if status == 302:
                    self.send_header("location", receivers.url("/elsewhere"))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def tell_the_library_the_time(clock: ManualClock, patch: pytest.MonkeyPatch) -> None:
    """Let the official library compare timestamps with the test's clock."""

    class Datetime(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
            return dt.datetime.fromtimestamp(clock(), tz)

    patch.setattr("standardwebhooks.webhooks.datetime", Datetime)
