"""What studios do in the storm: order, cancel, prioritize, and change the secrets of their webhooks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

import httpx

from images.api import app as images
from jobs.api import app as jobs
from tests.chaos.receivers import Receivers
from tests.support import http
from voice.api import app as voice
from webhooks.api import app as webhooks

_LATELY = 40
"""Among so many of its last jobs a studio chooses the one to cancel or prioritize."""
_OVERLAP_SECONDS = 3_600


class Wish(NamedTuple):
    """A request that a studio repeats until it has an answer."""

    app: Any
    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed


@dataclass
class Endpoint:
    """Where a studio wants to be told, and of what."""

    id: str
    events: list[str]

    def wants(self, kind: str) -> bool:
        return any(one in {"*", kind} or (one.endswith("*") and kind.startswith(one[:-1])) for one in self.events)


@dataclass
class Studio:
    """One tenant."""

    tenant_id: str
    places: int
    """Jobs of a kind that may run at once."""
    random: Random
    receivers: Receivers
    jobs: dict[str, str | None] = field(default_factory=dict[str, "str | None"])
    """What was ordered, with the path of its callback."""
    batches: dict[str, int] = field(default_factory=dict[str, int])
    endpoints: dict[str, Endpoint] = field(default_factory=dict[str, Endpoint])
    """By path."""
    counts: Counter[str] = field(default_factory=Counter[str])
    missing: int = 0
    """Jobs that a batch could not have any more, for it came back too late after a death: to be ordered again."""
    _made: int = 0

    @property
    def key(self) -> str:
        return f"key-of-{self.tenant_id}"

    async def send(self, wish: Wish) -> httpx.Response:
        options = {} if wish.body is None else {"json": wish.body}
        return await http.Studio(wish.app, self.key).request(wish.method, wish.path, headers=wish.headers, **options)

    # ── Webhooks ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def listen(self, *wanted: list[str]) -> None:
        """Register an endpoint for each list of events, and the secret for callbacks."""
        for place, events in enumerate(wanted):
            path = f"/{self.tenant_id}/{place}"
            body = {"url": self.receivers.url(path), "events": events}
            made = (await self.send(Wish(webhooks, "POST", "/v1/webhooks", body))).raise_for_status().json()
            self.endpoints[path] = Endpoint(made["id"], events)
            self.receivers.learn(path, made["secret"])
        await self.rotate(None)

    async def rotate(self, path: str | None) -> None:
        """Change the secret of an endpoint, or of the callbacks; the receiver learns it at once or within the hour."""
        whose = "callbacks" if path is None else self.endpoints[path].id
        answer = await self.send(
            Wish(webhooks, "POST", f"/v1/webhooks/{whose}/rotate-secret", {"overlap_seconds": _OVERLAP_SECONDS})
        )
        learned = 0.0 if path is None else self.random.choice((0.0, _OVERLAP_SECONDS / 2))
        self.receivers.learn(path or self.callback, answer.raise_for_status().json()["secret"], after=learned)
        self.counts["rotations"] += path is not None

    @property
    def callback(self) -> str:
        return f"/{self.tenant_id}/callback"

    # ── Orders ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def order(self) -> Wish:
        """Return an order of one job that can be sent any number of times."""
        self._made += 1
        is_picture = self.random.random() < 0.7
        body = self._picture() if is_picture else self._speech()
        if self.random.random() < 0.1:
            body["callback_url"] = self.receivers.url(self.callback)
        app, path = (images, "/v1/images/avatar") if is_picture else (voice, "/v1/voice/tts")
        name = f"siparis-{self._made}"
        if self.random.random() < 0.5:
            return Wish(app, "PUT", f"{path}/{name}", body)
        return Wish(app, "POST", path, body, {"Idempotency-Key": name})

    def order_many(self, number: int) -> Wish:
        """Return an order of so many jobs in one batch."""
        self._made += 1
        orders = [{"kind": "avatar", **self._picture()} for _ in range(number)]
        return Wish(images, "POST", "/v1/images/batch", {"orders": orders}, {"Idempotency-Key": f"parti-{self._made}"})

    def _picture(self) -> dict[str, Any]:
        """One of few pictures, which the stand-in need not draw each time; a job of its own all the same."""
        side = self.random.choice((256, 320))
        body = {"description": "yaşlı bir şifacı", "width": side, "height": side, "seed": self.random.randrange(3)}
        return body | {"model": "schnell", "cache": False, **self._player()}

    def _speech(self) -> dict[str, Any]:
        return {"text": f"Evet{'!' * self.random.randrange(3)}", "voice": "george", "cache": False, **self._player()}

    def _player(self) -> dict[str, str]:
        return {"user_id": f"oyuncu-{self.random.randrange(3)}"} if self.random.random() < 0.3 else {}

    # ── Second thoughts ──────────────────────────────────────────────────────────────────────────────────────────────

    def cancel(self) -> Wish | None:
        job_id = self._one_of_the_last()
        return Wish(jobs, "DELETE", f"/v1/jobs/{job_id}") if job_id else None

    def prioritize(self) -> Wish | None:
        job_id = self._one_of_the_last()
        return Wish(jobs, "POST", f"/v1/jobs/{job_id}/prioritize") if job_id else None

    def _one_of_the_last(self) -> str | None:
        known = list(self.jobs)[-_LATELY:]
        return self.random.choice(known) if known else None

    # ── Answers ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def note(self, wish: Wish, answer: httpx.Response) -> bool:
        """Write down what came of a wish; False where it has to be sent again."""
        what = f"{wish.method} {wish.path.split('/')[2]}" if wish.method != "POST" else wish.path.rpartition("/")[2]
        told = answer.json()
        outcome = told["error"]["code"] if not answer.is_success else told.get("outcome") or answer.status_code
        self.counts[f"{what}: {outcome}"] += 1
        if answer.status_code in {409, 503} and told["error"]["retryable"]:
            return False
        if wish.app is jobs:
            assert answer.status_code in {200, 409}, answer.text
            return True
        assert answer.is_success, answer.text
        if "batch_id" in told:
            self._note_batch(told)
        else:
            url = (wish.body.get("callback_url") or "").partition("127.0.0.1:")[2]
            self.jobs[told["job_id"]] = f"/{url.partition('/')[2]}" if url else None
        return True

    def _note_batch(self, told: dict[str, Any]) -> None:
        refused = [item["error"] for item in told["items"] if "error" in item]
        assert all(error["retryable"] for error in refused), told
        self.missing += len(refused)
        self.batches[told["batch_id"]] = told["total"]
        self.jobs |= dict.fromkeys(item["job_id"] for item in told["items"] if "job_id" in item)
