"""Minting tokens: for players of a studio's own, with characters that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.clock import iso
from common.errors import InvalidInput
from common.player_tokens import Claims, mint
from players.models import PlayerTokenResponse

if TYPE_CHECKING:
    from common.accounts import Account
    from common.tenancy import Tenant
    from players.models import PlayerTokenRequest
    from players.repository import KnownCharacters

_NAMED_AT_MOST = 20
_FOR_EVER = "~"
"""After every time as text."""


def mint_token(
    request: PlayerTokenRequest, tenant: Tenant, *, account: Account, characters: KnownCharacters, now: float
) -> PlayerTokenResponse:
    """Return a token for a player, signed and stored nowhere.

    Raises:
        InvalidInput: some of the characters do not exist; each is named.
    """
    _check(request.characters, characters)
    key_id = tenant.key_id or ""
    ends_at = int(now) + request.ttl_seconds
    claims = Claims(
        tenant_id=tenant.tenant_id,
        player_id=request.user_id,
        characters=sorted(set(request.characters)),
        scopes=sorted({scope.value for scope in request.scopes}),
        day_microusd=request.day_microusd,
        key_id=key_id,
        issued_at=int(now),
        ends_at=ends_at,
    )
    minted_by = account.keys.get(key_id)
    key_ends = minted_by.expires_at if minted_by else None
    return PlayerTokenResponse(
        token=mint(claims, account.token_secret), expires_at=min(iso(ends_at), key_ends or _FOR_EVER)
    )


def _check(character_ids: list[str], characters: KnownCharacters) -> None:
    known = characters.among(character_ids)
    unknown = [f"characters.{place}" for place, one in enumerate(character_ids) if one not in known]
    if not unknown:
        return
    errors = [{"field": name, "reason": "no such character", "type": "value_error"} for name in unknown]
    raise InvalidInput(f"Invalid input: {unknown[0]}: no such character", details={"errors": errors[:_NAMED_AT_MOST]})
