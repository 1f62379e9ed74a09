"""The same picture over HTTP: which orders are the same, and what a studio gets for it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from common.accounts import accounts
from common.jobs import FinishMessage, jobs_of
from common.providers import ImageOrder, Media, Usage
from images.api import app
from jobs.api import app as jobs_app
from jobs.repository import assets
from jobs.service import Vendors, finish_job
from tests.support.deployment import Deployment
from tests.support.http import BOB, Studio
from usage.api import app as usage_app

AVATAR = {"description": "Kızıl saçlı bir şifacı", "seed": 7}
BACKGROUND = {"prompt": "Karlı dağlar", "seed": 7}
PICTURE = Media(b"\x89PNG", "image/png", {"seed_used": 7, "width": 512}, Usage("flux/dev", 25_000, megapixels=0.262))


class Painter:
    """A vendor that counts the pictures it drew."""

    def __init__(self) -> None:
        self.drawn: list[ImageOrder] = []

    async def collect(self, request_id: str, order: ImageOrder, *, output: Any = None, timeout: float) -> Media:
        self.drawn.append(order)
        return PICTURE

    async def finish(self, tenant_id: str, job_id: str) -> None:
        """Let a job go its way to the end."""
        jobs: Any = jobs_of(tenant_id)
        jobs.attach(jobs.claim(job_id, lease=45), "req-1")
        both: Any = Vendors(images=self, voices=self)  # type: ignore[arg-type]
        message = FinishMessage(tenant_id=tenant_id, job_id=job_id)
        await finish_job(jobs.claim(job_id, lease=45), message=message, jobs=jobs, assets=assets(), vendors=both)


@pytest.fixture
def studio(deployment: Deployment) -> Studio:
    return Studio(app)


@pytest.fixture
def painter() -> Painter:
    return Painter()


async def _order(studio: Studio, kind: str = "avatar", **fields: Any) -> tuple[str, str]:
    body = (AVATAR if kind == "avatar" else BACKGROUND) | fields
    answer = await studio.post(f"/v1/images/{kind}", **body)
    assert answer.status_code == 202, answer.text
    return answer.json()["job_id"], answer.json()["status"]


async def test_a_picture_ordered_again_is_shown_again_with_a_receipt_that_says_so(
    deployment: Deployment, studio: Studio, painter: Painter
) -> None:
    first, _ = await _order(studio)
    await painter.finish("tenant_demo", first)
    again, status = await _order(studio)

    assert (again != first, status, len(painter.drawn)) == (True, "completed", 1)
    shown = Studio(jobs_app)
    before, after = [(await shown.get(f"/v1/jobs/{job_id}")).json() for job_id in (first, again)]
    keys = [urlsplit(one["result"].pop("image_url")).path.partition("/cache/")[2] for one in (before, after)]
    stored = deployment.s3.get_object(Bucket=deployment.settings.assets_bucket, Key=f"cache/{keys[1]}")
    assert (stored["Body"].read(), keys[0]) == (PICTURE.content, keys[1])
    assert after["result"] == before["result"] == dict(PICTURE.facts)
    assert (before["usage"]["cost_microusd"], before["usage"]["cached"]) == (25_000, False)
    assert (after["usage"]["cost_microusd"], after["usage"]["cached"]) == (0, True)
    assert after["error"] is None and after["expires_at"] > after["finished_at"]


async def test_usage_is_the_sum_of_the_receipts_and_knows_what_came_from_the_cache(
    studio: Studio, painter: Painter
) -> None:
    first, _ = await _order(studio, user_id="p1")
    await _order(studio, user_id="p2")
    await painter.finish("tenant_demo", first)
    await _order(studio, user_id="p1")

    answers = Studio(usage_app)
    used = (await answers.get("/v1/usage")).json()["total"]["by_route"]["create_avatar"]
    assert {name: used[name] for name in ("requests", "cost_microusd", "images", "megapixels", "cached")} == {
        "requests": 3,
        "cost_microusd": 25_000,
        "images": 1,
        "megapixels": 0.262,
        "cached": 1,
    }
    players = {
        one["user_id"]: (one["requests"], one["cost_microusd"])
        for one in (await answers.get("/v1/usage/players")).json()["items"]
    }
    assert players == {"p1": (2, 25_000), "p2": (1, 0)}


async def test_a_picture_under_way_is_the_same_job(studio: Studio, deployment: Deployment) -> None:
    answers = {(await _order(studio))[0] for _ in range(3)}

    assert len(answers) == 1
    assert len(deployment.received(deployment.settings.image_queue_url)) == 1


@pytest.mark.parametrize("kind", ["avatar", "background"])
async def test_defaults_that_are_named_make_no_other_order(studio: Studio, kind: str) -> None:
    named = {"style": "pixel_art", "guidance_scale": 7.5, "num_inference_steps": 28, "model": "dev", "user_id": "p1"}

    assert await _order(studio, kind) == await _order(studio, kind, **named)


@pytest.mark.parametrize(
    "other",
    [
        {"seed": 8},
        {"description": "Ak saçlı bir şifacı"},
        {"world_tone": "karanlık"},
        {"style": "anime"},
        {"width": 256},
        {"guidance_scale": 7.6},
        {"num_inference_steps": 27},
        {"negative_prompt": "bulanık"},
        {"model": "schnell"},
        {"cache": False},
        {"seed": None},
    ],
    ids=str,
)
async def test_every_other_order_has_a_job_of_its_own(studio: Studio, other: dict[str, Any]) -> None:
    assert (await _order(studio))[0] != (await _order(studio, **other))[0]


async def test_without_a_seed_each_picture_is_a_new_one(studio: Studio) -> None:
    assert (await _order(studio, seed=None))[0] != (await _order(studio, seed=None))[0]
    (job_id, _) = await _order(studio, seed=None)
    assert jobs_of("tenant_demo").get(job_id).order_name is None


async def test_an_order_that_wants_no_cache_is_not_found_either(studio: Studio, painter: Painter) -> None:
    bypassing, _ = await _order(studio, cache=False)
    await painter.finish("tenant_demo", bypassing)
    assert (jobs_of("tenant_demo").get(bypassing).asset_key or "").startswith("jobs/")

    assert (await _order(studio))[1] == "pending"


async def test_a_tenant_that_has_switched_it_off_gets_every_picture_made(studio: Studio) -> None:
    def switch_off(account: Any) -> Any:
        config = account.config.model_copy(update={"cache": account.config.cache.model_copy(update={"enabled": False})})
        return account.model_copy(update={"config": config})

    accounts().change("tenant_demo", switch_off)

    assert (await _order(studio))[0] != (await _order(studio))[0]


async def test_two_tenants_with_the_same_order_each_have_their_own(studio: Studio, painter: Painter) -> None:
    mine, _ = await _order(studio)
    await painter.finish("tenant_demo", mine)
    theirs, status = await _order(Studio(app, BOB))

    assert (theirs != mine, status) == (True, "pending")
    assert (await Studio(jobs_app, BOB).get(f"/v1/jobs/{mine}")).status_code == 404
