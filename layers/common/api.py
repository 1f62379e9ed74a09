"""The application every domain is: tenancy, limits, errors in one shape, one log line per request.

The only file that builds a FastAPI app. A domain gives its router; `tenant_router` makes one whose every route
knows the tenant before the body is looked at, so a stranger learns nothing from how we parse. A route that calls models
says so with `spends`: it passes the ledger when it knows what it may cost, every other route before it begins.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from mangum import Mangum
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from common import aws
from common.errors import Busy, InvalidInput, MeddahError, MethodNotAllowed, NotFound, PayloadTooLarge
from common.faults import HEADER as FAULT_HEADER
from common.faults import demand_in, demanded
from common.idempotency import HEADER, REPLAYED, Answer, Once, Run, Sent, answers, key_in
from common.ledger import Meter
from common.observability import count, entry_point, logger, take_cold_start, trace_of
from common.player_tokens import PlayerScope
from common.spending import Spending
from common.tenancy import Tenant, tenants

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

VERSION = "0.1.0"
MAX_BODY_BYTES = 512 * 1024
_RETRY_AFTER_SECONDS = 2


class ErrorBody(BaseModel):
    """What went wrong."""

    code: str = Field(description="Stable name of the failure: switch on this.", examples=["CHAR_NOT_FOUND"])
    message: str = Field(description="For a programmer, in English.", examples=["Character 'char_x' not found"])
    details: dict[str, Any] = Field(description="More, by code; `errors` lists the fields of invalid input.")
    retryable: bool = Field(description="Whether the same request may work later.")
    request_id: str = Field(description="Quote this when you write to us.")


class ErrorResponse(BaseModel):
    """The one shape of every error."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "error": {
                    "code": "CHAR_NOT_FOUND",
                    "message": "Character 'char_01K00000000000000000000000' not found",
                    "details": {},
                    "retryable": False,
                    "request_id": "f1c8e0e6-2f0b-4b0e-9a51-0a3f6f0f9c11",
                }
            }
        }
    )

    error: ErrorBody


def error_answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return OpenAPI's `responses` for errors of these statuses."""
    meaning = {
        401: "No valid API key",
        403: "The key or token is valid, but not for this",
        404: "No such thing for this tenant",
        405: "The path exists, this method does not",
        409: "Somebody else changed the same thing; try again",
        413: "The body is too large",
        422: "Invalid input; `details.errors` names the fields",
        429: "A limit or a budget is reached; `details` names it, `Retry-After` says when to come again",
        500: "Our bug",
        502: "The model's vendor failed",
        503: "Busy; try again",
        504: "The model's vendor was too slow",
    }
    return {status: {"model": ErrorResponse, "description": meaning[status]} for status in statuses}


def _render(error: MeddahError, request_id: str) -> Response:
    body = ErrorBody(
        code=error.code,
        message=error.message,
        details=error.details,
        retryable=error.retryable,
        request_id=request_id,
    )
    headers: dict[str, str] = {}
    if error.status in {429, 503} or "retry_after" in error.details:
        headers["Retry-After"] = str(error.details.get("retry_after", _RETRY_AFTER_SECONDS))
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, MethodNotAllowed) and "allowed" in error.details:
        headers["Allow"] = ", ".join(error.details["allowed"])
    content = jsonable_encoder(ErrorResponse(error=body))
    return JSONResponse(content, status_code=error.status, headers=headers)


def _invalid(problems: Sequence[Mapping[str, Any]]) -> InvalidInput:
    """Name each bad field and why, without what was sent: that may be a player's text."""
    errors = [
        {
            "field": ".".join(str(part) for part in problem["loc"][1:] if problem["type"] != "json_invalid")
            or str(problem["loc"][0]),
            "reason": problem["msg"],
            "type": problem["type"],
        }
        for problem in problems[:20]
    ]
    return InvalidInput(f"Invalid input: {errors[0]['field']}: {errors[0]['reason']}", details={"errors": errors})


def _wrong_content_type(request: Request, problems: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the body was not read as JSON because it did not say that it is."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    unread = any(problem["loc"] == ("body",) and problem["type"] != "missing" for problem in problems)
    return unread and not (media_type == "application/json" or media_type.endswith("+json"))


def _as_meddah_error(error: Exception) -> MeddahError:
    """Translate what the framework and the AWS client raise; anything else is our bug."""
    if isinstance(error, MeddahError):
        return error
    if isinstance(error, RequestValidationError):
        return _invalid(error.errors())
    if isinstance(error.__cause__, PayloadTooLarge):
        return error.__cause__
    if isinstance(error, HTTPException):
        known = {404: NotFound("No such path"), 405: MethodNotAllowed("This path does not take this method")}
        return known.get(error.status_code) or InvalidInput.field("body", "cannot be read")
    if aws.is_busy(error):
        return Busy("Storage is busy; try again")
    return MeddahError("Internal error")


async def _answer_error(request: Request, error: Exception) -> Response:
    if isinstance(error, RequestValidationError) and _wrong_content_type(request, error.errors()):
        error = InvalidInput.field("body", "send JSON, with the header 'Content-Type: application/json'")
    known = _as_meddah_error(error)
    spending: Spending | None = getattr(request.state, "spending", None)
    if spending is None:
        return _render(known, request.state.request_id)
    if spending.spent:
        known.details = known.details | {"usage": spending.receipt().model_dump(mode="json")}
    answer = _render(known, request.state.request_id)
    answer.headers.update(spending.headers())
    return answer


class _RequestScope:
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
            translated = _as_meddah_error(error)
            if translated.code == MeddahError.code:
                logger.error("unhandled error", extra={"trace": trace_of(error)})
            await _render(translated, state["request_id"])(scope, receive, send_and_note)
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


_SPENDS = "x-meddah-spends"
_PLAYER_SCOPE = "x-meddah-player-scope"


def spends(what: str) -> dict[str, Any]:
    """Return the `openapi_extra` of a route that calls models: `text` or `image`, each with its limit, or `voice`."""
    return {_SPENDS: what}


def for_players(scope: PlayerScope) -> dict[str, Any]:
    """Return the `openapi_extra` of a route that a player token with `scope` may call; without it none may.

    Where the path names a character it has to be one of the token's.
    """
    return {_PLAYER_SCOPE: scope.value}


class _TenantRoute(APIRoute):
    """A route that checks the key before it reads anything else of the request, and settles what it spent."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Any]]:  # type: ignore[override]
        answer = super().get_route_handler()
        what: str | None = (self.openapi_extra or {}).get(_SPENDS)
        meter = Meter(what) if what in set(Meter) else None
        scope: str | None = (self.openapi_extra or {}).get(_PLAYER_SCOPE)

        async def carry_out(request: Request, once: Once | None = None) -> Response:
            spending = Spending.of(request.state.tenant, route=self.name, meter=meter)
            spending.once = once
            request.state.spending = spending
            if what is None:
                spending.admit()
            try:
                response = await answer(request)
            finally:
                spending.close()
            response.headers.update(spending.headers())
            return response

        async def authenticated(request: Request) -> Response:
            tenant = tenants().authenticate(request.headers.get("authorization"))
            request.state.tenant = tenant
            if tenant.player is not None:
                tenant.player.require(scope, character_id=request.path_params.get("character_id"))
            key = key_in(request.headers.getlist(HEADER)) if request.method == "POST" else None
            with demanded(demand_in(request.headers.getlist(FAULT_HEADER), tenant)):
                return await (carry_out(request) if key is None else _carry_out_once(request, key, carry_out))

        return authenticated


async def _carry_out_once(
    request: Request, key: str, carry_out: Callable[[Request, Once], Awaitable[Response]]
) -> Response:
    """Carry a request out and keep its answer, or answer as before; what did nothing frees its key.

    Before anything is counted: to ask again for an answer that was given costs nothing.
    """
    once = Once.of(
        request.state.tenant,
        key,
        Sent(request.url.path, request.scope["query_string"], await request.body()),
        route=f"{request.method} {request.scope['route'].path}",
        bearer=request.headers["authorization"].split()[-1],
    )
    run = answers().begin(once)
    if isinstance(run, Answer):
        return Response(run.body, run.status, headers={**run.headers, REPLAYED: "true"})
    try:
        response = await carry_out(request, once)
    except Exception as error:
        if not _has_spent(request):
            answers().free(run)
            raise
        refusal = _kept(run, await _answer_error(request, error))
        if isinstance(error, MeddahError):
            return refusal
        raise
    return _kept(run, response)


def _kept(run: Run, response: Response) -> Response:
    answers().keep(run, Answer(response.status_code, dict(response.headers), bytes(response.body)))
    return response


def _has_spent(request: Request) -> bool:
    spending: Spending | None = getattr(request.state, "spending", None)
    return spending is not None and spending.spent


_bearer = HTTPBearer(auto_error=False, description="Your API key, for example `demo-key-123` on the laptop stack.")


async def _tenant_of(request: Request) -> Tenant:
    return request.state.tenant


async def _spending_of(request: Request) -> Spending:
    return request.state.spending


CurrentTenant = Annotated[Tenant, Depends(_tenant_of)]
"""The tenant whose key the request carries."""
CurrentSpending = Annotated[Spending, Depends(_spending_of)]
"""What the request may spend."""


def tenant_router(prefix: str, tag: str) -> APIRouter:
    """Return a router whose every route needs a key."""
    return APIRouter(
        prefix=prefix,
        tags=[tag],
        route_class=_TenantRoute,
        dependencies=[Depends(_bearer)],
        responses=error_answers(401, 403, 413, 422, 429, 500, 503),
    )


def create_app(domain: str, *routers: APIRouter, max_body_bytes: int = MAX_BODY_BYTES) -> FastAPI:
    """Return the domain's application; bodies above `max_body_bytes` are refused with 413."""
    app = FastAPI(title=f"Meddah {domain}", version=VERSION, docs_url=None, redoc_url=None, openapi_url=None)
    for error in (MeddahError, RequestValidationError, HTTPException):
        app.add_exception_handler(error, _answer_error)
    app.add_middleware(_RequestScope, domain=domain, max_body_bytes=max_body_bytes)
    for router in routers:
        app.include_router(router)
    return app


def lambda_handler(app: FastAPI) -> Callable[[Any, Any], dict[str, Any]]:
    """Return the app as a Lambda handler for API Gateway's events (payload format 2.0)."""
    return entry_point(Mangum(app, lifespan="off"))
