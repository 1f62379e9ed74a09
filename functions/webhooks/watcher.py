"""Scheduled entry point of the webhooks domain: once a minute, looks after what is overdue."""

from __future__ import annotations

from typing import Any

from common.events import webhook_queue
from common.observability import entry_point
from webhooks.repository import overdue
from webhooks.service import watch


@entry_point
def handler(event: Any, context: Any) -> dict[str, int]:
    """Send on what is overdue; the answer says how many there were."""
    del event, context
    return {"due": watch(overdue(), queue=webhook_queue())}
