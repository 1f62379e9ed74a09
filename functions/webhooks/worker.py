"""SQS entry point of the webhooks domain: hands out events, makes attempts to deliver them."""

from __future__ import annotations

from random import SystemRandom

from common.events import outbox_of, webhook_queue
from common.outbound.sending import Outbound
from common.sqs import sqs_handler
from webhooks.models import DeliveryMessage
from webhooks.repository import deliveries_of, endpoints_of
from webhooks.service import Delivering, hand_out


async def deliver(message: DeliveryMessage, deliveries: int) -> None:
    """Take one step; every delivery of a message does the same, so their number does not matter."""
    del deliveries
    tenant = message.tenant_id
    endpoints, told, queue = endpoints_of(tenant), deliveries_of(tenant), webhook_queue()
    if message.endpoint_id is None:
        hand_out(message.event_id, endpoints=endpoints, deliveries=told, queue=queue)
        return
    jitter = SystemRandom().uniform
    delivering = Delivering(endpoints, told, outbox_of(tenant), queue, Outbound(), jitter)
    await delivering.deliver(message.event_id, message.endpoint_id)


handler = sqs_handler(DeliveryMessage, deliver, queue=webhook_queue)
