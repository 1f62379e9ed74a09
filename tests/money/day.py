"""A day of a few studios, at random: what they ask for, what goes wrong, what they do about it.

Everything runs on the real handlers, with the production adapter and its vendor on loopback. Faults after which nobody
tells us what was paid (an order that may or may not have been taken, a result the vendor has lost) are left out.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from random import Random
from types import TracebackType
from typing import Any, NamedTuple, Self
from uuid import UUID

import httpx
import pytest

from characters.api import app as characters
from common import aws
from common.keys import Mode
from common.ledger import Standing, ledger_of
from common.tenancy import Tenant, tenants
from common.tiers import BudgetOverrides, LimitOverrides
from images.api import app as images
from jobs import watcher
from jobs.api import app as jobs
from tests.money.books import Bill, Books, Order
from tests.support.clock import ManualClock
from tests.support.hours import told_by
from tests.support.http import Studio
from tests.support.money import PLENTY, give
from tests.support.transactions import copy_what_they_touch
from tests.vendor.world import SOUND, Context, World, world
from usage.api import app as usage
from voice.api import app as voice
from worlds.api import app as worlds

FIRST_DAY, LAST_DAY = "2026-11-20", "2026-11-21"
_MORNING = 1_795_158_000.0
"""7:00 UTC on `FIRST_DAY`."""
_DAY_SECONDS = 20 * 3600
"""Jobs are kept for 24 h: all of the day are there at its end."""
_QUEUES = ("image", "speech", "finish", "memory")
_FINAL = {"completed", "failed", "cancelled"}
PATIENT, THRIFTY, SMALL, TRYING = "cinar", "kavak", "sogut", "cinar.test"
LIVE = (PATIENT, THRIFTY, SMALL)
DAY_MICROUSD = 300_000
"""The budget of the tenant that has one."""
GENEROUS = LimitOverrides(requests_per_hour=PLENTY, text_per_minute=PLENTY, images_per_minute=PLENTY)


class Fault(NamedTuple):
    """A fault of the vendor's, as its script names it."""

    name: str
    what: str = ""
    times: int | None = 1
    options: dict[str, Any] = {}  # noqa: RUF012 - never changed


WRITING = [
    Fault("busy", "run"),
    Fault("unavailable", "run", 2),
    Fault("not_json", "run"),
    Fault("silent", "run"),
    Fault("silent", "run", None),
    Fault("unfinished", "run", 2),
    Fault("in_band_error", "run"),
    Fault("in_band_error", "run", 3, {"paid": True}),
    Fault("filtered", "run"),
    Fault("moderated", "run"),
    Fault("locked", "run"),
]
MAKING = [
    Fault("busy", "submit"), Fault("unavailable", "submit"), Fault("busy", "submit", None), Fault("locked", "submit"),
    Fault("nsfw"), Fault("black"), Fault("no_pictures"), Fault("moderated"), Fault("invalid"), Fault("model_error"),
    Fault("runner_error"), Fault("forgotten"),
    Fault("webhook_lost"), Fault("webhook_duplicate"), Fault("webhook_null_payload"), Fault("webhook_early"),
    Fault("webhook_bad_signature"), Fault("webhook_unsigned"),
    Fault("busy", "media"), Fault("unknown_app", "media"), Fault("bad_gateway", "media", 2),
]  # fmt: skip
ON_DEMAND = ["timeout", "busy", "moderated", "provider_error"]
SENTENCES = [
    "Yaramı sarabilir misin?", "Köprüyü kim yaktı?", "Bana bir türkü söyle.", "Bu gece nerede kalırım?",
    "Kralın adını söyle! [sandbox:violation]", "Sana güvenmiyorum.",
]  # fmt: skip
PICTURES = ["yaşlı bir şifacı", "sisli bir köprü", "kırmızı pelerinli bir ozan"]
SPOKEN = ["Kapıyı aç, dışarıda kar var.", "Merhem hazır.", "Kimse kralın adını anmaz bu topraklarda."]


@dataclass
class _Studio:
    tenant_id: str
    key: str
    characters: list[str] = field(default_factory=list[str])
    jobs: list[str] = field(default_factory=list[str])
    """Those that have not been seen to end."""


class Day:
    """`calls` calls of four tenants; after `live` every job is final."""

    def __init__(self, calls: int, *, seed: int) -> None:
        self.calls = calls
        self.asked = 0
        self.clock = ManualClock(_MORNING)
        self.random = Random(seed)
        self.books = Books()
        self.most_committed = 0
        """By the tenant with a budget, at any time."""
        self._sent = 0
        self._parts = ExitStack()

    def __enter__(self) -> Self:
        self.here: World = self._parts.enter_context(world())
        self._parts.enter_context(told_by(self.clock))
        copy_what_they_touch(self._parts.enter_context(pytest.MonkeyPatch.context()))
        self._runner = self._parts.enter_context(asyncio.Runner())
        self.bill = Bill(self.here.fal.ledger)
        aws.sqs().meta.events.register("before-call.sqs.SendMessage", self._note_message)
        self._studios = {tenant_id: _Studio(tenant_id, f"key-of-{tenant_id}") for tenant_id in (*LIVE, TRYING)}
        for studio in self._studios.values():
            mode = Mode.TEST if studio.tenant_id == TRYING else Mode.LIVE
            tenants().add_key(studio.key, Tenant(tenant_id=studio.tenant_id, name=studio.tenant_id, mode=mode))
        budgets = BudgetOverrides(day_microusd=DAY_MICROUSD, month_microusd=10**9, player_day_microusd=80_000)
        give(PATIENT, limits=GENEROUS, budgets=BudgetOverrides(day_microusd=10**9, month_microusd=10**9))
        give(THRIFTY, limits=GENEROUS, budgets=budgets)
        give(SMALL, limits=LimitOverrides(requests_per_hour=12, text_per_minute=3, images_per_minute=1,
                                          concurrent_generations=2))  # fmt: skip
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._parts.close()

    # ── The day ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def live(self) -> None:
        """Live through it, and wait for everything that is under way."""
        pace = _DAY_SECONDS / self.calls
        while self.asked < self.calls:
            before = self.asked
            studio = self._studios[self.random.choices((*LIVE, TRYING), (50, 22, 16, 12))[0]]
            self._runner.run(self._something(studio))
            self._work()
            self.here.fal.rules.clear()
            self.bill.callers(studio.tenant_id)
            self.clock.advance(pace * (self.asked - before) * self.random.uniform(0, 2))
            if self.random.random() < 0.1:
                watcher.handler({}, Context())
        self._wait()
        give(SMALL, limits=GENEROUS)
        for studio in self._studios.values():
            self._runner.run(self._read_jobs(studio))

    async def _something(self, studio: _Studio) -> None:
        if not studio.characters:
            await self._create(studio)
            return
        doings: list[tuple[Callable[[_Studio], Awaitable[Any]], int]] = [
            (self._talk, 26), (self._overhear, 14), (self._crowd, 4), (self._create, 5), (self._create_several, 2),
            (self._world, 3), (self._listen, 3), (self._picture, 18), (self._speech, 8), (self._look, 5),
            (self._cancel, 7), (self._let_go, 3), (self._read, 2),
        ]  # fmt: skip
        (doing,) = self.random.choices([one for one, _ in doings], [weight for _, weight in doings])
        await doing(studio)

    # ── Asking ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def ask(
        self, studio: _Studio, app: Any, line: str, *, route: str, body: Any = None, headers: Any = None
    ) -> httpx.Response:
        """Send one request and write down what it cost."""
        method, _, path = line.partition(" ")
        options = {} if body is None else {"json": body}
        answer = await Studio(app, studio.key).request(method, path, headers=headers or {}, **options)
        assert answer.status_code != 500, answer.text
        self.asked += 1
        self.books.note(Order(studio.tenant_id, route, (body or {}).get("user_id")), answer)
        self._check_budget(studio)
        return answer

    async def post(self, studio: _Studio, app: Any, path: str, *, route: str, body: Any) -> httpx.Response:
        """Send a POST as clients do: some with a key and then again, some of these with something else."""
        headers: dict[str, str] = {}
        again = self.random.choices(("", "again", "other"), (84, 13, 3))[0]
        if again:
            headers["Idempotency-Key"] = str(UUID(int=self.random.getrandbits(128)))
        if studio.tenant_id == TRYING and self.random.random() < 0.25:
            headers["X-Meddah-Fault"] = self.random.choice(ON_DEMAND)
        answer = await self.ask(studio, app, f"POST {path}", route=route, body=body, headers=headers)
        if again == "again":
            second = await self.ask(studio, app, f"POST {path}", route=route, body=body, headers=headers)
            assert not answer.is_success or second.status_code == 429 or second.content == answer.content
        elif again == "other" and answer.is_success:
            other = await self.ask(studio, app, f"POST {path}?x=1", route=route, body=body, headers=headers)
            assert other.json()["error"]["code"] == "IDEMPOTENCY_KEY_REUSED"
        return answer

    def _player(self) -> dict[str, str]:
        number = self.random.randrange(6)
        return {"user_id": f"oyuncu-{number}"} if number < 3 else {}

    def _spoil(self, faults: list[Fault], share: float) -> Fault | None:
        if self.random.random() >= share:
            return None
        fault = self.random.choice(faults)
        skip = self.random.choice((0, 0, 1)) if faults is WRITING else 0
        self.here.fal.script(fault.name, what=fault.what, times=fault.times, skip=skip, **fault.options)
        return fault

    # ── Words ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _talk(self, studio: _Studio) -> None:
        self._spoil(WRITING, 0.25)
        await self._speak(studio, self.random.choice(studio.characters[:3]))

    async def _speak(self, studio: _Studio, character: str) -> None:
        body = {"message": self.random.choice(SENTENCES), **self._player()}
        await self.post(studio, characters, f"/v1/characters/{character}/speak", route="speak", body=body)

    async def _overhear(self, studio: _Studio) -> None:
        self._spoil(WRITING, 0.2)
        body = {"message": self.random.choice(SENTENCES[:4]), "cache": self.random.random() < 0.7, **self._player()}
        character = self.random.choice(studio.characters[:2])
        await self.post(studio, characters, f"/v1/characters/{character}/react", route="react", body=body)

    async def _crowd(self, studio: _Studio) -> None:
        self._spoil(WRITING, 0.3)
        await asyncio.gather(*(self._speak(studio, self.random.choice(studio.characters)) for _ in range(5)))

    async def _create(self, studio: _Studio) -> None:
        if studio.characters:
            self._spoil(WRITING, 0.25)
        body = {"name": "Mirra", "validate_prompt": self.random.random() < 0.3}
        answer = await self.post(studio, characters, "/v1/characters", route="create_character", body=body)
        if answer.is_success:
            studio.characters.append(answer.json()["id"])

    async def _create_several(self, studio: _Studio) -> None:
        self._spoil(WRITING, 0.5)
        body = {"count": self.random.randint(2, 3)}
        await self.post(studio, characters, "/v1/characters/batch", route="create_characters", body=body)

    async def _world(self, studio: _Studio) -> None:
        self._spoil(WRITING, 0.25)
        body = {"prompt": "sisli bir ada", "generate_brief": self.random.random() < 0.5}
        await self.post(studio, worlds, "/v1/worlds", route="create_world", body=body)

    async def _listen(self, studio: _Studio) -> None:
        self._spoil(WRITING, 0.25)
        body = {"audio_base64": SOUND, **self._player()}
        await self.post(studio, voice, "/v1/voice/stt", route="create_transcript", body=body)

    # ── Jobs ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _picture(self, studio: _Studio) -> None:
        kind, words = self.random.choice((("avatar", "description"), ("background", "prompt")))
        side = self.random.choice((256, 256, 512)) if kind == "avatar" else 512
        body: dict[str, Any] = {words: self.random.choice(PICTURES), "width": side, "height": side, **self._player()}
        body |= {"model": self.random.choice(("dev", "dev", "schnell", "pro"))}
        if self.random.random() < 0.6:
            body |= {"seed": self.random.randrange(2), "cache": self.random.random() < 0.9}
        await self._order(studio, images, f"/v1/images/{kind}", route=f"create_{kind}", body=body)

    async def _speech(self, studio: _Studio) -> None:
        text = f"{self.random.choice(SPOKEN)}{' Gel.' * self.random.randrange(3)}"
        body = {"text": text, "voice": "george", "cache": self.random.random() < 0.6, **self._player()}
        await self._order(studio, voice, "/v1/voice/tts", route="create_speech", body=body)

    async def _order(self, studio: _Studio, app: Any, path: str, *, route: str, body: Any) -> None:
        """Order a job that is made at once, or that its vendor holds, or that nobody has told its worker of yet."""
        fate = self.random.choices(("made", "held", "stubborn", "spoilt", "withdrawn"), (45, 18, 8, 22, 7))[0]
        if fate == "spoilt":
            self._spoil(MAKING, 1)
        if fate in {"held", "stubborn"}:
            self.here.fal.script("held")
        if fate == "stubborn":
            self.here.fal.script("uncancellable")
        answer = await self.post(studio, app, path, route=route, body=body)
        if answer.is_success:
            studio.jobs.append(answer.json()["job_id"])
            if fate == "withdrawn":
                await self._end(studio, studio.jobs[-1])

    async def _look(self, studio: _Studio) -> None:
        if studio.jobs:
            await self.ask(studio, jobs, f"GET /v1/jobs/{self.random.choice(studio.jobs)}", route="get_job")

    async def _cancel(self, studio: _Studio) -> None:
        """Cancel a job, mostly one that has not ended; the vendor may be away."""
        held = [job_id for job_id in studio.jobs if job_id in self._held()]
        if held or studio.jobs:
            if self.random.random() < 0.15:
                self.here.fal.script("unavailable", what="cancel")
            await self._end(studio, self.random.choice(held or studio.jobs))

    async def _end(self, studio: _Studio, job_id: str) -> None:
        await self.ask(studio, jobs, f"DELETE /v1/jobs/{job_id}", route="cancel_job")

    async def _let_go(self, studio: _Studio) -> None:
        for request_id in self._held().values():
            if self.random.random() < 0.3:
                self._release(request_id)
        await self._read(studio)

    async def _read(self, studio: _Studio) -> None:
        await self.ask(studio, characters, "GET /v1/characters", route="list_characters")

    # ── What happens by itself ───────────────────────────────────────────────────────────────────────────────────────

    def _held(self) -> dict[str, str]:
        """Orders that wait at the vendor: the vendor's ids by the jobs'."""
        return {
            (job.webhook_url or "").partition("job=")[2].partition("&")[0]: request_id
            for request_id, job in list(self.here.fal.queue.jobs.items())
            if job.rules.find("held") and not job.released.is_set() and job.ended_at is None
        }

    def _note_message(self, **_: Any) -> None:
        self._sent += 1

    def _release(self, request_id: str) -> None:
        self.here.fal.release(request_id)
        while not self.here.fal.job(request_id).released.is_set():
            time.sleep(0.001)

    def _work(self) -> None:
        """Let the queues and the vendor do what they can do now."""
        while True:
            ends = time.monotonic() + 20
            while len(self.here.fal.queue._tasks) > len(self._held()):
                assert time.monotonic() < ends
                time.sleep(0.002)
            if not self._sent:
                return
            self._sent = 0
            self.here.drain(*_QUEUES)

    def _wait(self) -> None:
        for request_id in self._held().values():
            self._release(request_id)
        for _ in range(15):
            self._work()
            self.clock.advance(300)
            watcher.handler({}, Context())
        self._work()
        self.bill.callers(PATIENT)

    async def _read_jobs(self, studio: _Studio) -> None:
        for job_id, order in list(self.books.jobs.items()):
            if order.tenant_id != studio.tenant_id:
                continue
            answer = await Studio(jobs, studio.key).get(f"/v1/jobs/{job_id}")
            self.books.requests[studio.tenant_id, "get_job"] += 1
            assert answer.json().get("status") in _FINAL, (self.books.jobs[job_id], answer.text)
            self.books.note_job(answer.json())

    # ── What our side has counted ────────────────────────────────────────────────────────────────────────────────────

    def standing(self, tenant_id: str) -> Standing:
        found = ledger_of(tenant_id).standing()
        assert found is not None
        return found

    def _check_budget(self, studio: _Studio) -> None:
        if studio.tenant_id == THRIFTY:
            self.most_committed = max(self.most_committed, self.standing(THRIFTY).day_committed)

    def usage(self, tenant_id: str) -> dict[str, Any]:
        """The usage report of both days."""
        return self._get(tenant_id, "/v1/usage")

    def players(self, tenant_id: str) -> dict[str, dict[str, Any]]:
        return {one["user_id"]: one for one in self._get(tenant_id, "/v1/usage/players")["items"]}

    def _get(self, tenant_id: str, path: str) -> Any:
        days = {"from": FIRST_DAY, "to": LAST_DAY}
        answer = self._runner.run(Studio(usage, self._studios[tenant_id].key).get(path, **days))
        assert answer.status_code == 200, answer.text
        return answer.json()
