from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from common.clock import Clock
from common.ledger import Ledger, Standing
from common.storage import from_item, to_item
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()

LedgerOf = Callable[..., Ledger]
Stored = Callable[[str], dict[str, Any] | None]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def ledger_at(deployment: Deployment) -> LedgerOf:
    """A tenant's ledger with a clock of its own, as another machine has it."""

    def make(clock: Clock, tenant: str = "alice") -> Ledger:
        return Ledger(tenant, client=deployment.dynamodb, table=deployment.settings.usage_table, clock=clock)

    return make


@pytest.fixture
def ledger(ledger_at: LedgerOf, clock: ManualClock) -> Ledger:
    return ledger_at(clock)


@pytest.fixture
def stored(deployment: Deployment) -> Stored:
    """What the table holds for alice under a window, None for nothing."""

    def read(window: str) -> dict[str, Any] | None:
        key = to_item({"tenant_id": "alice", "window": window})
        answer = deployment.dynamodb.get_item(TableName=deployment.settings.usage_table, Key=key, ConsistentRead=True)
        return from_item(answer["Item"]) if "Item" in answer else None

    return read


@pytest.fixture
def standing(ledger: Ledger) -> Callable[[], Standing]:
    """Where alice stands now."""

    def read() -> Standing:
        now = ledger.standing()
        assert now is not None
        return now

    return read
