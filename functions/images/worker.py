"""SQS entry point of the images domain: hands pictures to the vendor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.jobs import Job, submit_handler
from common.providers.choice import image_generator
from images.service import submit_image

if TYPE_CHECKING:
    from common.providers import Submission


async def submit(job: Job) -> Submission:
    """Submit one job's order."""
    return await submit_image(job, generator=image_generator())


handler = submit_handler(submit)
