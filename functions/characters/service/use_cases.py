"""Use cases: writing characters, letting them speak and react, and forgetting."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ulid import ULID

from characters.models import (
    BatchFailure,
    BatchItem,
    BatchResponse,
    Character,
    CharacterResponse,
    CreateCharacterRequest,
    Exchange,
    MemoryTask,
    ReactionResponse,
    SpeechResponse,
)
from characters.service import dialogue, writing
from common.clock import iso_now
from common.errors import InvalidInput, MeddahError, NotFound

if TYPE_CHECKING:
    from random import Random

    from characters.models import BatchCreateRequest, ReactRequest, SpeakRequest, UpdateCharacterRequest
    from characters.repository import CharacterRepository, MemoryRepository
    from common.cache import ReplyCache
    from common.providers.asking import Asking
    from common.queues import TenantQueue
    from common.worlds import World, WorldRepository

WINDOW = 12
"""Exchanges a prompt holds word for word; older ones live in the summary."""
SUMMARISE_EVERY = 10
_ALL = "~"
"""A sort key after every other: purge everything."""
_LAST_MOMENT_SECONDS = 60
"""A speech that was under way when its character was deleted has ended by then."""


async def create_character(
    request: CreateCharacterRequest,
    *,
    characters: CharacterRepository,
    worlds: WorldRepository,
    asking: Asking,
    random: Random,
) -> Character:
    """Write and store one character.

    Raises:
        InvalidInput: an unknown world, tier or voice.
        ProviderError: the model could not write it; nothing is stored.
    """
    world = _world_named(request.world_id, worlds)
    asking.expect(writing.calls(request))
    character = await writing.write_character(request, world=world, asking=asking, random=random)
    characters.add(character)
    return character


async def create_batch(
    request: BatchCreateRequest,
    *,
    characters: CharacterRepository,
    worlds: WorldRepository,
    asking: Asking,
    random: Random,
) -> BatchResponse:
    """Write `count` characters in parallel and store those that could be written, in one transaction.

    Raises:
        ProviderError: not one could be written.
    """
    world = _world_named(request.world_id, worlds)
    requests = writing.deal(request, random)
    asking.expect(writing.calls(*requests))
    written = await asyncio.gather(
        *(writing.write_character(one, world=world, asking=asking, random=random) for one in requests),
        return_exceptions=True,
    )
    made = {index: one for index, one in enumerate(written) if isinstance(one, Character)}
    failures = {index: one for index, one in enumerate(written) if not isinstance(one, Character)}
    unknown = [error for error in failures.values() if not isinstance(error, MeddahError)]
    if unknown or not made:
        raise (unknown or list(failures.values()))[0]
    characters.add(*made.values())
    return BatchResponse(
        created=[BatchItem(index=index, character=CharacterResponse.of(one)) for index, one in made.items()],
        failed=[_failure(index, error) for index, error in failures.items()],
        usage=asking.settle(),
    )


def _failure(index: int, error: Any) -> BatchFailure:
    return BatchFailure(index=index, code=error.code, message=error.message, retryable=error.retryable)


def update_character(
    character_id: str, request: UpdateCharacterRequest, *, characters: CharacterRepository
) -> Character:
    """Set the fields the request names, null included; an empty request changes nothing.

    Raises:
        NotFound: no such character.
        InvalidInput: an unknown tier or voice, or null for what a character cannot be without.
    """
    changes = writing.checked_changes(request)
    if not changes:
        return characters.get(character_id)
    return characters.change(character_id, changes | {"updated_at": iso_now()})


def delete_character(character_id: str, *, characters: CharacterRepository, memory_queue: TenantQueue) -> None:
    """Delete a character at once and everything it remembers soon after.

    The task is sent first: were it lost after the deletion, nothing would ever point at the memory again. The
    worker does it only once the character is gone.
    """
    characters.get(character_id)
    task = MemoryTask(task="purge_deleted", tenant_id=characters.tenant_id, character_id=character_id, until=_ALL)
    memory_queue.send(task, delay=_LAST_MOMENT_SECONDS)
    characters.delete(character_id)


def forget(
    character_id: str, *, characters: CharacterRepository, memory: MemoryRepository, memory_queue: TenantQueue
) -> None:
    """Make a character remember nothing, at once; what is stored of it is deleted soon after."""
    characters.get(character_id)
    until = str(ULID())
    memory.forget(character_id, until=until)
    task = MemoryTask(task="purge", tenant_id=characters.tenant_id, character_id=character_id, until=until)
    memory_queue.send(task)


async def speak(
    character_id: str,
    request: SpeakRequest,
    *,
    characters: CharacterRepository,
    worlds: WorldRepository,
    memory: MemoryRepository,
    memory_queue: TenantQueue,
    asking: Asking,
    manner: dialogue.Manner,
) -> SpeechResponse:
    """Answer the player in character, moderated, and remember the exchange before answering."""
    character, window = await asyncio.gather(
        asyncio.to_thread(characters.get, character_id),
        asyncio.to_thread(memory.window, character_id, limit=WINDOW),
    )
    world = await asyncio.to_thread(_world_of, character, worlds)
    asking.expect(dialogue.reply_calls(manner.strictness), player_id=request.user_id)
    reply = await dialogue.reply(request, character, world, window=window, asking=asking, manner=manner)
    exchange = Exchange(
        id=str(ULID()), message=request.message, reply=reply.text, mood=request.mood, created_at=iso_now()
    )
    memory.append(character_id, exchange)
    unsummarised = window.total + 1 - window.summarised
    if unsummarised >= SUMMARISE_EVERY and unsummarised % SUMMARISE_EVERY == 0:
        task = MemoryTask(task="summarise", tenant_id=characters.tenant_id, character_id=character_id)
        memory_queue.send(task)
    return SpeechResponse(
        character_id=character.id,
        character_name=character.name,
        message=reply.text,
        mood=request.mood,
        moderation=reply.moderation,
        usage=asking.settle(),
    )


async def react(
    character_id: str,
    request: ReactRequest,
    *,
    characters: CharacterRepository,
    worlds: WorldRepository,
    asking: Asking,
    cache: ReplyCache | None = None,
) -> ReactionResponse:
    """Return what a character makes of something it overhears; nothing is remembered."""
    character = characters.get(character_id)
    asking.expect(dialogue.REACTION_CALLS, player_id=request.user_id)
    world = _world_of(character, worlds)
    reaction = await dialogue.react(request, character, world, asking=asking, cache=cache)
    return ReactionResponse(
        character_id=character.id,
        character_name=character.name,
        reaction=reaction.text,
        wants_to_speak=reaction.wants_to_speak,
        usage=asking.settle(),
    )


def _world_named(world_id: str | None, worlds: WorldRepository) -> World | None:
    if world_id is None:
        return None
    try:
        return worlds.get(world_id)
    except NotFound as error:
        raise InvalidInput.field("world_id", "no such world") from error


def _world_of(character: Character, worlds: WorldRepository) -> World | None:
    """Return the character's world; None also if it has been deleted since."""
    if character.world_id is None:
        return None
    try:
        return worlds.get(character.world_id)
    except NotFound:
        return None
