"""The same text spoken again: one job while it is spoken, nothing to pay afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from common.jobs import jobs_of
from tests.support.deployment import Deployment
from tests.support.http import BOB, Studio
from voice.api import app

TEXT = {"text": "Kapıyı aç, dışarıda kar var.", "voice": "zeynep", "response_format": "wav"}


@pytest.fixture
def studio(deployment: Deployment) -> Studio:
    return Studio(app)


async def _order(studio: Studio, **fields: Any) -> tuple[str, str]:
    answer = await studio.post("/v1/voice/tts", **TEXT | fields)
    assert answer.status_code == 202, answer.text
    return answer.json()["job_id"], answer.json()["status"]


async def test_a_text_that_is_being_spoken_is_not_spoken_twice(studio: Studio, deployment: Deployment) -> None:
    first = await _order(studio)

    assert await _order(studio, speed=1.0, user_id="p1") == first
    assert len(deployment.received(deployment.settings.speech_queue_url)) == 1


async def test_what_was_spoken_is_shown_again_at_no_cost(studio: Studio) -> None:
    job_id, _ = await _order(studio)
    jobs = jobs_of("tenant_demo")
    claimed = jobs.claim(job_id, lease=45)
    assert claimed is not None
    key, facts = f"cache/tenant_demo/{job_id}.wav", {"duration_seconds": 1.5, "voice": "zeynep"}
    jobs.complete(claimed, result=facts, asset_key=key, receipt={"model": "freya"}, usages=[])
    again, status = await _order(studio)

    shown = jobs.get(again)
    assert (again != job_id, status, shown.asset_key, shown.result) == (True, "completed", key, facts)
    assert shown.receipt is not None
    assert (shown.receipt["cached"], shown.receipt["cost_microusd"], shown.receipt["characters"]) == (True, 0, 0)


@pytest.mark.parametrize(
    "other",
    [{"text": "Kapıyı kapat."}, {"voice": "ali"}, {"speed": 1.1}, {"response_format": "mp3"}, {"cache": False}],
    ids=str,
)
async def test_every_other_order_has_a_job_of_its_own(studio: Studio, other: dict[str, Any]) -> None:
    assert (await _order(studio))[0] != (await _order(studio, **other))[0]


async def test_two_tenants_never_share(studio: Studio) -> None:
    assert (await _order(studio))[0] != (await _order(Studio(app, BOB)))[0]
