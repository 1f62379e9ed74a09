"""Walks the suffix automata: is what follows a stem a chain of endings?"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from common.turkish.harmony import Context, follow, realise
from common.turkish.nominal import NOMINAL
from common.turkish.spelling import Spelling, to_ascii
from common.turkish.verbal import UNFINISHED, VERBAL

_GRAMMAR = NOMINAL | VERBAL


class _Arc(NamedTuple):
    ending: str
    plain: str
    """The ending in ASCII."""
    there: _Node


class _Node:
    """A state of the automaton in the context it has been reached in; its arcs are made when somebody passes."""

    __slots__ = ("_arcs", "_context", "state")

    def __init__(self, state: str, context: Context) -> None:
        self.state = state
        self._context = context
        self._arcs: dict[str, list[_Arc]] | None = None

    def arcs(self) -> dict[str, list[_Arc]]:
        """Return the arcs by the first letter of their endings, in ASCII."""
        if self._arcs is None:
            self._arcs = _arcs(self.state, self._context)
        return self._arcs


def is_chain(word: Spelling, start: int, context: Context, state: str = "noun", *, loosely: bool = False) -> bool:
    """Whether `word` from `start` on is a chain of endings that may follow a stem in `context`.

    `loosely` also accepts endings typed without Turkish letters. Time grows linearly with the length of the word.
    """
    literal, _, plain = word
    length = len(literal)
    node = _node(state, context)
    if start < length and plain[start] not in node.arcs():
        return False  # as for most words
    pending = [(start, node)]
    seen = {(start, state)}
    while pending:
        at, node = pending.pop()
        if at == length:
            if node.state not in UNFINISHED:
                return True
            continue
        for ending, key, there in node.arcs().get(plain[at], ()):
            if literal.startswith(ending, at) or (loosely and plain.startswith(key, at) and word.may_read(ending, at)):
                place = (at + len(ending), there.state)
                if place not in seen:
                    seen.add(place)
                    pending.append((place[0], there))
    return False


@cache
def _node(state: str, context: Context) -> _Node:
    return _Node(state, context)


def _arcs(state: str, context: Context) -> dict[str, list[_Arc]]:
    # After a voiceless letter d for t is a common slip (kılıçda); the other way round there are other words (Malta).
    slipped = context._replace(voiceless=False)
    arcs: dict[str, list[_Arc]] = {}
    for template, there in _GRAMMAR[state]:
        for ending in {realise(template, context): 0, realise(template, slipped): 0}:
            plain = to_ascii(ending)
            arcs.setdefault(plain[0], []).append(_Arc(ending, plain, _node(there, follow(context, ending))))
    return arcs
