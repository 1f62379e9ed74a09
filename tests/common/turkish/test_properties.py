"""What must hold whatever is written: any Unicode, any cut into tokens, any form of any stem."""

import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from types import FrameType
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.turkish.adversaries import adversaries
from common.turkish import (
    SentenceBuffer,
    SuffixForm,
    TermMatcher,
    fold,
    lower,
    sentences,
    speakable,
    suffix,
    title,
    upper,
)
from tests.common.turkish import corpora, paradigms, stems
from tests.common.turkish.innocents import INNOCENTS

NOUNS = paradigms.nouns()
VERBS = paradigms.verbs()
NAMES = stems.NAMES.split()
TERMS = [*NOUNS, *VERBS, *NAMES, "kara büyü", "büyü yapmak"]

# Lone surrogates and unassigned code points included.
ANY = st.text(st.characters(exclude_categories=()), max_size=80)
TURKISH = st.text("abcçdefgğhıijklmnoöprsştuüvyzABCÇDEFGĞHIİJKLMNOÖPRSŞTUÜVYZâîûÂÎÛ '’.-", max_size=60)
NASTY = st.text("kılıçKILIÇkiIİ i\u0307\u0327\u0301\u200b\u200d\u00ad.-_*'’1!@0кас\ud83dk \n", max_size=60)
_PIECES = (
    "Geldim Dr. vb. vs. 3. II. M. K. 14.30 1.250.000 29.10.1923 3,5 1923. … ... ? ! ?! « » “ ” \" ' ’ ( ) – — - * "
    "ve Ama dedi Kael'in https://a.b/c?d=e! meddah.example 😀 %20'si 50₺ 5'er x3 +2 HP \n \n\n \t a A İ ı . , : "
    "1923'te 3'üncü km/sa 5 °C TBMM'nin XIV. Lv. v1.2.3 5-10 ½ ² ٣ \ud800 \u200b"
)
PROSE = st.lists(st.sampled_from(_PIECES.split(" ")), max_size=24).flatmap(
    lambda words: st.sampled_from(["", " ", "  "]).map(lambda gap: gap.join(words))
)
_UNREMARKABLE = "Köprü yıkıldı ve gece çöktü, sen de kal. Ama “neden” dedi; hayır! Kael'in…"


# ── Every form ───────────────────────────────────────────────────────────────────────────────────────────────────────


def not_found(term: str, forms: Iterable[str]) -> list[str]:
    """Return the forms whose first word is not found to its end; the question particle may be left aside."""
    find = TermMatcher([term]).find

    def is_found(form: str) -> bool:
        return any(match.start == 0 and match.end >= len(form.partition(" ")[0]) for match in find(form))

    return [form for form in sorted(forms) if not stems.means_something_else(form) and not is_found(form)]


def expect_none(missed: dict[str, list[str]]) -> None:
    lines = [f"{term}: {' · '.join(forms[:12])} ({len(forms)})" for term, forms in missed.items() if forms]
    if lines:
        pytest.fail("\n".join(["not found:", *lines]), pytrace=False)


def test_every_form_of_every_noun_is_found() -> None:
    missed = {term: not_found(term, paradigms.noun_forms(stem)) for term, stem in NOUNS.items()}

    expect_none(missed)


def test_every_form_of_every_verb_is_found_by_its_infinitive() -> None:
    missed = {term: not_found(term, paradigms.verb_forms(*root)) for term, root in VERBS.items()}

    expect_none(missed)


def test_every_form_of_every_name_is_found_with_either_apostrophe() -> None:
    missed = {name: not_found(name, paradigms.name_forms(name)) for name in NAMES}

    expect_none(missed)


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize("spelled", [upper, title, decomposed])
def test_forms_are_found_in_any_casing_and_decomposed(spelled: Callable[[str], str]) -> None:
    some = {term: sorted(paradigms.noun_forms(stem))[::17] for term, stem in NOUNS.items()}
    shown = {term: [form for form in forms if not stems.means_something_else(form)] for term, forms in some.items()}
    missed = {term: not_found(term, map(spelled, forms)) for term, forms in shown.items()}

    expect_none(missed)


def test_there_are_enough_stems_and_forms_to_mean_something() -> None:
    assert len(NOUNS) >= 200
    assert len(VERBS) >= 60
    assert sum(len(paradigms.noun_forms(stem)) for stem in NOUNS.values()) >= 20_000
    assert sum(len(paradigms.verb_forms(*root)) for root in VERBS.values()) >= 6_000


def test_every_form_that_is_excused_is_really_one_of_the_forms() -> None:
    forms = {form for stem in NOUNS.values() for form in paradigms.noun_forms(stem)}
    forms |= {form for root in VERBS.values() for form in paradigms.verb_forms(*root)}

    assert set(stems.OTHER_WORDS) <= forms
    assert all(any(form.startswith(stem) for form in forms) for stem in stems.OTHER_STEMS.split())


def test_no_innocent_word_is_taken_for_any_of_the_stems() -> None:
    words = [word for line in INNOCENTS for word in line.split()]
    find = TermMatcher(TERMS).find
    hits = [f"{word} for {match.term}" for word in words for match in find(word)]

    assert len(set(words)) >= 400
    assert not hits, "\n".join(hits)


# ── Any Unicode ──────────────────────────────────────────────────────────────────────────────────────────────────────


@settings(deadline=None, max_examples=150)
@given(st.lists(st.one_of(ANY, NASTY, TURKISH), max_size=5), st.one_of(ANY, NASTY, TURKISH, PROSE))
def test_a_match_slices_its_surface_out_of_the_text(terms: list[str], text: str) -> None:
    for match in TermMatcher([*terms, "kılıç", "kan", "öldürmek"]).find(text):
        assert 0 <= match.start < match.end <= len(text)
        assert text[match.start : match.end] == match.surface
        assert match.term in [*terms, "kılıç", "kan", "öldürmek"]


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(TERMS), st.sampled_from([str, upper, lower, title]), NASTY, NASTY)
def test_a_term_stands_in_every_text_that_holds_it_as_a_word(
    term: str, spelled: Callable[[str], str], before: str, after: str
) -> None:
    text = f"{before}\n, {spelled(term)} ,\n{after}"
    start = len(before) + 3

    assert any(match.term == term and match.start <= start < match.end for match in TermMatcher([term]).find(text))


@settings(deadline=None, max_examples=100)
@given(st.lists(st.sampled_from(TERMS), min_size=1, max_size=8, unique=True), st.one_of(PROSE, TURKISH))
def test_a_term_is_found_alike_alone_and_among_others(terms: list[str], text: str) -> None:
    text = f"{text} {terms[0]}"
    together = {(match.term, match.start, match.end) for match in TermMatcher(terms).find(text)}
    alone = {(match.term, match.start, match.end) for term in terms for match in TermMatcher([term]).find(text)}

    assert together == alone


@settings(deadline=None, max_examples=300)
@given(st.one_of(ANY, NASTY, TURKISH))
def test_casing_is_stable_and_composed(text: str) -> None:
    for cased in (lower, upper, fold):
        assert cased(cased(text)) == cased(text)
    for cased in (lower, upper, title):
        assert unicodedata.is_normalized("NFC", cased(text))
        assert cased(unicodedata.normalize("NFC", text)) == cased(text)


@settings(deadline=None, max_examples=200)
@given(TURKISH)
def test_turkish_casing_keeps_every_letter(text: str) -> None:
    text = unicodedata.normalize("NFC", text)

    assert len(lower(text)) == len(upper(text)) == len(title(text)) == len(text)
    assert title(title(text)) == title(text)
    assert lower(upper(text)) == lower(title(text)) == lower(text)
    assert upper(lower(text)) == upper(title(text)) == upper(text)
    assert fold(upper(text)) == fold(text)


@settings(deadline=None, max_examples=200)
@given(st.one_of(ANY, NASTY, PROSE), st.dictionaries(st.text(max_size=6), st.text(max_size=6), max_size=3))
def test_anything_can_be_spoken(text: str, lexicon: dict[str, str]) -> None:
    assert isinstance(speakable(text, lexicon), str)
    assert speakable(text) == speakable(text, {})


@settings(deadline=None, max_examples=100)
@given(st.lists(st.sampled_from(_UNREMARKABLE.split())))
def test_words_without_anything_to_normalise_come_back_unchanged(words: list[str]) -> None:
    text = " ".join(words)

    assert speakable(text) == text


@settings(deadline=None, max_examples=100)
@given(ANY, st.sampled_from(get_args(SuffixForm)))
def test_anything_takes_a_suffix(word: str, form: SuffixForm) -> None:
    assert isinstance(suffix(word, form), str)


@pytest.mark.parametrize("name", adversaries(["kan", "kara büyü", "öldürmek"]))
def test_nothing_breaks_on_a_text_made_to_be_slow(name: str) -> None:
    text = adversaries(TERMS)[name](3_000)

    for match in TermMatcher(TERMS[::5]).find(text):
        assert text[match.start : match.end] == match.surface
    assert "".join(fed(text)).split() == "".join(sentences(text)).split()
    speakable(text)
    title(fold(upper(lower(text))))


# ── Sentences ────────────────────────────────────────────────────────────────────────────────────────────────────────


def fed(tokens: Iterable[str]) -> list[str]:
    buffer = SentenceBuffer()
    given = [sentence for token in tokens for sentence in buffer.feed(token)]
    return given + buffer.flush()


def cut(text: str, places: Iterable[int]) -> Iterator[str]:
    bounds = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return (text[start:end] for start, end in pairwise(bounds))


@settings(deadline=None, max_examples=300)
@given(st.one_of(PROSE, ANY, NASTY), st.lists(st.integers(0, 10_000), max_size=12))
def test_the_buffer_agrees_with_the_splitter_however_the_text_is_cut(text: str, places: list[int]) -> None:
    whole = sentences(text)

    assert fed(cut(text, places)) == whole
    assert fed(text) == whole


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_the_buffer_agrees_on_every_passage_of_the_corpus(data: st.DataObject) -> None:
    passages = data.draw(st.lists(st.sampled_from(corpora.passages()), min_size=1, max_size=4))
    text = data.draw(st.sampled_from([" ", "\n", "\n\n", ""])).join(passage.text for passage in passages)

    assert fed(cut(text, data.draw(st.lists(st.integers(0, 10_000), max_size=12)))) == fed(text) == sentences(text)


@settings(deadline=None, max_examples=200)
@given(st.one_of(PROSE, ANY))
def test_sentences_lose_nothing_but_white_space(text: str) -> None:
    given = sentences(text)

    assert "".join("".join(given).split()) == "".join(text.split())
    assert all(sentence and sentence == sentence.strip() for sentence in given)


# ── Growth ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def lines_run(operation: Callable[[str], object], text: str) -> int:
    """Count the lines of Python that are executed: a measure of work that no busy machine disturbs."""
    count = 0

    def trace(frame: FrameType, event: str, _: object):
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        operation(text)
    finally:
        sys.settrace(before)
    return count


# In «any Unicode» no character comes twice: what is remembered of them makes the longer text look dearer.
@pytest.mark.parametrize("name", sorted(adversaries(["kan", "kara büyü", "öldürmek"]).keys() - {"any Unicode"}))
def test_work_grows_with_the_text_and_no_faster(name: str) -> None:
    make = adversaries(TERMS)[name]
    for operation in (TermMatcher(TERMS[::10]).find, fed, speakable):
        operation(make(3_000))
        small, large = (lines_run(operation, make(size)) for size in (1_000, 3_000))

        assert large <= 3 * small * 1.3 + 2_000, f"{operation.__qualname__}: {small} lines, then {large}"
