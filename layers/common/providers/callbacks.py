"""Where the vendor is to call back when a job is done, and whether to believe what is said there.

The address names the job and carries a token that only we can make, and the delivery is signed by the vendor.
"""

# ruff: noqa: PLC0415 - the sandbox calls nobody back, and pays for none of this

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from common.clock import Clock, wall_clock
from common.errors import NotFound, Unauthorized
from common.settings import settings
from common.tenancy import is_test

if TYPE_CHECKING:
    from collections.abc import Mapping

PATH = "/v1/vendor/fal"
_NOT_NEEDED = {"prompt"}
"""Fields of a result that quote the order: nobody needs them in a queue."""


@dataclass(frozen=True, slots=True)
class Word:
    """The vendor's word that an order is done."""

    request_id: str
    output: dict[str, Any] | None
    """The result, or why there is none, if it was told; otherwise the vendor has to be asked."""


def callback_url(tenant_id: str, job_id: str) -> str | None:
    """Return the address of one job's callback; None where nobody can call us, or nobody will: the sandbox."""
    public_url = settings().public_url
    if public_url is None or settings().provider != "fal" or is_test(tenant_id):
        return None
    from common.providers.fal.credentials import fal_key
    from common.providers.fal.webhooks import callback_token

    token = callback_token(tenant_id, job_id, fal_key())
    return f"{public_url.rstrip('/')}{PATH}?{urlencode({'tenant': tenant_id, 'job': job_id, 'token': token})}"


async def believe(
    headers: Mapping[str, str],
    raw_body: bytes,
    *,
    tenant_id: str,
    job_id: str,
    token: str,
    clock: Clock = wall_clock,
) -> Word:
    """Return what a delivery to a job's callback address says.

    Raises:
        Unauthorized: the token is not this job's, or the vendor has not signed it just now.
        NotFound: this deployment's vendor never calls back.
        ProviderUnavailable: the vendor's keys cannot be had; it will deliver again.
    """
    if settings().provider != "fal":
        raise NotFound("No such path")
    from common.providers.fal.credentials import fal_key
    from common.providers.fal.webhooks import check_callback_token, verify_delivery

    if not check_callback_token(token, tenant_id, job_id, key=fal_key()):
        raise Unauthorized("Not a callback address of ours")
    delivery = await verify_delivery(headers, raw_body, now=clock())
    if delivery is None:
        raise Unauthorized("Not signed by the vendor")
    told = delivery.payload or {}
    output = {name: value for name, value in told.items() if name not in _NOT_NEEDED}
    return Word(request_id=delivery.request_id, output=output or None)
