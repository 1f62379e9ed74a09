"""The few facts about Turkish words that no rule gives: closed word classes and irregular stems.

Not a word list to match against: each set states where a rule of `harmony`, `suffixes` or `terms` does not hold.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FRONT_LOANS = _words(
    "alkol amiral cemaat dikkat festival general gol hakikat hal harf harp hayal hâl helal hilal ihtilal ihtimal "
    "ikbal imal istikbal istiklal itaat kabahat kabul kalp kanaat kontrol mahsul makbul mareşal menfaat meşgul moral "
    "normal petrol refakat rol saat sadakat santral sembol seyahat sual şefkat terminal usul vaat zeval ziraat bilal "
    "celal cemal iclal kemal nihal resul zuhal"
)
"""Borrowed words and names whose last vowel is written back but whose suffixes are front: saat → saati."""

SOFT_SHORT_STEMS = _words(
    "borç but cenk cep denk dert dip dört genç gök grup güç harç harp kalp kap kurt mert öç renk taç tat uç ut yurt çok"
)
"""One-syllable words whose last consonant softens before a vowel: renk → rengi. Most of them do not: at → atı."""

SOFT_T = _words(
    "armut azat cellat cihat damat ecdat evlat fesat feryat geçit hudut icat imdat inat itikat kağıt kâğıt kanat "
    "kilit maksat mevcut murat öğüt senet simit söğüt şahit şehit tehdit tokat umut ümit üstat vaat vücut yiğit "
    "yoğurt"
)
"""Longer words in -t that soften: kanat → kanadı. Most are borrowed and do not: sepet → sepeti."""

HARD_ENDINGS = _words(
    "ahlak erzak evrak hukuk iltihak infilak istihkak ittifak merak tahkik tasdik tebrik tefrik tetkik teşvik"
)
"""Longer words in -k that keep it before a vowel: merak → merakı."""

DROPPING_STEMS = {
    stem: stem[:-2] + stem[-1]
    for stem in _words(
        "ağız akıl akis alın asıl azim bağır bahis beniz beyin boyun burun cebir cisim cürüm devir emir fasıl fikir "
        "gönül göğüs hacim hapis hasım hışım hüküm ilim isim kabir kahır karın kavim keşif keyif kısım kibir küfür "
        "lütuf meyil mühür nakil nefis nehir nesil nutuk oğul omuz ömür resim rızık sabır seyir sihir şehir şekil "
        "şükür tavır vakit zehir zihin zulüm"
    )
}
"""Words that lose their last vowel before a vowel: nehir → nehri."""

DOUBLING_STEMS = {
    "af": "aff", "had": "hadd", "hak": "hakk", "hat": "hatt", "his": "hiss", "ret": "redd",
    "sır": "sırr", "şer": "şerr", "tıp": "tıbb", "zan": "zann", "zıt": "zıdd",
}  # fmt: skip
"""Words that double their last consonant before a vowel: sır → sırrı."""

FUNCTION_WORDS = _words(
    "acaba ama ancak artık asla aşağı ayrıca bana bazen bazı belki bende benden beni benim benimle beri bile biri "
    "bizde bizden bize bizi bizim bizimle böyle buna bunda bundan bunlar bunlara bunlarda bunlardan bunları bunların "
    "bunu bunun bununla burada buraya çünkü da daha dahi de değil dışarı diye doğru dolayı eğer evet fakat galiba "
    "gene gibi göre hadi hala hangi hani hatta haydi hayır hele hem hemen henüz hep her herhalde hiç için içeri ile "
    "ilk ise işte kadar karşı kendi kendine kendini keşke ki kim kime kimi kimin lakin madem meğer mi mı mu mü nasıl "
    "neden nerede nereye niçin niye o ona onda ondan onlar onlara onlarda onlardan onları onların onu onun onunla "
    "orada oraya oysa öbür önce öyle pek peki rağmen sana sanki sende senden seni senin seninle sizde sizden size "
    "sizi sizin sizinle sonra şayet şimdi şöyle şu şuna şunda şundan şunlar şunları şunu şunun tabii üzere ve veya "
    "veyahut ya yahut yani yine yok yoksa yukarı zaten zira"
)
"""Conjunctions, pronouns, particles and their like. None of them is ever an inflected noun: `ama` is not `am` + `a`."""

VERB_ROOTS = _words(
    "aç ak al an as aş at az bak bas bat biç bil bin bit boz böl bul bük çak çal çat çek çık çiz çök de del der dik "
    "din diz doğ dol don dön döv dur duy düş ek em er es et ez geç gel ger gez gir git giy göç göm gör gül güt iç in "
    "it iz kaç kak kal kan kap kar kat kay kaz kes kıl kır kıy kok kon kop koş koy kork kov kur kus küs ol oy öl öp "
    "ör öt öv piş sağ sal san sap sar sat sav say seç ser sev sez sık sıç sil sin sok sol sor sök söv sun sus süz "
    "sür şiş tak tap tart tat taş tık tut tüt uç um ur uy vur yağ yak yan yap yar yas yat yay yaz ye yen yet yık "
    "yırt yol yum yut yüz"
)
"""Verb roots. After them -di, -miş, -se and -dir make a verb, not a noun with a copula: kapıyı itti."""
