"""Turkish upper, lower and title case: I and ı, İ and i are two different letters."""

from __future__ import annotations

import unicodedata

from common.turkish.letters import exchange
from common.turkish.patterns import pattern

_LOWER = {"I": "ı", "İ": "i"}
_UPPER = {"i": "İ", "ı": "I"}

# Python's and many databases' lower() leaves "İ" as i + U+0307, two characters that look like one.
_DOTTED_I = pattern("i\u0307+")

_WORD = pattern(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def lower(text: str) -> str:
    """Return `text` in Turkish lower case, in NFC, whatever form it came in; lowering twice changes nothing."""
    if text.isascii():
        return text.replace("I", "ı").lower()
    lowered = exchange(unicodedata.normalize("NFC", text), _LOWER).lower()
    if "\u0307" in lowered:
        lowered = _DOTTED_I.sub("i", lowered)
    return unicodedata.normalize("NFC", lowered)


def lower_in_place(text: str) -> str:
    """Return `text` in Turkish lower case with every character in its place; nothing is composed."""
    return exchange(text, _LOWER).lower()


def upper(text: str) -> str:
    """Return `text` in Turkish upper case, in NFC."""
    plain = _DOTTED_I.sub("i", unicodedata.normalize("NFC", text))
    return unicodedata.normalize("NFC", exchange(plain, _UPPER).upper())


def title(text: str) -> str:
    """Return `text` with every word's first letter upper and the rest lower case; what follows an apostrophe stays low.

    Spaces and punctuation stay as they are.
    """
    titled = _WORD.sub(lambda found: upper(found[0][0]) + found[0][1:], lower(text))
    return unicodedata.normalize("NFC", titled)
