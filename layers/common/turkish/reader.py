"""Reads a text against the stems of the terms: every place that reads as a word of a term, however written."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from common.turkish.chains import is_chain
from common.turkish.disguise import (
    APART,
    BROKEN,
    DRESSED,
    LONGEST,
    is_drawn_out,
    pieces_apart,
    pieces_broken,
    shortened,
    undressed,
)
from common.turkish.innocence import is_other_word, may_end_phrase
from common.turkish.reasons import RANK, Reason, more
from common.turkish.spelling import Spelling, to_ascii
from common.turkish.stems import ANY_CONTEXT, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from common.turkish.disguise import Pieces
    from common.turkish.stems import Reading, StemIndex

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
# Beyond this nobody draws out letters any more.
_DRAWN_OUT_BY = 200


class Token(NamedTuple):
    """What reads as a word of some term, counted from where the reading began."""

    word: str
    start: int
    end: int
    reason: Reason
    whole: bool
    """The word is the term's own, without endings."""
    excused: bool = False
    """It is rather somebody else's word, and counts only where the words before it are the term's."""


_Key: TypeAlias = str | tuple[str, str]
"""What tells a stretch from all that read otherwise: how it reads and, where that differs, how it was typed."""


class _View(NamedTuple):
    """A way to look at a text: what to look for, up to which length, how to read it, and what is known already."""

    pattern: re.Pattern[str]
    longest: int
    read: Callable[[Spelling], list[Token]]
    known: dict[_Key, list[Token]]


class Reader:
    """Reads texts against the stems of the terms; what is written alike it reads once."""

    def __init__(self, index: StemIndex) -> None:
        self._index = index
        # Most disguised words end here: whether any stem begins so.
        self._heads: dict[str, bool] = {}
        self._words: dict[_Key, list[Token]] = {}
        self._disguises = (
            _View(DRESSED, LONGEST, self._dressed, {}),
            _View(APART, 3 * LONGEST, partial(self._apart, pieces_apart), {}),
            _View(BROKEN, LONGEST, partial(self._apart, pieces_broken), {}),
        )

    def tokens(self, text: Spelling) -> list[tuple[int, Token]]:
        """Return every place in `text` that reads as a word of a term, in no order: where reading began, and what."""
        tokens = self._plain_words(text)
        for pattern, longest, read_disguise, known in self._disguises:
            for found in pattern.finditer(text.literal):
                start, end = found.span()
                if end - start > longest:
                    continue
                key = _key(text, start, end)
                if key not in known:
                    known[key] = read_disguise(_slice(text, start, end))
                tokens += [(start, token) for token in known[key]]
        return tokens

    def _plain_words(self, text: Spelling) -> list[tuple[int, Token]]:
        literal, typed, _ = text
        placed: list[tuple[int, Token]] = []
        known = self._words
        read_word = self._drawn_out_word if is_drawn_out(literal) else self._word
        has_capitals = typed is not literal
        for found in _WORD.finditer(literal):
            key = _key(text, *found.span()) if has_capitals else found[0]
            tokens = known.get(key)
            if tokens is None:
                tokens = known[key] = read_word(_slice(text, *found.span()))
            if tokens:
                start, end = found.span()
                is_glued = end - start <= 3 and "'" not in found[0] and _is_glued(literal, start, end)
                placed += [(start, token) for token in tokens if not is_glued or token.reason == "repeated"]
        return placed

    def _drawn_out_word(self, word: Spelling) -> list[Token]:
        tokens = self._word(word)
        if is_drawn_out(word.literal[:_DRAWN_OUT_BY]):
            length = len(word.literal)
            tokens = tokens + self._respelled(shortened(word.literal.partition("'")[0]), "repeated", length)
        return tokens

    def _word(self, word: Spelling) -> list[Token]:
        if "'" in word.literal:
            return self._with_apostrophe(word)
        return self._read(word) if len(word.literal) <= LONGEST else []

    def _with_apostrophe(self, word: Spelling) -> list[Token]:
        """Read as much of the word as stands before an apostrophe, or else the word as if there were none."""
        stop, length = word.literal.index("'"), len(word.literal)
        if stop > LONGEST:
            return []
        if tokens := self._read(_slice(word, 0, stop)):
            return _placed(tokens, 0, length, "suffix") if _is_ending(_slice(word, stop, length)) else tokens
        if length > LONGEST or not self._may_begin(word.ascii):
            return []
        tokens = [token for form in _without_apostrophe(word) for token in self._read(form)]
        # What stands before an ending is a whole word: Bombay'a is no bomba, A'dan no ada.
        longest = stop + 1 if _is_ending(_slice(word, stop, length)) else length
        return _placed([token for token in tokens if stop <= len(token.word) <= longest], 0, length, "exact")

    def _may_begin(self, word: str) -> bool:
        return bool(self._index.candidates(word) or self._index.candidates(word.replace("'", "")))

    def _dressed(self, word: Spelling) -> list[Token]:
        tokens = self._word(word) if self._index.candidates(word.ascii) else []
        typed = word.typed.partition("'")[0].rstrip("!+|")
        return tokens + self._respelled(undressed(typed), "leet", len(typed))

    def _apart(self, take_apart: Callable[[str], list[Pieces]], chunk: Spelling) -> list[Token]:
        return [token for pieces in take_apart(chunk.literal) for token in self._joined(chunk, pieces)]

    def _joined(self, chunk: Spelling, pieces: Pieces) -> list[Token]:
        start, end = pieces[0][0], pieces[-1][1]
        plain = "".join([chunk.ascii[slice(*piece)] for piece in pieces])
        if not 2 <= len(plain) <= LONGEST:
            return []
        if self._index.candidates(plain):
            word = Spelling(*("".join([form[slice(*piece)] for piece in pieces]) for form in chunk))
            if tokens := self._read(word):
                return _placed(tokens, start, end, "spaced")
        if plain.isalpha() and not is_drawn_out(plain):
            return []
        typed = "".join([chunk.typed[slice(*piece)] for piece in pieces])
        return _placed(self._respelled(undressed(typed) or shortened(typed), "spaced", end), start, end, "spaced")

    def _respelled(self, spellings: Iterable[str], reason: Reason, length: int) -> list[Token]:
        for spelling in spellings:
            tokens = self._undisguised(spelling)
            for form in shortened(spelling) if not tokens and is_drawn_out(spelling) else ():
                tokens = tokens or self._undisguised(form)
            if tokens:
                return _placed(tokens, 0, length, reason)
        return []

    def _undisguised(self, word: str) -> list[Token]:
        head = word[:3]
        if head not in self._heads:
            self._heads[head] = self._index.begins(to_ascii(head))
        return self._read(Spelling.of(word), disguised=True) if self._heads[head] else []

    def _read(self, word: Spelling, *, disguised: bool = False) -> list[Token]:
        best: dict[str, Reading] = {}
        for stem in self._index.candidates(word.ascii):
            reading = read(word, stem)
            if reading and (stem.word not in best or _rank(reading) < _rank(best[stem.word])):
                best[stem.word] = reading
        if not best:
            return []
        tokens: list[Token] = []
        for reading in best.values():
            term = reading.stem.word
            excused = is_other_word(word, reading, disguised=disguised)
            if not excused or (term in self._index.phrase_ends and not disguised and may_end_phrase(word, reading)):
                tokens.append(Token(term, 0, len(word.literal), _reason(reading), reading.whole, excused))
        return tokens


def _placed(tokens: list[Token], start: int, end: int, seen_through: Reason) -> list[Token]:
    return [
        Token(word, start, end, more(reason, seen_through), whole, excused)
        for word, _, _, reason, whole, excused in tokens
    ]


def _is_ending(word: Spelling) -> bool:
    # The apostrophe says that a suffix follows; names are not always spoken as they are written.
    if len(word.literal) > LONGEST:
        return False
    ending = _without(word, "'")
    return any(is_chain(ending, 0, context, loosely=True) for context in ANY_CONTEXT)


def _without_apostrophe(word: Spelling) -> tuple[Spelling, ...]:
    """Return what to read Zhar'kul'un as, for Zhar'kul, Ahmed'e for Ahmet, k'ılıç for kılıç."""
    last = word.literal.rfind("'")
    inner = Spelling(*(form[:last] + form[last + 1 :] for form in word))
    return word, inner, _without(word, "'")


def _without(word: Spelling, mark: str) -> Spelling:
    return Spelling(*(form.replace(mark, "") for form in word))


def _slice(text: Spelling, start: int, end: int) -> Spelling:
    literal, typed, plain = text
    return Spelling(literal[start:end], typed[start:end], plain[start:end])


def _key(text: Spelling, start: int, end: int) -> _Key:
    reads = text.literal[start:end]
    if text.typed is text.literal:
        return reads
    typed = text.typed[start:end]
    return reads if typed == reads else (reads, typed)


def _reason(reading: Reading) -> Reason:
    if not reading.literal:
        return "ascii"
    return "exact" if reading.whole else reading.stem.reason


def _rank(reading: Reading) -> tuple[int, bool]:
    return RANK[_reason(reading)], not reading.literal_stem


def _is_glued(text: str, start: int, end: int) -> bool:
    """Whether digits beside a short word make it part of a code or measure: B12, 3am, IT2."""
    before = text[start - 1 : start].isdigit() and end - start <= 3
    return before or (text[end : end + 1].isdigit() and end - start <= 2)
