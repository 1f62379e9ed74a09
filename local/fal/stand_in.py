"""The stand-in as one object: five listeners in a thread of their own, and the script, ledger and jobs behind them."""

import asyncio
import socket
import threading
import time
from collections.abc import Mapping
from typing import Any, Self

from local.fal.control import Control
from local.fal.host import Answer, Connection, Host
from local.fal.jobs import Job
from local.fal.ledger import Ledger
from local.fal.media import MediaStore
from local.fal.models import ModelRunner
from local.fal.queue import Queue
from local.fal.rest import Rest
from local.fal.run import Run
from local.fal.script import Rule, Script
from local.fal.webhooks import Courier, Delivery, Signer
from local.serving import Server, listen

HOSTS = ("run", "queue", "rest", "media", "control")
_START_SECONDS = 10


class FalStandIn:
    """fal.ai on loopback, while the context lasts.

    `ports` by host (`HOSTS`), free ones by default; `key` is the only key accepted, by default any `id:secret`;
    `latency` seconds by kind of model (`local.fal.models.LATENCY`).
    """

    def __init__(
        self,
        *,
        ports: Mapping[str, int] | None = None,
        key: str | None = None,
        user_id: str = "user_standin",
        latency: Mapping[str, float] | None = None,
    ) -> None:
        self.user_id = user_id
        self.ledger = Ledger()
        self.media = MediaStore()
        self.rules = Script()
        self.models = ModelRunner(self.media, latency or {})
        self.signer = Signer(user_id)
        self.courier = Courier(self.signer)
        self.queue = Queue(self.models, self.courier, self.ledger)
        self._rest = Rest(self.media, self.signer.jwks())
        self._key = key
        self._ports = ports or {}
        self._urls: dict[str, str] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._started = threading.Event()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def start(self) -> None:
        """Serve; the addresses are known from here on.

        Raises:
            PortTaken: a port that was asked for is not free.
        """
        listeners = {host: listen(self._ports.get(host, 0)) for host in HOSTS}
        self._urls = {host: f"http://127.0.0.1:{found.getsockname()[1]}" for host, found in listeners.items()}
        self.queue.base_url, self.media.base_url = self._urls["queue"], self._urls["media"]
        self._rest.base_url = self._urls["rest"]
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(listeners)), daemon=True)
        self._thread.start()
        if not self._started.wait(_START_SECONDS):
            raise TimeoutError("the stand-in did not start")

    def stop(self) -> None:
        """Close every connection and forget the jobs; the records stay readable."""
        if self._loop and self._stopping and self._thread:
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(_START_SECONDS)
            self._loop = self._thread = None

    @property
    def urls(self) -> dict[str, str]:
        """The base address of each host."""
        return dict(self._urls)

    @property
    def variables(self) -> dict[str, str]:
        """The environment of a function that is to use this instead of fal.ai; the key is made up."""
        return {
            "PROVIDER": "fal",
            "FAL_KEY": self._key or "stand-in:not-a-secret",
            "FAL_RUN_URL": self._urls["run"],
            "FAL_QUEUE_URL": self._urls["queue"],
            "FAL_REST_URL": self._urls["rest"],
            "FAL_MEDIA_HOSTS": self._urls["media"].removeprefix("http://"),
            "FAL_WEBHOOK_JWKS_URL": f"{self._urls['rest']}/.well-known/jwks.json",
            "FAL_USER_ID": self.user_id,
        }

    def script(
        self,
        fault: str,
        *,
        host: str = "",
        what: str = "",
        path: str = "",
        method: str = "",
        times: int | None = 1,
        skip: int = 0,
        **options: Any,
    ) -> Rule:
        """Let a fault strike the next `times` requests that match, after `skip` more have passed; see `Rule`."""
        rule = Rule(fault, host=host, what=what, path=path, method=method, times=times, skip=skip, options=options)
        return self.rules.add(rule)

    def job(self, request_id: str) -> Job:
        """Return a job.

        Raises:
            KeyError: there is none.
        """
        return self.queue.jobs[request_id]

    def release(self, request_id: str) -> None:
        """Let a job go on that the fault `held` stops."""
        assert self._loop is not None  # noqa: S101 - it is running
        self._loop.call_soon_threadsafe(self.job(request_id).released.set)

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt to deliver a webhook."""
        return list(self.courier.deliveries)

    def settle(self, timeout: float = 10.0) -> None:
        """Wait until every job is over and every webhook has had its last attempt.

        Raises:
            TimeoutError: they have not within `timeout` seconds.
        """
        ends = time.monotonic() + timeout
        while self.queue.busy:
            if time.monotonic() > ends:
                raise TimeoutError("jobs or webhooks are still under way")
            time.sleep(0.005)

    def reset(self) -> None:
        """Forget rules, records, files and finished jobs."""
        self.rules.clear()
        self.ledger.clear()
        self.courier.deliveries.clear()
        self.media.clear()
        for request_id, job in list(self.queue.jobs.items()):
            if job.ended_at is not None:
                self.queue.jobs.pop(request_id, None)

    async def _serve(self, listeners: Mapping[str, socket.socket]) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        servers = [Server(app, grace=1, protocol=Connection) for app in self._applications().values()]
        serving = [
            asyncio.create_task(server.serve(sockets=[listeners[host]]))
            for host, server in zip(HOSTS, servers, strict=True)
        ]
        for server in servers:
            await server.up.wait()
        self._started.set()
        await self._stopping.wait()
        await self.queue.close()
        for server in servers:
            server.drop()
        await asyncio.gather(*serving)
        await self.courier.close()

    def _applications(self) -> dict[str, Any]:
        run = Run(self.models, self.ledger)
        answers: dict[str, Answer] = {
            "run": run.answer,
            "queue": self.queue.answer,
            "rest": lambda asked, _: self._rest.answer(asked),
            "media": lambda asked, _: self.media.answer(asked),
        }
        hosts: dict[str, Any] = {
            role: Host(role, answer, script=self.rules, ledger=self.ledger, jobs=self.queue.jobs.get, key=self._key)
            for role, answer in answers.items()
        }
        return {**hosts, "control": Control(self)}
