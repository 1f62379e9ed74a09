"""What can happen on the way to fal.ai, before anybody says what it means (`fal.errors` does)."""

from __future__ import annotations

import json
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping


class Hop(Enum):
    """What a request is for: the same failure means different things."""

    RUN = "run"
    """A paid call whose answer is the result; sent once."""
    SUBMIT = "submit"
    """A paid order for the queue; sent once."""
    ASK = "ask"
    """A question about an order: free, may be asked again."""


class Unsent(Exception):
    """No connection: not a byte of the request has left this process."""


class Lost(Exception):
    """The connection broke, or the answer grew too large, after the request was on its way."""


class Foreign(Exception):
    """An address that is not one of fal's, as this deployment knows them. Nothing was sent."""


@dataclass(eq=False)
class Answered(Exception):
    """fal, or something before it, answered with something else than a result."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes = b""

    def json(self) -> dict[str, Any]:
        """Return the body's object, {} if it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


@dataclass
class Call:
    """One call as the transport sees it."""

    sent: bool = False
    """Whether any of a request may have reached the vendor."""
    request_id: str | None = None
    billable_units: float | None = None
    """What fal counts of this call, in the model's unit."""


current_call: ContextVar[Call | None] = ContextVar("current_call", default=None)
"""Set by whoever starts a call, filled by the transport; concurrent tasks each have their own."""
