"""The word check: which of a world's forbidden terms a text contains. One function, one engine behind it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from common.turkish import TermMatcher

if TYPE_CHECKING:
    from collections.abc import Sequence


@lru_cache(maxsize=64)
def _matcher(terms: tuple[str, ...]) -> TermMatcher:
    return TermMatcher(terms)


def forbidden_terms(text: str, terms: Sequence[str]) -> list[str]:
    """Return the `terms` found in `text`, each once, in order of appearance; inflected forms count as the term."""
    if not terms:
        return []
    return list(dict.fromkeys(match.term for match in _matcher(tuple(terms)).find(text)))
