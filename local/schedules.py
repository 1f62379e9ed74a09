"""EventBridge's schedules: `rate(…)` rules, each started anew with the stack."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from local.cloudformation import ACCOUNT
from local.functions import Function
from local.process import FunctionError


@dataclass(frozen=True, slots=True)
class Fired:
    """One run of a schedule, for whoever reports it."""

    function: str
    failed: bool
    duration_ms: float
    cold: bool


def to_event(function: str, *, region: str) -> dict[str, Any]:
    """Return the event of a schedule that is due now."""
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [f"arn:aws:events:{region}:{ACCOUNT}:rule/{function}"],
        "detail": {},
    }


async def run_schedule(function: Function, seconds: int, *, region: str, report: Callable[[Fired], None]) -> None:
    """Invoke `function` every `seconds` until cancelled."""
    while True:
        await asyncio.sleep(seconds)
        started = time.perf_counter()
        failed, cold = False, False
        try:
            cold = (await function.invoke(to_event(function.name, region=region))).cold
        except FunctionError:
            failed = True
        report(Fired(function.name, failed, (time.perf_counter() - started) * 1000, cold))
