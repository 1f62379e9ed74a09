"""HTTP routes of the images domain."""

from __future__ import annotations

from random import SystemRandom

from common.api import tenant_router
from common.dependencies import Jobs
from common.jobs import JobAccepted, image_queue
from images.models import AvatarRequest, BackgroundRequest, StyleInfo, StyleListResponse
from images.service import avatar_order, background_order, request_image
from images.styles import Style, avatar_prefix, background_prefix

router = tenant_router("/v1/images", "Images")


@router.post("/avatar", status_code=202, response_model=JobAccepted)
async def create_avatar(request: AvatarRequest, jobs: Jobs) -> JobAccepted:
    """Order a portrait of a character.

    Answers at once with a job. Poll `GET /v1/jobs/{job_id}`; its result holds `image_url`, `seed_used`, `width`,
    `height` and `inference_time_ms`.
    """
    return JobAccepted.of(request_image(avatar_order(request, SystemRandom()), jobs=jobs, queue=image_queue()))


@router.post("/background", status_code=202, response_model=JobAccepted)
async def create_background(request: BackgroundRequest, jobs: Jobs) -> JobAccepted:
    """Order a scene without characters. Answers at once with a job, like a portrait."""
    return JobAccepted.of(request_image(background_order(request, SystemRandom()), jobs=jobs, queue=image_queue()))


@router.get("/styles", response_model=StyleListResponse)
async def list_styles() -> StyleListResponse:
    """List the style presets and the words they stand for."""
    return StyleListResponse(
        styles=[
            StyleInfo(style=style, avatar_prompt=avatar_prefix(style), background_prompt=background_prefix(style))
            for style in Style
        ]
    )
