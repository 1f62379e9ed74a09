"""The automaton of Turkish noun endings: is what follows a stem a chain of suffixes?

States are what has been attached so far, arcs are suffix templates sounded by vowel harmony. Deliberately
left out: the equative -ca (amca, kanca) and everything that makes verbs, since there other words begin.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

from common.turkish.harmony import Context, follow, realise

State = Literal[
    "noun", "verb_like", "plural", "possessed", "possessed_3", "case", "locative", "genitive", "ki",
    "past", "evidential", "end",
]  # fmt: skip
_Arcs = tuple[tuple[str, State], ...]

_PERSONS: _Arcs = (("(y)Im", "end"), ("sIn", "end"), ("(y)Iz", "end"), ("sInIz", "end"), ("(y)ken", "end"))
_TENSES: _Arcs = (("DIr", "end"), ("DIrlAr", "end"), ("(y)DI", "past"), ("(y)mIş", "evidential"), ("(y)sA", "past"))
_COPULA = _PERSONS + _TENSES
_CASES: _Arcs = (
    ("(y)I", "end"), ("(y)A", "case"), ("DA", "locative"), ("DAn", "case"), ("(n)In", "genitive"), ("(y)lA", "case"),
)  # fmt: skip
_N_CASES: _Arcs = (
    ("nI", "end"), ("nA", "case"), ("nDA", "locative"), ("nDAn", "case"), ("nIn", "genitive"), ("(y)lA", "case"),
)  # fmt: skip
_MINE: _Arcs = (("(I)m", "possessed"), ("(I)n", "possessed"), ("(I)mIz", "possessed"), ("(I)nIz", "possessed"))
_DERIVED: _Arcs = (("lI", "noun"), ("sIz", "noun"), ("lIk", "noun"), ("CI", "noun"), ("CIk", "noun"))
_OF_STEM: _Arcs = (*_DERIVED, ("lAr", "plural"), *_MINE, ("(s)I", "possessed_3"), *_CASES)

_GRAMMAR: dict[State, _Arcs] = {
    "noun": _OF_STEM + _COPULA,
    "verb_like": _OF_STEM + _PERSONS,
    "plural": (*_MINE, ("I", "possessed_3"), *_CASES, *_COPULA),
    "possessed": _CASES + _COPULA,
    "possessed_3": _N_CASES + _COPULA,
    "case": _COPULA,
    "locative": (("ki", "ki"), *_COPULA),
    "genitive": (("ki", "ki"), *_COPULA),
    "ki": (("lAr", "plural"), *_N_CASES, *_COPULA),
    "past": (("m", "end"), ("n", "end"), ("k", "end"), ("nIz", "end"), ("lAr", "end")),
    "evidential": (("Im", "end"), ("sIn", "end"), ("Iz", "end"), ("sInIz", "end"), ("lAr", "end")),
    "end": (),
}


def is_chain(word: str, start: int, context: Context, state: State = "noun") -> bool:
    """Whether `word[start:]`, which is not empty, is a chain of suffixes that may follow a stem in `context`.

    An apostrophe may stand before any suffix. `word` is in lower case and does not end in one. Time grows
    linearly with the length of the word.
    """
    pending: list[tuple[int, State, Context]] = [(start, state, context)]
    seen: set[tuple[int, State]] = set()
    while pending:
        at, here, sounding = pending.pop()
        if at == len(word):
            return True
        at += word.startswith("'", at)
        for ending, there in _arcs(here, sounding):
            reached = at + len(ending)
            if word.startswith(ending, at) and (reached, there) not in seen:
                seen.add((reached, there))
                pending.append((reached, there, follow(sounding, ending)))
    return False


@cache
def _arcs(state: State, context: Context) -> _Arcs:
    # After a voiceless letter d for t is a common slip (kılıçda); the other way round there are other words (Malta).
    slipped = context._replace(voiceless=False)
    return tuple(
        (ending, there)
        for template, there in _GRAMMAR[state]
        for ending in sorted({realise(template, context), realise(template, slipped)})
    )
