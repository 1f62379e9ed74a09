"""Endpoints, deliveries and attempts: as stored, and as studios send and get them."""

from webhooks.models.requests import (
    MAX_OVERLAP_SECONDS,
    EndpointChanges,
    EndpointRequest,
    ReplayRequest,
    RotateSecretRequest,
)
from webhooks.models.responses import (
    EndpointListResponse,
    EndpointResponse,
    EventAccepted,
    NewEndpointResponse,
    SecretResponse,
    WebhookEventDetailResponse,
    WebhookEventListResponse,
    WebhookEventResponse,
)
from webhooks.models.stored import (
    CALLBACK,
    KEPT_ATTEMPTS,
    MAX_ENDPOINTS,
    Attempt,
    Delivery,
    DeliveryMessage,
    DeliveryStatus,
    DisabledReason,
    Endpoint,
    Signing,
)

__all__ = [
    "CALLBACK",
    "KEPT_ATTEMPTS",
    "MAX_ENDPOINTS",
    "MAX_OVERLAP_SECONDS",
    "Attempt",
    "Delivery",
    "DeliveryMessage",
    "DeliveryStatus",
    "DisabledReason",
    "Endpoint",
    "EndpointChanges",
    "EndpointListResponse",
    "EndpointRequest",
    "EndpointResponse",
    "EventAccepted",
    "NewEndpointResponse",
    "ReplayRequest",
    "RotateSecretRequest",
    "SecretResponse",
    "Signing",
    "WebhookEventDetailResponse",
    "WebhookEventListResponse",
    "WebhookEventResponse",
]
