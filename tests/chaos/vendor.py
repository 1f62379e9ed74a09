"""The stand-in vendor in bad weather: it takes its time, fails one order in ten, and every fifth webhook gets lost."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

from local.fal.jobs import Job
from local.fal.stand_in import FalStandIn
from local.http_events import Request
from tests.support.clock import ManualClock
from tests.support.letterbox import Letterbox

FAILING, LOST, DOUBLED, STUMBLING = 0.10, 0.20, 0.15, 0.05
"""Shares: of orders that fail, of webhooks that never come or come twice, of results that are not fetched at once."""
_WORK_SECONDS = (2, 90)
_MOST_LATE_SECONDS = 60
_AGAIN_SECONDS = 20


class Fault(NamedTuple):
    """A fault of the vendor's, as its script names it."""

    name: str
    what: str = ""
    options: dict[str, Any] = {}  # noqa: RUF012 - never changed


ORDERS = [
    Fault("busy", "submit"), Fault("unavailable", "submit"), Fault("drop", "submit", {"accepted": True}),
    Fault("nsfw"), Fault("no_pictures"), Fault("moderated"), Fault("invalid"), Fault("model_error"),
    Fault("runner_error"), Fault("forgotten"), Fault("uncancellable"),
]  # fmt: skip
FETCHES = [Fault("busy", "media"), Fault("bad_gateway", "media"), Fault("bad_gateway", "result")]


class Letter(NamedTuple):
    """A webhook on its way."""

    at: float
    request: Request


@dataclass
class Vendor:
    """Decides when the stand-in is done and when its webhooks arrive."""

    fal: FalStandIn
    box: Letterbox
    clock: ManualClock
    random: Random
    counts: Counter[str] = field(default_factory=Counter[str])
    letters: list[Letter] = field(default_factory=list[Letter])
    lost: set[str] = field(default_factory=set[str])
    """Jobs of whose end the vendor told in vain."""
    _at_work: dict[str, float] = field(default_factory=dict[str, float])
    """Orders by when they are done."""
    _seen: int = 0

    def begin(self) -> None:
        """Let every order wait until its time has come, as it does from here on."""
        self.fal.rules.clear()
        self.fal.script("held", what="submit", times=None)

    def spoil(self, queue: str) -> None:
        """Let what a worker of this queue asks for go wrong, in its share of cases."""
        is_fetch = queue.endswith("finish")
        if self.random.random() < (STUMBLING if is_fetch else FAILING):
            fault = self.random.choice(FETCHES if is_fetch else ORDERS)
            self.fal.script(fault.name, what=fault.what, **fault.options)

    def settle(self) -> None:
        """Wait until it has done what it can do now; its webhooks are on their way then."""
        self.counts["faults"] += sum(rule.used for rule in self.fal.rules._rules if rule.fault != "held")
        self.begin()
        submissions = self.fal.ledger.submissions
        for submission in submissions[self._seen :]:
            if submission.request_id in self.fal.queue.jobs:
                self._at_work[submission.request_id] = self.clock() + self.random.uniform(*_WORK_SECONDS)
        self._seen = len(submissions)
        ends = time.monotonic() + 20
        while len(self.fal.queue._tasks) > len(self._held()):
            assert time.monotonic() < ends, "the vendor does not come to rest"
            time.sleep(0.001)
        self._post()

    def due(self) -> list[str]:
        """Return the orders that are to be done by now."""
        return [request_id for request_id, at in self._at_work.items() if at <= self.clock()]

    def finish(self, request_id: str) -> None:
        """Let it be done with an order."""
        del self._at_work[request_id]
        job = self.fal.job(request_id)
        if job.ended_at is None:
            self.fal.release(request_id)
            while not job.released.is_set():
                time.sleep(0.0005)

    def arrived(self) -> list[Letter]:
        """Return the webhooks that arrive now."""
        return [letter for letter in self.letters if letter.at <= self.clock()]

    def put_back(self, letter: Letter) -> None:
        """Have a webhook come again, as the vendor does with those that are not taken."""
        self.letters.append(letter._replace(at=self.clock() + _AGAIN_SECONDS))

    def next_at(self) -> float | None:
        """Return when something happens next."""
        return min([*self._at_work.values(), *(letter.at for letter in self.letters)], default=None)

    def _held(self) -> list[Job]:
        jobs = [self.fal.queue.jobs[request_id] for request_id in self._at_work]
        return [job for job in jobs if job.ended_at is None and not job.released.is_set()]

    def _post(self) -> None:
        for request in self.box.letters:
            self.counts["vendor's webhooks"] += 1
            if self.random.random() < LOST:
                self.counts["vendor's webhooks lost"] += 1
                self.lost.add(job_in(request.query.decode()))
                continue
            copies = 2 if self.random.random() < DOUBLED else 1
            self.counts["vendor's webhooks doubled"] += copies - 1
            late = [self.random.uniform(0, _MOST_LATE_SECONDS) for _ in range(copies)]
            self.letters += [Letter(self.clock() + seconds, request) for seconds in late]
        self.box.letters.clear()


def job_in(address: str) -> str:
    """Return the job that a webhook is about."""
    return address.partition("job=")[2].partition("&")[0]
