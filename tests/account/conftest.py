from __future__ import annotations

from collections.abc import Callable

import pytest

from account.api import app
from common.accounts import Accounts, NewKey, accounts
from common.keys import Mode
from common.tenancy import tenants
from tests.support.deployment import Deployment
from tests.support.http import Studio

ACME = "acme"
StudioWith = Callable[[NewKey], Studio]


@pytest.fixture
def book(deployment: Deployment) -> Accounts:
    """The deployment's accounts, with one of our own."""
    book = accounts()
    book.create(ACME, "Acme Oyun", tier="free")
    return book


@pytest.fixture
def live(book: Accounts) -> NewKey:
    return book.create_key(ACME, mode=Mode.LIVE)


@pytest.fixture
def test(book: Accounts) -> NewKey:
    return book.create_key(ACME, mode=Mode.TEST)


@pytest.fixture
def studio_with() -> StudioWith:
    """A studio that asks with a key, through a process that remembers nothing yet."""

    def with_key(new: NewKey) -> Studio:
        tenants.cache_clear()
        return Studio(app, new.api_key)

    return with_key


@pytest.fixture
def studio(live: NewKey, studio_with: StudioWith) -> Studio:
    return studio_with(live)
