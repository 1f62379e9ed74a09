"""Finds terms in Turkish text, inflected and disguised as players type them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from common.turkish.lookalikes import plain_letters, spellings
from common.turkish.plain import Plain, hides
from common.turkish.reader import RANK, Reader, Reason, more
from common.turkish.stems import ANY_CONTEXT, Stem, StemIndex, stems_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from common.turkish.reader import Token

_TERM_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_GAP = re.compile(r"[\s\-‐‑_]+")
_SHORTEST_JOINED = 6


class Match(NamedTuple):
    """One place where a term stands: `text[start:end] == surface`, suffixes included."""

    term: str
    """As the studio wrote it."""
    start: int
    end: int
    surface: str
    reason: Reason
    """The most that was seen through: `exact`, `suffix` (endings follow the unchanged stem), `softening`, `vowel_drop`
    and `doubling` (the stem changed before them), `verb` (an infinitive's form), `hidden` (invisible characters),
    `ascii` (typed without Turkish letters), `repeated`, `leet`, `homoglyph`, `spaced`, `joined` (several words as one).
    """


_Hit = tuple[str, int, int, Reason]


class _Node:
    """A place in the tree of words: the term that ends here, and which words go on."""

    __slots__ = ("following", "term")

    def __init__(self) -> None:
        self.term: str | None = None
        self.following: dict[str, _Node] = {}


class TermMatcher:
    """Finds a fixed set of terms in any number of texts.

    A term is found as a whole word in any Turkish casing, composed or decomposed, bare or with a chain of noun endings,
    as a verb when it is an infinitive, typed without Turkish letters, and through disguises. Of a term of several words
    the last one inflects. Words that only look like an inflected term are told apart by a lexicon. Building and finding
    never fail, whatever the Unicode; finding takes time linear in the text.
    """

    def __init__(self, terms: Sequence[str]) -> None:
        self._tree = _Node()
        self._index = StemIndex()
        self._joined: dict[str, str] = {}
        self._literals: dict[str, str] = {}
        self._has_phrases = False
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

    def find(self, text: str) -> list[Match]:
        """Return every term at every place it stands in `text`, in reading order, longer ones first.

        Offsets count characters of `text` itself. Two terms may overlap (`kara büyü` and `büyü`).
        """
        found: dict[tuple[str, int, int], Reason] = {}
        for shown in spellings(text):
            for term, start, end, seen_through in self._hits(Plain.of(shown)):
                place = (term, start, end)
                reason = _as_shown(text, shown, place, seen_through)
                if place not in found or RANK[reason] < RANK[found[place]]:
                    found[place] = reason
        matches = [Match(term, start, end, text[start:end], reason) for (term, start, end), reason in found.items()]
        return sorted(matches, key=lambda match: (match.start, -match.end, match.term))

    def _hits(self, plain: Plain) -> Iterator[_Hit]:
        for term, start, end, reason in (*self._find_words(plain), *self._find_literals(plain.text.literal)):
            yield term, *plain.place(start, end), reason

    def _add(self, term: str, words: list[str]) -> None:
        node = self._tree
        for word in words:
            node = node.following.setdefault(word, _Node())
        node.term = term
        for word in words[:-1]:
            self._learn(word, inflects=False)
        self._learn(words[-1], inflects=True, last_of_several=len(words) > 1)
        if len(words) == 1 and _is_foreign_name(term):
            self._index.learn(Stem(words[0], words[0], ANY_CONTEXT, "noun", "suffix", ""))
        self._has_phrases |= len(words) > 1
        joined = "".join(words)
        if len(words) > 1 and len(joined) >= _SHORTEST_JOINED:
            self._joined[joined] = term
            self._learn(joined, inflects=True)

    def _learn(self, word: str, *, inflects: bool, last_of_several: bool = False) -> None:
        if (word, inflects) in self._learned:
            return
        self._learned.add((word, inflects))
        if not inflects:
            self._index.learn(Stem(word, word, (), "end", "suffix", ""))
            return
        for stem in stems_of(word, last_of_several=last_of_several):
            self._index.learn(stem)

    def _find_words(self, plain: Plain) -> Iterator[_Hit]:
        tokens = list(Reader(self._index, plain.text).tokens())
        starting: dict[int, list[Token]] = {}
        if self._has_phrases:
            for token in tokens:
                starting.setdefault(token.start, []).append(token)
        for token in tokens:
            word, start, end, reason, whole = token
            if word in self._joined:
                yield self._joined[word], start, end, "joined"
            node = self._tree.following.get(word)
            if node is None:
                continue
            if node.term is not None:
                yield node.term, start, end, reason
            if whole and node.following:
                yield from self._go_on(node, token, starting, plain.text.literal)

    def _go_on(self, node: _Node, first: Token, starting: dict[int, list[Token]], text: str) -> Iterator[_Hit]:
        """Yield the terms of several words that begin with `first`, which is the word of `node`."""
        pending: list[tuple[_Node, Token, Reason]] = [(node, first, first.reason)]
        while pending:
            node, token, reason = pending.pop()
            gap = _GAP.match(text, token.end)
            for after in starting.get(gap.end(), ()) if gap else ():
                there = node.following.get(after.word)
                if not there:
                    continue
                seen_through = more(reason, after.reason)
                if there.term is not None:
                    yield there.term, first.start, after.end, seen_through
                if after.whole and there.following:
                    pending.append((there, after, seen_through))

    def _find_literals(self, text: str) -> Iterator[_Hit]:
        for literal, term in self._literals.items():
            at = text.find(literal)
            while at >= 0:
                end = at + len(literal)
                if not _cuts_a_word(text, at) and not _cuts_a_word(text, end):
                    yield term, at, end, "exact"
                at = text.find(literal, end)


def _as_shown(text: str, shown: str, place: tuple[str, int, int], reason: Reason) -> Reason:
    term, start, end = place
    surface = text[start:end]
    if surface != shown[start:end] and surface.casefold() != term.casefold():
        return more(reason, "homoglyph")
    return "hidden" if reason == "exact" and hides(surface) else reason


def _is_foreign_name(term: str) -> bool:
    # Google'ı and Steam'de are spoken otherwise than written; short names would swallow other words (Efe, efendi).
    return len(term) > 4 and term[0].isupper() and not term.isupper()


def _cuts_a_word(text: str, at: int) -> bool:
    return 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum()
