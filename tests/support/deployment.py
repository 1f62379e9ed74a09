"""The template's tables, queues and bucket, made for one test, with the environment functions see there."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from common import aws
from common.settings import Settings, settings
from local.demo import add_demo_tenants
from local.provision import provision
from local.template import Template, load
from tests.support.moto_aws import an_aws, hold_again, what_it_holds

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

__all__ = ["Deployment", "an_aws", "deploy", "forget", "template"]
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


@dataclass(frozen=True)
class _Kept:
    """What the first deployment on moto left there, and the variables it set."""

    held: bytes
    variables: dict[str, str]


_kept: list[_Kept] = []


def deploy(patch: pytest.MonkeyPatch) -> Deployment:
    """Create everything and set the environment; `aws` has to be there already."""
    forget()
    clients = aws.dynamodb(), aws.sqs(), aws.s3()
    on_moto = "AWS_ENDPOINT_URL_DYNAMODB" not in os.environ
    if on_moto and _kept:
        hold_again(_kept[0].held)
        _set(patch, _kept[0].variables)
        return Deployment(template(), settings(), *clients)
    dynamodb, sqs, s3 = clients
    made = provision(template(), dynamodb=dynamodb, sqs=sqs, s3=s3)
    variables = {name: value for environment in made.values() for name, value in environment.items()}
    _set(patch, variables)
    names = settings()
    add_demo_tenants(dynamodb, accounts_table=names.accounts_table, keys_table=names.tenants_table)
    if on_moto:
        _kept.append(_Kept(what_it_holds(), variables))
    return Deployment(template(), names, *clients)


def _set(patch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        patch.setenv(name, value)


def forget() -> None:
    """Empty every `@cache` that holds a client, a setting or something made of them."""
    for name in list(sys.modules):
        if name in _HOLDERS or name.partition(".")[0] in _DOMAINS:
            for value in _caches(name):
                value.cache_clear()


@cache
def _caches(name: str) -> list[Any]:
    values = list(vars(sys.modules[name]).values())
    return [value for value in values if hasattr(value, "cache_clear") and value.__module__ == name]
