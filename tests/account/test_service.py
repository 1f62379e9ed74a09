"""Ending keys: a studio cannot lock itself out, not even twice at the same time."""

from __future__ import annotations

import pytest

from account.service import revoke_key
from common.accounts import Accounts, NewKey
from common.clock import iso_now
from common.errors import Conflict, NotFound, Unauthorized
from common.keys import Mode
from common.tenancy import Tenant, tenant_of
from tests.account.conftest import ACME


def asking_with(new: NewKey, book: Accounts) -> Tenant:
    return tenant_of(book.get(ACME), mode=new.record.mode, key_id=new.record.key_id)


def revoke(key: NewKey, by: NewKey, book: Accounts) -> None:
    revoke_key(key.record.key_id, asking_with(by, book), accounts=book, now=iso_now())


def revoked(key: NewKey, book: Accounts) -> bool:
    return book.get(ACME).key(key.record.key_id).revoked_at is not None


def test_a_key_may_end_another_and_itself_if_one_is_left(book: Accounts, live: NewKey) -> None:
    second, third = (book.create_key(ACME, mode=Mode.LIVE) for _ in range(2))
    revoke(second, live, book)
    revoke(live, live, book)

    assert [revoked(key, book) for key in (live, second, third)] == [True, True, False]


def test_the_last_live_key_that_works_cannot_end_itself(book: Accounts, live: NewKey, test: NewKey) -> None:
    expired = book.create_key(ACME, mode=Mode.LIVE, expires_in=0)
    ended = book.create_key(ACME, mode=Mode.LIVE)
    book.revoke_key(ACME, ended.record.key_id)

    with pytest.raises(Conflict):
        revoke(live, live, book)
    assert not revoked(live, book)
    assert not expired.record.works_at(iso_now())


def test_the_last_test_key_may_go(book: Accounts, live: NewKey, test: NewKey) -> None:
    revoke(test, test, book)

    assert revoked(test, book)


def test_of_two_keys_that_end_each_other_one_is_left(book: Accounts, live: NewKey) -> None:
    other = book.create_key(ACME, mode=Mode.LIVE)
    first, second = asking_with(live, book), asking_with(other, book)
    revoke_key(other.record.key_id, first, accounts=book, now=iso_now())

    with pytest.raises(Unauthorized):
        revoke_key(live.record.key_id, second, accounts=book, now=iso_now())
    assert (revoked(live, book), revoked(other, book)) == (False, True)


def test_a_key_of_the_other_mode_is_not_found(book: Accounts, live: NewKey, test: NewKey) -> None:
    for key, by in ((live, test), (test, live)):
        with pytest.raises(NotFound):
            revoke(key, by, book)
        assert not revoked(key, book)


def test_once_more_changes_nothing(book: Accounts, live: NewKey) -> None:
    other = book.create_key(ACME, mode=Mode.LIVE)
    revoke(other, live, book)
    before = book.get(ACME)
    revoke(other, live, book)

    assert book.get(ACME) == before


def test_a_request_without_a_key_of_its_own_ends_none(book: Accounts, live: NewKey) -> None:
    nobody = tenant_of(book.get(ACME), mode=Mode.LIVE)

    with pytest.raises(Unauthorized):
        revoke_key(live.record.key_id, nobody, accounts=book, now=iso_now())
