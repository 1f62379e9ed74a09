"""From a studio's wish to an order a provider can carry out, and onwards to the vendor."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from common.jobs import JobKind, Vendor, start_job
from common.providers import ImageOrder
from images.models import MAX_SEED
from images.styles import CUSTOM, avatar_prefix, background_prefix

if TYPE_CHECKING:
    from random import Random

    from common.jobs import Job, JobRepository
    from common.providers import ImageGenerator, Submission
    from common.queues import TenantQueue
    from common.spending import Spending
    from images.models import AvatarRequest, BackgroundRequest

SUBMIT_SECONDS = 10.0


def avatar_order(request: AvatarRequest, random: Random) -> ImageOrder:
    """Return the order of a portrait; a missing seed is drawn here, so that the answer can name it."""
    prefix = request.custom_style_prompt or avatar_prefix(request.style)
    return _order(request, f"{prefix}, {request.description}, {request.world_tone}", "avatar", random)


def background_order(request: BackgroundRequest, random: Random) -> ImageOrder:
    """Return the order of a scene; a missing seed is drawn here, so that the answer can name it."""
    prefix = request.custom_style_prompt or background_prefix(request.style)
    return _order(request, f"{prefix}, {request.prompt}", "background", random)


def _order(request: AvatarRequest | BackgroundRequest, prompt: str, subject: str, random: Random) -> ImageOrder:
    return ImageOrder(
        prompt=prompt,
        style=CUSTOM if request.custom_style_prompt else request.style.value,
        subject=subject,
        width=request.width,
        height=request.height,
        seed=request.seed if request.seed is not None else random.randint(0, MAX_SEED),
        guidance_scale=request.guidance_scale,
        num_inference_steps=request.num_inference_steps,
        model=request.model,
        negative_prompt=request.negative_prompt,
    )


def request_image(
    order: ImageOrder, *, jobs: JobRepository, queue: TenantQueue, generator: ImageGenerator, spending: Spending
) -> Job:
    """Store the job of one picture and queue it.

    Raises:
        LimitReached, BudgetExhausted: the tenant may not order it.
    """
    most = generator.ceiling_microusd(order)
    return start_job(JobKind.IMAGE, asdict(order), max_microusd=most, jobs=jobs, queue=queue, spending=spending)


def image_vendor(generator: ImageGenerator) -> Vendor:
    """Return how pictures reach `generator`."""

    async def submit(job: Job, callback_url: str | None) -> Submission:
        return await generator.submit(ImageOrder(**job.order), callback_url=callback_url, timeout=SUBMIT_SECONDS)

    async def cancel(job: Job, request_id: str) -> bool:
        return await generator.cancel(request_id, ImageOrder(**job.order), timeout=SUBMIT_SECONDS)

    return Vendor(submit=submit, cancel=cancel, resubmittable=generator.resubmittable)
