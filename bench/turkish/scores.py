"""Holds answers against the labels of the corpora."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from tests.common.turkish import corpora

WANTED_F1 = {"matcher": 0.99, "casing": 1.0, "sentences": 0.98, "speakable": 0.97}

Found = Callable[[str, str], bool]
Cased = Callable[[str, str], str]
Cut = Callable[[str], Sequence[str]]
Spoken = Callable[[str, Mapping[str, str]], str]


class Judgement(NamedTuple):
    """One answer: how many things were wanted, given, and both; what is wrong with it, if anything."""

    group: str
    wanted: int
    given: int
    right: int
    complaint: str = ""


class Tally(NamedTuple):
    """The sum of some judgements."""

    cases: int
    wanted: int
    given: int
    right: int
    wrong: int

    @classmethod
    def of(cls, judgements: Iterable[Judgement]) -> Tally:
        every = list(judgements)
        wanted, given, right = (sum(getattr(one, name) for one in every) for name in ("wanted", "given", "right"))
        return cls(len(every), wanted, given, right, sum(bool(one.complaint) for one in every))

    @property
    def precision(self) -> float | None:
        """The share of what was given that was wanted; None when nothing was given."""
        return self.right / self.given if self.given else None

    @property
    def recall(self) -> float | None:
        """The share of what was wanted that was given; None when nothing was wanted."""
        return self.right / self.wanted if self.wanted else None

    @property
    def f1(self) -> float | None:
        """The harmonic mean of both; None when nothing was wanted or given."""
        return 2 * self.right / (self.wanted + self.given) if self.wanted + self.given else None


def by_group(judgements: Sequence[Judgement]) -> dict[str, Tally]:
    """Return the tally of each group, in the order of the corpus."""
    groups = dict.fromkeys(one.group for one in judgements)
    return {group: Tally.of(one for one in judgements if one.group == group) for group in groups}


def settled(judgements: Iterable[Judgement]) -> list[Judgement]:
    """Leave out the group `choices`: there the label is one of several good answers, and no yardstick."""
    return [one for one in judgements if one.group != "choices"]


def complaints(judgements: Iterable[Judgement]) -> list[str]:
    """Return a line for every answer that is not the label."""
    return [f"{one.group}: {one.complaint}" for one in judgements if one.complaint]


def judge_matching(found: Found) -> list[Judgement]:
    """Return whether terms are found where they should be, and only there."""
    judgements: list[Judgement] = []
    for pair in corpora.pairs():
        answer = found(pair.term, pair.text)
        verb = "not found" if pair.found else "found"
        complaint = "" if answer == pair.found else f"«{pair.term}» is {verb} in «{pair.text}»"
        judgements.append(Judgement(pair.group, pair.found, answer, pair.found and answer, complaint))
    return judgements


def judge_casing(cased: Cased) -> list[Judgement]:
    """Return whether `cased(function, text)` is what the corpus says, to the code point."""
    return [_exact(case.function, case.text, case.cased, cased(case.function, case.text)) for case in corpora.casings()]


def judge_cutting(cut: Cut) -> list[Judgement]:
    """Return how many of the sentences are exactly the corpus's."""
    judgements: list[Judgement] = []
    for passage in corpora.passages():
        wanted, given = Counter(passage.sentences), Counter(cut(passage.text))
        complaint = "" if wanted == given else f"wanted {list(passage.sentences)}, cut {list(cut(passage.text))}"
        both = wanted & given
        judgements.append(Judgement(passage.group, wanted.total(), given.total(), both.total(), complaint))
    return judgements


def judge_speaking(spoken: Spoken) -> list[Judgement]:
    """Return whether `spoken(written, lexicon)` is what the corpus says, to the code point."""
    return [
        _exact(reading.group, reading.written, reading.spoken, spoken(reading.written, reading.lexicon))
        for reading in corpora.readings()
    ]


def _exact(group: str, text: str, wanted: str, given: str) -> Judgement:
    complaint = "" if given == wanted else f"«{text}» gives «{given}», wanted «{wanted}»"
    return Judgement(group, 1, 1, int(given == wanted), complaint)
