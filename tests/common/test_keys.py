"""The form of a key, and when one works."""

from __future__ import annotations

import hashlib
import re

import pytest

from common.keys import KeyRecord, Mode, could_be_a_key, hash_key, last_four, new_key

MODES = pytest.mark.parametrize("mode", list(Mode))
EARLY, NOW, LATE = "2026-11-20T11:59:59.999Z", "2026-11-20T12:00:00.000Z", "2026-11-20T12:00:00.001Z"


def record(**fields: str | None) -> KeyRecord:
    return KeyRecord.model_validate(
        {"key_id": "key_1", "mode": "live", "last_four": "abcd", "created_at": EARLY, **fields}
    )


@MODES
def test_a_key_says_what_it_is_for_and_has_190_random_bits(mode: Mode) -> None:
    key = new_key(mode)

    assert re.fullmatch(rf"mk_{mode}_[0-9A-Za-z]{{38}}", key)
    assert could_be_a_key(key)


def test_no_two_keys_are_alike() -> None:
    assert len({new_key(Mode.LIVE) for _ in range(200)}) == 200


@MODES
def test_one_wrong_character_anywhere_is_no_key(mode: Mode) -> None:
    key = new_key(mode)
    for place in range(len("mk_"), len(key)):
        wrong = key[:place] + ("x" if key[place] != "x" else "y") + key[place + 1 :]
        assert not could_be_a_key(wrong)


def test_a_test_key_cannot_be_made_a_live_one_by_its_prefix() -> None:
    assert not could_be_a_key(new_key(Mode.TEST).replace("mk_test_", "mk_live_"))


@pytest.mark.parametrize("text", ["mk_", "mk_live_", "mk_live_" + "0" * 38, "mk_prod_" + "0" * 38, "mk_live_\n"])
def test_what_begins_like_a_key_and_is_none_is_refused(text: str) -> None:
    assert not could_be_a_key(text)


@MODES
def test_a_key_with_something_behind_it_is_refused(mode: Mode) -> None:
    for tail in ("0", " ", "\n"):
        assert not could_be_a_key(new_key(mode) + tail)


def test_keys_of_another_form_may_be_somebodys() -> None:
    assert could_be_a_key("demo-key-123")


def test_what_is_kept_of_a_key_is_its_hash_and_its_end() -> None:
    key = new_key(Mode.LIVE)

    assert hash_key(key) == hashlib.sha256(key.encode()).hexdigest()
    assert last_four(key) == key[-4:]


def test_a_key_works_until_the_moment_it_ends() -> None:
    assert record().works_at(NOW)
    assert record(expires_at=LATE).works_at(NOW)
    assert not record(expires_at=NOW).works_at(NOW)
    assert not record(expires_at=EARLY).works_at(NOW)


def test_a_revoked_key_never_works() -> None:
    assert not record(revoked_at=LATE).works_at(NOW)
    assert not record(revoked_at=EARLY, expires_at=LATE).works_at(NOW)
