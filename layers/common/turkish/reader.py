"""Reads a text against the stems of the terms: every place that reads as a word of a term, however written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from common.turkish.chains import is_chain
from common.turkish.disguise import DRAWN_OUT, DRESSED, LONGEST, apart, shortened, undressed
from common.turkish.innocence import is_other_word
from common.turkish.spelling import Spelling
from common.turkish.stems import ANY_CONTEXT, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from common.turkish.stems import Reading, Stem, StemIndex

Reason = Literal[
    "exact", "suffix", "softening", "vowel_drop", "doubling", "verb", "hidden", "ascii", "repeated", "leet",
    "homoglyph", "spaced", "joined",
]  # fmt: skip
"""What was seen through, from the least to the most; a match names the most."""

_REASONS: tuple[Reason, ...] = get_args(Reason)
RANK = {reason: rank for rank, reason in enumerate(_REASONS)}
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


class Token(NamedTuple):
    """A place in the text that reads as a word of some term."""

    word: str
    start: int
    end: int
    reason: Reason
    whole: bool


class _Found(NamedTuple):
    word: str
    reason: Reason
    whole: bool

    def token(self, start: int, end: int, seen_through: Reason | None = None) -> Token:
        reason = more(self.reason, seen_through) if seen_through else self.reason
        return Token(self.word, start, end, reason, self.whole)


class Reader:
    """Reads one text against the stems of the terms, each distinct word once."""

    def __init__(self, index: StemIndex, text: Spelling) -> None:
        self._index = index
        self._text = text
        self._known: dict[tuple[str, str, bool], list[_Found]] = {}

    def tokens(self) -> Iterator[Token]:
        """Yield every place that reads as a word of a term, in no order."""
        text = self._text.literal
        yield from self._words()
        if DRAWN_OUT.search(text):
            for found in _WORD.finditer(text):
                if DRAWN_OUT.search(text, found.start(), min(found.end(), found.start() + 200)):
                    yield from self._respelled(found.span(), shortened(found[0].split("'", 1)[0]), "repeated")
        for found in DRESSED.finditer(text):
            if found.end() - found.start() <= LONGEST:
                yield from self._dressed(*found.span())
        for word in apart(text):
            yield from self._apart(word.start, word.end, word.pieces)

    def _words(self) -> Iterator[Token]:
        text, typed, plain = self._text
        candidates = self._index.candidates
        nothing: set[str] = set()
        quoted: dict[tuple[str, str], list[tuple[Token, int]]] = {}
        for found in _WORD.finditer(text):
            word = found[0]
            if word in nothing:
                continue
            start, end = found.span()
            if "'" in word:
                key = (word, typed[start:end])
                if key not in quoted:
                    quoted[key] = [(token, token.end - start) for token in self._with_apostrophe(start, end)]
                yield from [token._replace(start=start, end=start + length) for token, length in quoted[key]]
            elif end - start > LONGEST or not candidates(plain[start:end]):
                nothing.add(word)
            elif not _is_glued(text, start, end):
                readings = self._readings(Spelling(word, typed[start:end], plain[start:end]))
                yield from [reading.token(start, end) for reading in readings]

    def _with_apostrophe(self, start: int, end: int) -> Iterator[Token]:
        """Read the word as much of it as stands before an apostrophe, or else as if there were none."""
        stop = self._text.literal.index("'", start)
        if stop - start > LONGEST:
            return
        readings = self._readings(self._slice(start, stop))
        if readings and self._is_ending(stop, end):
            yield from [reading.token(start, end, "suffix") for reading in readings]
        elif readings:
            yield from [reading.token(start, stop) for reading in readings]
        elif end - start <= LONGEST and self._may_begin(self._text.ascii[start:end]):
            yield from self._without_apostrophe(start, end)

    def _without_apostrophe(self, start: int, end: int) -> Iterator[Token]:
        """Read Zhar'kul'un for Zhar'kul, Ahmed'e for Ahmet, k'ılıç for kılıç."""
        whole = self._slice(start, end)
        last = whole.literal.rfind("'")
        inner = Spelling(*(form[:last] + form[last + 1 :] for form in whole))
        for spelling in (whole, inner, _without(whole, "'")):
            yield from [reading.token(start, end) for reading in self._readings(spelling)]

    def _may_begin(self, word: str) -> bool:
        return bool(self._index.candidates(word) or self._index.candidates(word.replace("'", "")))

    def _is_ending(self, start: int, end: int) -> bool:
        # The apostrophe says that a suffix follows; names are not always spoken as they are written.
        if end - start > LONGEST:
            return False
        ending = _without(self._slice(start, end), "'")
        return any(is_chain(ending, 0, context, loosely=True) for context in ANY_CONTEXT)

    def _respelled(self, span: tuple[int, int], spellings: Iterable[str], reason: Reason) -> Iterator[Token]:
        for spelling in spellings:
            forms = [spelling, *shortened(spelling)] if DRAWN_OUT.search(spelling) else [spelling]
            for form in forms:
                if readings := self._readings(Spelling.of(form), disguised=True):
                    yield from [reading.token(*span, reason) for reading in readings]
                    return

    def _dressed(self, start: int, end: int) -> Iterator[Token]:
        if self._index.candidates(self._text.ascii[start:end]):
            if "'" in self._text.literal[start:end]:
                yield from self._with_apostrophe(start, end)
            else:
                yield from [reading.token(start, end) for reading in self._readings(self._slice(start, end))]
        word = self._text.typed[start:end].split("'", 1)[0].rstrip("!+|")
        yield from self._respelled((start, start + len(word)), undressed(word), "leet")

    def _apart(self, start: int, end: int, pieces: Sequence[tuple[int, int]]) -> Iterator[Token]:
        plain = "".join([self._text.ascii[slice(*piece)] for piece in pieces])
        if not 2 <= len(plain) <= LONGEST:
            return
        if self._index.candidates(plain):
            word = Spelling(*("".join([form[slice(*piece)] for piece in pieces]) for form in self._text))
            if readings := self._readings(word):
                yield from [reading.token(start, end, "spaced") for reading in readings]
                return
        if not plain.isalpha() or DRAWN_OUT.search(plain):
            typed = "".join([self._text.typed[slice(*piece)] for piece in pieces])
            yield from self._respelled((start, end), undressed(typed) or shortened(typed), "spaced")

    def _slice(self, start: int, end: int) -> Spelling:
        literal, typed, plain = self._text
        return Spelling(literal[start:end], typed[start:end], plain[start:end])

    def _readings(self, word: Spelling, *, disguised: bool = False) -> list[_Found]:
        stems = self._index.candidates(word.ascii)
        if not stems:
            return []
        key = (word.literal, word.typed, disguised)
        if key not in self._known:
            self._known[key] = list(_read_all(word, stems, disguised=disguised))
        return self._known[key]


def _read_all(word: Spelling, stems: list[Stem], *, disguised: bool) -> Iterator[_Found]:
    best: dict[str, Reading] = {}
    for stem in stems:
        reading = read(word, stem)
        if reading and (stem.word not in best or _rank(reading) < _rank(best[stem.word])):
            best[stem.word] = reading
    for reading in best.values():
        if not is_other_word(word, reading, disguised=disguised):
            yield _Found(reading.stem.word, _reason(reading), reading.whole)


def _without(word: Spelling, mark: str) -> Spelling:
    return Spelling(*(form.replace(mark, "") for form in word))


def _reason(reading: Reading) -> Reason:
    if not reading.literal:
        return "ascii"
    return "exact" if reading.whole else reading.stem.reason


def _rank(reading: Reading) -> tuple[int, bool]:
    return RANK[_reason(reading)], not reading.literal_stem


def more(one: Reason, other: Reason) -> Reason:
    """Return the one of the two reasons that saw through more."""
    return one if RANK[one] >= RANK[other] else other


def _is_glued(text: str, start: int, end: int) -> bool:
    """Whether digits beside a short word make it part of a code or measure: B12, 3am, IT2."""
    before = text[start - 1 : start].isdigit() and end - start <= 3
    return before or (text[end : end + 1].isdigit() and end - start <= 2)
