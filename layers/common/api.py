"""The application every domain is: tenancy, limits, errors in one shape, one log line per request.

The only file that builds a FastAPI app. A domain gives its router; `tenant_router` makes one whose every route
knows the tenant before the body is looked at, so a stranger learns nothing from how we parse. A route that calls models
says so with `spends`: it passes the ledger when it knows what it may cost, every other route before it begins.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from mangum import Mangum
from starlette.exceptions import HTTPException

from common.errors import MeddahError
from common.faults import HEADER as FAULT_HEADER
from common.faults import demand_in, demanded
from common.idempotency import HEADER, REPLAYED, Answer, Once, Run, Sent, answers, key_in
from common.ledger import Meter
from common.observability import entry_point
from common.player_tokens import PlayerScope
from common.rendering import answer_to, error_answers, final_answer_to, unread
from common.request_scope import RequestScope
from common.spending import Spending
from common.tenancy import Tenant, tenants

__all__ = [
    "MAX_BODY_BYTES",
    "SPENDS",
    "VERSION",
    "CurrentSpending",
    "CurrentTenant",
    "create_app",
    "error_answers",
    "for_players",
    "lambda_handler",
    "spends",
    "tenant_router",
]

VERSION = "0.1.0"
MAX_BODY_BYTES = 512 * 1024


async def _answer_error(request: Request, error: Exception) -> Response:
    return answer_to(_plain(request, error), request.scope["state"])


def _plain(request: Request, error: Exception) -> Exception:
    """Return `error`, or what it comes from where a body does not say that it is JSON."""
    if not isinstance(error, RequestValidationError):
        return error
    return unread(error, request.headers.get("content-type", "")) or error


SPENDS = "x-meddah-spends"
"""What the document says of an operation that calls models."""
_PLAYER_SCOPE = "x-meddah-player-scope"


def spends(what: str) -> dict[str, Any]:
    """Return the `openapi_extra` of a route that calls models: `text` or `image`, each with its limit, or `voice`."""
    return {SPENDS: what}


def for_players(scope: PlayerScope) -> dict[str, Any]:
    """Return the `openapi_extra` of a route that a player token with `scope` may call; without it none may.

    Where the path names a character it has to be one of the token's.
    """
    return {_PLAYER_SCOPE: scope.value}


class _TenantRoute(APIRoute):
    """A route that checks the key before it reads anything else of the request, and settles what it spent."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Any]]:  # type: ignore[override]
        answer = super().get_route_handler()
        what: str | None = (self.openapi_extra or {}).get(SPENDS)
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
            tenant = request.state.tenant = tenants().authenticate(request.headers.get("authorization"))
            with _counted_if_refused(request):
                if tenant.player is not None:
                    tenant.player.require(scope, character_id=request.path_params.get("character_id"))
                key = key_in(request.headers.getlist(HEADER)) if request.method == "POST" else None
                with demanded(demand_in(request.headers.getlist(FAULT_HEADER), tenant)):
                    return await (carry_out(request) if key is None else _carry_out_once(request, key, carry_out))

        return authenticated


@contextmanager
def _counted_if_refused(request: Request) -> Generator[None]:
    """Count a request that is refused before it is carried out, as any other whose key or token is known.

    Raises:
        LimitReached: it may not pass; that is the answer then.
    """
    try:
        yield
    except MeddahError:
        if not hasattr(request.state, "spending"):
            _count(request)
        raise


def _count(request: Request) -> Spending:
    """Count a request that spends nothing."""
    spending = Spending.of(request.state.tenant, route=request.scope["route"].name)
    request.state.spending = spending
    spending.admit()
    return spending


async def _carry_out_once(
    request: Request, key: str, carry_out: Callable[[Request, Once], Awaitable[Response]]
) -> Response:
    """Carry a request out and keep its answer, or answer as before; what did nothing frees its key.

    What is answered as before is a request as any other: it is counted, and costs nothing else.
    """
    once = Once.of(
        request.state.tenant,
        key,
        Sent(
            request.url.path,
            request.scope["query_string"],
            await request.body(),
            fault=request.headers.get(FAULT_HEADER, ""),
        ),
        route=f"{request.method} {request.scope['route'].path}",
        bearer=request.headers["authorization"].split()[-1],
    )
    run = answers().begin(once)
    if isinstance(run, Answer):
        headers = {**run.headers, **_count(request).headers(), REPLAYED: "true"}
        return Response(run.body, run.status, headers=headers)
    try:
        response = await carry_out(request, once)
    except Exception as error:
        if not _has_spent(request):
            answers().free(run)
            raise
        response = final_answer_to(_plain(request, error), request.scope["state"])
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
    app.add_middleware(RequestScope, domain=domain, max_body_bytes=max_body_bytes)
    for router in routers:
        app.include_router(router)
    return app


def lambda_handler(app: FastAPI) -> Callable[[Any, Any], dict[str, Any]]:
    """Return the app as a Lambda handler for API Gateway's events (payload format 2.0)."""
    return entry_point(Mangum(app, lifespan="off"))
