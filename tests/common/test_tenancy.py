"""From a key to its tenant, and what is stored of the key."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from common.errors import Unauthorized
from common.tenancy import CACHE_SECONDS, Tenant, Tenants, hash_key, tenants
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment

KEY = "gizli-anahtar-42"
STUDIO = Tenant(tenant_id="tenant_x", name="Şımarık Stüdyo")


class Reads:
    """A DynamoDB client that counts what is read through it."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.count = 0

    def get_item(self, **request: Any) -> Any:
        self.count += 1
        return self._client.get_item(**request)

    def put_item(self, **request: Any) -> Any:
        return self._client.put_item(**request)

    def delete_item(self, **request: Any) -> Any:
        return self._client.delete_item(**request)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_800_000_000.0)


@pytest.fixture
def reads(deployment: Deployment) -> Reads:
    return Reads(deployment.dynamodb)


@pytest.fixture
def keys(deployment: Deployment, reads: Reads, clock: ManualClock) -> Tenants:
    client: Any = reads
    return Tenants(client=client, table=deployment.settings.tenants_table, clock=clock)


def test_a_key_stands_for_its_tenant(keys: Tenants) -> None:
    keys.add_key(KEY, STUDIO)

    assert keys.authenticate(f"Bearer {KEY}") == STUDIO


def test_two_keys_may_stand_for_one_tenant_and_adding_one_again_changes_nothing(keys: Tenants) -> None:
    for key in (KEY, KEY, "other"):
        keys.add_key(key, STUDIO)

    assert keys.authenticate("Bearer other") == keys.authenticate(f"Bearer {KEY}") == STUDIO


def test_of_a_key_only_the_hash_is_stored(deployment: Deployment, keys: Tenants) -> None:
    keys.add_key(KEY, STUDIO)

    stored = deployment.dynamodb.scan(TableName=deployment.settings.tenants_table)["Items"]
    assert hashlib.sha256(KEY.encode()).hexdigest() in {item["key_hash"].get("S") for item in stored}
    assert KEY not in json.dumps(stored)
    assert KEY not in repr(vars(keys))


def test_a_key_is_remembered_for_a_minute(keys: Tenants, reads: Reads, clock: ManualClock) -> None:
    keys.add_key(KEY, STUDIO)
    for _ in range(5):
        keys.authenticate(f"Bearer {KEY}")
    clock.advance(CACHE_SECONDS - 1)
    keys.authenticate(f"Bearer {KEY}")
    assert reads.count == 1

    clock.advance(1)
    keys.authenticate(f"Bearer {KEY}")
    assert reads.count == 2


def test_a_withdrawn_key_stops_working_within_a_minute(
    deployment: Deployment, keys: Tenants, clock: ManualClock
) -> None:
    keys.add_key(KEY, STUDIO)
    keys.authenticate(f"Bearer {KEY}")
    deployment.dynamodb.delete_item(TableName=deployment.settings.tenants_table, Key={"key_hash": {"S": hash_key(KEY)}})

    clock.advance(CACHE_SECONDS)
    with pytest.raises(Unauthorized):
        keys.authenticate(f"Bearer {KEY}")


def test_that_a_key_is_nobodys_is_remembered_too(keys: Tenants, reads: Reads, clock: ManualClock) -> None:
    for _ in range(3):
        with pytest.raises(Unauthorized):
            keys.authenticate(f"Bearer {KEY}")
    assert reads.count == 1

    keys.add_key(KEY, STUDIO)
    clock.advance(CACHE_SECONDS)
    assert keys.authenticate(f"Bearer {KEY}") == STUDIO


def test_guessed_keys_do_not_fill_the_memory(keys: Tenants, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.tenancy._CACHE_SIZE", 10)
    for guess in range(50):
        with pytest.raises(Unauthorized):
            keys.authenticate(f"Bearer guess-{guess}")

    assert len(keys._seen) <= 10


@pytest.mark.parametrize("header", [f"Bearer {KEY}", f"bearer {KEY}", f"BEARER {KEY}", f"Bearer   {KEY}"])
def test_the_scheme_may_be_written_as_http_allows(keys: Tenants, header: str) -> None:
    keys.add_key(KEY, STUDIO)

    assert keys.authenticate(header) == STUDIO


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        KEY,
        f"Basic {KEY}",
        f"Bearer{KEY}",
        f"Bearer {KEY} ",
        f" Bearer {KEY}",
        f"Bearer {KEY}\n",
        f"Bearer {KEY} {KEY}",
        f"Bearer {KEY},{KEY}x",
        f"Bearer {hash_key(KEY)}",
        f"Bearer {KEY.upper()}",
        "Bearer ş",
        "Bearer \x00",
        "Bearer " + "x" * 257,
    ],
)
def test_anything_else_is_nobody(keys: Tenants, header: str | None) -> None:
    keys.add_key(KEY, STUDIO)

    with pytest.raises(Unauthorized) as refused:
        keys.authenticate(header)
    assert KEY not in refused.value.message


def test_a_malformed_header_is_not_even_looked_up(keys: Tenants, reads: Reads) -> None:
    with pytest.raises(Unauthorized):
        keys.authenticate("Bearer " + "x" * 257)

    assert reads.count == 0


def test_the_process_has_one_set_of_keys(deployment: Deployment) -> None:
    assert tenants() is tenants()
    assert tenants().authenticate("Bearer demo-key-123").tenant_id == "tenant_demo"
