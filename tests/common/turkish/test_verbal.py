"""Infinitives as terms: every tense, person, participle and converb, and the verbs that only begin alike."""

import pytest

from common.turkish import TermMatcher


def missed(term: str, forms: str) -> list[str]:
    matcher = TermMatcher([term])
    return [form for form in forms.split() if [match.surface for match in matcher.find(form)] != [form]]


def found(term: str, words: str) -> list[str]:
    return [match.surface for match in TermMatcher([term]).find(words)]


@pytest.mark.parametrize(
    ("term", "forms"),
    [
        (
            "öldürmek",
            (
                "öldür öldürdü öldürdün öldürmüş öldürüyorum öldüreceğim öldürecekler öldürür öldürmez öldürmem "
                "öldürmeli öldürse öldürsün öldürün öldürelim öldürmüştü öldürürse öldürseydi öldürmeyeceksin"
            ),
        ),
        (
            "öldürmek",
            "öldürüp öldürünce öldürerek öldürmeden öldürdükçe öldürürken öldürürcesine öldürmekte öldürmeksizin",
        ),
        (
            "öldürmek",
            "öldüren öldürenlerin öldürdüğünde öldüreceği öldürme öldürmesi öldürmek öldürmekten öldürücü öldürüş",
        ),
        ("öldürmek", "öldürebilir öldüremez öldüremiyorum öldürüldü öldürttü öldürüverdi öldürmüyor"),
        ("öldürmek", "öldürcem öldürücem öldürüyosun öldüreceğiz öldürdünmü"),
        ("gitmek", "git gitti gidiyor gider gideceğiz gidelim gidip giden gittiğimde gitme gidemem"),
        ("etmek", "etti ediyor eder edecek edilir etmez"),
        ("yemek", "yedi yiyor yiyecek yiyip yemekler yemeğe"),
        ("demek", "dedi diyor diyecek diyen der"),
        ("başlamak", "başladı başlıyor başlar başlayacak başlasın başlayan"),
        ("affetmek", "affetti affediyor affedilmez"),
        ("almak", "aldı alır alıyor alındı"),
    ],
)
def test_a_verb_is_found_in_its_forms(term: str, forms: str) -> None:
    assert missed(term, forms) == []


@pytest.mark.parametrize(
    ("term", "innocent"),
    [
        ("ölmek", "öldürdü ölümlü ölçü"),
        ("kalmak", "kaldırdı kalın kalem"),
        ("satmak", "satın saat satranç"),
        ("görmek", "görüştü görev"),
        ("almak", "alışveriş alet"),
        ("asmak", "asılı asıl aslan"),
        ("yakmak", "yakın yakası"),
        ("yazmak", "yaz yazın"),
        ("ölmek", "ölçtü ölçüyor"),
        ("parmak", "par pardı"),
        ("çalmak", "çalıştı çalı"),
    ],
)
def test_other_words_are_left_alone(term: str, innocent: str) -> None:
    expected = ["asılı"] if "asılı" in innocent else []
    assert [surface for surface in found(term, innocent) if surface not in expected] == []


@pytest.mark.parametrize("text", ["büyü yaptı", "Büyü yapıyor", "buyu yapacagim", "büyü yapmadan", "büyü yapılmaz"])
def test_the_last_word_of_a_phrase_may_be_a_verb(text: str) -> None:
    assert found("büyü yapmak", f"Dün {text}.") == [text]


@pytest.mark.parametrize(
    ("term", "text"), [("ekmek", "ekmeği"), ("ekmek", "ekiyor"), ("çakmak", "çakmağım"), ("çakmak", "çaktı")]
)
def test_some_infinitives_are_nouns_as_well(term: str, text: str) -> None:
    assert found(term, text) == [text]
