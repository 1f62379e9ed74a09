"""HTTP routes of the images domain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Response

from common.api import CurrentSpending, CurrentTenant, spends, tenant_router
from common.dependencies import NAMED_BEFORE, Chance, Jobs, OwnId, Wait
from common.events import outbox_of
from common.jobs import JobAccepted, Patience, await_end, image_queue
from common.orders import BatchAccepted, Labels, Wish, named_order, order_batch, placed
from common.providers.choice import image_generator
from images.models import AvatarRequest, BackgroundRequest, PictureBatchRequest, StyleListResponse
from images.service import known_styles, picture_wish

if TYPE_CHECKING:
    from random import Random

    from common.jobs import JobRepository
    from common.spending import Spending
    from common.tenancy import Tenant

router = tenant_router("/v1/images", "Images")


@dataclass(frozen=True, slots=True)
class _Studio:
    """Who orders, and with what."""

    tenant: Tenant
    jobs: JobRepository
    spending: Spending
    random: Random
    labels: Labels

    def wish(self, request: AvatarRequest | BackgroundRequest) -> Wish:
        self.labels.check(request)
        return picture_wish(
            request,
            self.random,
            jobs=self.jobs,
            queue=image_queue(),
            generator=image_generator(self.tenant.tenant_id),
            config=self.tenant.config,
        )

    async def order(self, request: AvatarRequest | BackgroundRequest, *, wait: Patience) -> JobAccepted:
        job = self.wish(request).order(self.spending)
        return JobAccepted.of(await await_end(job, jobs=self.jobs, seconds=wait.left))

    async def put(
        self, request: AvatarRequest | BackgroundRequest, client_id: str, response: Response, *, wait: Patience
    ) -> JobAccepted:
        job, is_new = named_order(self.wish(request), client_id, spending=self.spending)
        response.status_code = 202 if is_new else 200
        return JobAccepted.of(await await_end(job, jobs=self.jobs, seconds=wait.left))


async def _studio(tenant: CurrentTenant, jobs: Jobs, spending: CurrentSpending, chance: Chance) -> _Studio:
    labels = Labels(outbox_of(tenant.tenant_id), tenant.player)
    return _Studio(tenant, jobs, spending, random=chance, labels=labels)


Studio = Annotated[_Studio, Depends(_studio)]


@router.post("/avatar", status_code=202, response_model=JobAccepted, openapi_extra=spends("image"))
async def create_avatar(request: AvatarRequest, studio: Studio, wait: Wait) -> JobAccepted:
    """Order a portrait of a character.

    Answers at once with a job. Poll `GET /v1/jobs/{job_id}`; its result holds `image_url`, `seed_used`, `width`,
    `height` and `inference_time_ms`. The same order with the same `seed` is answered with the job that makes it now, or
    with one that is completed already and cost nothing. With `wait` the answer comes when the job has ended, or after
    so many seconds as it then stands.
    """
    return await studio.order(request, wait=wait)


@router.post("/background", status_code=202, response_model=JobAccepted, openapi_extra=spends("image"))
async def create_background(request: BackgroundRequest, studio: Studio, wait: Wait) -> JobAccepted:
    """Order a scene without characters. Answers at once with a job, like a portrait."""
    return await studio.order(request, wait=wait)


@router.post(
    "/batch",
    status_code=202,
    response_model=BatchAccepted,
    response_model_exclude_none=True,
    openapi_extra=spends("image"),
)
async def create_pictures(request: PictureBatchRequest, studio: Studio) -> BatchAccepted:
    """Order up to 100 portraits and scenes in one call.

    Each is a job of its own and counts for itself; watch all of them as `GET /v1/jobs/batches/{batch_id}`. What a limit
    or a budget refuses is named in its place; where nothing could be ordered, the answer is that refusal. Invalid
    input anywhere is a 422 of the whole, and nothing is ordered.
    """
    studio.labels.check_callback(request.callback_url)
    wishes = [placed(index, lambda one=one: studio.wish(one)) for index, one in enumerate(request.orders)]
    return order_batch(wishes, jobs=studio.jobs, spending=studio.spending, callback_url=request.callback_url)


@router.put(
    "/avatar/{client_id}",
    status_code=202,
    response_model=JobAccepted,
    responses=NAMED_BEFORE,
    openapi_extra=spends("image"),
)
async def put_avatar(  # noqa: PLR0917 - FastAPI hands over what a route needs
    client_id: OwnId, request: AvatarRequest, studio: Studio, response: Response, wait: Wait
) -> JobAccepted:
    """Order a portrait under an id of your own.

    Sent again, the same order is answered with the same job and not paid again, as long as the job is kept: 200, with
    its present status. Another order under the id is a 409. `GET /v1/jobs/{client_id}` finds it too.
    """
    return await studio.put(request, client_id, response, wait=wait)


@router.put(
    "/background/{client_id}",
    status_code=202,
    response_model=JobAccepted,
    responses=NAMED_BEFORE,
    openapi_extra=spends("image"),
)
async def put_background(  # noqa: PLR0917 - FastAPI hands over what a route needs
    client_id: OwnId, request: BackgroundRequest, studio: Studio, response: Response, wait: Wait
) -> JobAccepted:
    """Order a scene under an id of your own, like a portrait."""
    return await studio.put(request, client_id, response, wait=wait)


@router.get("/styles", response_model=StyleListResponse)
async def list_styles(tenant: CurrentTenant) -> StyleListResponse:
    """List the styles you can order and the words they stand for: the presets and your own `style_templates`."""
    return StyleListResponse(default_style=tenant.config.default_style, styles=known_styles(tenant.config))
