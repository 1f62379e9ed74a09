"""The whole stack in one object: the services, the functions, the gateway, the pollers and the schedules."""

import asyncio
import socket
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from local.cloud import Cloud
from local.console import Console
from local.demo import add_demo_tenants
from local.functions import Function
from local.gateway import Gateway
from local.metrics import Exposed, Metrics
from local.provision import provision
from local.queues import Poller
from local.schedules import run_schedule
from local.serving import Server, listen
from local.template import Template, load
from local.vendor import Vendor
from local.whereabouts import announced

_GRACE_SECONDS = 1
"""What requests under way get at the end."""

_ON_A_LAPTOP = {"OUTBOUND_LOOPBACK": "true"}
"""A studio's receiver may be on the same machine. The template never says so."""


class Stack:
    """The template, played on `port` of the loopback interface (0: a free one) while the context lasts.

    `surroundings` are environment variables: where the services are (`local.cloud`), which models answer
    (`local.vendor`), and PYTHONPATH.
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
        self.vendor = Vendor.choose(surroundings)
        self.metrics = Metrics()

    async def __aenter__(self) -> Self:
        """Start everything; requests are answered from here on.

        Raises:
            local.serving.PortTaken: see there.
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
        listener = self._open.enter_context(listen(self.port))
        self.port = listener.getsockname()[1]
        self._open.push_async_callback(self.vendor.close)
        opening = asyncio.create_task(self.vendor.open(f"http://127.0.0.1:{self.port}", self._surroundings))
        self._open.push_async_callback(_ended, opening)
        self.cloud = cloud = await Cloud.open(self._surroundings)
        self._open.push_async_callback(cloud.close)
        template = self._template or load(region=cloud.region)
        environments = await asyncio.to_thread(_furnish, template, cloud)
        await opening
        paths = {name: self._surroundings[name] for name in ("PYTHONPATH",) if name in self._surroundings}
        for name, variables in environments.items():
            self.functions[name] = Function(
                template.functions[name],
                {**_ON_A_LAPTOP, **paths, **cloud.variables, **variables, **self.vendor.variables},
                region=cloud.region,
                concurrency=self._concurrency,
                log=self._log,
            )
        self._open.push_async_callback(self._close_functions)
        self.metrics.watch(cloud.client("sqs"), tuple(queue.name for queue in template.queues.values()))
        self._poll(cloud)
        await self._serve(listener)
        self._open.enter_context(announced(self.port, {**cloud.way, **_account_tables(template)}))
        self._run(self._warm())

    def _log(self, function: str, line: str) -> None:
        self.metrics.take(line)
        self._console.log(function, line)

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
        server = Server(Exposed(gateway, self.metrics), grace=_GRACE_SECONDS)
        serving = asyncio.create_task(server.serve(sockets=[listener]))

        async def stop() -> None:
            server.stop()
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


async def _ended(task: asyncio.Task[None]) -> None:
    """Wait for a start that may have been given up."""
    task.cancel()
    await asyncio.wait([task])


def _furnish(template: Template, cloud: Cloud) -> dict[str, dict[str, str]]:
    """Create what the template describes and the demo tenants; return the functions' environments."""
    dynamodb = cloud.client("dynamodb")
    environments = provision(template, dynamodb=dynamodb, sqs=cloud.client("sqs"), s3=cloud.client("s3"))
    if tables := _account_tables(template):
        add_demo_tenants(dynamodb, accounts_table=tables["ACCOUNTS_TABLE"], keys_table=tables["TENANTS_TABLE"])
    return environments


def _account_tables(template: Template) -> dict[str, str]:
    """Return the names of the tables of accounts and keys, as functions find them; empty without accounts."""
    names = {"ACCOUNTS_TABLE": "AccountsTable", "TENANTS_TABLE": "TenantsTable"}
    if not set(names.values()) <= set(template.tables):
        return {}
    return {variable: template.tables[name].name for variable, name in names.items()}
