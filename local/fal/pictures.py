"""The drawing models: FLUX dev, schnell, pro and ultra, each with its own fields, sizes and answers.

https://fal.ai/docs/model-api-reference/image-generation-api/flux-dev and its neighbours.
"""

import base64
import secrets
from functools import lru_cache

from local.fal.finishing import black_picture, picture
from local.fal.inputs import FluxDev, FluxPro, FluxSchnell, FluxUltra, checked
from local.fal.making import Made, Making
from local.fal.wire import Fields, platform_error, refused
from local.fal.wishes import Wish

_MEGAPIXEL = 1_000_000
_EXTENSIONS = {"jpeg": "jpg", "png": "png"}
_Flux = FluxDev | FluxPro | FluxUltra


def dev(arguments: Fields, making: Making) -> Made:
    """`fal-ai/flux/dev`."""
    return _billed_by_megapixel(checked(FluxDev, arguments), making)


def schnell(arguments: Fields, making: Making) -> Made:
    """`fal-ai/flux/schnell`."""
    return _billed_by_megapixel(checked(FluxSchnell, arguments), making)


def pro(arguments: Fields, making: Making) -> Made:
    """`fal-ai/flux-pro/v1.1`: says less about its pictures."""
    return _billed_by_megapixel(checked(FluxPro, arguments), making)


def ultra(arguments: Fields, making: Making) -> Made:
    """`fal-ai/flux-pro/v1.1-ultra`: billed by the picture."""
    asked = checked(FluxUltra, arguments)
    return Made(_output(asked, making), float(asked.num_images))


def _billed_by_megapixel(asked: FluxDev | FluxPro, making: Making) -> Made:
    width, height = asked.size()
    return Made(_output(asked, making), float(-(-width * height // _MEGAPIXEL) * asked.num_images))


def _output(asked: _Flux, making: Making) -> Fields:
    _heed_markers(asked.prompt)
    seed = secrets.randbelow(2**32) if asked.seed is None else asked.seed
    flagged = making.rules.find("nsfw") is not None
    count = 0 if making.rules.find("no_pictures") else asked.num_images
    return {
        "images": [_image(asked, seed + index, making) for index in range(count)],
        "timings": {"inference": round(0.4 + asked.size()[0] * asked.size()[1] / _MEGAPIXEL, 3)},
        "seed": seed,
        "has_nsfw_concepts": [flagged] * count,
        "prompt": asked.prompt,
    }


def _image(asked: _Flux, seed: int, making: Making) -> Fields:
    width, height = asked.size()
    wish = Wish(asked.prompt, seed, width, height)
    drawn = black_picture if making.rules.find("black", "nsfw") else _drawn
    content = drawn(wish, asked.output_format)
    content_type = f"image/{asked.output_format}"
    if asked.sync_mode:
        url = f"data:{content_type};base64,{base64.b64encode(content).decode()}"
    else:
        url = making.keep(content, content_type, _EXTENSIONS[asked.output_format])
    image = {"url": url, "width": width, "height": height, "content_type": content_type}
    if isinstance(asked, FluxDev):
        return {**image, "file_name": None, "file_size": None}
    return image


@lru_cache(maxsize=32)
def _drawn(wish: Wish, output_format: str) -> bytes:
    return picture(wish, output_format)


def _heed_markers(prompt: str) -> None:
    """Fail as a prompt asks with the sandbox's markers."""
    if "[sandbox:rejected]" in prompt:
        raise refused(422, "content_policy_violation", "The content was flagged by a content checker.")
    if "[sandbox:unavailable]" in prompt:
        raise platform_error(503, "runner_disconnected", "The runner is not available")
