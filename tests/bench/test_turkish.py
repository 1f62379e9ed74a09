"""The report on the Turkish engine counts what it says it counts."""

import pytest

from bench.turkish import __main__ as report
from bench.turkish import cost, methods, scores
from bench.turkish.adversaries import adversaries
from bench.turkish.scores import Judgement, Tally

HIT = Judgement("şan", 1, 1, 1)
MISS = Judgement("şan", 1, 0, 0, "«kan» is not found")
FALSE_ALARM = Judgement("kanun", 0, 1, 0, "«kan» is found")
SILENCE = Judgement("kanun", 0, 0, 0)


def test_rates_are_those_of_the_textbook() -> None:
    tally = Tally.of([HIT, HIT, HIT, MISS, FALSE_ALARM, SILENCE])

    assert (tally.cases, tally.wrong) == (6, 2)
    assert (tally.precision, tally.recall) == (0.75, 0.75)
    assert tally.f1 == 0.75


def test_a_rate_of_nothing_is_none_and_not_a_perfect_one() -> None:
    assert (Tally.of([SILENCE]).precision, Tally.of([SILENCE]).recall, Tally.of([SILENCE]).f1) == (None, None, None)
    assert Tally.of([FALSE_ALARM]).f1 == 0


def test_a_threshold_that_is_missed_is_named_and_choices_do_not_count() -> None:
    choice = Judgement("choices", 1, 1, 0, "another good answer")

    assert report.failures({"speakable": {"engine": [HIT, choice]}}) == []
    [line] = report.failures({"speakable": {"engine": [HIT, MISS]}})
    assert line.startswith("speakable: F1 0.6667")


def test_only_so_many_misses_are_listed_unless_all_are_wanted() -> None:
    assert len(report.misses("matcher", [MISS] * 30, 20)) == 1 + 20 + 1 + 1
    assert len(report.misses("matcher", [MISS] * 30, None)) == 1 + 30 + 1
    assert report.misses("matcher", [HIT], 20) == []


@pytest.mark.parametrize(
    ("term", "text", "as_substring", "as_word", "by_stem"),
    [
        ("am", "dün akşam", True, False, False),
        ("kılıç", "eski bir kılıç", True, True, True),
        ("kitap", "kitaplarımız", True, False, True),
    ],
)
def test_the_baselines_do_what_their_names_say(
    term: str, text: str, as_substring: bool, as_word: bool, by_stem: bool
) -> None:
    assert methods.found_as_substring(term, text) is as_substring
    assert methods.found_as_whole_word(term, text) is as_word
    assert methods.found_by_stems(term, text) is by_stem


def test_sentences_count_once_each_and_in_any_place() -> None:
    assert all(not one.complaint for one in scores.judge_cutting(_labelled))
    assert Tally.of(scores.judge_cutting(lambda text: [text])).recall != 1


def _labelled(text: str) -> tuple[str, ...]:
    return next(passage.sentences for passage in scores.corpora.passages() if passage.text == text)


def test_adversaries_are_exactly_as_long_as_they_were_ordered() -> None:
    for name, make in adversaries(["kan", "kara büyü"]).items():
        assert len(make(1_000)) == 1_000, name


def test_five_hundred_terms_are_five_hundred_different_ones() -> None:
    assert len(set(cost.terms())) == len(cost.terms()) == 500
