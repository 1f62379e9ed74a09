"""Pictures over HTTP, and the seed's limits: each bound from inside and from outside."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from common.jobs import JobKind, jobs_of
from images.api import app
from tests.support.deployment import Deployment
from tests.support.http import Studio

REQUIRED = {"avatar": {"description": "Kızıl saçlı bir şifacı"}, "background": {"prompt": "Karlı dağlar"}}


@pytest.fixture
def studio(deployment: Deployment) -> Studio:
    return Studio(app)


def _fields(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [one["field"] for one in answer.json()["error"]["details"]["errors"]]


async def _order(studio: Studio, kind: str, **fields: Any) -> dict[str, Any]:
    answer = await studio.post(f"/v1/images/{kind}", **{**REQUIRED[kind], **fields})
    assert answer.status_code == 202, answer.text
    assert (set(answer.json()), answer.json()["status"]) == ({"job_id", "status"}, "pending")
    job = jobs_of("tenant_demo").get(answer.json()["job_id"])
    assert job.kind is JobKind.IMAGE
    return job.order


async def test_an_avatar_is_ordered_with_the_seeds_defaults(studio: Studio) -> None:
    order = await _order(studio, "avatar")

    assert 0 <= order.pop("seed") < 2**32
    prompt = order.pop("prompt")
    assert prompt.startswith("2D pixel art game character portrait")
    assert prompt.endswith("Kızıl saçlı bir şifacı, fantazi")
    assert order == {
        "style": "pixel_art",
        "subject": "avatar",
        "width": 512,
        "height": 512,
        "guidance_scale": 7.5,
        "num_inference_steps": 28,
        "model": "dev",
        "negative_prompt": None,
        "safety_level": "standard",
    }


async def test_a_background_is_ordered_with_the_seeds_defaults(studio: Studio) -> None:
    order = await _order(studio, "background")

    assert (order["width"], order["height"], order["subject"]) == (1344, 768, "background")
    assert order["prompt"].endswith("Karlı dağlar")


async def test_every_parameter_reaches_the_order(studio: Studio) -> None:
    wish = {"width": 300, "height": 400, "guidance_scale": 3.5, "num_inference_steps": 12, "seed": 0}
    order = await _order(studio, "avatar", **wish, negative_prompt="bulanık", model="pro", style="anime")

    assert {name: order[name] for name in wish} == wish
    assert (order["negative_prompt"], order["model"], order["style"]) == ("bulanık", "pro", "anime")


async def test_a_studios_own_style_stands_in_place_of_the_preset(studio: Studio) -> None:
    order = await _order(studio, "background", custom_style_prompt="Osmanlı minyatürü", style="realistic")

    assert order["style"] == "custom"
    assert order["prompt"] == "Osmanlı minyatürü, Karlı dağlar"


async def test_a_job_is_queued_without_a_word_of_the_order(studio: Studio, deployment: Deployment) -> None:
    await _order(studio, "avatar")

    (message,) = deployment.received(deployment.settings.image_queue_url)
    assert set(json.loads(message)) == {"tenant_id", "job_id", "urgent", "woken"}


COMMON: list[tuple[str, list[Any], list[Any]]] = [
    ("guidance_scale", [1, 1.0, 20.0], [0.99, 20.01, "x", None]),
    ("num_inference_steps", [10, 50, None], [9, 51, 10.5]),
    ("seed", [0, 2**32 - 1, None], [-1, 2**32, 1.5, "x"]),
    ("negative_prompt", ["x", "x" * 300, None], ["", "x" * 301]),
    ("custom_style_prompt", ["x", "x" * 300, None], ["", "x" * 301]),
    ("style", ["pixel_art", "realistic", "anime", "painterly"], ["custom", "cubism", "", "Anime", 7]),
    ("quality", ["low", "medium", "high", None], ["ultra", "", 1]),
    ("model", ["dev", "schnell", "pro", None], ["ultra", ""]),
]
BOUNDS: list[tuple[str, str, list[Any], list[Any]]] = [
    *(("avatar", *bound) for bound in COMMON),
    *(("background", *bound) for bound in COMMON),
    ("avatar", "width", [256, 1024], [255, 1025, 300.5, None]),
    ("avatar", "height", [256, 1024], [255, 1025]),
    ("background", "width", [512, 2048], [511, 2049]),
    ("background", "height", [512, 2048], [511, 2049, "x"]),
    ("avatar", "description", ["x", "ş" * 2_000], ["", "x" * 2_001, None, 7]),
    ("avatar", "world_tone", ["x", "x" * 80], ["", "x" * 81, None]),
    ("background", "prompt", ["x", "ş" * 2_000], ["", "x" * 2_001, None]),
]


@pytest.mark.parametrize(
    ("kind", "field", "inside", "outside"), BOUNDS, ids=[f"{kind} {field}" for kind, field, _, _ in BOUNDS]
)
async def test_every_field_has_its_bounds(
    studio: Studio, deployment: Deployment, kind: str, field: str, inside: list[Any], outside: list[Any]
) -> None:
    for value in inside:
        await _order(studio, kind, **{field: value})
    for value in outside:
        answer = await studio.post(f"/v1/images/{kind}", **{**REQUIRED[kind], field: value})
        assert _fields(answer) == [field]

    assert len(deployment.received(deployment.settings.image_queue_url)) == len(inside)


@pytest.mark.parametrize(
    ("kind", "body", "field"),
    [
        ("avatar", {}, "description"),
        ("background", {}, "prompt"),
        ("avatar", {"description": "x", "prompt": "x"}, "prompt"),
        ("background", {"prompt": "x", "world_tone": "x"}, "world_tone"),
        ("avatar", {"description": "x", "language": "tr"}, "language"),
    ],
)
async def test_what_is_missing_or_unknown_is_named(studio: Studio, kind: str, body: dict[str, Any], field: str) -> None:
    assert _fields(await studio.post(f"/v1/images/{kind}", **body)) == [field]


async def test_the_styles_say_what_they_add(studio: Studio) -> None:
    styles = (await studio.get("/v1/images/styles")).json()["styles"]

    assert [one["style"] for one in styles] == ["pixel_art", "realistic", "anime", "painterly"]
    for one in styles:
        order = await _order(studio, "avatar", style=one["style"])
        assert order["prompt"].startswith(one["avatar_prompt"])
        order = await _order(studio, "background", style=one["style"])
        assert order["prompt"].startswith(one["background_prompt"])
