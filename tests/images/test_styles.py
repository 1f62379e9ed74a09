"""What a tenant's own settings make of a picture: styles, quality levels, the care of the vendor's check."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from common.accounts import accounts
from common.config import SafetyLevel, TenantConfig
from common.errors import InvalidInput
from common.jobs import jobs_of
from common.keys import Mode
from common.providers import ImageOrder
from common.tenancy import tenants
from images.api import app
from images.models import AvatarRequest, BackgroundRequest
from images.service import avatar_order, background_order, known_styles
from images.styles import avatar_prefix
from tests.support.deployment import Deployment
from tests.support.http import BOB, Studio

MINIATURE = {
    "base_prompt": "Ottoman miniature, gold leaf",
    "transformation_instruction": "Transform the person into a court painting",
    "quality_modifiers": {"low": "quick sketch", "high": "museum quality"},
}
TENANT = "tenant_demo"


def settings(**fields: Any) -> TenantConfig:
    return TenantConfig.model_validate({"style_templates": {"minyatur": MINIATURE}, **fields})


def avatar(config: TenantConfig, **wish: Any) -> ImageOrder:
    return avatar_order(AvatarRequest(description="bir şifacı", seed=1, **wish), Random(1), config=config)


def background(config: TenantConfig, **wish: Any) -> ImageOrder:
    return background_order(BackgroundRequest(prompt="bir kale", seed=1, **wish), Random(1), config=config)


# ── Styles ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_template_is_joined_as_a_presets_words_are() -> None:
    words = "Transform the person into a court painting, Ottoman miniature, gold leaf"

    assert avatar(settings(), style="minyatur").prompt == f"{words}, bir şifacı, fantazi"
    assert (
        avatar(settings(), style="minyatur", quality="high").prompt == f"{words}, museum quality, bir şifacı, fantazi"
    )


def test_a_scene_has_nobody_to_be_transformed() -> None:
    order = background(settings(), style="minyatur", quality="low")

    assert order.prompt == "Ottoman miniature, gold leaf, quick sketch, bir kale"


def test_the_modifier_of_the_default_quality_stands_where_none_is_named() -> None:
    order = background(settings(default_quality="high"), style="minyatur")

    assert order.prompt == "Ottoman miniature, gold leaf, museum quality, bir kale"


def test_the_default_style_is_that_of_a_picture_that_names_none() -> None:
    assert avatar(settings(default_style="anime")).style == "anime"
    assert avatar(settings(default_style="minyatur")).prompt.startswith("Transform the person")
    assert avatar(settings(default_style="minyatur"), style="realistic").style == "realistic"


def test_a_studios_words_in_the_order_itself_come_before_every_style() -> None:
    order = avatar(settings(default_style="minyatur"), custom_style_prompt="Suluboya", style="minyatur", quality="high")

    assert (order.style, order.prompt) == ("custom", "Suluboya, bir şifacı, fantazi")


@pytest.mark.parametrize("wish", [{}, {"custom_style_prompt": "Suluboya"}])
def test_an_unknown_style_is_refused_with_those_that_are_known(wish: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        background(settings(), style="kroki", **wish)

    assert refused.value.details["errors"] == [
        {
            "field": "style",
            "reason": "not one of pixel_art, realistic, anime, painterly, minyatur",
            "type": "value_error",
        }
    ]


def test_a_template_whose_name_becomes_a_presets_stays_the_studios() -> None:
    config = settings(style_templates={"anime": MINIATURE})

    assert avatar(config, style="anime").style == "custom"
    assert [(one.style, one.kind) for one in known_styles(config) if one.style == "anime"] == [("anime", "template")]


# ── Quality ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("wish", "model", "steps"),
    [
        ({}, "dev", 28),
        ({"quality": "low"}, "schnell", 4),
        ({"quality": "high"}, "pro", 28),
        ({"quality": "low", "num_inference_steps": 11}, "schnell", 11),
        ({"quality": "low", "model": "schnell"}, "schnell", 4),
        ({"quality": "low", "model": "dev"}, "dev", 28),
        ({"model": "schnell"}, "schnell", 28),
        ({"quality": "high", "model": "dev", "num_inference_steps": 50}, "dev", 50),
    ],
)
def test_a_level_sets_model_and_steps_unless_the_request_names_them(
    wish: dict[str, Any], model: str, steps: int
) -> None:
    for order in (avatar(TenantConfig(), **wish), background(TenantConfig(), **wish)):
        assert (order.model, order.num_inference_steps) == (model, steps)


def test_a_tenants_own_levels_and_default_level_are_in_force() -> None:
    config = settings(default_quality="low", quality_levels={"low": {"model": "dev", "num_inference_steps": 15}})

    assert (avatar(config).model, avatar(config).num_inference_steps) == ("dev", 15)
    assert avatar(config, quality="high").model == "pro"


@pytest.mark.parametrize("level", SafetyLevel)
def test_the_safety_level_travels_with_the_order(level: SafetyLevel) -> None:
    assert avatar(settings(safety_level=level)).safety_level == level.value


# ── Over HTTP ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def studio(deployment: Deployment) -> Studio:
    config = settings(default_style="minyatur", default_quality="high", safety_level="strict")
    accounts().change(TENANT, lambda account: account.with_config(Mode.LIVE, config))
    tenants.cache_clear()
    return Studio(app)


@pytest.mark.parametrize("kind", ["avatar", "background"])
async def test_an_order_follows_the_settings_of_its_tenant(studio: Studio, kind: str) -> None:
    words = {"avatar": {"description": "bir şifacı"}, "background": {"prompt": "bir kale"}}[kind]
    job_id = (await studio.post(f"/v1/images/{kind}", **words)).json()["job_id"]

    order = jobs_of(TENANT).get(job_id).order
    assert "Ottoman miniature, gold leaf, museum quality" in order["prompt"]
    assert (order["model"], order["safety_level"], order["style"]) == ("pro", "strict", "custom")


async def test_another_tenants_template_is_an_unknown_style(studio: Studio) -> None:
    answer = await Studio(app, BOB).post("/v1/images/avatar", description="bir şifacı", style="minyatur")

    assert answer.status_code == 422
    (problem,) = answer.json()["error"]["details"]["errors"]
    assert problem == {
        "field": "style",
        "reason": "not one of pixel_art, realistic, anime, painterly",
        "type": "value_error",
    }


async def test_presets_and_templates_are_listed_together(studio: Studio) -> None:
    listed = (await studio.get("/v1/images/styles")).json()

    assert listed["default_style"] == "minyatur"
    assert [(one["style"], one["kind"]) for one in listed["styles"]] == [
        ("pixel_art", "preset"),
        ("realistic", "preset"),
        ("anime", "preset"),
        ("painterly", "preset"),
        ("minyatur", "template"),
    ]
    *_, anime, _, own = listed["styles"]
    assert anime["avatar_prompt"] == avatar_prefix("anime")  # type: ignore[arg-type]
    assert own["background_prompt"] == "Ottoman miniature, gold leaf"
    assert own["avatar_prompt"] == "Transform the person into a court painting, Ottoman miniature, gold leaf"
    assert [one["kind"] for one in (await Studio(app, BOB).get("/v1/images/styles")).json()["styles"]] == ["preset"] * 4
