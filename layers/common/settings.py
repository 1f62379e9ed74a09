"""The environment, typed: the only place that reads it. `template.yaml` sets every name."""

from __future__ import annotations

import os
from functools import cache

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Names of what this deployment owns. A field `jobs_table` is read from `JOBS_TABLE`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    stage: str
    provider: str
    """`sandbox` or `fal`: which adapters stand behind the ports."""

    fal_key: str | None = None
    """The key itself: only on a laptop. In AWS it is in the SSM parameter below."""
    fal_key_parameter: str | None = None
    fal_run_url: str = "https://fal.run"
    fal_queue_url: str = "https://queue.fal.run"
    fal_rest_url: str = "https://rest.fal.ai"
    fal_media_hosts: str = "v3.fal.media,v3b.fal.media,fal.media"
    """Hosts, with their ports where not the usual, from which results may be fetched; separated by commas."""
    fal_webhook_jwks_url: str | None = None
    """Where fal publishes its webhook keys; by default on the rest host."""
    fal_user_id: str | None = None
    """Our account at fal: where set, webhooks of other accounts are strangers'."""
    public_url: str | None = None
    """Where the vendor can reach us. Unset (a laptop with a real key): we ask instead of being told."""
    outbound_loopback: bool = False
    """Whether studios' addresses may be this machine's: only on a laptop, never in `template.yaml`."""

    characters_table: str
    worlds_table: str
    memory_table: str
    jobs_table: str
    tenants_table: str
    """API keys, by their hash."""
    accounts_table: str
    usage_table: str
    idempotency_table: str
    cache_table: str
    webhooks_table: str
    assets_bucket: str

    image_queue_url: str
    image_urgent_queue_url: str
    speech_queue_url: str
    speech_urgent_queue_url: str
    finish_queue_url: str
    memory_queue_url: str
    webhook_queue_url: str
    """Events to hand to endpoints, and deliveries to make."""


@cache
def settings() -> Settings:
    """Return the settings of this process, read once.

    Raises:
        pydantic.ValidationError: a name is missing; the function cannot work and says which.
    """
    found = {name: os.environ.get(name.upper()) for name in Settings.model_fields}
    return Settings.model_validate({name: value for name, value in found.items() if value})
