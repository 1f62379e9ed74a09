"""FLUX on fal's queue (https://fal.ai/models/fal-ai/flux/dev, …/schnell, https://fal.ai/models/fal-ai/flux-pro/v1.1)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast

from common.config import SafetyLevel
from common.errors import ProviderError, ProviderRejected
from common.prices import in_force, prices, soon_in_force
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

_STEP = 32
"""Pixels: sides that are no multiple may come back rounded, up or down."""


class FalImageGenerator:
    """An `ImageGenerator`; nothing FLUX draws is drawn twice for one submission."""

    resubmittable = False

    def ceiling_microusd(self, order: ImageOrder) -> int:
        """Return what the picture costs by begun megapixels, if FLUX draws it a step larger than it was ordered."""
        megapixels = _stepped(order.width) * _stepped(order.height) / 1_000_000
        return max((price.of(megapixels) for price in soon_in_force(prices().images.get(order.model, ()))), default=0)

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
            ProviderModerated: fal's safety check flagged it, or returned it black, or returned none. It is billed
                all the same, as is everything that was made and did not reach us.
        """
        ends = time.monotonic() + timeout
        made = told(output, "images") or await fal.result(_model(order).endpoint, request_id, timeout=timeout)
        if made is None:
            return None
        try:
            return await _media(made, order, timeout=ends - time.monotonic())
        except ProviderError as error:
            error.usages = (_usage(made, order, _told_size(made.body, order)),)
            raise

    async def cancel(self, request_id: str, order: ImageOrder, *, timeout: float) -> bool:
        """Take the order out of the queue, or tell its runner to stop."""
        return await fal.cancel(_model(order).endpoint, request_id, timeout=timeout)


async def _media(made: Output, order: ImageOrder, *, timeout: float) -> Media:
    image = _image(made.body)
    file = await fetch(str(image.get("url")), Kind.PICTURE, timeout=timeout)
    if not is_picture(file.content, file.content_type):
        raise bad_answer()
    if is_black(file.content):
        raise moderated("black_picture")
    size = png_size(file.content) or _told_size(made.body, order)
    return Media(file.content, file.content_type, _facts(made, order, size), _usage(made, order, size))


def _stepped(side: int) -> int:
    return -(-side // _STEP) * _STEP


def _told_size(body: Mapping[str, Any], order: ImageOrder) -> tuple[int, int]:
    """Return the size a result names for its first image; the one ordered where it names none."""
    images = body.get("images")
    image = cast("list[Any]", images)[0] if isinstance(images, list) and images else None
    sides = (
        [number(cast("dict[str, Any]", image), name) or 0 for name in ("width", "height")]
        if isinstance(image, dict)
        else []
    )
    return (int(sides[0]), int(sides[1])) if sides and min(sides) >= 1 else (order.width, order.height)


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
        **model.safety[SafetyLevel(order.safety_level)],
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


def _facts(made: Output, order: ImageOrder, size: tuple[int, int]) -> dict[str, int | float | str]:
    seed, steps = number(made.body, "seed"), _steps(order, _model(order))
    facts: dict[str, int | float | str] = {
        "seed_used": order.seed if seed is None else int(seed),
        "width": size[0],
        "height": size[1],
        "inference_time_ms": _inference_ms(made),
    }
    return facts if steps is None else {**facts, "num_inference_steps": steps}


def _inference_ms(made: Output) -> int:
    timings = made.body.get("timings")
    timed = number(cast("dict[str, Any]", timings), "inference") if isinstance(timings, dict) else made.seconds
    return round((timed or 0) * 1000)


def _usage(made: Output, order: ImageOrder, size: tuple[int, int]) -> Usage:
    """Return what it cost: by what fal counts where it says so, else by begun megapixels, which is how it counts."""
    megapixels, price = size[0] * size[1] / 1_000_000, in_force(prices().images[order.model])
    units = made.billable_units
    return Usage(
        model=_model(order).endpoint,
        cost_microusd=price.of(megapixels) if units is None else price.of_units(units),
        megapixels=round(megapixels, 6),
        provider_ms=_inference_ms(made),
    )
