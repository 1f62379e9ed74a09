"""Time for a deployment in this process: whatever took the wall clock takes a test's clock."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from common.clock import wall_clock
from tests.support.clock import ManualClock
from tests.support.deployment import _DOMAINS, forget


@contextmanager
def told_by(clock: ManualClock) -> Iterator[None]:
    """Let the product and the stand-in's signatures go by `clock`; only what measures how long something took does not.

    Everything that is to obey has to be imported, and is made anew.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] not in {"common", *_DOMAINS}:
                continue
            for attribute, value in list(vars(module).items()):
                if value is wall_clock:
                    patch.setattr(module, attribute, clock)
                for function in _functions(value):
                    for argument, default in list((function.__kwdefaults__ or {}).items()):
                        if default is wall_clock:
                            patch.setitem(function.__kwdefaults__, argument, clock)
        patch.setattr("local.fal.webhooks.time", SimpleNamespace(time=clock, monotonic=time.monotonic))
        forget()
        yield
    forget()


def _functions(value: Any) -> Iterator[Callable[..., Any] | Any]:
    """A function, or the methods of a class."""
    for one in vars(value).values() if isinstance(value, type) else (value,):
        if callable(one) and hasattr(one, "__kwdefaults__"):
            yield one
