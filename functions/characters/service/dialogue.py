"""A character's words: from the model, through moderation, to the player or never."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from characters.models import ForbiddenWord, Moderation, ModerationDetails
from characters.prompts import LAST_REFUSAL, MODERATION, REACTION, REFUSALS, SPEECH
from characters.service.recall import Prompt, Recall
from characters.service.writing import speech_style, tier_line
from common.config import ModerationStrictness
from common.errors import ProviderBadAnswer
from common.moderation import forbidden_terms
from common.observability import count
from common.prompts import fill
from common.providers import Message, Purpose

if TYPE_CHECKING:
    from characters.models import Character, ReactRequest, SpeakRequest, Window
    from common.cache import ReplyCache
    from common.providers.asking import Asking
    from common.turkish import Match
    from common.worlds import World

REPLY_LIMIT = 4_000
REACTION_CALLS = {Purpose.REACTION: 1}
_TOLD = 20
"""Forbidden words an answer names at most."""
_LONGEST_SURFACE = 200


class Reply(NamedTuple):
    """What the player hears and what the checks said."""

    text: str
    moderation: Moderation


class Reaction(NamedTuple):
    """An inner reaction, and whether it wants out."""

    text: str
    wants_to_speak: bool


class Manner(NamedTuple):
    """How a tenant wants a request's replies."""

    strictness: ModerationStrictness = ModerationStrictness.STRICT
    cache: ReplyCache | None = None
    """Where replies may be taken from and kept; None: each is written anew."""


class _Objection(NamedTuple):
    reason: str
    details: ModerationDetails


def reply_calls(strictness: ModerationStrictness) -> dict[Purpose, int]:
    """Return what a reply asks of models if nothing is said against it."""
    judged = {Purpose.MODERATION: 1} if strictness is ModerationStrictness.STRICT else {}
    return {Purpose.SPEECH: 1, **judged}


async def reply(
    request: SpeakRequest,
    character: Character,
    world: World | None,
    *,
    window: Window,
    asking: Asking,
    manner: Manner,
) -> Reply:
    """Return a reply that passed moderation, or a refusal in character; a withheld reply is never returned.

    What moderation is depends on the `manner`; the word check is always part of it. The first objection is told to the
    model and a second reply asked for. With a cache the reply may be one that was given to the same prompt before.
    """
    strictness, cache = manner
    prompt = _speech_prompt(request, character, world, window=window)
    recall = Recall.of(cache, prompt, taboo=_taboo(world), judged=_judged(strictness)) if cache else None
    if recall and (known := recall.reply()):
        asking.answered_before(known.model)
        return Reply(known.text, Moderation(passed=True, reason=None))
    withheld: _Objection | None = None
    for attempt in range(2):
        if withheld:
            prompt = _speech_prompt(request, character, world, window=window, warning=withheld.reason)
        text = await _speak(prompt, asking)
        objection = await _objection(text, character, world, asking=asking, strictness=strictness)
        if objection is None:
            if recall:
                recall.keep(text, asking)
            details = withheld.details if withheld else ModerationDetails()
            return Reply(text, Moderation(passed=True, reason=None, regenerated=attempt > 0, details=details))
        withheld = objection
        count("RepliesWithheld")
    reason, details = withheld or _Objection("", ModerationDetails())
    return Reply(_refusal(world), Moderation(passed=False, reason=reason, regenerated=True, details=details))


async def react(
    request: ReactRequest,
    character: Character,
    world: World | None,
    *,
    asking: Asking,
    cache: ReplyCache | None = None,
) -> Reaction:
    """Return the reaction, asked for once more if it is malformed or forbidden; with a `cache` as `reply`.

    Raises:
        ProviderBadAnswer: twice malformed.
    """
    prompt = _reaction_prompt(request, character, world)
    recall = Recall.of(cache, prompt, taboo=_taboo(world)) if cache else None
    if recall and (known := recall.reply()) and (reaction := parse_reaction(known.text)):
        asking.answered_before(known.model)
        return reaction
    warning, reaction = None, None
    for _ in range(2):
        if warning:
            prompt = _reaction_prompt(request, character, world, warning=warning)
        answer = await asking.ask(prompt.purpose, prompt.system, *prompt.turns)
        reaction = parse_reaction(answer)
        if reaction is None:
            warning = "İlk satır yalnızca WANT ya da PASS olmalı, ikinci satırda tepki olmalı."
            continue
        if not forbidden_terms(reaction.text, _taboo(world)):
            if recall:
                recall.keep(answer, asking)
            return reaction
        warning = "Yasaklı bir kelime kullandın."
    if reaction is None:
        raise ProviderBadAnswer("The model did not answer with WANT or PASS and a reaction")
    return Reaction(_refusal(world), wants_to_speak=False)


def parse_reaction(answer: str) -> Reaction | None:
    """Return the reaction if the answer is exactly a line `WANT` or `PASS` and a text; otherwise None."""
    first, _, rest = answer.strip().partition("\n")
    text = rest.strip()
    if first.strip() not in {"WANT", "PASS"} or not text:
        return None
    return Reaction(text[:REPLY_LIMIT], wants_to_speak=first.strip() == "WANT")


async def _speak(prompt: Prompt, asking: Asking) -> str:
    text = await asking.ask(prompt.purpose, prompt.system, *prompt.turns)
    if not text:
        raise ProviderBadAnswer("The model answered with nothing")
    return text[:REPLY_LIMIT]


def _judged(strictness: ModerationStrictness) -> list[str]:
    """Return by what a reply passes: one that passed less, or another judge, is not to be given again."""
    return [strictness, MODERATION] if strictness is ModerationStrictness.STRICT else [strictness]


def _speech_prompt(
    request: SpeakRequest, character: Character, world: World | None, *, window: Window, warning: str | None = None
) -> Prompt:
    filled = fill(
        SPEECH,
        ad=character.name,
        rol=character.role,
        arketip=character.archetype,
        konusma_tarzi=speech_style(character.archetype),
        seviye=tier_line(character.skill_tier),
        gecmis=character.lore,
        kisilik=character.personality,
        oyunculuk=request.system_prompt_override or character.acting_prompt,
        dunya=world.describe() if world else character.world_context,
        kurallar=world.rules_text() if world else None,
        yasakli_kelimeler="\n".join(_taboo(world)),
        oyun_durumu=request.game_context,
        ruh_hali=request.mood,
        hafiza=window.summary,
        uyari=warning,
    )
    return Prompt(Purpose.SPEECH, filled, _turns(request, window))


def _turns(request: SpeakRequest, window: Window) -> list[Message]:
    remembered = [
        message
        for exchange in window.exchanges
        for message in (Message("user", exchange.message), Message("assistant", exchange.reply))
    ]
    given = [Message(turn.role, turn.content) for turn in request.context_messages or []]
    return [*remembered, *given, Message("user", request.message)]


async def _objection(
    text: str, character: Character, world: World | None, *, asking: Asking, strictness: ModerationStrictness
) -> _Objection | None:
    """Return what speaks against a reply, or None. The word check is free, so it comes before the model's verdict.

    A verdict that is neither PASS nor VIOLATION counts against the reply: unchecked words reach nobody.
    """
    matches = forbidden_terms(text, _taboo(world))
    if matches:
        return _Objection("Yanıtta yasaklı kelime geçti.", _details(matches))
    if strictness is ModerationStrictness.WORDS_ONLY:
        return None
    prompt = fill(
        MODERATION,
        yasakli_kelimeler="\n".join(_taboo(world)),
        kurallar=world.rules_text() if world else None,
        dunya=world.describe() if world else character.world_context,
        replik=text,
    )
    turn = Message("user", "Kararını yaz.")
    verdict = await asking.ask(Purpose.MODERATION, prompt, turn, temperature=0.0)
    if verdict == "PASS":
        return None
    found = re.fullmatch(r"VIOLATION:\s*(.+)", verdict, re.DOTALL)
    return _Objection(found.group(1)[:300] if found else "Denetim sonuçsuz kaldı.", ModerationDetails())


def _details(matches: list[Match]) -> ModerationDetails:
    return ModerationDetails(
        terms=list(dict.fromkeys(match.term for match in matches))[:_TOLD],
        matches=[
            ForbiddenWord(term=match.term, surface=match.surface[:_LONGEST_SURFACE], reason=match.reason)
            for match in matches[:_TOLD]
        ],
    )


def _reaction_prompt(
    request: ReactRequest, character: Character, world: World | None, *, warning: str | None = None
) -> Prompt:
    filled = fill(
        REACTION,
        ad=character.name,
        rol=character.role,
        arketip=character.archetype,
        konusma_tarzi=speech_style(character.archetype),
        oyunculuk=character.acting_prompt,
        dunya=world.describe() if world else character.world_context,
        yasakli_kelimeler="\n".join(_taboo(world)),
        baglam=request.context,
        mesaj=request.message,
        uyari=warning,
    )
    return Prompt(Purpose.REACTION, filled, [Message("user", "Tepkini yaz.")])


def _taboo(world: World | None) -> list[str]:
    return (world.taboo_words if world else None) or []


def _refusal(world: World | None) -> str:
    taboo = _taboo(world)
    return next((line for line in REFUSALS if not forbidden_terms(line, taboo)), LAST_REFUSAL)
