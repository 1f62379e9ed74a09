from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from characters.api import app as characters_app
from common.api import CurrentSpending
from common.dependencies import new_asking
from common.errors import ProviderError
from common.ledger import ledger_of
from common.providers import ChatRequest, Completion, Usage
from common.providers.asking import Asking
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment
from tests.support.http import Studio
from tests.support.models import ScriptedModel
from usage.api import app

DEMO, OTHER = "tenant_demo", "tenant_demo_2"


class PaidModel(ScriptedModel):
    """A scripted model of which no two answers cost the same, by another vendor's model for each purpose.

    `paid` is the vendor's own bill.
    """

    def __init__(self, **script: object) -> None:
        super().__init__(ceiling=10_000, **script)  # type: ignore[arg-type]
        self.paid: list[Usage] = []

    async def complete(self, request: ChatRequest, *, timeout: float) -> Completion:
        try:
            completion = await super().complete(request, timeout=timeout)
        except ProviderError as error:
            self.paid += error.usages
            raise
        number = len(self.requests)
        usage = Usage(
            f"vendor/{request.purpose}",
            cost_microusd=100 + 7 * number,
            input_tokens=50 + number,
            output_tokens=3 * number,
        )
        self.paid.append(usage)
        return Completion(completion.text, usage)


def seconds_of(day: str, hour: int = 9) -> float:
    return datetime.fromisoformat(day).replace(tzinfo=UTC, hour=hour).timestamp()


@pytest.fixture
def clock(deployment: Deployment) -> ManualClock:
    """The clock of every tenant's ledger: the morning of 20 November 2026."""
    clock = ManualClock(seconds_of("2026-11-20"))
    for tenant_id in (DEMO, OTHER, f"{DEMO}.test"):
        ledger_of(tenant_id).clock = clock
    return clock


@pytest.fixture
def studio(clock: ManualClock) -> Studio:
    return Studio(app)


@pytest.fixture
def model() -> PaidModel:
    return PaidModel()


@pytest.fixture
def characters(clock: ManualClock, model: PaidModel) -> Iterator[Studio]:
    """The same studio at the characters' door, behind which every word is paid."""

    async def asking(spending: CurrentSpending) -> Asking:
        return Asking(model, spending=spending)

    characters_app.dependency_overrides[new_asking] = asking
    yield Studio(characters_app)
    characters_app.dependency_overrides.clear()
