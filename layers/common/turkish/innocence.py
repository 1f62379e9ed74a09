"""Tells when a word that could be a term with endings is somebody else's word: altın is not alt."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from common.turkish.lexicon import (
    AS_GOOD,
    DROPPING_STEMS,
    FUNCTION_WORDS,
    HEADWORDS,
    IMPERATIVES,
    NOUNS_THAT_ARE_ROOTS,
    OPAQUE,
    ROOTS,
    VERB_ROOTS,
)
from common.turkish.spelling import TO_ASCII
from common.turkish.stems import Stem, StemIndex, noun_stems, read, verb_stems

if TYPE_CHECKING:
    from common.turkish.spelling import Spelling
    from common.turkish.stems import Reading

_FUNCTION_KEYS = frozenset(word.translate(TO_ASCII) for word in FUNCTION_WORDS)
_PLAIN = frozenset({"plain_vowel", "plain_wide", "plain_narrow"})
_DERIVATIONS = frozenset(
    "lı li lu lü sız siz suz süz lık lik luk lük cı ci cu cü çı çi çu çü".split()  # noqa: SIM905
)


def is_other_word(word: Spelling, reading: Reading, *, disguised: bool = False) -> bool:
    """Whether `word` is a function word or a form of a dictionary word rather than the term it was read as.

    A literal reading yields only to longer headwords, one that changed letters to every headword that reads with fewer
    changes. In a `disguised` word every letter has been changed already, so that only longer headwords count.
    """
    if reading.whole and reading.literal:
        return False
    if word.literal in FUNCTION_WORDS or (not reading.literal and not reading.whole and word.ascii in _FUNCTION_KEYS):
        return True
    if reading.stem.reason == "verb" and _is_noun(word, reading.stem.shape):
        return True
    if reading.literal_stem and word.literal in AS_GOOD:
        return False
    rivals = _headwords(word.ascii[:1]).candidates(word.ascii)
    if disguised:
        others = [_as_headword(word, stem, reading) for stem in rivals if _is_longer(stem, reading.stem)]
        return any(other.literal or other.whole for other in others if other)
    return any(_outweighs(word, stem, reading) for stem in rivals)


def _outweighs(word: Spelling, stem: Stem, reading: Reading) -> bool:
    longer = _is_longer(stem, reading.stem)
    if reading.literal and not longer:
        return False
    other = _as_headword(word, stem, reading)
    if not other:
        return False
    if reading.literal:
        return other.literal
    return longer or (other.literal if reading.literal_stem else other.literal_stem)


def _is_longer(stem: Stem, term: Stem) -> bool:
    return len(stem.shape) > len(term.shape) and not _is_derived(stem.word, term.word)


def _as_headword(word: Spelling, stem: Stem, reading: Reading) -> Reading | None:
    """Return how `word` reads as the headword of `stem`, None where it does not or that is the weaker reading."""
    term = reading.stem
    if stem.word == term.word or (stem.word, "verb") == (term.shape, term.reason):
        return None
    is_bare_root = stem.reason == "verb" and len(stem.shape) == len(word.literal)
    if is_bare_root and stem.word not in IMPERATIVES:
        return None
    return read(word, _as_rival(stem, reading))


def _as_rival(stem: Stem, reading: Reading) -> Stem:
    if reading.stem.reason == "verb":
        return stem if stem.reason == "verb" else stem._replace(state="simple")
    if stem.state == "noun" and reading.literal:
        return stem._replace(state="impersonal")
    if stem.shape.endswith(("la", "le")) and stem.state == "plain_vowel":
        return stem._replace(state="plain_la")
    if reading.literal and stem.state in _PLAIN:
        return stem._replace(state=stem.state.replace("plain", "sure"))
    return stem


def _is_derived(headword: str, term: str) -> bool:
    return headword.startswith(term) and headword[len(term) :] in _DERIVATIONS and headword not in OPAQUE


def _is_noun(word: Spelling, root: str) -> bool:
    # yazın, ata, kırı: read as the noun; yazdı, atıyor: only the verb has these.
    return root in NOUNS_THAT_ARE_ROOTS and any(read(word, stem._replace(state="simple")) for stem in noun_stems(root))


@cache
def _headwords(initial: str) -> StemIndex:
    index = StemIndex()
    for word in _by_initial(HEADWORDS).get(initial, ()):
        for stem in noun_stems(word, strictly=True):
            index.learn(stem)
    for word in DROPPING_STEMS:
        if word.translate(TO_ASCII)[0] == initial:
            for stem in noun_stems(word, strictly=True):
                index.learn(stem)
    for root in (*_by_initial(ROOTS).get(initial, ()), *_short_roots(initial)):
        for stem in verb_stems(root, root, "plain"):
            index.learn(stem)
    return index


def _short_roots(initial: str) -> list[str]:
    return [root for root in VERB_ROOTS if len(root) < 4 and root.translate(TO_ASCII)[0] == initial]


@cache
def _by_initial(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, word in zip(text.translate(TO_ASCII).split(), text.split(), strict=True):
        found.setdefault(key[0], []).append(word)
    return found
