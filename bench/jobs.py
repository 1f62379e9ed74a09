"""What Lambda bills for a picture whose vendor takes its time: three short handlers, measured in the local stack."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping

import httpx

from bench.reports import Bill
from local.demo import TENANTS
from tests.support.stack import running_stack

VENDOR_SECONDS = 10.0
LIMIT_MS = 400
STEPS = {"submit": "ImagesWorker", "webhook": "JobsApi", "finish": "JobsWorker"}
"""The invocations that a job costs beside its order, and the functions that serve them."""
_JOBS = 5
_APART_SECONDS = 1.0
_ORDER = {"description": "Kızıl saçlı, yaşlı bir şifacı", "style": "painterly"}


def measure(*, vendor_seconds: float = VENDOR_SECONDS, jobs: int = _JOBS) -> dict[str, float]:
    """Return each step's median milliseconds over `jobs` pictures, after one that warms the functions."""
    settings = {"LOGS": "1", "FAL_STANDIN_LATENCY": f"image={vendor_seconds}"}
    with running_stack(**settings) as stack:
        headers = {"Authorization": f"Bearer {next(iter(TENANTS))}"}
        with httpx.Client(base_url=stack.url, headers=headers, timeout=30) as http:
            bill = Bill(stack, patience=vendor_seconds + 20)
            for count in (1, jobs):
                bill.begin()
                for _ in range(count):
                    http.post("/v1/images/avatar", json=_ORDER).raise_for_status()
                    time.sleep(_APART_SECONDS)
                # Nobody asks after them meanwhile: that would be an invocation of the same function as the webhook.
                steps = {step: bill.milliseconds(function, of=count) for step, function in STEPS.items()}
        return {step: statistics.median(milliseconds) for step, milliseconds in steps.items()}


def show(steps: Mapping[str, float], *, vendor_seconds: float = VENDOR_SECONDS) -> str:
    """Return the steps as a Markdown table, and what a worker that waits would have been billed beside it."""
    total, waiting = sum(steps.values()), vendor_seconds * 1000
    shown = " + ".join(f"{milliseconds:.0f}" for milliseconds in steps.values())
    return "\n".join(
        [
            f"| An image job, vendor {vendor_seconds:g} s | Lambda ms |",
            "| --- | ---: |",
            f"| {' + '.join(steps)} | {shown} = {total:.0f} |",
            f"| a worker that waits | {waiting:.0f} + {total:.0f} = {waiting + total:.0f} |",
        ]
    )
