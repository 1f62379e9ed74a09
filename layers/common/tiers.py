"""What a tenant may do: the limits and budgets of the tiers (`data/tiers.json`), and a tenant's own in their place."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

MAX_COUNT = 10_000_000
MAX_GENERATIONS = 500
Count = Annotated[int, Field(ge=1, le=MAX_COUNT)]
Generations = Annotated[int, Field(ge=1, le=MAX_GENERATIONS)]
"""Each that runs stands in the ledger's one item, up to 250 bytes of the 400 KB DynamoDB allows, and every request
reads them all."""
MOST_PLACES = 100
Places = Annotated[int, Field(ge=1, le=MOST_PLACES)]
"""The ids of the jobs that run stand in one item, which each claim and each ending writes."""
Microusd = Annotated[int, Field(ge=0, le=10**12)]


class _Terms(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Limits(_Terms):
    """How much a tenant may ask for."""

    requests_per_hour: Count = Field(description="Requests of any kind in a clock hour.")
    text_per_minute: Count = Field(description="Calls that have a model write, in a clock minute.")
    images_per_minute: Count = Field(description="Pictures ordered in a clock minute.")
    concurrent_generations: Count = Field(description="Synchronous calls to models that may run at the same time.")
    concurrent_jobs: Places = Field(description="Jobs of one kind that may run at the same time; the others wait.")


class Budgets(_Terms):
    """How much a tenant may spend, in millionths of a US dollar. Days and months are those of UTC."""

    day_microusd: Microusd = Field(description="In a day, all players together.")
    month_microusd: Microusd = Field(description="In a month.")
    player_day_microusd: Microusd | None = Field(description="In a day for any one player; null: no such limit.")


class Tier(_Terms):
    """What everybody of a tier may do."""

    limits: Limits
    budgets: Budgets


class LimitOverrides(_Terms):
    """A tenant's own limits; null leaves its tier's."""

    requests_per_hour: Count | None = None
    text_per_minute: Count | None = None
    images_per_minute: Count | None = None
    concurrent_generations: Generations | None = None
    concurrent_jobs: Places | None = None


class BudgetOverrides(_Terms):
    """A tenant's own budgets; null leaves what stands behind them."""

    day_microusd: Microusd | None = None
    month_microusd: Microusd | None = None
    player_day_microusd: Microusd | None = None


@cache
def tiers() -> dict[str, Tier]:
    """Every tier by its name."""
    text = files("common").joinpath("data", "tiers.json").read_text(encoding="utf-8")
    return TypeAdapter(dict[str, Tier]).validate_json(text)


def limits_of(tier: str, overrides: LimitOverrides) -> Limits:
    """Return the limits in force."""
    return tiers()[tier].limits.model_copy(update=overrides.model_dump(exclude_none=True))


def budgets_of(tier: str, overrides: BudgetOverrides) -> Budgets:
    """Return the operator's ceiling: the tier's budgets with the tenant's own in their place."""
    return tiers()[tier].budgets.model_copy(update=overrides.model_dump(exclude_none=True))


def within(ceiling: Budgets, wished: BudgetOverrides) -> Budgets:
    """Return the budgets in force: what the studio wished for, but never above the operator's `ceiling`."""

    def lower(most: int | None, wish: int | None) -> int | None:
        return most if wish is None else wish if most is None else min(most, wish)

    return Budgets(
        day_microusd=lower(ceiling.day_microusd, wished.day_microusd) or 0,
        month_microusd=lower(ceiling.month_microusd, wished.month_microusd) or 0,
        player_day_microusd=lower(ceiling.player_day_microusd, wished.player_day_microusd),
    )
