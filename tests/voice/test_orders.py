"""Speech under a studio's own ids, with labels and callbacks, awaited, and many at once, over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from characters.api import app as characters_app
from common.jobs import JobKind, jobs_of
from common.player_tokens import PlayerScope
from common.storage import to_item
from common.tiers import LimitOverrides
from jobs.api import app as jobs_app
from players.api import app as players_app
from tests.support.deployment import Deployment
from tests.support.hostile import REFUSED
from tests.support.http import BOB, Studio
from tests.support.money import give
from voice.api import app

TEXT = {"text": "Kapıyı aç, dışarıda kar var."}
BACK = "https://studio.example/back"


@pytest.fixture
def studio(deployment: Deployment) -> Studio:
    return Studio(app)


@pytest.fixture
def with_secret(deployment: Deployment) -> None:
    """The tenant has a secret for callbacks."""
    item = to_item({"tenant_id": "tenant_demo", "item": "callbacks"})
    deployment.dynamodb.put_item(TableName=deployment.settings.webhooks_table, Item=item)


async def _put(studio: Studio, name: str, **body: Any) -> httpx.Response:
    return await studio.request("PUT", f"/v1/voice/tts/{name}", json=body)


def _fields(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [one["field"] for one in answer.json()["error"]["details"]["errors"]]


def _jobs() -> list[Any]:
    return jobs_of("tenant_demo").recent(limit=100).records


# ── Labels and callbacks ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("with_secret")
async def test_a_label_and_a_callback_stay_with_the_job(studio: Studio) -> None:
    answer = await studio.post("/v1/voice/tts", **TEXT, character_id="ozan", callback_url=BACK)

    job = jobs_of("tenant_demo").get(answer.json()["job_id"])
    assert (job.kind, job.character_id, job.callback_url) == (JobKind.SPEECH, "ozan", BACK)
    assert set(job.order) == {"text", "voice", "speed", "response_format"}


async def test_what_cannot_be_signed_is_refused_with_what_to_do(studio: Studio) -> None:
    answers = [
        await studio.post("/v1/voice/tts", **TEXT, callback_url=BACK),
        await _put(studio, "kapi", **TEXT, callback_url=BACK),
        await studio.post("/v1/voice/tts/batch", orders=[TEXT], callback_url=BACK),
        await studio.post("/v1/voice/tts/batch", orders=[TEXT, TEXT | {"callback_url": BACK}]),
    ]

    assert [_fields(answer) for answer in answers] == [["callback_url"]] * 3 + [["orders.1.callback_url"]]
    assert not _jobs()


@pytest.mark.usefixtures("with_secret")
async def test_no_address_of_ours_is_taken(studio: Studio) -> None:
    for url in REFUSED:
        assert _fields(await studio.post("/v1/voice/tts", **TEXT, callback_url=url)) == ["callback_url"]
    for start in range(0, len(REFUSED), 20):
        orders = [TEXT | {"callback_url": url} for url in REFUSED[start : start + 20]]
        named = [f"orders.{index}.callback_url" for index in range(len(orders))]
        assert _fields(await studio.post("/v1/voice/tts/batch", orders=orders)) == named
    assert not _jobs()


# ── Players ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("with_secret")
async def test_a_player_names_its_own_characters_and_no_address(studio: Studio) -> None:
    ozan = (await Studio(characters_app).post("/v1/characters", system_prompt="Ben ozanım.")).json()["id"]
    wish = {"user_id": "p1", "characters": [ozan], "scopes": [PlayerScope.TTS.value]}
    token = (await Studio(players_app).post("/v1/players/tokens", **wish)).json()["token"]
    player = Studio(app, token)

    assert (await player.post("/v1/voice/tts", **TEXT, character_id=ozan)).status_code == 202
    refused = [
        await player.post("/v1/voice/tts", **TEXT, character_id="char_" + "0" * 26),
        await player.post("/v1/voice/tts", **TEXT, callback_url=BACK),
        await _put(player, "kapi", **TEXT),
        await player.post("/v1/voice/tts/batch", orders=[TEXT]),
    ]
    assert [(answer.status_code, answer.json()["error"]["code"]) for answer in refused] == [(403, "FORBIDDEN")] * 4
    assert [job.character_id for job in _jobs()] == [ozan]


# ── Own ids and waiting ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_same_text_under_an_id_is_the_same_job(studio: Studio) -> None:
    first, second = [await _put(studio, "kapi-7", **TEXT) for _ in range(2)]
    other = await _put(studio, "kapi-7", text="Başka bir söz.")

    assert (first.status_code, second.status_code) == (202, 200)
    assert first.json() == second.json()
    assert (other.status_code, other.json()["error"]["code"]) == (409, "CLIENT_ID_TAKEN")
    assert len(_jobs()) == 1
    assert (await Studio(jobs_app).get("/v1/jobs/kapi-7")).json()["job_id"] == first.json()["job_id"]
    assert (await Studio(jobs_app, BOB).get("/v1/jobs/kapi-7")).status_code == 404


async def test_two_ids_are_two_jobs_even_of_the_same_text(studio: Studio) -> None:
    first, second = await _put(studio, "a", **TEXT), await _put(studio, "b", **TEXT)

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["job_id"] != second.json()["job_id"]


async def test_an_id_that_stands_is_found_where_a_limit_is_reached(studio: Studio) -> None:
    first = await _put(studio, "a", **TEXT)
    give("tenant_demo", limits=LimitOverrides(requests_per_hour=1))

    assert (await _put(studio, "b", **TEXT)).status_code == 429
    assert (await _put(studio, "a", **TEXT)).json() == first.json()


async def test_an_order_may_be_awaited_for_25_seconds_at_most(studio: Studio) -> None:
    for method, path in (("POST", "/v1/voice/tts"), ("PUT", "/v1/voice/tts/a")):
        assert _fields(await studio.request(method, path, params={"wait": 26}, json=TEXT)) == ["wait"]
        answer = await studio.request(method, path, params={"wait": 1}, json=TEXT)
        assert (answer.status_code, answer.json()["status"]) == (202, "pending")


# ── Batches ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_batch_is_a_job_for_each_text(studio: Studio) -> None:
    texts = ["Bir.", "İki.", "3 elma."]
    answer = await studio.post("/v1/voice/tts/batch", orders=[{"text": text} for text in texts])

    assert answer.status_code == 202, answer.text
    jobs = [jobs_of("tenant_demo").get(one["job_id"]) for one in answer.json()["items"]]
    assert [job.order["text"] for job in jobs] == ["Bir.", "İki.", "üç elma."]
    assert {job.batch_id for job in jobs} == {answer.json()["batch_id"]}
    watched = (await Studio(jobs_app).get(f"/v1/jobs/batches/{answer.json()['batch_id']}")).json()
    assert (watched["total"], "finished_at" in watched) == (3, False)


async def test_the_same_text_twice_is_two_jobs_of_a_batch(studio: Studio) -> None:
    answer = (await studio.post("/v1/voice/tts/batch", orders=[TEXT, TEXT])).json()

    assert len({one["job_id"] for one in answer["items"]}) == answer["total"] == 2


BAD: list[tuple[Any, list[str]]] = [
    ([], ["orders"]),
    ([TEXT] * 101, ["orders"]),
    ([TEXT, {"text": ""}], ["orders.1.text"]),
    ([TEXT, {}, TEXT | {"speed": 5}], ["orders.1.text", "orders.2.speed"]),
    ([TEXT, TEXT | {"voice": "nobody"}], ["orders.1.voice"]),
    ([TEXT, {"text": "777777 " * 400}], ["orders.1.text"]),
    ([TEXT, TEXT | {"kind": "speech"}], ["orders.1.kind"]),
    ([TEXT | {"client_id": "a"}, TEXT, TEXT | {"client_id": "a"}], ["orders.2.client_id"]),
]


@pytest.mark.parametrize(
    ("orders", "fields"), BAD, ids=[f"{place} {' '.join(bad[1])}" for place, bad in enumerate(BAD)]
)
async def test_one_bad_text_refuses_all(
    studio: Studio, deployment: Deployment, orders: list[Any], fields: list[str]
) -> None:
    assert _fields(await studio.post("/v1/voice/tts/batch", orders=orders)) == fields

    assert deployment.dynamodb.scan(TableName=deployment.settings.jobs_table)["Count"] == 0


async def test_a_hundred_long_texts_fit_in_one_call(studio: Studio) -> None:
    answer = await studio.post(
        "/v1/voice/tts/batch", orders=[{"text": f"{number} " + "ş" * 2_990} for number in range(100)]
    )

    assert (answer.status_code, answer.json()["total"]) == (202, 100)
    assert len(_jobs()) == 100
