"""SQS entry point of the voice domain: hands texts to the vendor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.jobs import Job, submit_handler
from common.providers.choice import speech_synthesizer
from voice.service import submit_speech

if TYPE_CHECKING:
    from common.providers import Submission


async def submit(job: Job) -> Submission:
    """Submit one job's order."""
    return await submit_speech(job, synthesizer=speech_synthesizer())


handler = submit_handler(submit)
