"""What every test stands on: no network, an AWS of its own, no state from the test before."""

from __future__ import annotations

import asyncio
import gc
import inspect
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from xdist.remote import Producer

from tests.support import deployment as deployments
from tests.support import dynamodb_local, hours, network
from tests.support.deployment import Deployment
from tests.support.network import cut_off, takes_money
from tests.support.scheduling import Together, long_ones_first, strays
from tests.support.stack import RunningStack, running_stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "dynamodb: runs a second time on DynamoDB Local (make test-dynamodb-local)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What stands on the deployment's tables belongs to the suite that runs a second time."""
    for item in items:
        if "deployment" in getattr(item, "fixturenames", ()) and not _same_on_any_database(item.path):
            item.add_marker(pytest.mark.dynamodb)
    if hasattr(config, "workerinput"):
        long_ones_first(items)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together | None:
    """Do what `--dist loadfile` and `--dist loadgroup` stand for."""
    kinds = {"loadfile": True, "loadgroup": False}
    dist = config.getoption("dist")
    return Together(config, log, whole_files=kinds[dist]) if dist in kinds else None


def pytest_collection_finish() -> None:
    """Spare the garbage collector what stays anyway: every library and every test."""
    gc.freeze()


_NOT_ABOUT_DATA = {"admin", "bench", "docs", "images", "local", "players", "system", "voice"}
_OF_HTTP = {"test_api.py", "test_faults.py", "test_routes.py", "test_settings.py", "test_no_network.py"}


def _same_on_any_database(path: Path) -> bool:
    """Whether tests only pass through the tables: what is asked of DynamoDB there, others ask too, and more closely."""
    return path.parent.name in _NOT_ABOUT_DATA or path.name in _OF_HTTP


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run `async def` tests, each in an event loop of its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        cut_off(patch)
        for name in [name for name in os.environ if takes_money(name)]:
            patch.delenv(name)
        yield


@pytest.fixture(autouse=True)
def attempts() -> Iterator[list[str]]:
    """Where this test tried to go; unless it empties the list it fails, even if it swallowed the refusal."""
    network.attempts.clear()
    yield network.attempts
    if network.attempts:
        pytest.fail(f"A test tried to reach {', '.join(network.attempts)}")


@pytest.fixture(scope="module", autouse=True)
def wall_clock() -> Iterator[None]:
    """Every module of tests gives back the clock it played with."""
    yield
    assert not (left := hours.left_behind()), f"{left} still go by a test's clock"


@pytest.fixture(scope="session")
def dynamodb_endpoint() -> Iterator[str | None]:
    """The address of DynamoDB Local with `DYNAMODB=local`, else None."""
    if os.environ.get("DYNAMODB") != "local":
        yield None
        return
    if reason := dynamodb_local.why_not():
        pytest.skip(reason)
    with dynamodb_local.running() as endpoint:
        yield endpoint


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, dynamodb_endpoint: str | None) -> Iterator[None]:
    """An empty AWS in this process: moto, with DynamoDB Local in its midst if that is asked for."""
    with deployments.an_aws(monkeypatch, dynamodb_endpoint):
        yield


@pytest.fixture
def deployment(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    """Everything template.yaml describes, and the environment a function sees there."""
    yield deployments.deploy(monkeypatch)
    deployments.forget()


@pytest.fixture
def dynamodb(deployment: Deployment) -> DynamoDBClient:
    return deployment.dynamodb


@pytest.fixture(scope="session")
def running(request: pytest.FixtureRequest) -> Iterator[RunningStack]:
    """A running stack; at the end it has to be gone within two seconds."""
    assert not strays(request.session.items, "running"), "add them to tests.support.scheduling"
    with running_stack() as one:
        yield one
        seconds = one.stop()
        assert one.process.returncode == 0, "\n".join(one.lines[-20:])
        assert seconds < 2


@pytest.fixture(scope="session")
def stack(running: RunningStack) -> str:
    """The address of a running stack."""
    return running.url
