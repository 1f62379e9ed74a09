"""Walks the suffix automata: is what follows a stem a chain of endings?"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from common.turkish.harmony import Context, follow, realise
from common.turkish.nominal import NOMINAL
from common.turkish.spelling import TO_ASCII, Spelling
from common.turkish.verbal import UNFINISHED, VERBAL

_GRAMMAR = NOMINAL | VERBAL


class _Arc(NamedTuple):
    ending: str
    state: str
    sounding: Context


def is_chain(word: Spelling, start: int, context: Context, state: str = "noun", *, loosely: bool = False) -> bool:
    """Whether `word` from `start` on is a chain of endings that may follow a stem in `context`.

    `loosely` also accepts endings typed without Turkish letters. Time grows linearly with the length of the word.
    """
    reads = word.may_read if loosely else word.reads
    pending = [(start, state, context)]
    seen = {(start, state)}
    while pending:
        at, here, sounding = pending.pop()
        if at == len(word.literal):
            if here not in UNFINISHED:
                return True
            continue
        for arc in _arcs(here, sounding).get(word.ascii[at], ()):
            place = (at + len(arc.ending), arc.state)
            if place not in seen and reads(arc.ending, at):
                seen.add(place)
                pending.append((*place, arc.sounding))
    return False


@cache
def _arcs(state: str, context: Context) -> dict[str, list[_Arc]]:
    # After a voiceless letter d for t is a common slip (kılıçda); the other way round there are other words (Malta).
    slipped = context._replace(voiceless=False)
    arcs: dict[str, list[_Arc]] = {}
    for template, there in _GRAMMAR[state]:
        for ending in {realise(template, context): 0, realise(template, slipped): 0}:
            arcs.setdefault(ending[0].translate(TO_ASCII), []).append(_Arc(ending, there, follow(context, ending)))
    return arcs
