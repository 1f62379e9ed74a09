from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from common.accounts import Accounts, NewKey, accounts
from common.keys import Mode
from common.tenancy import tenants
from config.api import app
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
def studio(live: NewKey) -> Studio:
    tenants.cache_clear()
    return Studio(app, live.api_key)


def problems(answer: httpx.Response) -> dict[str, str]:
    """Return the reasons of a refusal by field."""
    assert answer.status_code == 422, answer.text
    error: dict[str, Any] = answer.json()["error"]
    assert error["code"] == "VALIDATION_ERROR"
    return {one["field"]: one["reason"] for one in error["details"]["errors"]}
