import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.turkish.splitting import SentenceBuffer, sentences


def fed(*tokens: str) -> list[str]:
    buffer = SentenceBuffer()
    return [sentence for token in tokens for sentence in buffer.feed(token)] + buffer.flush()


# A row is a text with a bar at every sentence's end; ⏎ is a line break.
MARKS = """
    Merhaba! | Nasılsın? | Ben iyiyim.
    Ne?! | Sen mi!? | Yapma!!! | Dur…
    geldim. | sonra gittim. | sen neredesin? | evde misin
    Hey! | gel buraya.
    Eyvah! diye bağırdı. | Kim o? dedi Ali.
    Belki… ama hayır. | Belki... | Hayır.
    Sen mi?.. | Bilmiyorum. | Belki . . . olur.
    3... 2... 1... | Başla!
    Ha... Hayır! | Gitme.
    Nasılsın ? | İyiyim . | Sen ?
    Bu (!) adam Ali’yi (?) Veli sandı.
    İyi. | Işık söndü. | Şimdi ne olacak? | Çık dışarı!
"""
ABBREVIATIONS = """
    Dr. Kaya geldi. | Prof. Dr. Ayşe Kaya da. | Alb. Demir yoktu.
    Dr.Ahmet ile Sn. Yılmaz konuştu. | ALB. DEMİR SUSTU.
    Elma, armut vb. şeyler aldık. | Elma, armut vb. | Sonra döndük.
    Galatasaray vs. Fenerbahçe maçı var. | Elma, armut vs. | Sonra döndük.
    Meddah A.Ş. | Kapılarını açtı.
    M.Ö. 300 yılında. | T.C. Merkez Bankası kapalı.
    No. 5 evde. | Bkz. s. 12 ve Atatürk Cad. | Orada bekle.
    Hayır, no. | Gelmem.
    5 dk. bekle. | Süre 10 dk. | Acele et!
    Bu iyi bir av. | Onu gör. | Elini cebine sok. | Kaç!
    Lv. 20 bir savaşçı. | Çvş. Hakan uyudu. | Hmm. | bilmiyorum.
"""
NUMBERS = """
    Bu 3. bölüm. | Dün 19. yüzyılı konuştuk. | 100. Yıl Marşı çaldı.
    II. Mehmet geldi. | Sultan 5. Murat öldü. | Kral 2. Aldric kaçtı.
    Dün 2. Viyana Kuşatması başladı. | IV. Murat'ın kılıcı kayıp.
    Yıl 1923. | Savaş bitti.
    Saat 14.30. | Kapı açıldı.
    Kapı numarası 3. | Sonra sağa dön.
    Skor: 5. | Kazandık! | Yaşım 25. | Adım Ali.
    Eskiden kırk kişiydik, şimdi 12. | Gerisini sen düşün.
    Borç 1.250.000. | Ödendi. | Tarih 29.10.1923. | Cumhuriyet kuruldu.
    Sürüm v1.2.3. | Oran 3,5. | Pay %20. | Kalan 3.5 altın.
    5-6. sınıflar ile 1., 2. ve 3. katlar boş.
    Cevap 42. | “Güzel,” dedi.
    Bölüm IV. | Karanlık çöktü. | Louis XIV. | Fransa kralıydı.
"""
LETTERS = """
    M. K. Atatürk ve A. Hamdi geldi. | Ş. Yılmaz gelmedi.
    Mektubu M.K. Atatürk yazdı. | Yazar: A. Hamdi Tanpınar.
    Doğru cevap B. | Tebrikler! | Plan C. | Gidelim.
    Gelen o. | Ben değilim.
"""
ADDRESSES = """
    https://a.b/c?d=e! adresine bak. | Sonra yaz.
    ali.veli@meddah.example yazdı. | www.Site.com ve Node.js kapalı. | meddah.example. | Gel.
    rapor.final.pdf burada. | Notlar.txt yok.
    Geldim.|Sonra gittim. | Dur!|Gitme. | Neden?|Çünkü öyle. | Bak...|Şimdi oldu. | “Gel.”|Sonra sustu.
"""
QUOTES = """
    “Kim o?” diye sordu. | "Gel!" dedi. | 'Git.' dedi. | «Dur…» dedi.
    “Gel. | Otur,” dedi. | “Kaç?” | “Üç.” | "Hayır." | Sonra sustu.
    “Geldim. ” dedi. | « Gel. » dedi.
    “Dur!” – dedi Ali. | Bağırdı: “Dur!” | Kimse durmadı.
    (Güldü.) | Tamam. | Kralımız (yaşasın!) Ankara'ya geldi.
    – Geldin mi? | – Geldim. | – Güzel.
"""
SIGNS = """
    Harika! 😀 | Gidelim. | Evet!👍🏽 | Gel. | Kazandık 🎉 Şimdi dönelim.
    Tamam. *iç çeker* | Gidelim. | *Kapıyı açar.* | Buyur. (güler) | Hadi.
    Harika! :) | Olur mu? <3 | Olur. ^^ | Peki.
    **Dikkat!** | Kapı kapalı.
"""
LINES = """
    – Kim o?⏎|– Ben.
    Görevler:⏎|- Ekmek⏎|- Su
    1. Kılıcını al⏎|2. Yola çık⏎|3) Dön
    500 altın⏎|1 kılıç
    Başlık⏎⏎|Köyde sabah oldu.
    Uzun yoldan gelip⏎sonunda vardı.
    Dr.⏎Ahmet geldi.⏎|sonra gitti.
    “Kim o?”⏎diye sordu.
    ...⏎|Peki.
    Gel buraya⏎|*gülümser*⏎|Otur.
    Selam 😀⏎|nasılsın
    Birinci Bölüm⏎|Köyde sabah oldu.
    Korkma, sönmez,⏎Ahmet, bu şafak.
"""


def rows(*tables: str) -> list[str]:
    return [row.strip() for table in tables for row in table.splitlines() if row.strip()]


def text_of(row: str) -> str:
    return row.replace(" | ", " ").replace("|", "").replace("⏎", "\n")


ROWS = rows(MARKS, ABBREVIATIONS, NUMBERS, LETTERS, ADDRESSES, QUOTES, SIGNS, LINES)


@pytest.mark.parametrize("row", ROWS)
def test_a_text_is_cut_where_an_editor_would_cut_it(row: str) -> None:
    assert sentences(text_of(row)) == [piece.strip() for piece in row.replace("⏎", "\n").split("|")]


@pytest.mark.parametrize("row", ROWS)
def test_the_buffer_agrees_with_the_whole_text_at_every_cut(row: str) -> None:
    text = text_of(row)
    whole = sentences(text)

    assert fed(*text) == whole
    for place in range(len(text)):
        assert fed(text[:place], text[place:]) == whole


def test_a_decomposed_text_is_cut_at_the_same_places() -> None:
    text = "Ş. Yılmaz geldi. İyi mi? Çok iyi. Dün 3. bölüm bitti."

    decomposed = sentences(unicodedata.normalize("NFD", text))

    assert [unicodedata.normalize("NFC", sentence) for sentence in decomposed] == sentences(text)


@pytest.mark.parametrize(
    ("text", "token", "given"),
    [
        ("Geldim.", " ", []),
        ("Geldim. ", "K", ["Geldim."]),
        ("Geldim.", "\n", ["Geldim."]),
        ("Geldim. ", "“", ["Geldim."]),
        ("Geldim. ", "😀", []),
        ("Geldim. 😀 ", "S", ["Geldim. 😀"]),
        ("Tamam. *iç çeker", "* S", ["Tamam. *iç çeker*"]),
        ("Yıl 1923. Savaş", " ", ["Yıl 1923."]),
        ("Oda 3. Sonra", " ", ["Oda 3."]),
        ("Kim o? d", "iye sordu", []),
        ("Kim o? ", "S", ["Kim o?"]),
        ("Belki… ", "H", ["Belki…"]),
        ("Belki… ", "a", []),
        ("Başlık\n", "\n", ["Başlık"]),
        ("Ekmek\n", "– ", ["Ekmek"]),
    ],
)
def test_a_sentence_comes_as_soon_as_it_is_certain(text: str, token: str, given: list[str]) -> None:
    buffer = SentenceBuffer()

    assert buffer.feed(text) == []
    assert buffer.feed(token) == given


def test_a_flushed_buffer_begins_anew() -> None:
    buffer = SentenceBuffer()

    assert buffer.feed("Geldim. Dr.") == ["Geldim."]
    assert buffer.flush() == ["Dr."]
    assert buffer.flush() == []
    assert buffer.feed("1. Kapı. ") + buffer.flush() == ["1. Kapı."]


SIGN_PIECES = (
    ". ! ? … ... ?! \n \r\n \u2028 \" ' “ ” ’ « » ( ) * - – : ; < 😀 👍🏽 \u0307 \ufe0f \u200b \ud800 @ / _ # ٣ ²"
)
WORD_PIECES = (
    "a B İ ı o 5 3. 1923 14.30 IV Dr vb A.Ş Sonra diye Murat Bölüm kapı www. x@y.example *çeker* (güler) :) xD"
)
PIECES = st.sampled_from([*SIGN_PIECES.split(" "), *WORD_PIECES.split(), " ", "  ", "\n\n", "\t", "*iç çeker*"])
TEXTS = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=40).map("".join))


@given(TEXTS, st.lists(st.integers(0, 80), max_size=6))
def test_however_a_text_is_cut_into_tokens_its_sentences_are_the_same(text: str, cuts: list[int]) -> None:
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    tokens = [text[begin:end] for begin, end in pairwise(places)]
    whole = sentences(text)

    assert fed(*tokens) == whole
    assert fed(*text) == whole


@given(TEXTS)
def test_no_sign_is_lost_and_no_sentence_is_empty(text: str) -> None:
    found = sentences(text)

    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(sentence and sentence == sentence.strip() for sentence in found)


def test_a_stretch_without_an_end_is_cut_at_a_space() -> None:
    text = "söz " * 3_000

    found = sentences(text)

    assert [len(sentence) for sentence in found] == [2_003] * 5 + [1_979]
    assert fed(*text) == found


@pytest.mark.parametrize("unit", ["a", "söz ", ".", "a. ", "a.", "\n", "a\n", "a. ! ", "3. A", "a. *b", 'a."', "(a.) "])
def test_a_hundred_kilobytes_leave_only_one_sentence_in_the_buffer(unit: str) -> None:
    text = (unit * 100_000)[:100_000]
    buffer = SentenceBuffer()
    longest = 0

    found: list[str] = []
    for place in range(0, len(text), 7):
        found += buffer.feed(text[place : place + 7])
        longest = max(longest, len(buffer._text))
    found += buffer.flush()

    assert longest < 4_200
    assert found == sentences(text)
