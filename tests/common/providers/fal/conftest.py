"""fal.ai as these tests know it: a scripted server on loopback, and the settings that lead there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from common.providers.fal import credentials, webhooks
from common.settings import settings
from local.fal.stand_in import FalStandIn
from tests.support.fal_wire import FalWire

KEY = "test-id:test-secret"
_NAMES = (
    "CHARACTERS_TABLE WORLDS_TABLE MEMORY_TABLE JOBS_TABLE TENANTS_TABLE ACCOUNTS_TABLE USAGE_TABLE ASSETS_BUCKET "
    "IDEMPOTENCY_TABLE CACHE_TABLE WEBHOOKS_TABLE IMAGE_QUEUE_URL IMAGE_URGENT_QUEUE_URL SPEECH_QUEUE_URL "
    "SPEECH_URGENT_QUEUE_URL FINISH_QUEUE_URL MEMORY_QUEUE_URL WEBHOOK_QUEUE_URL"
)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The environment of a function with PROVIDER=fal; settings are read anew before and after."""
    for name in _NAMES.split():
        monkeypatch.setenv(name, "unused")
    monkeypatch.setenv("STAGE", "test")
    monkeypatch.setenv("PROVIDER", "fal")
    monkeypatch.setenv("FAL_KEY", KEY)
    settings.cache_clear()
    credentials.forget_key()
    webhooks.forget_keys()
    yield monkeypatch
    settings.cache_clear()
    credentials.forget_key()
    webhooks.forget_keys()


@pytest.fixture
def fal(environment: pytest.MonkeyPatch) -> Iterator[FalWire]:
    """The vendor: run under /run, the queue under /queue, the rest under /rest, files at its root."""
    with FalWire() as wire:
        for name in ("run", "queue", "rest"):
            environment.setenv(f"FAL_{name.upper()}_URL", f"{wire.url}/{name}")
        environment.setenv("FAL_MEDIA_HOSTS", wire.url.removeprefix("http://"))
        yield wire


@pytest.fixture
def stand_in(environment: pytest.MonkeyPatch) -> Iterator[FalStandIn]:
    """The vendor as the laptop has it, with a ledger of its own of what it charges."""
    with FalStandIn(latency={"image": 0, "tts": 0, "stt": 0, "chat": 0}) as vendor:
        for name, value in vendor.variables.items():
            environment.setenv(name, value)
        yield vendor
