"""A clock that stands still until it is told otherwise."""

from __future__ import annotations


class ManualClock:
    """Seconds since the epoch, as a test wants them."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds
