"""Making characters: POST /v1/characters and /batch."""

import json

import pytest

from common.defaults import defaults
from common.errors import ProviderUnavailable
from common.providers import ChatRequest, Purpose
from common.worlds import World, worlds_of
from tests.support.http import Studio
from tests.support.models import ScriptedModel


async def test_a_character_from_nothing_is_drawn_from_the_defaults(studio: Studio) -> None:
    answer = await studio.post("/v1/characters")

    assert answer.status_code == 201
    character = answer.json()
    assert character["name"] in defaults().names
    assert character["role"] in {role.title for role in defaults().roles}
    assert character["archetype"] in {archetype.label for archetype in defaults().archetypes}
    assert character["acting_prompt"].startswith("Ben köyün şifacısıyım")
    assert character["usage"]["cost_microusd"] == 7


async def test_the_ascii_spelling_finds_the_same_entry(studio: Studio) -> None:
    answer = await studio.post("/v1/characters", role="sifaci", archetype="SUPHECI SESSIZ", skill_tier="Caylak")

    assert answer.json()["role"] == "Şifacı"
    assert answer.json()["archetype"] == "Şüpheci Sessiz"
    assert answer.json()["skill_tier"] == "çaylak"
    assert answer.json()["lore"]


async def test_a_studios_own_role_and_archetype_are_kept_as_they_are(studio: Studio) -> None:
    answer = await studio.post("/v1/characters", role="Uzay Korsanı", archetype="Neşeli", lore="Aya kaçtı.")

    assert (answer.json()["role"], answer.json()["archetype"]) == ("Uzay Korsanı", "Neşeli")
    assert answer.json()["lore"] == "Aya kaçtı."


async def test_a_complete_system_prompt_costs_no_model_call(studio: Studio, model: ScriptedModel) -> None:
    answer = await studio.post("/v1/characters", system_prompt="Ben Kael, susarım.", validate_prompt=True)

    assert answer.json()["acting_prompt"] == "Ben Kael, susarım."
    assert model.requests == []
    assert answer.json()["usage"]["cost_microusd"] == 0


async def test_the_world_reaches_the_writer_by_id_or_as_text(studio: Studio, model: ScriptedModel) -> None:
    world = World(id="world_" + "0" * 26, name="Kızılova", created_at="2026-11-20T00:00:00.000Z")
    worlds_of("tenant_demo").add(world)

    await studio.post("/v1/characters", world_id=world.id)
    await studio.post("/v1/characters", world_context="Sisli bir ada.")

    by_id, as_text = model.asked(Purpose.ACTING_PROMPT)
    assert "Kızılova" in by_id.messages[0].content
    assert "Sisli bir ada." in as_text.messages[0].content


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"world_id": "world_" + "Z" * 26}, "world_id"),
        ({"world_id": "../etc"}, "world_id"),
        ({"skill_tier": "usta"}, "skill_tier"),
        ({"voice": "nobody"}, "voice"),
        ({"name": ""}, "name"),
        ({"name": "a" * 81}, "name"),
        ({"language": "tr"}, "language"),
        ({"name": 7}, "name"),
        ({"name": "\ud800"}, "name"),
    ],
)
async def test_bad_input_is_refused_by_its_field(studio: Studio, body: dict[str, object], field: str) -> None:
    answer = await studio.request(
        "POST", "/v1/characters", content=json.dumps(body), headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "VALIDATION_ERROR"
    assert answer.json()["error"]["details"]["errors"][0]["field"] == field
    assert (await studio.get("/v1/characters")).json()["total"] == 0


async def test_a_failed_validation_is_rewritten_once_with_its_reason(studio: Studio, model: ScriptedModel) -> None:
    model._script[Purpose.ACTING_PROMPT] = ["İlk deneme.", "İkinci deneme."]
    model._script[Purpose.VALIDATION] = ["FAIL: rolüne uymuyor"]

    answer = await studio.post("/v1/characters", validate_prompt=True)

    assert answer.json()["acting_prompt"] == "İkinci deneme."
    assert "rolüne uymuyor" in model.asked(Purpose.ACTING_PROMPT)[1].messages[0].content
    assert len(model.asked(Purpose.VALIDATION)) == 1


async def test_a_model_that_is_away_stores_nothing(studio: Studio, model: ScriptedModel) -> None:
    model._script[Purpose.ACTING_PROMPT] = [ProviderUnavailable("Away.")]

    answer = await studio.post("/v1/characters")

    assert answer.status_code == 502
    assert answer.json()["error"]["code"] == "PROVIDER_UNAVAILABLE"
    assert answer.json()["error"]["retryable"] is True
    assert (await studio.get("/v1/characters")).json()["total"] == 0


async def test_a_batch_deals_roles_in_turn_and_names_without_repetition(studio: Studio) -> None:
    answer = await studio.post("/v1/characters/batch", count=20, roles=["Ozan", "demirci"])

    made = [item["character"] for item in answer.json()["created"]]
    assert answer.status_code == 201
    assert [character["role"] for character in made] == ["Ozan", "Demirci"] * 10
    assert len({character["name"] for character in made}) == 20
    assert (await studio.get("/v1/characters")).json()["total"] == 20


async def test_a_batch_says_by_index_what_succeeded_and_what_failed(studio: Studio, model: ScriptedModel) -> None:
    def write(request: ChatRequest) -> str:
        if "<rol>Ozan</rol>" in request.messages[0].content:
            raise ProviderUnavailable("Away.")
        return "Ben demirciyim; örsün dilinden anlarım."

    model._script[Purpose.ACTING_PROMPT] = [write]
    answer = await studio.post("/v1/characters/batch", count=4, roles=["Ozan", "Demirci"])

    assert answer.status_code == 201
    assert [item["index"] for item in answer.json()["created"]] == [1, 3]
    assert [(item["index"], item["code"]) for item in answer.json()["failed"]] == [
        (0, "PROVIDER_UNAVAILABLE"),
        (2, "PROVIDER_UNAVAILABLE"),
    ]
    assert (await studio.get("/v1/characters")).json()["total"] == 2


async def test_a_batch_of_which_nothing_succeeds_is_the_error(studio: Studio, model: ScriptedModel) -> None:
    model._script[Purpose.ACTING_PROMPT] = [ProviderUnavailable("Away.")]

    assert (await studio.post("/v1/characters/batch", count=2)).status_code == 502


@pytest.mark.parametrize("count", [0, 21, "many"])
async def test_a_batch_has_one_to_twenty_characters(studio: Studio, count: object) -> None:
    answer = await studio.post("/v1/characters/batch", count=count)

    assert answer.status_code == 422
    assert answer.json()["error"]["details"]["errors"][0]["field"] == "count"
