"""The engine, and what a studio would write in its place: one callable of the same shape each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import snowballstemmer
from unicode_rbnf import RbnfEngine

from bench.turkish.scores import Cased, Cut, Found, Spoken
from common.turkish import TermMatcher, lower, sentences, speakable, title, upper

_WORD = re.compile(r"\w+")
# Beyond this the library gives up.
_DIGITS = re.compile(r"\d{1,15}")
_END = re.compile(r"(?<=[.!?])\s+")
_END_OR_LINE = re.compile(r"(?<=[.!?…])\s+|\n+")
_stemmer: Any = snowballstemmer.stemmer("turkish")  # pyright: ignore[reportUnknownMemberType]


@cache
def _matcher(term: str) -> TermMatcher:
    return TermMatcher([term])


@cache
def _rbnf() -> RbnfEngine:
    return RbnfEngine.for_language("tr")


def found_by_the_engine(term: str, text: str) -> bool:
    return bool(_matcher(term).find(text))


def found_as_substring(term: str, text: str) -> bool:
    return term.lower() in text.lower()


def found_as_whole_word(term: str, text: str) -> bool:
    return bool(re.search(rf"\b{re.escape(term.casefold())}\b", text.casefold()))


def found_by_stems(term: str, text: str) -> bool:
    """Compare stems, a term of several words with neighbouring ones; the casing is ours, or it would find far less."""
    wanted, given = _stems(term), _stems(text)
    size = len(wanted)
    return any(given[start : start + size] == wanted for start in range(len(given) - size + 1))


@cache
def _stems(text: str) -> list[str]:
    return _stemmer.stemWords(_WORD.findall(lower(text)))


def cased_by_the_engine(function: str, text: str) -> str:
    return {"lower": lower, "upper": upper, "title": title}[function](text)


def cased_by_python(function: str, text: str) -> str:
    return getattr(str, function)(text)


def cut_after_marks(text: str) -> Sequence[str]:
    return [piece.strip() for piece in _END.split(text) if piece.strip()]


def cut_after_marks_and_lines(text: str) -> Sequence[str]:
    return [piece.strip() for piece in _END_OR_LINE.split(text) if piece.strip()]


def spoken_by_the_engine(written: str, lexicon: Mapping[str, str]) -> str:
    return speakable(written, dict(lexicon))


def spoken_with_number_words(written: str, lexicon: Mapping[str, str]) -> str:
    """Replace the lexicon's words and every run of digits."""
    for word, pronounced in lexicon.items():
        written = written.replace(word, pronounced)
    return _DIGITS.sub(lambda digits: _rbnf().format_number(int(digits[0])).text, written)


MATCHING: dict[str, Found] = {
    "engine": found_by_the_engine,
    "str.lower in": found_as_substring,
    "whole word": found_as_whole_word,
    "snowball stems": found_by_stems,
}
CASING: dict[str, Cased] = {"engine": cased_by_the_engine, "Python's str": cased_by_python}
CUTTING: dict[str, Cut] = {
    "engine": sentences,
    "after . ! ?": cut_after_marks,
    "and at line ends": cut_after_marks_and_lines,
}
SPEAKING: dict[str, Spoken] = {"engine": spoken_by_the_engine, "number words": spoken_with_number_words}
