"""Endpoints and their secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from common.clock import new_id
from common.outbound.names import check_public
from webhooks.models import DisabledReason, Endpoint
from webhooks.signing import new_secret

if TYPE_CHECKING:
    from common.outbound.names import Resolver
    from webhooks.models import EndpointChanges, EndpointRequest, Signing
    from webhooks.repository import Endpoints


async def create_endpoint(request: EndpointRequest, *, endpoints: Endpoints, resolve: Resolver | None) -> Endpoint:
    """Return a new endpoint with a new secret.

    `resolve` looks its name up; None where only the form is checked. Every delivery looks again.

    Raises:
        InvalidInput: the name cannot be resolved, or leads to an address that is not public.
        TooMany: there are as many as there may be.
    """
    await _check(request.url, resolve)
    now = endpoints.clock()
    wish = request.model_dump()
    endpoint = Endpoint(id=new_id("whk"), **wish, secret=new_secret(), created_at=now, updated_at=now)
    endpoints.add(endpoint)
    return endpoint


async def change_endpoint(
    endpoint_id: str, request: EndpointChanges, *, endpoints: Endpoints, resolve: Resolver | None
) -> Endpoint:
    """Return an endpoint as it is after a change; a new address, or being enabled, makes it begin without failures.

    Raises:
        NotFound: no such endpoint. InvalidInput: as `create_endpoint`.
    """
    if request.url is not None:
        await _check(request.url, resolve)
    changes: dict[str, Any] = request.model_dump(exclude_unset=True, exclude={"enabled"})
    if request.enabled is not None:
        changes["disabled"] = None if request.enabled else DisabledReason.PAUSED.value
    if request.enabled or request.url is not None:
        changes["failing_since"] = None
    return endpoints.change(endpoint_id, changes | {"updated_at": endpoints.clock()})


def rotate_secret(endpoint_id: str, overlap: int, *, endpoints: Endpoints) -> Endpoint:
    """Return an endpoint with a new secret; the one before signs too for `overlap` seconds, any older one no more.

    Raises:
        NotFound: no such endpoint. Conflict: another rotation was quicker.
    """
    endpoint = endpoints.get(endpoint_id)
    now = endpoints.clock()
    return endpoints.rotate(endpoint, _rotated(endpoint, overlap, now) | {"updated_at": now})


def rotate_callbacks(overlap: int, *, endpoints: Endpoints) -> Signing:
    """Return a new secret for the `callback_url` of jobs, which may be the first.

    Raises:
        Conflict: another rotation was quicker.
    """
    seen = endpoints.callbacks()
    return endpoints.rotate_callbacks(seen, _rotated(seen, overlap, endpoints.clock()))


def _rotated(signing: Signing | None, overlap: int, now: float) -> dict[str, Any]:
    kept = signing is not None and overlap > 0
    return {
        "secret": new_secret(),
        "former_secret": signing.secret if signing is not None and kept else None,
        "former_until": now + overlap if kept else 0,
    }


async def _check(url: str, resolve: Resolver | None) -> None:
    if resolve is not None:
        await check_public(url, field="url", resolve=resolve)
