"""From a studio's wish to an order a provider can carry out, and onwards to the vendor."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from common.config import TenantConfig
from common.errors import InvalidInput
from common.jobs import JobKind, Reuse, Vendor, start_job
from common.orders import Wish, extras_of
from common.providers import ImageOrder
from common.styles import CUSTOM, Style
from images.models import MAX_SEED, AvatarRequest, StyleInfo
from images.styles import avatar_prefix, background_prefix, portrait_words, scene_words

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from common.config import Quality, StyleTemplate
    from common.jobs import Extras, Job, JobRepository
    from common.providers import ImageGenerator, Submission
    from common.queues import TenantQueue
    from common.spending import Spending
    from images.models import BackgroundRequest

SUBMIT_SECONDS = 10.0
_STEPS = 28
"""Of a model that no quality level and no request speaks of."""
_AT_FIRST = TenantConfig()


def known_styles(config: TenantConfig) -> list[StyleInfo]:
    """Return every style a tenant can order, and its words without those of a quality level."""
    presets = [
        StyleInfo(
            style=style.value,
            kind="preset",
            avatar_prompt=avatar_prefix(style),
            background_prompt=background_prefix(style),
        )
        for style in Style
        if style not in config.style_templates
    ]
    return presets + [
        StyleInfo(
            style=name,
            kind="template",
            avatar_prompt=portrait_words(template),
            background_prompt=scene_words(template),
        )
        for name, template in config.style_templates.items()
    ]


def avatar_order(request: AvatarRequest, random: Random, *, config: TenantConfig = _AT_FIRST) -> ImageOrder:
    """Return the order of a portrait; a missing seed is drawn here, so that the answer can name it.

    Raises:
        InvalidInput: neither a preset nor a style of the tenant's own.
    """
    style, prefix = _style(request, config, preset=avatar_prefix, own=portrait_words)
    prompt = f"{prefix}, {request.description}, {request.world_tone}"
    return _order(request, random, config, style=style, prompt=prompt, subject="avatar")


def background_order(request: BackgroundRequest, random: Random, *, config: TenantConfig = _AT_FIRST) -> ImageOrder:
    """Return the order of a scene, as `avatar_order`."""
    style, prefix = _style(request, config, preset=background_prefix, own=scene_words)
    prompt = f"{prefix}, {request.prompt}"
    return _order(request, random, config, style=style, prompt=prompt, subject="background")


def _style(
    request: AvatarRequest | BackgroundRequest,
    config: TenantConfig,
    *,
    preset: Callable[[Style], str],
    own: Callable[[StyleTemplate, Quality], str],
) -> tuple[str, str]:
    """Return what the order's style is called, and its words: the request's own, a template's or a preset's."""
    name = request.style or config.default_style
    template = config.style_templates.get(name)
    if template is None and name not in set(Style):
        known = ", ".join(info.style for info in known_styles(config))
        raise InvalidInput.field("style", f"not one of {known}")
    if request.custom_style_prompt:
        return CUSTOM, request.custom_style_prompt
    if template is not None:
        return CUSTOM, own(template, request.quality or config.default_quality)
    return name, preset(Style(name))


def _order(
    request: AvatarRequest | BackgroundRequest,
    random: Random,
    config: TenantConfig,
    *,
    style: str,
    prompt: str,
    subject: str,
) -> ImageOrder:
    """Return the order; the steps of a quality level belong to its model and not to one that the request names."""
    level = config.quality_levels.of(request.quality or config.default_quality)
    model = request.model or level.model
    steps = level.num_inference_steps if model == level.model else _STEPS
    return ImageOrder(
        prompt=prompt,
        style=style,
        subject=subject,
        width=request.width,
        height=request.height,
        seed=request.seed if request.seed is not None else random.randint(0, MAX_SEED),
        guidance_scale=request.guidance_scale,
        num_inference_steps=request.num_inference_steps or steps,
        model=model,
        negative_prompt=request.negative_prompt,
        safety_level=config.safety_level.value,
    )


def reuse_of(
    request: AvatarRequest | BackgroundRequest, order: ImageOrder, *, config: TenantConfig = _AT_FIRST
) -> Reuse | None:
    """Return how a picture may be one made before; None where it is to be a new one: without a seed each is."""
    if request.seed is None or not request.cache:
        return None
    return Reuse.of(JobKind.IMAGE, asdict(order), config.cache)


def picture_wish(
    request: AvatarRequest | BackgroundRequest,
    random: Random,
    *,
    jobs: JobRepository,
    queue: TenantQueue,
    generator: ImageGenerator,
    config: TenantConfig = _AT_FIRST,
) -> Wish:
    """Return how one picture is ordered.

    Raises:
        InvalidInput: neither a preset nor a style of the tenant's own.
    """
    if isinstance(request, AvatarRequest):
        order = avatar_order(request, random, config=config)
    else:
        order = background_order(request, random, config=config)
    reuse = reuse_of(request, order, config=config)

    most = generator.ceiling_microusd(order)

    def start(spending: Spending, extras: Extras) -> Job:
        spending.for_player(request.user_id)
        return start_job(
            JobKind.IMAGE,
            asdict(order),
            max_microusd=most,
            jobs=jobs,
            queue=queue,
            spending=spending,
            reuse=reuse,
            extras=extras,
        )

    return Wish(least_microusd=0 if reuse else most, extras=extras_of(request, order.subject), start=start)


def image_vendor(generator: ImageGenerator) -> Vendor:
    """Return how pictures reach `generator`."""

    async def submit(job: Job, callback_url: str | None) -> Submission:
        return await generator.submit(ImageOrder(**job.order), callback_url=callback_url, timeout=SUBMIT_SECONDS)

    async def cancel(job: Job, request_id: str) -> bool:
        return await generator.cancel(request_id, ImageOrder(**job.order), timeout=SUBMIT_SECONDS)

    return Vendor(submit=submit, cancel=cancel, resubmittable=generator.resubmittable)
