"""Lambda functions: pools of execution environments, one request at a time in each."""

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from local.cloudformation import ACCOUNT
from local.process import PAYLOAD_LIMIT, EnvironmentProcess, FunctionError, HandlerError
from local.template import Function as Definition

Log = Callable[[str, str], None]
"""Takes a function's name and one line of its log."""


class PayloadTooLarge(Exception):
    """The event is larger than Lambda takes."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """What came of an invocation that succeeded."""

    result: Any
    cold: bool
    """Whether an environment had to be started for it."""


def _reserved(definition: Definition, region: str) -> dict[str, str]:
    """What Lambda itself puts into a function's environment."""
    return {
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(definition.memory),
        "AWS_LAMBDA_FUNCTION_NAME": definition.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{definition.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": uuid4().hex,
        "AWS_REGION": region,
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PYTHONIOENCODING": "utf-8",
        "TZ": ":UTC",
    }


class Function:
    """A deployed function."""

    def __init__(
        self, definition: Definition, variables: Mapping[str, str], *, region: str, concurrency: int, log: Log
    ) -> None:
        """`variables` are the template's and the stack's; no others reach the function but Lambda's own."""
        self.definition = definition
        self.name = definition.name
        self._variables = {**_reserved(definition, region), **variables}
        self._arn = f"arn:aws:lambda:{region}:{ACCOUNT}:function:{definition.name}"
        self._log = log
        self._slots = asyncio.Semaphore(concurrency)
        self._idle: list[EnvironmentProcess] = []
        self._all: set[EnvironmentProcess] = set()
        self._warming = asyncio.Lock()

    async def invoke(self, event: Any) -> Invocation:
        """Run the function on `event`, in a warm environment if there is one; waits while all are busy.

        Raises:
            PayloadTooLarge: nothing was run.
            FunctionError: there is no answer; the log says why.
        """
        payload = json.dumps(event).encode()
        if len(payload) > PAYLOAD_LIMIT:
            raise PayloadTooLarge
        async with self._slots:
            async with self._warming:  # whoever comes while the first one starts, takes that
                environment = self._warm_one()
            cold = environment is None
            environment = environment or await self._start()
            return Invocation(await self._run(environment, payload), cold)

    async def warm(self) -> None:
        """Start one environment ahead of the first request."""
        async with self._warming:
            if not self._all:
                with suppress(FunctionError):
                    self._idle.append(await self._start())

    async def close(self) -> None:
        """Kill every environment."""
        await asyncio.gather(*map(self._drop, list(self._all)))

    def _warm_one(self) -> EnvironmentProcess | None:
        while self._idle:
            environment = self._idle.pop()
            if environment.alive:
                return environment
            self._all.discard(environment)
        return None

    async def _start(self) -> EnvironmentProcess:
        environment = await EnvironmentProcess.start(
            self.definition.handler, self._variables, lambda line: self._log(self.name, line)
        )
        self._all.add(environment)
        try:
            await environment.init()
        except BaseException as error:
            await self._drop(environment)
            self._report(error)
            raise
        return environment

    async def _run(self, environment: EnvironmentProcess, payload: bytes) -> Any:
        """Invoke and put the environment back, or kill it when what it does is no longer known."""
        try:
            result = await environment.invoke(payload, timeout=self.definition.timeout, arn=self._arn)
        except HandlerError as error:
            self._report(error)
            self._idle.append(environment)
            raise
        except BaseException as error:
            await self._drop(environment)
            self._report(error)
            raise
        self._idle.append(environment)
        return result

    def _report(self, error: BaseException) -> None:
        if isinstance(error, FunctionError):
            for line in str(error).splitlines():
                self._log(self.name, f"ERROR {line}")

    async def _drop(self, environment: EnvironmentProcess) -> None:
        await environment.stop()
        self._all.discard(environment)
