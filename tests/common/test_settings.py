import pytest
from pydantic import ValidationError

from common.settings import Settings, settings
from tests.support.deployment import Deployment


def test_every_name_comes_from_the_environment(deployment: Deployment) -> None:
    read = settings()

    assert read.stage == "dev"
    assert read.provider == "sandbox"
    assert read.worlds_table == "meddah-dev-worlds"
    assert read.image_queue_url.endswith("/meddah-dev-image")


def test_the_environment_is_read_once(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    before = settings()
    monkeypatch.setenv("WORLDS_TABLE", "another")

    assert settings() is before


NEEDED = [name for name, field in Settings.model_fields.items() if field.is_required()]


def test_only_what_concerns_the_vendor_or_the_laptop_has_a_default() -> None:
    left = set(Settings.model_fields) - set(NEEDED)

    assert {name for name in left if not name.startswith("fal_")} == {"public_url", "outbound_loopback"}


def test_an_empty_name_is_as_good_as_none(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.cache_clear()
    monkeypatch.setenv("FAL_USER_ID", "")

    assert settings().fal_user_id is None


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_name_is_named(deployment: Deployment, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    settings.cache_clear()
    monkeypatch.delenv(name.upper())

    with pytest.raises(ValidationError) as refused:
        settings()
    assert [error["loc"] for error in refused.value.errors()] == [(name,)]


def test_settings_cannot_be_changed(deployment: Deployment) -> None:
    with pytest.raises(ValidationError):
        settings().stage = "prod"
