"""Events that a studio asks for: a test, and telling of something once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.clock import new_id
from common.errors import InvalidInput, NotFound, WebhookDisabled
from common.events import Event, EventType
from webhooks.models import CALLBACK, DeliveryMessage, Endpoint

if TYPE_CHECKING:
    from common.events import Outbox
    from common.queues import TenantQueue
    from webhooks.repository import Deliveries, Endpoints


def try_endpoint(endpoint_id: str, *, endpoints: Endpoints, outbox: Outbox) -> Event:
    """Return an event that is sent to one endpoint, whatever events it wants.

    Raises:
        NotFound: no such endpoint. WebhookDisabled: it gets nothing.
    """
    endpoint = _enabled(endpoints.get(endpoint_id))
    event = Event(
        id=new_id("evt"),
        type=EventType.WEBHOOK_TEST,
        at=outbox.clock(),
        data={"endpoint_id": endpoint.id},
        endpoint_id=endpoint.id,
    )
    outbox.write_once(event)
    return event


def replay_event(
    event_id: str, endpoint_id: str | None, *, endpoints: Endpoints, deliveries: Deliveries, queue: TenantQueue
) -> list[str]:
    """Have an event sent once more, with the id it has, and return where to.

    Raises:
        NotFound: no such event. InvalidInput: no such endpoint. WebhookDisabled: it gets nothing.
    """
    event = deliveries.event(event_id)
    receivers = receivers_of(event, endpoints.all()) if endpoint_id is None else [_one(event, endpoint_id, endpoints)]
    for receiver in receivers:
        deliveries.begin_anew(event, receiver)
        queue.send(DeliveryMessage(tenant_id=deliveries.tenant_id, event_id=event.id, endpoint_id=receiver))
    return receivers


def receivers_of(event: Event, endpoints: list[Endpoint]) -> list[str]:
    """Return where an event is to be told now: ids of endpoints, and `callback` for its job's own address."""
    wanting = [endpoint.id for endpoint in endpoints if endpoint.wants(event)]
    return wanting if event.callback_url is None else [*wanting, CALLBACK]


def _one(event: Event, endpoint_id: str, endpoints: Endpoints) -> str:
    if endpoint_id == CALLBACK:
        if event.callback_url is None:
            raise InvalidInput.field("endpoint_id", "the job of this event has no callback_url")
        return CALLBACK
    try:
        return _enabled(endpoints.get(endpoint_id)).id
    except NotFound as error:
        raise InvalidInput.field("endpoint_id", "no such webhook") from error


def _enabled(endpoint: Endpoint) -> Endpoint:
    if endpoint.disabled is not None:
        reason = {"disabled_reason": endpoint.disabled.value}
        raise WebhookDisabled("The webhook is disabled; enable it first", details=reason)
    return endpoint
