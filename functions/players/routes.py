"""HTTP routes of the players domain."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Response

from common.accounts import Account
from common.api import CurrentTenant, tenant_router
from common.clock import wall_clock
from common.errors import Unauthorized
from common.tenancy import tenants
from players.models import PlayerTokenRequest, PlayerTokenResponse
from players.repository import KnownCharacters, known_characters
from players.service import mint_token

router = tenant_router("/v1/players", "Players")


async def _account(tenant: CurrentTenant) -> Account:
    account = tenants().account(tenant.account_id)
    if account is None:
        raise Unauthorized("This API key has ended")
    return account


async def _characters(tenant: CurrentTenant) -> KnownCharacters:
    return known_characters(tenant.tenant_id)


CurrentAccount = Annotated[Account, Depends(_account)]
Characters = Annotated[KnownCharacters, Depends(_characters)]


@router.post("/tokens", status_code=201, response_model=PlayerTokenResponse)
async def create_player_token(  # noqa: PLR0917 - FastAPI hands over what a route needs
    request: PlayerTokenRequest,
    tenant: CurrentTenant,
    account: CurrentAccount,
    characters: Characters,
    answer: Response,
) -> PlayerTokenResponse:
    """Mint a token for one player.

    A game client uses it in the place of your key: for the routes that its scopes name, with the characters you list,
    within the player's budget, until it ends. Nothing is stored of it; it ends early only with the key that minted it.
    """
    answer.headers["Cache-Control"] = "no-store"
    return mint_token(request, tenant, account=account, characters=characters, now=wall_clock())
