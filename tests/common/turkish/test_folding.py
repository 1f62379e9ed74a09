import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.turkish import fold, upper


@pytest.mark.parametrize("spelling", ["Sifaci", "şifacı", "ŞİFACI", "  Şifacı ", "SIFACI", "Şi\u0307facı"])
def test_every_spelling_of_a_word_has_one_key(spelling: str) -> None:
    assert fold(spelling) == "sifaci"
    assert fold(unicodedata.normalize("NFD", spelling)) == "sifaci"


def test_accents_and_white_space_do_not_count() -> None:
    assert fold("Hikâye\t\n  ÇÖĞÜŞ") == "hikaye cogus"


def test_letters_of_other_scripts_keep_their_marks() -> None:
    assert fold("कि") != fold("क")


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="aâbcçdefgğhıiîjklmnoöprsştuûüvyz ", max_size=40))
def test_turkish_text_folds_to_ascii_in_any_casing(text: str) -> None:
    assert fold(text).isascii()
    assert fold(upper(text)) == fold(text)
