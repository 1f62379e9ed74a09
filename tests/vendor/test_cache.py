"""The same order twice, as the vendor sees it: asked once, paid once."""

from __future__ import annotations

from typing import Any

import pytest

from images.api import app as images
from tests.vendor.world import World
from voice.api import app as voice

pytestmark = pytest.mark.faults

ORDERS: dict[str, tuple[Any, str, dict[str, Any]]] = {
    "image": (images, "/v1/images/avatar", {"description": "şifacı", "width": 256, "height": 256, "seed": 11}),
    "speech": (voice, "/v1/voice/tts", {"text": "Kapı kapalı.", "voice": "zeynep", "response_format": "wav"}),
}


@pytest.mark.parametrize("kind", ORDERS)
def test_the_vendor_is_asked_once_and_the_receipts_are_its_bill(here: World, kind: str) -> None:
    app, path, body = ORDERS[kind]
    here.queues = (kind, "finish")

    def order() -> str:
        return here.request(app, "POST", path, json=body).raise_for_status().json()["job_id"]

    first, meanwhile = order(), order()
    here.settle()
    later = order()
    here.settle()

    assert (meanwhile, len(here.posts("submit"))) == (first, 1)
    receipts = [here.job(job_id)["usage"] for job_id in (first, later)]
    assert [one["cached"] for one in receipts] == [False, True]
    assert sum(one["cost_microusd"] for one in receipts) == here.fal.ledger.microusd()
