"""HTTP routes of the characters domain."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Query, Response

from characters import service
from characters.models import (
    BatchCreateRequest,
    BatchResponse,
    CharacterResponse,
    CreateCharacterRequest,
    CreatedCharacterResponse,
    ExchangeResponse,
    MemoryResponse,
    ReactionResponse,
    ReactRequest,
    SpeakRequest,
    SpeechResponse,
    UpdateCharacterRequest,
)
from characters.repository import CharacterRepository, MemoryRepository, characters_of, memories_of, memory_queue
from common.api import CurrentTenant, error_answers, for_players, spends, tenant_router
from common.cache import ReplyCache, reply_cache
from common.config import CacheConfig
from common.dependencies import Chance, Model, Worlds
from common.faults import fault_to_carry
from common.paging import MAX_PAGE, ListQuery, PageOf, list_page
from common.player_tokens import PlayerScope

router = tenant_router("/v1/characters", "Characters")


async def _characters(tenant: CurrentTenant) -> CharacterRepository:
    return characters_of(tenant.tenant_id)


async def _memories(tenant: CurrentTenant) -> MemoryRepository:
    return memories_of(tenant.tenant_id)


async def _replies(tenant: CurrentTenant) -> ReplyCache:
    # What is to fail has to be asked for.
    config = CacheConfig(enabled=False) if fault_to_carry() else tenant.config.cache
    return reply_cache(tenant.tenant_id, config)


Characters = Annotated[CharacterRepository, Depends(_characters)]
Memories = Annotated[MemoryRepository, Depends(_memories)]
Replies = Annotated[ReplyCache, Depends(_replies)]


@router.post(
    "",
    status_code=201,
    response_model=CreatedCharacterResponse,
    responses=error_answers(409, 502, 504),
    openapi_extra=spends("text"),
)
async def create_character(  # noqa: PLR0917 - FastAPI hands over what a route needs
    request: CreateCharacterRequest, characters: Characters, worlds: Worlds, asking: Model, chance: Chance
) -> CreatedCharacterResponse:
    """Create a character.

    Send nothing and everything is drawn; send parts and the rest is written to fit; send a `system_prompt` and it is
    used as it is, with no call to a model.
    """
    character = await service.create_character(
        request, characters=characters, worlds=worlds, asking=asking, random=chance
    )
    return CreatedCharacterResponse.made(character, asking.settle())


@router.get("", response_model=PageOf[CharacterResponse])
async def list_characters(query: ListQuery, characters: Characters) -> PageOf[CharacterResponse]:
    """List characters, oldest first."""
    return list_page(characters, query, CharacterResponse.of)


@router.post(
    "/batch",
    status_code=201,
    response_model=BatchResponse,
    responses=error_answers(409, 502, 504),
    openapi_extra=spends("text"),
)
async def create_characters(  # noqa: PLR0917 - FastAPI hands over what a route needs
    request: BatchCreateRequest, characters: Characters, worlds: Worlds, asking: Model, chance: Chance
) -> BatchResponse:
    """Create 1–20 characters at once.

    They are written in parallel. The answer says which succeeded and which failed, by index; if none did, it is the
    error.
    """
    return await service.create_batch(request, characters=characters, worlds=worlds, asking=asking, random=chance)


@router.get("/{character_id}", response_model=CharacterResponse, responses=error_answers(404))
async def get_character(character_id: str, characters: Characters) -> CharacterResponse:
    """Get one character."""
    return CharacterResponse.of(characters.get(character_id))


@router.patch("/{character_id}", response_model=CharacterResponse, responses=error_answers(404))
async def update_character(
    character_id: str, request: UpdateCharacterRequest, characters: Characters
) -> CharacterResponse:
    """Change a character. Absent fields stay, null removes."""
    return CharacterResponse.of(service.update_character(character_id, request, characters=characters))


@router.delete("/{character_id}", status_code=204, response_class=Response, responses=error_answers(404, 409))
async def delete_character(character_id: str, characters: Characters) -> None:
    """Delete a character and everything it remembers."""
    service.delete_character(character_id, characters=characters, memory_queue=memory_queue())


@router.post(
    "/{character_id}/speak",
    response_model=SpeechResponse,
    responses=error_answers(404, 409, 502, 504),
    openapi_extra=spends("text") | for_players(PlayerScope.SPEAK),
)
async def speak(  # noqa: PLR0917 - FastAPI hands over what a route needs
    character_id: str,
    request: SpeakRequest,
    tenant: CurrentTenant,
    characters: Characters,
    worlds: Worlds,
    memories: Memories,
    asking: Model,
    cache: Replies,
) -> SpeechResponse:
    """Let the character answer the player.

    The reply is checked against the world's taboo words and rules. One that fails is asked for again with the reason;
    if that fails too, the character refuses (`moderation.passed` is false). What the player hears is remembered.
    A player token may send neither a `system_prompt_override` nor `context_messages` of the assistant.
    """
    if tenant.player is not None:
        tenant.player.refuse(request.studio_only)
    return await service.speak(
        character_id,
        request,
        characters=characters,
        worlds=worlds,
        memory=memories,
        memory_queue=memory_queue(),
        asking=asking,
        manner=service.Manner(tenant.config.moderation_strictness, cache if request.cache else None),
    )


@router.post(
    "/{character_id}/react",
    response_model=ReactionResponse,
    responses=error_answers(404, 502, 504),
    openapi_extra=spends("text") | for_players(PlayerScope.REACT),
)
async def react(  # noqa: PLR0917 - FastAPI hands over what a route needs
    character_id: str, request: ReactRequest, characters: Characters, worlds: Worlds, asking: Model, cache: Replies
) -> ReactionResponse:
    """Ask what the character makes of something it overhears, and whether it wants to speak. Nothing is remembered."""
    return await service.react(
        character_id,
        request,
        characters=characters,
        worlds=worlds,
        asking=asking,
        cache=cache if request.cache else None,
    )


@router.get("/{character_id}/memory", response_model=MemoryResponse, responses=error_answers(404))
async def get_memory(  # noqa: PLR0917 - FastAPI hands over what a route needs
    character_id: str,
    characters: Characters,
    memories: Memories,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="How many, 1–100.")] = 50,
    order: Annotated[Literal["asc", "desc"], Query(description="Oldest first or newest first.")] = "asc",
    cursor: Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before.")] = None,
) -> MemoryResponse:
    """Page through what the character remembers: its exchanges, and the summary of older ones."""
    characters.get(character_id)
    counts = memories.counts(character_id)
    exchanges, next_cursor = memories.page(character_id, limit=limit, cursor=cursor, newest_first=order == "desc")
    return MemoryResponse(
        character_id=character_id,
        summary=counts.summary,
        exchanges=[ExchangeResponse.model_validate(one, from_attributes=True) for one in exchanges],
        total=counts.total,
        next_cursor=next_cursor,
    )


@router.delete("/{character_id}/memory", status_code=204, response_class=Response, responses=error_answers(404, 409))
async def delete_memory(character_id: str, characters: Characters, memories: Memories) -> None:
    """Make the character remember nothing."""
    service.forget(character_id, characters=characters, memory=memories, memory_queue=memory_queue())
