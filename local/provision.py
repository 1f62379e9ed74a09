"""Creates what the template describes, through the same calls on moto, DynamoDB Local or AWS."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from local.cloudformation import ACCOUNT
from local.template import Queue, Table, Template

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient


def provision(
    template: Template, *, dynamodb: "DynamoDBClient", sqs: "SQSClient", s3: "S3Client"
) -> dict[str, dict[str, str]]:
    """Create every table, queue and bucket, and return each function's environment by its logical id.

    What already exists under its name stays as it is.
    """
    for table in template.tables.values():
        create_table(table, dynamodb)
    for bucket in template.buckets.values():
        create_bucket(bucket.name, s3)
    queue_urls = create_queues(template.queues, sqs)
    return {name: template.environment(name, queue_urls) for name in template.functions}


def create_table(table: Table, dynamodb: "DynamoDBClient") -> None:
    """Create one table with its indexes and its time to live, and wait until it can be used."""
    try:
        dynamodb.create_table(**table.create)
    except dynamodb.exceptions.ResourceInUseException:
        return
    dynamodb.get_waiter("table_exists").wait(TableName=table.name, WaiterConfig={"Delay": 1})
    if table.ttl_attribute:
        dynamodb.update_time_to_live(
            TableName=table.name,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": table.ttl_attribute},
        )


def create_queues(queues: Mapping[str, Queue], sqs: "SQSClient") -> dict[str, str]:
    """Create the queues, dead letters first, and return their URLs by logical id."""
    urls: dict[str, str] = {}
    for logical_id, queue in sorted(queues.items(), key=lambda item: item[1].dead_letters is not None):
        attributes = {**queue.attributes, **_redrive(queue, sqs.meta.region_name)}
        urls[logical_id] = sqs.create_queue(QueueName=queue.name, Attributes=attributes)["QueueUrl"]  # pyright: ignore[reportArgumentType] - the template's own names
    return urls


def _redrive(queue: Queue, region: str) -> dict[str, str]:
    if queue.dead_letters is None:
        return {}
    arn = f"arn:aws:sqs:{region}:{ACCOUNT}:{queue.dead_letters}"
    return {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": queue.max_receives})}


def create_bucket(name: str, s3: "S3Client") -> None:
    """Create one bucket in the client's region."""
    region = s3.meta.region_name
    try:
        if region == "us-east-1":  # the one region that refuses to be named
            s3.create_bucket(Bucket=name)
        else:
            s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})  # pyright: ignore[reportArgumentType] - any region
    except s3.exceptions.BucketAlreadyOwnedByYou:
        return
