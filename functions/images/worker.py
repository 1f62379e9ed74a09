"""SQS entry point of the images domain: hands pictures to the vendor."""

from __future__ import annotations

from common.jobs import image_queue, image_urgent_queue, submit_handler
from common.providers.choice import image_generator
from images.service import image_vendor

handler = submit_handler(
    lambda tenant_id: image_vendor(image_generator(tenant_id)), queue=image_queue, urgent=image_urgent_queue
)
