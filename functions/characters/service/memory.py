"""Memory upkeep, in the worker's time: folding old exchanges into the summary, deleting what was forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from characters.prompts import SUMMARY
from common.errors import NotFound, ProviderBadAnswer
from common.prompts import fill
from common.providers import Message, Purpose

if TYPE_CHECKING:
    from characters.models import Exchange, MemoryTask
    from characters.repository import CharacterRepository, MemoryRepository
    from common.providers.asking import Asking
    from common.queues import TenantQueue

SUMMARY_LIMIT = 1_500
_TAKEN_IN_AT_ONCE = 50
_PURGED_AT_ONCE = 500


async def summarise(
    character_id: str, *, characters: CharacterRepository, memory: MemoryRepository, asking: Asking
) -> None:
    """Take the exchanges not yet summarised into the summary. Done twice, the second time finds nothing to do.

    Raises:
        ProviderError: the model could not; the summary stays as it is.
    """
    try:
        character = characters.get(character_id)
    except NotFound:
        return
    exchanges, before = memory.unsummarised(character_id, limit=_TAKEN_IN_AT_ONCE)
    if not exchanges:
        return
    prompt = fill(SUMMARY, ad=character.name, ozet=before.get("text"), konusmalar="\n".join(_lines(exchanges)))
    asking.expect({Purpose.SUMMARY: 1})
    text = await asking.ask(Purpose.SUMMARY, prompt, Message("user", "Özeti yaz."), temperature=0.3)
    if not text:
        raise ProviderBadAnswer("The model answered with nothing")
    memory.save_summary(character_id, text[:SUMMARY_LIMIT], taken_in=exchanges, before=before)


def purge(task: MemoryTask, *, characters: CharacterRepository, memory: MemoryRepository, queue: TenantQueue) -> None:
    """Delete a bounded number of forgotten items; where more remain, ask for another turn.

    A deleted character's memory goes only when the character is really gone: its deletion may have failed.
    """
    if task.task == "purge_deleted" and _exists(task.character_id, characters):
        return
    if memory.purge(task.character_id, until=task.until, limit=_PURGED_AT_ONCE):
        queue.send(task)


def _exists(character_id: str, characters: CharacterRepository) -> bool:
    try:
        characters.get(character_id)
    except NotFound:
        return False
    return True


def _lines(exchanges: list[Exchange]) -> list[str]:
    return [line for one in exchanges for line in (f"Oyuncu: {one.message}", f"Karakter: {one.reply}")]
