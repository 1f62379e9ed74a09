"""What surrounds every request: its id, the cap on its body, the last catch, its one line in the log."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from common.errors import PayloadTooLarge
from common.observability import count, logger, take_cold_start
from common.rendering import answer_to

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from common.tenancy import Tenant


class RequestScope:
    """Outermost layer of an app: request id, body cap, the last catch, the log line."""

    def __init__(self, app: ASGIApp, *, domain: str, max_body_bytes: int) -> None:
        self._app = app
        self._domain = domain
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        state = scope.setdefault("state", {})
        state["request_id"] = _request_id(scope)
        status = {"code": 500}

        async def send_and_note(message: Message) -> None:
            if message["type"] == "http.response.start":
                status["code"] = message["status"]
                message["headers"] = [*message.get("headers", []), (b"x-request-id", state["request_id"].encode())]
            await send(message)

        try:
            await self._app(scope, self._capped(receive), send_and_note)
        except Exception as error:  # noqa: BLE001 - the last catch: every answer has our shape
            await answer_to(error, state)(scope, receive, send_and_note)
        self._log(scope, status["code"], started)

    def _capped(self, receive: Receive) -> Receive:
        received = 0

        async def receive_capped() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_body_bytes:
                raise PayloadTooLarge(f"The body is larger than {self._max_body_bytes} bytes")
            return message

        return receive_capped

    def _log(self, scope: Scope, status: int, started: float) -> None:
        tenant: Tenant | None = scope["state"].get("tenant")
        if status >= 500:
            count("Http5xx")
        logger.info(
            "request",
            extra={
                "domain": self._domain,
                "request_id": scope["state"]["request_id"],
                "tenant": tenant.tenant_id if tenant else None,
                "method": scope["method"],
                "route": getattr(scope.get("route"), "path", None),
                "status": status,
                "duration_ms": round((time.perf_counter() - started) * 1000, 1),
                "cold_start": take_cold_start(),
            },
        )


def _request_id(scope: Scope) -> str:
    event: dict[str, Any] = scope.get("aws.event", {})
    return str(event.get("requestContext", {}).get("requestId") or uuid4())
