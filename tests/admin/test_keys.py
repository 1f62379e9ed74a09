"""`python -m admin keys …`."""

from __future__ import annotations

import pytest

from common.accounts import Accounts
from common.clock import iso, wall_clock
from common.keys import Mode, could_be_a_key, hash_key
from tests.admin.conftest import Admin

DAY = 86_400


def close_to(seconds: float) -> str:
    """Return a time in seconds from now, to the ten minutes."""
    return iso(wall_clock() + seconds)[:15]


def test_a_key_is_printed_alone_for_whoever_keeps_it(admin: Admin, book: Accounts) -> None:
    said = admin("keys", "create", "acme", "--mode", "live")

    key = said.out.removesuffix("\n")
    assert could_be_a_key(key) and key.startswith("mk_live_")
    owner = book.owner_of(hash_key(key))
    assert owner is not None and owner[0] == "acme"
    assert owner[1] in said.err and key not in said.err


def test_a_key_may_have_an_end(admin: Admin, book: Accounts) -> None:
    made = admin("keys", "create", "acme", "--mode", "test", "--expires-in", "90d", "--json").json

    assert made["api_key"].startswith("mk_test_")
    assert (made["mode"], made["works"], made["last_four"]) == ("test", True, made["api_key"][-4:])
    assert made["expires_at"][:15] == close_to(90 * DAY)


def test_keys_are_listed_without_themselves(admin: Admin, book: Accounts) -> None:
    live, test = (book.create_key("acme", mode=mode) for mode in Mode)
    book.revoke_key("acme", test.record.key_id)
    expired = book.create_key("acme", mode=Mode.LIVE, expires_in=0)

    listed = admin("keys", "list", "acme", "--json").json["items"]
    assert [(key["key_id"], key["works"]) for key in listed] == [
        (live.record.key_id, True),
        (test.record.key_id, False),
        (expired.record.key_id, False),
    ]
    table = admin("keys", "list", "acme").out
    lines = [line for line in table.splitlines() if "key_" in line]
    for line, new, state in zip(lines, (live, test, expired), ("in force", "revoked", "expired"), strict=True):
        assert line.startswith(new.record.key_id) and line.endswith(state)
        assert f"…{new.api_key[-4:]}" in line
        assert new.api_key not in line


def test_a_rotated_key_goes_on_for_a_day_if_nothing_else_is_said(admin: Admin, book: Accounts) -> None:
    old = book.create_key("acme", mode=Mode.TEST).record
    made = admin("keys", "rotate", "acme", old.key_id, "--json").json

    keys = book.get("acme").keys
    assert could_be_a_key(made["api_key"]) and made["mode"] == "test"
    assert set(keys) == {old.key_id, made["key_id"]}
    assert str(keys[old.key_id].expires_at)[:15] == close_to(DAY)


@pytest.mark.parametrize(("overlap", "seconds"), [("0s", 0), ("2h", 7_200), ("7d", 7 * DAY)])
def test_the_overlap_is_the_operators_choice(admin: Admin, book: Accounts, overlap: str, seconds: int) -> None:
    old = book.create_key("acme", mode=Mode.LIVE).record
    admin("keys", "rotate", "acme", old.key_id, "--overlap", overlap)

    assert str(book.get("acme").key(old.key_id).expires_at)[:15] == close_to(seconds)


def test_the_operator_may_revoke_even_the_last_key(admin: Admin, book: Accounts) -> None:
    key = book.create_key("acme", mode=Mode.LIVE).record
    said = admin("keys", "revoke", "acme", key.key_id, "--json").json

    assert (said["key_id"], said["works"]) == (key.key_id, False)
    assert book.get("acme").key(key.key_id).revoked_at == said["revoked_at"]
    assert "revoked" in admin("keys", "revoke", "acme", key.key_id).out


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["create", "nobody", "--mode", "live"], "Tenant 'nobody' not found"),
        (["list", "nobody"], "Tenant 'nobody' not found"),
        (["rotate", "acme", "key_x"], "Key 'key_x' not found"),
        (["revoke", "acme", "key_x"], "Key 'key_x' not found"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value,
)
def test_what_is_unknown_is_a_line_on_stderr_and_a_one(
    admin: Admin, book: Accounts, arguments: list[str], error: str
) -> None:
    said = admin("keys", *arguments)

    where = "" if arguments[0] == "list" else said.where
    assert (said.code, said.out, said.err) == (1, "", f"{where}Error: {error}\n")


def test_a_key_that_has_ended_has_no_successor(admin: Admin, book: Accounts) -> None:
    key = book.create_key("acme", mode=Mode.LIVE, expires_in=0).record
    said = admin("keys", "rotate", "acme", key.key_id)

    assert said.code == 1
    assert key.key_id in said.err


@pytest.mark.parametrize(
    ("arguments", "about"),
    [
        (["create", "acme"], "--mode"),
        (["create", "acme", "--mode", "prod"], "--mode"),
        (["create", "acme", "--mode", "live", "--expires-in", "0s"], "--expires-in"),
        (["create", "acme", "--mode", "live", "--expires-in", "3651d"], "--expires-in"),
        (["create", "acme", "--mode", "live", "--expires-in", "soon"], "--expires-in"),
        (["rotate", "acme", "key_x", "--overlap", "8d"], "--overlap"),
        (["rotate", "acme"], "KEY"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value,
)
def test_what_is_no_command_is_a_two_and_says_why(
    admin: Admin, book: Accounts, arguments: list[str], about: str
) -> None:
    said = admin("keys", *arguments)

    assert (said.code, said.out) == (2, "")
    assert about in said.err
    assert book.get("acme").keys == {}
