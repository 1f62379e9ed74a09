"""What a studio sets for itself: versioned, checked as a whole, in force within a minute."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from common.tiers import BudgetOverrides


class TenantConfig(BaseModel):
    """A tenant's configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = Field(default=1, description="Rises by one with each change.")
    budgets: BudgetOverrides = Field(
        default=BudgetOverrides(), description="Your own budgets; one above the operator's ceiling is the ceiling."
    )
