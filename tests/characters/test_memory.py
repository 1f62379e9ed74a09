"""What a character remembers, forgets and is summarised to."""

import asyncio

import pytest

from characters.models import Exchange, MemoryTask
from characters.repository import MemoryRepository, characters_of, memories_of
from characters.service import purge, summarise
from common.errors import InvalidInput, NotFound
from common.providers import Purpose
from common.providers.asking import Asking
from tests.support.deployment import Deployment
from tests.support.http import Studio
from tests.support.models import ScriptedModel
from tests.support.queues import ListQueue

CHARACTER = "char_" + "0" * 26
TENANT = "tenant_demo"


def _exchange(number: int) -> Exchange:
    return Exchange(
        id=f"01K{number:023d}", message=f"soru {number}", reply=f"cevap {number}", created_at="2026-11-20T00:00:00.000Z"
    )


@pytest.fixture
def memory(deployment: Deployment) -> MemoryRepository:
    return memories_of(TENANT)


def _remember(memory: MemoryRepository, count: int) -> None:
    for number in range(count):
        memory.append(CHARACTER, _exchange(number))


def test_the_window_is_the_newest_exchanges_oldest_first(memory: MemoryRepository) -> None:
    _remember(memory, 15)

    window = memory.window(CHARACTER, limit=12)
    assert [exchange.message for exchange in window.exchanges] == [f"soru {number}" for number in range(3, 15)]
    assert (window.total, window.summary) == (15, None)


def test_an_empty_memory_has_an_empty_window(memory: MemoryRepository) -> None:
    assert memory.window(CHARACTER, limit=12).exchanges == []


def test_pages_run_through_all_exchanges_in_both_directions(memory: MemoryRepository) -> None:
    _remember(memory, 7)

    for newest_first in (False, True):
        seen, cursor = [], None
        while True:
            page, cursor = memory.page(CHARACTER, limit=3, cursor=cursor, newest_first=newest_first)
            seen += [exchange.message for exchange in page]
            if cursor is None:
                break
        assert seen == [f"soru {n}" for n in (range(6, -1, -1) if newest_first else range(7))]


def test_another_tenants_character_of_the_same_id_remembers_something_else(memory: MemoryRepository) -> None:
    _remember(memory, 2)

    assert memories_of("tenant_demo_2").window(CHARACTER, limit=5).exchanges == []
    assert memories_of("tenant_demo_2").counts(CHARACTER).total == 0


def test_what_is_forgotten_is_gone_at_once_and_new_exchanges_count_from_one(memory: MemoryRepository) -> None:
    _remember(memory, 5)
    _, cursor = memory.page(CHARACTER, limit=2, cursor=None, newest_first=False)
    memory.forget(CHARACTER, until=_exchange(4).id)

    assert memory.window(CHARACTER, limit=5).exchanges == []
    assert memory.page(CHARACTER, limit=5, cursor=None, newest_first=False) == ([], None)
    memory.append(CHARACTER, _exchange(9))
    assert [e.message for e in memory.window(CHARACTER, limit=5).exchanges] == ["soru 9"]
    assert memory.counts(CHARACTER).total == 1
    for newest_first in (False, True):
        page, _ = memory.page(CHARACTER, limit=5, cursor=cursor, newest_first=newest_first)
        assert [e.message for e in page] in ([], ["soru 9"]), "an old cursor never brings back what is forgotten"


def test_a_purge_is_bounded_and_asks_for_another_turn(memory: MemoryRepository) -> None:
    _remember(memory, 60)
    assert memory.purge(CHARACTER, until="~", limit=50) is True
    assert memory.purge(CHARACTER, until="~", limit=50) is False
    assert memory.window(CHARACTER, limit=50).exchanges == []


def test_a_cursor_that_is_not_ours_is_refused(memory: MemoryRepository) -> None:
    with pytest.raises(InvalidInput):
        memory.page(CHARACTER, limit=5, cursor="!!", newest_first=False)


async def test_a_summary_takes_in_what_it_has_not_seen_and_only_once(
    studio: Studio, memory: MemoryRepository, model: ScriptedModel
) -> None:
    made = (await studio.post("/v1/characters", system_prompt="Ben.")).json()["id"]
    for number in range(12):
        memory.append(made, _exchange(number))

    for _ in range(2):
        await summarise(made, characters=characters_of(TENANT), memory=memory, asking=Asking(model))

    window = memory.window(made, limit=3)
    assert window.summary == "Oyuncu yaralıydı, şifacı yardım etti."
    assert window.summarised == 12
    (asked,) = model.asked(Purpose.SUMMARY)
    assert "Oyuncu: soru 0" in asked.messages[0].content and "Karakter: cevap 11" in asked.messages[0].content


async def test_a_summary_written_while_its_memory_was_forgotten_is_dropped(
    studio: Studio, memory: MemoryRepository, model: ScriptedModel
) -> None:
    made = (await studio.post("/v1/characters", system_prompt="Ben.")).json()["id"]
    memory.append(made, _exchange(1))
    exchanges, before = memory.unsummarised(made, limit=10)
    memory.forget(made, until=_exchange(5).id)

    assert memory.save_summary(made, "Eski sırlar.", taken_in=exchanges, before=before) is False
    assert memory.window(made, limit=5).summary is None


async def test_every_tenth_exchange_asks_for_a_summary_and_the_summary_is_used(
    studio: Studio, memory: MemoryRepository, model: ScriptedModel, deployment: Deployment
) -> None:
    made = (await studio.post("/v1/characters", system_prompt="Ben.")).json()["id"]
    for number in range(10):
        await studio.post(f"/v1/characters/{made}/speak", message=f"soru {number}")

    (task,) = deployment.received(deployment.settings.memory_queue_url)
    assert MemoryTask.model_validate_json(task) == MemoryTask(task="summarise", tenant_id=TENANT, character_id=made)
    await summarise(made, characters=characters_of(TENANT), memory=memory, asking=Asking(model))
    await studio.post(f"/v1/characters/{made}/speak", message="son")
    assert "Oyuncu yaralıydı" in model.asked(Purpose.SPEECH)[-1].messages[0].content


async def test_a_prompt_stays_bounded_however_long_the_history(
    studio: Studio, memory: MemoryRepository, model: ScriptedModel
) -> None:
    made = (await studio.post("/v1/characters", system_prompt="Ben.")).json()["id"]
    for number in range(100):
        memory.append(made, _exchange(number))
    await studio.post(f"/v1/characters/{made}/speak", message="son")

    assert len(model.asked(Purpose.SPEECH)[-1].messages) == 1 + 2 * 12 + 1


async def test_twenty_at_once_lose_no_exchange(studio: Studio, memory: MemoryRepository) -> None:
    made = (await studio.post("/v1/characters", system_prompt="Ben.")).json()["id"]
    await asyncio.gather(
        *(studio.post(f"/v1/characters/{made}/speak", message=f"soru {number}") for number in range(20))
    )

    answer = (await studio.get(f"/v1/characters/{made}/memory")).json()
    assert answer["total"] == 20
    assert {exchange["message"] for exchange in answer["exchanges"]} == {f"soru {n}" for n in range(20)}


async def test_deleting_a_character_takes_its_memory_too(
    studio: Studio, memory: MemoryRepository, deployment: Deployment
) -> None:
    made = (await studio.post("/v1/characters", system_prompt="Ben.")).json()["id"]
    await studio.post(f"/v1/characters/{made}/speak", message="merhaba")
    assert (await studio.delete(f"/v1/characters/{made}")).status_code == 204
    assert (await studio.get(f"/v1/characters/{made}/memory")).status_code == 404

    task = MemoryTask(task="purge_deleted", tenant_id=TENANT, character_id=made, until="~")
    purge(task, characters=characters_of(TENANT), memory=memory, queue=ListQueue())
    assert memory.window(made, limit=5).exchanges == []
    assert memory.counts(made).total == 0


async def test_the_memory_of_a_character_that_was_not_deleted_after_all_stays(
    studio: Studio, memory: MemoryRepository
) -> None:
    made = (await studio.post("/v1/characters", system_prompt="Ben.")).json()["id"]
    await studio.post(f"/v1/characters/{made}/speak", message="merhaba")
    task = MemoryTask(task="purge_deleted", tenant_id=TENANT, character_id=made, until="~")
    purge(task, characters=characters_of(TENANT), memory=memory, queue=ListQueue())

    assert memory.counts(made).total == 1


async def test_an_unknown_character_has_no_memory(studio: Studio, other_studio: Studio) -> None:
    made = (await studio.post("/v1/characters", system_prompt="Ben.")).json()["id"]

    assert (await studio.get("/v1/characters/char_x/memory")).status_code == 404
    assert (await other_studio.get(f"/v1/characters/{made}/memory")).status_code == 404
    assert (await other_studio.delete(f"/v1/characters/{made}/memory")).status_code == 404
    with pytest.raises(NotFound):
        characters_of("tenant_demo_2").get(made)
