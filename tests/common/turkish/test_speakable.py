import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.turkish.speech import speakable

# The left side as players and writers type it, the right side as a voice says it; one table a line of business.
READINGS = {
    "cardinals": """
        3 kılıç → üç kılıç
        1.250.000 asker → bir milyon iki yüz elli bin asker
        1.500 altın → bin beş yüz altın
        10 000 altın → on bin altın
        1.000.000.000.000.000.000 yıldız → bir kentilyon yıldız
        Ajan 007 geldi → Ajan sıfır sıfır yedi geldi
        -5 derece → eksi beş derece
        Bende 40. Sende kaç var? → Bende kırk. Sende kaç var?
        Yaşım 25. Adım Ali. → Yaşım yirmi beş. Adım Ali.
        Yıl 1923. Savaş bitti. → Yıl bin dokuz yüz yirmi üç. Savaş bitti.
        Bölüm 3. Kara Kule → Bölüm üç. Kara Kule
    """,
    "decimals": """
        3,5 litre → üç virgül beş litre
        0,05 oran → sıfır virgül sıfır beş oran
        1.250,75 puan → bin iki yüz elli virgül yetmiş beş puan
        3.5 puan → üç nokta beş puan
        Pi 3.14 eder → Pi üç nokta on dört eder
        1,2,3 diye say → bir,iki,üç diye say
    """,
    "ordinals": """
        3'üncü 3'ncü 3üncü → üçüncü üçüncü üçüncü
        3. bölüm → üçüncü bölüm
        3. ve 4. katlar → üçüncü ve dördüncü katlar
        1., 2. ve 3. sınıf → birinci, ikinci ve üçüncü sınıf
        3.-4. sınıf → üçüncü dördüncü sınıf
        2. Dünya Savaşı → ikinci Dünya Savaşı
        Padişah 4. Murat → Padişah dördüncü Murat
        Ligde 3.sü oldu → Ligde üçüncüsü oldu
        3.bölüm → üçüncü bölüm
        Skor 3. → Skor üç.
    """,
    "distributives": """
        5'er 6'şar 4'er → beşer altışar dörder
        2'şer 2'şer dizildiler → ikişer ikişer dizildiler
        5er altın → beşer altın
        6'er kişi → altışar kişi
    """,
    "suffixes": """
        1923'te → bin dokuz yüz yirmi üçte
        1923’te → bin dokuz yüz yirmi üçte
        4'ü → dördü
        4'e → dörde
        40'a → kırka
        2'si → ikisi
        7'yle → yediyle
        3'lü → üçlü
        10'luk → onluk
        100lük → yüzlük
        1990'lar → bin dokuz yüz doksanlar
        1990'lardaki → bin dokuz yüz doksanlardaki
        3'de → üçte
        5'den → beşten
        2'e → ikiye
        3'ye → üçe
        6'yken → altıyken
        6'yken 5'ti → altıyken beşti
    """,
    "percents": """
        %20 → yüzde yirmi
        %20'si → yüzde yirmisi
        %20’lik → yüzde yirmilik
        %12,5 → yüzde on iki virgül beş
        20% → yüzde yirmi
        ‰5 → binde beş
        %5-10 → yüzde beş on
        +%15 hasar → artı yüzde on beş hasar
    """,
    "money": """
        50₺ ₺50 50 TL → elli lira elli lira elli lira
        12,50 TL → on iki lira elli kuruş
        12,00 TL → on iki lira
        0,75 TL → yetmiş beş kuruş
        12,5 TL → on iki virgül beş lira
        $5 → beş dolar
        $1.250,75 → bin iki yüz elli dolar yetmiş beş sent
        €10 £3 → on avro üç sterlin
        50 TL'ye → elli liraya
        100₺'lik → yüz liralık
        3 milyon dolar → üç milyon dolar
        $3 milyon → üç milyon dolar
        2 bin TL → iki bin lira
        5K TL → beş bin lira
        5 TL mi? → beş lira mı?
    """,
    "dates": """
        29.10.1923 → yirmi dokuz Ekim bin dokuz yüz yirmi üç
        29/10/1923 → yirmi dokuz Ekim bin dokuz yüz yirmi üç
        29 Ekim 1923 → yirmi dokuz Ekim bin dokuz yüz yirmi üç
        2026-11-20 → yirmi Kasım iki bin yirmi altı
        29.10.1923'te → yirmi dokuz Ekim bin dokuz yüz yirmi üçte
        32.13.2020 → otuz iki nokta on üç nokta iki bin yirmi
        29.02.2024 → yirmi dokuz Şubat iki bin yirmi dört
        MÖ 300 → milattan önce üç yüz
        M.S. 79 → milattan sonra yetmiş dokuz
    """,
    "clock": """
        14:30 14.30 → on dört otuz on dört otuz
        14:00 → on dört
        saat 9.05 → saat dokuz sıfır beş
        9.30'da → dokuz otuzda
        14:30'da → on dört otuzda
        07:45 → yedi kırk beş
        Saat 00.30'da → Saat sıfır otuzda
        14.30–15.00 → on dört otuz on beş
        14.30 TL → on dört lira otuz kuruş
        12.50 puan → on iki nokta elli puan
    """,
    "ranges": """
        5-10 altın → beş on altın
        5–10 km → beş on kilometre
        1914-1918 → bin dokuz yüz on dört bin dokuz yüz on sekiz
        3-1 2-0'lık → üç bir iki sıfırlık
        Sonuç 2-0. Maç bitti. → Sonuç iki sıfır. Maç bitti.
        10-12. yüzyıl → on on ikinci yüzyıl
    """,
    "fractions": """
        1/2 → bir bölü iki
        50/100 HP → elli bölü yüz eyç pi
        1/4'ü → dörtte biri
        3/4 kadarı → dörtte üç kadarı
        1/2 bardak → yarım bardak
        ½ ekmek → yarım ekmek
        2½ saat → iki buçuk saat
        2-2½ saat → iki iki buçuk saat
        ¼ ⅔ → çeyrek üçte iki
        7/24 → yedi yirmi dört
    """,
    "units": """
        90 km/sa → saatte doksan kilometre
        60 km/sa'e → saatte altmış kilometreye
        3 m/s → saniyede üç metre
        100 m² → yüz metrekare
        5 m3 → beş metreküp
        10 kg'a → on kilograma
        5 km'lik → beş kilometrelik
        30°C'de → otuz santigrat derecede
        30° → otuz derece
        16 GB → on altı gigabayt
        30 dk. sonra → otuz dakika sonra
        Süre 5 dk. → Süre beş dakika.
        kaç km → kaç kilometre
        5 gram 3 saniye → beş gram üç saniye
        5 kmlik yol, günde 5'er ml → beş kilometrelik yol, günde beşer mililitre
        70 satır, 3 salı, 5 kralı, 2 metal, 4 grup → yetmiş satır, üç salı, beş kralı, iki metal, dört grup
    """,
    "roman": """
        II. Mehmet → ikinci Mehmet
        XIV. Louis'nin → on dördüncü Louis'nin
        III. Bölüm → üçüncü Bölüm
        XX. yüzyıl → yirminci yüzyıl
        V. Karl → beşinci Karl
        Kral I. Karan öldü → Kral birinci Karan öldü
        Bölüm IV → Bölüm dört
        Final Fantasy VII'yi → Final Fantasy yediyi
        XIX-XX. yüzyıllar → on dokuzuncu yirminci yüzyıllar
    """,
    "abbreviations": """
        Dr. Ali → Doktor Ali
        Prof. Dr. Ayşe → Profesör Doktor Ayşe
        elma vb. şeyler → elma ve benzeri şeyler
        elma, armut vb. → elma, armut ve benzeri.
        Elma vb. Sonra gitti. → Elma ve benzeri. Sonra gitti.
        19. yy'da → on dokuzuncu yüzyılda
        bkz. s. 45 → bakınız sayfa kırk beş
        Oda no: 5 → Oda numara: beş
        Kuzey A.Ş. kurdu → Kuzey Anonim Şirketi kurdu
    """,
    "acronyms": """
        TBMM'nin → te be me menin
        ABD'de → a be dede
        T.B.M.M. kurdu → te be me me kurdu
        TDK AVM → te de ke a ve me
        A4 B12 → a dört be on iki
        NATO'nun UNESCO TÜBİTAK → NATO'nun UNESCO TÜBİTAK
    """,
    "game shorthand": """
        50 HP 100 XP → elli eyç pi yüz iks pi
        HP'si HP'ye → eyç pisi eyç piye
        NPC'ler npcler → en pi siler en pi siler
        Lv. 5 lvl 5 Lvl. 5 Lv12 → seviye beş seviye beş seviye beş seviye on iki
        x3 3x → çarpı üç üç kat
        +2 zırh, -3 şans → artı iki zırh, eksi üç şans
        1v1 2v2 5v5 → bire bir ikiye iki beşe beş
        PvP AoE RPG AFK GG → pi vi pi ey o i ar pi ci a fe ke ci ci
        v1.2.3 → sürüm bir nokta iki nokta üç
    """,
    "signs": """
        #3 № 5 → numara üç numara beş
        Kılıç & Kalkan → Kılıç ve Kalkan
        2+2=4 → iki artı iki eşittir dört
        10 - 4 = 6 → on eksi dört eşittir altı
        5 > 3 → beş büyüktür üç
        5x3 5 × 3 → beş çarpı üç beş çarpı üç
        ~5 gün → yaklaşık beş gün
        18+ → on sekiz artı
    """,
    "codes": """
        192.168.1.1 → yüz doksan iki nokta yüz altmış sekiz nokta bir nokta bir
        0532 123 45 67 → sıfır beş yüz otuz iki yüz yirmi üç kırk beş altmış yedi
        05321234567 → sıfır beş yüz otuz iki yüz yirmi üç kırk beş altmış yedi
        Covid-19 → Covid on dokuz
    """,
}
ROWS = [
    pytest.param(*(side.strip() for side in row.split("→")), id=f"{group}: {row.strip()}")
    for group, table in READINGS.items()
    for row in table.strip().splitlines()
]

UNCHANGED = """
    Merhaba! Nasılsın? "Tamam," dedi. *iç çeker* 😀
    Ali'nin evi, Ayşe’ye mektup, İstanbul'da… 'tamam' — belki.
    MİM, DI, sağ, V, X, I, Plan C
    BEN GİDİYORUM! AŞK, ZEVK, ALP, HMM, ŞŞŞ, BRR
    https://ornek.com/a?b=5&c=6 ve ali5@site.com ve dosya3.txt
    @ali99 ile #oyun2024 <3 :3 &amp; 3️⃣
    M. K. Atatürk ile A. Hamdi
    Bu bir av. Saçını ör.
    abc123 ve oyuncu_5
    NYX'ten kaç
""".strip().splitlines()


@pytest.mark.parametrize(("written", "spoken"), ROWS)
def test_it_is_read_as_it_is_said(written: str, spoken: str) -> None:
    assert speakable(written) == spoken


@pytest.mark.parametrize(("written", "spoken"), ROWS)
def test_what_has_been_read_is_not_read_again(written: str, spoken: str) -> None:
    assert speakable(spoken) == spoken


@pytest.mark.parametrize("text", [line.strip() for line in UNCHANGED])
def test_text_with_nothing_to_read_comes_back_unchanged(text: str) -> None:
    assert speakable(text) == text


def test_decomposed_text_stays_decomposed_and_its_endings_are_understood() -> None:
    assert speakable("go\u0308l 4'u\u0308") == "go\u0308l dördü"


def test_items_of_a_numbered_list_are_counted() -> None:
    assert speakable("1. Kılıcı al.\n2. Yola çık.") == "bir. Kılıcı al.\niki. Yola çık."


@pytest.mark.parametrize(
    ("written", "spoken", "lexicon"),
    [
        ("Kael'in kulesi", "Ka-el'in kulesi", {"Kael": "Ka-el"}),
        ("Yolu Kael’e sor.", "Yolu Ka-el’e sor.", {"Kael": "Ka-el"}),
        ("Xyrr'a, xyrr'dan, XYRR", "Zir'e, Zir'den, Zir", {"Xyrr": "Zir"}),
        ("Kaeller ve Kaelsiz köy", "Keyller ve Keylsiz köy", {"Kael": "Keyl"}),
        ("mirrakı aldım, mirraklar", "mireki aldım, mirekler", {"mirrak": "mirek"}),
        ("Kaelos ile Kaelin", "Kaelos ile Kaelin", {"Kael": "Keyl"}),
        ("Kael Thar'ın oğlu Kael", "Keyl Tar'ın oğlu Keyl", {"Kael": "Keyl", "Kael Thar": "Keyl Tar"}),
        ("Drak'thul'a git", "Draktul'a git", {"Drak'thul": "Draktul"}),
        ("70 HP", "yetmiş can puanı", {"HP": "can puanı"}),
        ("X-42 ve C++ (1)", "iks 42 ve se 3 (bir)", {"X-42": "iks 42", "C++": "se 3"}),
        ("İDİL, idil, ıdıl", "A, A, ıdıl", {"İdil": "A"}),
        ("★Kael", "yıldız Kael", {"★": "yıldız "}),
        ("5", "5", {"5": "5"}),
        ("Kael", "Kael", {"": "hiç", " ": "boş"}),
    ],
)
def test_a_lexicon_goes_before_every_rule(written: str, spoken: str, lexicon: dict[str, str]) -> None:
    assert speakable(written, lexicon) == spoken


@given(st.integers(min_value=0, max_value=10**15 - 1))
def test_every_number_is_read_in_words(number: int) -> None:
    assert all(word.isalpha() for word in speakable(str(number)).split())


@given(
    st.integers(0, 9999), st.sampled_from(["a", "ı", "ın", "da", "dan", "la", "lar", "sı", "lık", "ıncı", "ar", "ydı"])
)
def test_a_suffix_with_any_harmony_sounds_the_same(number: int, ending: str) -> None:
    other = ending.translate(str.maketrans("aıd", "eit"))

    assert speakable(f"{number}'{ending}") == speakable(f"{number}’{other}")


@given(st.text(alphabet=st.characters(codec=None), max_size=200))
def test_any_text_is_accepted(text: str) -> None:
    assert isinstance(speakable(text, {"Kael": "Keyl", "[": "(", "1": "x"}), str)


@given(
    st.lists(st.sampled_from([*"0123456789.,:-/'’%+#$₺½² \n", "TL", "km", "a", "II", "vb.", "Dr.", "HP", "x", "de"]))
)
def test_any_mix_of_what_is_read_is_accepted(pieces: list[str]) -> None:
    assert isinstance(speakable("".join(pieces)), str)


@given(st.text(alphabet="abcçdefgğhıijklmnoöprsştuüvyz ,;!?…“”\n", max_size=100))
def test_words_in_lower_case_stay(text: str) -> None:
    assert speakable(speakable(text)) == speakable(text)


def test_the_rules_are_not_loaded_by_importing_the_engine() -> None:
    code = "import sys, common.turkish.speech; print('common.turkish.speech.speaking' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.mark.parametrize(
    "piece", ["1", "1.", "1,", "a.", "A", "1-", "1/", "1:", "½", "1'a", "a'", "x1", "%", "Dr.", "\ud800", "a@"]
)
def test_long_texts_are_read_in_passing(piece: str) -> None:
    assert speakable(piece * (20_000 // len(piece)), {"a": "b"})
