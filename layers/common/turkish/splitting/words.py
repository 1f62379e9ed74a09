"""The closed word classes that tell whether a full stop after a number or a letter ends a sentence.

All words are in lower case, as `common.turkish.lower` writes them.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words a sentence likes to begin with and a name or an ordinal's noun never is.
_PRONOUNS = """
    ben beni bana bende benden benim benimle biz bizi bize bizde bizden bizim bizimle sen seni sana sende senden senin
    seninle siz sizi size sizde sizden sizin sizinle o onu ona onda ondan onun onunla onlar onları onlara onlarda
    onlardan onların onlarla bu bunu buna bunda bundan bunun bununla bunlar bunları bunlara bunlardan bunların şu şunu
    şuna şunda şundan şunun şununla şunlar şunları şunlara şunların kendi kendisi kendim kendin herkes kimse hiçbiri
    hepsi hepiniz hepimiz biri birisi bazıları öteki diğerleri böyle şöyle öyle böylece öylece böylesi
"""
_QUESTION_WORDS = """
    kim kimi kime kimin ne neyi neye neden niye niçin nasıl nerede nereye nereden neresi hangi hangisi kaç kaçta acaba
"""
_CONJUNCTIONS = """
    ve veya ya ama fakat ancak lakin oysa oysaki halbuki çünkü zira yani hem ne ise eğer şayet madem mademki meğer
    üstelik ayrıca hatta hâlbuki yoksa dahası kısacası sonuçta nitekim dolayısıyla bununla buna rağmen derken
"""
_ADVERBS = """
    sonra sonradan önce önceden şimdi şimdilik artık hemen henüz hâlâ hala yine gene bazen bugün dün yarın akşam sabah
    gece orada burada şurada oraya buraya şuraya oradan buradan şuradan işte belki galiba sanırım herhalde elbette tabii
    gerçekten aslında özellikle genellikle nihayet sonunda birden birdenbire aniden bir her hiç bütün tüm bazı birkaç
    birçok çok daha en pek az sadece yalnızca yalnız keşke umarım asla daima hep zaten neyse
"""
_INTERJECTIONS = """
    evet hayır peki tamam olur hadi haydi hey ey ah oh of vay eyvah aferin bravo lütfen merhaba selam teşekkürler
    teşekkür sağol buyur buyurun yok var değil hoş hiçbir
"""
# What a character in a game is told to do; none of them is a family name or what chapters are called.
_COMMANDS = """
    gel gelin git gidin dur durun bak bakın dinle dinleyin söyle söyleyin bekle bekleyin koş koşun tut yap yapma gitme
    unutma unutmayın dikkat çabuk kaçın kaçalım gidelim başlayalım bakalım yeter
"""
OPENERS = _words(_PRONOUNS + _QUESTION_WORDS + _CONJUNCTIONS + _ADVERBS + _INTERJECTIONS + _COMMANDS)

# What is counted by ordinals, as stems: `3. Bölüm`, `5. Katta`, `2. Dünya Savaşı`, `100. Yıl`.
ORDINAL_NOUNS = _words(
    """
    alay asır asr basamak basamağ baskı bölge bölüm bölük bölüğ büro cadde cilt cild çağ çeyrek çeyreğ dakika daire
    defa devre dilim dizi dönem
    dünya ders etap fasıl faslı fıkra filo gün haçlı hafta halka icra ilke kademe kanat kanad kanto kat kere kez kısım
    kısm kıta kitap kitab kolordu kuşak kuşağ kural köprü lig madde mevki mısra nesil nesl noter ordu oturum
    paragraf perde peron piyade raund sahne
    sayfa sayı seans sefer sezon sınıf sıra soru sokak sokağ sulh süre şube tabur takım tabaka tugay tur tümen ünite
    vites yarıyıl yaş yıl yüzyıl
    """
)

# Words that a number names, as stems: `Saat 3.`, `numarası 5.`, `Canım 12.`. A cardinal, so the full stop is the
# sentence's own.
NAMED_BY_NUMBER = _words(
    """
    adet bölüm can cevab cevap cilt fiyat güc güç hız hp kapı kod koltuk level lv lvl madde mana masa mp nokta not
    numara oda perde puan rakam saat salon sayfa sayı seviye sıra skor sonuc sonuç sınıf şifre toplam vagon xp yanıt
    yaş
    """
)

# Words that a letter names, as stems: `Plan B.`, `C vitamini`, `cevap A.`.
NAMED_BY_LETTER = _words(
    """
    blok bölge cevab cevap grup grub harf kapı koridor plan salon seçenek sektör sınıf şık takım tip vitamin yanıt
    """
)

# What may stand behind a stem: a plural, a possessive, and for what is counted a case.
POSSESSIVE = "(?:l[ae]r)?(?:[ıiuü]?[mn](?:[ıiuü]z)?|s?[ıiuü])?"
DECLENSION = POSSESSIVE + "(?:[ny]?[ıiuüae]|n?[ıiuü]n|n?[dt][ae](?:n|ki)?|y?l[ae])?(?:y?d[ıiuü]r?|y?[mk][ıiuü]ş)?"

# Who bears a number: `Sultan 5. Murat`, `Kral 2. Aldric`.
RULERS = _words(
    """
    sultan padişah şehzade hünkâr hükümdar kral kralı kraliçe kraliçesi imparator imparatoru imparatoriçe çar çarı
    çariçe papa şah prens prenses dük kont kayser firavun halife hakan kağan
    """
)

# Names that rulers have borne with a number.
RULERS_NAMES = _words(
    """
    abdülaziz abdülhamid abdülhamit abdülmecid abdülmecit ahmed ahmet aleksandr alparslan anna antiochus bayezid
    beyazıt boris cem charles constantin darius edward elizabeth filip franz frederick friedrich george giray gregory
    gustav gıyaseddin haakon harald heinrich henri henry ibrahim iskender ivan james john jean justinianus karl
    katerina keyhüsrev keykavus kılıç konstantin konstantinos kserkses kyros leo leopold louis ludwig mahmud mahmut
    maria mary mehmed mehmet murad murat mustafa napolyon nicholas nikola nikolay olaf orhan osman otto paul paulus
    pavel pedro petro philip pius pyotr ramses richard rudolf selim süleyman şapur tahmasb theodosius tutmosis victor
    vittorio wilhelm william
    """
)

# Words that hand an unquoted exclamation or question on to its narrator: `Eyvah! diye bağırdı`.
QUOTATIVES = _words(
    """
    diye diyen diyerek diyor diyordu diyorsun diyorum diyorlar diyecek dedi dedim dedin dedik dediler dediniz dedikten
    dediği dediğini dediğinde der derdi derler dermiş demiş demişti deyip deyince deyiverdi sordu bağırdı haykırdı
    fısıldadı mırıldandı söylendi seslendi
    """
)

# What ends a site's name, not a sentence, when somebody capitalises it: `Site.Com`.
DOMAIN_ENDINGS = _words("com edu gov info net org tr")
