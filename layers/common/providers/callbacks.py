"""Where the vendor is to call back when a job is done."""

from __future__ import annotations

from urllib.parse import urlencode

from common.settings import settings

PATH = "/v1/vendor/fal"


def callback_url(tenant_id: str, job_id: str) -> str | None:
    """Return the address that names the job and proves that we named it; None where nobody can call us.

    The proof is a MAC made with a key derived from the vendor's own key: it takes both that address and the vendor's
    signature to say that a job is done.
    """
    public_url = settings().public_url
    if public_url is None or settings().provider != "fal":
        return None
    from common.providers.fal.credentials import fal_key  # noqa: PLC0415 - the sandbox has neither key nor callback
    from common.providers.fal.webhooks import callback_token  # noqa: PLC0415

    token = callback_token(tenant_id, job_id, fal_key())
    return f"{public_url.rstrip('/')}{PATH}?{urlencode({'tenant': tenant_id, 'job': job_id, 'token': token})}"
