"""What answers are found by, and the replies that are kept."""

from __future__ import annotations

from typing import Any

import pytest

from common.cache import CachedReply, ReplyCache, fingerprint, reply_cache, seconds_in_force
from common.config import CacheConfig
from common.settings import settings
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment

REPLY = CachedReply("Hoş geldin.", "vendor/model")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_800_000_000.0)


def _replies(deployment: Deployment, clock: ManualClock, tenant: str = "alice", *, seconds: int = 3_600) -> ReplyCache:
    table = deployment.settings.cache_table
    return ReplyCache(tenant, seconds=seconds, client=deployment.dynamodb, table=table, clock=clock)


def test_the_same_question_has_one_fingerprint_and_every_other_has_its_own(deployment: Deployment) -> None:
    asked = {"prompt": "şifacı", "seed": 7}
    others: list[dict[str, Any]] = [{"prompt": "şifacı", "seed": 8}, {"prompt": "şifacı"}, {"prompt": "7", "seed": 7}]

    assert fingerprint(asked) == fingerprint({"seed": 7, "prompt": "şifacı"})
    assert len({fingerprint(one) for one in [asked, *others]}) == 4


def test_text_that_is_no_unicode_has_a_fingerprint_too(deployment: Deployment) -> None:
    assert fingerprint({"text": "\ud800"}) != fingerprint({"text": "?"})


def test_another_provider_gives_other_answers(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint({"seed": 7})
    settings.cache_clear()
    monkeypatch.setenv("PROVIDER", "fal")

    assert fingerprint({"seed": 7}) != before


@pytest.mark.parametrize(
    ("config", "seconds"),
    [
        (CacheConfig(), 24 * 3_600),
        (CacheConfig(ttl_hours=0), 0),
        (CacheConfig(enabled=False), 0),
        (CacheConfig(ttl_hours=168), 7 * 24 * 3_600),
    ],
)
def test_a_tenant_says_how_long_answers_last(config: CacheConfig, seconds: int) -> None:
    assert seconds_in_force(config) == seconds


def test_a_reply_is_kept_for_its_own_tenant_and_its_time(deployment: Deployment, clock: ManualClock) -> None:
    alice, bob = _replies(deployment, clock), _replies(deployment, clock, "bob")
    alice.put("key", REPLY)

    assert (alice.get("key"), alice.get("other"), bob.get("key")) == (REPLY, None, None)
    clock.advance(3_599)
    assert alice.get("key") == REPLY
    clock.advance(1)
    assert alice.get("key") is None


def test_dynamodb_may_delete_a_reply_when_its_time_is_over(deployment: Deployment, clock: ManualClock) -> None:
    _replies(deployment, clock).put("key", REPLY)

    (item,) = deployment.dynamodb.scan(TableName=deployment.settings.cache_table)["Items"]
    assert item["expires_at"] == {"N": str(int(clock.now) + 3_600)}


def test_a_tenant_that_wants_no_cache_has_none(deployment: Deployment, clock: ManualClock) -> None:
    _replies(deployment, clock).put("key", REPLY)
    without = _replies(deployment, clock, seconds=0)
    without.put("second", REPLY)

    assert without.get("key") is None
    assert _replies(deployment, clock).get("second") is None


def test_a_cache_that_is_away_is_a_miss(deployment: Deployment) -> None:
    cache = reply_cache("alice", CacheConfig())
    deployment.dynamodb.delete_table(TableName=deployment.settings.cache_table)

    cache.put("key", REPLY)
    assert cache.get("key") is None
