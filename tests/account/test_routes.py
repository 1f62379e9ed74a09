"""The account over HTTP: what a studio sees of it, and how it changes its keys."""

from __future__ import annotations

import json
from typing import Any

import pytest

from account.api import app
from common.accounts import Accounts, NewKey
from common.clock import iso, wall_clock
from common.keys import Mode
from common.player_tokens import Claims, PlayerScope, mint
from common.tenancy import tenants
from common.tiers import BudgetOverrides, LimitOverrides, tiers
from tests.account.conftest import ACME, StudioWith
from tests.support.http import ALICE, Studio
from worlds.api import app as worlds

SHAPE = {"code", "message", "details", "retryable", "request_id"}


def refused(answer: Any) -> tuple[int, str]:
    assert set(answer.json()["error"]) == SHAPE
    return answer.status_code, answer.json()["error"]["code"]


def path(new: NewKey, verb: str = "") -> str:
    return f"/v1/account/keys/{new.record.key_id}{verb}"


# ── What there is ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_account_shows_what_is_in_force(studio: Studio, live: NewKey, book: Accounts) -> None:
    book.change(
        ACME,
        lambda account: account.model_copy(
            update={
                "limits": LimitOverrides(text_per_minute=7),
                "budgets": BudgetOverrides(day_microusd=900),
                "config": account.config.model_copy(update={"budgets": BudgetOverrides(day_microusd=800)}),
            }
        ),
    )
    answer = await studio.get("/v1/account")

    free = tiers()["free"]
    assert answer.status_code == 200
    assert answer.json() == {
        "tenant_id": ACME,
        "name": "Acme Oyun",
        "tier": "free",
        "mode": "live",
        "limits": free.limits.model_dump() | {"text_per_minute": 7},
        "budgets": free.budgets.model_dump() | {"day_microusd": 800},
        "keys": [
            {
                "key_id": live.record.key_id,
                "mode": "live",
                "last_four": live.api_key[-4:],
                "created_at": live.record.created_at,
                "expires_at": None,
                "revoked_at": None,
            }
        ],
    }


async def test_a_studio_sees_the_keys_of_its_keys_mode_and_never_a_secret(
    book: Accounts, live: NewKey, test: NewKey, studio_with: StudioWith
) -> None:
    ended = book.create_key(ACME, mode=Mode.TEST, expires_in=3_600)
    book.revoke_key(ACME, ended.record.key_id)

    seen = {key: (await studio_with(key).get("/v1/account")).json() for key in (live, test)}
    assert [seen[live]["mode"], seen[test]["mode"]] == ["live", "test"]
    assert {one["tenant_id"] for one in seen.values()} == {ACME}
    assert [key["key_id"] for key in seen[live]["keys"]] == [live.record.key_id]
    assert [key["key_id"] for key in seen[test]["keys"]] == [test.record.key_id, ended.record.key_id]
    assert seen[test]["keys"][1]["revoked_at"] is not None
    account = book.get(ACME)
    for secret in (live.api_key, test.api_key, account.token_secret):
        assert secret not in json.dumps(list(seen.values()))


async def test_another_tenants_keys_are_unknown(studio: Studio, book: Accounts, live: NewKey) -> None:
    book.create("other", "Başkası", tier="pro")
    theirs = book.create_key("other", mode=Mode.LIVE)

    for answer in (await studio.post(path(theirs, "/rotate")), await studio.delete(path(theirs))):
        assert refused(answer) == (404, "KEY_NOT_FOUND")
    assert book.get("other").keys == {theirs.record.key_id: theirs.record}
    assert live.record.key_id not in (await Studio(app, ALICE).get("/v1/account")).text


# ── Rotation ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_key_rotates_itself_and_the_new_one_is_shown_once(
    studio: Studio, live: NewKey, book: Accounts, studio_with: StudioWith
) -> None:
    answer = await studio.post(path(live, "/rotate"))

    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    new = answer.json()
    old = book.get(ACME).key(live.record.key_id)
    assert str(old.expires_at)[:16] == iso(wall_clock() + 86_400)[:16]
    seen = await studio_with(NewKey(new["api_key"], old)).get("/v1/account")
    assert new["api_key"] not in seen.text
    assert seen.json()["keys"][1] == {name: new[name] for name in new if name != "api_key"}
    assert (await studio_with(live).get("/v1/account")).status_code == 200, "the old one goes on beside it"


async def test_without_an_overlap_the_old_key_is_refused_in_the_one_shape(
    studio: Studio, live: NewKey, studio_with: StudioWith
) -> None:
    rotated = await studio.post(path(live, "/rotate"), overlap_seconds=0)

    assert rotated.status_code == 201
    answer = await studio_with(live).get("/v1/account")
    assert refused(answer) == (401, "UNAUTHORIZED")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("overlap", [-1, 604_801, 1.5, "x", None])
async def test_an_overlap_has_its_bounds(studio: Studio, live: NewKey, book: Accounts, overlap: Any) -> None:
    assert refused(await studio.post(path(live, "/rotate"), overlap_seconds=overlap)) == (422, "VALIDATION_ERROR")
    assert book.get(ACME).keys == {live.record.key_id: live.record}


async def test_a_week_of_overlap_is_the_most(studio: Studio, live: NewKey) -> None:
    assert (await studio.post(path(live, "/rotate"), overlap_seconds=604_800)).status_code == 201


async def test_nothing_else_can_be_said_about_a_rotation(studio: Studio, live: NewKey) -> None:
    assert refused(await studio.post(path(live, "/rotate"), mode="test"))[0] == 422


async def test_a_key_that_has_ended_cannot_be_rotated(studio: Studio, book: Accounts) -> None:
    ended = book.create_key(ACME, mode=Mode.LIVE)
    book.revoke_key(ACME, ended.record.key_id)

    assert refused(await studio.post(path(ended, "/rotate"))) == (409, "KEY_NEEDED")


async def test_a_key_of_the_other_mode_is_unknown(
    live: NewKey, test: NewKey, studio_with: StudioWith, book: Accounts
) -> None:
    before = book.get(ACME)
    for asking, key in ((live, test), (test, live)):
        studio = studio_with(asking)
        for answer in (await studio.post(path(key, "/rotate")), await studio.delete(path(key))):
            assert refused(answer) == (404, "KEY_NOT_FOUND")
    assert book.get(ACME) == before


# ── The end ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_revoked_key_is_refused(studio: Studio, book: Accounts, studio_with: StudioWith) -> None:
    other = book.create_key(ACME, mode=Mode.LIVE)
    answer = await studio.delete(path(other))

    assert (answer.status_code, answer.content) == (204, b"")
    assert refused(await studio_with(other).get("/v1/account")) == (401, "UNAUTHORIZED")


async def test_an_expired_key_is_refused(book: Accounts, live: NewKey, studio_with: StudioWith) -> None:
    expired = book.create_key(ACME, mode=Mode.LIVE, expires_in=0)

    assert refused(await studio_with(expired).get("/v1/account")) == (401, "UNAUTHORIZED")


async def test_the_last_live_key_stays(studio: Studio, live: NewKey, book: Accounts) -> None:
    assert refused(await studio.delete(path(live))) == (409, "KEY_NEEDED")
    assert book.get(ACME).keys == {live.record.key_id: live.record}


async def test_a_revoked_key_that_a_cache_still_lets_in_changes_no_key(
    studio: Studio, live: NewKey, book: Accounts
) -> None:
    other = book.create_key(ACME, mode=Mode.LIVE)
    assert (await studio.get("/v1/account")).status_code == 200
    book.revoke_key(ACME, live.record.key_id)

    assert (await Studio(worlds, live.api_key).get("/v1/worlds")).status_code == 200, "it is still remembered"
    for answer in (
        await studio.post(path(other, "/rotate")),
        await studio.post(path(live, "/rotate")),
        await studio.delete(path(other)),
    ):
        assert refused(answer) == (401, "UNAUTHORIZED")
    assert len(book.get(ACME).keys) == 2


async def test_a_player_has_no_account(live: NewKey, book: Accounts) -> None:
    now = int(wall_clock())
    claims = Claims(
        tenant_id=ACME, player_id="p1", characters=[], scopes=list(PlayerScope), key_id=live.record.key_id,
        issued_at=now, ends_at=now + 60,
    )  # fmt: skip
    before = book.get(ACME)
    tenants.cache_clear()
    player = Studio(app, mint(claims, before.token_secret))

    for answer in (
        await player.get("/v1/account"),
        await player.post(path(live, "/rotate")),
        await player.delete(path(live)),
    ):
        assert refused(answer) == (403, "FORBIDDEN")
        assert answer.json()["error"]["details"] == {"scope": None}
    assert book.get(ACME) == before


# ── Modes ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_test_keys_and_live_keys_see_data_of_their_own(live: NewKey, test: NewKey) -> None:
    tenants.cache_clear()
    made: dict[NewKey, str] = {}
    for key in (live, test):
        world = await Studio(worlds, key.api_key).post("/v1/worlds", name="Kızılova")
        assert world.status_code == 201, world.text
        made[key] = world.json()["id"]

    for key, other in ((live, test), (test, live)):
        studio = Studio(worlds, key.api_key)
        listed = (await studio.get("/v1/worlds")).json()
        assert [world["id"] for world in listed["items"]] == [made[key]]
        assert refused(await studio.get(f"/v1/worlds/{made[other]}")) == (404, "WORLD_NOT_FOUND")
