from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.turkish import SuffixForm, suffix

FORMS: tuple[SuffixForm, ...] = get_args(SuffixForm)


@pytest.mark.parametrize(
    ("word", "form", "expected"),
    [
        ("Kael", "e", "Kael'e"),
        ("Mirra", "e", "Mirra'ya"),
        ("Theron", "in", "Theron'un"),
        ("Lyra", "den", "Lyra'dan"),
        ("Magnus", "de", "Magnus'ta"),
        ("Selene", "le", "Selene'yle"),
        ("Aldric", "den", "Aldric'ten"),
        ("Henry", "i", "Henry'yi"),
        ("Kemal", "e", "Kemal'e"),
        ("Burak", "i", "Burak'ı"),
        ("İstanbul", "de", "İstanbul'da"),
        ("Kael", "ler", "Kaeller"),
        ("NPC", "e", "NPC'ye"),
        ("1923", "de", "1923'te"),
        ("30", "in", "30'un"),
        ("1000", "den", "1000'den"),
    ],
)
def test_names_and_numbers_take_an_apostrophe_and_never_soften(word: str, form: SuffixForm, expected: str) -> None:
    assert suffix(word, form) == expected


@pytest.mark.parametrize(
    ("word", "form", "expected"),
    [
        ("kılıç", "e", "kılıca"),
        ("kılıç", "de", "kılıçta"),
        ("kitap", "in", "kitabın"),
        ("renk", "i", "rengi"),
        ("at", "i", "atı"),
        ("sepet", "e", "sepete"),
        ("kanat", "e", "kanada"),
        ("merak", "i", "merakı"),
        ("saat", "de", "saatte"),
        ("hayal", "e", "hayale"),
        ("nehir", "e", "nehre"),
        ("nehir", "de", "nehirde"),
        ("sır", "i", "sırrı"),
        ("su", "in", "suyun"),
        ("köy", "si", "köyü"),
        ("kapı", "si", "kapısı"),
        ("ejderha avcısı", "e", "ejderha avcısına"),
        ("ejderha avcısı", "ler", "ejderha avcıları"),
        ("KILIÇ", "e", "KILICA"),
    ],
)
def test_common_nouns_follow_harmony_and_soften(word: str, form: SuffixForm, expected: str) -> None:
    assert suffix(word, form, proper=False) == expected


@pytest.mark.parametrize(
    ("role", "you", "me"),
    [
        ("şifacı", "şifacısın", "şifacıyım"),
        ("demirci", "demircisin", "demirciyim"),
        ("ozan", "ozansın", "ozanım"),
        ("kasap", "kasapsın", "kasabım"),
        ("marangoz", "marangozsun", "marangozum"),
        ("ejderha avcısı", "ejderha avcısısın", "ejderha avcısıyım"),
    ],
)
def test_roles_can_be_said_of_oneself_and_of_another(role: str, you: str, me: str) -> None:
    assert suffix(role, "sin") == you
    assert suffix(role, "im") == me


def test_nothing_takes_no_suffix() -> None:
    assert suffix("  ", "e") == ""


@given(st.text(), st.sampled_from(FORMS), st.sampled_from([None, True, False]))
def test_any_text_takes_any_suffix(word: str, form: SuffixForm, proper: bool | None) -> None:
    assert bool(suffix(word, form, proper=proper)) == bool(word.strip())


@given(st.text(alphabet="bcçdğhklmnprsştvyzaeıioöuü", min_size=1, max_size=12), st.sampled_from(FORMS))
def test_a_name_is_never_changed(name: str, form: SuffixForm) -> None:
    assert suffix(name, form, proper=True).startswith(name)
