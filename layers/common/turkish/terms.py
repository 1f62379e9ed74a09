"""Finds terms in Turkish text, inflected and disguised as players type them."""

from collections.abc import Sequence
from typing import NamedTuple

from common.turkish.reasons import Reason


class Match(NamedTuple):
    """One place where a term stands: `text[start:end] == surface`, suffixes included."""

    term: str
    """As the studio wrote it."""
    start: int
    end: int
    surface: str
    reason: Reason
    """The most that was seen through: `exact`, `suffix` (endings follow the unchanged stem), `softening`, `vowel_drop`
    and `doubling` (the stem changed before them), `verb` (an infinitive's form), `hidden` (invisible characters),
    `ascii` (typed without Turkish letters), `repeated`, `leet`, `homoglyph`, `spaced`, `joined` (several words as one).
    """


class TermMatcher:
    """Finds a fixed set of terms in any number of texts.

    A term is found as a whole word in any Turkish casing, composed or decomposed, bare or with a chain of noun endings,
    as a verb when it is an infinitive, typed without Turkish letters, and through disguises. Of a term of several words
    the last one inflects. Words that only look like an inflected term are told apart by a lexicon. Building and finding
    never fail, whatever the Unicode; finding takes time linear in the text.
    """

    def __init__(self, terms: Sequence[str]) -> None:
        # Grammar, lexicon and patterns take twice as long to load as all the rest: only who looks for terms waits.
        from common.turkish.tree import TermTree  # noqa: PLC0415

        self._tree = TermTree(terms)

    def find(self, text: str) -> list[Match]:
        """Return every term at every place it stands in `text`, in reading order, longer ones first.

        Offsets count characters of `text` itself. Two terms may overlap (`kara büyü` and `büyü`).
        """
        places = sorted(self._tree.find(text).items())
        return [Match(term, start, -end, text[start:-end], reason) for (start, end, term), reason in places]
