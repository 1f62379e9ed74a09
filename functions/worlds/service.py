"""Making a world: as described, invented where asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from common.clock import iso_now, new_id
from common.errors import ProviderBadAnswer
from common.prompts import fill
from common.providers import Message, Purpose
from common.worlds import World
from worlds.models import CreateWorldRequest, InventedWorld, UpdateWorldRequest
from worlds.prompts import WORLD, WORLD_BRIEF

if TYPE_CHECKING:
    from common.providers.asking import Asking
    from common.worlds import WorldRepository

_BRIEF_LIMIT = 2_000


async def create_world(request: CreateWorldRequest, *, worlds: WorldRepository, asking: Asking) -> World:
    """Store a new world; what the studio says itself always wins over what the model invents."""
    given = request.model_dump(exclude={"prompt", "generate_brief"}, exclude_none=True)
    world = World(id=new_id("world"), created_at=iso_now(), **given)
    asking.expect({Purpose.WORLD: int(bool(request.prompt)), Purpose.WORLD_BRIEF: int(request.generate_brief)})
    if request.prompt:
        invented = await _invent(request.prompt, world, asking=asking)
        world = world.model_copy(update=invented.model_dump(exclude_none=True) | given)
    if request.generate_brief and not world.world_brief:
        world = world.model_copy(update={"world_brief": await _tell(world, asking=asking)})
    worlds.add(world)
    return world


def update_world(world_id: str, request: UpdateWorldRequest, *, worlds: WorldRepository) -> World:
    """Set the fields the request names, null included; an empty request changes nothing."""
    changes: dict[str, Any] = {name: getattr(request, name) for name in request.model_fields_set}
    if not changes:
        return worlds.get(world_id)
    return worlds.change(world_id, changes | {"updated_at": iso_now()})


async def _invent(wish: str, world: World, *, asking: Asking) -> InventedWorld:
    """Ask for a world as JSON, once more if the answer is not one.

    Raises:
        ProviderBadAnswer: twice no world.
    """
    prompt = fill(WORLD, istem=wish, dunya=world.describe())
    turns = [Message("user", "Dünyayı JSON olarak yaz.")]
    for _ in range(2):
        answer = await asking.ask(Purpose.WORLD, prompt, *turns)
        try:
            return InventedWorld.model_validate_json(_strip_fence(answer))
        except ValidationError:
            turns = [*turns, Message("assistant", answer), Message("user", "Bu geçerli değil. Yalnızca JSON yaz.")]
    raise ProviderBadAnswer("The model did not answer with a world")


async def _tell(world: World, *, asking: Asking) -> str:
    prompt = fill(WORLD_BRIEF, dunya=world.describe() or None)
    brief = await asking.ask(Purpose.WORLD_BRIEF, prompt, Message("user", "Dünyayı anlat."))
    return brief[:_BRIEF_LIMIT]


def _strip_fence(answer: str) -> str:
    """Return the text inside a Markdown code fence, which models add whatever they are told."""
    return answer.strip().removeprefix("```json").removeprefix("```").removesuffix("```").strip()
