"""Messages between the steps of a job, and the queues they travel on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from common import aws
from common.jobs.model import JobKind
from common.queues import TenantMessage, TenantQueue
from common.settings import settings

if TYPE_CHECKING:
    from collections.abc import Mapping


class JobMessage(TenantMessage):
    """Which job wants its next step."""

    job_id: str
    urgent: bool = False
    """Which of its kind's two queues it travels on. A job that became urgent is not started by a normal one."""
    woken: bool = False
    """Whether it was sent because a place became free: it starts a job that waits, and is for no other."""


class FinishMessage(JobMessage):
    """Which job's vendor is done, as far as we were told."""

    request_id: str | None = None
    """The vendor's id, from its webhook; None: the one the job holds."""
    output: dict[str, Any] | None = None
    """What the webhook said of the result, cut down to what the finisher needs; None: ask the vendor."""


def image_queue() -> TenantQueue:
    """Return the queue of pictures to submit."""
    return TenantQueue(aws.sqs(), settings().image_queue_url)


def image_urgent_queue() -> TenantQueue:
    """Return the queue of pictures to submit before others."""
    return TenantQueue(aws.sqs(), settings().image_urgent_queue_url)


def speech_queue() -> TenantQueue:
    """Return the queue of texts to submit."""
    return TenantQueue(aws.sqs(), settings().speech_queue_url)


def speech_urgent_queue() -> TenantQueue:
    """Return the queue of texts to submit before others."""
    return TenantQueue(aws.sqs(), settings().speech_urgent_queue_url)


def finish_queue() -> TenantQueue:
    """Return the queue of jobs whose vendor is done."""
    return TenantQueue(aws.sqs(), settings().finish_queue_url)


@dataclass(frozen=True, slots=True)
class SubmitQueues:
    """The two queues of every kind."""

    normal: Mapping[JobKind, TenantQueue]
    urgent: Mapping[JobKind, TenantQueue]

    def send(self, message: JobMessage, kind: JobKind) -> None:
        """Have a job's order handed to its vendor, on the queue that its message names."""
        (self.urgent if message.urgent else self.normal)[kind].send(message)


def submit_queues() -> SubmitQueues:
    """Return the queues of orders of this deployment."""
    return SubmitQueues(
        normal={JobKind.IMAGE: image_queue(), JobKind.SPEECH: speech_queue()},
        urgent={JobKind.IMAGE: image_urgent_queue(), JobKind.SPEECH: speech_urgent_queue()},
    )
