"""The worker and the watcher as Lambda calls them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from common.events import Event, EventType, outbox_of
from tests.support.deployment import Deployment
from tests.support.stack import ROOT
from webhooks import watcher, worker


def sample(name: str) -> Any:
    return json.loads(Path(ROOT, "events", f"{name}.json").read_text(encoding="utf-8"))


def test_a_message_about_something_long_gone_is_done_with(deployment: Deployment) -> None:
    assert worker.handler(sample("webhooks-worker"), None) == {"batchItemFailures": []}


def test_what_is_no_message_of_ours_fails_alone(deployment: Deployment) -> None:
    batch = sample("webhooks-worker")
    batch["Records"].append(batch["Records"][0] | {"messageId": "bad", "body": "{}"})

    assert worker.handler(batch, None) == {"batchItemFailures": [{"itemIdentifier": "bad"}]}


def test_the_watcher_sends_on_what_got_lost(deployment: Deployment) -> None:
    event = Event(id="evt_" + "0" * 26, type=EventType.WORLD_DELETED, at=1_795_000_000, data={"world_id": "world_1"})
    outbox_of("t").write_once(event)
    assert len(deployment.received(deployment.settings.webhook_queue_url)) == 1

    assert watcher.handler(sample("webhooks-watcher"), None) == {"due": 1}
    (body,) = deployment.received(deployment.settings.webhook_queue_url)
    assert json.loads(body) == {"tenant_id": "t", "event_id": event.id, "endpoint_id": None}
    assert watcher.handler(sample("webhooks-watcher"), None) == {"due": 0}
