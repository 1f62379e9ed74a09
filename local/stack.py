"""The whole stack in one object: the services, the functions, the gateway, the pollers and the schedules."""

import asyncio
import socket
from collections.abc import Coroutine, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager
from types import TracebackType
from typing import Any, Self

import uvicorn

from local.cloud import Cloud
from local.console import Console
from local.demo import add_demo_tenants
from local.functions import Function
from local.gateway import Gateway
from local.provision import provision
from local.queues import Poller
from local.schedules import run_schedule
from local.template import Template, load

_GRACE_SECONDS = 1
"""What requests under way get at the end."""


class PortTaken(Exception):
    """Another program listens there."""


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.up.set()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave signals to whoever runs the stack."""
        yield


class Stack:
    """The template, played on `port` of the loopback interface (0: a free one) while the context lasts.

    `surroundings` are environment variables: where the services are (`local.cloud`), and PYTHONPATH.
    """

    def __init__(
        self,
        *,
        port: int,
        console: Console,
        surroundings: Mapping[str, str],
        concurrency: int = 4,
        template: Template | None = None,
    ) -> None:
        self.port = port
        self._console = console
        self._surroundings = surroundings
        self._concurrency = concurrency
        self._template = template
        self._open = AsyncExitStack()
        self.functions: dict[str, Function] = {}
        self.cloud: Cloud | None = None

    async def __aenter__(self) -> Self:
        """Start everything; requests are answered from here on.

        Raises:
            PortTaken: see there.
        """
        try:
            await self._start()
        except BaseException:
            await self._open.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End everything, every child process included."""
        await self._open.aclose()

    async def _start(self) -> None:
        listener = self._open.enter_context(_listen(self.port))
        self.port = listener.getsockname()[1]
        self.cloud = cloud = await Cloud.open(self._surroundings)
        self._open.push_async_callback(cloud.close)
        template = self._template or load(region=cloud.region)
        environments = await asyncio.to_thread(_furnish, template, cloud)
        paths = {name: self._surroundings[name] for name in ("PYTHONPATH",) if name in self._surroundings}
        for name, variables in environments.items():
            self.functions[name] = Function(
                template.functions[name],
                {**paths, **cloud.variables, **variables},
                region=cloud.region,
                concurrency=self._concurrency,
                log=self._console.log,
            )
        self._open.push_async_callback(self._close_functions)
        self._poll(cloud)
        await self._serve(listener)
        self._run(self._warm())

    def _poll(self, cloud: Cloud) -> None:
        sources = [(source, f) for f in self.functions.values() for source in f.definition.queues]
        threads = ThreadPoolExecutor(max_workers=2 * len(sources) + 1, thread_name_prefix="sqs")
        self._open.callback(threads.shutdown, wait=False, cancel_futures=True)
        sqs = cloud.client("sqs")
        for source, function in sources:
            poller = Poller(
                source,
                function,
                sqs=sqs,
                concurrency=self._concurrency,
                threads=threads,
                report=self._console.batch,
            )
            self._run(poller.run())
        for function in self.functions.values():
            for seconds in function.definition.schedules:
                self._run(run_schedule(function, seconds, region=cloud.region, report=self._console.schedule))

    async def _serve(self, listener: socket.socket) -> None:
        gateway = Gateway(self.functions, port=self.port, report=self._console.request)
        server = _Server(
            uvicorn.Config(
                gateway,
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )
        serving = asyncio.create_task(server.serve(sockets=[listener]))

        async def stop() -> None:
            server.should_exit = True
            await serving

        self._open.push_async_callback(stop)
        await server.up.wait()

    async def _warm(self) -> None:
        """Start one environment of each function that serves requests, two at a time."""
        turns = asyncio.Semaphore(2)

        async def warm(function: Function) -> None:
            async with turns:
                await function.warm()

        await asyncio.gather(*(warm(f) for f in self.functions.values() if f.definition.routes))

    async def _close_functions(self) -> None:
        await asyncio.gather(*(function.close() for function in self.functions.values()))

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)

        async def stop() -> None:
            task.cancel()
            await asyncio.wait([task])

        self._open.push_async_callback(stop)


def _listen(port: int) -> socket.socket:
    listener = socket.socket(proto=socket.IPPROTO_TCP)  # said outright, or asyncio leaves Nagle's 40 ms in
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise PortTaken(f"Port {port} of 127.0.0.1 cannot be used ({error.strerror}); try PORT={port + 1}") from error
    return listener


def _furnish(template: Template, cloud: Cloud) -> dict[str, dict[str, str]]:
    """Create what the template describes and the demo tenants; return the functions' environments."""
    dynamodb = cloud.client("dynamodb")
    environments = provision(template, dynamodb=dynamodb, sqs=cloud.client("sqs"), s3=cloud.client("s3"))
    if "TenantsTable" in template.tables:
        add_demo_tenants(dynamodb, template.tables["TenantsTable"].name)
    return environments
