"""The build, made once by `make build`, and the AWS it runs against."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tools.invoke import BUILT, HOST_LAYER, ROOT, RUNTIME_PYTHON, Cloud, Emulator, cloud, emulator

Event = Callable[[str], dict[str, Any]]
Invoke = Callable[[str, Mapping[str, Any]], Any]


@pytest.fixture(scope="session")
def event() -> Event:
    """Return the event of that name in events/."""
    return lambda name: json.loads((ROOT / "events" / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session", autouse=True)
def built() -> Path:
    for needed in (BUILT / "CommonLayer", HOST_LAYER, RUNTIME_PYTHON):
        if not needed.exists():
            pytest.fail(f"{needed} is missing; run: make build test-build")
    return BUILT


@pytest.fixture(scope="session")
def aws(built: Path) -> Iterator[Cloud]:
    with cloud() as running:
        yield running


@pytest.fixture(scope="session")
def invoke(aws: Cloud) -> Iterator[Invoke]:
    """Hand one event to one function; every function is started once."""
    running: dict[str, Emulator] = {}

    with ExitStack() as stack:

        def call(function: str, payload: Mapping[str, Any]) -> Any:
            if function not in running:
                running[function] = stack.enter_context(emulator(function, aws))
            return running[function].invoke(payload)

        yield call
