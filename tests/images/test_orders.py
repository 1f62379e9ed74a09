"""Pictures under a studio's own ids, with labels and callbacks, awaited, and many at once, over HTTP."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from common.events import outbox_of
from common.jobs import jobs_of
from common.ledger import ledger_of
from common.storage import to_item
from common.tiers import LimitOverrides
from images.api import app
from images.models import MAX_BODY_BYTES
from jobs.api import app as jobs_app
from tests.support.deployment import Deployment
from tests.support.hostile import REFUSED
from tests.support.http import BOB, Studio
from tests.support.money import give

AVATAR = {"description": "Kızıl saçlı bir şifacı"}
SCENE = {"prompt": "Karlı dağlar"}
BACK = "https://studio.example/back"
BODIES = {"avatar": AVATAR, "background": SCENE}
ORDERS = [{"kind": "avatar", **AVATAR}, {"kind": "background", **SCENE}]


@pytest.fixture
def studio(deployment: Deployment) -> Studio:
    return Studio(app)


@pytest.fixture
def with_secret(deployment: Deployment) -> None:
    """The tenant has a secret for callbacks."""
    item = to_item({"tenant_id": "tenant_demo", "item": "callbacks"})
    deployment.dynamodb.put_item(TableName=deployment.settings.webhooks_table, Item=item)


async def _put(studio: Studio, path: str, **body: Any) -> httpx.Response:
    return await studio.request("PUT", path, json=body)


def _fields(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [one["field"] for one in answer.json()["error"]["details"]["errors"]]


def _jobs() -> list[Any]:
    return jobs_of("tenant_demo").recent(limit=100).records


# ── Labels and callbacks ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("with_secret")
@pytest.mark.parametrize("kind", BODIES)
async def test_a_label_and_a_callback_stay_with_the_job(studio: Studio, kind: str) -> None:
    answer = await studio.post(f"/v1/images/{kind}", **BODIES[kind], character_id="ozan", callback_url=BACK)

    job = jobs_of("tenant_demo").get(answer.json()["job_id"])
    assert (job.character_id, job.callback_url) == ("ozan", BACK)
    assert "callback_url" not in job.order, "the vendor is told nothing of it"


async def test_what_cannot_be_signed_is_refused_with_what_to_do(studio: Studio) -> None:
    answers = [
        await studio.post("/v1/images/avatar", **AVATAR, callback_url=BACK),
        await _put(studio, "/v1/images/avatar/kapi", **AVATAR, callback_url=BACK),
        await studio.post("/v1/images/batch", orders=ORDERS, callback_url=BACK),
        await studio.post("/v1/images/batch", orders=[ORDERS[0], ORDERS[1] | {"callback_url": BACK}]),
    ]

    assert [_fields(answer) for answer in answers] == [["callback_url"]] * 3 + [["orders.1.callback_url"]]
    assert all("/v1/webhooks/callbacks/rotate-secret" in answer.text for answer in answers)
    assert not _jobs()


@pytest.mark.usefixtures("with_secret")
async def test_no_address_of_ours_is_taken(studio: Studio) -> None:
    for url in REFUSED[::10]:
        assert _fields(await studio.post("/v1/images/avatar", **AVATAR, callback_url=url)) == ["callback_url"]
    for start in range(0, len(REFUSED), 20):
        orders = [ORDERS[0] | {"callback_url": url} for url in REFUSED[start : start + 20]]
        named = [f"orders.{index}.callback_url" for index in range(len(orders))]
        assert _fields(await studio.post("/v1/images/batch", orders=orders)) == named
    assert _fields(await studio.post("/v1/images/batch", orders=ORDERS, callback_url=REFUSED[-1])) == ["callback_url"]
    assert not _jobs()


async def test_a_secret_is_asked_for_only_where_there_is_a_callback(studio: Studio, deployment: Deployment) -> None:
    asked: list[str] = []
    events = deployment.dynamodb.meta.events
    events.register("provide-client-params.dynamodb.GetItem", lambda params, **_: asked.append(params["TableName"]))
    await studio.post("/v1/images/avatar", **AVATAR)
    table = deployment.settings.webhooks_table
    assert table not in asked

    item = to_item({"tenant_id": "tenant_demo", "item": "callbacks"})
    deployment.dynamodb.put_item(TableName=table, Item=item)
    outbox_of("tenant_demo").require_callbacks()
    asked.clear()
    orders = [one | {"callback_url": BACK} for one in ORDERS * 3]
    assert (await studio.post("/v1/images/batch", orders=orders, callback_url=BACK)).status_code == 202
    assert asked.count(table) == 1


# ── Waiting ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_order_may_be_awaited(studio: Studio) -> None:
    answer = await studio.request("POST", "/v1/images/avatar", params={"wait": 1}, json=AVATAR)

    assert (answer.status_code, answer.json()["status"]) == (202, "pending"), "nobody works in this test"
    assert answer.elapsed.total_seconds() >= 0.9


@pytest.mark.parametrize("wait", ["-1", "26", "x", "1.5"])
async def test_nobody_waits_longer_than_the_gateway(studio: Studio, wait: str) -> None:
    for method, path in (("POST", "avatar"), ("POST", "background"), ("PUT", "avatar/a"), ("PUT", "background/a")):
        body = BODIES[path.partition("/")[0]]
        answer = await studio.request(method, f"/v1/images/{path}", params={"wait": wait}, json=body)
        assert _fields(answer) == ["wait"]
    assert not _jobs()


# ── Own ids ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", BODIES)
async def test_the_same_order_under_an_id_is_the_same_job_and_paid_once(studio: Studio, kind: str) -> None:
    first = await _put(studio, f"/v1/images/{kind}/kapi-7", **BODIES[kind])
    before = ledger_of("tenant_demo").standing()
    second = await _put(studio, f"/v1/images/{kind}/kapi-7", **BODIES[kind])
    after = ledger_of("tenant_demo").standing()

    assert (first.status_code, second.status_code) == (202, 200)
    assert first.json() == second.json() == {"job_id": first.json()["job_id"], "status": "pending"}
    assert before is not None and after is not None
    assert (after.reserved, after.image, after.requests) == (before.reserved, before.image, before.requests + 1)
    found = await Studio(jobs_app).get("/v1/jobs/kapi-7")
    assert (found.json()["job_id"], found.json()["client_id"]) == (first.json()["job_id"], "kapi-7")


async def test_the_second_answer_says_how_the_job_stands_by_then(studio: Studio) -> None:
    job_id = (await _put(studio, "/v1/images/avatar/a", **AVATAR)).json()["job_id"]
    assert jobs_of("tenant_demo").claim(job_id, lease=45)

    again = await _put(studio, "/v1/images/avatar/a", **AVATAR)
    assert (again.status_code, again.json()) == (200, {"job_id": job_id, "status": "processing"})


async def test_another_order_under_an_id_is_refused(studio: Studio) -> None:
    await _put(studio, "/v1/images/avatar/a", **AVATAR)
    others = [
        await _put(studio, "/v1/images/avatar/a", **AVATAR, width=256),
        await _put(studio, "/v1/images/avatar/a", **AVATAR, character_id="ozan"),
        await _put(studio, "/v1/images/background/a", **SCENE),
    ]

    for answer in others:
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CLIENT_ID_TAKEN")
    assert len(_jobs()) == 1


async def test_an_id_is_a_tenants_own(studio: Studio) -> None:
    first = await _put(studio, "/v1/images/avatar/a", **AVATAR)
    others = await _put(Studio(app, BOB), "/v1/images/avatar/a", **AVATAR, width=256)

    assert (first.status_code, others.status_code) == (202, 202)
    assert first.json()["job_id"] != others.json()["job_id"]


@pytest.mark.parametrize("name", ["job_x", "batch_1", "batches", "summary", "-a", "a.b", "x" * 65, "ç"])
async def test_an_id_is_unlike_ours(studio: Studio, name: str) -> None:
    orders = [ORDERS[0], ORDERS[1] | {"client_id": name}]

    assert _fields(await _put(studio, f"/v1/images/avatar/{name}", **AVATAR)) == ["client_id"]
    assert _fields(await studio.post("/v1/images/batch", orders=orders)) == ["orders.1.client_id"]


async def test_an_order_of_a_batch_under_an_id_is_the_one_that_put_makes(studio: Studio) -> None:
    put = await _put(studio, "/v1/images/avatar/a", **AVATAR)
    batch = await studio.post(
        "/v1/images/batch", orders=[ORDERS[0] | {"client_id": "a"}, ORDERS[1] | {"client_id": "b"}]
    )
    again = await _put(studio, "/v1/images/background/b", **SCENE)

    items = batch.json()["items"]
    assert (items[0]["job_id"], batch.json()["total"]) == (put.json()["job_id"], 1)
    assert (again.status_code, again.json()["job_id"]) == (200, items[1]["job_id"])


# ── Batches ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_batch_is_a_job_for_each_order_and_one_to_watch(studio: Studio, deployment: Deployment) -> None:
    answer = await studio.post("/v1/images/batch", orders=ORDERS)

    assert answer.status_code == 202, answer.text
    batch = answer.json()
    assert (set(batch), batch["total"]) == ({"batch_id", "total", "items"}, 2)
    assert [(set(one), one["index"], one["status"]) for one in batch["items"]] == [
        ({"index", "job_id", "status"}, index, "pending") for index in range(2)
    ]
    jobs = [jobs_of("tenant_demo").get(one["job_id"]) for one in batch["items"]]
    assert [job.order["subject"] for job in jobs] == ["avatar", "background"]
    sent = [json.loads(message)["job_id"] for message in deployment.received(deployment.settings.image_queue_url)]
    assert sorted(sent) == sorted(job.id for job in jobs)
    watched = (await Studio(jobs_app).get(f"/v1/jobs/batches/{batch['batch_id']}")).json()
    assert {name: watched[name] for name in ("total", "completed", "failed", "cancelled", "refused")} == {
        "total": 2,
        "completed": 0,
        "failed": 0,
        "cancelled": 0,
        "refused": 0,
    }
    assert [one["job_id"] for one in watched["items"]] == [job.id for job in jobs]


BAD: list[tuple[Any, list[str]]] = [
    ([], ["orders"]),
    (ORDERS * 51, ["orders"]),
    ([*ORDERS, {"kind": "avatar"}], ["orders.2.description"]),
    ([*ORDERS, {"kind": "background", "prompt": ""}], ["orders.2.prompt"]),
    ([*ORDERS, {"kind": "background", **SCENE, "world_tone": "x"}], ["orders.2.world_tone"]),
    ([{"kind": "avatar", **AVATAR, "width": 2000}, {"prompt": "x"}], ["orders.0.width", "orders.1.kind"]),
    ([{"kind": "painting", **AVATAR}], ["orders.0.kind"]),
    (["avatar"], ["orders.0"]),
    ([*ORDERS, {"kind": "avatar", **AVATAR, "style": "cubism"}], ["orders.2.style"]),
    ([one | {"client_id": "a"} for one in ORDERS], ["orders.1.client_id"]),
]


@pytest.mark.parametrize(("orders", "fields"), BAD, ids=[" ".join(fields) for _, fields in BAD])
async def test_one_bad_order_refuses_all(
    studio: Studio, deployment: Deployment, orders: list[Any], fields: list[str]
) -> None:
    assert _fields(await studio.post("/v1/images/batch", orders=orders)) == fields

    assert deployment.dynamodb.scan(TableName=deployment.settings.jobs_table)["Count"] == 0


async def test_each_order_counts_for_the_minute_and_what_is_left_of_it_is_told(studio: Studio) -> None:
    give("tenant_demo", limits=LimitOverrides(images_per_minute=3))
    answer = await studio.post("/v1/images/batch", orders=ORDERS * 2)
    then = await studio.post("/v1/images/batch", orders=ORDERS)

    assert answer.status_code == 202
    refused = [one["error"]["code"] for one in answer.json()["items"] if "error" in one]
    assert (refused, answer.json()["total"], len(_jobs())) == (["LIMIT_REACHED"], 3, 3)
    assert '"images_per_minute";r=0' in answer.headers["ratelimit"]
    assert (then.status_code, then.json()["error"]["code"]) == (429, "LIMIT_REACHED")
    assert "retry-after" in then.headers
    watched = (await Studio(jobs_app).get(f"/v1/jobs/batches/{answer.json()['batch_id']}")).json()
    assert (watched["total"], watched["refused"], watched["items"][3]["error"]["code"]) == (3, 1, "LIMIT_REACHED")


async def test_the_same_request_is_ordered_once(studio: Studio) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    first, second = [
        await studio.request("POST", "/v1/images/batch", json={"orders": ORDERS}, headers=headers) for _ in range(2)
    ]

    assert (second.status_code, second.content) == (202, first.content)
    assert len(_jobs()) == 2


async def test_the_longest_batch_fits_and_no_longer_one(studio: Studio) -> None:
    longest = {"kind": "background", "prompt": "ş" * 2_000, "negative_prompt": "ş" * 300}
    body = json.dumps({"orders": [longest | {"custom_style_prompt": "ş" * 300}] * 100})
    assert len(body) < MAX_BODY_BYTES

    headers = {"Content-Type": "application/json"}
    answer = await studio.request("POST", "/v1/images/batch", content=body + " " * MAX_BODY_BYTES, headers=headers)
    assert answer.status_code == 413


async def test_another_tenants_batch_is_not_there(studio: Studio) -> None:
    batch_id = (await studio.post("/v1/images/batch", orders=ORDERS)).json()["batch_id"]

    for path in (f"/v1/jobs/batches/{batch_id}", "/v1/jobs/batches/nope"):
        answer = await Studio(jobs_app, BOB).get(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "BATCH_NOT_FOUND")


async def test_a_batch_may_be_awaited_and_tells_when_it_ended(studio: Studio) -> None:
    batch = (await studio.post("/v1/images/batch", orders=ORDERS)).json()
    jobs = Studio(jobs_app)
    for one in batch["items"]:
        assert (await jobs.delete(f"/v1/jobs/{one['job_id']}")).status_code == 200

    watched = (await jobs.get(f"/v1/jobs/batches/{batch['batch_id']}", wait=25)).json()
    assert (watched["cancelled"], watched["total"]) == (2, 2)
    assert watched["finished_at"] < watched["expires_at"]


async def test_whoever_sees_first_that_all_have_ended_ends_the_batch(studio: Studio, deployment: Deployment) -> None:
    batch = (await studio.post("/v1/images/batch", orders=ORDERS)).json()
    jobs = jobs_of("tenant_demo")
    for one in batch["items"]:
        assert jobs.cancel(jobs.get(one["job_id"]), receipt={}, usages=[]), "and dies before it looks at the batch"

    watched = (await Studio(jobs_app).get(f"/v1/jobs/batches/{batch['batch_id']}")).json()
    assert "finished_at" in watched
    told = [
        json.loads(message).get("event_id") for message in deployment.received(deployment.settings.webhook_queue_url)
    ]
    assert f"evt_{batch['batch_id'].removeprefix('batch_')}" in told
