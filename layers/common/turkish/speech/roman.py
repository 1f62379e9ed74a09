"""Roman numerals: II. Mehmet, XX. yüzyıl, Bölüm IV, Final Fantasy VII. Single letters elsewhere stay letters."""

from __future__ import annotations

import re

from common.turkish.speech.endings import APOSTROPHES, attach, ending_at, with_ending
from common.turkish.speech.numbers import cardinal
from common.turkish.speech.ordinals import holds_number, is_numbered, ordinal_dot
from common.turkish.speech.reading import Reading, word_after, word_before

_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_NUMERAL = re.compile(r"(?=[IVXLC])(C{0,3}(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3}))(?!\w)")
_DASH = re.compile(r"[ ]?[-–][ ]?(?=[IVXLC]{1,7}\.)")
_INITIAL = re.compile(r"[ \u00a0]?[^\W\d_]\.")
_AFTER_INITIAL = re.compile(r"(?<![^\W\d_])[^\W\d_]\.[ \u00a0]?$")
_SMALL = frozenset("IVX")


def read_roman(text: str, start: int) -> Reading | None:
    """Read a numeral with a dot as an ordinal, one after a chapter's or a title's word as a cardinal."""
    found = _NUMERAL.match(text, start)
    if found is None:
        return None
    value, end = _value(found[1]), found.end()
    dash = _DASH.match(text, end)
    last = _NUMERAL.match(text, dash.end()) if dash else None
    if dash and last and text[last.end() : last.end() + 1] == "." and _is_ordinal(text, dash.end(), last.end()):
        return Reading(dash.end(), f"{attach(cardinal(value), 'ıncı')} ")
    if text[end : end + 1] == "." and _is_ordinal(text, start, end):
        return Reading(end + 1, attach(cardinal(value), "ıncı"))
    ending = ending_at(text, end) if text[end : end + 1] in APOSTROPHES else None
    if ending and "ıncı" in attach("bir", ending.typed).replace("inci", "ıncı"):
        return Reading(ending.end, attach(cardinal(value), ending.typed))
    return with_ending(text, end, cardinal(value)) if _is_cardinal(text, start, found[1]) else None


def _is_ordinal(text: str, start: int, dot: int) -> bool:
    numeral = text[start:dot]
    follower = word_after(text, dot + 1)
    if numeral in {"C", "L"} or _INITIAL.match(text, dot + 1):
        return False
    # An abbreviation may be the same letters (CC., XL.): only the small numerals stand before names.
    if not _SMALL.issuperset(numeral) and not (follower[:1].islower() or is_numbered(follower)):
        return False
    # Among initials it is one itself: M. V. Demir.
    if len(numeral) == 1 and _AFTER_INITIAL.search(text[max(0, start - 4) : start]):
        return False
    return ordinal_dot(text, start, dot)


def _is_cardinal(text: str, start: int, numeral: str) -> bool:
    before = word_before(text, start)
    if not before or not _SMALL.issuperset(numeral):
        return False
    return holds_number(before) or (len(numeral) > 1 and before[0].isupper() and before[1:2].islower())


def _value(numeral: str) -> int:
    values = [_VALUES[letter] for letter in numeral]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < following else value for value, following in pairs)
