"""One setting chooses all adapters; test keys never reach a vendor."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from common.providers import choice
from common.settings import Settings, settings

PORTS = (choice.chat_model, choice.image_generator, choice.speech_synthesizer, choice.transcriber)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), "unused" if name != "outbound_loopback" else "false")
    settings.cache_clear()
    yield monkeypatch
    settings.cache_clear()


def vendors(tenant_id: str) -> list[str]:
    return [type(port(tenant_id)).__name__.lower() for port in PORTS]


def behind(tenant_id: str) -> list[str]:
    """What stands behind the adapters that fail on demand."""
    return [
        type(behind).__name__.lower()
        for port in PORTS
        for behind in vars(port(tenant_id)).values()
        if behind is not True
    ]


@pytest.mark.parametrize("provider", ["fal", "sandbox"])
def test_every_port_has_an_adapter(environment: pytest.MonkeyPatch, provider: str) -> None:
    environment.setenv("PROVIDER", provider)

    assert all(name.startswith(provider) for name in vendors("studio"))
    assert PORTS[0]("studio") is PORTS[0]("another")


def test_test_keys_have_the_sandbox_whatever_the_setting(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PROVIDER", "fal")

    assert all(name.startswith("faulty") for name in vendors("studio.test"))
    assert len(behind("studio.test")) == len(PORTS)
    assert all(name.startswith("sandbox") for name in behind("studio.test"))
    assert all(name.startswith("fal") for name in vendors("studio"))


def test_an_unknown_provider_is_named(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PROVIDER", "oracle")

    with pytest.raises(LookupError, match="fal, sandbox"):
        choice.chat_model("studio")
