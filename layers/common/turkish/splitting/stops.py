"""Whether a single full stop ends its sentence or only an abbreviation, an initial or an ordinal number.

The answers are those of `common.turkish.splitting.ends`: True, False, or None while more text could decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from common.turkish.abbreviations import BEFORE_A_NAME, DOTTED_UNITS, MAY_END, ONLY_BEFORE_A_NUMBER, abbreviation_key
from common.turkish.casing import lower
from common.turkish.splitting.tail import Ending, Following
from common.turkish.splitting.words import (
    DECLENSION,
    NAMED_BY_LETTER,
    NAMED_BY_NUMBER,
    ORDINAL_NOUNS,
    POSSESSIVE,
    RULERS,
    RULERS_NAMES,
)

_Rule: TypeAlias = Callable[[Ending, Following], bool | None]

_NUMBER = re.compile(r"\d+(?:[-–]\d+)?|\d{1,3}(?:\.\d{3})+")
_COMPOUND_NUMBER = re.compile(r"[+-]?\d[\d.,:/–-]*")
_SECTION = re.compile(r"\d{1,2}(?:\.\d)+")
_ROMAN = re.compile(r"(?=.)(?:XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")
_PLAIN_WORD = re.compile(r"[^\W\d_]{2,}")
_VOWEL = re.compile("[aeıioöuüâîûêô]")
_DOUBLED = re.compile(r"(.)\1")
_POSSESSIVE = re.compile(POSSESSIVE)
_DECLENSION = re.compile(DECLENSION)


def stop_ends(ending: Ending, then: Following) -> bool | None:
    """Tell whether a full stop ends its sentence."""
    token = ending.token
    if (key := _abbreviation(ending, then)) is not None:
        return _abbreviation_ends(key, ending, then)
    for form, rule in _NUMBERS_AND_LETTERS:
        # The pronoun «o» is the one word of a single letter.
        if form.fullmatch(token) and token != "o":  # noqa: S105 - a piece of text
            return rule(ending, then) if then.begun else None
    return _word_ends(ending, then)


def has_vowel(word: str) -> bool:
    """Return whether a Turkish reader could pronounce `word`."""
    return bool(_VOWEL.search(lower(word)))


def _word_ends(ending: Ending, then: Following) -> bool | None:
    if ending.tail.quoted:
        return not then.low if then.begun else None
    if then.lines or then.quotes:
        return True
    if not then.begun:
        return None
    return not ((then.low or then.digit) and _shortened(ending.token))


def _shortened(token: str) -> bool:
    """Whether a word looks like an abbreviation we do not know: no vowel, and no drawn-out sound such as `hmm`."""
    short = _PLAIN_WORD.fullmatch(token) and len(token) < 6 and not token.isupper()
    return bool(short) and not has_vowel(token) and not _DOUBLED.search(lower(token))


def _abbreviation(ending: Ending, then: Following) -> str | None:
    token = ending.token
    if lower(token) in DOTTED_UNITS and ending.word_before[-1:].isdigit():
        return "vb"  # 5 dk. may end a sentence just as a list may
    key = abbreviation_key(token) or abbreviation_key(token.rpartition(".")[2])
    # `No.` is an abbreviation only before its number; what is not known yet may become one.
    return key if key not in ONLY_BEFORE_A_NUMBER or then.digit or not then.begun else None


def _abbreviation_ends(key: str, ending: Ending, then: Following) -> bool | None:
    if key in BEFORE_A_NAME:
        return False
    if not then.begun:
        return None
    if then.low or then.digit or (key == "vs" and _versus(ending)):
        return False
    return key in MAY_END or (then.opens if then.whole else None)


def _versus(ending: Ending) -> bool:
    """Whether `vs.` stands between two names rather than at the end of a list: `Ejderha vs. Şövalye`."""
    words = ending.before.split()[-2:]
    return len(words) == 2 and words[0][0].isupper() and "," not in ending.before


def _number_ends(ending: Ending, then: Following) -> bool | None:
    """Tell an ordinal (`3. bölüm`, `II. Mehmet`) from a number that closes its sentence (`Yıl 1923.`)."""
    digits = sum(sign.isdigit() for sign in ending.token)
    if then.low or (ending.heads_a_line and digits < 4):
        return False
    if then.digit:
        return digits > 3
    return _number_ends_before(then, ending, digits) if then.whole else None


def _number_ends_before(then: Following, ending: Ending, digits: int) -> bool | None:
    """Judge a number (Roman: no digits) before a word with a capital letter or a sign."""
    if _counted(then) or lower(then.word) in RULERS_NAMES:
        return False
    if then.opens or then.opening or not then.word or then.lines or _named(ending):
        return True
    if not digits:
        return ending.word_before in RULERS_NAMES
    return digits > 2 or _no_ruler(ending, then)


def _no_ruler(ending: Ending, then: Following) -> bool | None:
    """Tell `şimdi 12. Gerisini düşün` from `Sultan 5. Murat`, `2. Viyana Kuşatması` and a sentence's first words."""
    if not ending.word_before or ending.word_before in RULERS:
        return False
    return not then.second.isupper() if then.second else None


def _counted(then: Following) -> bool:
    return not then.opens and _is_form(lower(then.word), ORDINAL_NOUNS, _DECLENSION)


def _compound_number_ends(ending: Ending, then: Following) -> bool | None:
    """A time, a date, a decimal ends its sentence; `1.2. Amaç` heads a section and `2.1. bölüm` names one."""
    if ending.heads_a_line and _SECTION.fullmatch(ending.token):
        return False
    if not then.word or then.digit:
        return True
    return not _counted(then) if then.whole else None


def _initial_ends(ending: Ending, then: Following) -> bool | None:
    """`M. K. Atatürk` and `T.C. Merkez Bankası` go on; `Plan B. Gidelim` and what a common opener follows end."""
    if then.low or then.digit or ending.heads_a_line:
        return False
    if _is_form(ending.word_before, NAMED_BY_LETTER, _POSSESSIVE):
        return True
    return then.opens if then.whole else None


def _named(ending: Ending) -> bool:
    """Whether the word before the number is one that a number names, or leads up to it as `Skor:` does."""
    word = ending.word_before
    return word.endswith((":", "=")) or _is_form(word, NAMED_BY_NUMBER, _POSSESSIVE)


def _is_form(word: str, stems: frozenset[str], endings: re.Pattern[str]) -> bool:
    return any(word[:size] in stems and endings.fullmatch(word, size) for size in range(2, len(word) + 1))


_NUMBERS_AND_LETTERS: tuple[tuple[re.Pattern[str], _Rule], ...] = (
    (_NUMBER, _number_ends),
    (_ROMAN, _number_ends),
    (_INITIALS, _initial_ends),
    (_COMPOUND_NUMBER, _compound_number_ends),
)
