"""When a delivery that failed is tried again: sooner at first, later and later, for about three days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime

Jitter = Callable[[float, float], float]
"""Returns a number between two, by chance: `Random.uniform`."""

_MINUTE, _HOUR = 60, 3_600
WAITS = (5, _MINUTE, 5 * _MINUTE, 30 * _MINUTE, *(hours * _HOUR for hours in (2, 5, 10, 14, 20, 24)))
"""Seconds after each failed attempt."""
MOST_WAIT = 24 * _HOUR
"""What a receiver may ask for at most, in seconds."""
_SPREAD = 0.2
_OVERLOADED = frozenset({429, 502, 504})
_LEAST_WAIT_OF_OVERLOADED = _MINUTE


def next_wait(failures: int, *, status_code: int | None, asked: float | None, jitter: Jitter) -> float | None:
    """Return the seconds to wait after the `failures`-th failed attempt (from 1); None where it was the last.

    Receivers that are overloaded (429, 502, 504) get a minute at least, and all get as long as they `asked` for.
    """
    if failures > len(WAITS):
        return None
    wait = WAITS[failures - 1] * jitter(1 - _SPREAD, 1 + _SPREAD)
    least = _LEAST_WAIT_OF_OVERLOADED if status_code in _OVERLOADED else 0
    return max(wait, least, min(asked or 0, MOST_WAIT))


def asked_wait(retry_after: str | None, *, now: float) -> float | None:
    """Return how many seconds a `Retry-After` asks for, None where it says nothing that can be read (RFC 9110)."""
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(min(int(text[:9]), MOST_WAIT))
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # a year of thirty digits is a receiver's to send, too
        return None
    return max(0.0, (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now)
