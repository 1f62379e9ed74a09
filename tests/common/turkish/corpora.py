"""The labelled corpora: what players wrote, and what a careful reader says about it.

They were labelled by people who had not seen the engine. Each line has a group; `#` begins a comment.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

CORPUS = Path(__file__).parent / "corpus"


class Pair(NamedTuple):
    """A term, a text, and whether a moderator wants the term found there."""

    group: str
    term: str
    text: str
    found: bool


class Casing(NamedTuple):
    """What `lower`, `upper` or `title` make of a text."""

    function: str
    text: str
    cased: str


class Passage(NamedTuple):
    """A text and its sentences."""

    group: str
    text: str
    sentences: tuple[str, ...]


class Reading(NamedTuple):
    """A text, what a voice reads, and the tenant's own words."""

    group: str
    written: str
    spoken: str
    lexicon: dict[str, str]


@cache
def pairs() -> tuple[Pair, ...]:
    """Return the matcher's corpus."""
    return tuple(
        Pair(group, term, text, {"1": True, "0": False}[found])
        for group, term, text, found in _rows("matcher.tsv", ["group", "term", "text", "found"])
    )


@cache
def casings() -> tuple[Casing, ...]:
    """Return the corpus of casing."""
    return tuple(Casing(*row) for row in _rows("casing.tsv", ["function", "input", "output"]))


@cache
def passages() -> tuple[Passage, ...]:
    """Return the corpus of sentences."""
    lines = (CORPUS / "sentences.jsonl").read_bytes().decode().split("\n")
    entries = [json.loads(line) for line in lines if line.strip() and not line.startswith("#")]
    return tuple(Passage(entry["group"], entry["text"], tuple(entry["sentences"])) for entry in entries)


@cache
def readings() -> tuple[Reading, ...]:
    """Return the corpus of what is read aloud."""
    return tuple(
        Reading(group, written, spoken, json.loads(lexicon or "{}"))
        for group, written, spoken, lexicon in _rows("speakable.tsv", ["group", "written", "spoken", "lexicon"])
    )


def _rows(name: str, columns: list[str]) -> Iterator[list[str]]:
    # Not str.splitlines: the texts hold separators that it would take for line ends.
    lines = (CORPUS / name).read_bytes().decode().split("\n")
    head, *rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    assert head == columns, f"{name} begins with other columns"
    for row in rows:
        # An editor that trims line ends takes an empty last column with it.
        filled = row + [""] * (len(columns) - len(row))
        assert len(filled) == len(columns), f"{name} has a line of {len(row)} columns: {row}"
        yield filled
