"""Written abbreviations: Dr., Sn., vb., yy., No: 5."""

from __future__ import annotations

import re

from common.turkish.abbreviations import ABBREVIATIONS, BEFORE_A_NAME, BEFORE_A_NUMBER, MAY_END, abbreviation_key
from common.turkish.casing import title, upper
from common.turkish.speech.endings import APOSTROPHES, ending_at, with_ending
from common.turkish.speech.money import currency_after
from common.turkish.speech.numbers import NUMBER_WORDS
from common.turkish.speech.reading import Reading, ends_line, glued, starts_sentence, word_after, word_before, words
from common.turkish.speech.units import after_its_dot, unit_after

# Read without a dot as well: no word looks like them. Before names and numbers as their groups ask.
_DOTLESS = words("vb vs vd vdğ yy MÖ MS AŞ dr prof doç yrd no nu max maks min sf bkz şti ltd hk çvş yzb bnb tğm ütğm")
# Only before a number, or the era would be two letters.
_ERAS = frozenset(("MÖ", "MS"))
_PARTS_OF_NAMES = frozenset(("a.ş", "AŞ"))
# Words in their own right at the end of a sentence.
_WORDS = words("ör çev age bk ort böl tel st")

_WRITTEN = re.compile(r"[^\W\d_]{1,6}(?:\.[^\W\d_]{1,2}){0,4}(?![^\W\d_])")
_NUMBER_AHEAD = re.compile(r"[ \u00a0]?[:.]?[ \u00a0]?[0-9#]")
_COLON_AHEAD = re.compile(r"[ \u00a0]?:")
_ERA_AHEAD = re.compile(r"[ \u00a0][0-9IVX]")
_CLOSING = re.compile(r"[\"”»’')\]]*\s+[\"“«‘'(]?([^\W\d_])")


def read_abbreviation(text: str, start: int) -> Reading | None:
    """Read an abbreviation with its ending; its dot stays where it ends the sentence as well."""
    found = _WRITTEN.match(text, start)
    written = found[0] if found else ""
    # y.a.v.s.a.k holds no v.s.
    among_letters = text[max(0, start - 1) : start] == "." and text[start - 2 : start - 1].isalpha()
    while written:
        key = abbreviation_key(written)
        if (
            key
            and not (among_letters and min(map(len, key.split("."))) == 1)
            and _fits(text, start + len(written), key)
        ):
            return _read(text, start, written, _cased(text, start, key=key, written=written))
        written = written.rpartition(".")[0]
    return None


def read_lone_unit(text: str, start: int) -> Reading | None:
    """Read a unit or a currency after a number in words: kaç km, 3 milyon TL, birkaç dk."""
    before = word_before(text, start)
    if start == 0 or before.lower() not in NUMBER_WORDS or text[start - 1] not in {" ", "\u00a0"}:
        return read_lone_currency(text, start)
    unit = unit_after(text, start)
    if unit is None or unit.unit.before or unit.end - start < 2:
        return read_lone_currency(text, start)
    return with_ending(text, after_its_dot(text, unit.end, text[start : unit.end]), unit.unit.name)


def read_lone_currency(text: str, start: int) -> Reading | None:
    """Read TL by itself as lira."""
    money = currency_after(text, start)
    if money is None or text.startswith(("kr", "tl", "Tl"), start) or text[start : start + 1] == " ":
        return None
    return with_ending(text, money.end, money.currency.name)


def _fits(text: str, end: int, key: str) -> bool:
    dotted = text[end : end + 1] == "."
    after = end + 1 if dotted else end
    if key in BEFORE_A_NUMBER:
        marked = dotted or _COLON_AHEAD.match(text, end)
        return bool(_NUMBER_AHEAD.match(text, end)) and (key in _DOTLESS or bool(marked))
    if key in _ERAS:
        return bool(_ERA_AHEAD.match(text, after))
    if not dotted:
        return key in _DOTLESS and (key not in BEFORE_A_NAME or word_after(text, end)[:1].isupper())
    return key not in _WORDS or word_after(text, after)[:1].islower() or key in BEFORE_A_NAME


def _read(text: str, start: int, written: str, spoken: str) -> Reading:
    end = start + len(written)
    dotted = text[end : end + 1] == "."
    after = end + 1 if dotted else end
    if text[after : after + 1] in APOSTROPHES and ending_at(text, after):
        return with_ending(text, after, spoken)
    if dotted and _closes(text, end, written):
        return Reading(end, spoken)
    return Reading(after, f"{spoken} " if glued(text, after) else spoken)


def _closes(text: str, dot: int, written: str) -> bool:
    if ends_line(text, dot + 1):
        return text[dot + 1 : dot + 2] != ")" or not text[dot + 2 : dot + 3].strip(" .")
    follower = _CLOSING.match(text, dot + 1)
    return abbreviation_key(written) in MAY_END and follower is not None and follower[1].isupper()


def _cased(text: str, start: int, *, key: str, written: str) -> str:
    """Return what is spoken with the capital that was written; a company's form is part of its name."""
    spoken = ABBREVIATIONS[key]
    if key in _PARTS_OF_NAMES and written.isupper():
        return title(spoken)
    # No. and S. are written with a capital for no more than their looks.
    looks = key in BEFORE_A_NUMBER and (text[max(0, start - 2) : start] == ". " or not starts_sentence(text, start))
    if not written[0].isupper() or "." in written or looks:
        return spoken
    return upper(spoken[0]) + spoken[1:] if len(written) == 1 or written[1].islower() else spoken
