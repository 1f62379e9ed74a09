"""HTTP routes of the images domain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends

from common.api import CurrentSpending, CurrentTenant, spends, tenant_router
from common.dependencies import Chance, Jobs
from common.jobs import Job, JobAccepted, image_queue
from common.providers import ImageOrder
from common.providers.choice import image_generator
from images.models import AvatarRequest, BackgroundRequest, StyleListResponse
from images.service import avatar_order, background_order, known_styles, request_image, reuse_of

router = tenant_router("/v1/images", "Images")


Order = Callable[[AvatarRequest | BackgroundRequest, ImageOrder], Job]


async def _ordering(tenant: CurrentTenant, jobs: Jobs, spending: CurrentSpending) -> Order:
    def order(request: AvatarRequest | BackgroundRequest, picture: ImageOrder) -> Job:
        spending.for_player(request.user_id)
        return request_image(
            picture,
            jobs=jobs,
            queue=image_queue(),
            generator=image_generator(tenant.tenant_id),
            spending=spending,
            reuse=reuse_of(request, picture, config=tenant.config),
        )

    return order


Ordering = Annotated[Order, Depends(_ordering)]


@router.post("/avatar", status_code=202, response_model=JobAccepted, openapi_extra=spends("image"))
async def create_avatar(request: AvatarRequest, tenant: CurrentTenant, order: Ordering, chance: Chance) -> JobAccepted:
    """Order a portrait of a character.

    Answers at once with a job. Poll `GET /v1/jobs/{job_id}`; its result holds `image_url`, `seed_used`, `width`,
    `height` and `inference_time_ms`. The same order with the same `seed` is answered with the job that makes it now, or
    with one that is completed already and cost nothing.
    """
    return JobAccepted.of(order(request, avatar_order(request, chance, config=tenant.config)))


@router.post("/background", status_code=202, response_model=JobAccepted, openapi_extra=spends("image"))
async def create_background(
    request: BackgroundRequest, tenant: CurrentTenant, order: Ordering, chance: Chance
) -> JobAccepted:
    """Order a scene without characters. Answers at once with a job, like a portrait."""
    return JobAccepted.of(order(request, background_order(request, chance, config=tenant.config)))


@router.get("/styles", response_model=StyleListResponse)
async def list_styles(tenant: CurrentTenant) -> StyleListResponse:
    """List the styles you can order and the words they stand for: the presets and your own `style_templates`."""
    return StyleListResponse(default_style=tenant.config.default_style, styles=known_styles(tenant.config))
