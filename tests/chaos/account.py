"""What the storm has left, counted."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from common.events import job_event_id
from common.jobs import FINAL, Job
from common.ledger import ledger_of
from common.sqs import MAX_DELIVERIES
from tests.chaos.storm import Storm
from tests.chaos.studios import Studio
from tests.chaos.vendor import job_in
from tests.support import http
from usage.api import app as usage

_DAYS = {"from": "2026-11-20", "to": "2026-11-21"}
UNHEARD = "the answer to the order was lost, and its webhook too"
AT_ITS_MOST = "the vendor could not be asked: counted at its most"


@dataclass(frozen=True)
class Line:
    """One job: what became of it, and what was paid."""

    tenant_id: str
    job: Job
    callback: str | None
    submissions: int
    billed_microusd: int
    """By the vendor."""
    told_in_vain: bool
    """Whether the vendor's word of its end got lost."""

    @property
    def paid_microusd(self) -> int:
        """As its receipt says."""
        return (self.job.receipt or {}).get("cost_microusd", 0)

    @property
    def differs(self) -> bool:
        """Whether its receipt and the vendor's bill say two things."""
        return self.paid_microusd != self.billed_microusd

    @property
    def excuse(self) -> str | None:
        """Why they do, where nobody could have known better."""
        unheard = self.job.submission_at is not None and self.job.request_id is None
        if unheard and self.told_in_vain and not self.paid_microusd:
            return UNHEARD
        return AT_ITS_MOST if self.paid_microusd == self.job.reserved_microusd and not self.billed_microusd else None

    def __str__(self) -> str:
        code = (self.job.error or {}).get("code", "")
        return f"{self.job.id} {self.job.status} {code}: paid {self.paid_microusd}, billed {self.billed_microusd}"


class Account:
    """Everything that can be counted after the storm."""

    def __init__(self, storm: Storm) -> None:
        self.storm = storm
        self.studios = storm.studios
        self.stored = storm.stored.items("jobs_table")
        self.told = [item for item in storm.stored.items("webhooks_table") if item["item"].startswith("event#")]

    @cached_property
    def lines(self) -> list[Line]:
        """Every job that is stored."""
        fal, lost = self.storm.here.fal.ledger, self.storm.vendor.lost
        whose = {one.request_id: job_in(one.webhook_url or "") for one in fal.submissions}
        submitted, billed = Counter(whose.values()), Counter[str]()
        for charge in fal.charges:
            billed[whose[charge.request_id]] += charge.microusd
        callbacks = {job_id: path for studio in self.studios for job_id, path in studio.jobs.items()}
        return [
            Line(
                item["tenant_id"],
                Job.model_validate({"id": job_id, **item}),
                callbacks.get(job_id),
                submitted[job_id],
                billed[job_id],
                job_id in lost,
            )
            for item in self.stored
            if (job_id := item["job_id"]).startswith("job_")
        ]

    # ── Jobs ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def ordered(self) -> set[str]:
        """The jobs that studios were told of."""
        return {job_id for studio in self.studios for job_id in studio.jobs}

    @property
    def open(self) -> list[Line]:
        return [line for line in self.lines if line.job.status not in FINAL]

    @property
    def places_held(self) -> list[str]:
        """Jobs that hold a place in their lane, or wait for one."""
        running = [job_id for item in self.stored for job_id in item.get("running", ())]
        return running + [item["job_id"] for item in self.stored if "waiting" in item or "open" in item]

    def batches(self) -> dict[str, Any]:
        """Return every batch that is stored, by its id."""
        return {item["job_id"]: item for item in self.stored if item["job_id"].startswith("batch_")}

    # ── Money ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def receipts(self, tenant_id: str) -> int:
        """Return what a tenant's receipts say together, in micro-USD."""
        return sum(line.paid_microusd for line in self.lines if line.tenant_id == tenant_id)

    def billed(self, tenant_id: str) -> int:
        return sum(line.billed_microusd for line in self.lines if line.tenant_id == tenant_id)

    def used(self, studio: Studio) -> int:
        """Return what the usage report says."""
        answer = asyncio.run(http.Studio(usage, studio.key).get("/v1/usage", **_DAYS)).raise_for_status()
        return answer.json()["total"]["cost_microusd"]

    def differences(self, tenant_id: str) -> int:
        """Return by how much the bill is above the receipts for what nobody could know."""
        mine = [line for line in self.lines if line.tenant_id == tenant_id and line.excuse]
        return sum(line.billed_microusd - line.paid_microusd for line in mine)

    @property
    def unsettled(self) -> list[str]:
        """Tenants for whom something is still set aside."""
        standings = {studio.tenant_id: ledger_of(studio.tenant_id).standing() for studio in self.studios}
        return [name for name, one in standings.items() if one is None or (one.reserved, one.running) != (0, 0)]

    # ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def expected(self) -> dict[str, set[str]]:
        """Return by receiver the events that it wanted: those of its tenant that are of a kind it asked for."""
        found: dict[str, set[str]] = {}
        for studio in self.studios:
            mine = [item for item in self.told if item["tenant_id"] == studio.tenant_id]
            for path, endpoint in studio.endpoints.items():
                found[path] = {item["id"] for item in mine if endpoint.wants(item["type"])}
            called = {job_event_id(line.job.id) for line in self.lines if line.callback == studio.callback}
            found |= {studio.callback: called} if called else {}
        return found

    def received(self) -> dict[str, set[str]]:
        """Return by receiver the events that it has taken and verified."""
        return {path: set(events) for path, events in self.storm.receivers.told.items() if events}

    def events(self, kind: str) -> dict[str, str]:
        """Return the types of all events of a kind (`job`), by their ids."""
        return {item["id"]: item["type"] for item in self.told if item["type"].startswith(f"{kind}.")}

    # ── Telling ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def __str__(self) -> str:
        """Return the counts, a line each."""
        storm, jobs = self.storm, Counter(line.job.status.value for line in self.lines)
        codes = Counter((line.job.error or {}).get("code", "") for line in self.lines if line.job.error)
        dead = list(storm.messages.dead_letters())
        counted = {
            "seed": storm.seed,
            "jobs": f"{len(self.lines)} of {len(self.studios)} tenants: {_listed(jobs)}",
            "failed with": _listed(codes),
            "jobs that are not final": len(self.open),
            "submissions": f"{sum(line.submissions for line in self.lines)}, most for one job "
            f"{max(line.submissions for line in self.lines)}",
            "receipts, micro-USD": sum(self.receipts(studio.tenant_id) for studio in self.studios),
            "usage, micro-USD": sum(self.used(studio) for studio in self.studios),
            "vendor's bill, micro-USD": storm.here.fal.ledger.microusd(),
            "jobs whose receipt and bill differ": _listed(
                Counter(str(line.excuse) for line in self.lines if line.differs)
            ),
            "events": f"{len(self.told)}: {_listed(Counter(item['type'] for item in self.told))}",
            "events wanted": sum(map(len, self.expected().values())),
            "events received": sum(map(len, self.received().values())),
            "webhooks": _listed(storm.receivers.counts),
            "dead letters": f"{len(dead)}, {sum(died >= MAX_DELIVERIES for *_, died in dead)} of which died every time",
            "messages": _listed(storm.messages.counts),
            "vendor": _listed(storm.vendor.counts),
            "invocations": _listed(storm.counts),
            "asked": _listed(sum((studio.counts for studio in self.studios), Counter[str]())),
            "hours": round(storm.hours, 1),
        }
        return "\n".join(f"  {name:36}{value}" for name, value in counted.items())


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items())) or "none"
