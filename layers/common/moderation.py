"""The word check: which of a world's forbidden terms a text contains, and how they were recognised.

One engine stands behind it, `common.turkish`. It costs no model call, so it comes before every other check.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from common.turkish import TermMatcher

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.turkish import Match


@lru_cache(maxsize=64)
def _matcher(terms: tuple[str, ...]) -> TermMatcher:
    # The terms are the world's version: a changed list is another key, an unchanged one is built once a process.
    return TermMatcher(terms)


def forbidden_terms(text: str, terms: Sequence[str]) -> list[Match]:
    """Return every place in `text` where one of `terms` stands, inflected, disguised or plain, in reading order."""
    return _matcher(tuple(terms)).find(text) if terms else []
