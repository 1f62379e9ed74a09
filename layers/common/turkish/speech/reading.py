"""What a rule of reading gives back, and what it may ask of the text around it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple


class Reading(NamedTuple):
    """A stretch of text that begins where the rule was asked and ends before `end`, and what is said instead."""

    end: int
    spoken: str


Rule = Callable[[str, int], Reading | None]
"""Reads what starts at an offset, or leaves it: looks only a bounded way around it, except along what it reads."""

_LOOK_BACK = 40
_WORD_BEFORE = re.compile(r"([^\W\d_]+)[ \u00a0]?[.:]?[ \u00a0]?$")
_WORD_AFTER = re.compile(r"[ \u00a0]{1,3}([^\W\d_][\w\u0300-\u036f]{0,30})")
_CLOSED = re.compile(r"[ \t\u00a0]*[\"”»’')\]*_]{0,3}[ \t\u00a0]*(?:[\r\n]|$)")


def words(table: str) -> frozenset[str]:
    """Return the words of a table that is written as running text."""
    return frozenset(table.split())


def word_before(text: str, at: int) -> str:
    """Return the word that ends directly before `at` (a space, a dot or a colon may stand between), or ''."""
    found = _WORD_BEFORE.search(text[max(0, at - _LOOK_BACK) : at])
    return found[1] if found else ""


def word_after(text: str, at: int) -> str:
    """Return the word that follows the white space at `at`, or ''."""
    found = _WORD_AFTER.match(text, at)
    return found[1] if found else ""


def ends_line(text: str, at: int) -> bool:
    """Whether nothing but closing marks follows `at` on its line."""
    return _CLOSED.match(text, at) is not None


def starts_sentence(text: str, at: int) -> bool:
    """Whether a sentence starts at `at`: at the beginning of the text or after the end of another sentence."""
    before = text[max(0, at - _LOOK_BACK) : at].rstrip(" \t\u00a0\"“«‘'(*_–—-")
    return (not before and at <= _LOOK_BACK) or before[-1:] in {".", "!", "?", "…", "\n", ":"}


def glued(text: str, at: int) -> bool:
    """Whether a letter, a digit or an underscore stands at `at`: then what ended there is only a part of something."""
    return text[at : at + 1].isalnum() or text[at : at + 1] == "_"


def spaced(text: str, start: int, end: int, spoken: str) -> Reading:
    """Return a reading of the sign between `start` and `end`, with spaces where the text has none."""
    before = " " if start > 0 and not text[start - 1].isspace() else ""
    after = " " if end < len(text) and not text[end].isspace() else ""
    return Reading(end, before + spoken + after)
