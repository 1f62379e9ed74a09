"""The queue's jobs: waiting, at work, completed; and what becomes of them when they are cancelled or too old."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.fal.script import Rules
from local.fal.wire import Outcome, platform_error

IN_QUEUE, IN_PROGRESS, COMPLETED = "IN_QUEUE", "IN_PROGRESS", "COMPLETED"
_WAITING_SHARE = 0.25
"""Of a job's latency, spent in the queue."""
_SLOW = "[sandbox:slow]"
"""The sandbox's marker for an order that is never ready."""
_LARGE_BYTES = 10_000
_GONE_SOONER = 10
"""Results above `_LARGE_BYTES` live so many times shorter than the rest."""

CANCELLED = platform_error(499, "client_cancelled", "Request was cancelled by the client.").outcome


@dataclass(slots=True)
class Job:
    """One request in the queue."""

    request_id: str
    app: str
    arguments: dict[str, Any]
    headers: dict[str, str]
    webhook_url: str | None
    rules: Rules
    status: str = IN_QUEUE
    position: int = 0
    outcome: Outcome | None = None
    started_at: float = field(default_factory=time.monotonic)
    ended_at: float | None = None
    cancelled: bool = False
    gone: bool = False
    released: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a held job may go on."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    logs: list[dict[str, str]] = field(default_factory=list[dict[str, str]])

    @property
    def owner_and_alias(self) -> str:
        """The part of the model's path that follow-up addresses keep."""
        return "/".join(self.app.split("/")[:2])

    def move_to(self, status: str) -> None:
        """Enter a status, with a line in the log."""
        self.status = status
        now = datetime.now(UTC).isoformat()
        self.logs.append({"message": status.lower(), "timestamp": now, "level": "INFO", "source": "USER"})

    def end(self, outcome: Outcome) -> None:
        """Complete, with an output or an error; a job ends once."""
        if self.ended_at is None:
            self.outcome = outcome
            self.ended_at = time.monotonic()
            self.move_to(COMPLETED)
            self.ended.set()

    def cancel(self) -> bool:
        """Take the wish to cancel; False if the job is over. One that is `uncancellable` goes on."""
        if self.ended_at is not None:
            return False
        self.cancelled = True
        self.gone = self.rules.find("vanishing") is not None
        if not self.rules.find("uncancellable"):
            self.end(CANCELLED)
        return True

    def result_is_gone(self, lifetime: float) -> bool:
        """Whether the result is no longer kept; a large one is kept shorter than `lifetime` seconds."""
        if self.ended_at is None or self.outcome is None:
            return False
        if self.rules.find("expired"):
            return True
        large = len(str(self.outcome.body)) >= _LARGE_BYTES
        return time.monotonic() - self.ended_at > (lifetime / _GONE_SOONER if large else lifetime)


async def work(job: Job, latency: float, make: Callable[[Job], Awaitable[Outcome]]) -> None:
    """Take a job through the queue: wait, be at work for the rest of `latency` seconds, end."""
    latency = job.rules.seconds("latency", latency)
    await _wait_for_a_runner(job, job.rules.seconds("queued", latency * _WAITING_SHARE))
    if job.ended_at is not None:
        return
    job.move_to(IN_PROGRESS)
    started = time.monotonic()
    if job.rules.find("held") or _SLOW in str(job.arguments):
        await _either(job.released, job.ended)
    outcome = await make(job)
    await _pause(job, started + latency * (1 - _WAITING_SHARE) - time.monotonic())
    job.end(outcome)


async def _wait_for_a_runner(job: Job, seconds: float) -> None:
    """Let the time in the queue pass; the job ends if that is more than its client allows."""
    allowed = _number(job.headers.get("x-fal-request-timeout"))
    if allowed is None or allowed >= seconds:
        await _pause(job, seconds)
        return
    await _pause(job, allowed)
    timeout = {"X-Fal-Request-Timeout-Type": "user"}
    job.end(platform_error(504, "request_timeout", "Request timed out", **timeout).outcome)


async def _pause(job: Job, seconds: float) -> None:
    """Let time pass, not longer than the job lives."""
    with suppress(TimeoutError):
        await asyncio.wait_for(job.ended.wait(), max(0.0, seconds))


async def _either(*events: asyncio.Event) -> None:
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for one in waiting:
        one.cancel()


def _number(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None
