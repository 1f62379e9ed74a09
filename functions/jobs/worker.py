"""SQS entry point of the jobs domain: finishes jobs whose vendor is done."""

from __future__ import annotations

from functools import partial

from common.jobs import JobMessage, jobs_of, run_step
from common.providers.choice import image_generator, speech_synthesizer
from common.sqs import sqs_handler
from jobs.repository import assets
from jobs.service import finish_job


async def deliver(message: JobMessage, deliveries: int) -> None:
    """Finish one job."""
    jobs = jobs_of(message.tenant_id)
    step = partial(finish_job, jobs=jobs, assets=assets(), images=image_generator(), voices=speech_synthesizer())
    await run_step(message, deliveries, jobs=jobs, step=step)


handler = sqs_handler(JobMessage, deliver)
