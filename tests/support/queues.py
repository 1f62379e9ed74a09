"""A queue for tests: keeps what was sent."""

from __future__ import annotations

from common.queues import TenantMessage


class ListQueue:
    """Stands where a `TenantQueue` stands; `sent` holds (message, delay in seconds)."""

    def __init__(self) -> None:
        self.sent: list[tuple[TenantMessage, int]] = []

    def send(self, message: TenantMessage, *, delay: int = 0) -> None:
        self.sent.append((message, delay))

    @property
    def messages(self) -> list[TenantMessage]:
        return [message for message, _ in self.sent]
