"""Memory upkeep on the tenant's account: it is no request, and what the tenant may not spend is left out."""

from __future__ import annotations

from typing import Any

import pytest

from characters.models import Character, Exchange, MemoryTask
from characters.repository import characters_of, memories_of
from characters.worker import handler
from common.clock import iso_now, new_id
from common.ledger import ledger_of
from common.tiers import BudgetOverrides, LimitOverrides
from tests.support.deployment import Deployment
from tests.support.models import ScriptedModel
from tests.support.money import a_request, give

TENANT = "tenant_demo"


@pytest.fixture(autouse=True)
def paid_model(monkeypatch: pytest.MonkeyPatch) -> ScriptedModel:
    model = ScriptedModel(ceiling=1_000)
    monkeypatch.setattr("characters.worker.chat_model", lambda _: model)
    return model


@pytest.fixture
def character(deployment: Deployment) -> str:
    mirra = Character(
        id=new_id("char"),
        name="Mirra",
        role="Şifacı",
        archetype="Duru İdealist",
        acting_prompt="Ben şifacıyım.",
        created_at=iso_now(),
    )
    characters_of(TENANT).add(mirra)
    for number in range(3):
        exchange = Exchange(id=f"01K{number:023d}", message="soru", reply="cevap", created_at=iso_now())
        memories_of(TENANT).append(mirra.id, exchange)
    return mirra.id


def _summarise(character: str) -> list[Any]:
    """Deliver one task and return what failed."""
    task = MemoryTask(task="summarise", tenant_id=TENANT, character_id=character)
    record = {
        "messageId": "1",
        "receiptHandle": "1",
        "body": task.model_dump_json(),
        "attributes": {"ApproximateReceiveCount": "1"},
        "eventSource": "aws:sqs",
    }
    return handler({"Records": [record]}, None)["batchItemFailures"]


def test_a_summary_is_paid_for_and_is_no_request(character: str) -> None:
    assert _summarise(character) == []

    after = ledger_of(TENANT).standing()
    assert after is not None
    assert (after.requests, after.day_committed, after.reserved) == (0, 7, 0)
    assert after.counters["r|memory_upkeep|c"] == 7
    assert memories_of(TENANT).window(character, limit=5).summary is not None


def test_an_hour_that_is_full_stops_no_summary(character: str) -> None:
    give(TENANT, limits=LimitOverrides(requests_per_hour=1))
    a_request(TENANT).admit()

    assert _summarise(character) == []
    assert memories_of(TENANT).window(character, limit=5).summary is not None


@pytest.mark.parametrize(
    "terms",
    [{"budgets": BudgetOverrides(day_microusd=999)}, {"limits": LimitOverrides(concurrent_generations=1)}],
    ids=["budget", "limit"],
)
def test_what_the_tenant_may_not_spend_is_left_out_and_is_no_failure(
    character: str, terms: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    a_request(TENANT).reserve(1)
    give(TENANT, **terms)

    assert _summarise(character) == []
    assert memories_of(TENANT).window(character, limit=5).summary is None
    assert "summary left out" in caplog.messages


def test_what_was_left_out_is_taken_in_later(character: str) -> None:
    give(TENANT, budgets=BudgetOverrides(day_microusd=999))
    _summarise(character)
    give(TENANT)
    _summarise(character)

    window = memories_of(TENANT).window(character, limit=5)
    assert (window.summary is not None, window.summarised) == (True, 3)
