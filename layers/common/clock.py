"""Time and ids: what tests replace and production takes from the machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from ulid import ULID

Clock = Callable[[], float]
"""Returns seconds since the epoch."""

wall_clock: Clock = time.time


def new_id(prefix: str) -> str:
    """Return `<prefix>_<ULID>`: ids of one kind sort by creation time (millisecond)."""
    return f"{prefix}_{ULID()}"


def iso(seconds: float) -> str:
    """Return epoch `seconds` as ISO 8601 in UTC with milliseconds, for example `2026-11-20T15:16:00.000Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_now() -> str:
    """Return now in the form of `iso`."""
    return iso(wall_clock())
