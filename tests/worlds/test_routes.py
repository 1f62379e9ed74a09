"""Worlds over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.http import Studio
from tests.support.models import ScriptedModel

WORLD: dict[str, Any] = {
    "name": "Kızılova",
    "description": "Savaştan yeni çıkmış bir bozkır krallığı.",
    "tone": "karanlık ama umutlu",
    "setting": {"mekânlar": ["Taşhan", "Kırık Köprü"], "nüfus": 10**30, "nem": 0.35},
    "rules": {"konuşma": "Kimse kralın adını anmaz."},
    "taboo_words": ["kara büyü", "lanet"],
    "metadata": {"iç_kimlik": "w-17", "bayraklar": [True, None]},
    "world_brief": "Yorgun bir bozkır.",
}


async def _made(studio: Studio, **fields: Any) -> dict[str, Any]:
    answer = await studio.post("/v1/worlds", **fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


def _fields(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [one["field"] for one in answer.json()["error"]["details"]["errors"]]


async def test_a_world_is_kept_as_it_was_described(studio: Studio, model: ScriptedModel) -> None:
    made = await _made(studio, **WORLD)

    read = (await studio.get(f"/v1/worlds/{made['id']}")).json()
    assert {name: read[name] for name in WORLD} == WORLD
    assert (read["created_at"], read["updated_at"]) == (made["created_at"], None)
    assert made["id"].startswith("world_")
    assert made["usage"]["cost_microusd"] == 0
    assert model.requests == []


async def test_everything_about_a_world_is_optional(studio: Studio) -> None:
    made = await _made(studio)

    assert {name: made[name] for name in WORLD} == dict.fromkeys(WORLD)


async def test_a_change_sets_what_it_names_removes_null_and_leaves_the_rest(studio: Studio) -> None:
    path = f"/v1/worlds/{(await _made(studio, **WORLD))['id']}"
    changed = await studio.patch(path, tone="umutlu", rules=None, taboo_words=[])

    assert changed.status_code == 200
    expected = WORLD | {"tone": "umutlu", "rules": None, "taboo_words": []}
    assert {name: changed.json()[name] for name in WORLD} == expected
    assert changed.json()["updated_at"] >= changed.json()["created_at"]
    assert (await studio.get(path)).json() == changed.json()


async def test_a_change_of_nothing_changes_nothing(studio: Studio) -> None:
    path = f"/v1/worlds/{(await _made(studio, **WORLD))['id']}"

    assert (await studio.patch(path)).json() == (await studio.get(path)).json()
    assert (await studio.get(path)).json()["updated_at"] is None


async def test_a_deleted_world_is_gone(studio: Studio) -> None:
    path = f"/v1/worlds/{(await _made(studio))['id']}"
    deleted = await studio.delete(path)

    assert (deleted.status_code, deleted.content) == (204, b"")
    for answer in (await studio.get(path), await studio.patch(path, tone="x"), await studio.delete(path)):
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "WORLD_NOT_FOUND")


async def test_worlds_are_listed_oldest_first(studio: Studio) -> None:
    ids = [(await _made(studio, name=f"Dünya {number}"))["id"] for number in range(5)]

    everything = (await studio.get("/v1/worlds")).json()
    assert [world["id"] for world in everything["items"]] == ids
    assert (everything["total"], everything["limit"], everything["offset"]) == (5, 50, 0)
    assert everything["next_cursor"] is None
    part = (await studio.get("/v1/worlds", limit=2, offset=1)).json()
    assert [world["id"] for world in part["items"]] == ids[1:3]
    rest = (await studio.get("/v1/worlds", limit=9, cursor=part["next_cursor"])).json()
    assert [world["id"] for world in rest["items"]] == ids[3:]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"offset": -1}, "offset"),
        ({"offset": 1_001}, "offset"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"cursor": "🐉"}, "cursor"),
        ({"cursor": "x" * 201}, "cursor"),
        ({"cursor": "d29ybGRf", "offset": 1}, "offset"),
    ],
)
async def test_a_page_that_cannot_be_is_bad_input(studio: Studio, query: dict[str, Any], field: str) -> None:
    assert _fields(await studio.get("/v1/worlds", **query)) == [field]


@pytest.mark.parametrize("query", [{"limit": 1}, {"limit": 100}, {"offset": 0}, {"offset": 1_000}])
async def test_a_page_at_the_bounds_is_a_page(studio: Studio, query: dict[str, Any]) -> None:
    assert (await studio.get("/v1/worlds", **query)).status_code == 200


BOUNDS: list[tuple[str, Any, Any]] = [
    ("name", "x" * 80, "x" * 81),
    ("name", "x", ""),
    ("description", "x" * 6_000, "x" * 6_001),
    ("tone", "x" * 80, "x" * 81),
    ("world_brief", "x" * 2_000, "x" * 2_001),
    ("prompt", "x", "x" * 2_001),
    ("taboo_words", ["x"] * 500, ["x"] * 501),
    ("setting", {"a": "x" * 32_000}, {"a": "x" * 33_000}),
    ("rules", {}, []),
    ("metadata", {"a": [[[1]]]}, "x"),
    ("generate_brief", False, "maybe"),
]


@pytest.mark.parametrize(("field", "inside", "outside"), BOUNDS, ids=lambda value: str(value)[:12])
async def test_every_field_has_its_bounds(studio: Studio, field: str, inside: Any, outside: Any) -> None:
    await _made(studio, **{field: inside})

    assert _fields(await studio.post("/v1/worlds", **{field: outside})) == [field]
    assert (await studio.get("/v1/worlds")).json()["total"] == 1


async def test_a_taboo_word_of_nothing_is_named_by_its_place(studio: Studio) -> None:
    assert _fields(await studio.post("/v1/worlds", taboo_words=["lanet", " ", "x" * 81])) == [
        "taboo_words.1",
        "taboo_words.2",
    ]


async def test_an_unknown_field_is_bad_input(studio: Studio) -> None:
    path = f"/v1/worlds/{(await _made(studio))['id']}"

    assert _fields(await studio.post("/v1/worlds", language="en")) == ["language"]
    assert _fields(await studio.patch(path, prompt="x")) == ["prompt"]


async def test_another_tenant_sees_and_touches_nothing(studio: Studio, other_studio: Studio) -> None:
    path = f"/v1/worlds/{(await _made(studio, **WORLD))['id']}"
    for answer in (
        await other_studio.get(path),
        await other_studio.patch(path, tone="x"),
        await other_studio.delete(path),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "WORLD_NOT_FOUND")

    assert (await other_studio.get("/v1/worlds")).json()["total"] == 0
    assert (await studio.get(path)).json()["tone"] == WORLD["tone"]


async def test_an_invented_world_carries_its_receipt(studio: Studio) -> None:
    made = await _made(studio, prompt="Bozkırda geçen bir masal", generate_brief=True)

    assert (made["name"], made["world_brief"]) == ("Kızılova", "Kızılova yorgun bir bozkırdır.")
    assert made["usage"]["cost_microusd"] == 14


async def test_a_model_that_answers_nonsense_is_a_502_and_nothing_is_stored(
    studio: Studio, model: ScriptedModel
) -> None:
    model._script["world"] = ["Bir varmış bir yokmuş."]
    answer = await studio.post("/v1/worlds", prompt="Bir masal")

    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "PROVIDER_BAD_ANSWER")
    assert (await studio.get("/v1/worlds")).json()["total"] == 0
