"""Everything this deployment stands on, as probes that read one fact of each."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from common import aws
from common.settings import Settings, settings

if TYPE_CHECKING:
    from collections.abc import Callable


def probes() -> dict[str, Callable[[], Any]]:
    """Return one probe for each table, queue and bucket of ours the settings name, under its setting's name."""
    found: dict[str, Callable[[], Any]] = {}
    for name in Settings.model_fields:
        if name.startswith("fal_"):
            continue
        value = getattr(settings(), name)
        if name.endswith("_table"):
            found[name] = partial(aws.dynamodb().describe_table, TableName=value)
        elif name.endswith("_queue_url"):
            found[name.removesuffix("_url")] = partial(
                aws.sqs().get_queue_attributes, QueueUrl=value, AttributeNames=["QueueArn"]
            )
        elif name.endswith("_bucket"):
            found[name] = partial(aws.s3().head_bucket, Bucket=value)
    return found
