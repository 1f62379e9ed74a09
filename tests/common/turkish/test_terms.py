import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.turkish import SuffixForm, TermMatcher, suffix, title, upper


def found(term: str, text: str) -> bool:
    return bool(TermMatcher([term]).find(text))


@pytest.mark.parametrize("spelling", ["kılıç", "KILIÇ", "Kılıç", unicodedata.normalize("NFD", "KILIÇ"), "kı\u00adlıç"])
def test_a_term_is_found_in_every_casing_and_form(spelling: str) -> None:
    [match] = TermMatcher(["kılıç"]).find(f"Bu {spelling} eski.")

    assert match.surface == spelling
    assert match.reason == "exact"


@pytest.mark.parametrize(
    ("term", "inflected", "reason"),
    [
        ("kan", "kanlarımızdan", "suffix"),
        ("kan", "kansızlık", "suffix"),
        ("kan", "kanındaki", "suffix"),
        ("şeytan", "şeytanmışsınız", "suffix"),
        ("şeytan", "ŞEYTANINKİLERDEN", "suffix"),
        ("am", "amına", "suffix"),
        ("am", "amı", "suffix"),
        ("mal", "malsın", "suffix"),
        ("it", "itlik", "suffix"),
        ("saat", "saatin", "suffix"),
        ("kılıç", "kılıçda", "suffix"),
        ("kılıç", "kılıcımızdakilerden", "softening"),
        ("kitap", "kitabın", "softening"),
        ("renk", "rengi", "softening"),
        ("nehir", "nehrin", "vowel_drop"),
        ("kayıp", "kaybımız", "vowel_drop"),
        ("sır", "sırrını", "doubling"),
        ("hak", "hakkımız", "doubling"),
        ("su", "suyun", "softening"),
        ("kılıç", "kılıçmıydı", "suffix"),
        ("yarın", "yarınki", "suffix"),
        ("ihtimal", "ihtimali", "suffix"),
        ("Zhar'kul", "Zhar'kul'un", "suffix"),
        ("Ahmet", "Ahmed'e", "softening"),
        ("Google", "googleda", "suffix"),
        ("kan bağı", "kan bağımız", "suffix"),
        ("kan taşı", "kan taşları", "suffix"),
        ("Kael", "Kael'e", "suffix"),
        ("Kael", "Kael’in", "suffix"),
        ("Charles", "Charles'ı", "suffix"),
        ("kara büyü", "Kara  Büyünün", "suffix"),
        ("kara büyü", "kara-büyücüler", "suffix"),
        ("ejderha avcısı", "ejderha avcısına", "suffix"),
        ("tanrı", "tanrıymışçasına", "suffix"),
        ("gözyaşı", "gözyaşlarını", "suffix"),
        ("gözyaşı", "gözyaşım", "suffix"),
        ("yüzbaşı", "yüzbaşıları", "suffix"),
        ("ayakkabı", "ayakkabıları", "suffix"),
        ("troll", "troller", "suffix"),
    ],
)
def test_an_inflected_term_is_found_whole(term: str, inflected: str, reason: str) -> None:
    [match] = TermMatcher([term]).find(f"Dün {inflected}, dedi.")

    assert (match.term, match.surface, match.reason) == (term, inflected, reason)


@pytest.mark.parametrize(
    ("term", "innocent"),
    [
        ("am", "ama amca akşam amir ambar aman"),
        ("kan", "kanun kanepe kanca kanal kanat Kanada kandı kandırmak kantar"),
        # Forms of a verb, of a place, of a name.
        ("kız", "kızdı kızmış kızsa"),
        ("altın", "altında altından altına altındaki altındayım"),
        ("üstün", "üstünde üstünden"),
        ("bomba", "Bombay'a Bombay'da"),
        ("ada", "A'dan Z'ye"),
        ("kanat", "Kanada Kanada'da"),
        ("anal", "analiz analizi"),
        ("konut", "bu konuda"),
        ("boyun", "boyunu boyuna"),
        ("mal", "malzeme malum mali malik Malta Malatya"),
        ("it", "itiraz itibar itti idi itaat item"),
        ("göt", "götürmek götürü"),
        ("il", "ile ilk ilgi ilaç"),
        ("saat", "saata"),
        ("sık", "sik"),
        ("sık", "sik sikinti"),
        ("sik", "müzik fizik klasik sıkıntı SIK SIKI"),
        ("kara büyü", "kara. Büyü kara kedi büyü"),
        ("Demir Kale", "demir kalem"),
        # Headwords of their own, bare and inflected.
        ("alt", "altın altınlar altmış"),
        ("oy", "oyun oyunu oyuncaklar"),
        ("kale", "kalem kalemi kalemlerim"),
        ("ad", "adam adama adaletin"),
        ("yar", "yarın yarım yara yaranın"),
        ("kap", "kapı kapının kaplanlar"),
        ("top", "toplum toplantı topladı toplarken"),
        ("din", "dinle dinledim"),
        ("bel", "belli belge belki"),
        ("el", "elli elbette"),
        ("eli", "elli"),
        ("kanat", "kanaat"),
    ],
)
def test_words_that_only_begin_alike_are_not_hits(term: str, innocent: str) -> None:
    assert TermMatcher([term]).find(innocent) == []


@pytest.mark.parametrize(
    ("term", "inflected"),
    [
        ("alt", "altına"),
        ("alt", "altındaki"),
        ("yay", "yayım"),
        ("taş", "taşı"),
        ("kan", "kana"),
        ("kan", "kanı"),
        ("at", "atlar"),
        ("top", "toplar"),
        ("dil", "dilimde"),
    ],
)
def test_where_the_inflected_reading_is_as_good_the_term_is_found(term: str, inflected: str) -> None:
    assert found(term, inflected)


@pytest.mark.parametrize(
    ("term", "typed"),
    [
        ("kılıç", "kilic"), ("kılıç", "KILIC"), ("kılıç", "kilicini"), ("kılıç", "kiliç"), ("şifacı", "sifacilarin"),
        ("şifacı", "SIFACI"), ("öldürmek", "oldurdu"), ("büyücü", "buyucunun"), ("kara büyü", "kara buyu"),
        ("göt", "gotunu"), ("insan", "insanin"), ("acı", "aci"), ("gerizekalı", "GERIZEKALI"),
    ],
)  # fmt: skip
def test_a_term_typed_without_turkish_letters_is_found(term: str, typed: str) -> None:
    [match] = TermMatcher([term]).find(f"o {typed} var")

    assert (match.surface, match.reason) == (typed, "ascii")


@pytest.mark.parametrize(
    ("term", "innocent"),
    [
        ("şifacı", "sıfacı"),
        ("ölmek", "oldu olacak oldugunu olmuş"),
        ("ön", "on onlar"),
        ("kış", "kişi kişiler"),
        ("sınır", "sinir sinirlendi"),
        ("am", "amin"),
        ("mal", "mali"),
        ("göl", "gol golü"),
        ("çam", "cam camı cami"),
        ("tip", "TIP TIBBI"),
        ("kin", "KIN KINI"),
        ("açı", "acı aci"),
        ("insan", "insani"),
        ("zir", "ÇOK ZIR"),
        ("baş", "bas basın"),
    ],
)
def test_what_was_typed_wins_over_what_it_might_stand_for(term: str, innocent: str) -> None:
    assert TermMatcher([term]).find(innocent) == []


@pytest.mark.parametrize(
    ("term", "text"), [("demir taht", "demir tahta"), ("ak kan", "Ak kana"), ("kara kap", "kara kapı")]
)
def test_the_words_before_decide_what_the_last_word_of_a_phrase_is(term: str, text: str) -> None:
    assert found(term, text)
    assert not found(term.split()[1], "tahta kapı")


def test_offsets_count_characters_of_the_text_as_it_was_sent() -> None:
    text = unicodedata.normalize("NFD", "Şöyle güçlü bir kılıcı ŞİFACIYA ver.")

    for match in TermMatcher(["kılıç", "şifacı"]).find(text):
        assert text[match.start : match.end] == match.surface


def test_every_term_is_reported_in_reading_order() -> None:
    matches = TermMatcher(["büyü", "kara büyü", "kan"]).find("Kanla kara büyü yapılır.")

    assert [match.term for match in matches] == ["kan", "kara büyü", "büyü"]


def test_terms_that_are_no_words_are_found_as_they_stand() -> None:
    assert [match.start for match in TermMatcher(["18+"]).find("18+ ve 218+")] == [0]
    assert found("🖕", "al sana 🖕🖕")


def test_empty_terms_match_nothing() -> None:
    assert TermMatcher(["", "  ", "\u200b"]).find("her şey") == []


@given(
    st.sampled_from(
        ["kılıç", "şifacı", "kitap", "ejderha", "köprü", "gölge", "nehir", "renk", "sır", "hayal", "kilit"]
    ),
    st.sampled_from(list[SuffixForm](["e", "i", "in", "de", "den", "le", "ler", "sin", "im", "si"])),
    st.sampled_from([str, upper, title, lambda text: unicodedata.normalize("NFD", text)]),
)
def test_whatever_the_engine_attaches_the_matcher_finds(term, form, spelled) -> None:
    assert found(term, spelled(suffix(term, form, proper=False)))


@given(st.lists(st.text(max_size=12), max_size=6), st.text(max_size=200))
def test_no_text_and_no_term_can_break_it(terms: list[str], text: str) -> None:
    for match in TermMatcher(terms).find(text):
        assert text[match.start : match.end] == match.surface
        assert match.term in terms


@given(st.text(alphabet="abkılçşiğ ıİI'’\u0307\u0327\u200b-", max_size=60))
def test_every_match_lies_in_the_text(text: str) -> None:
    for match in TermMatcher(["kılıç", "a", "ab", "k ı", "şiğ"]).find(text):
        assert 0 <= match.start < match.end <= len(text)


@pytest.mark.parametrize("unit", ["kan", "kanlı", "kan ", "lı", "kan'", "a\u0327\u0301", "kara büyü "])
def test_time_grows_with_the_text_and_no_faster(unit: str) -> None:
    matcher = TermMatcher(["kan", "kanlı", "kara büyü", "a"])
    started = time.perf_counter()
    matcher.find("kan" + unit * (60_000 // len(unit)))

    assert time.perf_counter() - started < 5
