"""What the stack tells its user: one line when ready, one per request, batch and schedule."""

import json
import re
import sys
import time
from typing import IO

from local.demo import TENANTS, tenant_of
from local.gateway import Answered
from local.queues import Delivered
from local.schedules import Fired

_DIM, _RED, _GREEN, _YELLOW, _RESET = "\033[2m", "\033[31m", "\033[32m", "\033[33m", "\033[0m"
_TOKEN = re.compile(r"\btoken=[^&]*")
"""What proves that a callback is ours is nobody's to read."""


class Console:
    """Writes lines, coloured on a terminal; functions' own logs only when asked for, but always their errors."""

    def __init__(self, *, out: IO[str] = sys.stdout, logs: bool = False) -> None:
        self._out = out
        self._logs = logs
        self._coloured = out.isatty()

    def ready(self, port: int, vendor: str) -> None:
        """Say where it is, and whose models answer."""
        about = f"docs: /docs, keys: {', '.join(TENANTS)}, vendor: {vendor}"
        self._write(f"Meddah is ready at http://127.0.0.1:{port} ({about})")

    def refused(self, reason: str) -> None:
        """Say why it does not start."""
        self._write(self._paint(_RED, reason))

    def request(self, answered: Answered) -> None:
        """One request."""
        request = answered.request
        query = f"?{_TOKEN.sub('token=…', request.query.decode('latin-1'))}" if request.query else ""
        colour = _RED if answered.status >= 500 else _YELLOW if answered.status >= 400 else _GREEN
        tenant = tenant_of(dict(request.headers).get("authorization", "")) or "-"
        self._event(
            self._paint(colour, f"{request.method:<6} {_shown(request.path + query):<56} {answered.status}"),
            answered.duration_ms,
            f"{tenant} {answered.function or '-'}",
            cold=answered.cold,
        )

    def batch(self, delivered: Delivered) -> None:
        """One batch of messages."""
        counted = f"{delivered.messages} message{'s' if delivered.messages > 1 else ''}"
        failed = f", {delivered.failed} failed" if delivered.failed else ""
        colour = _RED if failed else _GREEN
        self._event(
            self._paint(colour, f"SQS    {delivered.queue:<30} {counted + failed:<29}"),
            delivered.duration_ms,
            delivered.function,
            cold=delivered.cold,
        )

    def schedule(self, fired: Fired) -> None:
        """One run of a schedule; silent when logs are, unless it failed."""
        if fired.failed or self._logs:
            outcome = self._paint(_RED, "failed") if fired.failed else "done"
            self._event(f"TIMER  {outcome:<60}", fired.duration_ms, fired.function, cold=fired.cold)

    def log(self, function: str, line: str) -> None:
        """One line of a function's log."""
        shown = line if self._logs else _error_in(line)
        if shown:
            self._write(f"         {self._paint(_DIM, function)} {shown}")

    def _event(self, what: str, duration_ms: float, who: str, *, cold: bool) -> None:
        start = self._paint(_YELLOW, " cold start") if cold else ""
        self._write(f"{time.strftime('%H:%M:%S')} {what} {duration_ms:7.0f} ms  {self._paint(_DIM, who)}{start}")

    def _paint(self, colour: str, text: str) -> str:
        return f"{colour}{text}{_RESET}" if self._coloured else text

    def _write(self, line: str) -> None:
        print(line, file=self._out, flush=True)


def _shown(target: str) -> str:
    """Make a path fit to print: control characters would speak to the terminal."""
    return "".join(character if character.isprintable() else "�" for character in target)[:200]


def _error_in(line: str) -> str | None:
    """Return what a line says of an error, short; None if it is no error's."""
    if line.startswith("ERROR "):
        return line
    try:
        record = json.loads(line)
        if record.get("level") not in {"ERROR", "CRITICAL"}:
            return None
        trace: list[str] = record.get("trace") or [""]
        return f"ERROR {record.get('message')}: {trace[0]} {trace[-1]} (LOGS=1 shows all)"
    except (ValueError, AttributeError):
        return None
