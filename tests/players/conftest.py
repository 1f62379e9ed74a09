from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.support.deployment import Deployment
from tests.support.house import House
from tests.support.http import ALICE

PLAYER = "oyuncu-15"
GameClient = Callable[..., Awaitable[House]]


@pytest.fixture
def studio(deployment: Deployment) -> House:
    return House(deployment, ALICE)


@pytest.fixture
def character_of() -> Callable[[House], Awaitable[str]]:
    """Make a character and return its id."""

    async def make(house: House) -> str:
        made = await house.post("/v1/characters", system_prompt="Ben ozanım.")
        assert made.status_code == 201, made.text
        return made.json()["id"]

    return make


@pytest.fixture
def game_client() -> GameClient:
    """Have a token minted and return who holds it."""

    async def holding(studio: House, *characters: str, **wishes: Any) -> House:
        answer = await studio.post("/v1/players/tokens", **{"user_id": PLAYER, "characters": characters, **wishes})
        assert answer.status_code == 201, answer.text
        return studio.with_key(answer.json()["token"])

    return holding
