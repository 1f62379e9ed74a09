"""A text made comparable: lower case, nothing hidden in it, and where each of its characters came from."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from common.turkish.casing import lower_in_place
from common.turkish.letters import exchange
from common.turkish.spelling import DOTTED, Spelling

_SAME = {"â": "a", "î": "i", "û": "u"} | dict.fromkeys("’‘ʼ´`′＇", "'")
_AS_TYPED = {"I": "i", "İ": DOTTED}
_MARKS = "\u0300-\u036f\u0483-\u0489\u20d0-\u20ff\ufe0e\ufe0f"
_INVISIBLE = "\u00ad\u034f\u061c\u115f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
_TURKISH = frozenset("çğıöşüâîûÇĞİÖŞÜÂÎÛ")
_CAPITALS = re.compile("[ÇĞİÖŞÜ]")
_FRONT = re.compile("[eiöüEİÖÜ]")
_LETTERS = re.compile(r"[^\W\d_]+")
# Letters, then what hides behind the last of them.
_STRETCH = re.compile(f"([^{_MARKS}{_INVISIBLE}]*)([{_MARKS}{_INVISIBLE}]*)")
_HIDDEN = re.compile(f"[{_MARKS}{_INVISIBLE}]")
# A soft hyphen is a typesetter's, not a disguise.
_DISGUISING = re.compile(f"[{_MARKS}{_INVISIBLE}]".replace("\u00ad", ""))


class Plain(NamedTuple):
    """A text made comparable, and where each of its characters came from (None: from the same place)."""

    text: Spelling
    shown: str
    """The text with look-alikes as Latin letters, character for character."""
    spans: tuple[list[int], list[int]] | None

    @classmethod
    def of(cls, shown: str) -> Plain:
        """Return the text `shown`, whose look-alikes are Latin letters already, made comparable."""
        return _uncovered(shown) if _HIDDEN.search(shown) else cls(_spelling(shown), shown, None)

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return where `start` to `end` stands in the original text."""
        return (start, end) if self.spans is None else (self.spans[0][start], self.spans[1][end - 1])


def hides(surface: str) -> bool:
    """Whether `surface` holds characters nobody sees or marks that belong to none of its letters."""
    return bool(_DISGUISING.search(surface) and _DISGUISING.search(unicodedata.normalize("NFC", surface)))


def _spelling(cased: str) -> Spelling:
    literal = exchange(lower_in_place(cased), _SAME)
    if "I" not in cased and "İ" not in cased:
        return Spelling.of(literal)
    return Spelling.of(literal, exchange(lower_in_place(exchange(_dotless(cased), _AS_TYPED)), _SAME))


def _dotless(cased: str) -> str:
    """Return `cased` with every I that is surely an ı in lower case.

    Turkish capitals elsewhere show a Turkish keyboard, on which I is ı; but not beside front vowels, where it comes
    from a program without Turkish capitals (GERIZEKALI).
    """
    if "I" not in cased or not (shown := len(_CAPITALS.findall(cased))):
        return cased

    def of_word(word: re.Match[str]) -> str:
        if "I" not in word[0]:
            return word[0]
        elsewhere = shown > len(_CAPITALS.findall(word[0]))
        return word[0].replace("I", "ı") if elsewhere and not _FRONT.search(word[0]) else word[0]

    return _LETTERS.sub(of_word, cased)


def _uncovered(shown: str) -> Plain:
    cased: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for stretch in _STRETCH.finditer(shown):
        start, end = stretch.span(1)
        marked = end - 1 if stretch[2] and end > start else end
        _take(shown, (start, marked), (cased, starts, ends))
        if marked < end:
            letter = _composed(stretch[0][marked - start : marked - start + 8])
            cased.append(letter)
            starts += [marked] * len(letter)
            # Marks are part of the letter they stand on, invisible characters of nothing.
            ends += [end + _marks(stretch[2])] * len(letter)
    return Plain(_spelling("".join(cased)), shown, (starts, ends))


def _take(shown: str, span: tuple[int, int], into: tuple[list[str], list[int], list[int]]) -> None:
    cased, starts, ends = into
    cased.append(shown[slice(*span)])
    starts += range(*span)
    ends += range(span[0] + 1, span[1] + 1)


@lru_cache(maxsize=4096)
def _composed(cluster: str) -> str:
    whole = unicodedata.normalize("NFC", cluster)[:1]
    if whole in _TURKISH:
        return whole
    if cluster[:2] == "i\u0307":
        return "i"
    return unicodedata.normalize("NFD", whole)[:1]


def _marks(hidden: str) -> int:
    return len(hidden) if unicodedata.combining(hidden[0]) else 0
