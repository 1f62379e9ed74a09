"""docs/21-webhooks.md: its receiver, started as it stands there, takes every event there is, through a rotation."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from common.events import DATA_OF, EventType, about
from common.outbound.sending import Outbound
from common.settings import settings
from tests.docs.examples import ROOT
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment
from tests.webhooks.studio import NOW, Receiver, Studio
from webhooks.models import MAX_ENDPOINTS, DeliveryStatus, Endpoint
from webhooks.schedule import WAITS
from webhooks.service import TIMEOUT_SECONDS, rotate_secret

PAGE = Path(ROOT, "docs", "21-webhooks.md").read_text(encoding="utf-8")
(SCRIPT,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@contextmanager
def receiver(secret: str, folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Start the page's script; yields its address and, once it has ended, what it printed."""
    (folder / "receiver.py").write_text(SCRIPT, encoding="utf-8")
    environment = os.environ | {"WEBHOOK_SECRET": secret}
    command = [sys.executable, str(folder / "receiver.py"), "0"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    printed: list[str] = []
    try:
        assert process.stdout
        port = process.stdout.readline().rpartition(" ")[2].strip()
        yield f"http://127.0.0.1:{port}/meddah", printed
    finally:
        process.terminate()
        printed += (process.communicate(timeout=10)[0] or "").splitlines()


@pytest.fixture
def studio(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """A studio whose receiver is on this machine, reached by the real guard."""
    monkeypatch.setenv("OUTBOUND_LOOPBACK", "true")
    settings.cache_clear()
    clock = ManualClock(NOW())
    one = Studio("tenant_demo", deployment=deployment, clock=clock, receiver=Receiver(clock))
    one.receiver = Outbound()  # type: ignore[assignment]
    one.lives = lambda *_: one.life  # type: ignore[method-assign]
    yield one
    settings.cache_clear()


def sample(kind: EventType) -> dict[str, Any]:
    """Return what an event of this type may say."""
    known = {"status": "completed", "reason": "gone"}
    fields = DATA_OF[kind].model_fields
    said = {
        name: known.get(name, 1 if field.annotation is int else "x")
        for name, field in fields.items()
        if field.is_required()
    }
    return DATA_OF[kind](**said).model_dump(exclude_none=True)


async def all_are_delivered(studio: Studio, endpoint: Endpoint, kinds: list[EventType]) -> None:
    told = [studio.sees(kind, data=sample(kind), endpoint_id=endpoint.id) for kind in kinds]
    await studio.work()

    assert {studio.only(event).status for event in told} == {DeliveryStatus.DELIVERED}


async def test_the_receiver_takes_every_event_through_a_rotation(studio: Studio, tmp_path: Path) -> None:
    endpoint = await studio.has_endpoint(url="http://127.0.0.1:1/none")
    every = list(EventType)
    with receiver(endpoint.secret, tmp_path) as (url, before):
        studio.endpoints.change(endpoint.id, {"url": url})
        await all_are_delivered(studio, endpoint, every[:5])
        new = rotate_secret(endpoint.id, 60, endpoints=studio.endpoints).secret
        await all_are_delivered(studio, endpoint, every[5:10])
    with receiver(new, tmp_path) as (url, after):
        studio.endpoints.change(endpoint.id, {"url": url})
        await all_are_delivered(studio, endpoint, every[10:])
        studio.clock.advance(61)
        await all_are_delivered(studio, endpoint, every)

    assert [line.split()[0] for line in before] == every[:10]
    assert [line.split()[0] for line in after] == [*every[10:], *every]


async def test_the_receiver_does_not_believe_strangers_and_does_nothing_twice(studio: Studio, tmp_path: Path) -> None:
    endpoint = await studio.has_endpoint(url="http://127.0.0.1:1/none")
    with receiver(endpoint.secret, tmp_path) as (url, printed):
        studio.endpoints.change(endpoint.id, {"url": url})
        event = studio.sees(endpoint_id=endpoint.id)
        await studio.work()
        studio.deliveries.begin_anew(event, endpoint.id)
        await studio.delivering().deliver(event.id, endpoint.id)
        attempts = studio.only(event).attempts
        forged = {"webhook-id": "evt_1", "webhook-timestamp": str(int(NOW())), "webhook-signature": "v1,AAAA"}
        forgeries = (forged, {}, forged | {"webhook-signature": "x"})
        async with httpx.AsyncClient(trust_env=False) as stranger:
            answers = [(await stranger.post(url, content=b"{}", headers=each)).status_code for each in forgeries]

    assert [attempt.status_code for attempt in attempts] == [204, 204]
    assert answers == [400, 400, 400]
    assert len(printed) == 1


def test_the_page_says_what_the_code_does() -> None:
    assert f"At most {MAX_ENDPOINTS} endpoints" in PAGE
    assert f"within {TIMEOUT_SECONDS:.0f} seconds" in PAGE
    said = [
        f"{wait} s" if wait < 60 else f"{wait // 60} min" if wait < 3_600 else f"{wait // 3_600} h" for wait in WAITS
    ]
    assert f"{', '.join(said[:-1])} and {said[-1]}" in PAGE
    assert all(about(kind) in PAGE for kind in EventType)
