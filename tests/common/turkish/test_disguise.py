"""Terms in disguise, and the innocent words, numbers and initials that look like disguises."""

import pytest

from common.turkish import TermMatcher


@pytest.mark.parametrize(
    ("term", "disguised", "reason"),
    [
        ("kılıç", "k1l1ç", "leet"),
        ("kılıç", "K1L1C", "leet"),
        ("salak", "s@lak", "leet"),
        ("salak", "$alak", "leet"),
        ("salak", "5alak", "leet"),
        ("aptal", "4pt4lsın", "leet"),
        ("orospu", "0rospular", "leet"),
        ("kılıç", "k ı l ı ç", "spaced"),
        ("kılıç", "k.ı.l.ı.ç", "spaced"),
        ("kılıç", "k-ı-l-ı-c-ı", "spaced"),
        ("kılıç", "k_ı_l_ı_ç", "spaced"),
        ("kılıç", "k*ı*l*ı*ç", "spaced"),
        ("kılıç", "k.ılıç", "spaced"),
        ("kılıç", "kıl*ıç", "spaced"),
        ("kılıç", "k.1.l.1.ç", "spaced"),
        ("kılıç", "kılııııııç", "repeated"),
        ("salak", "ssaallaakk", "repeated"),
        ("salak", "salaaaaksın", "repeated"),
        ("saat", "saaaaat", "repeated"),
        ("salak", "salakk", "repeated"),
        ("büyücü", "buyuculerr", "repeated"),
        ("troll", "trolller", "repeated"),
        ("troll", "troll", "exact"),
        ("bomba", "bo0mba", "leet"),
        ("bomba", "bo\u043emba", "homoglyph"),
        ("saat", "sa\u0430t", "homoglyph"),
        ("kılıç", "kı\u200blıç", "hidden"),
        ("salak", "s\u0336a\u0336l\u0336a\u0336k", "hidden"),
        ("salak", "sаlаk", "homoglyph"),
        ("salak", "с.a.l.a.k", "spaced"),
        ("kılıç", "ｋıｌıç", "homoglyph"),
        ("salak", "𝐬𝐚𝐥𝐚𝐤", "homoglyph"),
        ("salak", "ⓢⓐⓛⓐⓚ", "homoglyph"),
        ("kara büyü", "karabüyünün", "joined"),
        ("kara büyü", "k4ra büyü", "leet"),
    ],
)
def test_a_disguised_term_is_seen_through(term: str, disguised: str, reason: str) -> None:
    [match] = TermMatcher([term]).find(f"Bu {disguised} işte")

    assert match.surface.rstrip("\u0336") == disguised.rstrip("\u0336")
    assert match.reason == reason


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("ucu", "3'üncü ucuz 3üncü"),
        ("ser", "5er 5'er"),
        ("luk", "100lük"),
        ("iv", "1v1"),
        ("mk", "M. K. Atatürk"),
        ("ana", "A. N. Aydın"),
        ("am", "saat a.m. oldu, 3am"),
        ("sik", "m ü z i k"),
        ("gelit", "gel.it"),
        ("abd", "A, B, D şıkları"),
        ("cam", "сам по себе как"),
        ("it", "1t yük IT2"),
        ("el", "elli kişi"),
        ("aç", "4Ç 4C"),
        ("ed", "3D"),
        ("kış", "kiss me"),
        ("alt", "alt1n"),
        ("sala", "sala! sala?"),
    ],
)
def test_what_only_looks_disguised_is_innocent(term: str, text: str) -> None:
    assert [match for match in TermMatcher([term]).find(text) if match.reason not in {"exact", "suffix"}] == []


@pytest.mark.parametrize(
    "text", ["salak123", "salak_adam", "salak-adam", "«salak»", "salak…", "(salak)", "salak/aptal"]
)
def test_marks_and_digits_end_a_word(text: str) -> None:
    [match] = TermMatcher(["salak"]).find(text)

    assert (match.surface, match.reason) == ("salak", "exact")


@pytest.mark.parametrize(
    "text", ["\ud800salak\udfff", "\u0301" * 50, "🇸🇦", "ß" * 70, "k." * 300, "\u200b" * 300, "a'" * 200]
)
def test_no_disguise_breaks_it(text: str) -> None:
    for match in TermMatcher(["salak", "k", "sa"]).find(text):
        assert text[match.start : match.end] == match.surface
