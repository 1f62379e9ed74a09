"""Webhooks over HTTP: what a studio can do, what is refused, and that nobody sees another's."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

import pytest
from standardwebhooks import Webhook

from common.accounts import accounts
from common.events import Event, EventType, outbox_of
from common.keys import Mode
from common.settings import settings
from tests.support import hostile
from tests.support.deployment import Deployment
from tests.support.http import ALICE, BOB
from tests.support.http import Studio as Client
from tests.support.letterbox import Letterbox
from webhooks.api import app
from webhooks.models import MAX_ENDPOINTS, DisabledReason
from webhooks.repository import endpoints_of
from webhooks.routes import resolver

PATH = "/v1/webhooks"
URL = "https://game.example/meddah"
NOBODYS = "whk_" + "0" * 26


@pytest.fixture
def alice(deployment: Deployment) -> Client:
    return Client(app, ALICE)


@pytest.fixture
def looked_up() -> Iterator[None]:
    """As where a vendor answers: names are looked up."""

    async def knowing() -> Any:
        return hostile.resolve

    app.dependency_overrides[resolver] = knowing
    yield
    app.dependency_overrides.clear()


@pytest.fixture
def laptop(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Iterator[Letterbox]:
    """A receiver on this machine, where such may be called."""
    monkeypatch.setenv("OUTBOUND_LOOPBACK", "true")
    settings.cache_clear()
    with Letterbox() as letterbox:
        yield letterbox
    settings.cache_clear()


def error_of(answer: Any) -> tuple[int, str, list[str]]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], [one["field"] for one in error["details"].get("errors", [])]


async def made(client: Client, **wish: Any) -> dict[str, Any]:
    answer = await client.post(PATH, **{"url": URL, **wish})
    assert answer.status_code == 201, answer.text
    return answer.json()


def happens(tenant_id: str, kind: EventType = EventType.JOB_COMPLETED, *, place: int = 0) -> Event:
    """Have something happen now."""
    outbox = outbox_of(tenant_id)
    event_id = f"evt_01K0000000000000000000{place:04d}"
    event = Event(id=event_id, type=kind, at=outbox.clock(), data={"job_id": f"job_{place}"})
    assert outbox.write_once(event)
    return event


def deliver(deployment: Deployment) -> list[Any]:
    """Let the deployed worker take all messages, as SQS hands them over; return what it says of each batch."""
    answers: list[Any] = []
    while bodies := deployment.received(deployment.settings.webhook_queue_url):
        records = [
            {
                "messageId": str(place),
                "receiptHandle": "r",
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1"},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:meddah-dev-webhook",
            }
            for place, body in enumerate(bodies)
        ]
        answers.append(import_module("webhooks.worker").handler({"Records": records}, None))
    return answers


# ── Endpoints ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_endpoint_is_made_and_its_secret_shown_once(alice: Client) -> None:
    answer = await alice.post(PATH, url=URL, events=["job.*"], description="oyun sunucusu")
    one = answer.json()
    read = (await alice.get(f"{PATH}/{one['id']}")).json()
    (listed,) = (await alice.get(PATH)).json()["items"]

    assert answer.headers["cache-control"] == "no-store"
    assert one["secret"].startswith("whsec_")
    assert read == listed == {name: value for name, value in one.items() if name != "secret"}
    assert (read["url"], read["events"], read["description"], read["enabled"]) == (
        URL,
        ["job.*"],
        "oyun sunucusu",
        True,
    )


async def test_by_default_it_gets_every_event(alice: Client) -> None:
    assert (await made(alice))["events"] == ["*"]


@pytest.mark.parametrize(
    "events", [[], ["job"], ["job.finished"], ["*.completed"], ["jobs.*"], ["**"], [""], ["job.*"] * 99, "job.*", [1]]
)
async def test_unknown_events_are_refused(alice: Client, events: Any) -> None:
    status, code, fields = error_of(await alice.post(PATH, url=URL, events=events))

    assert (status, code) == (422, "VALIDATION_ERROR")
    assert all(field.startswith("events") for field in fields)


async def test_the_eleventh_is_refused_until_one_goes(alice: Client) -> None:
    ids = [(await made(alice))["id"] for _ in range(MAX_ENDPOINTS)]
    assert error_of(await alice.post(PATH, url=URL))[:2] == (409, "TOO_MANY")
    assert len((await alice.get(PATH)).json()["items"]) == MAX_ENDPOINTS == 10

    assert (await alice.delete(f"{PATH}/{ids[0]}")).status_code == 204
    assert error_of(await alice.delete(f"{PATH}/{ids[0]}"))[:2] == (404, "WEBHOOK_NOT_FOUND")
    await made(alice)
    assert error_of(await alice.post(PATH, url=URL))[:2] == (409, "TOO_MANY")


async def test_a_change_touches_what_it_names(alice: Client) -> None:
    one = await made(alice, events=["job.*"], description="eski")
    changed = (await alice.patch(f"{PATH}/{one['id']}", events=["*"], description=None)).json()
    off = (await alice.patch(f"{PATH}/{one['id']}", enabled=False)).json()
    on = (await alice.patch(f"{PATH}/{one['id']}", enabled=True)).json()

    assert (changed["url"], changed["events"], changed["description"]) == (URL, ["*"], None)
    assert (off["enabled"], off["disabled_reason"]) == (False, "paused")
    assert (on["enabled"], on["disabled_reason"]) == (True, None)


@pytest.mark.parametrize(
    "body", [{}, {"url": None}, {"events": None}, {"enabled": None}, {"secret": "x"}, {"events": []}]
)
async def test_a_change_that_says_nothing_or_too_much_is_refused(alice: Client, body: dict[str, Any]) -> None:
    one = await made(alice)

    assert error_of(await alice.patch(f"{PATH}/{one['id']}", **body))[0] == 422


async def refusals(alice: Client, urls: Iterable[str]) -> dict[str, list[Any]]:
    """Return what is said of each address where a webhook is made, and where one is changed."""
    one = await made(alice)
    told: dict[str, list[Any]] = {}
    for url in urls:
        answers = (await alice.post(PATH, url=url), await alice.patch(f"{PATH}/{one['id']}", url=url))
        told[url] = [error_of(answer) if answer.is_error else answer.status_code for answer in answers]
    assert [item["url"] for item in (await alice.get(PATH)).json()["items"]] == [URL]
    return told


REFUSED_TWICE = [(422, "VALIDATION_ERROR", ["url"])] * 2


async def test_a_hostile_address_is_refused_wherever_one_is_taken(alice: Client) -> None:
    assert len(hostile.REFUSED) > 60
    assert await refusals(alice, hostile.REFUSED) == dict.fromkeys(hostile.REFUSED, REFUSED_TWICE)


async def test_a_name_that_leads_inside_or_nowhere_is_refused(alice: Client, looked_up: None) -> None:
    urls = [f"https://{name}/hook" for name in [*hostile.LEADS_INSIDE, "unknown.example"]]

    assert await refusals(alice, urls) == dict.fromkeys(urls, REFUSED_TWICE)


async def test_other_addresses_are_taken(alice: Client, looked_up: None) -> None:
    one = await made(alice)
    for url in hostile.ALLOWED:
        assert (await alice.patch(f"{PATH}/{one['id']}", url=url)).status_code == 200, url


# ── Secrets ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_new_secret_is_shown_once_and_the_old_one_goes_on_for_a_day(alice: Client) -> None:
    one = await made(alice)
    answer = await alice.post(f"{PATH}/{one['id']}/rotate-secret")
    new = answer.json()
    shown = (await alice.get(f"{PATH}/{one['id']}")).json()

    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    assert new["secret"] != one["secret"]
    assert shown["former_secret_until"] == new["former_secret_until"] > one["created_at"]
    assert "secret" not in shown


@pytest.mark.parametrize("overlap", [-1, 604_801, 1.5, "x", None])
async def test_an_overlap_is_at_most_a_week(alice: Client, overlap: Any) -> None:
    one = await made(alice)

    refused = await alice.post(f"{PATH}/{one['id']}/rotate-secret", overlap_seconds=overlap)
    assert error_of(refused)[2] == ["overlap_seconds"]


async def test_two_rotations_at_once_are_one(alice: Client) -> None:
    one = await made(alice)
    endpoints = endpoints_of("tenant_demo")
    seen = endpoints.get(one["id"])
    endpoints.rotate(seen, {"secret": "whsec_other"})

    with pytest.raises(Exception, match="Another rotation was quicker"):
        endpoints.rotate(seen, {"secret": "whsec_lost"})
    assert endpoints.get(one["id"]).secret == "whsec_other"


async def test_the_secret_for_callbacks_is_made_by_the_first_call(alice: Client) -> None:
    first = await alice.post(f"{PATH}/callbacks/rotate-secret")
    second = await alice.post(f"{PATH}/callbacks/rotate-secret", overlap_seconds=0)

    assert (first.status_code, first.headers["cache-control"]) == (201, "no-store")
    assert (first.json()["former_secret_until"], second.json()["former_secret_until"]) == (None, None)
    assert first.json()["secret"] != second.json()["secret"]


# ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_log_goes_back_page_by_page_and_knows_types(alice: Client) -> None:
    for place in range(5):
        happens("tenant_demo", EventType.JOB_FAILED if place % 2 else EventType.JOB_COMPLETED, place=place)
    seen, cursor = [], None
    while page := (await alice.get(f"{PATH}/events", limit=2, **({"cursor": cursor} if cursor else {}))).json():
        seen += [item["data"]["job_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    failed = (await alice.get(f"{PATH}/events", type="job.failed")).json()

    assert seen == ["job_4", "job_3", "job_2", "job_1", "job_0"]
    assert [item["data"]["job_id"] for item in failed["items"]] == ["job_3", "job_1"]
    assert error_of(await alice.get(f"{PATH}/events", type="job.lost"))[2] == ["type"]
    assert error_of(await alice.get(f"{PATH}/events", cursor="x"))[2] == ["cursor"]


async def test_a_test_reaches_an_endpoint_that_wants_no_such_event(
    alice: Client, deployment: Deployment, laptop: Letterbox
) -> None:
    """The deployed worker, the guard and a server of the studio's own, over real HTTP."""
    one = await made(alice, events=["budget.*"], url=f"{laptop.url}/meddah?oyun=1")
    answer = await alice.post(f"{PATH}/{one['id']}/test")
    assert answer.status_code == 202, answer.text
    batches = await asyncio.to_thread(deliver, deployment)

    (letter,) = laptop.letters
    told = Webhook(one["secret"]).verify(letter.body, dict(letter.headers))
    assert (letter.path, letter.query) == ("/meddah", b"oyun=1")
    assert (told["type"], told["data"]) == ("webhook.test", {"endpoint_id": one["id"]})
    assert batches == [{"batchItemFailures": []}] * 2
    event = (await alice.get(f"{PATH}/events/{answer.json()['event_id']}")).json()
    ((delivery),) = event["deliveries"]
    assert (delivery["endpoint_id"], delivery["status"], delivery["next_attempt_at"]) == (one["id"], "delivered", None)


async def test_an_endpoint_that_gets_nothing_is_not_tested(alice: Client) -> None:
    one = await made(alice)
    await alice.patch(f"{PATH}/{one['id']}", enabled=False)
    happens("tenant_demo")

    for answer in (
        await alice.post(f"{PATH}/{one['id']}/test"),
        await alice.post(f"{PATH}/events/evt_01K00000000000000000000000/replay", endpoint_id=one["id"]),
    ):
        assert error_of(answer)[:2] == (409, "WEBHOOK_DISABLED")
        assert answer.json()["error"]["details"] == {"disabled_reason": DisabledReason.PAUSED}


async def test_a_replay_goes_to_one_or_to_all_that_want_it(alice: Client, deployment: Deployment) -> None:
    event = happens("tenant_demo")
    wanting, other = await made(alice), await made(alice, events=["world.*"])
    path = f"{PATH}/events/{event.id}/replay"

    assert (await alice.post(path)).json()["endpoint_ids"] == [wanting["id"]]
    assert (await alice.post(path, endpoint_id=other["id"])).json()["endpoint_ids"] == [other["id"]]
    for unknown in (NOBODYS, "x", "callback"):
        assert error_of(await alice.post(path, endpoint_id=unknown)) == (422, "VALIDATION_ERROR", ["endpoint_id"])
    shown = (await alice.get(f"{PATH}/events/{event.id}")).json()["deliveries"]
    assert {(one["endpoint_id"], one["status"]) for one in shown} == {
        (wanting["id"], "pending"),
        (other["id"], "pending"),
    }


@pytest.mark.parametrize("known", ["evt_01K00000000000000000000009", "evt_x", "x"])
async def test_an_unknown_event_is_a_404(alice: Client, known: str) -> None:
    assert error_of(await alice.get(f"{PATH}/events/{known}"))[:2] == (404, "EVENT_NOT_FOUND")
    assert error_of(await alice.post(f"{PATH}/events/{known}/replay"))[:2] == (404, "EVENT_NOT_FOUND")


async def test_a_delivery_to_where_nobody_may_send_is_recorded_and_not_sent(
    alice: Client, deployment: Deployment, attempts: list[str]
) -> None:
    """The deployed worker, with the guard itself: a name that leads here is found out when it is tried."""
    one = await made(alice)
    endpoints_of("tenant_demo").change(one["id"], {"url": "https://127.0.0.1/hook"})
    event = happens("tenant_demo")
    await asyncio.to_thread(deliver, deployment)

    (delivery,) = (await alice.get(f"{PATH}/events/{event.id}")).json()["deliveries"]
    assert delivery["status"] == "pending"
    assert [(each["status_code"], each["reason"]) for each in delivery["attempts"]] == [(None, "not_allowed")]
    assert delivery["next_attempt_at"] is not None
    assert attempts == []


# ── Whose ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _everything(one: str, event: str) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        ("GET", f"{PATH}/{one}", {}),
        ("PATCH", f"{PATH}/{one}", {"json": {"enabled": False}}),
        ("DELETE", f"{PATH}/{one}", {}),
        ("POST", f"{PATH}/{one}/test", {}),
        ("POST", f"{PATH}/{one}/rotate-secret", {}),
        ("GET", f"{PATH}/events/{event}", {}),
        ("POST", f"{PATH}/events/{event}/replay", {}),
    ]


@pytest.mark.parametrize("outsider", ["another tenant", "its test key"])
async def test_nobody_sees_another_tenants_webhooks(alice: Client, outsider: str) -> None:
    one, event = await made(alice), happens("tenant_demo")
    other = Client(app, BOB if outsider == "another tenant" else _test_key())

    for method, path, options in _everything(one["id"], event.id):
        answer = await other.request(method, path, **options)
        assert error_of(answer)[:2] in {(404, "WEBHOOK_NOT_FOUND"), (404, "EVENT_NOT_FOUND")}, (method, path)
    assert (await other.get(PATH)).json()["items"] == []
    assert (await other.get(f"{PATH}/events")).json()["items"] == []
    theirs = await made(other)
    mine = await alice.post(f"{PATH}/events/{event.id}/replay", endpoint_id=theirs["id"])
    assert error_of(mine)[0] == 422
    assert (await alice.get(f"{PATH}/{one['id']}")).json()["enabled"] is True


async def test_a_player_token_opens_none_of_it(alice: Client, deployment: Deployment) -> None:
    one, event = await made(alice), happens("tenant_demo")
    characters, players = import_module("characters.api").app, import_module("players.api").app
    character = (await Client(characters).post("/v1/characters", system_prompt="Ben ozanım.")).json()["id"]
    wish = {"user_id": "oyuncu-1", "characters": [character], "scopes": ["speak", "react", "tts", "stt"]}
    player = Client(app, (await Client(players).post("/v1/players/tokens", **wish)).json()["token"])

    routes = [*_everything(one["id"], event.id), ("GET", PATH, {}), ("POST", PATH, {"json": {"url": URL}})]
    routes += [("GET", f"{PATH}/events", {}), ("POST", f"{PATH}/callbacks/rotate-secret", {})]
    for method, path, options in routes:
        assert error_of(await player.request(method, path, **options))[:2] == (403, "FORBIDDEN"), (method, path)


def _test_key() -> str:
    return accounts().create_key("tenant_demo", mode=Mode.TEST).api_key
