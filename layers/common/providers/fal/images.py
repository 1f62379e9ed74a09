"""FLUX on fal's queue (https://fal.ai/models/fal-ai/flux/dev, …/schnell, https://fal.ai/models/fal-ai/flux-pro/v1.1)."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, cast

from common.errors import ProviderRejected
from common.providers import Media, Submission, Usage
from common.providers.fal import client as fal
from common.providers.fal.downloads import Kind, fetch
from common.providers.fal.errors import bad_answer, moderated
from common.providers.fal.models import ImageModel, models
from common.providers.fal.pictures import is_black, is_picture, png_size
from common.providers.fal.results import number, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.providers import ImageOrder
    from common.providers.fal.client import Output


class FalImageGenerator:
    """An `ImageGenerator`; nothing FLUX draws is drawn twice for one submission."""

    resubmittable = False

    async def submit(self, order: ImageOrder, *, callback_url: str | None, timeout: float) -> Submission:
        """Put the order into fal's queue; the webhook comes when it has ended."""
        model = _model(order)
        request_id = await fal.submit(
            model.endpoint, _arguments(order, model), callback_url=callback_url, timeout=timeout
        )
        return Submission(request_id, ready=False)

    async def collect(
        self, request_id: str, order: ImageOrder, *, output: Mapping[str, Any] | None = None, timeout: float
    ) -> Media | None:
        """Fetch the picture; `output` may also be the payload of a webhook that tells a failure.

        Raises:
            ProviderModerated: fal's safety check flagged it, or returned it black, or returned none.
        """
        ends = time.monotonic() + timeout
        model = _model(order)
        made = told(output, "images") or await fal.result(model.endpoint, request_id, timeout=timeout)
        if made is None:
            return None
        image = _image(made.body)
        file = await fetch(str(image.get("url")), Kind.PICTURE, timeout=ends - time.monotonic())
        if not is_picture(file.content, file.content_type):
            raise bad_answer()
        if is_black(file.content):
            raise moderated("black_picture")
        width, height = png_size(file.content) or (int(number(image, "width") or 0), int(number(image, "height") or 0))
        facts = _facts(made, order, model, size=(width, height))
        usage = _usage(model, made, width * height / 1_000_000, facts["inference_time_ms"])
        return Media(file.content, file.content_type, facts, usage)

    async def cancel(self, request_id: str, order: ImageOrder, *, timeout: float) -> bool:
        """Take the order out of the queue, or tell its runner to stop."""
        return await fal.cancel(_model(order).endpoint, request_id, timeout=timeout)


def _model(order: ImageOrder) -> ImageModel:
    model = models().images.get(order.model)
    if model is None:
        raise ProviderRejected("No such model", details={"reason": "unknown_model", "models": sorted(models().images)})
    return model


def _arguments(order: ImageOrder, model: ImageModel) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "prompt": _prompt(order),
        "image_size": {"width": order.width, "height": order.height},
        "num_images": 1,
        "seed": order.seed,
        "output_format": "png",
        **model.fixed,
    }
    steps = _steps(order, model)
    if steps is not None:
        arguments["num_inference_steps"] = steps
    if model.guidance is not None:
        arguments["guidance_scale"] = _within(order.guidance_scale, model.guidance)
    return arguments


def _prompt(order: ImageOrder) -> str:
    """Return the prompt, with what shall not be seen in words: no FLUX model takes a `negative_prompt`."""
    if not order.negative_prompt:
        return order.prompt
    return f"{order.prompt}\n\nThe picture must not show: {order.negative_prompt}"


def _steps(order: ImageOrder, model: ImageModel) -> int | None:
    return None if model.steps is None else round(_within(order.num_inference_steps, model.steps))


def _within(value: float, bounds: tuple[float, float]) -> float:
    return max(bounds[0], min(bounds[1], value))


def _image(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the one image of a result that the safety check let through."""
    flags, images = body.get("has_nsfw_concepts"), body.get("images")
    if isinstance(flags, list) and any(cast("list[Any]", flags)):
        raise moderated("has_nsfw_concepts")
    if images == []:
        raise moderated("no_picture")
    first = cast("list[Any]", images)[0] if isinstance(images, list) else None
    if not isinstance(first, dict):
        raise bad_answer()
    return cast("dict[str, Any]", first)


def _facts(
    made: Output, order: ImageOrder, model: ImageModel, *, size: tuple[int, int]
) -> dict[str, int | float | str]:
    timings, seed = made.body.get("timings"), number(made.body, "seed")
    timed = number(cast("dict[str, Any]", timings), "inference") if isinstance(timings, dict) else made.seconds
    facts: dict[str, int | float | str] = {
        "seed_used": order.seed if seed is None else int(seed),
        "width": size[0],
        "height": size[1],
        "inference_time_ms": round((timed or 0) * 1000),
    }
    steps = _steps(order, model)
    return facts if steps is None else {**facts, "num_inference_steps": steps}


def _usage(model: ImageModel, made: Output, megapixels: float, provider_ms: float | str) -> Usage:
    """Return what it cost: by what fal counts where it says so, else by whole megapixels, which is how it counts."""
    units = made.billable_units if made.billable_units is not None else math.ceil(megapixels)
    return Usage(
        model=model.endpoint,
        cost_microusd=round(units * model.microusd_per_megapixel),
        megapixels=round(megapixels, 6),
        provider_ms=int(provider_ms),
    )
