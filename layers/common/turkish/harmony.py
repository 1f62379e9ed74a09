"""Vowel and consonant harmony: how a suffix template sounds after a given word."""

import unicodedata
from typing import NamedTuple

from common.turkish.casing import lower
from common.turkish.lexicon.stems import FRONT_LOANS
from common.turkish.patterns import pattern

VOWELS = frozenset("aeıioöuü")
_VOICELESS = frozenset("çfhkpsştxq")
_NARROW = dict(zip("aıeiouöü", "ııiiuuüü", strict=True))
_WIDE = dict(zip("aıoueiöü", "aaaaeeee", strict=True))
_FRONTED = dict(zip("aıoueiöü", "eiöüeiöü", strict=True))

_TRAILING_NUMBER = pattern(r"[0-9]+$")
_ONES = ("sıfır", "bir", "iki", "üç", "dört", "beş", "altı", "yedi", "sekiz", "dokuz")
_TENS = ("", "on", "yirmi", "otuz", "kırk", "elli", "altmış", "yetmiş", "seksen", "doksan")
_POWERS = ("", "", "yüz", "bin", "bin", "bin", "milyon", "milyon", "milyon", "milyar")


class Context(NamedTuple):
    """What a suffix needs to know of the word before it."""

    vowel: str
    """The last vowel, one of the eight Turkish ones."""
    ends_in_vowel: bool
    voiceless: bool
    """The word ends in one of f, s, t, k, ç, ş, h, p."""


# A word without vowels is spelled out, and every consonant's name ends in e: NPC is ne-pe-ce.
_SPELLED_OUT = Context("e", ends_in_vowel=True, voiceless=False)


def vowel_of(letter: str) -> str:
    """Return the Turkish vowel that `letter` (lower case) stands for, '' for a consonant: â is a, é is e."""
    if letter in VOWELS:
        return letter
    base = unicodedata.normalize("NFD", letter)[:1]
    return base if base in VOWELS else ""


def context_of(word: str, *, name: bool = False) -> Context:
    """Return the context at the end of `word`; numbers are read out, words without vowels are spelled.

    A `name` is read as foreign where it is written so: a final c is k, a final y after a consonant is i.
    """
    last = (lower(word).split() or [""])[-1]
    number = _TRAILING_NUMBER.search(last)
    if number:
        return context_of(_last_word_of(number[0]))
    letters = [letter for letter in last if letter.isalpha()]
    vowel = next((found for letter in reversed(letters) if (found := vowel_of(letter))), "")
    if name and len(letters) > 1 and letters[-1] == "y" and not vowel_of(letters[-2]):
        return Context("i", ends_in_vowel=True, voiceless=False)
    if not vowel:
        return _SPELLED_OUT
    if "".join(letters) in FRONT_LOANS:
        vowel = _FRONTED[vowel]
    final = letters[-1]
    return Context(vowel, bool(vowel_of(final)), final in _VOICELESS or (name and final == "c"))


def fronted(vowel: str) -> str:
    """Return the front vowel beside `vowel`: a → e, ı → i, o → ö, u → ü."""
    return _FRONTED[vowel]


def follow(context: Context, suffix: str) -> Context:
    """Return the context after the non-empty `suffix` has been attached in `context`."""
    vowel = context.vowel
    for letter in reversed(suffix):
        if letter in VOWELS:
            vowel = letter
            break
    return Context(vowel, suffix[-1] in VOWELS, suffix[-1] in _VOICELESS)


def realise(template: str, context: Context) -> str:
    """Return the suffix `template` as it sounds in `context`.

    A is a or e; I is ı, i, u or ü; D is d or t; C is c or ç. A consonant in parentheses comes only after a
    vowel, a vowel in parentheses only after a consonant: (y)A, (n)In, (I)m. Other letters stand for themselves.
    """
    if template.startswith("("):
        is_vowel = template[1] in "AI"
        template = template[3:] if is_vowel == context.ends_in_vowel else template[1] + template[3:]
    vowel, _, voiceless = context
    sounds = ""
    for symbol in template:
        sound = _sound(symbol, vowel, voiceless)
        vowel = sound if sound in VOWELS else vowel
        voiceless = sound in _VOICELESS
        sounds += sound
    return sounds


def _sound(symbol: str, vowel: str, voiceless: bool) -> str:  # noqa: FBT001 - what is heard before it, not a switch
    match symbol:
        case "A":
            return _WIDE[vowel]
        case "I":
            return _NARROW[vowel]
        case "D":
            return "t" if voiceless else "d"
        case "C":
            return "ç" if voiceless else "c"
        case _:
            return symbol


def _last_word_of(digits: str) -> str:
    zeros = len(digits) - len(digits.rstrip("0"))
    if zeros == len(digits):
        return _ONES[0]
    if zeros == 0:
        return _ONES[int(digits[-1])]
    if zeros == 1:
        return _TENS[int(digits[-2])]
    return _POWERS[min(zeros, len(_POWERS) - 1)]
