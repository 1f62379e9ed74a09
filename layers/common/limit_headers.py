"""The limits a request met, as its answer tells them: draft-ietf-httpapi-ratelimit-headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.errors import BudgetExhausted, LimitReached
    from common.ledger import Moment, Quota


def headers_of(met: Sequence[Quota], *, now: Moment) -> dict[str, str]:
    """Return the headers of a request that passed: every limit it counted for, and what that has left."""
    return {
        "RateLimit-Policy": ", ".join(f'"{one.name}";q={one.quota};w={one.window}' for one in met),
        "RateLimit": ", ".join(f'"{one.name}";r={one.left};t={max(0, round(one.resets - now.seconds))}' for one in met),
    }


def headers_of_refusal(refused: LimitReached | BudgetExhausted) -> dict[str, str]:
    """Return the headers of a request that was refused: the one limit it names, if it names one with a window."""
    met = refused.details
    if not met.get("window_seconds"):
        return {}
    return {
        "RateLimit-Policy": f'"{met["limit"]}";q={met["quota"]};w={met["window_seconds"]}',
        "RateLimit": f'"{met["limit"]}";r=0;t={met["retry_after"]}',
    }
