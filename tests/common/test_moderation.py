from collections.abc import Sequence

import pytest

from common.moderation import forbidden_terms


def named(text: str, terms: Sequence[str]) -> list[str]:
    return [match.term for match in forbidden_terms(text, terms)]


@pytest.mark.parametrize("text", ["Kılıç!", "KILIÇ", "kılıcım", "kılıçlar", "Kılıç’tan", "bu kılıç."])
def test_a_term_is_found_in_other_casing_and_with_suffixes(text: str) -> None:
    assert named(text, ["kılıç"]) == ["kılıç"]


def test_a_world_without_terms_forbids_nothing() -> None:
    assert named("Kılıç!", []) == []


def test_a_text_without_words_holds_no_term() -> None:
    assert named("", ["kılıç"]) == []
    assert named("… 123 🐉", ["kılıç"]) == []


def test_every_place_is_told_in_the_order_of_the_text() -> None:
    assert named("Lanet kılıç, lanet kral!", ["kral", "kılıç", "lanet"]) == ["lanet", "kılıç", "lanet", "kral"]


def test_a_match_says_what_stood_there_and_what_was_seen_through() -> None:
    [match] = forbidden_terms("Al şu kılıcını!", ["kılıç"])

    assert (match.surface, match.reason) == ("kılıcını", "softening")


def test_terms_are_named_as_the_world_spells_them() -> None:
    assert named("kara büyü", ["Kara Büyü"]) == ["Kara Büyü"]


def test_one_worlds_terms_are_not_anothers() -> None:
    assert named("lanet kılıç", ["kılıç"]) == ["kılıç"]
    assert named("lanet kılıç", ["lanet"]) == ["lanet"]


def test_500_terms_are_looked_for_in_a_long_reply_without_delay() -> None:
    terms = [f"yasak{number}" for number in range(500)]

    assert named("sıradan bir söz " * 250 + "yasak499", terms) == ["yasak499"]
