"""The verification checklist of the seed, item by item, against a running stack."""

from __future__ import annotations

import base64
import io
import json
import wave
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.support.stack import RunningStack

Finished = Callable[[httpx.Client, str], dict[str, Any]]
SENTENCE = "Kapıyı aç, dışarıda kar var."


@pytest.fixture(scope="module")
def character(alice: httpx.Client) -> dict[str, Any]:
    answer = alice.post("/v1/characters", json={"role": "Sifaci", "archetype": "Duru Idealist", "skill_tier": "uzman"})
    assert answer.status_code == 201, answer.text
    return answer.json()


def _error_of(answer: httpx.Response) -> dict[str, Any]:
    assert set(answer.json()) == {"error"}
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "details", "retryable", "request_id"}
    assert error["request_id"] == answer.headers["x-request-id"]
    return error


def test_1_the_application_starts(running: RunningStack, stranger: httpx.Client) -> None:
    assert running.ready_seconds < 30
    assert stranger.get("/").json()["name"] == "Meddah"
    health = stranger.get("/health")
    assert (health.status_code, health.json()["status"]) == (200, "ok")
    assert set(health.json()["checks"].values()) == {"ok"}


def test_2_the_documentation_shows_every_endpoint(stranger: httpx.Client) -> None:
    page = stranger.get("/docs")
    assert page.status_code == 200
    assert "/openapi.json" in page.text
    assert stranger.get("/docs/swagger-ui-bundle.js").status_code == 200

    paths = stranger.get("/openapi.json").json()["paths"]
    operations = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert operations >= {
        ("POST", "/v1/characters"),
        ("GET", "/v1/characters"),
        ("POST", "/v1/characters/batch"),
        ("GET", "/v1/characters/{character_id}"),
        ("PATCH", "/v1/characters/{character_id}"),
        ("DELETE", "/v1/characters/{character_id}"),
        ("POST", "/v1/characters/{character_id}/speak"),
        ("POST", "/v1/characters/{character_id}/react"),
        ("GET", "/v1/characters/{character_id}/memory"),
        ("POST", "/v1/worlds"),
        ("GET", "/v1/worlds/{world_id}"),
        ("POST", "/v1/voice/tts"),
        ("POST", "/v1/voice/stt"),
        ("GET", "/v1/voice/voices"),
        ("POST", "/v1/images/avatar"),
        ("POST", "/v1/images/background"),
        ("GET", "/v1/jobs/{job_id}"),
        ("GET", "/health"),
        ("GET", "/"),
    }


def test_3_a_character_is_created(alice: httpx.Client, character: dict[str, Any]) -> None:
    assert character["role"] == "Şifacı"
    assert character["archetype"] == "Duru İdealist"
    assert character["name"] in character["acting_prompt"]
    assert alice.get(f"/v1/characters/{character['id']}").json()["acting_prompt"] == character["acting_prompt"]


def test_3_a_character_is_created_from_nothing(alice: httpx.Client) -> None:
    answer = alice.post("/v1/characters", json={})

    assert answer.status_code == 201
    assert all(answer.json()[field] for field in ("id", "name", "role", "archetype", "acting_prompt", "created_at"))


def test_4_characters_are_listed_in_pages(alice: httpx.Client) -> None:
    made = [alice.post("/v1/characters", json={"system_prompt": "Ben bir ozanım."}).json()["id"] for _ in range(3)]
    total = alice.get("/v1/characters").json()["total"]

    last = alice.get("/v1/characters", params={"limit": 100, "offset": total - 3}).json()
    assert [one["id"] for one in last["items"]] == made
    assert (last["total"], last["limit"], last["offset"], last["next_cursor"]) == (total, 100, total - 3, None)
    first = alice.get("/v1/characters", params={"limit": 1, "offset": total - 3}).json()
    second = alice.get("/v1/characters", params={"limit": 1, "cursor": first["next_cursor"]}).json()
    assert [one["id"] for one in [*first["items"], *second["items"]]] == made[:2]


def test_5_a_character_speaks(alice: httpx.Client, character: dict[str, Any]) -> None:
    answer = alice.post(
        f"/v1/characters/{character['id']}/speak", json={"message": "Yaramı sarar mısın?", "mood": "endişeli"}
    )

    assert answer.status_code == 200
    spoken = answer.json()
    assert (spoken["character_id"], spoken["character_name"]) == (character["id"], character["name"])
    assert spoken["message"]
    assert spoken["mood"] == "endişeli"
    assert spoken["moderation"]["passed"] is True


def test_6_a_character_reacts(alice: httpx.Client, character: dict[str, Any]) -> None:
    answer = alice.post(f"/v1/characters/{character['id']}/react", json={"message": "Köprüde bir yabancı var!"})

    assert answer.status_code == 200
    assert answer.json()["reaction"]
    assert isinstance(answer.json()["wants_to_speak"], bool)


def test_7_a_character_remembers(alice: httpx.Client) -> None:
    made = alice.post("/v1/characters", json={"system_prompt": "Ben demirciyim.", "name": "Roland"}).json()
    path = f"/v1/characters/{made['id']}"
    reply = alice.post(f"{path}/speak", json={"message": "Adım Deniz."}).json()["message"]

    memory = alice.get(f"{path}/memory").json()

    assert memory["character_id"] == made["id"]
    assert [(one["message"], one["reply"]) for one in memory["exchanges"]] == [("Adım Deniz.", reply)]
    assert memory["total"] == 1


@pytest.mark.parametrize("response_format", ["mp3", "wav"])
def test_8_a_sentence_is_spoken_and_understood(
    alice: httpx.Client, stranger: httpx.Client, finished: Finished, response_format: str
) -> None:
    order = {"text": SENTENCE, "voice": "zeynep", "response_format": response_format, "cache": False}
    answer = alice.post("/v1/voice/tts", json=order)
    assert (answer.status_code, answer.json()["status"]) == (202, "pending")

    job = finished(alice, answer.json()["job_id"])
    assert job["status"] == "completed", job
    sound = stranger.get(job["result"]["audio_url"])

    assert sound.status_code == 200
    _assert_playable(sound, response_format, job["result"])
    heard = alice.post("/v1/voice/stt", json={"audio_base64": base64.b64encode(sound.content).decode()})
    assert (heard.status_code, heard.json()["text"]) == (200, SENTENCE)


def _assert_playable(sound: httpx.Response, response_format: str, facts: dict[str, Any]) -> None:
    if response_format == "mp3":
        assert sound.headers["content-type"] == "audio/mpeg"
        assert sound.content[:3] == b"ID3" or (sound.content[0] == 0xFF and sound.content[1] & 0xE0 == 0xE0)
        return
    assert sound.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(sound.content)) as opened:
        assert opened.getframerate() == facts["sample_rate"]
        assert opened.getnframes() / opened.getframerate() == pytest.approx(facts["duration_seconds"], abs=0.01)


def _picture(alice: httpx.Client, finished: Finished, kind: str, **order: Any) -> tuple[bytes, dict[str, Any]]:
    answer = alice.post(f"/v1/images/{kind}", json=order)
    assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    job = finished(alice, answer.json()["job_id"])
    assert job["status"] == "completed", job
    fetched = httpx.get(job["result"]["image_url"])
    assert (fetched.status_code, fetched.headers["content-type"]) == (200, "image/png")
    return fetched.content, job["result"]


def test_9_a_portrait_is_drawn_in_its_size_and_the_same_seed_draws_it_again(
    alice: httpx.Client, finished: Finished
) -> None:
    order = {"description": "Kızıl saçlı bir şifacı", "style": "painterly", "width": 320, "height": 256}
    first, facts = _picture(alice, finished, "avatar", **order)
    again, facts_again = _picture(alice, finished, "avatar", **order, seed=facts["seed_used"])
    other, _ = _picture(alice, finished, "avatar", **order, seed=(facts["seed_used"] + 1) % 2**32)

    with Image.open(io.BytesIO(first)) as opened:
        opened.load()
        assert (opened.format, opened.size) == ("PNG", (320, 256))
    assert (facts["width"], facts["height"]) == (320, 256)
    assert facts_again["seed_used"] == facts["seed_used"]
    assert again == first
    assert other != first


def test_9_a_background_is_drawn_in_its_size(alice: httpx.Client, finished: Finished) -> None:
    content, facts = _picture(alice, finished, "background", prompt="Karlı dağlar", width=512, height=640, seed=7)

    with Image.open(io.BytesIO(content)) as opened:
        assert (opened.format, opened.size) == ("PNG", (512, 640))
    assert facts["seed_used"] == 7


def test_10_another_key_is_another_tenant(alice: httpx.Client, bob: httpx.Client, character: dict[str, Any]) -> None:
    assert character["id"] not in json.dumps(bob.get("/v1/characters", params={"limit": 100}).json())
    unseen = bob.get(f"/v1/characters/{character['id']}")
    assert (unseen.status_code, _error_of(unseen)["code"]) == (404, "CHAR_NOT_FOUND")
    assert alice.get(f"/v1/characters/{character['id']}").status_code == 200


@pytest.mark.parametrize("header", [None, "Bearer wrong-key", "demo-key-123", "Basic demo-key-123", "Bearer"])
def test_11_a_wrong_key_is_a_401(stranger: httpx.Client, header: str | None) -> None:
    answer = stranger.get("/v1/characters", headers={"Authorization": header} if header else {})

    assert (answer.status_code, _error_of(answer)["code"]) == (401, "UNAUTHORIZED")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("unknown", ["char_01K00000000000000000000000", "nope", "%F0%9F%90%89"])
def test_12_a_character_that_is_not_there_is_a_404(alice: httpx.Client, unknown: str) -> None:
    answer = alice.get(f"/v1/characters/{unknown}")

    assert (answer.status_code, _error_of(answer)["code"]) == (404, "CHAR_NOT_FOUND")
