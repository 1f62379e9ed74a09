"""Endpoints, deliveries and attempts as stored, and the message between the steps."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from common.events import Event, EventMessage, EventType
from common.storage import Record

MAX_ENDPOINTS = 10
KEPT_ATTEMPTS = 20
CALLBACK = "callback"
"""Stands for an endpoint's id where the address is the `callback_url` of a job."""


class DisabledReason(StrEnum):
    """Why an endpoint gets nothing."""

    GONE = "gone"
    FAILING = "failing"
    PAUSED = "paused"


class DeliveryStatus(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    DISABLED = "disabled"


class Signing(BaseModel):
    """What deliveries are signed with."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    secret: str = Field(repr=False)
    former_secret: str | None = Field(default=None, repr=False)
    former_until: float = 0
    """Until when, in epoch seconds, the former secret signs too."""

    def secrets_at(self, now: float) -> list[str]:
        """Return the secrets in force, the newest first."""
        return [self.secret, *([self.former_secret] if self.former_secret and self.former_until > now else [])]


class Endpoint(Signing, Record):
    """An address of a studio's; times are epoch seconds."""

    url: str
    events: list[str]
    description: str | None = None
    disabled: DisabledReason | None = None
    failing_since: float | None = None
    """Of the first failure that no success came after."""
    created_at: float
    updated_at: float

    def wants(self, event: Event) -> bool:
        """Whether it is to be told of `event` now."""
        if self.disabled is not None:
            return False
        if event.endpoint_id is not None:
            return event.endpoint_id == self.id
        return any(fits(wanted, event.type) for wanted in self.events)


def fits(wanted: str, kind: EventType) -> bool:
    """Whether an event of this type is among those that `wanted` names: a type, `job.*` or `*`."""
    return wanted in {"*", kind.value} or (wanted.endswith(".*") and kind.value.startswith(wanted[:-1]))


class Attempt(BaseModel):
    """One try to deliver an event."""

    model_config = ConfigDict(frozen=True)

    at: float
    """Epoch seconds."""
    status_code: int | None = None
    reason: str | None = None
    """Why there was no answer."""
    duration_ms: int


def _loaded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _dumped(attempts: list[Attempt]) -> str:
    return json.dumps([attempt.model_dump(exclude_none=True) for attempt in attempts])


class Delivery(BaseModel):
    """What becomes of an event at one endpoint, as stored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    event_id: str
    endpoint_id: str
    status: DeliveryStatus = DeliveryStatus.PENDING
    next_at: float = 0
    """Not to be tried before; while it is being tried, when whoever does that counts as dead. Epoch seconds."""
    claims: int = 0
    """How often it was taken up: the fencing token of whoever writes its outcome."""
    failures: int = 0
    """Failed attempts since it began, or was begun anew."""
    attempts: Annotated[list[Attempt], BeforeValidator(_loaded), PlainSerializer(_dumped)] = []

    def after(self, attempt: Attempt | None, status: DeliveryStatus, *, next_at: float = 0) -> Delivery:
        """Return it as it is after one more attempt, or without one."""
        failed = attempt is not None and status is not DeliveryStatus.DELIVERED
        attempts = [*self.attempts, *([attempt] if attempt else [])][-KEPT_ATTEMPTS:]
        changed = {"status": status, "attempts": attempts, "next_at": next_at, "failures": self.failures + failed}
        return self.model_copy(update=changed)


class DeliveryMessage(EventMessage):
    """Which event is to be delivered to which endpoint."""

    endpoint_id: str | None = None
    """None: the event is to be handed to all its endpoints first."""
