"""Every POST is carried out once for one `Idempotency-Key`: over HTTP, in a crowd, and when its process dies."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest

from common.accounts import Accounts
from common.idempotency import RUNNING_SECONDS
from common.jobs import FINAL, JobStatus, jobs_of
from common.ledger import ledger_of
from common.tenancy import Tenant, Tenants
from images.api import app as images
from local import http_events
from system.service import openapi_document
from tests.support.deployment import Deployment
from tests.support.http import Studio
from tests.support.mortal import Death, MortalStack
from tests.support.mortal import running as mortal_stack
from tests.support.zygote import Blow

Finished = Callable[[httpx.Client, str], dict[str, Any]]
PATHS: dict[str, dict[str, Any]] = json.loads(openapi_document())["paths"]
SCHEMAS: dict[str, Any] = json.loads(openapi_document())["components"]["schemas"]
POSTS = {path: operations["post"] for path, operations in PATHS.items() if "post" in operations}
OF_THEIR_OWN = {"/v1/account/keys/{key_id}/rotate", "/v1/jobs/{job_id}/prioritize"}
"""Not for the keys of a stack that others use; for a job that waits, which here none does for long. They have theirs in
test_every_route.py."""
NOBODY = {"url": "http://127.0.0.1:9/meddah"}
PICTURE = {"description": "yaşlı bir şifacı", "width": 256, "height": 256}


def _key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


def _example(operation: dict[str, Any]) -> Any:
    """Return the document's first example of what an operation takes."""
    schema: dict[str, Any] = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    reference = json.dumps(schema).partition("#/components/schemas/")[2].partition('"')[0]
    return SCHEMAS[reference]["examples"][0] if reference else None


# ── Over HTTP ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def ids(alice: httpx.Client, finished: Finished) -> dict[str, str]:
    failing = alice.post("/v1/voice/tts", json={"text": "Söylenmez. [sandbox:rejected]"}).json()["job_id"]
    webhook = alice.post("/v1/webhooks", json=NOBODY).json()["id"]
    return {
        "character_id": alice.post("/v1/characters", json={"system_prompt": "Ben ozanım."}).json()["id"],
        "job_id": finished(alice, failing)["job_id"],
        "webhook_id": webhook,
        "event_id": alice.post(f"/v1/webhooks/{webhook}/test").json()["event_id"],
    }


@pytest.fixture(scope="module")
def bodies(alice: httpx.Client, ids: dict[str, str], finished: Finished) -> dict[str, Any]:
    """What each POST takes, by its path: the document's example, unless it names what is not there."""
    order = alice.post("/v1/voice/tts", json={"text": "Merhaba.", "response_format": "wav"}).json()
    sound = httpx.get(finished(alice, order["job_id"])["result"]["audio_url"]).content
    there = {
        "/v1/voice/stt": {"audio_base64": base64.b64encode(sound).decode()},
        "/v1/players/tokens": {"user_id": "oyuncu-15", "characters": [ids["character_id"]]},
        "/v1/webhooks": NOBODY,
    }
    return {path: _example(operation) for path, operation in POSTS.items()} | there


@pytest.mark.parametrize("path", POSTS)
def test_every_post_says_that_it_takes_a_key(path: str) -> None:
    (parameter,) = [one for one in POSTS[path]["parameters"] if one["name"] == "Idempotency-Key"]

    assert (parameter["in"], parameter["required"]) == ("header", False)
    assert {"409", "422"} <= set(POSTS[path]["responses"])


@pytest.mark.parametrize("path", [path for path in POSTS if path not in OF_THEIR_OWN])
def test_every_post_is_carried_out_once(
    alice: httpx.Client, ids: dict[str, str], bodies: dict[str, Any], path: str
) -> None:
    address, body, headers = path.format(**ids), bodies[path], _key()
    first = alice.post(address, json=body, headers=headers)
    second = alice.post(address, json=body, headers=headers)
    other = alice.post(address, json=body, params={"x": "1"}, headers=headers)

    assert first.is_success, first.text
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert (first.headers.get("idempotency-replayed"), second.headers["idempotency-replayed"]) == (None, "true")
    assert (other.status_code, other.json()["error"]["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_twenty_at_once_are_one_character(alice: httpx.Client) -> None:
    headers, body = _key(), {"world_tone": "fantazi", "name": f"Şifacı {uuid4().hex[:6]}"}
    gate = threading.Barrier(20)

    def create(_: int) -> httpx.Response:
        gate.wait()
        return alice.post(
            "/v1/characters", json={"system_prompt": "Ben ozanım.", "name": body["name"]}, headers=headers
        )

    with ThreadPoolExecutor(20) as threads:
        found = list(threads.map(create, range(20)))

    assert {answer.status_code for answer in found} <= {201, 409}
    (made,) = {answer.json()["id"] for answer in found if answer.status_code == 201}
    assert {answer.json()["error"]["code"] for answer in found if answer.status_code == 409} <= {"STILL_RUNNING"}
    named = [one["id"] for one in _characters(alice) if one["name"] == body["name"]]
    assert named == [made]


def _characters(studio: httpx.Client) -> Iterator[dict[str, Any]]:
    cursor = None
    while True:
        page = studio.get("/v1/characters", params={"limit": 100, **({"cursor": cursor} if cursor else {})}).json()
        yield from next(value for value in page.values() if isinstance(value, list))
        cursor = page.get("next_cursor")
        if cursor is None:
            return


def test_one_studios_key_is_nothing_to_another(alice: httpx.Client, bob: httpx.Client) -> None:
    headers = _key()
    hers = alice.post("/v1/worlds", json={"name": "Kızılova"}, headers=headers)
    his = bob.post("/v1/worlds", json={"name": "Kızılova"}, headers=headers)

    assert (hers.status_code, his.status_code, "idempotency-replayed" in his.headers) == (201, 201, False)
    assert hers.json()["id"] != his.json()["id"]


def test_two_players_that_choose_the_same_key_get_answers_of_their_own(
    stack: str, alice: httpx.Client, ids: dict[str, str]
) -> None:
    headers, path = _key(), f"/v1/characters/{ids['character_id']}/speak"

    def speak(player: str) -> httpx.Response:
        wish = {"user_id": player, "characters": [ids["character_id"]]}
        token = alice.post("/v1/players/tokens", json=wish).json()["token"]
        bearer = {"Authorization": f"Bearer {token}"}
        return httpx.post(stack + path, json={"message": "Selam."}, headers={**headers, **bearer}, timeout=30)

    answers = [speak(player) for player in ("p1", "p2", "p1")]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert ["idempotency-replayed" in answer.headers for answer in answers] == [False, False, True]
    assert answers[2].content == answers[0].content
    studios = alice.post(path, json={"message": "Selam."}, headers=headers)
    assert (studios.status_code, "idempotency-replayed" in studios.headers) == (200, False)


# ── In this process: the process is gone at any step ─────────────────────────────────────────────────────────────────


class Killed(BaseException):
    """The process is gone: nothing catches this, and nothing it calls afterwards is heard."""


class Fate:
    """Counts an order's calls of DynamoDB and SQS, and kills it before or after one of them."""

    def __init__(self, deployment: Deployment) -> None:
        self.calls: list[str] = []
        self.kill_at: tuple[str, int] | None = None
        for client in (deployment.dynamodb, deployment.sqs):
            client.meta.events.register("before-call.*", self._before)
            client.meta.events.register("after-call.*", self._after)

    def _before(self, model: Any, **_: Any) -> None:
        if self.kill_at is not None and len(self.calls) >= self.kill_at[1]:
            raise Killed
        self.calls.append(model.name)
        self._strike("before")

    def _after(self, **_: Any) -> None:
        self._strike("after")

    def _strike(self, phase: str) -> None:
        if self.kill_at == (phase, len(self.calls)):
            raise Killed

    def arm(self, phase: str, call: int) -> None:
        self.calls.clear()
        self.kill_at = (phase, call)

    def spare(self) -> None:
        self.calls.clear()
        self.kill_at = None


@pytest.fixture
def fate(deployment: Deployment) -> Fate:
    return Fate(deployment)


def _order(key: str) -> httpx.Response:
    headers = {"Idempotency-Key": key}
    return asyncio.run(Studio(images).request("POST", "/v1/images/avatar", json=PICTURE, headers=headers))


def _let_the_run_expire(deployment: Deployment) -> None:
    """Let `RUNNING_SECONDS` pass, as far as records of runs are concerned."""
    table = deployment.settings.idempotency_table
    for item in deployment.dynamodb.scan(TableName=table)["Items"]:
        if "running_until" in item:
            deployment.dynamodb.update_item(
                TableName=table,
                Key={name: item[name] for name in ("tenant_id", "request_key")},
                UpdateExpression="SET running_until = :past",
                ExpressionAttributeValues={":past": {"N": "0"}},
            )


def test_a_process_that_dies_over_an_order_leaves_one_job_and_one_reservation(
    deployment: Deployment, fate: Fate
) -> None:
    _order("warm")
    fate.spare()
    assert _order("undisturbed").status_code == 202
    calls = list(fate.calls)
    assert calls[0] == "PutItem" and calls[-1] == "UpdateItem", "the record is the first and the last of it"
    assert {"TransactWriteItems", "SendMessage"} <= set(calls)
    jobs = jobs_of("tenant_demo")

    for phase in ("before", "after"):
        for number in range(1, len(calls) + 1):
            key = f"{phase} {number}"
            known = {job.id for job in jobs.recent(limit=100, cursor=None, kind=None, status=None).records}
            fate.arm(phase, number)
            with pytest.raises(Killed):
                _order(key)
            fate.spare()
            at_once = _order(key)
            if at_once.status_code == 409:
                assert at_once.json()["error"]["code"] == "STILL_RUNNING"
                _let_the_run_expire(deployment)
            answer = _order(key)

            assert answer.status_code == 202, f"{key} of {calls}: {answer.text}"
            stored = jobs.recent(limit=100, cursor=None, kind=None, status=None).records
            assert {job.id for job in stored} - known == {answer.json()["job_id"]}, f"{key} of {calls}"
            standing = ledger_of("tenant_demo").standing()
            assert standing is not None
            assert standing.reserved == sum(job.reserved_microusd for job in stored)
            assert _order(key).headers["idempotency-replayed"] == "true"


# ── Processes that really die ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MortalStack]:
    with mortal_stack(tmp_path_factory.mktemp("zygote") / "log") as one:
        yield one


def _enter(stack: MortalStack) -> str:
    """Begin a story and return its studio's API key."""
    stack.begin()
    names = stack.environments["JobsApi"]
    accounts = Accounts(
        client=stack.clients["dynamodb"], accounts_table=names["ACCOUNTS_TABLE"], keys_table=names["TENANTS_TABLE"]
    )
    Tenants(accounts).add_key(f"once-{stack.stories}", Tenant(tenant_id=stack.tenant, name="Stüdyo"))
    return f"once-{stack.stories}"


def _ask(stack: MortalStack, api_key: str, body: dict[str, Any]) -> tuple[int, Any]:
    """Order a picture with one idempotency key; 0 and None if the process died over it."""
    headers = [
        ("content-type", "application/json"),
        ("authorization", f"Bearer {api_key}"),
        ("idempotency-key", "bir-defa"),
    ]
    request = http_events.Request("POST", b"/v1/images/avatar", b"", headers, json.dumps(body).encode())
    _, status, answer = stack.request("ImagesApi", request)
    return status, answer


@pytest.mark.faults
def test_a_function_that_dies_at_any_call_orders_one_picture_and_pays_once(
    mortal: MortalStack, subtests: pytest.Subtests
) -> None:
    api_key = _enter(mortal)
    status, answer = _ask(mortal, api_key, PICTURE)
    assert status == 202, answer
    (calls,) = mortal.seen["ImagesApi"]
    assert "DynamoDB TransactWriteItems" in calls

    for blow in [Blow(phase, call) for call in calls for phase in ("before", "after")]:
        with subtests.test(str(blow)):
            api_key = _enter(mortal)
            mortal.deaths = [Death("ImagesApi", blow)]
            assert _ask(mortal, api_key, PICTURE)[0] == 0, "it died"
            status, answer = _ask(mortal, api_key, PICTURE)
            if status == 409:
                mortal.now += RUNNING_SECONDS
                status, answer = _ask(mortal, api_key, PICTURE)
            assert status == 202, answer
            mortal.work_off("ImageQueue", "ImagesWorker")
            mortal.hear()
            mortal.work_off("FinishQueue", "JobsWorker")

            (job,) = mortal.jobs()
            assert (job.id, job.status) == (answer["job_id"], JobStatus.COMPLETED)
            assert job.status in FINAL and len(mortal.vendor.queue.jobs) == 1
            standing = mortal.ledger().standing()
            assert standing is not None and job.receipt is not None
            assert (standing.day_committed, standing.reserved) == (job.receipt["cost_microusd"], 0)
            mortal.end()
