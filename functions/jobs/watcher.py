"""Scheduled entry point of the jobs domain: once a minute, looks after what should have gone on and has not."""

from __future__ import annotations

from typing import Any

from common.jobs import finish_queue, open_jobs, submit_queues
from common.observability import entry_point
from jobs.service import watch


@entry_point
def handler(event: Any, context: Any) -> dict[str, int]:
    """Look after what is overdue; the answer says how much there was."""
    del event, context
    return {"due": watch(open_jobs(), submit=submit_queues(), finish=finish_queue())}
