"""`python -m admin tenants …`."""

from __future__ import annotations

import pytest

from common.accounts import Accounts
from common.keys import Mode
from common.tiers import BudgetOverrides, LimitOverrides, tiers
from tests.admin.conftest import Admin

FREE = tiers()["free"]


def test_a_tenant_is_made_and_shown(admin: Admin) -> None:
    made = admin("tenants", "create", "acme", "--name", "Şımarık Oyun", "--tier", "free", "--json").json

    assert (made["tenant_id"], made["name"], made["tier"], made["keys"]) == ("acme", "Şımarık Oyun", "free", [])
    assert made["limits"] == FREE.limits.model_dump()
    assert made["budgets"] == FREE.budgets.model_dump()
    assert set(made["own_limits"].values()) | set(made["own_budgets"].values()) == {None}
    assert admin("tenants", "show", "acme", "--json").json == made


def test_no_secret_is_shown(admin: Admin, book: Accounts) -> None:
    key = book.create_key("acme", mode=Mode.LIVE).api_key

    for arguments in (["show", "acme"], ["list"]):
        for form in ([], ["--json"]):
            printed = admin("tenants", *arguments, *form).out
            assert "acme" in printed
            assert key not in printed and book.get("acme").token_secret not in printed


def test_a_table_says_what_is_in_force_and_where_from(admin: Admin, book: Accounts) -> None:
    book.create_key("acme", mode=Mode.LIVE)
    admin("tenants", "set-budgets", "acme", "--day", "12.34")
    admin("tenants", "set-limits", "acme", "--text-per-minute", "12345")
    config = book.get("acme").config.model_copy(update={"budgets": BudgetOverrides(month_microusd=1)})
    book.change("acme", lambda account: account.model_copy(update={"config": config}))

    lines = [line.split() for line in admin("tenants", "show", "acme").out.splitlines()]
    assert ["text", "per", "minute", "12,345", "own"] in lines
    assert ["images", "per", "minute", "50", "tier"] in lines
    assert ["day", "budget", "$12.34", "own"] in lines
    assert ["month", "budget", "$0.000001", "studio"] in lines
    assert ["player", "day", "budget", "no", "limit", "tier"] in lines
    assert ["keys", "in", "force", "1"] in lines


def test_tenants_are_listed_page_by_page(admin: Admin, book: Accounts) -> None:
    seen: list[str] = []
    cursor: list[str] = []
    for _ in range(5):
        page = admin("tenants", "list", "--limit", "1", *cursor, "--json").json
        seen += [one["tenant_id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = ["--cursor", page["next_cursor"]]

    assert sorted(seen) == ["acme", "tenant_demo", "tenant_demo_2"]


def test_a_table_that_goes_on_says_how_apart_from_the_table(admin: Admin, book: Accounts) -> None:
    page = admin("tenants", "list", "--limit", "1")
    assert page.err.startswith("There are more: --cursor ")
    assert "--cursor" not in page.out

    assert admin("tenants", "list").err == ""


def test_a_tier_can_be_changed(admin: Admin, book: Accounts) -> None:
    assert admin("tenants", "set-tier", "acme", "pro", "--json").json["tier"] == "pro"
    assert book.get("acme").tier == "pro"


def test_limits_of_its_own_replace_those_of_the_tier_one_by_one(admin: Admin, book: Accounts) -> None:
    admin("tenants", "set-limits", "acme", "--requests-per-hour", "500")
    admin("tenants", "set-limits", "acme", "--images-per-minute", "3")

    assert book.get("acme").limits == LimitOverrides(requests_per_hour=500, images_per_minute=3)
    shown = admin("tenants", "show", "acme", "--json").json
    assert shown["limits"] == FREE.limits.model_dump() | {"requests_per_hour": 500, "images_per_minute": 3}

    admin("tenants", "set-limits", "acme", "--clear", "--images-per-minute", "4")
    assert book.get("acme").limits == LimitOverrides(images_per_minute=4)
    admin("tenants", "set-limits", "acme", "--clear")
    assert book.get("acme").limits == LimitOverrides()


@pytest.mark.parametrize("name", LimitOverrides.model_fields)
def test_every_limit_can_be_set(admin: Admin, book: Accounts, name: str) -> None:
    admin("tenants", "set-limits", "acme", f"--{name.replace('_', '-')}", "9")

    assert book.get("acme").limits.model_dump(exclude_none=True) == {name: 9}


@pytest.mark.parametrize("name", BudgetOverrides.model_fields)
def test_every_budget_can_be_set_in_dollars(admin: Admin, book: Accounts, name: str) -> None:
    admin("tenants", "set-budgets", "acme", f"--{name.removesuffix('_microusd').replace('_', '-')}", "5.000001")

    assert book.get("acme").budgets.model_dump(exclude_none=True) == {name: 5_000_001}


def test_a_budget_of_nothing_is_a_budget(admin: Admin, book: Accounts) -> None:
    shown = admin("tenants", "set-budgets", "acme", "--day", "0", "--json").json

    assert (shown["budgets"]["day_microusd"], shown["own_budgets"]["day_microusd"]) == (0, 0)
    assert admin("tenants", "set-budgets", "acme", "--clear", "--json").json["budgets"] == FREE.budgets.model_dump()


def test_the_secret_behind_player_tokens_is_replaced_and_never_shown(admin: Admin, book: Accounts) -> None:
    key = book.create_key("acme", mode=Mode.LIVE).record
    secrets = [book.get("acme").token_secret]
    for form in ([], ["--json"]):
        said = admin("tenants", "rotate-token-secret", "acme", *form)
        secrets.append(book.get("acme").token_secret)
        assert (said.code, said.err) == (0, said.where)
        assert "acme" in said.out
        assert not any(secret in said.out for secret in secrets)

    assert len(set(secrets)) == 3
    assert book.get("acme").keys == {key.key_id: key}, "keys go on"


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "nobody"],
        ["set-tier", "nobody", "pro"],
        ["set-limits", "nobody", "--clear"],
        ["set-budgets", "nobody", "--day", "1"],
        ["rotate-token-secret", "nobody"],
    ],
)
def test_an_unknown_tenant_is_a_line_on_stderr_and_a_one(admin: Admin, arguments: list[str]) -> None:
    said = admin("tenants", *arguments)

    where = "" if arguments[0] == "show" else said.where
    assert (said.code, said.out, said.err) == (1, "", f"{where}Error: Tenant 'nobody' not found\n")


def test_a_tenant_that_exists_is_not_made_again(admin: Admin, book: Accounts) -> None:
    said = admin("tenants", "create", "acme", "--name", "Başkası", "--tier", "pro")

    assert (said.code, said.out, said.err) == (1, "", f"{said.where}Error: Tenant 'acme' exists\n")


def test_who_writes_is_told_where_and_who_reads_is_not(admin: Admin) -> None:
    writes = [
        ["tenants", "create", "acme", "--name", "A", "--tier", "free"],
        ["tenants", "set-tier", "acme", "pro"],
        ["tenants", "set-limits", "acme", "--clear"],
        ["tenants", "set-budgets", "acme", "--clear"],
        ["tenants", "rotate-token-secret", "acme"],
        ["keys", "create", "acme", "--mode", "live"],
    ]
    told = [admin(*write, "--json") for write in writes]
    key = told[-1].json["key_id"]
    told += [admin("keys", "rotate", "acme", key, "--json"), admin("keys", "revoke", "acme", key, "--json")]

    for said in told:
        assert said.code == 0
        assert said.err == said.where
    for read in (["tenants", "list"], ["tenants", "show", "acme"], ["keys", "list", "acme"]):
        assert admin(*read).err == ""


@pytest.mark.parametrize(
    ("arguments", "about"),
    [
        (["create", "a.test", "--name", "A", "--tier", "free"], "tenant_id"),
        (["create", "b", "--name", "", "--tier", "free"], "name"),
        (["create", "b", "--name", "B", "--tier", "gold"], "free, pro"),
        (["create", "b", "--tier", "free"], "--name"),
        (["set-tier", "acme", "gold"], "free, pro"),
        (["set-limits", "acme"], "--clear"),
        (["set-limits", "acme", "--text-per-minute", "0"], "--text-per-minute"),
        (["set-limits", "acme", "--text-per-minute", "10000001"], "--text-per-minute"),
        (["set-limits", "acme", "--concurrent-generations", "501"], "--concurrent-generations"),
        (["set-budgets", "acme"], "--clear"),
        (["set-budgets", "acme", "--day", "1e3"], "--day"),
        (["set-budgets", "acme", "--day", "-5"], "--day"),
        (["list", "--limit", "0"], "--limit"),
        (["list", "--limit", "1001"], "--limit"),
        (["list", "--cursor", "x"], "cursor"),
        (["delete", "acme"], "delete"),
    ],
    ids=" ".join,
)
def test_what_is_no_command_is_a_two_and_says_why(
    admin: Admin, book: Accounts, arguments: list[str], about: str
) -> None:
    before = book.get("acme")
    said = admin("tenants", *arguments)

    assert (said.code, said.out) == (2, "")
    assert about in said.err
    assert book.get("acme") == before
