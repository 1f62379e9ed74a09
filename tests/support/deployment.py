"""The template's tables, queues and bucket, made for one test, with the environment functions see there."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import botocore.session
import pytest
from moto import mock_aws
from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.botocore_stubber import BotocoreStubber

from common import aws
from common.settings import Settings, settings
from local.demo import add_demo_tenants
from local.provision import provision
from local.template import Template, load

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

_HOLDERS = {
    "common.accounts.store",
    "common.aws",
    "common.ledger.repository",
    "common.providers.choice",
    "common.settings",
    "common.tenancy",
}
_DOMAINS = {path.parent.name for path in Path(__file__).parents[2].glob("functions/*/__init__.py")}


@dataclass(frozen=True)
class Deployment:
    """What the template describes, as `common.aws` reaches it."""

    template: Template
    settings: Settings
    dynamodb: DynamoDBClient
    sqs: SQSClient
    s3: S3Client

    def received(self, queue_url: str) -> list[str]:
        """Take the bodies of up to ten messages off a queue."""
        answer = self.sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)
        return [message["Body"] for message in answer.get("Messages", [])]


@cache
def template() -> Template:
    """Return template.yaml, read once."""
    return load()


_loader = cache(botocore.session.create_loader)
"""botocore's descriptions of the services, parsed once instead of in every test."""


def deploy(patch: pytest.MonkeyPatch) -> Deployment:
    """Create everything and set the environment; `aws` has to be there already."""
    forget()
    patch.setattr(botocore.session, "create_loader", _loader)
    dynamodb, sqs, s3 = aws.dynamodb(), aws.sqs(), aws.s3()
    restored = _restore_tables(dynamodb)
    wanted = replace(template(), tables={}) if restored else template()
    for variables in provision(wanted, dynamodb=dynamodb, sqs=sqs, s3=s3).values():
        for name, value in variables.items():
            patch.setenv(name, value)
    names = settings()
    if not restored:
        add_demo_tenants(dynamodb, accounts_table=names.accounts_table, keys_table=names.tenants_table)
        _keep_tables(dynamodb)
    return Deployment(template(), names, dynamodb, sqs, s3)


_kept: dict[str, Any] = {}
"""What moto's DynamoDB held right after the first deployment: copying it is far quicker than forty calls."""


def _restore_tables(dynamodb: DynamoDBClient) -> bool:
    """Put the tables and demo tenants of the first deployment there, if it was on moto and this one is too."""
    tables = _moto_tables(dynamodb)
    if tables is None or not _kept:
        return False
    tables.update(deepcopy(_kept))
    return True


def _keep_tables(dynamodb: DynamoDBClient) -> None:
    _kept.update(deepcopy(_moto_tables(dynamodb) or {}))


def _moto_tables(dynamodb: DynamoDBClient) -> dict[str, Any] | None:
    """Return where moto keeps this client's tables, None if they are not moto's."""
    if os.environ.get("AWS_ENDPOINT_URL_DYNAMODB"):
        return None
    return get_backend("dynamodb")[DEFAULT_ACCOUNT_ID][dynamodb.meta.region_name].tables


def forget() -> None:
    """Empty every `@cache` that holds a client, a setting or something made of them."""
    for name, module in list(sys.modules.items()):
        if name in _HOLDERS or name.partition(".")[0] in _DOMAINS:
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear") and value.__module__ == name:
                    value.cache_clear()


@contextmanager
def an_aws(patch: pytest.MonkeyPatch, dynamodb_endpoint: str | None = None) -> Iterator[None]:
    """Play an empty AWS in this process: moto, with another DynamoDB in its midst if one is named."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        patch.delenv(name)
    # DynamoDB Local keeps tables of its own for every access key.
    for name, value in {
        "AWS_ACCESS_KEY_ID": f"test{uuid4().hex}",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }.items():
        patch.setenv(name, value)
    if dynamodb_endpoint:
        patch.setenv("AWS_ENDPOINT_URL_DYNAMODB", dynamodb_endpoint)
    _one_call_at_a_time(patch)
    with mock_aws(config={"core": {"mock_credentials": False}}):
        yield


def _one_call_at_a_time(patch: pytest.MonkeyPatch) -> None:
    """Let threads take turns at moto: its backends would lose writes that overlap."""
    turn = threading.RLock()
    answer = BotocoreStubber.__call__

    def answer_in_turn(self: BotocoreStubber, *arguments: Any, **options: Any) -> Any:
        with turn:
            return answer(self, *arguments, **options)

    patch.setattr(BotocoreStubber, "__call__", answer_in_turn)
