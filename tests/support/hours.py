"""Time for a deployment in this process: whatever took the wall clock takes a test's clock."""

from __future__ import annotations

import pkgutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest

from common.clock import wall_clock
from tests.support.clock import ManualClock
from tests.support.deployment import _DOMAINS, forget


@contextmanager
def told_by(clock: ManualClock) -> Iterator[None]:
    """Let the product and the stand-in's signatures go by `clock`; only what measures how long something took does not.

    Everything that is to obey is imported first: what were imported later would keep this clock for good.
    """
    _import_the_product()
    with pytest.MonkeyPatch.context() as patch:
        for names, name in _who_holds(lambda value: value is wall_clock):
            patch.setitem(names, name, clock)
        patch.setattr("local.fal.webhooks.time", SimpleNamespace(time=clock, monotonic=time.monotonic))
        forget()
        yield
    forget()


def left_behind() -> list[str]:
    """Return what still goes by a clock of a test's, after `told_by`."""
    return [name for _, name in _who_holds(lambda value: isinstance(value, ManualClock))]


@cache
def _import_the_product() -> None:
    for package in ("common", *_DOMAINS):
        for module in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
            import_module(module.name)


def _who_holds(sought: Callable[[Any], bool]) -> Iterator[tuple[dict[str, Any], str]]:
    """Every module's names and every function's defaults with a value like that, and its name there."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] not in {"common", *_DOMAINS}:
            continue
        for attribute, value in list(vars(module).items()):
            if sought(value):
                yield vars(module), attribute
            for function in _functions(value):
                defaults = function.__kwdefaults__ or {}
                yield from ((defaults, argument) for argument, default in defaults.items() if sought(default))


def _functions(value: Any) -> Iterator[Callable[..., Any] | Any]:
    """A function, or the methods of a class."""
    for one in vars(value).values() if isinstance(value, type) else (value,):
        if callable(one) and hasattr(one, "__kwdefaults__"):
            yield one
