"""The search key of a text: the same for every casing, accent and keyboard a Turkish word is typed with."""

from __future__ import annotations

import unicodedata

from common.turkish.casing import lower
from common.turkish.patterns import pattern

# Only the marks Latin letters carry; those of other scripts are part of their letters.
_MARKS = pattern("[\u0300-\u036f]+")


def fold(text: str) -> str:
    """Return the search key of `text`: lower case, ASCII for Turkish letters, single spaces, no space at the ends.

    `Sifaci`, `şifacı` and `ŞİFACI` share one key. Folding twice changes nothing. The key is for comparing,
    never for showing, and does not keep the length of the text.
    """
    bare = _MARKS.sub("", unicodedata.normalize("NFD", lower(text)))
    return " ".join(unicodedata.normalize("NFC", bare.replace("ı", "i")).split())
