"""What studios see of their usage, limits and budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from common.ledger import counting

if TYPE_CHECKING:
    from collections import Counter


class ModelUsage(BaseModel):
    """What calls to models used and cost: the sum of the receipts they stand in."""

    calls: int = Field(default=0, description="Calls to models; one answer may take several.")
    cost_microusd: int = Field(default=0, description="Millionths of a US dollar.")
    input_tokens: int = 0
    output_tokens: int = 0
    characters: int = Field(default=0, description="Characters spoken.")
    seconds: float = Field(default=0.0, description="Seconds of sound made or heard.")
    images: int = Field(default=0, description="Pictures made.")
    megapixels: float = 0.0
    cached: int = Field(default=0, description="Calls that were answered from the cache and cost nothing.")

    @classmethod
    def of(cls, counts: Counter[str]) -> ModelUsage:
        """Return what was counted of one model."""
        return cls(
            calls=counts[counting.CALLS],
            cost_microusd=counts[counting.COST],
            input_tokens=counts[counting.INPUT],
            output_tokens=counts[counting.OUTPUT],
            characters=counts[counting.CHARACTERS],
            seconds=counts[counting.SOUND_MS] / 1000,
            images=counts[counting.IMAGES],
            megapixels=counts[counting.KILOPIXELS] / 1000,
            cached=counts[counting.CACHED],
        )


class RouteUsage(ModelUsage):
    """What requests to one route used and cost."""

    requests: int = Field(default=0, description="Requests that passed the limits, whatever came of them.")

    @classmethod
    def of(cls, counts: Counter[str]) -> RouteUsage:
        """Return what was counted of one route."""
        return cls(requests=counts[counting.REQUESTS], **ModelUsage.of(counts).model_dump())


class PeriodUsage(RouteUsage):
    """What was used in some days, in all and taken apart in two ways that have the same sums."""

    by_route: dict[str, RouteUsage] = Field(
        description="By operation: `speak`, `create_avatar`, …; `memory_upkeep` is the summarising of old exchanges."
    )
    by_model: dict[str, ModelUsage] = Field(
        description="By model; `cancelled` is what cancelled orders cost whose vendor could not be stopped."
    )


class DayUsage(PeriodUsage):
    """One day of UTC."""

    day: str = Field(examples=["2026-11-20"])


class MonthUsage(PeriodUsage):
    """The days asked for of one month."""

    month: str = Field(examples=["2026-11"])


class Days(BaseModel):
    """A span of days of UTC, both ends included."""

    model_config = ConfigDict(populate_by_name=True)

    first: str = Field(serialization_alias="from", examples=["2026-11-01"])
    last: str = Field(serialization_alias="to", examples=["2026-11-30"])


class UsageResponse(Days):
    """What you used. Days on which you asked for nothing are left out."""

    total: PeriodUsage
    days: list[DayUsage]
    months: list[MonthUsage]


class PlayerTotal(ModelUsage):
    """What one player used, on the days it was asked for."""

    requests: int = Field(description="Calls and jobs that asked models in the player's name and have ended.")

    @classmethod
    def of(cls, counts: Counter[str]) -> PlayerTotal:
        """Return what was counted of a player."""
        return cls(requests=counts[counting.REQUESTS], **ModelUsage.of(counts).model_dump())


class PlayerUsage(PlayerTotal):
    """What one player used in the days asked for."""

    user_id: str = Field(description="Your own name for the player.")


class PlayerListResponse(BaseModel):
    """One page of players, by name."""

    items: list[PlayerUsage]
    next_cursor: str | None = Field(description="Send it back as `cursor` for the next page; null at the end.")


class PlayerDay(PlayerTotal):
    """What one player used on one day of UTC."""

    day: str = Field(examples=["2026-11-20"])


class PlayerDaysResponse(Days):
    """One player's days, oldest first. Days without a call are left out."""

    user_id: str
    total: PlayerTotal
    days: list[PlayerDay]


class LimitStanding(BaseModel):
    """A limit, and how much of it is left."""

    limit: str = Field(description="As errors and the `RateLimit` headers name it.", examples=["requests_per_hour"])
    quota: int
    used: int
    left: int
    window_seconds: int | None = Field(description="The length of its window; null: it counts what runs right now.")
    resets_at: str | None


class BudgetStanding(BaseModel):
    """A budget, and how much of it is left."""

    budget: Literal["tenant_day", "tenant_month"]
    budget_microusd: int
    used_microusd: int = Field(description="Spent.")
    reserved_microusd: int = Field(description="Set aside for calls and jobs that have not ended.")
    left_microusd: int
    resets_at: str


class LimitsResponse(BaseModel):
    """What you may still use."""

    limits: list[LimitStanding]
    budgets: list[BudgetStanding]
    player_day_microusd: int | None = Field(description="What any one player may spend in a day; null: no such budget.")


class BudgetEvent(BaseModel):
    """A budget that was nearly or wholly used up."""

    type: Literal["budget.warning", "budget.exhausted"]
    budget: str = Field(examples=["tenant_day"])
    period: str = Field(description="The day or month it is the budget of.", examples=["2026-11-20"])
    percent: int = Field(description="80: a warning; 100: exhausted.")
    spent_microusd: int = Field(description="When it was recorded.")
    budget_microusd: int
    at: str


class EventListResponse(BaseModel):
    """One page of events, newest first."""

    items: list[BudgetEvent]
    next_cursor: str | None = Field(description="Send it back as `cursor` for the next page; null at the end.")
