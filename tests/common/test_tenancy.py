"""From a key to its tenant: what it may do, whose data it sees, and for how long."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from common.accounts import Account, Accounts
from common.errors import NotFound, Unauthorized
from common.keys import Mode, hash_key, new_key
from common.tenancy import CACHE_SECONDS, Tenant, Tenants, account_of, is_test, scope_of, tenants
from common.tiers import BudgetOverrides, LimitOverrides, tiers
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment

KEY = "gizli-anahtar-42"
STUDIO = Tenant(tenant_id="tenant_x", name="Şımarık Stüdyo")


class Reads:
    """A DynamoDB client that counts what is read through it, by table."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.tables: list[str] = []

    @property
    def count(self) -> int:
        return len(self.tables)

    def get_item(self, **request: Any) -> Any:
        self.tables.append(request["TableName"])
        return self._client.get_item(**request)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_800_000_000.0)


@pytest.fixture
def reads(deployment: Deployment) -> Reads:
    return Reads(deployment.dynamodb)


AccountsOf = Callable[[Any], Accounts]


@pytest.fixture
def accounts_of(deployment: Deployment, clock: ManualClock) -> AccountsOf:
    names = deployment.settings
    return lambda client: Accounts(
        client=client, accounts_table=names.accounts_table, keys_table=names.tenants_table, clock=clock
    )


@pytest.fixture
def accounts(deployment: Deployment, accounts_of: AccountsOf) -> Accounts:
    """The operator's, in a process of its own: what it reads is not counted."""
    return accounts_of(deployment.dynamodb)


@pytest.fixture
def keys(accounts_of: AccountsOf, reads: Reads, clock: ManualClock) -> Tenants:
    return Tenants(accounts_of(reads), clock=clock)


def _of_account(found: Tenant) -> Tenant:
    """Leave out which key it was."""
    assert found.key_id is not None
    return replace(found, key_id=None)


def test_a_key_stands_for_its_tenant(keys: Tenants) -> None:
    keys.add_key(KEY, STUDIO)

    assert _of_account(keys.authenticate(f"Bearer {KEY}")) == STUDIO


def test_two_keys_may_stand_for_one_tenant_and_adding_one_again_changes_nothing(
    keys: Tenants, accounts: Accounts
) -> None:
    for key in (KEY, KEY, "other"):
        keys.add_key(key, STUDIO)

    one, other = (keys.authenticate(f"Bearer {key}") for key in (KEY, "other"))
    assert _of_account(one) == _of_account(other) == STUDIO
    assert set(accounts.get("tenant_x").keys) == {one.key_id, other.key_id}


def test_of_a_key_only_the_hash_is_stored(deployment: Deployment, keys: Tenants) -> None:
    keys.add_key(KEY, STUDIO)
    keys.authenticate(f"Bearer {KEY}")

    names = deployment.settings
    stored = [
        deployment.dynamodb.scan(TableName=table)["Items"] for table in (names.tenants_table, names.accounts_table)
    ]
    assert hashlib.sha256(KEY.encode()).hexdigest() in {item["key_hash"].get("S") for item in stored[0]}
    assert KEY not in json.dumps(stored)
    assert KEY not in repr(vars(keys))


def test_a_key_is_two_reads_and_remembered_for_a_minute(
    deployment: Deployment, keys: Tenants, reads: Reads, clock: ManualClock
) -> None:
    keys.add_key(KEY, STUDIO)
    reads.tables.clear()
    for _ in range(5):
        keys.authenticate(f"Bearer {KEY}")
    clock.advance(CACHE_SECONDS - 1)
    keys.authenticate(f"Bearer {KEY}")
    assert reads.tables == [deployment.settings.tenants_table, deployment.settings.accounts_table]

    clock.advance(1)
    keys.authenticate(f"Bearer {KEY}")
    assert reads.count == 4


# ── Ends ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("behind", range(0, CACHE_SECONDS, 7))
def test_a_revoked_key_stops_working_within_a_minute_whenever_its_account_was_read(
    keys: Tenants, accounts: Accounts, clock: ManualClock, behind: int
) -> None:
    """Key and account are remembered apart: the one read at any time after the other."""
    keys.add_key(KEY, STUDIO)
    keys.add_key("other", STUDIO)
    revoked = keys.authenticate("Bearer other").key_id
    assert revoked is not None
    clock.advance(behind)
    keys.authenticate(f"Bearer {KEY}")
    keys.authenticate("Bearer other")
    accounts.revoke_key("tenant_x", revoked)

    clock.advance(CACHE_SECONDS)
    with pytest.raises(Unauthorized):
        keys.authenticate("Bearer other")
    assert keys.authenticate(f"Bearer {KEY}").tenant_id == "tenant_x"


def test_a_revoked_key_never_works_for_a_process_that_has_not_seen_it(keys: Tenants, accounts: Accounts) -> None:
    accounts.create("acme", "Acme", tier="free")
    new = accounts.create_key("acme", mode=Mode.LIVE)
    accounts.revoke_key("acme", new.record.key_id)

    with pytest.raises(Unauthorized):
        keys.authenticate(f"Bearer {new.api_key}")


def test_a_key_expires_to_the_millisecond_whatever_is_remembered(
    keys: Tenants, accounts: Accounts, clock: ManualClock
) -> None:
    accounts.create("acme", "Acme", tier="free")
    new = accounts.create_key("acme", mode=Mode.LIVE, expires_in=30)
    clock.advance(29.999)
    assert keys.authenticate(f"Bearer {new.api_key}").tenant_id == "acme"

    clock.advance(0.001)
    with pytest.raises(Unauthorized):
        keys.authenticate(f"Bearer {new.api_key}")


def test_a_key_whose_account_is_gone_is_nobodys(deployment: Deployment, keys: Tenants, clock: ManualClock) -> None:
    keys.add_key(KEY, STUDIO)
    keys.authenticate(f"Bearer {KEY}")
    key = {"tenant_id": {"S": "tenant_x"}, "item": {"S": "account"}}
    deployment.dynamodb.delete_item(TableName=deployment.settings.accounts_table, Key=key)

    clock.advance(CACHE_SECONDS)
    with pytest.raises(Unauthorized):
        keys.authenticate(f"Bearer {KEY}")


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
    assert reads.count == 2, "asked once more, strongly consistent"

    keys.add_key(KEY, STUDIO)
    clock.advance(CACHE_SECONDS)
    assert _of_account(keys.authenticate(f"Bearer {KEY}")) == STUDIO


def test_a_new_key_works_at_once_where_its_account_is_remembered(keys: Tenants, accounts: Accounts) -> None:
    accounts.create("acme", "Acme", tier="free")
    old = accounts.create_key("acme", mode=Mode.LIVE)
    keys.authenticate(f"Bearer {old.api_key}")

    new = accounts.rotate_key("acme", old.record.key_id, overlap=0)
    assert keys.authenticate(f"Bearer {new.api_key}").key_id == new.record.key_id


def test_guessed_keys_do_not_fill_the_memory(keys: Tenants, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.tenancy._CACHE_SIZE", 10)
    for guess in range(50):
        with pytest.raises(Unauthorized):
            keys.authenticate(f"Bearer guess-{guess}")

    assert len(keys._seen) <= 10


def test_a_full_memory_forgets_what_was_read_longest_ago(
    keys: Tenants, reads: Reads, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.tenancy._CACHE_SIZE", 10)
    keys.add_key(KEY, STUDIO)
    keys.authenticate(f"Bearer {KEY}")
    clock.advance(CACHE_SECONDS)

    with pytest.raises(Unauthorized):
        keys.authenticate("Bearer guess")
    keys.authenticate(f"Bearer {KEY}")
    for guess in range(8):
        with pytest.raises(Unauthorized):
            keys.authenticate(f"Bearer guess-{guess}")
    reads.tables.clear()

    keys.authenticate(f"Bearer {KEY}")
    assert reads.count == 0, "what is read again is young again"
    with pytest.raises(Unauthorized):
        keys.authenticate("Bearer guess-8")
    reads.tables.clear()
    keys.authenticate(f"Bearer {KEY}")
    assert reads.count > 0, "the oldest of ten goes for an eleventh"


# ── Modes, tiers ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_test_key_sees_the_test_data_of_its_account_only(keys: Tenants, accounts: Accounts) -> None:
    accounts.create("acme", "Acme", tier="free")
    live, test = (accounts.create_key("acme", mode=mode) for mode in Mode)

    seen = {key: keys.authenticate(f"Bearer {key}") for key in (live.api_key, test.api_key)}
    assert {key: (tenant.tenant_id, tenant.mode) for key, tenant in seen.items()} == {
        live.api_key: ("acme", Mode.LIVE),
        test.api_key: ("acme.test", Mode.TEST),
    }
    assert {tenant.account_id for tenant in seen.values()} == {"acme"}
    assert [is_test(tenant.tenant_id) for tenant in seen.values()] == [False, True]


def test_the_two_scopes_of_an_account_lead_back_to_it() -> None:
    for mode in Mode:
        scope = scope_of("acme", mode)
        assert (account_of(scope), is_test(scope)) == ("acme", mode is Mode.TEST)


def test_work_behind_no_request_finds_its_tenant_by_its_data(keys: Tenants, accounts: Accounts) -> None:
    accounts.create("acme", "Acme", tier="free")

    assert [keys.by_id(scope).mode for scope in ("acme", "acme.test")] == list(Mode)
    for scope in ("nobody", "nobody.test"):
        with pytest.raises(NotFound):
            keys.by_id(scope)


def test_what_a_tenant_may_do_is_in_force_within_a_minute(
    keys: Tenants, accounts: Accounts, clock: ManualClock
) -> None:
    accounts.create("acme", "Acme", tier="free")
    key = f"Bearer {accounts.create_key('acme', mode=Mode.LIVE).api_key}"
    assert keys.authenticate(key).limits == tiers()["free"].limits

    def generous(account: Account) -> Account:
        return account.model_copy(
            update={
                "limits": LimitOverrides(images_per_minute=7),
                "budgets": BudgetOverrides(day_microusd=900),
                "config": account.config.model_copy(
                    update={"budgets": BudgetOverrides(day_microusd=1_000, month_microusd=800, player_day_microusd=5)}
                ),
            }
        )

    accounts.set_tier("acme", "pro")
    accounts.change("acme", generous)
    clock.advance(CACHE_SECONDS)

    tenant = keys.authenticate(key)
    assert tenant.tier == "pro"
    assert tenant.limits == tiers()["pro"].limits.model_copy(update={"images_per_minute": 7})
    assert (tenant.budgets.day_microusd, tenant.budgets.month_microusd) == (900, 800), "never above the operator's"
    assert tenant.budgets.player_day_microusd == 5


# ── Headers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("header", [f"Bearer {KEY}", f"bearer {KEY}", f"BEARER {KEY}", f"Bearer   {KEY}"])
def test_the_scheme_may_be_written_as_http_allows(keys: Tenants, header: str) -> None:
    keys.add_key(KEY, STUDIO)

    assert _of_account(keys.authenticate(header)) == STUDIO


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
        "Bearer " + "x" * 2_049,
    ],
)
def test_anything_else_is_nobody(keys: Tenants, header: str | None) -> None:
    keys.add_key(KEY, STUDIO)

    with pytest.raises(Unauthorized) as refused:
        keys.authenticate(header)
    assert KEY not in refused.value.message


@pytest.mark.parametrize(
    "bearer",
    [
        "x" * 2_049,
        "mk_live_",
        "mk_live_" + "0" * 38,
        new_key(Mode.LIVE)[:-1],
        new_key(Mode.LIVE) + "0",
        new_key(Mode.TEST).replace("test", "live"),
        new_key(Mode.LIVE).swapcase().replace("MK_LIVE", "mk_live"),
    ],
    ids=["too long", "empty", "wrong checksum", "one short", "one more", "test as live", "other case"],
)
def test_what_cannot_be_a_key_is_not_even_looked_up(keys: Tenants, reads: Reads, bearer: str) -> None:
    with pytest.raises(Unauthorized):
        keys.authenticate(f"Bearer {bearer}")

    assert reads.count == 0


def test_the_process_has_one_set_of_keys(deployment: Deployment) -> None:
    assert tenants() is tenants()
    assert tenants().authenticate("Bearer demo-key-123").tenant_id == "tenant_demo"
