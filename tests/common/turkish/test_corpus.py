"""The engine against the labelled corpora, and the corpora against themselves."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable

import pytest

from bench.turkish import methods, scores
from bench.turkish.scores import WANTED_F1, Judgement, Tally
from tests.common.turkish import corpora


def reaches(corpus: str, judgements: list[Judgement]) -> None:
    f1, wanted = Tally.of(scores.settled(judgements)).f1, WANTED_F1[corpus]
    missed = "\n  ".join(scores.complaints(judgements))
    assert f1 is not None and f1 >= wanted, f"{corpus}: F1 {f1:.4f} < {wanted}\n  {missed}"


def test_terms_are_found_where_a_moderator_wants_them() -> None:
    reaches("matcher", scores.judge_matching(methods.found_by_the_engine))


def test_casing_is_turkish() -> None:
    reaches("casing", scores.judge_casing(methods.cased_by_the_engine))


def test_sentences_end_where_an_editor_ends_them() -> None:
    reaches("sentences", scores.judge_cutting(methods.CUTTING["engine"]))


def test_what_a_voice_reads_is_what_a_reader_would_say() -> None:
    reaches("speakable", scores.judge_speaking(methods.spoken_by_the_engine))


@pytest.mark.parametrize(
    ("judge", "by_corpus"),
    [
        (scores.judge_matching, methods.MATCHING),
        (scores.judge_casing, methods.CASING),
        (scores.judge_cutting, methods.CUTTING),
        (scores.judge_speaking, methods.SPEAKING),
    ],
)
def test_the_engine_is_better_than_every_baseline(
    judge: Callable[[object], list[Judgement]], by_corpus: dict[str, object]
) -> None:
    f1 = {name: Tally.of(judge(method)).f1 or 0 for name, method in by_corpus.items()}

    assert max(f1, key=f1.__getitem__) == "engine", f1


def repeated(keys: Iterable[Hashable]) -> list[Hashable]:
    return [key for key, count in Counter(keys).items() if count > 1]


def test_the_corpora_are_as_large_as_promised() -> None:
    assert len(corpora.pairs()) >= 1000
    assert len(corpora.passages()) >= 150
    assert len(corpora.readings()) >= 300
    assert {case.function for case in corpora.casings()} == {"lower", "upper", "title"}


def test_half_of_the_pairs_are_innocent() -> None:
    innocent = sum(not pair.found for pair in corpora.pairs())

    assert 0.45 <= innocent / len(corpora.pairs()) <= 0.55


def test_no_case_is_labelled_twice() -> None:
    assert repeated((pair.term, pair.text) for pair in corpora.pairs()) == []
    assert repeated(case[:2] for case in corpora.casings()) == []
    assert repeated(passage.text for passage in corpora.passages()) == []
    assert repeated((reading.written, *reading.lexicon.items()) for reading in corpora.readings()) == []


def test_sentences_hold_every_visible_character_of_their_text_and_are_stripped() -> None:
    for passage in corpora.passages():
        assert "".join("".join(passage.sentences).split()) == "".join(passage.text.split())
        assert all(sentence and sentence == sentence.strip() for sentence in passage.sentences)


def test_terms_and_texts_are_not_empty() -> None:
    assert [pair for pair in corpora.pairs() if not pair.term.strip() or not pair.text.strip()] == []
    assert [reading for reading in corpora.readings() if not reading.written.strip()] == []
