"""HTTP routes of the webhooks domain."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Response

from common.api import CurrentTenant, error_answers, tenant_router
from common.events import EventType, Outbox, outbox_of, webhook_queue
from common.outbound.names import Resolver, system_resolver
from common.paging import MAX_PAGE
from common.queues import TenantQueue
from common.settings import settings
from webhooks import service
from webhooks.models import (
    EndpointChanges,
    EndpointListResponse,
    EndpointRequest,
    EndpointResponse,
    EventAccepted,
    NewEndpointResponse,
    ReplayRequest,
    RotateSecretRequest,
    SecretResponse,
    WebhookEventDetailResponse,
    WebhookEventListResponse,
    WebhookEventResponse,
)
from webhooks.repository import Deliveries, Endpoints, deliveries_of, endpoints_of

router = tenant_router("/v1/webhooks", "Webhooks")

_BY_DEFAULT = RotateSecretRequest()
_TO_ALL = ReplayRequest()


async def _endpoints(tenant: CurrentTenant) -> Endpoints:
    return endpoints_of(tenant.tenant_id)


async def _deliveries(tenant: CurrentTenant) -> Deliveries:
    return deliveries_of(tenant.tenant_id)


async def _outbox(tenant: CurrentTenant) -> Outbox:
    return outbox_of(tenant.tenant_id)


async def _queue() -> TenantQueue:
    return webhook_queue()


async def resolver() -> Resolver | None:
    """Return how names are looked up; None where the sandbox answers, and nothing here touches the network."""
    return None if settings().provider == "sandbox" else system_resolver


async def _kept_by_nobody(answer: Response) -> None:
    answer.headers["Cache-Control"] = "no-store"


AllEndpoints = Annotated[Endpoints, Depends(_endpoints)]
AllDeliveries = Annotated[Deliveries, Depends(_deliveries)]
TenantOutbox = Annotated[Outbox, Depends(_outbox)]
Queue = Annotated[TenantQueue, Depends(_queue)]
Lookup = Annotated[Resolver | None, Depends(resolver)]
Unkept = [Depends(_kept_by_nobody)]


@router.post("", status_code=201, response_model=NewEndpointResponse, responses=error_answers(409), dependencies=Unkept)
async def create_webhook(request: EndpointRequest, endpoints: AllEndpoints, resolve: Lookup) -> NewEndpointResponse:
    """Have events sent to an address of yours, signed as Standard Webhooks has it.

    At most 10. The secret is shown only here.
    """
    made = await service.create_endpoint(request, endpoints=endpoints, resolve=resolve)
    return NewEndpointResponse.made(made, now=endpoints.clock())


@router.get("", response_model=EndpointListResponse)
async def list_webhooks(endpoints: AllEndpoints) -> EndpointListResponse:
    """List your endpoints."""
    now = endpoints.clock()
    return EndpointListResponse(items=[EndpointResponse.of(one, now=now) for one in endpoints.all()])


@router.get("/events", response_model=WebhookEventListResponse)
async def list_webhook_events(
    deliveries: AllDeliveries,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="How many, 1–100.")] = 50,
    cursor: Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before.")] = None,
    type: Annotated[EventType | None, Query(description="Only events of this type.")] = None,  # noqa: A002 - its name
) -> WebhookEventListResponse:
    """List the events of the last 30 days, by id, the last first.

    A page may be short, even empty, and still have a next one.
    """
    events, following = deliveries.events(limit=limit, cursor=cursor, kind=type)
    return WebhookEventListResponse(items=[WebhookEventResponse.of(event) for event in events], next_cursor=following)


@router.get("/events/{event_id}", response_model=WebhookEventDetailResponse, responses=error_answers(404))
async def get_webhook_event(event_id: str, deliveries: AllDeliveries) -> WebhookEventDetailResponse:
    """Get one event, with every attempt to tell your endpoints of it."""
    return WebhookEventDetailResponse.told(deliveries.event(event_id), deliveries.of_event(event_id))


@router.post(
    "/events/{event_id}/replay", status_code=202, response_model=EventAccepted, responses=error_answers(404, 409)
)
async def replay_webhook_event(  # noqa: PLR0917 - FastAPI hands over what a route needs
    event_id: str,
    endpoints: AllEndpoints,
    deliveries: AllDeliveries,
    queue: Queue,
    request: ReplayRequest = _TO_ALL,
) -> EventAccepted:
    """Send an event once more, under the id it has: to one endpoint, or to all that want it now."""
    where = service.replay_event(event_id, request.endpoint_id, endpoints=endpoints, deliveries=deliveries, queue=queue)
    return EventAccepted(event_id=event_id, endpoint_ids=where)


@router.post(
    "/callbacks/rotate-secret",
    status_code=201,
    response_model=SecretResponse,
    responses=error_answers(409),
    dependencies=Unkept,
)
async def rotate_callback_secret(endpoints: AllEndpoints, request: RotateSecretRequest = _BY_DEFAULT) -> SecretResponse:
    """Make the secret that signs what goes to the `callback_url` of single jobs, or put a new one in its place.

    It is shown only here. Without it no order with a `callback_url` is taken.
    """
    signing = service.rotate_callbacks(request.overlap_seconds, endpoints=endpoints)
    return SecretResponse.of(signing, now=endpoints.clock())


@router.get("/{webhook_id}", response_model=EndpointResponse, responses=error_answers(404))
async def get_webhook(webhook_id: str, endpoints: AllEndpoints) -> EndpointResponse:
    """Get one endpoint."""
    return EndpointResponse.of(endpoints.get(webhook_id), now=endpoints.clock())


@router.patch("/{webhook_id}", response_model=EndpointResponse, responses=error_answers(404))
async def update_webhook(
    webhook_id: str, request: EndpointChanges, endpoints: AllEndpoints, resolve: Lookup
) -> EndpointResponse:
    """Change an endpoint: its address, its events, whether it gets any.

    What is not named stays. Enabling it again makes it begin without failures.
    """
    changed = await service.change_endpoint(webhook_id, request, endpoints=endpoints, resolve=resolve)
    return EndpointResponse.of(changed, now=endpoints.clock())


@router.delete("/{webhook_id}", status_code=204, response_class=Response, responses=error_answers(404))
async def delete_webhook(webhook_id: str, endpoints: AllEndpoints) -> None:
    """Delete an endpoint; what was on its way there is not sent any more."""
    endpoints.delete(webhook_id)


@router.post("/{webhook_id}/test", status_code=202, response_model=EventAccepted, responses=error_answers(404, 409))
async def test_webhook(webhook_id: str, endpoints: AllEndpoints, outbox: TenantOutbox) -> EventAccepted:
    """Send a `webhook.test` to one endpoint, whatever events it wants."""
    event = service.try_endpoint(webhook_id, endpoints=endpoints, outbox=outbox)
    return EventAccepted(event_id=event.id, endpoint_ids=[webhook_id])


@router.post(
    "/{webhook_id}/rotate-secret",
    status_code=201,
    response_model=SecretResponse,
    responses=error_answers(404, 409),
    dependencies=Unkept,
)
async def rotate_webhook_secret(
    webhook_id: str, endpoints: AllEndpoints, request: RotateSecretRequest = _BY_DEFAULT
) -> SecretResponse:
    """Put a new secret in the place of an endpoint's.

    It is shown only here. For `overlap_seconds` every delivery carries two signatures, so a receiver may know either.
    """
    endpoint = service.rotate_secret(webhook_id, request.overlap_seconds, endpoints=endpoints)
    return SecretResponse.of(endpoint, now=endpoints.clock())
