"""The key: where it comes from, what shape it has, when it is forgotten."""

from __future__ import annotations

import pytest

from common import aws
from common.errors import ProviderMisconfigured
from common.providers.fal import client, credentials
from common.providers.fal.credentials import fal_key
from common.settings import settings
from tests.support.fal_wire import FalWire, Reply

PARAMETER = "/meddah/test/fal-key"


@pytest.fixture
def parameter(environment: pytest.MonkeyPatch, aws: None) -> pytest.MonkeyPatch:
    environment.delenv("FAL_KEY")
    environment.setenv("FAL_KEY_PARAMETER", PARAMETER)
    settings.cache_clear()
    return environment


def store(value: str) -> None:
    aws.ssm.cache_clear()
    aws.ssm().put_parameter(Name=PARAMETER, Value=value, Type="SecureString", Overwrite=True)


def test_a_laptops_key_comes_from_the_environment_and_is_stripped(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("FAL_KEY", " an-id:a-secret\n")

    assert fal_key() == "an-id:a-secret"


@pytest.mark.parametrize(
    "key", ["id", ":", "id:", ":secret", "i d:secret", "id:sec:ret", "id:sec\nret", "id:sırlı", " "]
)
async def test_a_key_of_another_shape_never_leaves_this_process(
    fal: FalWire, environment: pytest.MonkeyPatch, key: str
) -> None:
    environment.setenv("FAL_KEY", key)

    with pytest.raises(ProviderMisconfigured):
        await client.run("a/b", {}, timeout=5)

    assert not fal.connections


def test_without_any_key_nothing_works(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("FAL_KEY")

    with pytest.raises(ProviderMisconfigured):
        fal_key()


def test_in_aws_the_key_is_read_once_in_five_minutes(
    parameter: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_000.0]
    monkeypatch.setattr(credentials.time, "monotonic", lambda: now[0])
    store("id:one")
    assert fal_key() == "id:one"

    store("id:two")
    assert fal_key() == "id:one"

    now[0] += 301
    assert fal_key() == "id:two"


def test_a_parameter_that_is_missing_is_the_operators(parameter: pytest.MonkeyPatch) -> None:
    aws.ssm.cache_clear()

    with pytest.raises(ProviderMisconfigured):
        fal_key()


async def test_a_key_fal_no_longer_knows_is_read_anew(fal: FalWire, parameter: pytest.MonkeyPatch) -> None:
    fal.on("POST", ".*", Reply({"detail": "No user found for Key ID and Secret"}, status=401), Reply({"ok": True}))
    store("id:old")
    fal_key()
    store("id:new")

    with pytest.raises(ProviderMisconfigured):
        await client.run("a/b", {}, timeout=5)
    await client.run("a/b", {}, timeout=5)

    assert [request.headers["authorization"] for request in fal.requests] == ["Key id:old", "Key id:new"]
