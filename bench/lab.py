"""The deployment in one process: handlers called with API Gateway's and SQS's events, everything they use counted."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import io
import json
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from moto.core.models import botocore_stubber

from bench.counting import Meter, Usage
from common.observability import logger
from common.settings import settings
from common.tenancy import tenants
from local.demo import TENANTS
from local.http_events import Request, new_request_id, to_event, to_response
from local.queues import failed_ids
from local.queues import to_event as to_queue_event
from local.routes import Routes
from local.template import Function, QueueSource
from tests.support.deployment import Deployment, an_aws, deploy, forget

KEY, TENANT = next(iter(TENANTS.items()))


class _Context:
    aws_request_id = str(uuid4())
    function_name = "bench"
    memory_limit_in_mb = "512"
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:bench"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 29_000


class Lab:
    """One studio's view of the deployment."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.meter = Meter()
        self.duration_ms = 0.0
        """How long the last handler took."""
        self._loops: dict[str, asyncio.AbstractEventLoop] = {}
        self._functions = deployment.template.functions.values()
        self._routes = Routes((route, function) for function in self._functions for route in function.routes)
        self.meter.attach(dynamodb=deployment.dynamodb, sqs=deployment.sqs, s3=deployment.s3)

    def call(self, method: str, target: str, body: Any = None) -> Any:
        """Send one request and return its JSON answer.

        Raises:
            AssertionError: it was not a success.
        """
        path, _, query = target.partition("?")
        headers = [("authorization", f"Bearer {KEY}"), ("content-type", "application/json"), ("host", "bench")]
        content = json.dumps(body).encode() if body is not None else b""
        request = Request(method, path.encode(), query.encode(), headers, content)
        match = self._routes.match(method, request.path)
        assert match is not None
        event = to_event(request, route_key=match.route.key, variables=match.variables, request_id=new_request_id())
        self.meter.usage.http += 1
        response = to_response(self._invoke(match.target, event))
        assert response.status < 300, response.body
        return json.loads(response.body or b"null")

    def drain(self) -> None:
        """Deliver every message on every queue, and those that this brings about."""
        sources = [(function, source) for function in self._functions for source in function.queues]
        while sum(self._deliver(function, source) for function, source in sources):
            pass

    def measure(self, operation: Callable[[], Any]) -> Usage:
        """Return what `operation`, with all the work it leaves to queues, uses."""
        before = self.meter.usage.copy()
        operation()
        self.drain()
        return self.meter.usage - before

    def close(self) -> None:
        """End every event loop."""
        for loop in self._loops.values():
            loop.close()

    def _invoke(self, function: Function, event: Any) -> Any:
        module, _, name = function.handler.rpartition(".")
        handler = getattr(importlib.import_module(module), name)
        self.meter.usage.lambdas += 1
        # In Lambda each function has a process, and so an event loop, of its own, which keeps its connections.
        if function.name not in self._loops:
            self._loops[function.name] = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loops[function.name])
        with contextlib.redirect_stdout(io.StringIO()):
            started = time.perf_counter()
            try:
                return handler(event, _Context())
            finally:
                self.duration_ms = (time.perf_counter() - started) * 1000

    def _deliver(self, function: Function, source: QueueSource) -> bool:
        """Take one batch off a function's queue, as Lambda's poller does; empty receives are not counted."""
        sqs = self.deployment.sqs
        url = sqs.get_queue_url(QueueName=source.queue)["QueueUrl"]
        received = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=min(source.batch_size, 10), MessageSystemAttributeNames=["All"]
        )
        self.meter.usage.sqs -= 1  # its address is known to the poller
        messages = received.get("Messages", [])
        if not messages:
            self.meter.usage.sqs -= 1
            return False
        event = to_queue_event(messages, arn=source.queue, region=sqs.meta.region_name)
        sent = {message.get("MessageId", "") for message in messages}
        assert not failed_ids(self._invoke(function, event), sent, partial=source.partial_failures)
        entries: Any = [{"Id": str(i), "ReceiptHandle": m.get("ReceiptHandle")} for i, m in enumerate(messages)]
        sqs.delete_message_batch(QueueUrl=url, Entries=entries)
        return True


@contextmanager
def laboratory(dynamodb_endpoint: str | None, variables: Mapping[str, str] | None = None) -> Generator[Lab]:
    """Give a lab with nothing stored but the tenant, whose key has been read already; without an endpoint on moto.

    `variables` are set beside the template's: whose models answer.
    """
    level = logger.log_level
    with pytest.MonkeyPatch.context() as patch, an_aws(patch, dynamodb_endpoint):
        deployment = deploy(patch)
        for name, value in (variables or {}).items():
            patch.setenv(name, value)
        settings.cache_clear()
        logger.setLevel("CRITICAL")
        tenants().add_key(KEY, TENANT)
        tenants().authenticate(f"Bearer {KEY}")
        if dynamodb_endpoint:  # moto need not look at what is another's, which costs CPU too
            events: Any = deployment.dynamodb.meta.events
            events.unregister("before-send", botocore_stubber)
        lab = Lab(deployment)
        try:
            yield lab
        finally:
            lab.close()
            logger.setLevel(level)
            forget()
