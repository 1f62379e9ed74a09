"""What else is told: characters and worlds as they change, budgets and limits as they are met."""

from __future__ import annotations

from typing import Any

import pytest

from common.errors import LimitReached
from common.events import DATA_OF, Event
from common.ledger import ledger_of
from common.tiers import LimitOverrides
from tests.support.deployment import Deployment
from tests.support.house import House
from tests.support.http import ALICE
from tests.support.money import give
from webhooks.repository import deliveries_of


@pytest.fixture
def house(deployment: Deployment) -> House:
    return House(deployment, ALICE)


def told() -> list[Event]:
    """Return every event of the tenant, the first first; each says what its type may say."""
    events, _ = deliveries_of("tenant_demo").events(limit=100, cursor=None, kind=None)
    for event in events:
        DATA_OF[event.type].model_validate(event.data)
    return sorted(events, key=lambda event: event.at)


@pytest.mark.parametrize(
    ("kind", "body"), [("character", {"system_prompt": "Ben ozanım."}), ("world", {"name": "Ova"})]
)
async def test_a_thing_is_told_of_as_it_comes_changes_and_goes(house: House, kind: str, body: dict[str, Any]) -> None:
    path = f"/v1/{kind}s"
    made = (await house.post(path, **body)).json()["id"]
    changed = await house.request("PATCH", f"{path}/{made}", json={"name": "Başka"})
    gone = await house.request("DELETE", f"{path}/{made}")
    again = await house.request("DELETE", f"{path}/{made}")

    assert (changed.json()["name"], gone.status_code, again.status_code) == ("Başka", 204, 404)
    assert [event.type for event in told()] == [f"{kind}.created", f"{kind}.updated", f"{kind}.deleted"]
    assert {event.data[f"{kind}_id"] for event in told()} == {made}
    assert len({event.id for event in told()}) == 3


async def test_of_a_batch_each_is_told_of_and_queued(house: House, deployment: Deployment) -> None:
    made = (await house.post("/v1/characters/batch", count=3)).json()["created"]

    assert {event.data["character_id"] for event in told()} == {one["character"]["id"] for one in made}
    assert len(deployment.received(deployment.settings.webhook_queue_url)) == 3


async def test_a_change_of_nothing_that_is_there_is_not_told(house: House) -> None:
    answer = await house.request("PATCH", "/v1/worlds/world_" + "0" * 26, json={"name": "Ova"})

    assert answer.status_code == 404
    assert told() == []


async def test_a_limit_is_told_of_once_a_window(house: House) -> None:
    give("tenant_demo", limits=LimitOverrides(requests_per_hour=1))
    answers = [await house.get("/v1/worlds") for _ in range(4)]
    (event,) = told()

    assert [answer.status_code for answer in answers] == [200, 429, 429, 429]
    assert event.type == "limit.reached"
    assert (event.data["limit"], event.data["quota"], event.data["window_seconds"]) == ("requests_per_hour", 1, 3600)
    assert event.data["resets_at"] == answers[1].json()["error"]["details"]["resets_at"]
    ledger_of.cache_clear()  # another process, which has told of nothing yet
    ledger_of("tenant_demo").note_limit(LimitReached("again", details=answers[1].json()["error"]["details"]))
    assert told() == [event]


async def test_a_budget_is_told_of_when_it_is_nearly_and_when_it_is_wholly_spent(deployment: Deployment) -> None:
    events = ledger_of("tenant_demo")._events
    for _ in range(2):
        events._record("2026-11-20", "tenant_day", 80, spent=80, most=100)
        events._record("2026-11", "tenant_month", 100, spent=100, most=100)
        events._noted.clear()

    assert sorted((event.type.value, event.data["budget"], event.data["percent"]) for event in told()) == [
        ("budget.exhausted", "tenant_month", 100),
        ("budget.warning", "tenant_day", 80),
    ]
