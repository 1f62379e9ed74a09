"""What studios get about webhooks."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from common.clock import iso
from common.events import KEPT_SECONDS, Event, EventType
from webhooks.models.stored import (
    KEPT_ATTEMPTS,
    MAX_ENDPOINTS,
    Delivery,
    DeliveryStatus,
    DisabledReason,
    Endpoint,
    Signing,
)

_WEBHOOK_ID = "whk_01K00000000000000000000000"
_EVENT_ID = "evt_01K00000000000000000000000"


class EndpointResponse(BaseModel):
    """An endpoint, without its secret."""

    id: str = Field(examples=[_WEBHOOK_ID])
    url: str = Field(examples=["https://game.example/meddah"])
    events: list[str]
    description: str | None
    enabled: bool
    disabled_reason: DisabledReason | None = Field(
        description="`gone`: it answered 410. `failing`: it took nothing for 5 days. `paused`: you disabled it."
    )
    failing_since: str | None = Field(description="When the first delivery failed that no success came after.")
    former_secret_until: str | None = Field(description="Until when deliveries are signed with the old secret too.")
    created_at: str
    updated_at: str

    @classmethod
    def of(cls, endpoint: Endpoint, *, now: float) -> EndpointResponse:
        """Return an endpoint as its studio sees it."""
        return cls.model_validate(_shown(endpoint, now))


class NewEndpointResponse(EndpointResponse):
    """A new endpoint. Its secret is shown here and never again."""

    secret: str = Field(description="Verifies what arrives; any Standard Webhooks library takes it as it is.")

    @classmethod
    def made(cls, endpoint: Endpoint, *, now: float) -> NewEndpointResponse:
        """Return a new endpoint with its secret."""
        return cls.model_validate(_shown(endpoint, now) | {"secret": endpoint.secret})


def _shown(endpoint: Endpoint, now: float) -> dict[str, Any]:
    overlap = len(endpoint.secrets_at(now)) > 1
    return {
        **endpoint.model_dump(include={"id", "url", "events", "description"}),
        "enabled": endpoint.disabled is None,
        "disabled_reason": endpoint.disabled,
        "failing_since": iso(endpoint.failing_since) if endpoint.failing_since is not None else None,
        "former_secret_until": iso(endpoint.former_until) if overlap else None,
        "created_at": iso(endpoint.created_at),
        "updated_at": iso(endpoint.updated_at),
    }


class SecretResponse(BaseModel):
    """A new secret. It is shown here and never again."""

    secret: str
    former_secret_until: str | None = Field(description="Until when deliveries are signed with the old one too.")

    @classmethod
    def of(cls, signing: Signing, *, now: float) -> SecretResponse:
        """Return the newest secret."""
        overlap = len(signing.secrets_at(now)) > 1
        return cls(secret=signing.secret, former_secret_until=iso(signing.former_until) if overlap else None)


class EndpointListResponse(BaseModel):
    """All your endpoints."""

    items: list[EndpointResponse] = Field(description=f"Oldest first; at most {MAX_ENDPOINTS}.")


class WebhookEventResponse(BaseModel):
    """Something that happened."""

    event_id: str = Field(examples=[_EVENT_ID])
    type: EventType
    at: str
    data: dict[str, Any]

    @classmethod
    def of(cls, event: Event) -> WebhookEventResponse:
        """Return an event as its studio sees it."""
        return cls(event_id=event.id, type=event.type, at=iso(event.at), data=event.data)


class WebhookEventListResponse(BaseModel):
    """One page of the log."""

    items: list[WebhookEventResponse]
    next_cursor: str | None = Field(description="Send it back as `cursor` for the next page; null at the end.")


class AttemptResponse(BaseModel):
    """One try to deliver an event."""

    at: str
    status_code: int | None = Field(description="What the endpoint answered; null: nothing.")
    reason: str | None = Field(description="Why there was no answer.", examples=["timeout"])
    duration_ms: int


class DeliveryResponse(BaseModel):
    """What becomes of an event at one endpoint."""

    endpoint_id: str = Field(description="Or `callback`: the `callback_url` of its job.", examples=[_WEBHOOK_ID])
    status: DeliveryStatus
    next_attempt_at: str | None = Field(description="When it is tried next, if it is.")
    attempts: list[AttemptResponse] = Field(description=f"The last {KEPT_ATTEMPTS}, oldest first.")

    @classmethod
    def of(cls, delivery: Delivery) -> DeliveryResponse:
        """Return a delivery as its studio sees it."""
        pending = delivery.status is DeliveryStatus.PENDING
        tried = [AttemptResponse.model_validate(one.model_dump() | {"at": iso(one.at)}) for one in delivery.attempts]
        return cls(
            endpoint_id=delivery.endpoint_id,
            status=delivery.status,
            next_attempt_at=iso(delivery.next_at) if pending else None,
            attempts=tried,
        )


class WebhookEventDetailResponse(WebhookEventResponse):
    """Something that happened, and who was told."""

    deliveries: list[DeliveryResponse]

    @classmethod
    def told(cls, event: Event, deliveries: list[Delivery]) -> WebhookEventDetailResponse:
        """Return an event with its deliveries."""
        shown = WebhookEventResponse.of(event).model_dump()
        return cls(**shown, deliveries=[DeliveryResponse.of(one) for one in deliveries])


class EventAccepted(BaseModel):
    """An event that is on its way."""

    event_id: str = Field(
        description=f"Read what becomes of it for {KEPT_SECONDS // 86_400} days.", examples=[_EVENT_ID]
    )
    endpoint_ids: list[str] = Field(description="Where it is sent.")
