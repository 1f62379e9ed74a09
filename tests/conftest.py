"""What every test stands on: no network, an AWS of its own, no state from the test before."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.support import deployment as deployments
from tests.support import dynamodb_local, network
from tests.support.deployment import Deployment
from tests.support.network import cut_off, takes_money

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "dynamodb: runs a second time on DynamoDB Local (make test-dynamodb-local)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Whatever stands on the deployment's tables belongs to the suite that runs a second time."""
    for item in items:
        if "deployment" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.dynamodb)


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
