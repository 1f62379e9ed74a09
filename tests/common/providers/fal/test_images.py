"""FLUX: what is ordered, what comes back, and what is withheld."""

from __future__ import annotations

import io
import json
import struct
import zlib
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from common.config import SafetyLevel
from common.errors import (
    ProviderBadAnswer,
    ProviderError,
    ProviderModerated,
    ProviderRejected,
    ProviderResultGone,
)
from common.providers import ImageGenerator, ImageOrder, Submission
from common.providers.fal.images import FalImageGenerator
from common.providers.fal.pictures import is_black
from tests.support.fal_wire import FalWire, Reply

ID = "764cabcf-b745-4b3e-ae38-1200304cf45b"
ORDER = ImageOrder(
    prompt="karlı bir kale",
    style="realistic",
    subject="background",
    width=640,
    height=512,
    seed=7,
    guidance_scale=7.5,
    num_inference_steps=28,
    model="dev",
    negative_prompt="insanlar",
)


def png(mode: str = "RGB", colour: Any = (10, 20, 30), size: tuple[int, int] = (640, 512), **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, "PNG", **options)
    return file.getvalue()


def generator() -> ImageGenerator:
    return FalImageGenerator()


def made(fal: FalWire, **more: Any) -> dict[str, Any]:
    image = {"url": f"{fal.url}/files/a.png", "width": 640, "height": 512, "content_type": "image/png"}
    return {"images": [image], "seed": 99, "has_nsfw_concepts": [False], "timings": {"inference": 1.25}, **more}


def with_file(fal: FalWire, content: bytes, content_type: str = "image/png") -> FalWire:
    return fal.on("GET", "/files/a.png", Reply(content, content_type=content_type))


async def ordered(fal: FalWire, order: ImageOrder) -> dict[str, Any]:
    base = f"{fal.url}/queue/x/y/requests/{ID}"
    urls = {"response_url": base, "status_url": f"{base}/status", "cancel_url": f"{base}/cancel"}
    fal.on("POST", ".*", Reply({"request_id": ID, **urls}))
    submission = await generator().submit(order, callback_url="https://meddah.example/hook", timeout=5)
    assert submission == Submission(ID, ready=False)
    assert fal.requests[-1].query == {"fal_webhook": ["https://meddah.example/hook"]}
    return {"path": fal.requests[-1].path, **fal.requests[-1].json()}


async def test_dev_takes_steps_and_guidance_and_no_negative_prompt(fal: FalWire) -> None:
    assert await ordered(fal, ORDER) == {
        "path": "/queue/fal-ai/flux/dev",
        "prompt": "karlı bir kale\n\nThe picture must not show: insanlar",
        "image_size": {"width": 640, "height": 512},
        "num_images": 1,
        "seed": 7,
        "output_format": "png",
        "num_inference_steps": 28,
        "guidance_scale": 7.5,
        "enable_safety_checker": True,
    }


async def test_schnell_takes_at_most_twelve_steps(fal: FalWire) -> None:
    sent = await ordered(fal, replace(ORDER, model="schnell", negative_prompt=None))

    assert (sent["path"], sent["num_inference_steps"]) == ("/queue/fal-ai/flux/schnell", 12)
    assert sent["prompt"] == "karlı bir kale"


async def test_pro_takes_neither_steps_nor_guidance(fal: FalWire) -> None:
    sent = await ordered(fal, replace(ORDER, model="pro"))

    assert sent["path"] == "/queue/fal-ai/flux-pro/v1.1"
    assert sent["safety_tolerance"] == "2"
    assert not {"num_inference_steps", "guidance_scale", "enable_safety_checker"} & sent.keys()


async def test_an_unknown_model_is_refused_here(fal: FalWire) -> None:
    with pytest.raises(ProviderRejected):
        await generator().submit(replace(ORDER, model="ultra"), callback_url=None, timeout=5)

    assert not fal.requests


async def test_a_webhooks_payload_is_enough_to_fetch_the_picture(fal: FalWire) -> None:
    content = png()
    with_file(fal, content)

    media = await generator().collect(ID, ORDER, output=made(fal), timeout=5)

    assert media is not None
    assert (media.content, media.content_type) == (content, "image/png")
    assert media.facts == {
        "seed_used": 99,
        "width": 640,
        "height": 512,
        "inference_time_ms": 1250,
        "num_inference_steps": 28,
    }
    assert json.loads(json.dumps(dict(media.facts))) == media.facts
    usage = media.usage
    assert (usage.model, usage.cost_microusd, usage.megapixels) == ("fal-ai/flux/dev", 25_000, 0.32768)
    assert [request.path for request in fal.requests] == ["/files/a.png"]
    assert "authorization" not in fal.requests[0].headers


async def test_without_a_payload_the_queue_is_asked(fal: FalWire) -> None:
    with_file(fal, png())
    fal.on(
        "GET",
        ".*/status",
        Reply({"status": "IN_PROGRESS", "logs": None}, status=202),
        Reply({"status": "COMPLETED", "logs": None, "metrics": {"inference_time": 2.0}}),
    )
    result = made(fal)
    del result["timings"]
    fal.on("GET", f".*/requests/{ID}", Reply(result, headers={"X-Fal-Billable-Units": "0.5"}))
    order = replace(ORDER, model="pro")

    assert await generator().collect(ID, order, timeout=5) is None
    media = await generator().collect(ID, order, output={}, timeout=5)

    assert media is not None
    assert media.usage.cost_microusd == 20_000
    assert media.facts["inference_time_ms"] == 2000
    assert "num_inference_steps" not in media.facts
    assert fal.requests[0].path == f"/queue/fal-ai/flux-pro/requests/{ID}/status"


@pytest.mark.parametrize("more", [{"has_nsfw_concepts": [True]}, {"images": [], "has_nsfw_concepts": []}])
async def test_what_the_safety_check_withheld_is_not_fetched_but_paid_for(fal: FalWire, more: dict[str, Any]) -> None:
    with pytest.raises(ProviderModerated) as caught:
        await generator().collect(ID, ORDER, output=made(fal, **more), timeout=5)

    assert not fal.requests
    assert [(usage.model, usage.cost_microusd) for usage in caught.value.usages] == [("fal-ai/flux/dev", 25_000)]


async def test_a_black_picture_is_a_moderated_one(fal: FalWire) -> None:
    with_file(fal, png(colour=(0, 0, 0)))

    with pytest.raises(ProviderModerated) as caught:
        await generator().collect(ID, ORDER, output=made(fal), timeout=5)
    assert [usage.cost_microusd for usage in caught.value.usages] == [25_000]


@pytest.mark.parametrize(
    ("content", "content_type"), [(b"<html>", "image/png"), (png(), "image/jpeg"), (png(), "text/html")]
)
async def test_what_is_no_picture_is_not_handed_on(fal: FalWire, content: bytes, content_type: str) -> None:
    with_file(fal, content, content_type)

    with pytest.raises(ProviderBadAnswer):
        await generator().collect(ID, ORDER, output=made(fal), timeout=5)


async def test_a_webhook_that_tells_a_failure_ends_the_order(fal: FalWire) -> None:
    refused = {"detail": [{"loc": ["body", "prompt"], "type": "content_policy_violation"}]}

    with pytest.raises(ProviderModerated) as moderated:
        await generator().collect(ID, ORDER, output=refused, timeout=5)
    assert moderated.value.usages == ()
    with pytest.raises(ProviderError) as error:
        await generator().collect(ID, ORDER, output={"detail": "internal"}, timeout=5)
    assert not error.value.retryable


@pytest.mark.parametrize("images", [None, "x", [None], [{}]])
async def test_a_result_of_another_form_is_no_result(fal: FalWire, images: Any) -> None:
    with pytest.raises(ProviderError):
        await generator().collect(ID, ORDER, output=made(fal, images=images), timeout=5)


async def test_a_picture_that_has_expired_is_gone(fal: FalWire) -> None:
    fal.on("GET", "/files/a.png", Reply(status=404))

    with pytest.raises(ProviderResultGone):
        await generator().collect(ID, ORDER, output=made(fal), timeout=5)


@pytest.mark.parametrize(
    ("model", "size", "expected"),
    [
        ("dev", (992, 992), 25_000),
        ("dev", (1_000, 1_000), 50_000),
        ("schnell", (64, 64), 3_000),
        ("pro", (2_048, 1_024), 120_000),
        ("ultra", (64, 64), 0),
    ],
)
def test_the_ceiling_counts_begun_megapixels_of_sides_rounded_up(
    model: str, size: tuple[int, int], expected: int
) -> None:
    order = replace(ORDER, model=model, width=size[0], height=size[1])

    assert generator().ceiling_microusd(order) == expected


@pytest.mark.parametrize(("drawn", "cost"), [((992, 992), 25_000), ((1_024, 1_024), 50_000)])
async def test_a_picture_drawn_in_steps_costs_no_more_than_its_ceiling(
    fal: FalWire, drawn: tuple[int, int], cost: int
) -> None:
    order = replace(ORDER, width=1_000, height=1_000)
    with_file(fal, png(size=drawn))

    media = await generator().collect(ID, order, output=made(fal), timeout=5)

    assert media is not None
    assert media.usage.cost_microusd == cost <= generator().ceiling_microusd(order)


@pytest.mark.parametrize(
    "sides", [{}, {"width": 0, "height": 512}, {"width": -640, "height": 512}, {"width": "640", "height": 512}]
)
async def test_a_picture_of_no_known_size_costs_what_was_ordered(fal: FalWire, sides: dict[str, Any]) -> None:
    image = {"url": f"{fal.url}/files/a.png", "content_type": "image/jpeg", **sides}
    fal.on("GET", "/files/a.png", Reply(b"\xff\xd8\xff", content_type="image/jpeg"))

    media = await generator().collect(ID, ORDER, output=made(fal, images=[image]), timeout=5)

    assert media is not None
    assert (media.usage.cost_microusd, media.facts["width"], media.facts["height"]) == (25_000, 640, 512)


async def test_a_withheld_picture_costs_the_size_it_was_drawn_in(fal: FalWire) -> None:
    image = {"url": f"{fal.url}/files/a.png", "width": 1_024, "height": 1_024}

    with pytest.raises(ProviderModerated) as caught:
        await generator().collect(ID, ORDER, output=made(fal, images=[image], has_nsfw_concepts=[True]), timeout=5)

    assert [usage.cost_microusd for usage in caught.value.usages] == [50_000]


async def test_an_order_can_be_cancelled(fal: FalWire) -> None:
    fal.on("PUT", f"/queue/fal-ai/flux/requests/{ID}/cancel", Reply({"status": "CANCELLATION_REQUESTED"}, status=202))

    assert await generator().cancel(ID, ORDER, timeout=5)


@pytest.mark.parametrize(
    ("content", "black"),
    [
        (png("RGB", (0, 0, 0)), True),
        (png("RGBA", (0, 0, 0, 255)), True),
        (png("L", 0), True),
        (png("LA", (0, 255)), True),
        (png("I;16", 0), True),
        (png("RGB", (0, 0, 1)), False),
        (png("RGBA", (0, 0, 1, 255)), False),
        (png("L", 1), False),
        (png("P", 0), False),
        (b"", False),
        (b"GIF89a" + bytes(100), False),
        (png("RGB", (0, 0, 0))[:60], False),
    ],
)
def test_black_is_black_in_every_form_it_can_be_told(content: bytes, black: bool) -> None:
    assert is_black(content) is black


def test_one_bright_pixel_in_the_last_corner_is_a_picture() -> None:
    picture = Image.new("RGB", (300, 200))
    picture.putpixel((299, 199), (0, 0, 1))
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)

    assert not is_black(file.getvalue())


def test_a_picture_that_claims_to_be_huge_is_not_inflated() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(50_000_000), 9))

    assert not is_black(bomb)


@pytest.mark.parametrize("model", ["dev", "schnell"])
async def test_the_safety_checker_is_on_at_every_level(fal: FalWire, model: str) -> None:
    for level in SafetyLevel:
        sent = await ordered(fal, replace(ORDER, model=model, safety_level=level.value))
        assert sent["enable_safety_checker"] is True


async def test_the_safety_level_is_the_tolerance_of_pro(fal: FalWire) -> None:
    sent = [await ordered(fal, replace(ORDER, model="pro", safety_level=level.value)) for level in SafetyLevel]

    assert [one["safety_tolerance"] for one in sent] == ["1", "2", "3"]
