"""Finds terms in Turkish text, inflected as players type them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from common.turkish.casing import lower
from common.turkish.harmony import VOWELS, Context, context_of
from common.turkish.lexicon import FUNCTION_WORDS, VERB_ROOTS
from common.turkish.nominal import is_chain
from common.turkish.suffixes import is_long, soften, softened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Reason = Literal["exact", "suffix", "softening"]

_SAME = str.maketrans({"â": "a", "î": "i", "û": "u"} | dict.fromkeys("’‘ʼ´`′＇", "'"))
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_GAP = re.compile(r"[\s\-‐‑]+")
_MARKS = "\u0300-\u036f"
_INVISIBLE = "\u00ad\u200b-\u200f\u2060\ufeff"
_HIDDEN = re.compile(f"[{_MARKS}{_INVISIBLE}]+")
# At most 30 marks a letter, as in Unicode's stream-safe format: normalising is not linear in them.
_LETTER = re.compile(f".[{_MARKS}]{{0,30}}", re.DOTALL)
_ANY_CONTEXT = tuple(
    Context(vowel, ends_in_vowel, voiceless)
    for vowel in "aeou"
    for ends_in_vowel, voiceless in ((True, False), (False, False), (False, True))
)


@dataclass(frozen=True, slots=True)
class Match:
    """One place where a term stands: `text[start:end] == surface`, suffixes included."""

    term: str
    """As the studio wrote it."""
    start: int
    end: int
    surface: str
    reason: Reason
    """`exact`, `suffix` (endings follow the unchanged stem) or `softening` (the stem changed before them)."""


class _Hit(NamedTuple):
    term: str
    reason: Reason
    start: int
    end: int


class _Stem(NamedTuple):
    term: str
    context: Context
    changed: bool


@dataclass(slots=True)
class _Node:
    """A place in the tree of words: which terms can end with the next word, which can go on."""

    following: dict[str, _Node] = field(default_factory=dict[str, "_Node"])
    stems: dict[str, list[_Stem]] = field(default_factory=dict[str, list[_Stem]])
    lengths: list[int] = field(default_factory=list[int])

    def add(self, term: str, words: Sequence[str]) -> None:
        node = self
        for word in words[:-1]:
            node = node.following.setdefault(word, _Node())
        last = words[-1]
        node.learn(last, _Stem(term, context_of(last), changed=False))
        for changed in {soften(last), softened(last) if is_long(last) else None}:
            if changed:
                node.learn(changed, _Stem(term, _changed_context(last, changed), changed=True))

    def learn(self, stem: str, entry: _Stem) -> None:
        self.stems.setdefault(stem, []).append(entry)
        self.lengths = sorted({*self.lengths, len(stem)})

    def hits(self, word: str) -> Iterator[tuple[str, Reason]]:
        for length in self.lengths:
            for stem in self.stems.get(word[:length], ()) if length <= len(word) else ():
                if reason := _reason(word, length, stem):
                    yield stem.term, reason


class TermMatcher:
    """Finds a fixed set of terms in any number of texts.

    A term is found as a whole word in any Turkish casing, composed or decomposed, bare or with a chain of
    noun endings. Of a term of several words the last one inflects. Building and finding never fail, whatever
    the Unicode; finding takes time linear in the text.
    """

    def __init__(self, terms: Sequence[str]) -> None:
        self._words = _Node()
        self._literals: dict[str, str] = {}
        known: set[str] = set()
        for term in terms:
            key = " ".join(_Plain.of(term).text.split())
            words = _WORD.findall(key)
            if not key or key in known:
                continue
            known.add(key)
            if words and not _GAP.sub("", _WORD.sub("", key)):
                self._words.add(term, words)
            else:
                self._literals[key] = term

    def find(self, text: str) -> list[Match]:
        """Return every term at every place it stands in `text`, in reading order, longer ones first.

        Offsets count characters of `text` itself. Two terms may overlap (`kara büyü` and `büyü`).
        """
        plain = _Plain.of(text)
        found = {*self._find_words(plain.text), *self._find_literals(plain.text)}
        matches = [plain.match(text, hit) for hit in found]
        return sorted(matches, key=lambda match: (match.start, -match.end, match.term))

    def _find_words(self, text: str) -> Iterator[_Hit]:
        words = list(_WORD.finditer(text))
        for first, opening in enumerate(words):
            node = self._words
            for at in range(first, len(words)):
                word = words[at]
                if at > first and not _GAP.fullmatch(text, words[at - 1].end(), word.start()):
                    break
                for term, reason in node.hits(word[0]):
                    yield _Hit(term, reason, opening.start(), word.end())
                if word[0] not in node.following:
                    break
                node = node.following[word[0]]

    def _find_literals(self, text: str) -> Iterator[_Hit]:
        for literal, term in self._literals.items():
            at = text.find(literal)
            while at >= 0:
                end = at + len(literal)
                if not _cuts_a_word(text, at) and not _cuts_a_word(text, end):
                    yield _Hit(term, "exact", at, end)
                at = text.find(literal, end)


class _Plain(NamedTuple):
    """A text made comparable, and where each of its characters came from (None: from the same place)."""

    text: str
    spans: list[tuple[int, int]] | None

    @classmethod
    def of(cls, text: str) -> _Plain:
        if not _HIDDEN.search(text) and unicodedata.is_normalized("NFC", text):
            lowered = lower(text).translate(_SAME)
            if len(lowered) == len(text):
                return cls(lowered, None)
        sounds: list[str] = []
        spans: list[tuple[int, int]] = []
        for letter in _LETTER.finditer(text):
            for sound in _HIDDEN.sub("", lower(letter[0]).translate(_SAME)):
                sounds.append(sound)
                spans.append(letter.span())
        return cls("".join(sounds), spans)

    def match(self, text: str, hit: _Hit) -> Match:
        term, reason, start, end = hit
        if self.spans is not None:
            start, end = self.spans[start][0], self.spans[end - 1][1]
        return Match(term, start, end, text[start:end], reason)


def _reason(word: str, length: int, stem: _Stem) -> Reason | None:
    if length == len(word):
        return None if stem.changed else "exact"
    if word in FUNCTION_WORDS:
        return None
    if stem.changed:
        follows = word[length] in VOWELS and is_chain(word, length, stem.context)
        return "softening" if follows else None
    if word[length] == "'":
        # The apostrophe says that a suffix follows; names are not always spoken as they are written.
        return "suffix" if any(is_chain(word, length, context) for context in _ANY_CONTEXT) else None
    state = "verb_like" if word[:length] in VERB_ROOTS else "noun"
    return "suffix" if length > 1 and is_chain(word, length, stem.context, state) else None


def _changed_context(stem: str, changed: str) -> Context:
    # The vowel is the whole stem's: in nehir → nehri the one that decides has just been dropped.
    return Context(context_of(stem).vowel, ends_in_vowel=False, voiceless=changed[-1] in "fhkpstçş")


def _cuts_a_word(text: str, at: int) -> bool:
    return 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum()
