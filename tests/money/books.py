"""What studios write down themselves, and what the vendor does: every receipt, every job, every charge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import httpx

from local.fal.ledger import Ledger

REPLAYED = "idempotency-replayed"
NOT_COUNTED = {"LIMIT_REACHED"}
"""The refusals of which nothing is counted."""


class Entry(NamedTuple):
    """One receipt."""

    tenant_id: str
    route: str
    player: str | None
    usage: dict[str, Any]


class Order(NamedTuple):
    """Who ordered a job, and as what."""

    tenant_id: str
    route: str
    player: str | None


@dataclass
class Books:
    """A studio's own account, of all tenants."""

    entries: list[Entry] = field(default_factory=list[Entry])
    jobs: dict[str, Order] = field(default_factory=dict[str, Order])
    """By the job's id: an order that is answered with a job under way belongs to whoever ordered that first."""
    requests: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    """Tenant and route."""
    outcomes: Counter[str] = field(default_factory=Counter[str])

    def note(self, order: Order, answer: httpx.Response) -> None:
        """Write down what an answer says it cost; what is given again is a request and costs nothing."""
        body = answer.json() if answer.content else {}
        error: dict[str, Any] = {} if answer.is_success else body["error"]
        self.outcomes[error.get("code") or str(answer.status_code)] += 1
        if error.get("code") not in NOT_COUNTED:
            self.requests[order.tenant_id, order.route] += 1
        if REPLAYED in answer.headers:
            self.outcomes["replayed"] += 1
            return
        if answer.status_code == 202:
            self.jobs.setdefault(body["job_id"], order)
        usage = error.get("details", {}).get("usage") or body.get("usage")
        if usage and "job_id" not in body:
            self.entries.append(Entry(*order, usage))

    def note_job(self, job: dict[str, Any]) -> None:
        """Write down what a job cost."""
        assert job["usage"] is not None, job
        self.outcomes[f"job {job['status']}" + (f" {job['error']['code']}" if job["error"] else "")] += 1
        if job["status"] == "cancelled" and job["usage"]["cost_microusd"]:
            self.outcomes["job cancelled, and paid"] += 1
        self.entries.append(Entry(*self.jobs[job["job_id"]], job["usage"]))

    def sum(self, what: str, *, tenant_id: str, route: str = "", player: str = "") -> int:
        """What all receipts say together."""
        return sum(
            entry.usage[what]
            for entry in self.entries
            if entry.tenant_id == tenant_id and route in {"", entry.route} and player in {"", entry.player}
        )

    def players(self, tenant_id: str) -> set[str]:
        return {entry.player for entry in self.entries if entry.tenant_id == tenant_id and entry.player}


class Bill:
    """The vendor's charges, by whose they are: an order's webhook names its tenant, a call's is whoever called then."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._calls: dict[str, str] = {}
        self._seen = 0

    def callers(self, tenant_id: str) -> None:
        """Say whose the calls since the last time were."""
        charges = list(self._ledger.charges)
        for charge in charges[self._seen :]:
            self._calls[charge.request_id] = tenant_id
        self._seen = len(charges)

    def by_tenant(self) -> Counter[str]:
        """Micro-USD."""
        found: Counter[str] = Counter()
        for tenant_id, _, microusd in self._lines():
            found[tenant_id] += microusd
        return found

    def by_app(self, tenant_id: str) -> Counter[str]:
        """Micro-USD by the vendor's name of the model."""
        found: Counter[str] = Counter()
        for tenant, app, microusd in self._lines():
            found[app] += microusd if tenant == tenant_id else 0
        return +found

    def _lines(self) -> Iterator[tuple[str, str, int]]:
        queued = {one.request_id: one.webhook_url for one in self._ledger.submissions if one.webhook_url}
        for charge in self._ledger.charges:
            url = queued.get(charge.request_id)
            tenant_id = parse_qs(urlsplit(url).query)["tenant"][0] if url else self._calls[charge.request_id]
            yield tenant_id, charge.app, charge.microusd


def total(usages: Iterable[dict[str, Any]], what: str = "cost_microusd") -> int:
    return sum(usage[what] for usage in usages)
