"""Attaches Turkish suffixes to words, for templates that hold somebody else's names and nouns."""

from __future__ import annotations

import unicodedata
from typing import Literal

from common.turkish.casing import lower, upper
from common.turkish.harmony import VOWELS, Context, context_of, realise, vowel_of
from common.turkish.lexicon.stems import DOUBLING_STEMS, DROPPING_STEMS, HARD_ENDINGS, SOFT_SHORT_STEMS, SOFT_T
from common.turkish.patterns import pattern

SuffixForm = Literal["e", "i", "in", "de", "den", "le", "ler", "sin", "im", "si"]
"""A suffix by its form after `ev`-like words: dative e, accusative i, genitive in, locative de, ablative den,
instrumental le, plural ler, `you are` sin, `I am` im, `his or her` si."""

_TEMPLATES: dict[SuffixForm, str] = {
    "e": "(y)A", "i": "(y)I", "in": "(n)In", "de": "DA", "den": "DAn",
    "le": "(y)lA", "ler": "lAr", "sin": "sIn", "im": "(y)Im", "si": "(s)I",
}  # fmt: skip
_SOFT = {"p": "b", "ç": "c", "t": "d", "k": "ğ"}

# "ejderha avcısı", "gece bekçisi": a compound that already ends in the possessive -sı.
_COMPOUND = pattern(r"\s\S*[aeıioöuü]s[ıiuü]$")
_AFTER_POSSESSIVE: dict[SuffixForm, str] = {"e": "nA", "i": "nI", "de": "nDA", "den": "nDAn"}


def suffix(word: str, form: SuffixForm, *, proper: bool | None = None) -> str:
    """Return `word` with the suffix attached by the rules of spelling: vowel harmony, buffer letters, softening.

    A proper name takes an apostrophe and never softens (Kael'e, Mirra'nın), but none before the plural (Kaeller,
    as the spelling guide of TDK has it). With `proper` None, a word with a capital first letter and a number count as
    names (1923'te). Any text is accepted; an empty one stays empty.
    """
    stem = unicodedata.normalize("NFC", word).strip()
    if not stem:
        return ""
    if (stem[0].isupper() or stem[-1].isdigit()) if proper is None else proper:
        mark = "" if form == "ler" else "'"
        return stem + mark + realise(_TEMPLATES[form], context_of(stem, name=True))
    if len(stem) > 1 and stem.isupper():
        return upper(_inflect(lower(stem), form))
    return _inflect(stem, form)


def soften(stem: str) -> str | None:
    """Return the form `stem` (lower case) takes before a vowel, None if it does not change.

    Longer words in -p, -ç, -k soften, short ones and those in -t only when the lexicon says so.
    """
    if stem in DROPPING_STEMS or stem in DOUBLING_STEMS:
        return DROPPING_STEMS.get(stem) or DOUBLING_STEMS[stem]
    if stem in HARD_ENDINGS or (stem.endswith("t") and stem not in SOFT_T | SOFT_SHORT_STEMS):
        return None
    return softened(stem) if is_long(stem) or stem in SOFT_SHORT_STEMS else None


def is_long(stem: str) -> bool:
    """Whether `stem` (lower case) has more than one syllable."""
    return sum(1 for letter in stem if vowel_of(letter)) > 1


def softened(stem: str) -> str | None:
    """Return `stem` with its last hard consonant softened (kitap → kitab, renk → reng), None if it has none."""
    if stem.endswith("nk"):
        return stem[:-1] + "g"
    if stem.endswith("log"):
        return stem[:-1] + "ğ"
    soft = _SOFT.get(stem[-1:])
    return stem[:-1] + soft if soft else None


def _inflect(stem: str, form: SuffixForm) -> str:
    return _attach_to_compound(stem, form) if _COMPOUND.search(lower(stem)) else _attach(stem, _TEMPLATES[form])


def _attach(stem: str, template: str) -> str:
    context = context_of(stem)
    ending = realise(template, context)
    if ending[0] not in VOWELS and not _is_water(stem):
        return stem + ending
    if _is_water(stem) and template in {"(n)In", "(y)Im", "(s)I"}:
        return stem + realise("y" + template[3:], context)
    last = _last_word(stem)
    changed = soften(last)
    if not changed:
        return stem + ending
    # Everything before the last letter but one is the same in both; keep the capitals it may be written with.
    kept = len(stem) - 2
    return stem[:kept] + changed[len(last) - 2 :] + ending


def _is_water(stem: str) -> bool:
    # su is the one noun that keeps an old y: suyun, suyu.
    return _last_word(stem) == "su"


def _last_word(stem: str) -> str:
    return lower(stem.rsplit(maxsplit=1)[-1])


def _attach_to_compound(stem: str, form: SuffixForm) -> str:
    if form == "si":
        return stem
    if form == "ler":
        bare = stem[:-2]
        return bare + realise("lArI", context_of(bare))
    context: Context = context_of(stem)
    return stem + realise(_AFTER_POSSESSIVE.get(form, _TEMPLATES[form]), context)
