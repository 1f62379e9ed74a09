"""Scheduled entry point of the jobs domain: once a minute, looks after jobs whose time has come."""

from __future__ import annotations

from typing import Any

from common.jobs import JobKind, finish_queue, image_queue, open_jobs, speech_queue
from common.observability import entry_point
from jobs.service import watch


@entry_point
def handler(event: Any, context: Any) -> dict[str, int]:
    """Look after overdue jobs; the answer says how many there were."""
    del event, context
    submit = {JobKind.IMAGE: image_queue(), JobKind.SPEECH: speech_queue()}
    return {"due": watch(open_jobs(), submit=submit, finish=finish_queue())}
