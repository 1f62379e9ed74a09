"""Tells when a word that could be a term with endings is somebody else's word: altın is not alt."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from common.turkish.harmony import VOWELS, context_of
from common.turkish.lexicon.closed import FUNCTION_WORDS, PLACES
from common.turkish.lexicon.stems import DOUBLING_STEMS, DROPPING_STEMS
from common.turkish.lexicon.verbs import IMPERATIVES, NOUNS_THAT_ARE_ROOTS, ROOTS, VERB_ROOTS
from common.turkish.lexicon.words import AS_GOOD, HEADWORDS, OPAQUE, RELATIONALS
from common.turkish.spelling import to_ascii
from common.turkish.stems import Stem, StemIndex, noun_stems, read, verb_stems
from common.turkish.suffixes import soften

if TYPE_CHECKING:
    from common.turkish.spelling import Spelling
    from common.turkish.stems import Reading

_FUNCTION_KEYS = frozenset(to_ascii(word) for word in FUNCTION_WORDS)
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
    if _is_function_word(word, reading) or (reading.stem.reason == "verb" and _is_noun(word, reading.stem.shape)):
        return True
    places = _places().candidates(word.ascii)
    if _is_as_good(word, reading, places):
        return False
    rivals = [*places, *_headwords(word.ascii[:1]).candidates(word.ascii)]
    if disguised:
        others = [_as_headword(word, stem, reading) for stem in rivals if _is_longer(stem, reading.stem)]
        return any(other.literal or other.whole for other in others if other)
    return any(_outweighs(word, stem, reading) for stem in rivals)


def _is_function_word(word: Spelling, reading: Reading) -> bool:
    return word.literal in FUNCTION_WORDS or (
        not reading.literal and not reading.whole and word.ascii in _FUNCTION_KEYS
    )


def _is_as_good(word: Spelling, reading: Reading, places: list[Stem]) -> bool:
    return (reading.literal_stem and word.literal in AS_GOOD) or any(
        place.word == reading.stem.word and read(word, place) for place in places
    )


def may_end_phrase(word: Spelling, reading: Reading) -> bool:
    """Whether `word` may be the term although it is somebody else's word, if the words before it are a term's.

    demir tahta is «to the iron throne», where tahta alone is a board; but demir kalem is a pen, not «my iron castle».
    """
    if not reading.literal or word.literal in FUNCTION_WORDS:
        return False
    ending = word.literal[len(reading.stem.shape) :]
    return "m" not in ending[:2]


def _outweighs(word: Spelling, stem: Stem, reading: Reading) -> bool:
    longer = _is_longer(stem, reading.stem)
    if reading.literal and not longer and not _is_slip(word, reading.stem):
        return False
    other = _as_headword(word, stem, reading)
    if not other:
        return False
    if reading.literal:
        return other.literal
    if longer or reading.literal_stem:
        return longer or other.literal
    return other.literal_stem or _changes_fewer(word, stem, reading.stem)


def _changes_fewer(word: Spelling, stem: Stem, term: Stem) -> bool:
    # aci is acı rather than açı
    if len(stem.shape) != len(term.shape):
        return False
    return _changes(word, stem) < _changes(word, term)


def _changes(word: Spelling, stem: Stem) -> int:
    return sum(typed != meant for typed, meant in zip(word.typed, stem.shape, strict=False))


def _is_slip(word: Spelling, stem: Stem) -> bool:
    # konuda is konu rather than a konut that softens as it should not, boyunu is boy rather than an unshortened boyun.
    if stem.reason == "softening":
        return stem.shape != soften(stem.word)
    return stem.word in DROPPING_STEMS and stem.shape == stem.word and word.literal[len(stem.shape)] in VOWELS


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
    return read(word, _as_rival(word, stem, reading))


def _as_rival(word: Spelling, stem: Stem, reading: Reading) -> Stem:
    if reading.stem.reason == "verb":
        return stem if stem.reason == "verb" else stem._replace(state="simple")
    if _is_shorter_in_ascii(word, stem, reading):
        return stem._replace(state="simple")
    if stem.state == "noun" and reading.literal:
        return stem._replace(state="impersonal")
    if stem.shape.endswith(("la", "le")) and stem.state == "plain_vowel":
        return stem._replace(state="plain_la")
    if reading.literal and stem.state in _PLAIN:
        return stem._replace(state=stem.state.replace("plain", "sure"))
    return stem


def _is_shorter_in_ascii(word: Spelling, stem: Stem, reading: Reading) -> bool:
    # findik is no «we were Finns» and dalgali no form of dalga; but işin, typed with ş, is a form of iş.
    if stem.state != "noun" or reading.literal or not word.typed.isascii():
        return False
    return len(stem.shape) < len(reading.stem.shape)


def _is_derived(headword: str, term: str) -> bool:
    return headword.startswith(term) and headword[len(term) :] in _DERIVATIONS and headword not in OPAQUE


def _is_noun(word: Spelling, root: str) -> bool:
    # yazın, ata, kırı: read as the noun; yazdı, atıyor: only the verb has these.
    return root in NOUNS_THAT_ARE_ROOTS and any(read(word, stem._replace(state="simple")) for stem in noun_stems(root))


@cache
def _headwords(initial: str) -> StemIndex:
    index = StemIndex()
    irregular = [word for word in (*DROPPING_STEMS, *DOUBLING_STEMS) if to_ascii(word)[0] == initial]
    for word in (*_by_initial(HEADWORDS).get(initial, ()), *irregular):
        for stem in noun_stems(word, strictly=True):
            index.learn(stem)
    for word in _by_initial(RELATIONALS).get(initial, ()):
        index.learn(Stem(word, word, (context_of(word),), "end", "suffix", ""))
    for root in (*_by_initial(ROOTS).get(initial, ()), *_short_roots(initial)):
        for stem in verb_stems(root, root, "plain"):
            index.learn(stem)
    return index


@cache
def _places() -> StemIndex:
    index = StemIndex()
    for place, forms in PLACES.items():
        for form in forms.split():
            state = "locative" if form.endswith(("da", "de")) else "case"
            index.learn(Stem(place, form, (context_of(form),), state, "suffix", ""))
    return index


def _short_roots(initial: str) -> list[str]:
    return [root for root in VERB_ROOTS if len(root) < 4 and to_ascii(root)[0] == initial]


@cache
def _by_initial(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, word in zip(to_ascii(text).split(), text.split(), strict=True):
        found.setdefault(key[0], []).append(word)
    return found
