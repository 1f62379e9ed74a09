"""The stems a Turkish word shows in running text, and an index that finds them at the start of a typed word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from common.turkish.chains import is_chain
from common.turkish.harmony import VOWELS, Context, context_of, fronted
from common.turkish.lexicon.closed import TIMES
from common.turkish.lexicon.stems import COMPOUND_ENDS, DOUBLING_STEMS, DROPPING_STEMS, FRONT_LOANS
from common.turkish.lexicon.verbs import NARROW_AORIST, NO_INFINITIVES, NOUNS_IN_MEK, SOFT_ROOTS, VERB_ROOTS
from common.turkish.spelling import to_ascii
from common.turkish.suffixes import is_long, soften, softened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from common.turkish.spelling import Spelling

StemReason = Literal["suffix", "softening", "vowel_drop", "doubling", "verb"]

_VOICELESS = frozenset("fhkpstçş")
_HARD = {"b": "p", "c": "ç", "d": "t", "ğ": "k", "g": "k"}
_BEFORE_VOWELS = "aeiou"
_BEFORE_CONSONANTS = "bcdfghjklmnprstvyz"
_ANY = _BEFORE_VOWELS + _BEFORE_CONSONANTS


ANY_CONTEXT = tuple(
    Context(vowel, ends_in_vowel, voiceless)
    for vowel in "aeouıiöü"
    for ends_in_vowel, voiceless in ((True, False), (False, False), (False, True))
)
"""For words of which nobody knows how they are spoken."""


class Stem(NamedTuple):
    """One shape of a word to which endings are attached."""

    word: str
    shape: str
    contexts: tuple[Context, ...]
    state: str
    reason: StemReason
    before: str
    """The letters, in ASCII, one of which begins what follows; '' when any may."""


class Reading(NamedTuple):
    """A typed word read as a stem with endings."""

    stem: Stem
    literal_stem: bool
    literal: bool
    whole: bool
    """The word is the term itself, without endings."""


def root_of(word: str) -> str:
    """Return the root of the infinitive `word` (öldürmek → öldür), '' if it is none."""
    root = word[:-3]
    if len(root) < 2 or word in NO_INFINITIVES or word[-3:] not in {"mek", "mak"}:
        return ""
    vowels = [letter for letter in root if letter in VOWELS]
    return root if vowels and (vowels[-1] in "eiöü") == (word[-2] == "e") else ""


def stems_of(word: str, *, last_of_several: bool = False) -> Iterator[Stem]:
    """Yield the stems of `word` (lower case), an infinitive's as a verb's."""
    if root := root_of(word):
        yield Stem(word, word, (context_of(word),), "infinitive", "verb", "")
        yield from verb_stems(word, root, "root")
        if word not in NOUNS_IN_MEK:
            return
    yield from noun_stems(word)
    if len(word) > 3 and word[-1] in "ıiuü" and (last_of_several or _is_compound(word)):
        yield from _compound_plural(word)


def _is_compound(word: str) -> bool:
    return any(word[at:] in COMPOUND_ENDS for at in range(2, len(word) - 2))


def noun_stems(word: str, *, strictly: bool = False) -> Iterator[Stem]:
    """Yield the stems of the noun `word`: unchanged, softened, with its vowel dropped or its consonant doubled.

    Longer words in a hard consonant are also softened where the rules do not (sepedi), but not `strictly`.
    """
    state = "verb_like" if word in VERB_ROOTS else "noun"
    # sıra, hata are no forms of sır and hat, which double their last letter before a vowel.
    before = _BEFORE_CONSONANTS if word in DOUBLING_STEMS else ""
    yield Stem(word, word, _contexts_of(word), state, "suffix", before)
    if word in TIMES:
        yield Stem(word, word, _contexts_of(word), "time", "suffix", "k")
    if word[-1:] == word[-2:-1] and word[-1:] not in VOWELS:
        # troll → troller; such words are foreign, and their harmony anyone's guess.
        yield Stem(word, word[:-1], ANY_CONTEXT, "noun", "suffix", word[-1])
    slip = softened(word) if is_long(word) and not strictly else None
    for shape in {soften(word): 0, slip: 0, "suy" if word == "su" else None: 0}:
        if shape and shape != word:
            contexts = tuple(Context(vowel, False, shape[-1] in _VOICELESS) for vowel, *_ in _contexts_of(word))
            yield Stem(word, shape, contexts, "noun", _change(word, shape), _BEFORE_VOWELS)


def verb_stems(word: str, root: str, kind: str) -> Iterator[Stem]:
    """Yield the stems of a verb: git- and gid-, başla- and başlı-, ye- and yi-."""
    context = context_of(root)
    state = f"{kind}_{_root_class(root, kind)}"
    if root[-1] in VOWELS:
        yield Stem(word, root, (context,), state, "verb", "")
        raised = root[:-1] + _raised_vowel(root)
        loosely = kind == "root" or len(root) == 2
        yield Stem(word, raised, (context_of(raised),), "raised" if loosely else "raised_plain", "verb", "y")
    elif root in SOFT_ROOTS:
        yield Stem(word, root, (context,), "end", "verb", "")
        yield Stem(word, root, (context,), state, "verb", _BEFORE_CONSONANTS)
        soft = root[:-1] + "d"
        yield Stem(word, soft, (context_of(soft),), state, "verb", _BEFORE_VOWELS)
    else:
        yield Stem(word, root, (context,), state, "verb", "")


def _raised_vowel(root: str) -> str:
    before = next((letter for letter in reversed(root[:-1]) if letter in VOWELS), root[-1])
    return dict(zip("aıoueiöü", "ııuuiiüü", strict=True))[before]


def _root_class(root: str, kind: str) -> str:
    if root[-1] in VOWELS:
        return "vowel"
    narrow = is_long(root) or root in NARROW_AORIST
    if kind == "plain":
        return "narrow" if narrow and root not in SOFT_ROOTS else "wide"
    if is_long(root) and root[-1] in "lr":
        return "long_lr"
    width = "narrow" if narrow and root not in SOFT_ROOTS else "wide"
    return f"l_{width}" if root[-1] == "l" else width


def _compound_plural(word: str) -> Iterator[Stem]:
    # ölüm büyüsü → ölüm büyüleri, kan taşı → kan taşları, köle çocuğu → köle çocukları.
    bare = word[:-2] if word[-2] == "s" and word[-3] in VOWELS else word[:-1]
    hardened = bare[:-1] + _HARD.get(bare[-1], bare[-1])
    for singular in {bare: 0, hardened: 0}:
        yield Stem(word, singular, (context_of(singular),), "compound", "suffix", _ANY)
        shape = singular + ("ları" if context_of(singular).vowel in "aıou" else "leri")
        yield Stem(word, shape, (context_of(shape),), "possessed_3", "suffix", "")


def _contexts_of(word: str) -> tuple[Context, ...]:
    context = context_of(word)
    # Borrowed -al, -at, -ak are as often front as back (ihtimali, kartalı), and no rule tells which.
    if context.vowel in "aıou" and word[-1:] in {"l", "t", "k"} and is_long(word) and word not in FRONT_LOANS:
        return (context, context._replace(vowel=fronted(context.vowel)))
    return (context,)


def _change(word: str, shape: str) -> StemReason:
    if DROPPING_STEMS.get(word) == shape:
        return "vowel_drop"
    return "doubling" if DOUBLING_STEMS.get(word) == shape else "softening"


class StemIndex:
    """Stems by their ASCII spelling, found at the start of a typed word."""

    def __init__(self) -> None:
        self.phrase_ends: set[str] = set()
        """Words that are the last of a term of several."""
        self._stems: dict[str, list[Stem]] = {}
        # By the first three letters, so that most words are told apart at once; shorter stems stand for themselves.
        self._lengths: dict[str, tuple[int, ...]] = {}

    def learn(self, stem: Stem) -> None:
        key = to_ascii(stem.shape)
        known = self._stems.setdefault(key, [])
        known.append(stem)
        if len(known) == 1 and len(key) != 2:
            self._lengths[key[:3]] = tuple(sorted({*self._lengths.get(key[:3], ()), len(key)}))

    def begins(self, head: str) -> bool:
        """Return whether a word has candidates that begins with `head`, three letters in ASCII or a whole word."""
        return head in self._lengths or (len(head) > 1 and head[:2] in self._stems)

    def candidates(self, word: str) -> list[Stem]:
        """Return the stems with which the ASCII spelling `word` may begin."""
        stems = self._stems
        short = stems.get(word[:2]) if len(word) > 1 else None
        lengths = self._lengths.get(word[:3])
        if lengths is None:
            return short or []
        found = list(short) if short else []
        for length in lengths:
            if length > len(word):
                break
            if known := stems.get(word[:length]):
                found += known
        return found


def read(word: Spelling, stem: Stem) -> Reading | None:
    """Return how `word` reads as `stem` with endings, None if it does not."""
    shape, before = stem.shape, stem.before
    literal, _, plain = word
    length = len(shape)
    if length < len(literal) and ((before and plain[length] not in before) or len(stem.word) < 2):
        return None
    literal_stem = literal.startswith(shape)
    if not literal_stem and not word.may_read(shape, 0):
        return None
    if length == len(literal):
        whole = shape == stem.word
        return Reading(stem, literal_stem, literal_stem, whole) if whole or not before else None
    return _read_ending(word, stem, literal_stem=literal_stem)


def _read_ending(word: Spelling, stem: Stem, *, literal_stem: bool) -> Reading | None:
    length, state = len(stem.shape), stem.state
    if literal_stem:
        for context in stem.contexts:
            if is_chain(word, length, context, state):
                return Reading(stem, literal_stem, literal=True, whole=False)
    for context in stem.contexts:
        if is_chain(word, length, context, state, loosely=True):
            return Reading(stem, literal_stem, literal=False, whole=False)
    return None
