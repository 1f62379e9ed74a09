"""One setting chooses all adapters."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from common.providers import choice
from common.settings import Settings, settings

_PORTS = (choice.chat_model, choice.image_generator, choice.speech_synthesizer, choice.transcriber)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), "unused")
    yield monkeypatch
    for cached in (settings, *_PORTS):
        cached.cache_clear()


@pytest.mark.parametrize("provider", ["fal", "sandbox"])
def test_every_port_has_an_adapter(environment: pytest.MonkeyPatch, provider: str) -> None:
    environment.setenv("PROVIDER", provider)
    for cached in (settings, *_PORTS):
        cached.cache_clear()

    adapters = [port() for port in _PORTS]

    assert all(type(adapter).__name__.lower().startswith(provider) for adapter in adapters)


def test_an_unknown_provider_is_named(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PROVIDER", "oracle")
    for cached in (settings, *_PORTS):
        cached.cache_clear()

    with pytest.raises(LookupError, match="fal, sandbox"):
        choice.chat_model()
