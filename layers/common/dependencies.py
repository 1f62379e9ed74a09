"""What routes of several domains ask for, made for the tenant of the request."""

from __future__ import annotations

from random import Random, SystemRandom
from typing import Annotated

from fastapi import Depends, Request

from common.api import CurrentSpending, CurrentTenant
from common.jobs import JobRepository, jobs_of
from common.keys import Mode
from common.providers.asking import Asking
from common.providers.choice import chat_model
from common.worlds import WorldRepository, worlds_of


async def _jobs(tenant: CurrentTenant) -> JobRepository:
    return jobs_of(tenant.tenant_id)


async def _worlds(tenant: CurrentTenant) -> WorldRepository:
    return worlds_of(tenant.tenant_id)


async def _chance(request: Request, tenant: CurrentTenant) -> Random:
    if tenant.mode is not Mode.TEST:
        return SystemRandom()
    asked = b"\n".join((request.method.encode(), request.url.path.encode(), await request.body()))
    return Random(asked)  # noqa: S311 - nobody is to be surprised


async def new_asking(tenant: CurrentTenant, spending: CurrentSpending) -> Asking:
    """Return a request's own way to ask the chat model."""
    return Asking(chat_model(tenant.tenant_id), spending=spending)


Jobs = Annotated[JobRepository, Depends(_jobs)]
Worlds = Annotated[WorldRepository, Depends(_worlds)]
Chance = Annotated[Random, Depends(_chance)]
"""What is left to chance; with a test key the same for the same request."""
Model = Annotated[Asking, Depends(new_asking)]
