"""Turkish endings typed after a number, a symbol or an abbreviation, carried over to the word that is spoken for it.

Players write the ending they hear, or think they hear (`3'de`, `NPC'ye`). It is taken apart into its vowels and
consonants and built again for the spoken word: harmony, hardening, buffer letters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from common.turkish.casing import lower
from common.turkish.harmony import VOWELS, context_of, realise
from common.turkish.speech.reading import Reading, glued

APOSTROPHES = "'’‘ʼ´`"

# What is spoken for something and softens before a vowel. Most words that are spoken for something do not: kırk, üç.
_SOFTENED = {"dört": "dörd", "çeyrek": "çeyreğ", "buçuk": "buçuğ", "sokak": "sokağ"}

_GENERAL = str.maketrans("aeıiuüdtcç", "AAIIIIDDCC")

# The endings of nouns, in the letters of `harmony.realise`: A, I, D, C, with or without their buffer letters.
_MORPHEMES = (
    "y?A|y?I|n?In|n?A|n?I|nDAn?|DAn?|y?lA|lAr|s?I|lI|lI[kğ]|sIz|CA|CI|ş?Ar|I?nCI|I?m|I?mIz|I?nIz|n|"
    "DIr|y?DI[mknz]?|y?mIş|y?sA[mkn]?|y?kAn|kI|y?Im|y?Iz|sIn"
)
_CHAIN = re.compile(f"(?:{_MORPHEMES}){{1,6}}")

# How a chain begins, and the template that carries its buffer letter: whoever wrote it may have left it out or put one
# where none belongs. The first that matches is taken.
_BEGINNINGS = tuple(
    (re.compile(pattern), template)
    for pattern, template in (
        (r"ş?Ar", "(ş)Ar"),
        (r"I?nCI", "(I)nCI"),
        (r"y?A$", "(y)A"),
        (r"y?I$", "(y)I"),
        (r"n?InkI", "(n)Inki"),
        (r"n?In$", "(n)In"),
        (r"I?mIz", "(I)mIz"),
        (r"I?nIz", "(I)nIz"),
        (r"s?I(?=n[ADIC]|yl|yD|ym|ys|yk|DIr|$)", "(s)I"),
        (r"y?lA$", "(y)lA"),
        (r"y?DI(?!r)", "(y)DI"),
        (r"y?mIş", "(y)mIş"),
        (r"y?sA", "(y)sA"),
        (r"y?kAn", "(y)ken"),
        (r"yIm", "(y)Im"),
        (r"yIz", "(y)Iz"),
        (r"I?m(?=$|[AIDn])", "(I)m"),
        (r"n$", "(I)n"),
    )
)

_TYPED = re.compile(rf"([{APOSTROPHES}]?)((?:[^\W\d_][\u0300-\u036f]{{0,4}}){{1,24}})")

_PARTICLE = re.compile(r" (m[ıiuü](?:y[ıiuü]m|y[ıiuü]z|s[ıiuü]n|s[ıiuü]n[ıiuü]z|yd[ıiuü]|ym[ıiuü]ş)?|d[ae])(?!\w|['’])")


class Ending(NamedTuple):
    """An ending in the text, up to `end`."""

    end: int
    typed: str
    apostrophe: str


def ending_at(text: str, start: int) -> Ending | None:
    """Return the Turkish ending that stands at `start`, with or without an apostrophe before it."""
    found = _TYPED.match(text, start)
    if found is None or glued(text, found.end()):
        return None
    typed = lower(unicodedata.normalize("NFC", found[2]))
    return Ending(found.end(), typed, found[1]) if template_of(typed) else None


def with_ending(text: str, at: int, spoken: str) -> Reading:
    """Return `spoken` up to `at`, or further with the ending that stands there.

    Without an apostrophe a single letter is an ending only if it is the right one: 5e, but not 3A.
    """
    ending = ending_at(text, at)
    if ending is None:
        return Reading(at, spoken)
    attached = attach(spoken, ending.typed)
    bare_letter = not ending.apostrophe and len(ending.typed) == 1
    if bare_letter and (text[at].isupper() or not attached.endswith(ending.typed) or len(attached) != len(spoken) + 1):
        return Reading(at, spoken)
    return Reading(ending.end, attached)


def with_particle(text: str, reading: Reading) -> Reading:
    """Return the reading with the particle behind it in harmony with what is spoken: 5 TL mi? → beş lira mı?"""
    found = _PARTICLE.match(text, reading.end)
    if (
        found is None
        or not reading.spoken[-1:].isalpha()
        or reading.spoken == text[reading.end - len(reading.spoken) : reading.end]
    ):
        return reading
    typed = found[1]
    # Written apart, da and de never harden.
    sounds = realise(typed.translate(_GENERAL), context_of(reading.spoken)).replace("t", "d")
    return reading if sounds == typed else Reading(found.end(), f"{reading.spoken} {sounds}")


def attach(spoken: str, typed: str) -> str:
    """Return `spoken` with the ending that was `typed`, as it sounds after it: dört + e is dörde, iki + i is ikiyi."""
    template = template_of(typed)
    if not template:
        return spoken + typed
    sounds = realise(template, context_of(spoken))
    return (_softened(spoken) if sounds[0] in VOWELS else spoken) + sounds


@lru_cache(maxsize=1024)
def template_of(typed: str) -> str:
    """Return the template, as `harmony.realise` takes it, of an ending in lower case; '' if it is none."""
    shape = typed.translate(_GENERAL)
    if not _CHAIN.fullmatch(shape):
        return ""
    shape = re.sub(r"(?<=DA)kI", "ki", shape)
    for beginning, template in _BEGINNINGS:
        found = beginning.match(shape)
        if found:
            return template + shape[found.end() :]
    return shape


def _softened(spoken: str) -> str:
    head, space, last = spoken.rpartition(" ")
    return head + space + _SOFTENED.get(last, last)
