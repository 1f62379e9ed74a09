"""Writing a character: what the studio gave, what is drawn, and the acting prompt from the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from characters.models import Character, CreateCharacterRequest
from characters.prompts import ACTING_PROMPT, VALIDATION
from common.clock import iso_now, new_id
from common.defaults import defaults, find_archetype, find_role, find_tier
from common.errors import InvalidInput
from common.prompts import fill
from common.providers import Message, Purpose
from common.voices import find_voice

if TYPE_CHECKING:
    from random import Random

    from characters.models import BatchCreateRequest, UpdateCharacterRequest
    from common.providers.asking import Asking
    from common.worlds import World

ACTING_PROMPT_LIMIT = 6_000


async def write_character(
    request: CreateCharacterRequest, *, world: World | None, asking: Asking, random: Random
) -> Character:
    """Return a new character, not yet stored; only a missing `system_prompt` costs a model call.

    Raises:
        InvalidInput: an unknown tier or voice.
        ProviderError: the model could not write the acting prompt.
    """
    drawn = _complete(request, random)
    acting_prompt = request.system_prompt or await _acting_prompt(
        drawn, world=world, asking=asking, checked=request.validate_prompt
    )
    return Character(
        **drawn,
        id=new_id("char"),
        acting_prompt=acting_prompt,
        created_at=iso_now(),
    )


def calls(*requests: CreateCharacterRequest) -> dict[Purpose, int]:
    """Return what writing these characters asks of models if nothing has to be rewritten."""
    written = [request for request in requests if not request.system_prompt]
    checked = [request for request in written if request.validate_prompt]
    return {Purpose.ACTING_PROMPT: len(written), Purpose.VALIDATION: len(checked)}


def deal(request: BatchCreateRequest, random: Random) -> list[CreateCharacterRequest]:
    """Return one request for each character of a batch: roles and archetypes in turn, names without repetition."""
    pool = defaults()
    roles = request.roles or random.sample([role.title for role in pool.roles], request.count)
    archetypes = request.archetypes or [random.choice(pool.archetypes).label for _ in range(request.count)]
    names = random.sample(pool.names, min(request.count, len(pool.names)))
    return [
        CreateCharacterRequest(
            name=names[index % len(names)],
            role=roles[index % len(roles)],
            archetype=archetypes[index % len(archetypes)],
            world_id=request.world_id,
            world_context=request.world_context,
        )
        for index in range(request.count)
    ]


def checked_changes(request: UpdateCharacterRequest) -> dict[str, Any]:
    """Return the fields to change, as a character stores them.

    Raises:
        InvalidInput: an unknown tier or voice, or null for a name or a prompt.
    """
    changes: dict[str, Any] = {name: getattr(request, name) for name in request.model_fields_set}
    for field in ("name", "system_prompt"):
        if field in changes and changes[field] is None:
            raise InvalidInput.field(field, "a character cannot be without it")
    if "system_prompt" in changes:
        changes["acting_prompt"] = changes.pop("system_prompt")
    if "skill_tier" in changes:
        changes["skill_tier"] = _tier(changes["skill_tier"])
    if "voice" in changes:
        changes["voice"] = _voice(changes["voice"])
    return changes


def tier_line(tier: str | None) -> str | None:
    """Return a skill tier and what it means, for a prompt."""
    found = find_tier(tier) if tier else None
    return f"{found.tier}: {found.modifier}" if found else None


def speech_style(archetype: str) -> str | None:
    """Return how a default archetype speaks; None for a studio's own."""
    found = find_archetype(archetype)
    return found.speech_style if found else None


def _complete(request: CreateCharacterRequest, random: Random) -> dict[str, Any]:
    """Return the character's parts: as given, in default spelling where a default is meant, drawn where absent."""
    pool = defaults()
    role = find_role(request.role) if request.role else random.choice(pool.roles)
    archetype = find_archetype(request.archetype) if request.archetype else random.choice(pool.archetypes)
    return {
        "name": request.name or random.choice(pool.names),
        "role": role.title if role else request.role,
        "archetype": archetype.label if archetype else request.archetype,
        "lore": request.lore or (role.lore if role else None),
        "personality": request.personality,
        "skill_tier": _tier(request.skill_tier),
        "voice": _voice(request.voice),
        "world_id": request.world_id,
        "world_context": request.world_context,
    }


async def _acting_prompt(drawn: dict[str, Any], *, world: World | None, asking: Asking, checked: bool) -> str:
    """Have the acting prompt written; where it is to be checked, a FAIL is rewritten once with its reason."""
    written = await _write(drawn, world, asking=asking, warning=None)
    if not checked:
        return written
    complaint = await _complaint(drawn, written, asking=asking)
    return await _write(drawn, world, asking=asking, warning=complaint) if complaint else written


async def _write(drawn: dict[str, Any], world: World | None, *, asking: Asking, warning: str | None) -> str:
    prompt = fill(
        ACTING_PROMPT,
        ad=drawn["name"],
        rol=drawn["role"],
        arketip=drawn["archetype"],
        konusma_tarzi=speech_style(drawn["archetype"]),
        seviye=tier_line(drawn["skill_tier"]),
        gecmis=drawn["lore"],
        kisilik=drawn["personality"],
        dunya=world.describe() if world else drawn["world_context"],
        uyari=warning,
    )
    turn = Message("user", "Oyunculuk yönergesini yaz.")
    return (await asking.ask(Purpose.ACTING_PROMPT, prompt, turn))[:ACTING_PROMPT_LIMIT]


async def _complaint(drawn: dict[str, Any], acting_prompt: str, *, asking: Asking) -> str | None:
    """Return why the acting prompt fails, or None; a verdict that is neither PASS nor FAIL counts as a fail."""
    prompt = fill(VALIDATION, rol=drawn["role"], arketip=drawn["archetype"], oyunculuk=acting_prompt)
    turn = Message("user", "Kararını yaz.")
    verdict = await asking.ask(Purpose.VALIDATION, prompt, turn, temperature=0.0)
    if verdict == "PASS":
        return None
    return verdict.removeprefix("FAIL:").strip() or "Tutarsız."


def _tier(tier: str | None) -> str | None:
    if tier is None:
        return None
    found = find_tier(tier)
    if found is None:
        known = ", ".join(one.tier for one in defaults().tiers)
        raise InvalidInput.field("skill_tier", f"not one of {known}")
    return found.tier


def _voice(voice: str | None) -> str | None:
    if voice is not None and find_voice(voice) is None:
        raise InvalidInput.field("voice", "no such voice; see GET /v1/voice/voices")
    return voice
