"""The deployment in this process with its vendor on loopback: requests in, messages delivered, webhooks received."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import io
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import Receive, Scope, Send

from characters import worker as characters_worker
from characters.api import app as characters
from common.api import CurrentSpending
from common.dependencies import new_asking
from common.jobs import (
    FinishMessage,
    image_queue,
    image_urgent_queue,
    jobs_of,
    open_jobs,
    run_step,
    speech_queue,
    speech_urgent_queue,
    submit_queues,
)
from common.jobs import submit_handler as made_of
from common.jobs.queue import finish_queue
from common.observability import logger
from common.providers import SpeechOrder
from common.providers.asking import Asking
from common.providers.choice import chat_model, image_generator, speech_synthesizer
from common.providers.fal import credentials, webhooks
from common.providers.sandbox.sound import speak
from common.sqs import sqs_handler
from common.tiers import LimitOverrides
from images import worker as images_worker
from images.api import app as images
from images.service import image_vendor
from jobs import worker as jobs_worker
from jobs.api import app as jobs
from jobs.repository import assets
from jobs.service import Vendors, finish_job, watch
from local.fal.ledger import Entry
from local.fal.stand_in import FalStandIn
from local.queues import failed_ids, to_event
from local.serving import Server, listen
from tests.support import deployment as deployments
from tests.support.deployment import Deployment
from tests.support.http import Studio
from tests.support.money import PLENTY, give
from voice import worker as voice_worker
from voice.api import app as voice
from voice.service import speech_vendor

TENANT = "tenant_demo"
KEY = "studio-key-id:studio-key-secret"
"""Ours at the vendor."""
SAID, DRAWN, UNWANTED, SPOKEN = "Gizlicesorulan", "gizlicebetimlenen", "gizliceistenmeyen", "Gizlicesöylenen"
"""What a player or studio wrote: none of it may be seen in a log."""
PROMPTS = ("Kararını yaz.", "oyunculuk", "The picture must not show")
WORDS_OF_THE_VENDOR = (
    "User is locked", "Exhausted balance", "No user found", "Invalid Key", "Cannot access", 'Application "', "nginx",
    "No runner", "runner is not", "Request timed out", "Internal server error", "Provider returned", "flagged by a",
    "String should", "Concurrent requests", "Invalid status code", "not JSON serializable", "No intelligible",
)  # fmt: skip
LOOKS = (250.0, 700.0, 1_000.0)
"""Seconds from now at which the watcher looks: past the first due time, past an unclear order's wait, and once more."""
_HANDLERS: dict[str, Callable[[Any, Any], dict[str, Any]]] = {
    "image": images_worker.handler,
    "speech": voice_worker.handler,
    "finish": jobs_worker.handler,
    "memory": characters_worker.handler,
}
_MOST_ROUNDS = 30


@dataclass
class Ended:
    """How a job went."""

    status: str
    code: str | None
    job: dict[str, Any]
    looks: int
    """How often the watcher had to look before it ended."""


class Phone:
    """Where the vendor calls: the jobs domain's application on a real port, or something that only redirects."""

    def __init__(self) -> None:
        self.redirects = False
        self.meanwhile: Callable[[], None] | None = None
        """Done after a call was heard and before it is answered."""
        self.answers: list[int] = []
        self.elsewhere: list[str] = []
        self._up = threading.Event()
        self._listener = listen(0)
        self._server: Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._up.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop
        assert self._server
        self._loop.call_soon_threadsafe(self._server.stop)
        self._thread.join(10)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = Request(scope).url.path
        if path == "/elsewhere" or self.redirects:
            self.elsewhere.append(path)
            await RedirectResponse(f"{self.url}/elsewhere")(scope, receive, send)
            self.answers.append(307)
            return

        async def send_after(message: Any) -> None:
            if message["type"] == "http.response.start":
                self.answers.append(message["status"])
                if self.meanwhile is not None:
                    await asyncio.to_thread(self.meanwhile)
            await send(message)

        await jobs(scope, receive, send_after)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._server = Server(self, grace=1)
        serving = asyncio.create_task(self._server.serve(sockets=[self._listener]))
        await self._server.up.wait()
        self._up.set()
        await serving


class Hasty:
    """A vendor's adapter as it is, called with less patience than its caller has."""

    def __init__(self, adapter: Any, seconds: float) -> None:
        self._adapter = adapter
        self._seconds = seconds

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._adapter, name)
        if not callable(found):
            return found

        def called(*arguments: Any, **options: Any) -> Any:
            if "timeout" not in options:
                return found(*arguments, **options)
            assert options.pop("timeout") >= self._seconds
            return found(*arguments, timeout=self._seconds, **options)

        return called


class Said(io.StringIO):
    """Everything that would stand in the function's log."""


@dataclass
class World:
    """One studio's view, the vendor's view, and the queues in between."""

    deployment: Deployment
    fal: FalStandIn
    phone: Phone
    said: Said = field(default_factory=Said)
    hurried: dict[str, Callable[[Any, Any], dict[str, Any]]] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    """Jobs that have not been seen to end."""
    queues: tuple[str, ...] = ()
    """Those that this test's jobs travel on."""

    def request(self, app: Any, method: str, path: str, **options: Any) -> httpx.Response:
        return asyncio.run(Studio(app).request(method, path, **options))

    # ── Talking ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def character(self) -> str:
        person = {"name": "Mirra", "role": "Şifacı", "system_prompt": "Ben Mirra; oyunculuk yönergem gizlidir."}
        return self.request(characters, "POST", "/v1/characters", json=person).raise_for_status().json()["id"]

    def speak(self, character_id: str, *, deadline: float) -> httpx.Response:
        """Let a character answer, all its models together within `deadline` seconds."""

        async def asking(spending: CurrentSpending) -> Asking:
            return Asking(chat_model(TENANT), spending=spending, deadline=deadline)

        characters.dependency_overrides[new_asking] = asking
        try:
            return self.request(
                characters, "POST", f"/v1/characters/{character_id}/speak", json={"message": f"{SAID} yara."}
            )
        finally:
            characters.dependency_overrides.clear()

    def transcribe(self) -> httpx.Response:
        return self.request(voice, "POST", "/v1/voice/stt", json={"audio_base64": SOUND})

    # ── Ordering ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def order(self, kind: str) -> str:
        """Order a picture (`avatar`) or a sound (`tts`) and return the job's id."""
        orders: dict[str, tuple[Any, str, dict[str, Any]]] = {
            "avatar": (images, "/v1/images/avatar", AVATAR),
            "tts": (
                voice,
                "/v1/voice/tts",
                SPEECH,
            ),
        }
        app, path, body = orders[kind]
        answer = self.request(app, "POST", path, json=body | {"cache": False})
        assert answer.status_code == 202, answer.text
        self.queues = ("image" if kind == "avatar" else "speech", "finish")
        self.open.add(answer.json()["job_id"])
        return answer.json()["job_id"]

    def job(self, job_id: str) -> dict[str, Any]:
        answer = self.request(jobs, "GET", f"/v1/jobs/{job_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def cancel(self, job_id: str) -> httpx.Response:
        return self.request(jobs, "DELETE", f"/v1/jobs/{job_id}")

    # ── What happens by itself ───────────────────────────────────────────────────────────────────────────────────────

    def drain(self, *names: str) -> int:
        """Deliver every message of the queues, failed ones again at once, until none is left; return how many."""
        delivered = 0
        for _ in range(_MOST_ROUNDS):
            found = sum(self._deliver(name) for name in names or self.queues)
            if not found:
                return delivered
            delivered += found
        raise AssertionError("the queues do not get empty")

    def settle(self) -> None:
        """Let the vendor finish and call, and the queues carry what it said."""
        self.drain()
        self.fal.settle()
        self.drain()

    def look(self, seconds: float) -> None:
        """Let the watcher look, as if `seconds` had passed."""
        later = open_jobs()
        later.clock = lambda: time.time() + seconds
        watch(later, submit=submit_queues(), finish=finish_queue(), clock=later.clock)

    def see_through(self, job_id: str) -> Ended:
        """Let everything happen that happens by itself, until the job has ended."""
        self.settle()
        for looks, seconds in enumerate((*LOOKS, None)):
            job = self.job(job_id)
            if job["status"] in {"completed", "failed", "cancelled"}:
                self.open.discard(job_id)
                return Ended(job["status"], (job["error"] or {}).get("code"), job, looks)
            if seconds is not None:
                self.look(seconds)
                self.settle()
        raise AssertionError("the job was lost")

    def hurry(self, seconds: float) -> None:
        """Let the workers wait for the vendor only so long."""
        generator, synthesizer = Hasty(image_generator(TENANT), seconds), Hasty(speech_synthesizer(TENANT), seconds)

        async def finish(message: FinishMessage, deliveries: int) -> None:
            repository = jobs_of(message.tenant_id)
            if message.request_id is not None:
                repository.adopt(message.job_id, message.request_id)

            async def step(job: Any) -> None:
                both: Any = Vendors(images=generator, voices=synthesizer)  # type: ignore[arg-type]
                await finish_job(job, message=message, jobs=repository, assets=assets(), vendors=both)

            await run_step(message, deliveries, jobs=repository, step=step)

        self.hurried = {
            "image": made_of(
                lambda _: image_vendor(generator),  # type: ignore[arg-type]
                queue=image_queue,
                urgent=image_urgent_queue,
            ),
            "speech": made_of(
                lambda _: speech_vendor(synthesizer),  # type: ignore[arg-type]
                queue=speech_queue,
                urgent=speech_urgent_queue,
            ),
            "finish": sqs_handler(FinishMessage, finish, queue=finish_queue),
        }

    # ── What was asked of the vendor ─────────────────────────────────────────────────────────────────────────────────

    def posts(self, what: str = "") -> list[Entry]:
        """Every POST that may cost money."""
        return [entry for entry in self.fal.ledger.find(method="POST", what=what) if entry.what in {"run", "submit"}]

    def models(self) -> list[str]:
        """Which chat models were asked, in order."""
        return [entry.body["model"] for entry in self.posts("run")]

    def taken(self, job_id: str) -> int:
        """How often the vendor took this job's order."""
        return sum(count for url, count in self.fal.ledger.by_webhook().items() if job_id in url)

    def check_discretion(self, *answers: str) -> None:
        """Nothing that was written to or by the vendor stands in the log, nor in what studios get."""
        log = self.said.getvalue()
        tokens = [url.rpartition("token=")[2] for url in self.fal.ledger.by_webhook()]
        for secret in (*KEY.split(":"), *PROMPTS, *WORDS_OF_THE_VENDOR, *tokens, "token="):
            assert secret not in log, f"{secret!r} stands in the log"
            assert not any(secret in answer for answer in answers), f"{secret!r} stands in an answer"
        for written in (SAID, DRAWN, UNWANTED, SPOKEN, SOUND[100:160]):
            assert written.lower() not in log.lower(), f"{written!r} stands in the log"

    def begin(self) -> None:
        """Forget the test before."""
        self.hurried = {}
        self.phone.redirects, self.phone.meanwhile = False, None
        self.phone.answers.clear()
        self.phone.elsewhere.clear()
        self.fal.reset()
        credentials.forget_key()
        if self.open:
            self._forget_jobs()
        self.said.seek(0)
        self.said.truncate()

    def _forget_jobs(self) -> None:
        """Delete what a test that failed has left: SQS purges a queue once a minute only."""
        self.open.clear()
        sqs, dynamodb, found = self.deployment.sqs, self.deployment.dynamodb, self.deployment.settings
        for url in self._urls().values():
            while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
                for one in messages:
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=one.get("ReceiptHandle", ""))
        for item in dynamodb.scan(TableName=found.jobs_table, ProjectionExpression="tenant_id, job_id")["Items"]:
            dynamodb.delete_item(TableName=found.jobs_table, Key=item)

    def _urls(self) -> dict[str, str]:
        found = self.deployment.settings
        return {
            "image": found.image_queue_url,
            "speech": found.speech_queue_url,
            "finish": found.finish_queue_url,
            "memory": found.memory_queue_url,
        }

    def _deliver(self, name: str) -> int:
        """Deliver one batch as Lambda's poller does; what failed is made visible at once: nobody waits here."""
        sqs, url = self.deployment.sqs, self._urls()[name]
        received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"])
        messages = received.get("Messages", [])
        if not messages:
            return 0
        handles = {message.get("MessageId", ""): message.get("ReceiptHandle", "") for message in messages}
        event = to_event(messages, arn=f"arn:aws:sqs:eu-central-1:123456789012:{name}", region="eu-central-1")
        failed = failed_ids(invoked(self.hurried.get(name, _HANDLERS[name]), event), set(handles), partial=True)
        for message_id, handle in handles.items():
            if message_id in failed:
                sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
            else:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
        return len(messages)


class Context:
    """What Lambda tells a handler."""

    aws_request_id = "00000000-0000-0000-0000-000000000000"


def invoked(handler: Callable[[Any, Any], Any], event: Any) -> Any:
    """Run a handler, in an event loop of its own as in a process of its own."""
    with contextlib.closing(asyncio.new_event_loop()) as loop:
        asyncio.set_event_loop(loop)
        return handler(event, Context())


AVATAR = {
    "description": f"{DRAWN} bir şifacı",
    "negative_prompt": UNWANTED,
    "width": 256,
    "height": 256,
    "seed": 7,
    "style": "anime",
    "cache": False,
}
SPEECH = {"text": f"{SPOKEN} bir söz.", "voice": "zeynep", "response_format": "wav", "cache": False}
SOUND = base64.b64encode(speak(SpeechOrder(f"{SPOKEN} bir söz.", "ali", 1.0, "mp3"))).decode()


@contextlib.contextmanager
def world(variables: Mapping[str, str | None] | None = None) -> Iterator[World]:
    """Deploy into this process's moto with a stand-in as the vendor."""
    latency = dict.fromkeys(("image", "tts", "stt", "chat"), 0.0)
    with (
        pytest.MonkeyPatch.context() as patch,
        deployments.an_aws(patch),
        FalStandIn(key=KEY, latency=latency) as fal,
        Phone() as phone,
    ):
        fal.courier.first_pause, fal.courier.gives_up_after = 0.02, 0.05
        deployments.deploy(patch)
        for name, value in {**fal.variables, "PUBLIC_URL": phone.url, **(variables or {})}.items():
            patch.setenv(name, value) if value is not None else patch.delenv(name, raising=False)
        deployments.forget()
        credentials.forget_key()
        webhooks.forget_keys()
        give(TENANT, limits=LimitOverrides(text_per_minute=PLENTY, images_per_minute=PLENTY))
        deployed = deployments.Deployment(deployments.template(), deployments.settings(), *_clients())
        found = World(deployed, fal, phone)
        with listening(found.said):
            yield found
        deployments.forget()
        credentials.forget_key()
        webhooks.forget_keys()


def _clients() -> Any:
    return deployments.aws.dynamodb(), deployments.aws.sqs(), deployments.aws.s3()


@contextlib.contextmanager
def listening(to: io.StringIO) -> Iterator[None]:
    """Write to `to` what Lambda would log: our logger, standard output, and every library's logger from INFO on.

    With JSON logging and an application log level, Lambda sets the root logger to that level.
    """
    root, own = logging.getLogger(), [one for one in logger.handlers if isinstance(one, logging.StreamHandler)]
    streams = [(handler, handler.setStream(to)) for handler in own]
    handler, level = logging.StreamHandler(to), root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        with contextlib.redirect_stdout(to):
            yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        for own_handler, stream in streams:
            own_handler.setStream(stream or sys.stdout)
