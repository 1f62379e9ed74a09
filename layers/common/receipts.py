"""The receipt: what an answer or a job used and cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Iterable

    from common.providers import Usage


class LatencyMs(BaseModel):
    """Milliseconds spent, as seen by us."""

    total: int = Field(default=0, description="From the request to its answer; of a job, from its order to its end.")
    provider: int = Field(default=0, description="Of it, in the models' hands.")


class Receipt(BaseModel):
    """The sum of all model calls behind one answer or job. Fields that do not apply are 0."""

    model_config = ConfigDict(frozen=True)

    cost_microusd: int = Field(default=0, description="Millionths of a US dollar.")
    input_tokens: int = 0
    output_tokens: int = 0
    characters: int = Field(default=0, description="Characters spoken.")
    seconds: float = Field(default=0.0, description="Seconds of sound made or heard.")
    megapixels: float = 0.0
    model: str | None = Field(
        default=None, description="The model that gave the answer; the last one where several worked."
    )
    cached: bool = False
    budget_remaining_microusd: int | None = Field(
        default=None,
        description="What the tighter of the day's and the month's budgets has left, calls under way set aside. Null "
        "where nothing was spent or asked.",
    )
    latency_ms: LatencyMs = LatencyMs()

    @classmethod
    def of(cls, usages: Iterable[Usage], *, total_ms: int = 0, budget_remaining_microusd: int | None = None) -> Receipt:
        """Return the sum of `usages`, in the order the calls were made; `cached` only if all of them were."""
        calls = list(usages)
        return cls(
            cost_microusd=sum(call.cost_microusd for call in calls),
            input_tokens=sum(call.input_tokens for call in calls),
            output_tokens=sum(call.output_tokens for call in calls),
            characters=sum(call.characters for call in calls),
            seconds=round(sum(call.seconds for call in calls), 3),
            megapixels=round(sum(call.megapixels for call in calls), 3),
            model=calls[-1].model if calls else None,
            cached=bool(calls) and all(call.cached for call in calls),
            budget_remaining_microusd=budget_remaining_microusd,
            latency_ms=LatencyMs(total=total_ms, provider=sum(call.provider_ms for call in calls)),
        )
