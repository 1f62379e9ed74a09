"""What routes of several domains ask for, made for the tenant of the request."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from common.api import CurrentSpending, CurrentTenant
from common.jobs import JobRepository, jobs_of
from common.providers.asking import Asking
from common.providers.choice import chat_model
from common.worlds import WorldRepository, worlds_of


async def _jobs(tenant: CurrentTenant) -> JobRepository:
    return jobs_of(tenant.tenant_id)


async def _worlds(tenant: CurrentTenant) -> WorldRepository:
    return worlds_of(tenant.tenant_id)


async def new_asking(tenant: CurrentTenant, spending: CurrentSpending) -> Asking:
    """Return a request's own way to ask the chat model."""
    return Asking(chat_model(tenant.tenant_id), spending=spending)


Jobs = Annotated[JobRepository, Depends(_jobs)]
Worlds = Annotated[WorldRepository, Depends(_worlds)]
Model = Annotated[Asking, Depends(new_asking)]
