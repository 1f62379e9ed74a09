"""Cached boto3 clients: the only place that makes them.

Every call has a deadline (2 s to connect, 5 s to answer, three attempts in botocore's standard mode); no other
retry stands on top of it. Addresses follow the standard `AWS_ENDPOINT_URL*` variables.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - botocore's own

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

_CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=32,
    # botocore puts the name of a client that gives none together anew for every request: an eighth of its CPU.
    user_agent=f"Boto3/{boto3.__version__} meddah",
)
_THROTTLED = {
    "InternalServerError",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "ServiceUnavailable",
    "SlowDown",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
}
_CANCELLED_FOR_NOW = {"ProvisionedThroughputExceeded", "ThrottlingError", "TransactionConflict"}
"""Why DynamoDB cancels a transaction that would pass another time."""


def _client(service: Any, **options: Any) -> Any:
    return boto3.client(service, config=_CONFIG.merge(Config(**options)))


@cache
def dynamodb() -> DynamoDBClient:
    """The process's DynamoDB client.

    botocore does not check what our own code puts together, which took a tenth of a request's CPU: DynamoDB does.
    """
    return _client("dynamodb", parameter_validation=False)


@cache
def sqs() -> SQSClient:
    """The process's SQS client."""
    return _client("sqs")


@cache
def s3() -> S3Client:
    """The process's S3 client; signs with version 4 and addresses buckets by path on a laptop's loopback."""
    return _client("s3", signature_version="s3v4")


@cache
def ssm() -> SSMClient:
    """The process's Parameter Store client."""
    return _client("ssm")


def is_busy(error: Exception) -> bool:
    """Whether AWS could not be reached or throttles us, after botocore's own attempts: a 503, not a bug."""
    if isinstance(error, (ConnectionError, HTTPClientError)):
        return True
    if not isinstance(error, ClientError):
        return False
    reasons: list[dict[str, str]] = error.response.get("CancellationReasons", [])  # type: ignore[assignment]
    return error.response.get("Error", {}).get("Code") in _THROTTLED or any(
        reason.get("Code") in _CANCELLED_FOR_NOW for reason in reasons
    )
