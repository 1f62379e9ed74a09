"""Messages between the steps of a job, and the queues they travel on."""

from __future__ import annotations

from common import aws
from common.queues import TenantMessage, TenantQueue
from common.settings import settings


class JobMessage(TenantMessage):
    """Which job wants its next step."""

    job_id: str


def image_queue() -> TenantQueue:
    """Return the queue of pictures to submit."""
    return TenantQueue(aws.sqs(), settings().image_queue_url)


def speech_queue() -> TenantQueue:
    """Return the queue of texts to submit."""
    return TenantQueue(aws.sqs(), settings().speech_queue_url)


def finish_queue() -> TenantQueue:
    """Return the queue of jobs whose vendor is done."""
    return TenantQueue(aws.sqs(), settings().finish_queue_url)
