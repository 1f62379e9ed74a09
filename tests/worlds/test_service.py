"""Inventing worlds: what the studio says wins, what the model says is checked."""

from __future__ import annotations

import pytest

from common.errors import NotFound, ProviderBadAnswer
from common.prompts import read_block
from common.providers import Purpose
from common.providers.asking import Asking
from common.worlds import WorldRepository, worlds_of
from tests.support.deployment import Deployment
from tests.support.models import ScriptedModel
from worlds.models import CreateWorldRequest, UpdateWorldRequest
from worlds.service import create_world, update_world


@pytest.fixture
def worlds(deployment: Deployment) -> WorldRepository:
    return worlds_of("tenant_demo")


async def test_what_the_studio_says_wins_over_what_the_model_invents(worlds: WorldRepository) -> None:
    model = ScriptedModel(
        world='{"name": "Karaova", "tone": "kasvetli", "taboo_words": ["lanet"], "id": "world_x", "created_at": "dün"}'
    )
    request = CreateWorldRequest(prompt="Bir masal", name="Kızılova", rules={"söz": "yok"})
    world = await create_world(request, worlds=worlds, asking=Asking(model))

    assert (world.name, world.tone, world.taboo_words) == ("Kızılova", "kasvetli", ["lanet"])
    assert world.rules == {"söz": "yok"}
    assert world.id != "world_x"
    assert worlds.get(world.id) == world


async def test_the_model_is_told_the_wish_and_what_is_settled_already(worlds: WorldRepository) -> None:
    model = ScriptedModel()
    request = CreateWorldRequest(prompt="Bir <b>masal</b>", name="Kızılova", metadata={"gizli": "7731"})
    await create_world(request, worlds=worlds, asking=Asking(model))

    (asked,) = model.asked(Purpose.WORLD)
    prompt = asked.messages[0].content
    assert read_block(prompt, "istem") == "Bir <b>masal</b>"
    assert "Kızılova" in (read_block(prompt, "dunya") or "")
    assert "7731" not in str(model.requests), "metadata is the studio's own"


@pytest.mark.parametrize(
    "answer", ['```json\n{"name": "Kızılova"}\n```', '```\n{"name": "Kızılova"}```', ' {"name": "Kızılova"} ']
)
async def test_a_fence_around_the_answer_does_no_harm(worlds: WorldRepository, answer: str) -> None:
    model = ScriptedModel(world=answer)
    world = await create_world(CreateWorldRequest(prompt="x"), worlds=worlds, asking=Asking(model))

    assert world.name == "Kızılova"
    assert len(model.asked(Purpose.WORLD)) == 1


@pytest.mark.parametrize(
    "nonsense",
    [
        "Bir varmış",
        "[]",
        '"x"',
        "null",
        '{"name": 7}',
        '{"taboo_words": "lanet"}',
        '{"name": "' + "x" * 81 + '"}',
        "[" * 9_000,
    ],
)
async def test_an_answer_that_is_no_world_is_asked_for_once_more(worlds: WorldRepository, nonsense: str) -> None:
    model = ScriptedModel(world=[nonsense, '{"name": "Kızılova"}'])
    world = await create_world(CreateWorldRequest(prompt="x"), worlds=worlds, asking=Asking(model))

    assert world.name == "Kızılova"
    first, second = model.asked(Purpose.WORLD)
    assert len(second.messages) == len(first.messages) + 2


async def test_twice_no_world_is_the_models_failure(worlds: WorldRepository) -> None:
    model = ScriptedModel(world="Bir varmış")

    with pytest.raises(ProviderBadAnswer):
        await create_world(CreateWorldRequest(prompt="x"), worlds=worlds, asking=Asking(model))
    assert len(model.asked(Purpose.WORLD)) == 2
    assert worlds.total() == 0


async def test_a_brief_is_told_of_the_whole_world_and_cut_to_its_limit(worlds: WorldRepository) -> None:
    model = ScriptedModel(world_brief="Uzun " * 1_000)
    request = CreateWorldRequest(name="Kızılova", setting={"mevsim": "sonbahar"}, generate_brief=True)
    world = await create_world(request, worlds=worlds, asking=Asking(model))

    told = read_block(model.asked(Purpose.WORLD_BRIEF)[0].messages[0].content, "dunya") or ""
    assert "Kızılova" in told
    assert "sonbahar" in told
    assert len(world.world_brief or "") == 2_000


async def test_a_brief_the_studio_wrote_is_not_written_again(worlds: WorldRepository) -> None:
    model = ScriptedModel()
    request = CreateWorldRequest(world_brief="Bizimki.", generate_brief=True)
    world = await create_world(request, worlds=worlds, asking=Asking(model))

    assert world.world_brief == "Bizimki."
    assert model.requests == []


async def test_an_empty_world_can_be_told_too(worlds: WorldRepository) -> None:
    world = await create_world(CreateWorldRequest(generate_brief=True), worlds=worlds, asking=Asking(ScriptedModel()))

    assert world.world_brief == "Kızılova yorgun bir bozkırdır."


def test_a_world_that_is_not_there_cannot_be_changed(worlds: WorldRepository) -> None:
    for request in (UpdateWorldRequest(), UpdateWorldRequest(tone="x")):
        with pytest.raises(NotFound):
            update_world("world_" + "0" * 26, request, worlds=worlds)
