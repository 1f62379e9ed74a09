"""Player tokens: what a studio gives to a game client in the place of its key.

`pt_` and a JSON Web Token (RFC 7519), signed with a secret of its account's own. Nothing is stored of a token: it ends
at its time, or with the key that minted it. Its claims are signed and not secret: who holds a token can read them.
"""

# ruff: noqa: PLC0415 - PyJWT brings `cryptography` along: 0.1 s of import that only players' requests pay

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from common.errors import Forbidden
from common.text import PlayerId

if TYPE_CHECKING:
    from collections.abc import Sequence

PREFIX = "pt_"
MAX_TOKEN_LENGTH = 4_096
"""One with 50 characters has 3,000."""
MAX_CHARACTERS = 50
_AUDIENCE = "meddah/player"
_ALGORITHM = "HS256"
_CLAIMS = {
    "tenant_id": "iss",
    "player_id": "sub",
    "audience": "aud",
    "characters": "chr",
    "scopes": "scp",
    "day_microusd": "bud",
    "key_id": "kid",
    "issued_at": "iat",
    "ends_at": "exp",
}
_TENANT = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}(\.test)?$"


class PlayerScope(StrEnum):
    """What a token may be good for."""

    SPEAK = "speak"
    REACT = "react"
    TTS = "tts"
    STT = "stt"


@dataclass(frozen=True, slots=True)
class Player:
    """Whom a player token speaks for: what it may do and with whom."""

    player_id: str
    characters: frozenset[str]
    scopes: frozenset[str]
    day_microusd: int | None = None
    """What this player may spend in a day, below every other budget."""

    def require(self, scope: str | None, *, character_id: str | None = None) -> None:
        """Make sure that the token is good for a route; `scope` None: for no token.

        Raises:
            Forbidden: it is not; `details` names what it lacks.
        """
        if scope is None:
            raise Forbidden("No player token is good for this; ask with the studio's key", details={"scope": None})
        if scope not in self.scopes:
            raise Forbidden(f"This player token lacks the scope '{scope}'", details={"scope": scope})
        if character_id is not None and character_id not in self.characters:
            raise Forbidden(
                "This player token is not for this character",
                details={"scope": scope, "character_id": character_id[:64]},
            )

    def require_own(self, player_id: str | None) -> None:
        """Make sure that a request is not made in another player's name.

        Raises:
            Forbidden: it names another.
        """
        if player_id not in {None, self.player_id}:
            raise Forbidden("This player token is another player's", details={"fields": ["user_id"]})

    @staticmethod
    def refuse(fields: Sequence[str]) -> None:
        """Refuse `fields` of a request that only the studio itself may send.

        Raises:
            Forbidden: there are any.
        """
        if fields:
            named = ", ".join(fields)
            raise Forbidden(f"A player token may not send: {named}", details={"fields": list(fields)})


class Claims(BaseModel):
    """What a token says. Times are whole epoch seconds."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="ignore", alias_generator=_CLAIMS.__getitem__, populate_by_name=True
    )

    tenant_id: Annotated[str, StringConstraints(pattern=_TENANT)]
    """Whose data is meant: that of live or that of test keys."""
    player_id: PlayerId
    audience: Literal["meddah/player"] = _AUDIENCE
    characters: Annotated[list[str], Field(max_length=MAX_CHARACTERS)]
    scopes: list[str]
    day_microusd: Annotated[int, Field(ge=0)] | None = None
    key_id: str
    """The key that minted it."""
    issued_at: int
    ends_at: int

    @property
    def player(self) -> Player:
        """Whom the token speaks for."""
        return Player(self.player_id, frozenset(self.characters), frozenset(self.scopes), self.day_microusd)


def mint(claims: Claims, secret: str) -> str:
    """Return a token that says `claims`."""
    import jwt

    return PREFIX + jwt.encode(claims.model_dump(by_alias=True, exclude_none=True), secret, algorithm=_ALGORITHM)


def tenant_in(token: str) -> str | None:
    """Return whose token this claims to be, None for what cannot be one. Nothing is verified yet."""
    claimed = _payload(token, options={"verify_signature": False})
    try:
        return Claims.model_validate(claimed).tenant_id
    except ValidationError:
        return None


def read(token: str, secret: str, *, now: float) -> Claims | None:
    """Return what a token says, None if it was not signed with `secret`, is over or not a player's."""
    # Our own clock decides what is over: `exp` is compared below.
    options = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
    said = _payload(token, key=secret, algorithms=[_ALGORITHM], audience=_AUDIENCE, options=options)
    try:
        claims = Claims.model_validate(said)
    except ValidationError:
        return None
    return claims if claims.ends_at > now else None


def _payload(token: str, **checks: Any) -> Any:
    import jwt

    if not token.startswith(PREFIX) or len(token) > MAX_TOKEN_LENGTH:
        return None
    try:
        return jwt.decode(token.removeprefix(PREFIX), **checks)
    except (jwt.PyJWTError, ValueError, RecursionError):
        return None
