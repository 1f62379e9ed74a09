"""The run host: one request, one answer, or a stream of server-sent events."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable

from starlette.responses import Response, StreamingResponse

from local.fal.ledger import Charge, Ledger, Submission
from local.fal.making import UNITS
from local.fal.models import ModelRunner
from local.fal.script import Rules
from local.fal.wire import Asked, Fields, Outcome, new_id, plain_error

_BETWEEN_EVENTS = 0.004
"""Seconds, where the model has any latency at all."""


class Run:
    """Direct calls."""

    def __init__(self, runner: ModelRunner, ledger: Ledger) -> None:
        self._runner = runner
        self._ledger = ledger

    async def answer(self, asked: Asked, rules: Rules) -> Response:
        """Answer one request.

        Raises:
            Refused: the model cannot be called like this.
        """
        if asked.method != "POST":
            raise plain_error(405, "Method Not Allowed")
        endpoint = self._runner.endpoint(asked.app)
        arguments, request_id = asked.arguments(), new_id()
        self._ledger.submissions.append(Submission(request_id, asked.app, "run", None))
        if endpoint.make is None or arguments.get("stream") is True:
            return await self._stream(asked, arguments, request_id, rules)
        started = time.monotonic()
        outcome = await self._runner.run(asked.app, arguments, headers=asked.headers, rules=rules)
        asked.bill = self._bill(request_id, asked.app, outcome)
        latency = 0.0 if outcome.failed else rules.seconds("latency", self._runner.latency(asked.app))
        await asyncio.sleep(max(0.0, started + latency - time.monotonic()))
        return outcome.response(request_id)

    async def _stream(self, asked: Asked, arguments: Fields, request_id: str, rules: Rules) -> Response:
        started = time.monotonic()
        events = await self._runner.events(asked.app, arguments, headers=asked.headers, rules=rules)
        bill = self._bill(request_id, asked.app, Outcome(200, None, units=_units_of(events)))
        latency = rules.seconds("latency", self._runner.latency(asked.app))
        return StreamingResponse(
            _paced(events, bill, starts_at=started + latency, between=_BETWEEN_EVENTS if latency else 0.0),
            media_type="text/event-stream",
            headers={"x-fal-request-id": request_id, "Cache-Control": "no-store"},
        )

    def _bill(self, request_id: str, app: str, outcome: Outcome) -> Callable[[], None] | None:
        """Return what puts a run on the bill; None for one that failed."""
        if outcome.failed:
            return None
        charge: Charge = self._runner.charge(request_id, app, outcome)
        return lambda: self._ledger.charges.append(charge)


async def _paced(
    events: list[Fields | str], bill: Callable[[], None] | None, *, starts_at: float, between: float
) -> AsyncIterator[bytes]:
    await asyncio.sleep(max(0.0, starts_at - time.monotonic()))
    for event in events:
        if bill and _tells_units(event):
            bill()
        line = event if isinstance(event, str) else json.dumps(_without_units(event), ensure_ascii=False)
        yield f"data: {line}\n\n".encode()
        await asyncio.sleep(between)


def _units_of(events: list[Fields | str]) -> float:
    """What a stream is billed at: its usage's cost, or the units it says under a name that is not sent."""
    for event in reversed(events):
        if isinstance(event, dict) and _tells_units(event):
            return float(event.get(UNITS) or event["usage"]["cost"])
    return 0.0


def _tells_units(event: Fields | str) -> bool:
    return isinstance(event, dict) and ("usage" in event or UNITS in event)


def _without_units(event: Fields) -> Fields:
    return {name: value for name, value in event.items() if name != UNITS}
