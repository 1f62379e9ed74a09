"""A small stack, played in this process, and functions to build others from."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
import httpx
import pytest

from local.console import Console
from local.stack import Stack
from local.template import Function as Definition
from local.template import load
from tests.support.scheduling import strays

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

T = TypeVar("T")


@dataclass
class Played:
    """A stack that runs in a thread of this process."""

    stack: Stack
    record: Path
    out: io.StringIO
    http: httpx.Client
    sqs: SQSClient
    s3: S3Client
    run: Callable[[Coroutine[Any, Any, Any]], Any]
    """Runs a coroutine in the stack's own event loop."""


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Played]:
    assert not strays(request.session.items, "played"), "add them to tests.support.scheduling"
    record = tmp_path_factory.mktemp("record")
    out = io.StringIO()
    template = load(Path(__file__).with_name("template.yaml"), parameters={"Record": str(record)})
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, loop).result(20)

    stack = Stack(port=0, console=Console(out=out), surroundings={"MEDDAH_PROVIDER": "sandbox"}, template=template)
    run(stack.__aenter__())
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{stack.port}", timeout=20) as http:
            yield Played(stack, record, out, http, _client(stack, "sqs"), _client(stack, "s3"), run)
    finally:
        run(stack.__aexit__(None, None, None))
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


def _client(stack: Stack, service: Any) -> Any:
    assert stack.cloud is not None
    variables = stack.cloud.variables
    return boto3.client(
        service,
        endpoint_url=variables[f"AWS_ENDPOINT_URL_{service.upper()}"],
        region_name="eu-central-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


def definition(handler: str, **changes: Any) -> Definition:
    """A function whose handler is one of tests/local/handlers.py."""
    values: dict[str, Any] = {
        "name": "Tested",
        "handler": f"tests.local.handlers.{handler}",
        "timeout": 5,
        "memory": 256,
        "environment": {},
        "routes": (),
        "queues": (),
        "schedules": (),
    }
    return Definition(**(values | changes))
