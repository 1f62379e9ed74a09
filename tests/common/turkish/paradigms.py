"""Makes the forms of Turkish nouns, names and verbs as a grammar book lays them out, to examine the matcher with.

It shares no code and no table with the engine. A suffix is written as grammars do: A is a or e, I is ı, i, u or ü,
D is d or t, C is c or ç, a last K is k or, before a vowel, ğ; a letter in brackets comes only where two vowels or two
consonants would meet.
"""

from __future__ import annotations

import re
from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

from tests.common.turkish import stems

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_VOWELS = "aıoueiöü"
_BACK, _ROUND, _VOICELESS = "aıou", "ouöü", "fhkpsşçt"
_PLAIN = str.maketrans("âîû", "aiu")
_BRACKET = re.compile(r"\((\w)\)(.*)")

CASES = ("", "(y)I", "(n)In", "(y)A", "DA", "DAn", "(y)lA")
CASES_OF_THE_POSSESSED = ("", "nI", "nIn", "nA", "nDA", "nDAn", "(y)lA")
OWNERS = ("", "(I)m", "(I)n", "(I)mIz", "(I)nIz")
THIRD_OWNERS = ("(s)I", "lArI")
ROOTLIKE_COPULAS = ("(y)DI", "(y)mIş", "(y)sA", "DIr")
COPULAS = (*ROOTLIKE_COPULAS, "(y)Im", "sIn", "sInIz", "(y)ken", "(y)DInIz")
QUESTIONS = (" mI", " mIydI")
DERIVATIONS = ("lI", "sIz", "lIK", "CI", "CIlIK", "sIzlIK")
AFTER_DERIVATION = ("", "lArI", "(y)A", "(s)I", "(y)DI")

_PAST_PERSONS = ("", "m", "n", "k", "nIz", "lAr")
_COMPOUND_PERSONS = _PAST_PERSONS[:-1]
_PERSONS = ("", "(y)Im", "sIn", "(y)Iz", "sInIz", "lAr")
_PARTICIPLE_ENDINGS = ("", "(I)m", "(I)n", "(s)I", "(I)mIz", "(s)InA", "(s)IndAn", "lArI")


class Word(NamedTuple):
    """A word, as it stands, before a vowel, and the vowel that decides about the next suffix."""

    text: str
    opened: str
    vowel: str


def word(text: str, opened: str = "", *, front: bool = False) -> Word:
    """Return a stem as it is in the dictionary."""
    vowel = [letter for letter in text.translate(_PLAIN).lower() if letter in _VOWELS][-1]
    if front:
        vowel = {"a": "e", "ı": "i", "o": "ö", "u": "ü"}[vowel]
    return Word(text, opened or text, vowel)


def attach(stem: Word, suffix: str) -> Word:
    """Return the word with one suffix more."""
    suffix = _without_bracket(stem, suffix)
    if not suffix:
        return stem
    text, vowel = (stem.opened if suffix[0] in "AI" else stem.text), stem.vowel
    for letter in suffix:
        written = _written(letter, vowel, text[-1])
        vowel = written if written in _VOWELS else vowel
        text += written
    return Word(text, text[:-1] + "ğ" if suffix[-1] == "K" else text, vowel)


def _written(letter: str, vowel: str, last: str) -> str:
    if letter == "I":
        return ("u" if vowel in _BACK else "ü") if vowel in _ROUND else "ı" if vowel in _BACK else "i"
    if letter in "DC":
        return {"D": "dt", "C": "cç"}[letter][last in _VOICELESS]
    return {"A": "a" if vowel in _BACK else "e", "K": "k"}.get(letter, letter)


def _without_bracket(stem: Word, suffix: str) -> str:
    bracket = _BRACKET.match(suffix)
    if not bracket:
        return suffix
    letter, rest = bracket.groups()
    if letter == "I":
        return rest if _ends_in_vowel(stem.opened) else letter + rest
    hiatus = _ends_in_vowel(stem.opened if rest[0] in "AI" else stem.text)
    return letter + rest if hiatus else rest


def _ends_in_vowel(text: str) -> bool:
    return text.translate(_PLAIN)[-1].lower() in _VOWELS


def chain(stem: Word, *suffixes: str) -> str:
    """Return the word with these suffixes."""
    return reduce(attach, suffixes, stem).text


def each(stem: Word, *choices: Iterable[str]) -> Iterator[str]:
    """Return the word with every combination of one suffix of each."""
    if not choices:
        yield stem.text
        return
    for suffix in choices[0]:
        yield from each(attach(stem, suffix), *choices[1:])


# ── Nouns ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def nouns() -> dict[str, Word]:
    """Return the stems by their dictionary form."""
    tables = (stems.REGULAR, stems.SOFTENING, stems.DROPPING, stems.DOUBLING, stems.BUFFERED)
    entries = [word(*entry.split(":")) for table in tables for entry in table.split()]
    entries += [word(*entry.split(":"), front=True) for entry in stems.FRONT.split()]
    return {entry.text: entry for entry in entries}


def noun_forms(stem: Word) -> set[str]:
    """Return every form that is made of the noun; questions are two words."""
    forms = {*_declined(stem), *_relative(stem), *_said_of(stem), *_derived(stem)}
    if stem.text in stems.ALSO_VERBS.split():
        forms -= set(each(stem, (*ROOTLIKE_COPULAS, "(y)DInIz")))
    if stem.text in stems.ALSO_LA_VERBS.split():
        forms -= set(each(stem, ("lAr",), ("(y)sA", "sIn", "sInIz", "(y)ken")))
    return forms


def _declined(stem: Word) -> Iterator[str]:
    yield from each(stem, ("", "lAr"), OWNERS, CASES)
    yield from each(stem, THIRD_OWNERS, CASES_OF_THE_POSSESSED)
    yield from each(stem, ("lAr",), ("I",), CASES_OF_THE_POSSESSED)


def _relative(stem: Word) -> Iterator[str]:
    for before in (("DA",), ("(n)In",), ("lAr", "DA"), ("(I)m", "DA"), ("(s)I", "nDA"), ("lArI", "nIn")):
        yield from each(reduce(attach, before, stem), ("ki",), ("", "nI", "nDAn", "lArA"))


def _said_of(stem: Word) -> Iterator[str]:
    for before in ((), ("lAr",), ("(I)m",), ("(s)I",), ("DA",), ("lAr", "DAn")):
        inflected = reduce(attach, before, stem)
        yield from each(inflected, COPULAS)
        yield from each(inflected, QUESTIONS)


def _derived(stem: Word) -> Iterator[str]:
    yield from each(stem, DERIVATIONS, AFTER_DERIVATION)


# ── Names ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def name_forms(name: str) -> Iterator[str]:
    """Return the forms of a name, with either apostrophe."""
    for case in ("(y)I", "(n)In", "(y)A", "DA", "DAn", "(y)lA", "(y)DI", "(y)mIş", "DIr", "(y)sA"):
        yield from _with_apostrophes(name, chain(word(name), case))
    for before in ("DA", "(n)In"):
        for form in each(word(name), (before,), ("ki",), ("", "nA", "lAr")):
            yield from _with_apostrophes(name, form)


def _with_apostrophes(name: str, form: str) -> Iterator[str]:
    yield from (f"{name}{mark}{form[len(name) :]}" for mark in "'’")


# ── Verbs ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def verbs() -> dict[str, tuple[Word, str]]:
    """Return the roots and their aorists by the infinitive."""
    entries = [entry.split(":") for entry in stems.VERBS.split()]
    roots = [(word(root, *opened), aorist) for root, aorist, *opened in entries]
    return {chain(root, "mAK"): (root, aorist) for root, aorist in roots}


def verb_forms(root: Word, aorist: str) -> set[str]:
    """Return the finite forms, converbs, participles and verbal nouns, of the verb, its negative and its passive."""
    negative = attach(root, "mA")
    forms = {*_finite(root), *_finite(negative), *_conjugated_aorist(root, aorist), *_ability(root)}
    forms |= {*_non_finite(root), *_non_finite(negative), chain(root, "mAdAn")}
    if root.text not in stems.NO_PASSIVE.split():
        passive = attach(root, "n" if _ends_in_vowel(root.text) else "In" if root.text[-1] == "l" else "Il")
        forms |= {chain(passive, "DI"), chain(passive, "(y)AcAK"), *each(progressive(passive), ("", "lAr"))}
    return forms


def progressive(root: Word) -> Word:
    """Return the root in -(I)yor: a last a or e gives way (başla → başlıyor, öde → ödüyor)."""
    if root.text[-1] in "ae":
        return attach(word(root.text[:-1]), "Iyor")
    return attach(root, "(I)yor")


def _finite(root: Word) -> Iterator[str]:
    yield from each(root, ("DI", "sA"), _PAST_PERSONS)
    yield from each(root, ("mIş", "(y)AcAK", "mAlI"), _PERSONS)
    yield from each(progressive(root), _PERSONS)
    yield from each(progressive(root), ("DI", "sA"), _COMPOUND_PERSONS)
    yield from each(progressive(root), ("lArDI", "mIş", "mIşsIn"))
    yield from each(root, ("mIş", "(y)AcAK"), ("DI",), ("", "m"))
    yield from each(root, ("(y)AcAK",), ("mIş",), ("", "Im", "sIn"))
    yield from each(root, ("sIn", "sInlAr", "(y)In", "(y)InIz", "(y)AyIm", "(y)AlIm", "mAlIydI"))


def _conjugated_aorist(root: Word, aorist: str) -> Iterator[str]:
    yield from each(root, (aorist,), _PERSONS)
    yield from each(root, (aorist,), ("DI", "sA"), _COMPOUND_PERSONS)
    yield from each(root, (f"{aorist}ken", "mAm", "mAyIz", "mAz", "mAzsIn", "mAzlAr", "mAzsA", "mAzdI"))


def _ability(root: Word) -> Iterator[str]:
    able = attach(root, "(y)Abil")
    yield from each(able, ("DI", "Ir", "IrIm", "(y)AcAK", "sA"))
    yield from each(progressive(able), _PERSONS)
    yield from each(attach(root, "(y)AmA"), ("DI", "DIm", "z", "m", "(y)AcAK"))


def _non_finite(root: Word) -> Iterator[str]:
    yield from each(root, ("(y)Ip", "(y)IncA", "(y)ArAK", "DIkçA", "mAktA", "(y)AnlAr", "(y)An"))
    yield from each(root, ("DIK", "(y)AcAK"), _PARTICIPLE_ENDINGS[1:])
    yield from each(root, ("mA",), _PARTICIPLE_ENDINGS[1:])
    yield from each(root, ("mAK",), ("", "tAn", "lA"))
