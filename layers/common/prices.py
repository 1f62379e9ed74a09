"""What models cost: `data/prices.json`, typed. A price holds from its day on until the next one's.

All money is in millionths of a US dollar (micro-USD), in whole ones.
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from common.clock import wall_clock

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Priced(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    since: date = Field(alias="from")


class TokenPrice(_Priced):
    """Micro-USD per million tokens."""

    input: int
    output: int

    def of(self, *, input_tokens: int, output_tokens: int) -> int:
        """Return what the tokens cost."""
        return round((input_tokens * self.input + output_tokens * self.output) / 1_000_000)

    def at_most(self, *, input_tokens: int, output_tokens: int) -> int:
        """Return what no more than these tokens can cost, however it is rounded."""
        return -(-(input_tokens * self.input + output_tokens * self.output) // 1_000_000)


class PicturePrice(_Priced):
    """Micro-USD per megapixel, begun ones counted whole."""

    per_megapixel: int

    def of(self, megapixels: float) -> int:
        """Return what a picture costs."""
        return math.ceil(megapixels) * self.per_megapixel

    def of_units(self, units: float) -> int:
        """Return what a picture costs of which the vendor itself says how many megapixels it bills."""
        return round(units * self.per_megapixel)


class SpeechPrice(_Priced):
    """Micro-USD per 1,000 characters; None where the vendor publishes no price."""

    per_1000_characters: int | None

    def of(self, characters: int) -> int:
        """Return what so many characters cost; 0 where no price is known."""
        return round(characters * (self.per_1000_characters or 0) / 1000)


class ListeningPrice(_Priced):
    """Micro-USD per minute of sound."""

    per_minute: int

    def of(self, seconds: float) -> int:
        """Return what it costs to listen so long."""
        return round(seconds / 60 * self.per_minute)


P = TypeVar("P", bound=_Priced)


def _in_order(prices: Sequence[P]) -> Sequence[P]:
    days = [price.since for price in prices]
    if not days or days != sorted(set(days)):
        raise ValueError("needs at least one price, the oldest first")
    return prices


_History = AfterValidator(_in_order)


class Prices(BaseModel):
    """Every price, by what fal or our catalogue calls the model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    note: str
    chat: dict[str, Annotated[tuple[TokenPrice, ...], _History]]
    images: dict[str, Annotated[tuple[PicturePrice, ...], _History]]
    speech: dict[str, Annotated[tuple[SpeechPrice, ...], _History]]
    transcription: dict[str, Annotated[tuple[ListeningPrice, ...], _History]]


_LONGEST_SECONDS = 7_200
"""By then everything has ended that begins now: twice the life of a job."""


@cache
def prices() -> Prices:
    """Return the list, read once."""
    text = files("common").joinpath("data", "prices.json").read_text(encoding="utf-8")
    return Prices.model_validate_json(text)


def in_force(history: Sequence[P], *, at: float | None = None) -> P:
    """Return the price that holds at an epoch second, now by default; before the first one, the first."""
    day = datetime.fromtimestamp(wall_clock() if at is None else at, UTC).date()
    return next((price for price in reversed(history) if price.since <= day), history[0])


def soon_in_force(history: Sequence[P], *, at: float | None = None) -> tuple[P, ...]:
    """Return every price that may hold when what begins at an epoch second ends.

    Two on the eve of a change; none where there is no history.
    """
    if not history:
        return ()
    begins = wall_clock() if at is None else at
    first, last = (in_force(history, at=moment) for moment in (begins, begins + _LONGEST_SECONDS))
    return (first,) if first is last else (first, last)
