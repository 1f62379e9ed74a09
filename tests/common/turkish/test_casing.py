import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.turkish import lower, title, upper


@pytest.mark.parametrize(
    ("text", "lowered", "uppered"),
    [
        ("IŞIK", "ışık", "IŞIK"),
        ("İstanbul", "istanbul", "İSTANBUL"),
        ("ılık iğne", "ılık iğne", "ILIK İĞNE"),
        ("ŞİFACI", "şifacı", "ŞİFACI"),
        ("", "", ""),
    ],
)
def test_i_and_dotless_i_are_two_letters(text: str, lowered: str, uppered: str) -> None:
    assert lower(text) == lowered
    assert upper(text) == uppered


def test_an_i_with_a_loose_dot_is_an_i() -> None:
    assert lower("i\u0307stanbul") == lower("I\u0307STANBUL") == "istanbul"
    assert upper("i\u0307stanbul") == "İSTANBUL"


def test_decomposed_text_comes_out_composed() -> None:
    assert lower(unicodedata.normalize("NFD", "ŞÖĞÜÇİ")) == "şöğüçi"


def test_title_case_comes_out_composed() -> None:
    assert unicodedata.is_normalized("NFC", title("ı\u0300"))


def test_title_case_leaves_what_follows_an_apostrophe_low() -> None:
    assert title("IŞIK'IN ilk iksiri") == "Işık'ın İlk İksiri"


@given(st.text())
def test_casing_twice_is_casing_once_and_stays_composed(text: str) -> None:
    lowered = lower(text)
    assert lower(lowered) == lowered
    assert unicodedata.is_normalized("NFC", lowered)
    assert unicodedata.is_normalized("NFC", upper(text))
    assert unicodedata.is_normalized("NFC", title(text))


@given(st.text(alphabet="abcçdefgğhıijklmnoöprsştuüvyz ", max_size=40))
def test_turkish_letters_survive_the_way_up_and_down(text: str) -> None:
    assert lower(upper(text)) == text
