import pytest

from common.moderation import forbidden_terms


@pytest.mark.parametrize("text", ["Kılıç!", "KILIÇ", "kılıcım", "kılıçlar", "Kılıç’tan", "bu kılıç."])
def test_a_term_is_found_in_other_casing_and_with_suffixes(text: str) -> None:
    assert forbidden_terms(text, ["kılıç"]) == ["kılıç"]


def test_a_world_without_terms_forbids_nothing() -> None:
    assert forbidden_terms("Kılıç!", []) == []


def test_a_text_without_words_holds_no_term() -> None:
    assert forbidden_terms("", ["kılıç"]) == []
    assert forbidden_terms("… 123 🐉", ["kılıç"]) == []


def test_terms_are_named_once_in_the_order_they_appear() -> None:
    assert forbidden_terms("Lanet kılıç, lanet kral!", ["kral", "kılıç", "lanet"]) == ["lanet", "kılıç", "kral"]


def test_terms_are_named_as_the_world_spells_them() -> None:
    assert forbidden_terms("kara büyü", ["Kara Büyü"]) == ["Kara Büyü"]


def test_one_worlds_terms_are_not_anothers() -> None:
    assert forbidden_terms("lanet kılıç", ["kılıç"]) == ["kılıç"]
    assert forbidden_terms("lanet kılıç", ["lanet"]) == ["lanet"]


def test_500_terms_are_looked_for_in_a_long_reply_without_delay() -> None:
    terms = [f"yasak{number}" for number in range(500)]

    assert forbidden_terms("sıradan bir söz " * 250 + "yasak499", terms) == ["yasak499"]
