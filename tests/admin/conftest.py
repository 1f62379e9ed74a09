from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from admin.app import main
from common.accounts import Accounts, accounts
from tests.support.deployment import Deployment


@dataclass(frozen=True)
class Said:
    """What a command ended with and printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)

    @property
    def where(self) -> str:
        """What a command that writes says first."""
        first, _, _ = self.err.partition("\n")
        assert first.startswith("Writing to meddah-dev-accounts at http"), self.err
        return first + "\n"


Admin = Callable[..., Said]


@pytest.fixture
def environment() -> Iterator[None]:
    """Give back the environment as it was: choosing a deployment changes it."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def admin(deployment: Deployment, environment: None, capsys: pytest.CaptureFixture[str]) -> Admin:
    """Run a command against the deployment's stage."""

    def run(*arguments: str) -> Said:
        capsys.readouterr()
        code = main(["--stage", "dev", *arguments])
        printed = capsys.readouterr()
        return Said(code, printed.out, printed.err)

    return run


@pytest.fixture
def book(deployment: Deployment) -> Accounts:
    """The deployment's accounts, with one of our own."""
    book = accounts()
    book.create("acme", "Acme Oyun", tier="free")
    return book
