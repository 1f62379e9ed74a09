"""The terms as a tree of their words, and where in a text one of them stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from common.turkish.lookalikes import plain_letters, spellings
from common.turkish.plain import Plain, hides
from common.turkish.reader import Reader
from common.turkish.reasons import RANK, Reason, more
from common.turkish.stems import ANY_CONTEXT, Stem, StemIndex, stems_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from common.turkish.reader import Token
    from common.turkish.spelling import Spelling

_TERM_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_GAP = re.compile(r"[\s\-‐‑_]+")
_SHORTEST_JOINED = 6

_Place = tuple[int, int, str]
"""Where a term begins, where it ends (below zero, so that longer ones come first in order), and the term."""
_Hit = tuple[str, int, int, Reason]
_Later = dict[int, list[tuple[int, "Token"]]]
"""By where they begin, words that may stand behind another, and where they end."""
_Way = tuple["_Node", int, Reason]
"""Words that begin a term: where in the tree they lead to, where in the text they end, what was seen through."""


class _Node:
    """A place in the tree of words: the term that ends here, and which words go on."""

    __slots__ = ("following", "term")

    def __init__(self) -> None:
        self.term: str | None = None
        self.following: dict[str, _Node] = {}


class TermTree:
    """A fixed set of terms, word by word."""

    def __init__(self, terms: Sequence[str]) -> None:
        self._root = _Node()
        self._index = StemIndex()
        self._joined: dict[str, str] = {}
        self._literals: dict[str, str] = {}
        # The words that stand behind another in some term.
        self._later: set[str] = set()
        self._learned: set[tuple[str, bool]] = set()
        known: set[str] = set()
        for term in terms:
            key = " ".join(Plain.of(plain_letters(term)).text.literal.split())
            words: list[str] = _TERM_WORD.findall(key)
            if not key or key in known:
                continue
            known.add(key)
            if words and not _GAP.sub("", _TERM_WORD.sub("", key)):
                self._add(term, words)
            else:
                self._literals[key] = term

    def find(self, text: str) -> dict[_Place, Reason]:
        """Return every place where a term stands in `text`, and the most that was seen through there."""
        places: dict[_Place, Reason] = {}
        reader = Reader(self._index)
        for shown in spellings(text):
            plain = Plain.of(shown)
            is_as_written = plain.spans is None and shown == text
            for term, first, last, reason in self._hits(plain.text, reader):
                start, end = plain.place(first, last)
                place = (start, -end, term)
                seen_through = reason if is_as_written else _as_shown(text, shown, place, reason)
                if place not in places or RANK[seen_through] < RANK[places[place]]:
                    places[place] = seen_through
        return places

    def _add(self, term: str, words: list[str]) -> None:
        node = self._root
        for word in words:
            node = node.following.setdefault(word, _Node())
        node.term = term
        for word in words[:-1]:
            self._learn(word, inflects=False)
        self._learn(words[-1], inflects=True, last_of_several=len(words) > 1)
        if len(words) > 1:
            self._index.phrase_ends.add(words[-1])
        if len(words) == 1 and _is_foreign_name(term):
            self._index.learn(Stem(words[0], words[0], ANY_CONTEXT, "noun", "suffix", ""))
        self._later.update(words[1:])
        joined = "".join(words)
        if len(words) > 1 and len(joined) >= _SHORTEST_JOINED:
            self._joined[joined] = term
            self._learn(joined, inflects=True, last_of_several=True)

    def _learn(self, word: str, *, inflects: bool, last_of_several: bool = False) -> None:
        if (word, inflects) in self._learned:
            return
        self._learned.add((word, inflects))
        if not inflects:
            self._index.learn(Stem(word, word, (), "end", "suffix", ""))
            return
        for stem in stems_of(word, last_of_several=last_of_several):
            self._index.learn(stem)

    def _hits(self, text: Spelling, reader: Reader) -> Iterator[_Hit]:
        tokens = reader.tokens(text)
        later = self._by_start(tokens)
        for begun, (word, first, last, reason, whole, excused) in tokens:
            if excused:
                continue
            start, end = begun + first, begun + last
            if word in self._joined:
                yield self._joined[word], start, end, "joined"
            node = self._root.following.get(word)
            if node is None:
                continue
            if node.term is not None:
                yield node.term, start, end, reason
            if whole and node.following:
                for term, behind, seen_through in _go_on((node, end, reason), later, text.literal):
                    yield term, start, behind, seen_through
        yield from self._find_literals(text.literal)

    def _by_start(self, tokens: list[tuple[int, Token]]) -> _Later:
        later: _Later = {}
        for begun, token in tokens:
            if token.word in self._later:
                later.setdefault(begun + token.start, []).append((begun + token.end, token))
        return later

    def _find_literals(self, text: str) -> Iterator[_Hit]:
        for literal, term in self._literals.items():
            at = text.find(literal)
            while at >= 0:
                end = at + len(literal)
                if not _cuts_a_word(text, at) and not _cuts_a_word(text, end):
                    yield term, at, end, "exact"
                at = text.find(literal, end)


def _go_on(begun: _Way, later: _Later, text: str) -> Iterator[tuple[str, int, Reason]]:
    """Yield the terms of several words that begin so: the term, where it ends, what was seen through."""
    pending = [begun]
    while pending:
        node, end, reason = pending.pop()
        gap = _GAP.match(text, end)
        for behind, after in later.get(gap.end(), ()) if gap else ():
            there = node.following.get(after.word)
            if not there:
                continue
            seen_through = more(reason, after.reason)
            if there.term is not None:
                yield there.term, behind, seen_through
            if after.whole and there.following and not after.excused:
                pending.append((there, behind, seen_through))


def _as_shown(text: str, shown: str, place: _Place, reason: Reason) -> Reason:
    start, end, term = place
    surface = text[start:-end]
    if surface != shown[start:-end]:
        seen_through = more(reason, "homoglyph")
        if seen_through == reason or surface.casefold() != term.casefold():
            return seen_through
    return "hidden" if reason == "exact" and hides(surface) else reason


def _is_foreign_name(term: str) -> bool:
    # Google'ı and Steam'de are spoken otherwise than written; short names would swallow other words (Efe, efendi).
    return len(term) > 4 and term[0].isupper() and not term.isupper()


def _cuts_a_word(text: str, at: int) -> bool:
    return 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum()
