"""A tenant's names as the tenant wants them spoken, endings carried over: Kael'in → Ka-el'in."""

from __future__ import annotations

import re
import unicodedata
from itertools import chain
from typing import TYPE_CHECKING

from common.turkish.harmony import context_of, realise
from common.turkish.speech.endings import APOSTROPHES, attach, ending_at, template_of
from common.turkish.speech.reading import Reading, glued

if TYPE_CHECKING:
    from collections.abc import Mapping

_SAME = str.maketrans({"I": "ı", "İ": "i"} | dict.fromkeys(APOSTROPHES, "'"))
# The spelling guide joins these to a name without an apostrophe: Kaeller, Kaelli.
_JOINED = re.compile(r"l[ae]r|l[ıiuü](?!n)|s[ıiuü]z|[cç][ae](?!n)")


class Names:
    """Finds written names in a text: at each word only those that begin with the same two letters are compared."""

    def __init__(self, lexicon: Mapping[str, str]) -> None:
        self._by_head: dict[str, list[tuple[str, str, str]]] = {}
        self.first_signs = ""
        for written, spoken in lexicon.items():
            for form in {unicodedata.normalize("NFC", written), unicodedata.normalize("NFD", written)}:
                self._learn(form.strip(), spoken)
        for candidates in self._by_head.values():
            candidates.sort(key=lambda candidate: len(candidate[0]), reverse=True)

    def _learn(self, written: str, spoken: str) -> None:
        key = alike(written)
        if key and not glued(key, 0):
            self.first_signs += key[0]
        if key:
            self._by_head.setdefault(key[:2], []).append((key, written, spoken))

    def read(self, text: str, alike_text: str, start: int) -> Reading | None:
        """Return the longest name that starts at `start` as a whole word, with its ending; `alike_text` is `text`'s."""
        heads = alike_text[start : start + 2], alike_text[start]
        for key, written, spoken in chain.from_iterable(self._by_head.get(head, ()) for head in heads):
            if alike_text.startswith(key, start):
                reading = _with_ending(text, start + len(key), written, spoken)
                if reading:
                    return reading
        return None


def alike(text: str) -> str:
    """Return `text` in Turkish lower case with straight apostrophes, character by character: offsets stay."""
    return text.translate(_SAME).lower()


def _with_ending(text: str, end: int, written: str, spoken: str) -> Reading | None:
    ending = ending_at(text, end)
    if text[end : end + 1] in {*APOSTROPHES} and ending:
        return Reading(ending.end, spoken + ending.apostrophe + _sounds(spoken, ending.typed))
    if not glued(text, end) or not glued(written, len(written) - 1):
        return Reading(end, spoken)
    if ending is None or ending.apostrophe or not _may_join(written, ending.typed):
        return None
    return Reading(ending.end, spoken + _sounds(spoken, ending.typed))


def _may_join(written: str, typed: str) -> bool:
    """Whether an ending may stand directly behind the word: a name takes few so, a common noun any that is right."""
    if len(written) < 3:
        return False
    if _JOINED.match(typed):
        return True
    return not written[0].isupper() and attach(written, typed) == written + typed


def _sounds(spoken: str, typed: str) -> str:
    # Names do not soften, and are read as foreign where they are written so.
    return realise(template_of(typed), context_of(spoken, name=True))
