"""Messages between the steps of a job, and the queues they travel on."""

from __future__ import annotations

from typing import Any

from common import aws
from common.queues import TenantMessage, TenantQueue
from common.settings import settings


class JobMessage(TenantMessage):
    """Which job wants its next step."""

    job_id: str


class FinishMessage(JobMessage):
    """Which job's vendor is done, as far as we were told."""

    request_id: str | None = None
    """The vendor's id, from its webhook; None: the one the job holds."""
    output: dict[str, Any] | None = None
    """What the webhook said of the result, cut down to what the finisher needs; None: ask the vendor."""


def image_queue() -> TenantQueue:
    """Return the queue of pictures to submit."""
    return TenantQueue(aws.sqs(), settings().image_queue_url)


def speech_queue() -> TenantQueue:
    """Return the queue of texts to submit."""
    return TenantQueue(aws.sqs(), settings().speech_queue_url)


def finish_queue() -> TenantQueue:
    """Return the queue of jobs whose vendor is done."""
    return TenantQueue(aws.sqs(), settings().finish_queue_url)
