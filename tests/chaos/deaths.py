"""Where calls leave a function: there its process may die, or somebody else be quicker.

A death is an exception that nothing catches, after which every further call of the same invocation dies too. Calls are
those of botocore's clients and of httpx's transport, counted together.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest
from botocore.client import BaseClient
from httpx import AsyncHTTPTransport

Meddle = Callable[[dict[str, Any]], None]
"""Changes what is asked of SendMessage."""


class Died(BaseException):
    """The process is gone: nothing catches this."""


class Fate(NamedTuple):
    """What happens at the `at`-th call of an invocation, from 1; 0: nothing."""

    at: int = 0
    phase: str = "before"
    """`before` or `after` the call it dies; `rival`: it lives, but somebody else comes in before."""


@dataclass
class Life:
    """One invocation."""

    fate: Fate
    rival: Callable[[], object]
    thread: int = field(default_factory=threading.get_ident)
    calls: int = 0
    dead: bool = False
    met: bool = False
    """Whether its fate has come."""
    failed: BaseException | None = None
    """What went wrong with the rival."""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One request over the network at a time: a batch then runs in the same order every time."""

    def begin_call(self) -> int:
        """Count a call and return its number."""
        if self.dead:
            raise Died
        self.calls += 1
        if self.calls == self.fate.at and self.fate.phase != "after":
            self.met = True
            if self.fate.phase == "before":
                self._die()
            other = threading.Thread(target=self._let_in)  # a thread, for who is interrupted runs an event loop
            other.start()
            other.join()
        return self.calls

    def end_call(self, number: int) -> None:
        """Die after a call, if that is its fate."""
        if number == self.fate.at and self.fate.phase == "after":
            self._die()

    def _let_in(self) -> None:
        try:
            self.rival()
        except BaseException as error:  # noqa: BLE001 - raised again where no product's code can catch it
            self.failed = error

    def _die(self) -> None:
        self.met = self.dead = True
        raise Died


class Boundary:
    """Every call of the product to the outside, while it is installed."""

    def __init__(self, meddle: Meddle) -> None:
        self._meddle = meddle
        self._lives: dict[int, Life] = {}
        """By thread: a rival has a life of its own."""

    @contextmanager
    def living(self, fate: Fate, rival: Callable[[], object]) -> Iterator[Life]:
        """Let what is done within meet its fate; what comes of a death ends here."""
        life = Life(fate, rival)
        before = self._lives.get(life.thread)
        self._lives[life.thread] = life
        try:
            yield life
        except BaseException:
            if not life.dead:
                raise
        finally:
            self._lives.pop(life.thread)
            if before is not None:
                self._lives[life.thread] = before
        if life.failed is not None:
            raise life.failed

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Stand between the product and everything else."""
        call, handle = BaseClient._make_api_call, AsyncHTTPTransport.handle_async_request  # type: ignore[attr-defined]

        def counted_call(client: Any, operation: str, request: dict[str, Any]) -> Any:
            life = self._lives.get(threading.get_ident())
            if life is None:
                return call(client, operation, request)
            number = life.begin_call()
            if operation == "SendMessage":
                self._meddle(request)
            answer = call(client, operation, request)
            life.end_call(number)
            return answer

        async def counted_handle(transport: Any, request: Any) -> Any:
            life = self._lives.get(threading.get_ident())
            if life is None:
                return await handle(transport, request)
            async with life.turn:
                number = life.begin_call()
                answer = await handle(transport, request)
                life.end_call(number)
                return answer

        patch.setattr(BaseClient, "_make_api_call", counted_call)
        patch.setattr(AsyncHTTPTransport, "handle_async_request", counted_handle)
