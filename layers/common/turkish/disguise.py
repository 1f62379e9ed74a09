"""Undresses disguised words: drawn-out letters, digits for letters, letters set apart."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

from common.turkish.chains import is_chain
from common.turkish.harmony import VOWELS, context_of
from common.turkish.lexicon.closed import FUNCTION_WORDS
from common.turkish.spelling import Spelling

if TYPE_CHECKING:
    from collections.abc import Sequence

Pieces = list[tuple[int, int]]
"""Where the pieces of a word stand whose letters were set apart."""

LONGEST = 64
"""Letters in the longest word that is looked at; Turkish words end long before."""

# Three in a row, a double consonant at the end, or three doubled letters.
_DRAWN_OUT = re.compile(
    r"([^\W\d_])\1(?:\1|(?<![aeıioöuü])(?![^\W\d_])|[^\W_]{0,8}([^\W\d_])\2[^\W_]{0,8}([^\W\d_])\3)"
)
_RUN = re.compile(r"(.)\1+")
_LONG_RUN = re.compile(r"(.)\1\1+")

_ANY_LETTER = re.compile(r"[^\W\d_]")
_SYMBOLS = "@$€!+|"
DRESSED = re.compile(rf"(?<![\w@$€])[^\W\d_]{{0,30}}[0-9{_SYMBOLS}][^\W_]?[\w{_SYMBOLS}']*")
_STANDS_FOR = {
    "0": "o", "1": "il", "2": "z", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g", "@": "a",
    "$": "s", "€": "e", "!": "il", "+": "t", "|": "il",
}  # fmt: skip
_NUMBER = re.compile(r"(\d+)([^\W\d_]+)")
_NUMBER_ENDING = re.compile(r"[ıiuü]?nc[ıiuü].*|ş?[ae]r|l[ıi]k?|l[uü]k?")
_UNITS = frozenset(
    "m cm mm km t g gr kg l lt ml sn dk sa s k x v d p px hp xp mp gb mb tb tl kr w kw wh kwh ah mah hz fps st nd rd "  # noqa: SIM905
    "th".split()
)

_LETTER = r"(?:[^\W_]|[@$€])"
_MARK = r"(?:_|[^\w\s@$€])"
APART = re.compile(
    rf"(?<![\w@$€]){_LETTER}(?:"
    rf"(?P<gap>[ \t]{{1,3}}){_LETTER}(?:(?P=gap){_LETTER})*(?P=gap)[^\W_]+"
    rf"|(?:(?:[ ]{_MARK}[ ]|{_MARK}{{1,3}}){_LETTER}){{1,}}[^\W_]*)"
)
_PIECE = re.compile(r"(?:[^\W_]|[@$€])+")
BROKEN = re.compile(r"(?<![\w@$€'])[^\W_]{1,20}(?:[.*_\-·•~^#=|/…]{1,2}\n?[^\W_]{1,20})+")
_SENTENCE_MARKS = frozenset(".-/…")


def is_drawn_out(word: str) -> bool:
    """Whether letters of `word` stand more often than they could in any word: kılıııç, kkıılıçç."""
    return _DRAWN_OUT.search(word) is not None


def shortened(word: str) -> list[str]:
    """Return `word` without its drawn-out letters, kılııııç → kılıç; several, since doubles may be the word's own."""
    forms = [_LONG_RUN.sub(r"\1", word), _LONG_RUN.sub(r"\1\1", word)]
    # No Turkish word begins with a double letter, and none has three.
    if word[:1] == word[1:2] or len(_RUN.findall(word)) > 2:
        forms.append(_RUN.sub(r"\1", word))
    # Nor does any end in one: salakk. Short ones are more often English: kiss, full.
    is_short = len(word) < 5 and word.isascii()
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in VOWELS and not is_short:
        forms.append(word[:-1])
    return [form for form in dict.fromkeys(forms) if form != word and len(form) <= LONGEST]


def undressed(word: str) -> list[str]:
    """Return what `word`, in which digits or signs stand among letters, may spell: kiliç and klliç for k1l1ç.

    Empty for a number with an ending or unit (3üncü, 5er, 10km) and for letters with a number behind them (mp3).
    """
    if not _ANY_LETTER.search(word):
        return []
    # Two characters are a code: 4C, A4, 3D.
    if not 3 <= len(word) <= LONGEST or word.isalpha() or _is_mostly_digits(word) or _is_number(word):
        return []
    stem = word.rstrip("0123456789")
    if stem.isalpha() and (len(word) - len(stem) > 1 or len(stem) < 2):
        return []
    choices = [_meant(word, at) if sign in _STANDS_FOR else sign for at, sign in enumerate(word)]
    if sum(1 for choice in choices if len(choice) > 1) > 2:
        return ["".join([choice[0] for choice in choices]), "".join([choice[-1] for choice in choices])]
    return ["".join(letters) for letters in product(*choices)]


def _meant(word: str, at: int) -> Sequence[str]:
    """Return what the digit or sign at `at` may stand for, '' where it only doubles its neighbour: bo0mba."""
    letters = _STANDS_FOR[word[at]]
    before, after = word[at - 1 : at], word[at + 1 : at + 2]
    is_double = (before and before in letters) or (after and after in letters)
    return (*letters, "") if is_double else letters


def _is_mostly_digits(word: str) -> bool:
    letters = sum(map(str.isalpha, word))
    if letters < 2:
        letters += sum(map(word.count, "@$€"))
    return letters < 2 and letters < sum(map(str.isdigit, word))


def _is_number(word: str) -> bool:
    if not word[0].isdigit():
        return False
    number = _NUMBER.fullmatch(word)
    if not number:
        return False
    ending = number[2]
    return (
        ending in _UNITS
        or _NUMBER_ENDING.fullmatch(ending) is not None
        or is_chain(Spelling.of(ending), 0, context_of(number[1]), loosely=True)
    )


def pieces_apart(chunk: str) -> list[Pieces]:
    """Return the pieces of what may be words in `chunk`, which is `APART`: k ı l ı ç, k.ı.l.ı.ç."""
    pieces = [piece.span() for piece in _PIECE.finditer(chunk)]
    # The last piece may carry the endings (k.ı.l.ı.ç.ları) or be the next word.
    runs = [pieces] if pieces[-1][1] - pieces[-1][0] == 1 else [pieces, pieces[:-1]]
    # «o k ı l ı ç»: o is a word of its own.
    shorter = [run[1:] for run in runs if len(run) > 3] if chunk[0] == "o" else []
    return [run for run in (*runs, *shorter) if len(run) > 2]


def pieces_broken(chunk: str) -> list[Pieces]:
    """Return the pieces of what may be a word in `chunk`, which is `BROKEN`: k*ılıç, kıl.ıç."""
    return [[piece.span() for piece in _PIECE.finditer(chunk)]] if _is_broken(chunk) else []


def _is_broken(chunk: str) -> bool:
    if not _ANY_LETTER.search(chunk):
        return False
    pieces = _PIECE.findall(chunk)
    if len(pieces) == len("".join(pieces)) > 2:
        return False  # letters that stand alone are read above
    marks = set(_PIECE.sub("", chunk))
    if marks <= {"."} and not any(len(piece) == 1 for piece in pieces):
        return False
    if sum(len(piece) for piece in pieces) < 3 and marks & _SENTENCE_MARKS:
        return False
    return not (marks & _SENTENCE_MARKS and any(piece in FUNCTION_WORDS for piece in pieces if len(piece) > 1))
