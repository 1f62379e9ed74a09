"""SQS entry point of the jobs domain: finishes jobs whose vendor is done."""

from __future__ import annotations

from functools import partial

from common.jobs import POLL_SECONDS, FinishMessage, finish_queue, jobs_of, run_step
from common.settings import settings
from common.sqs import sqs_handler
from jobs.repository import assets
from jobs.service import finish_job, vendors


async def deliver(message: FinishMessage, deliveries: int) -> None:
    """Finish one job."""
    jobs = jobs_of(message.tenant_id)
    if message.request_id is not None:
        jobs.adopt(message.job_id, message.request_id)
    polling = settings().public_url is None
    step = partial(
        finish_job,
        message=message,
        jobs=jobs,
        assets=assets(),
        vendors=vendors(message.tenant_id),
        ask_again=partial(finish_queue().send, delay=POLL_SECONDS) if polling else None,
    )
    await run_step(message, deliveries, jobs=jobs, step=step)


handler = sqs_handler(FinishMessage, deliver, queue=finish_queue)
