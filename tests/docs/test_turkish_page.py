"""What the page on Turkish shows is what the engine says: every example of its tables, its code and its lists."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

import common.turkish
from common.turkish import Reason, TermMatcher, sentences, speakable
from common.turkish.splitting import SentenceBuffer
from tests.docs.examples import ROOT

PAGE = Path(ROOT, "docs", "14-turkish.md").read_text(encoding="utf-8")
NAME = "Ayşe"
"""The one term of the table that its heading does not list: every reader knows the name."""


def _table(head: str) -> list[tuple[str, str]]:
    """Return the rows of the table whose head begins so, of two cells each."""
    table = PAGE[PAGE.index(f"| {head} |") :].split("\n\n")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    assert all(len(row) == 2 for row in rows), head
    return [(row[0], row[1]) for row in rows]


def _quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


# ── The code ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _lines() -> Iterator[tuple[str, Any]]:
    """Yield each expression of the code block and what its comment says it is."""
    block = PAGE[PAGE.index("```python\n") :].split("```")[1]
    for line in block.splitlines():
        code, mark, said = line.partition("  # ")
        if mark:
            yield code, ast.literal_eval(said.partition(": ")[0])


@pytest.mark.parametrize(("code", "said"), list(_lines()))
def test_the_code_gives_what_its_comment_says(code: str, said: Any) -> None:
    assert eval(code, dict(vars(common.turkish))) == said


def test_the_block_shows_every_part_but_the_casings_sisters() -> None:
    shown = "\n".join(code for code, _ in _lines())

    assert {name for name in ("lower", "TermMatcher", "sentences", "speakable", "suffix", "fold") if name in shown} == {
        "lower", "TermMatcher", "sentences", "speakable", "suffix", "fold",
    }  # fmt: skip


# ── Terms ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _terms() -> list[str]:
    head = PAGE[PAGE.index("| `reason` | Example, for ") :].partition("\n")[0]
    return re.findall(r"\*([^*]+)\*", head)


def _disguises() -> Iterator[tuple[str, str]]:
    for reasons, examples in _table(f"`reason` | Example, for {', '.join(f'*{term}*' for term in _terms())}"):
        shown = _quoted(examples) or ["kıl\u200bıç"]  # what is hidden cannot be shown
        for place, example in enumerate(shown):
            named = _quoted(reasons)
            yield example, named[min(place, len(named) - 1)]


@pytest.mark.parametrize(("example", "reason"), list(_disguises()))
def test_a_disguise_is_seen_through_by_its_name(example: str, reason: str) -> None:
    (found,) = TermMatcher([*_terms(), NAME]).find(example)

    assert (found.surface, found.reason) == (example, reason)


def test_every_reason_is_listed() -> None:
    assert {reason for _, reason in _disguises()} == set(get_args(Reason))


INNOCENT = [
    ("ama", "am"), ("götürmek", "göt"), ("kanun", "kan"), ("kanepe", "kan"), ("altın", "alt"), ("kişi", "kış"),
    ("amca", "am"), ("görüşmek", "görmek"), ("a.m.", "am"), ("elli", "el"),
]  # fmt: skip


@pytest.mark.parametrize(("word", "term"), INNOCENT)
def test_what_the_page_calls_innocent_is_not_found(word: str, term: str) -> None:
    assert f"*{word}*" in PAGE
    assert TermMatcher([term]).find(word) == []


def test_where_both_readings_are_as_likely_the_term_is_found() -> None:
    assert "*kanı*" in PAGE
    assert [match.surface for match in TermMatcher(["kan"]).find("kanı")] == ["kanı"]


# ── Sentences ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _bullet(begin: str) -> str:
    return PAGE[PAGE.index(f"- {begin}") :].split("\n- ")[0]


@pytest.mark.parametrize("example", _quoted(_bullet("Not an end")))
def test_what_is_not_an_end_is_none(example: str) -> None:
    assert len(sentences(f"O gün {example} dendi.")) == 1


@pytest.mark.parametrize("example", [one for one in _quoted(_bullet("An end")) if " " in one])
def test_what_is_an_end_is_one(example: str) -> None:
    assert len(sentences(example)) == 2


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Dr. Elif geldi.", 1),
        ("Prof. Kaya geldi.", 1),
        ("Elma vb. aldı.", 1),
        ("Elma, armut vb. Sonra gitti.", 2),
        ("M. Kemal geldi.", 1),
        ("Geldi\nve gitti.", 1),
        ("Geldi\n\nGitti", 2),
        ("– Geldi\n– Gitti", 2),
    ],
)
def test_the_other_rules_hold(text: str, count: int) -> None:
    assert len(sentences(text)) == count


def test_a_stretch_without_an_end_is_cut_where_the_page_says() -> None:
    assert "cut at a space after 2,000 characters" in PAGE
    words = "söz " * 1_000
    cut = SentenceBuffer().feed(words)

    assert cut
    assert 2_000 <= len(cut[0]) < 2_000 + len("söz ")


# ── Speech ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _spoken() -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield what is written, what is spoken, and the lexicon it needs."""
    for written, spoken in _table("Written | Spoken"):
        text, _, lexicon = written.partition(" with ")
        texts, voices = (re.split(r"[;,] ", cell) for cell in (text, spoken))
        for one, voice in zip(texts, voices, strict=True):
            yield one, voice, json.loads(lexicon.strip("`") or "{}")


@pytest.mark.parametrize(("written", "spoken", "lexicon"), list(_spoken()))
def test_a_voice_reads_what_the_page_says(written: str, spoken: str, lexicon: dict[str, str]) -> None:
    """The stop of a text that ends with an abbreviation is its sentence's too."""
    assert speakable(written, lexicon) == spoken + ("." if written.endswith(".") else "")


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("9.05", "dokuz nokta sıfır beş"),
        ("saat 9.05", "saat dokuz sıfır beş"),
        ("3'de", "üçte"),
        ("meddah.example/oyun ve a@b.example", "meddah.example/oyun ve a@b.example"),
        ("@ad #oyun kayit.txt", "@ad #oyun kayit.txt"),
        ("Kapıyı aç.", "Kapıyı aç."),
    ],
)
def test_the_rest_that_is_said_of_speech_holds(written: str, spoken: str) -> None:
    assert speakable(written) == spoken
