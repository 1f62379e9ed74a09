"""Accounts and their keys: what is written together, what two writers cannot undo, and what is never kept."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from common.accounts import MAX_KEYS, Account, Accounts, NewKey
from common.clock import iso
from common.errors import Conflict, InvalidInput, NotFound, Unauthorized
from common.keys import Mode, hash_key, new_key
from common.tiers import LimitOverrides
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment

DAY = 86_400


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_800_000_000.0)


@pytest.fixture
def accounts(deployment: Deployment, clock: ManualClock) -> Accounts:
    names = deployment.settings
    return Accounts(
        client=deployment.dynamodb, accounts_table=names.accounts_table, keys_table=names.tenants_table, clock=clock
    )


@pytest.fixture
def acme(accounts: Accounts) -> Account:
    return accounts.create("acme", "Acme Oyun", tier="free")


def items(deployment: Deployment, table: str) -> list[Any]:
    return deployment.dynamodb.scan(TableName=table)["Items"]


def key_items(deployment: Deployment) -> set[str]:
    return {item["key_hash"]["S"] for item in items(deployment, deployment.settings.tenants_table)}


def works(accounts: Accounts, key: NewKey, clock: ManualClock) -> bool:
    return accounts.get("acme").key(key.record.key_id).works_at(iso(clock()))


# ── Accounts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_account_is_kept_as_it_was_made(accounts: Accounts, acme: Account, clock: ManualClock) -> None:
    assert accounts.get("acme") == acme
    assert (acme.name, acme.tier, acme.created_at, acme.keys) == ("Acme Oyun", "free", iso(clock()), {})


def test_a_tenant_is_made_once(accounts: Accounts, acme: Account) -> None:
    with pytest.raises(Conflict, match="acme"):
        accounts.create("acme", "Başkası", tier="pro")

    assert accounts.get("acme") == acme


@pytest.mark.parametrize(
    "tenant_id", ["", "a.test", "a#b", "a/b", "a b", "-a", "_a", "ş", "a\n", "a" * 64, "../x"], ids=repr
)
def test_an_id_that_could_be_taken_for_something_else_is_refused(accounts: Accounts, tenant_id: str) -> None:
    with pytest.raises(InvalidInput, match="tenant_id"):
        accounts.create(tenant_id, "Stüdyo", tier="free")


@pytest.mark.parametrize("name", ["", "  ", "x" * 81])
def test_a_name_has_its_bounds(accounts: Accounts, name: str) -> None:
    with pytest.raises(InvalidInput, match="name"):
        accounts.create("acme", name, tier="free")


def test_only_tiers_that_exist_can_be_had(accounts: Accounts, acme: Account) -> None:
    with pytest.raises(InvalidInput, match="free, pro"):
        accounts.create("other", "Stüdyo", tier="gold")
    with pytest.raises(InvalidInput, match="free, pro"):
        accounts.set_tier("acme", "gold")

    assert accounts.set_tier("acme", "pro").tier == accounts.get("acme").tier == "pro"


def test_nobodys_account_is_not_found(accounts: Accounts) -> None:
    for ask in (
        lambda: accounts.get("nobody"),
        lambda: accounts.set_tier("nobody", "pro"),
        lambda: accounts.rotate_token_secret("nobody"),
        lambda: accounts.create_key("nobody", mode=Mode.LIVE),
        lambda: accounts.rotate_key("nobody", "key_1", overlap=0),
        lambda: accounts.revoke_key("nobody", "key_1"),
    ):
        with pytest.raises(NotFound) as refused:
            ask()
        assert refused.value.code == "TENANT_NOT_FOUND"


def test_a_change_made_meanwhile_is_not_undone(accounts: Accounts, acme: Account) -> None:
    met: list[str] = []

    def limited(account: Account) -> Account:
        if not met:
            accounts.set_tier("acme", "pro")
        met.append(account.tier)
        return account.model_copy(update={"limits": LimitOverrides(requests_per_hour=7)})

    accounts.change("acme", limited)

    stored = accounts.get("acme")
    assert met == ["free", "pro"]
    assert (stored.tier, stored.limits.requests_per_hour, stored.version) == ("pro", 7, 3)


def test_who_never_gets_through_is_told_to_try_again(accounts: Accounts, acme: Account) -> None:
    tiers = iter(["pro", "free"] * 10)

    def overtaken(account: Account) -> Account:
        accounts.set_tier("acme", next(tiers))
        return account.model_copy(update={"name": "Yeni"})

    with pytest.raises(Conflict) as refused:
        accounts.change("acme", overtaken)
    assert refused.value.retryable
    assert accounts.get("acme").name == "Acme Oyun"


def test_keys_made_at_the_same_time_are_all_there(accounts: Accounts, acme: Account) -> None:
    def make(_: int) -> str | None:
        try:
            return accounts.create_key("acme", mode=Mode.LIVE).record.key_id
        except Conflict:
            return None

    with ThreadPoolExecutor(6) as threads:
        made = {key_id for key_id in threads.map(make, range(12)) if key_id}

    assert made
    assert accounts.get("acme").keys.keys() == made


def test_a_change_of_nothing_writes_nothing(accounts: Accounts, acme: Account) -> None:
    assert accounts.change("acme", lambda account: account) == acme
    assert accounts.get("acme").version == 1


def test_pages_hold_every_account_once_and_look_at_no_more_than_asked(
    accounts: Accounts, deployment: Deployment
) -> None:
    made = {accounts.create(f"t{number}", "Stüdyo", tier="free").tenant_id for number in range(7)}
    seen: list[str] = []
    cursor = None
    for _ in range(20):
        page = accounts.page(limit=2, cursor=cursor)
        assert len(page.accounts) <= 2
        seen += [account.tenant_id for account in page.accounts]
        cursor = page.next_cursor
        if cursor is None:
            break

    assert cursor is None
    assert sorted(seen) == sorted(made | {"tenant_demo", "tenant_demo_2"})


def test_a_page_leaves_out_what_is_no_account(accounts: Accounts, acme: Account, deployment: Deployment) -> None:
    item = {"tenant_id": {"S": "acme"}, "item": {"S": "something-else"}}
    deployment.dynamodb.put_item(TableName=deployment.settings.accounts_table, Item=item)

    assert [account for account in accounts.page(limit=100).accounts if account.tenant_id == "acme"] == [acme]


@pytest.mark.parametrize("cursor", ["x", "🐉", "YWNtZQ", "e30"])
def test_a_cursor_of_somewhere_else_is_bad_input(accounts: Accounts, cursor: str) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        accounts.page(limit=1, cursor=cursor)


# ── Keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_key_leads_to_its_tenant(accounts: Accounts, acme: Account, clock: ManualClock) -> None:
    new = accounts.create_key("acme", mode=Mode.TEST, expires_in=90 * DAY)

    assert accounts.owner_of(hash_key(new.api_key)) == ("acme", new.record.key_id)
    assert accounts.get("acme").keys == {new.record.key_id: new.record}
    assert new.api_key.startswith("mk_test_")
    assert new.api_key.endswith(new.record.last_four)
    assert (new.record.mode, new.record.expires_at) == (Mode.TEST, iso(clock() + 90 * DAY))


def test_of_a_key_only_hash_and_last_four_are_stored(accounts: Accounts, acme: Account, deployment: Deployment) -> None:
    key = accounts.create_key("acme", mode=Mode.LIVE)
    rotated = accounts.rotate_key("acme", key.record.key_id, overlap=0)

    names = deployment.settings
    stored = json.dumps(items(deployment, names.accounts_table) + items(deployment, names.tenants_table))
    for new in (key, rotated):
        assert hash_key(new.api_key) in stored
        assert new.api_key not in stored
        assert new.api_key[8:-4] not in stored


def test_a_key_stands_for_one_tenant(accounts: Accounts, acme: Account) -> None:
    key = new_key(Mode.LIVE)
    accounts.add_key("acme", key, mode=Mode.LIVE)
    accounts.create("other", "Stüdyo", tier="free")

    with pytest.raises(Conflict):
        accounts.add_key("other", key, mode=Mode.LIVE)

    owner = accounts.owner_of(hash_key(key))
    assert owner is not None and owner[0] == "acme"
    assert accounts.get("other").keys == {}


def test_nobodys_key_has_no_owner(accounts: Accounts) -> None:
    assert accounts.owner_of(hash_key(new_key(Mode.LIVE))) is None


def test_a_key_that_cannot_be_had_leads_nowhere(accounts: Accounts, acme: Account, deployment: Deployment) -> None:
    before = key_items(deployment)
    for _ in range(MAX_KEYS):
        accounts.create_key("acme", mode=Mode.LIVE)

    with pytest.raises(Conflict, match=str(MAX_KEYS)):
        accounts.create_key("acme", mode=Mode.LIVE)
    assert len(key_items(deployment) - before) == len(accounts.get("acme").keys) == MAX_KEYS


def test_keys_that_have_ended_make_room_oldest_first(accounts: Accounts, acme: Account, clock: ManualClock) -> None:
    expired = accounts.create_key("acme", mode=Mode.LIVE, expires_in=1).record
    kept = accounts.create_key("acme", mode=Mode.LIVE).record
    for _ in range(MAX_KEYS - 3):
        last = accounts.create_key("acme", mode=Mode.LIVE).record
    accounts.revoke_key("acme", last.key_id)
    clock.advance(2)

    accounts.create_key("acme", mode=Mode.LIVE)
    assert {expired.key_id, last.key_id} <= accounts.get("acme").keys.keys(), "there was room for one more"
    accounts.create_key("acme", mode=Mode.LIVE)

    keys = accounts.get("acme").keys
    assert (len(keys), expired.key_id in keys, last.key_id in keys) == (MAX_KEYS, False, True)
    assert kept.key_id in keys


def test_a_rotated_key_goes_on_for_the_overlap_and_its_successor_works_at_once(
    accounts: Accounts, acme: Account, clock: ManualClock
) -> None:
    old = accounts.create_key("acme", mode=Mode.TEST)
    new = accounts.rotate_key("acme", old.record.key_id, overlap=DAY)

    assert accounts.owner_of(hash_key(new.api_key)) == ("acme", new.record.key_id)
    assert new.record.mode is Mode.TEST
    assert works(accounts, old, clock) and works(accounts, new, clock)
    clock.advance(DAY - 1)
    assert works(accounts, old, clock)
    clock.advance(1)
    assert not works(accounts, old, clock)
    assert works(accounts, new, clock)


def test_without_an_overlap_the_old_key_ends_now(accounts: Accounts, acme: Account, clock: ManualClock) -> None:
    old = accounts.create_key("acme", mode=Mode.LIVE)
    accounts.rotate_key("acme", old.record.key_id, overlap=0)

    assert not works(accounts, old, clock)


def test_no_rotation_outlives_what_was_granted(accounts: Accounts, acme: Account, clock: ManualClock) -> None:
    old = accounts.create_key("acme", mode=Mode.LIVE, expires_in=2 * DAY)
    granted = old.record.expires_at
    for overlap in (7 * DAY, DAY, 0):
        new = accounts.rotate_key("acme", old.record.key_id, overlap=overlap)
        assert new.record.expires_at == granted
        ends = accounts.get("acme").key(old.record.key_id).expires_at
        assert ends == min(str(granted), iso(clock() + overlap))


def test_a_second_rotation_of_a_key_whose_answer_got_lost_gives_one_that_lasts(
    accounts: Accounts, acme: Account, clock: ManualClock
) -> None:
    old = accounts.create_key("acme", mode=Mode.LIVE)
    accounts.rotate_key("acme", old.record.key_id, overlap=DAY)
    again = accounts.rotate_key("acme", old.record.key_id, overlap=DAY)

    assert again.record.expires_at is None


def test_a_key_that_has_ended_cannot_be_rotated(accounts: Accounts, acme: Account, clock: ManualClock) -> None:
    revoked = accounts.create_key("acme", mode=Mode.LIVE).record
    expired = accounts.create_key("acme", mode=Mode.LIVE, expires_in=1).record
    accounts.revoke_key("acme", revoked.key_id)
    clock.advance(1)

    for record in (revoked, expired):
        with pytest.raises(Conflict, match=record.key_id):
            accounts.rotate_key("acme", record.key_id, overlap=DAY)
    assert len(accounts.get("acme").keys) == 2


def test_a_key_is_revoked_once_and_for_good(accounts: Accounts, acme: Account, clock: ManualClock) -> None:
    key = accounts.create_key("acme", mode=Mode.LIVE).record
    first = accounts.revoke_key("acme", key.key_id)
    clock.advance(5)

    assert first.revoked_at == iso(clock() - 5)
    assert accounts.revoke_key("acme", key.key_id) == first


def test_unknown_keys_are_not_found(accounts: Accounts, acme: Account) -> None:
    for ask in (
        lambda: accounts.rotate_key("acme", "key_x", overlap=0),
        lambda: accounts.revoke_key("acme", "key_x"),
    ):
        with pytest.raises(NotFound) as refused:
            ask()
        assert refused.value.code == "KEY_NOT_FOUND"


def test_a_key_reaches_only_keys_of_its_mode(accounts: Accounts, acme: Account) -> None:
    live, test = (accounts.create_key("acme", mode=mode).record for mode in (Mode.LIVE, Mode.TEST))

    for asking, key in ((live, test), (test, live)):
        with pytest.raises(NotFound):
            accounts.rotate_key("acme", key.key_id, overlap=0, asking=asking.key_id)
    assert accounts.rotate_key("acme", live.key_id, overlap=0, asking=live.key_id).record.mode is Mode.LIVE


def test_a_key_that_has_ended_makes_itself_no_successor(accounts: Accounts, acme: Account) -> None:
    stolen, kept = (accounts.create_key("acme", mode=Mode.LIVE).record for _ in range(2))
    accounts.revoke_key("acme", stolen.key_id)

    for key in (stolen, kept):
        with pytest.raises(Unauthorized):
            accounts.rotate_key("acme", key.key_id, overlap=DAY, asking=stolen.key_id)
    assert len(accounts.get("acme").keys) == 2


def test_an_account_does_not_print_its_secret(acme: Account) -> None:
    assert len(acme.token_secret) >= 32
    assert acme.token_secret not in repr(acme)


def test_another_secret_is_all_that_its_rotation_changes(accounts: Accounts, acme: Account) -> None:
    changed = accounts.rotate_token_secret("acme")

    assert changed.token_secret != acme.token_secret
    assert len(changed.token_secret) >= 32
    assert accounts.get("acme") == changed
    assert changed == acme.model_copy(update={"token_secret": changed.token_secret, "version": acme.version + 1})
