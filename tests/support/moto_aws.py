"""An AWS in this process, empty for every test: moto, made quick. What a test left in it the next one does not see."""

from __future__ import annotations

import copyreg
import os
import pickle
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import boto3
import pytest
import responses
from botocore.config import Config
from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.base_backend import BackendDict
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.custom_responses_mock import CallbackResponse
from moto.core.models import botocore_stubber

from tests.support.transactions import copy_what_they_touch

REGION = "eu-central-1"
_AMAZON = re.compile(r"https://.+\.amazonaws\.com/.*")
_HELD = {"dynamodb": "tables", "sqs": "queues", "s3": "buckets"}
"""Where moto's backends keep what was created."""

copyreg.pickle(threading.Condition, lambda _: (threading.Condition, ()))


@contextmanager
def an_aws(patch: pytest.MonkeyPatch, dynamodb_endpoint: str | None = None) -> Iterator[None]:
    """Play an empty AWS in this process: moto, with another DynamoDB in its midst if one is named."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        patch.delenv(name)
    for name, value in {
        # DynamoDB Local keeps tables of its own for every access key.
        "AWS_ACCESS_KEY_ID": f"test{uuid4().hex}" if dynamodb_endpoint else "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }.items():
        patch.setenv(name, value)
    if dynamodb_endpoint:
        patch.setenv("AWS_ENDPOINT_URL_DYNAMODB", dynamodb_endpoint)
    _one_call_at_a_time(patch)
    copy_what_they_touch(patch)
    patch.setattr(boto3, "DEFAULT_SESSION", None)
    patch.setattr(boto3, "client", _kept_client)
    # As `mock_aws` does, which besides makes 1,300 patterns for the requests library anew every time.
    BackendDict.reset()
    patch.setattr(botocore_stubber, "enabled", True)
    with _requests_too():
        yield
    BackendDict.reset()


@contextmanager
def _requests_too() -> Iterator[None]:
    """Let moto answer the requests library where it asks AWS; elsewhere that goes its way."""
    with responses.RequestsMock(assert_all_requests_are_fired=False, passthru_prefixes=("http://127.0.0.1",)) as mock:
        mock.add(CallbackResponse(responses.GET, _AMAZON, botocore_stubber.process_prepared_request))
        yield


def _one_call_at_a_time(patch: pytest.MonkeyPatch) -> None:
    """Let threads take turns at moto: its backends would lose writes that overlap."""
    turn = threading.RLock()
    answer = BotocoreStubber.__call__

    def answer_in_turn(self: BotocoreStubber, *arguments: Any, **options: Any) -> Any:
        with turn:
            return answer(self, *arguments, **options)

    patch.setattr(BotocoreStubber, "__call__", answer_in_turn)


# ── Clients ──────────────────────────────────────────────────────────────────────────────────────────────────────────

_new_client = boto3.client
_clients: dict[str, Any] = {}
"""By what they were made of. Making one takes 10 ms, and it holds nothing of a test's: that is in the backends."""
_MOST_KEPT = 12


def _kept_client(service: str, *, config: Config, **options: Any) -> Any:
    """Return a client like one made before, unless a test has hung something of its own on that one."""
    if "AWS_ENDPOINT_URL_DYNAMODB" not in os.environ:
        config = config.merge(Config(parameter_validation=True))  # what our own code asks for is checked here
    surroundings = sorted((name, value) for name, value in os.environ.items() if name.startswith("AWS_"))
    made_of = repr((service, surroundings, vars(config)))
    if options:
        return _new_client(service, config=config, **options)
    if made_of not in _clients:
        if len(_clients) >= _MOST_KEPT:  # on DynamoDB Local every test has credentials, and so clients, of its own
            _clients.clear()
        _clients[made_of] = _new_client(service, config=config)
        _let_go_when_changed(made_of)
    return _clients[made_of]


def _let_go_when_changed(made_of: str) -> None:
    events = _clients[made_of].meta.events
    for name in ("register", "register_first", "register_last", "unregister"):
        change = getattr(events, name)

        def changing(*arguments: Any, change: Any = change, **options: Any) -> Any:
            _clients.pop(made_of, None)
            return change(*arguments, **options)

        setattr(events, name, changing)


# ── What was created ─────────────────────────────────────────────────────────────────────────────────────────────────


def what_it_holds() -> bytes:
    """Return everything that is in moto's DynamoDB, SQS and S3 now."""
    return pickle.dumps({service: getattr(_backend(service), name) for service, name in _HELD.items()})


def hold_again(kept: bytes) -> None:
    """Put into an empty moto what `what_it_holds` returned: some 1 ms instead of forty calls."""
    for service, held in pickle.loads(kept).items():
        getattr(_backend(service), _HELD[service]).update(held)
    backends = get_backend("s3")
    for bucket in _backend("s3").buckets.values():
        backends.bucket_accounts[bucket.name] = (_backend("s3").partition, DEFAULT_ACCOUNT_ID)


def _backend(service: Any) -> Any:
    return get_backend(service)[DEFAULT_ACCOUNT_ID]["aws" if service == "s3" else REGION]
