"""The few facts about Turkish words that no rule gives: closed word classes and irregular stems.

Not a word list to match against: each set states where a rule of `harmony`, `suffixes` or `terms` does not hold.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FRONT_LOANS = _words(
    "alkol amiral bilal celal cemaat cemal dikkat festival general gol hakikat hal harf harp hayal helal hilal "
    "hâl iclal ihtilal ihtimal ikbal imal istikbal istiklal itaat kabahat kabul kalp kanaat kemal kontrol mahsul "
    "makbul mareşal menfaat meşgul moral nihal normal petrol rab refakat resul rol saat sadakat santral sembol "
    "seyahat sual şefkat terminal usul vaat zeval ziraat zuhal"
)
"""Borrowed words and names whose last vowel is written back but whose suffixes are front: saat → saati."""

SOFT_SHORT_STEMS = _words(
    "borç but cenk cep çok denk dert dip dört genç gök grup güç harç harp kalp kap kurt mert öç renk taç tat uç ut yurt"
)
"""One-syllable words whose last consonant softens before a vowel: renk → rengi. Most of them do not: at → atı."""

SOFT_T = _words(
    "armut azat cellat cihat damat ecdat evlat feryat fesat geçit hudut icat imdat inat itikat kağıt kanat kilit "
    "kâğıt maksat mevcut murat öğüt senet simit söğüt şahit şehit tehdit tokat umut ümit üstat vaat vücut yiğit "
    "yoğurt"
)
"""Longer words in -t that soften: kanat → kanadı. Most are borrowed and do not: sepet → sepeti."""

HARD_ENDINGS = _words(
    "ahlak erzak evrak hukuk iltihak infilak istihkak ittifak merak tahkik tasdik tebrik tefrik teşvik tetkik"
)
"""Longer words in -k that keep it before a vowel: merak → merakı."""

COMPOUND_ENDS = _words(
    "ağacı atı balığı biti böceği böreği çayı çekirdeği çiçeği çorbası dili dişi evi feneri gecesi göbeği günü ipi "
    "kabuğu kedisi keçisi köpeği kurdu kuşu kutusu kökü kâğıdı kağıdı motoru odası otu salonu sineği sofrası suyu "
    "şekeri taşı tası teknesi topu tozu yağı yaprağı yaşı yatağı yıldızı yolu"
)
"""Second members of compounds in one word, which keep their -ı apart from -lar: gözyaşı → gözyaşları, not kapı."""

DROPPING_STEMS = {
    stem: stem[:-2] + stem[-1]
    for stem in _words(
        "ağız akıl akis alın asıl asır azim bağır bahis beniz beyin boyun böğür burun cebir cezim cirim cisim "
        "cürüm defin devir emir fasıl fecir fetih fıkıh fikir geniz göğüs gönül gusül hacim hapis hasım hatim "
        "hayır hazım hıfız hışım hüküm hüsün hüzün ilim isim izin kabir kahır karın kasıt kavim kavis kesir keşif "
        "keyif kısım kibir küfür lütuf metin meyil mühür nabız nakış nakil nakit nazım nefis nehir nesil nesir "
        "nezir nutuk oğul omuz ömür özür rahim remiz resim rızık ritim rükün sabır satır seyir sihir şahıs şehir "
        "şekil şükür tavır ufuk uzuv vakıf vakit vasıf vecit zehir zihin zikir zulüm"
    )
} | {"ahit": "ahd", "akit": "akd", "avuç": "avc", "kayıp": "kayb", "kayıt": "kayd", "kutup": "kutb", "lahit": "lahd"}
"""Words that lose their last vowel before a vowel: nehir → nehri."""

DOUBLING_STEMS = {
    "af": "aff", "cet": "cedd", "fen": "fenn", "hac": "hacc", "had": "hadd", "hak": "hakk", "haz": "hazz",
    "hat": "hatt", "his": "hiss", "muhil": "muhill", "rab": "rabb", "rap": "rabb", "ret": "redd", "sır": "sırr",
    "şık": "şıkk", "şer": "şerr", "tıp": "tıbb", "zam": "zamm", "zan": "zann", "zem": "zemm", "zıt": "zıdd",
    "serhat": "serhadd", "mahal": "mahall", "muhip": "muhibb",
}  # fmt: skip
"""Words that double their last consonant before a vowel: sır → sırrı."""
