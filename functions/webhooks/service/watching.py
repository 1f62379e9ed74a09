"""Looking after events and deliveries whose messages got lost, or whose next attempt is hours away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.observability import count

if TYPE_CHECKING:
    from common.queues import TenantQueue
    from webhooks.repository import Overdue

AGAIN_SECONDS = 120
"""How long a message is given before another is sent."""
PASS_SECONDS = 20
"""How long one look may take: less than the function's timeout."""
_AT_ONCE = 100
_MOST = 2_000


def watch(overdue: Overdue, *, queue: TenantQueue) -> int:
    """Send a message for everything that is overdue and return how many; what there is no time for waits a minute.

    The next look is moved away before the message is sent: one that gets lost is made up for by that look.
    """
    until = overdue.clock() + PASS_SECONDS
    sent = 0
    while sent < _MOST and overdue.clock() < until:
        page = overdue.due(limit=_AT_ONCE)
        moved = [due for due in page if overdue.postpone(due, due_in=AGAIN_SECONDS)]
        for due in moved:
            queue.send(due.message)
        sent += len(moved)
        if len(page) < _AT_ONCE or not moved:
            break
    if sent:
        count("WebhooksOverdue", sent)
    return sent
