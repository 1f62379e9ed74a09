"""What tests pay with: terms of any size, jobs stored as the ledger stores them, a request's spending."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.accounts import accounts
from common.ledger import Call, Ledger, Meter, Terms, ledger_of
from common.providers import Usage
from common.spending import Spending
from common.tenancy import tenants
from common.tiers import BudgetOverrides, Budgets, LimitOverrides, Limits

if TYPE_CHECKING:
    from common.jobs import Job, JobRepository
    from common.player_tokens import Player

PLENTY = 10**7


def terms_of(
    *,
    hour: int = PLENTY,
    text: int = PLENTY,
    images: int = PLENTY,
    running: int = PLENTY,
    day: int = PLENTY,
    month: int = PLENTY,
    player_day: int | None = None,
) -> Terms:
    """Return terms that are generous but for what is named."""
    limits = Limits(
        requests_per_hour=hour,
        text_per_minute=text,
        images_per_minute=images,
        concurrent_generations=running,
        concurrent_jobs=20,
    )
    return Terms(limits, Budgets(day_microusd=day, month_microusd=month, player_day_microusd=player_day))


def store_jobs(jobs: JobRepository, *made: Job) -> None:
    """Store jobs with what they reserve, under generous terms."""
    for job in made:
        jobs.ledger.take(Call("test", max_microusd=job.reserved_microusd), terms_of(), also=[jobs.creation(job)])


def a_request(
    tenant: str | Ledger = "alice",
    *,
    route: str = "test",
    terms: Terms | None = None,
    meter: Meter | None = None,
    player: Player | None = None,
) -> Spending:
    """Return the spending of a new request of `tenant`."""
    ledger = ledger_of(tenant) if isinstance(tenant, str) else tenant
    return Spending(ledger, terms or terms_of(), route=route, meter=meter, player=player)


def give(tenant_id: str, *, limits: LimitOverrides | None = None, budgets: BudgetOverrides | None = None) -> None:
    """Give a tenant limits and budgets of its own, in force at once."""
    terms = {"limits": limits or LimitOverrides(), "budgets": budgets or BudgetOverrides()}
    accounts().change(tenant_id, lambda account: account.model_copy(update=terms))
    tenants.cache_clear()


def paid(microusd: int, model: str = "m") -> Usage:
    """Return the usage of one call that cost so much."""
    return Usage(model, cost_microusd=microusd)
