"""SQS entry point of the jobs domain: finishes jobs whose vendor is done."""

from __future__ import annotations

from functools import partial

from common.jobs import POLL_SECONDS, FinishMessage, claim_to_finish, finish_queue, jobs_of, run_step
from common.settings import settings
from common.sqs import sqs_handler
from jobs.repository import assets
from jobs.service import finish_job, hear_too_late, vendors


async def deliver(message: FinishMessage, deliveries: int) -> None:
    """Finish one job."""
    jobs = jobs_of(message.tenant_id)
    if message.request_id is not None:
        jobs.adopt(message.job_id, message.request_id)
    ask_again = partial(finish_queue().send, delay=POLL_SECONDS) if settings().public_url is None else None
    asking = {"jobs": jobs, "vendors": vendors(message.tenant_id), "ask_again": ask_again}
    step = partial(finish_job, message=message, assets=assets(), **asking)
    too_late = partial(hear_too_late, message, **asking)
    await run_step(message, deliveries, jobs=jobs, step=step, claim=claim_to_finish, too_late=too_late)


handler = sqs_handler(FinishMessage, deliver, queue=finish_queue)
