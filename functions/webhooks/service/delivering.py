"""Handing an event to its endpoints, and one attempt to deliver it.

Each may be done twice, late, or by a worker that dies half way. What an attempt means for its endpoint is written
before what became of the delivery, so that whoever comes after a death does the rest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from common.clock import new_id
from common.errors import NotFound, OutboundFailed
from common.events import Event, EventType
from common.observability import count, logger, measure, trace_of
from webhooks.models import CALLBACK, Attempt, DeliveryMessage, DeliveryStatus, DisabledReason, Endpoint
from webhooks.schedule import asked_wait, next_wait
from webhooks.service.events import receivers_of
from webhooks.signing import body_of, headers_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.events import Outbox
    from common.queues import TenantQueue
    from webhooks.models import Delivery
    from webhooks.repository import Deliveries, Endpoints
    from webhooks.schedule import Jitter

TIMEOUT_SECONDS = 15.0
"""For one attempt in all."""
BODY_CAP_BYTES = 4_096
"""Of an endpoint's answer; it is dropped."""
FAILING_SECONDS = 5 * 86_400
"""An endpoint that took nothing for so long is given up."""
MOST_QUEUED_SECONDS = 900
"""SQS delays no message longer; what is later is the watcher's."""
_WATCHED_AFTER_SECONDS = 60
_GONE = 410


class Answered(Protocol):
    """What an endpoint answered."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...


class Poster(Protocol):
    """Sends a request to an address of a studio's: `common.outbound`."""

    async def post(self, url: str, *, content: bytes, headers: Mapping[str, str], timeout: float, cap: int) -> Answered:
        """Send these bytes at most once, follow nothing, and read `cap` bytes of the answer, in `timeout` seconds.

        Raises:
            OutboundFailed: there is no answer, or the address is not allowed.
        """
        ...


def hand_out(event_id: str, *, endpoints: Endpoints, deliveries: Deliveries, queue: TenantQueue) -> None:
    """Begin the delivery of an event to all that want it; where that was done before, nothing happens."""
    event = deliveries.open_event(event_id)
    if event is None:
        return
    for endpoint_id in receivers_of(event, endpoints.all()):
        deliveries.begin(event, endpoint_id)
        queue.send(DeliveryMessage(tenant_id=deliveries.tenant_id, event_id=event.id, endpoint_id=endpoint_id))
    deliveries.handed_out(event.id)


class _Target(NamedTuple):
    url: str
    secrets: list[str]
    endpoint: Endpoint | None
    """None: the address of one job, which is nobody's to disable."""


class _Outcome(NamedTuple):
    attempt: Attempt
    retry_after: str | None

    @property
    def is_success(self) -> bool:
        return self.attempt.status_code is not None and 200 <= self.attempt.status_code < 300

    @property
    def is_gone(self) -> bool:
        return self.attempt.status_code == _GONE


@dataclass(frozen=True, slots=True)
class Delivering:
    """Makes attempts for one tenant."""

    endpoints: Endpoints
    deliveries: Deliveries
    outbox: Outbox
    queue: TenantQueue
    poster: Poster
    jitter: Jitter

    async def deliver(self, event_id: str, endpoint_id: str) -> None:
        """Make one attempt, if its time has come and nobody else is at it."""
        delivery = self.deliveries.claim(event_id, endpoint_id)
        if delivery is None:
            return
        try:
            event = self.deliveries.event(event_id)
        except NotFound:
            event = None
        target = self._target(event, endpoint_id) if event is not None else None
        if event is None or target is None:
            self.deliveries.settle(delivery.after(None, DeliveryStatus.DISABLED))
            return
        outcome = await self._attempt(event, target)
        self._note(outcome, event, delivery)
        if outcome.is_success:
            self._succeeded(outcome, delivery, target)
        else:
            self._failed(outcome, delivery, target)

    def _target(self, event: Event, endpoint_id: str) -> _Target | None:
        """Return where a delivery goes now, None where it goes nowhere any more."""
        now = self.deliveries.clock()
        if endpoint_id == CALLBACK:
            signing = self.endpoints.callbacks()
            return (
                _Target(event.callback_url, signing.secrets_at(now), None) if event.callback_url and signing else None
            )
        try:
            endpoint = self.endpoints.get(endpoint_id)
        except NotFound:
            return None
        return _Target(endpoint.url, endpoint.secrets_at(now), endpoint) if endpoint.disabled is None else None

    async def _attempt(self, event: Event, target: _Target) -> _Outcome:
        began, body = self.deliveries.clock(), body_of(event)
        headers = headers_of(event.id, body, secrets=target.secrets, now=began)
        status, reason, retry_after = None, None, None
        try:
            answer = await self.poster.post(
                target.url, content=body, headers=headers, timeout=TIMEOUT_SECONDS, cap=BODY_CAP_BYTES
            )
            status, retry_after = answer.status, answer.headers.get("retry-after")
        except OutboundFailed as error:
            reason = error.reason
        except Exception as error:  # noqa: BLE001 - a bug of ours must not make us try for ever
            logger.error("webhook not sent", extra={"event_id": event.id, "trace": trace_of(error)})
            reason = "internal_error"
        took = max(0, round((self.deliveries.clock() - began) * 1000))
        return _Outcome(Attempt(at=began, status_code=status, reason=reason, duration_ms=took), retry_after)

    def _succeeded(self, outcome: _Outcome, delivery: Delivery, target: _Target) -> None:
        if target.endpoint is not None:
            self.endpoints.note_success(target.endpoint)
        self.deliveries.settle(delivery.after(outcome.attempt, DeliveryStatus.DELIVERED))

    def _failed(self, outcome: _Outcome, delivery: Delivery, target: _Target) -> None:
        attempt, now = outcome.attempt, self.deliveries.clock()
        if self._gives_up(outcome, target, now=now):
            self.deliveries.settle(delivery.after(attempt, DeliveryStatus.DISABLED))
            return
        asked = asked_wait(outcome.retry_after, now=now)
        wait = next_wait(delivery.failures + 1, status_code=attempt.status_code, asked=asked, jitter=self.jitter)
        if wait is None:
            self.deliveries.settle(delivery.after(attempt, DeliveryStatus.FAILED))
            count("WebhooksGivenUp")
            return
        queued = wait <= MOST_QUEUED_SECONDS
        due_at = now + wait + (_WATCHED_AFTER_SECONDS if queued else 0)
        pending = delivery.after(attempt, DeliveryStatus.PENDING, next_at=now + wait)
        if self.deliveries.settle(pending, due_at=due_at) and queued:
            self._try_again(delivery, math.ceil(wait))

    def _gives_up(self, outcome: _Outcome, target: _Target, *, now: float) -> bool:
        """Whether nothing more goes there: it says so itself, or it took nothing for days. Then it is disabled."""
        if target.endpoint is None:
            return outcome.is_gone
        since = self.endpoints.note_failure(target.endpoint)
        if outcome.is_gone:
            return self._disable(target.endpoint, DisabledReason.GONE)
        return now - since > FAILING_SECONDS and self._disable(target.endpoint, DisabledReason.FAILING)

    def _disable(self, endpoint: Endpoint, reason: DisabledReason) -> bool:
        """Give up an endpoint and tell the others; False where it moved or was disabled: the next attempt will see."""
        event = Event(
            id=new_id("evt"),
            type=EventType.WEBHOOK_DISABLED,
            at=self.outbox.clock(),
            data={"endpoint_id": endpoint.id, "reason": reason.value},
        )
        if not self.endpoints.disable(endpoint, reason, telling=self.outbox.writing(event)):
            return False
        self.outbox.tell(event.id)
        count("WebhooksDisabled")
        return True

    def _try_again(self, delivery: Delivery, wait: int) -> None:
        message = DeliveryMessage(
            tenant_id=self.deliveries.tenant_id, event_id=delivery.event_id, endpoint_id=delivery.endpoint_id
        )
        try:
            self.queue.send(message, delay=wait)
        except Exception as error:  # noqa: BLE001 - whatever the reason, the watcher is the remedy
            logger.warning("next attempt not queued", extra={"event_id": delivery.event_id, "trace": trace_of(error)})

    def _note(self, outcome: _Outcome, event: Event, delivery: Delivery) -> None:
        attempt = outcome.attempt
        result = "delivered" if outcome.is_success else "failed"
        measure("WebhookAttemptSeconds", attempt.duration_ms / 1000, "Seconds", result=result)
        if outcome.is_success:
            measure("WebhookSeconds", max(0.0, attempt.at - event.at), "Seconds")
        facts = {"tenant": self.deliveries.tenant_id, "event_id": event.id, "endpoint_id": delivery.endpoint_id}
        logger.info(
            "webhook attempt", extra=facts | attempt.model_dump(include={"status_code", "reason", "duration_ms"})
        )
