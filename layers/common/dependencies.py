"""What routes of several domains ask for, made for the tenant of the request."""

from __future__ import annotations

from random import Random, SystemRandom
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request

from common.api import CurrentSpending, CurrentTenant, error_answers
from common.jobs import ClientId, JobAccepted, JobRepository, Patience, jobs_of
from common.jobs.waits import MOST_SECONDS
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


async def _patience(
    wait: Annotated[
        int,
        Query(
            ge=0,
            le=MOST_SECONDS,
            description="Hold the answer until it has ended, at most so many seconds (0–25).",
        ),
    ] = 0,
) -> Patience:
    return Patience(wait)


async def new_asking(tenant: CurrentTenant, spending: CurrentSpending) -> Asking:
    """Return a request's own way to ask the chat model."""
    return Asking(chat_model(tenant.tenant_id), spending=spending)


Jobs = Annotated[JobRepository, Depends(_jobs)]
Wait = Annotated[Patience, Depends(_patience)]
OwnId = Annotated[ClientId, Path(description="Your own id of the job: 1–64 letters, digits, `_` and `-`.")]
NAMED_BEFORE: dict[int | str, dict[str, Any]] = {
    200: {"model": JobAccepted, "description": "The same order stood under this id: its job, which is not paid again"},
    **error_answers(409),
}
"""OpenAPI's `responses` of an order under a studio's own id."""
Worlds = Annotated[WorldRepository, Depends(_worlds)]
Chance = Annotated[Random, Depends(_chance)]
"""What is left to chance; with a test key the same for the same request."""
Model = Annotated[Asking, Depends(new_asking)]
