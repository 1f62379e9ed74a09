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
    """`sandbox`: which adapters stand behind the ports."""

    characters_table: str
    worlds_table: str
    memory_table: str
    jobs_table: str
    tenants_table: str
    assets_bucket: str

    image_queue_url: str
    speech_queue_url: str
    finish_queue_url: str
    memory_queue_url: str


@cache
def settings() -> Settings:
    """Return the settings of this process, read once.

    Raises:
        pydantic.ValidationError: a name is missing; the function cannot work and says which.
    """
    return Settings.model_validate({name: os.environ.get(name.upper()) for name in Settings.model_fields})
