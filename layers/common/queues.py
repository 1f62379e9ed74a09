"""SQS queues of messages that belong to a tenant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class TenantMessage(BaseModel):
    """A message: whose it is and what it is about, never anybody's content."""

    model_config = ConfigDict(frozen=True)

    tenant_id: str


@dataclass(frozen=True, slots=True)
class TenantQueue:
    """One standard queue.

    The tenant is the message group: SQS then serves tenants fairly, in no order.
    """

    client: SQSClient
    url: str

    @property
    def name(self) -> str:
        """Its name, which ends its address as well as its ARN."""
        return self.url.rpartition("/")[2]

    def send(self, message: TenantMessage, *, delay: int = 0) -> None:
        """Have `message` delivered at least once, in `delay` seconds (0–900) or soon after."""
        self.client.send_message(
            QueueUrl=self.url,
            MessageBody=message.model_dump_json(),
            DelaySeconds=delay,
            MessageGroupId=message.tenant_id,
        )

    def deliver_again(self, receipt_handle: str, *, delay: int) -> None:
        """Have a message that is being worked on delivered again in `delay` seconds, not at its visibility's end."""
        self.client.change_message_visibility(QueueUrl=self.url, ReceiptHandle=receipt_handle, VisibilityTimeout=delay)
