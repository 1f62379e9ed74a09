"""Events: written with what happens, known by one id, told afterwards if that can be."""

from __future__ import annotations

import json
import re

import pytest

from common.errors import InvalidInput
from common.events import DATA_OF, Event, EventMessage, EventType, about, event_id_of, job_event_id, outbox_of
from common.events.outbox import Outbox
from common.storage import from_item, transact_if
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment
from tests.support.queues import ListQueue

NOW = 1_795_212_000.0
EVENT_ID = re.compile(r"evt_[0-9A-HJKMNP-TV-Z]{26}")


@pytest.fixture
def queue() -> ListQueue:
    return ListQueue()


@pytest.fixture
def outbox(deployment: Deployment, queue: ListQueue) -> Outbox:
    table = deployment.settings.webhooks_table
    return Outbox("t", client=deployment.dynamodb, table=table, queue=queue, clock=ManualClock(NOW))  # type: ignore[arg-type]


def event(kind: EventType = EventType.JOB_COMPLETED, event_id: str = "evt_" + "0" * 26) -> Event:
    return Event(id=event_id, type=kind, at=NOW, data={"job_id": "job_1", "cost_microusd": 3_000})


def stored(deployment: Deployment, event_id: str = "evt_" + "0" * 26) -> dict[str, object]:
    key = {"tenant_id": {"S": "t"}, "item": {"S": f"event#{event_id}"}}
    answer = deployment.dynamodb.get_item(TableName=deployment.settings.webhooks_table, Key=key)
    return from_item(answer.get("Item", {}))


def test_an_event_is_written_with_what_it_tells_of_or_not_at_all(deployment: Deployment, outbox: Outbox) -> None:
    table, key = deployment.settings.jobs_table, {"tenant_id": {"S": "t"}, "job_id": {"S": "job_1"}}
    happens = {"Put": {"TableName": table, "Item": key, "ConditionExpression": "attribute_not_exists(job_id)"}}
    other = event(event_id="evt_" + "1" * 26)

    assert transact_if(deployment.dynamodb, [happens, outbox.writing(event())])
    assert not transact_if(deployment.dynamodb, [happens, outbox.writing(other)])
    assert Event.model_validate(stored(deployment)) == event()
    assert stored(deployment, other.id) == {}


def test_it_is_looked_for_until_it_is_told_and_forgotten_after_thirty_days(
    deployment: Deployment, outbox: Outbox
) -> None:
    transact_if(deployment.dynamodb, [outbox.writing(event())])
    item = stored(deployment)

    assert (item["open"], item["due_at"]) == ("due", NOW + 60)
    assert item["expires_at"] == NOW + 30 * 86_400


def test_what_is_written_by_itself_is_written_and_told_once(outbox: Outbox, queue: ListQueue) -> None:
    assert [outbox.write_once(event()), outbox.write_once(event())] == [True, False]
    assert queue.messages == [EventMessage(tenant_id="t", event_id=event().id)]


def test_telling_never_fails(deployment: Deployment) -> None:
    class Broken:
        def send(self, message: object, *, delay: int = 0) -> None:
            raise RuntimeError("no queue today")

    table = deployment.settings.webhooks_table
    outbox = Outbox("t", client=deployment.dynamodb, table=table, queue=Broken())  # type: ignore[arg-type]

    assert outbox.write_once(event())
    assert stored(deployment) != {}


def test_the_queue_of_the_deployment_gets_the_message(deployment: Deployment) -> None:
    outbox_of("t").write_once(event())

    (body,) = deployment.received(deployment.settings.webhook_queue_url)
    assert json.loads(body) == {"tenant_id": "t", "event_id": event().id}


def test_a_callback_needs_a_secret_first(deployment: Deployment, outbox: Outbox) -> None:
    with pytest.raises(InvalidInput, match="POST /v1/webhooks/callbacks/rotate-secret") as refused:
        outbox.require_callbacks()
    assert refused.value.details["errors"][0]["field"] == "callback_url"

    key = {"tenant_id": {"S": "t"}, "item": {"S": "callbacks"}, "secret": {"S": "whsec_x"}}
    deployment.dynamodb.put_item(TableName=deployment.settings.webhooks_table, Item=key)
    outbox.require_callbacks()


def test_the_end_of_a_job_has_one_id_whoever_writes_it() -> None:
    assert job_event_id("job_01K00000000000000000000000") == "evt_01K00000000000000000000000"
    assert job_event_id("batch_01K00000000000000000000000") == "evt_01K00000000000000000000000"


def test_what_happens_once_in_a_window_has_one_id_in_it() -> None:
    first = event_id_of(NOW, "limit", "requests_per_hour")

    assert EVENT_ID.fullmatch(first)
    assert first == event_id_of(NOW, "limit", "requests_per_hour")
    assert len({first, event_id_of(NOW + 3_600, "limit", "requests_per_hour"), event_id_of(NOW, "limit", "x")}) == 3
    assert first < event_id_of(NOW + 1, "a"), "ids sort by their window"


@pytest.mark.parametrize("kind", EventType)
def test_every_type_says_when_it_is_told_and_what_it_holds(kind: EventType) -> None:
    assert about(kind)
    assert {field for field in DATA_OF[kind].model_fields if field.endswith("_id")} or kind.startswith(
        ("budget.", "limit.")
    )


def test_nothing_of_an_event_has_room_for_a_text() -> None:
    fields = {name for data in set(DATA_OF.values()) for name in data.model_fields}

    assert not fields & {"message", "text", "prompt", "reply", "name", "system_prompt", "url", "secret"}
