"""One deployment and one stand-in for all tests of a module; each test starts with a clean slate."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.vendor.world import World, world


@pytest.fixture(scope="module")
def _everything() -> Iterator[World]:
    with world() as found:
        yield found


@pytest.fixture
def here(_everything: World) -> World:
    _everything.begin()
    return _everything
