"""What studios send and get about player tokens."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from common.player_tokens import MAX_CHARACTERS, PlayerScope
from common.text import Label, PlayerId, Request
from common.tiers import Microusd

MIN_SECONDS = 60
MAX_SECONDS = 24 * 3600


class PlayerTokenRequest(Request):
    """A player, and what its game client may do."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "user_id": "oyuncu-15",
                    "characters": ["char_01K00000000000000000000000"],
                    "scopes": ["speak", "react"],
                    "ttl_seconds": 3600,
                    "day_microusd": 200000,
                }
            ]
        }
    )

    user_id: PlayerId = Field(
        description="Your own name for the player; everything the token does counts as this player's."
    )
    characters: Annotated[list[Label], Field(min_length=1, max_length=MAX_CHARACTERS)] = Field(
        description="The characters the player may speak with, 1–50 ids."
    )
    scopes: Annotated[list[PlayerScope], Field(min_length=1, max_length=len(PlayerScope))] = Field(
        default=[PlayerScope.SPEAK, PlayerScope.REACT],
        description="What the token is good for; `tts` includes reading the jobs that the player ordered.",
    )
    ttl_seconds: int = Field(
        default=3_600, ge=MIN_SECONDS, le=MAX_SECONDS, description="How long it is good for: a minute to a day."
    )
    day_microusd: Microusd | None = Field(
        default=None,
        description="What the player may spend in a day with this token, in millionths of a US dollar, below your "
        "other budgets; null: what they allow. Less than the most that one call may cost lets none pass.",
    )


class PlayerTokenResponse(BaseModel):
    """A token. Give it to the game client, which sends it as `Authorization: Bearer <token>`."""

    token: str = Field(examples=["pt_eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.…"])
    expires_at: str = Field(description="When it ends, if the key that minted it does not end before.")
