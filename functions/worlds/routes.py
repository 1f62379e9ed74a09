"""HTTP routes of the worlds domain."""

from __future__ import annotations

from fastapi import Response

from common.api import error_answers, spends, tenant_router
from common.dependencies import Model, Worlds
from common.paging import ListQuery, PageOf, list_page
from worlds import service
from worlds.models import CreatedWorldResponse, CreateWorldRequest, UpdateWorldRequest, WorldResponse

router = tenant_router("/v1/worlds", "Worlds")


@router.post(
    "",
    status_code=201,
    response_model=CreatedWorldResponse,
    responses=error_answers(409, 502, 504),
    openapi_extra=spends("text"),
)
async def create_world(request: CreateWorldRequest, worlds: Worlds, asking: Model) -> CreatedWorldResponse:
    """Create a world.

    Everything is optional: send your universe as you have it, or a `prompt` and have the rest invented.
    """
    world = await service.create_world(request, worlds=worlds, asking=asking)
    return CreatedWorldResponse.made(world, asking.settle())


@router.get("", response_model=PageOf[WorldResponse])
async def list_worlds(query: ListQuery, worlds: Worlds) -> PageOf[WorldResponse]:
    """List worlds, oldest first."""
    return list_page(worlds, query, WorldResponse.of)


@router.get("/{world_id}", response_model=WorldResponse, responses=error_answers(404))
async def get_world(world_id: str, worlds: Worlds) -> WorldResponse:
    """Get one world."""
    return WorldResponse.of(worlds.get(world_id))


@router.patch("/{world_id}", response_model=WorldResponse, responses=error_answers(404))
async def update_world(world_id: str, request: UpdateWorldRequest, worlds: Worlds) -> WorldResponse:
    """Change a world.

    Absent fields stay, null removes. Characters live in the changed world from their next word on.
    """
    return WorldResponse.of(service.update_world(world_id, request, worlds=worlds))


@router.delete("/{world_id}", status_code=204, response_class=Response, responses=error_answers(404, 409))
async def delete_world(world_id: str, worlds: Worlds) -> None:
    """Delete a world. Characters that lived in it go on without one."""
    worlds.delete(world_id)
