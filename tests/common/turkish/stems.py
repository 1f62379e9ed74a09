"""What the examiners of the matcher know of Turkish: 200 nouns, 60 verbs and some names, each irregularity spelled out.

Written from the dictionary and by ear, not from the engine: nothing here is computed by it or shared with it.
"""

from __future__ import annotations

REGULAR = """
    kapı köprü gölge büyü ejderha kule ova ada mağara hazine elma bira kedi tilki kraliçe kaya gemi sopa fare karga
    kafa pençe köle efsane hikâye macera kavga ceza yara damga kolye muska bomba budala büyücü simya kale
    silah kral asker savaş ateş duman yıldız güneş orman deniz altın gümüş demir taş kum toz tuz et bal üzüm kuş
    at it ot kan mal dil diş kol göz baş el yol göl köy dağ kartal aslan kaplan yılan şeytan iblis cin ruh ölüm
    zindan kalkan yay zırh pelerin iksir tılsım lanet kıyamet cinayet ihanet hakaret intikam düşman dost hain
    hırsız katil aptal sarhoş esrar hap kurşun barut tabut bulut top süt saç suç ip kök sepet merak ahlak hukuk
    rüzgâr hançer şövalye
"""
"""Nothing happens to these: not even those in -p, -ç, -t, -k soften."""

SOFTENING = """
    kılıç:kılıc ağaç:ağac ilaç:ilac kırbaç:kırbac yamaç:yamac amaç:amac kazanç:kazanc taç:tac güç:güc borç:borc
    genç:genc kitap:kitab şarap:şarab kalıp:kalıb mektup:mektub çorap:çorab dolap:dolab azap:azab kasap:kasab dip:dib
    cevap:cevab hesap:hesab kanat:kanad geçit:geçid yoğurt:yoğurd umut:umud cellat:cellad ceset:cesed söğüt:söğüd
    armut:armud kurt:kurd yurt:yurd dert:derd kâğıt:kâğıd köpek:köpeğ eşek:eşeğ bıçak:bıçağ mızrak:mızrağ
    yüzük:yüzüğ kemik:kemiğ bacak:bacağ ayak:ayağ kulak:kulağ böcek:böceğ örümcek:örümceğ balık:balığ çiçek:çiçeğ
    bayrak:bayrağ toprak:toprağ tüfek:tüfeğ melek:meleğ çocuk:çocuğ salak:salağ ahmak:ahmağ ezik:eziğ sapık:sapığ
    renk:reng çelenk:çeleng gök:göğ diyalog:diyaloğ
"""
"""The last consonant softens before a vowel."""

DROPPING = """
    burun:burn ağız:ağz alın:aln boyun:boyn beyin:beyn göğüs:göğs karın:karn oğul:oğl omuz:omz nehir:nehr
    şehir:şehr zehir:zehr isim:ism cisim:cism resim:resm akıl:akl fikir:fikr sabır:sabr kabir:kabr emir:emr
    ömür:ömr vakit:vakt nesil:nesl şekil:şekl hüküm:hükm zulüm:zulm kısım:kısm devir:devr keyif:keyf izin:izn
    sihir:sihr gönül:gönl beniz:benz tavır:tavr kahır:kahr
"""
"""The last vowel drops before a vowel."""

DOUBLING = "hak:hakk sır:sırr his:hiss hat:hatt af:aff ret:redd zıt:zıdd"
"""The last consonant doubles before a vowel."""

FRONT = """
    saat hayal harf petrol alkol rol gol sembol kontrol ihtimal dikkat hakikat seyahat şefkat kabul ihmal general
    sinyal festival terminal kalp:kalb
"""
"""Borrowed: written with a back vowel, followed by front ones (saat → saati)."""

BUFFERED = "su:suy"
"""Ends in a vowel and still takes -y- throughout (suyu, suyum)."""

NAMES = """
    Ayşe Kael Mirra Elif Zeynep Ahmet Burak Selin Gökhan Işık Ümit İlker Deniz Theron Lyra Magnus Aldric Ragnar
    Morgoth Xandar İstanbul Kızılova Karahisar Meddah Gülnihal
"""
"""People and places, real and invented; all are spoken as they are written, or nearly."""

ALSO_VERBS = "at it kan et dil taş saç yol yay"
"""Nouns of those above that are also the root of a verb, where -dı, -mış, -sa, -dır follow bare: attı is 'threw', kandı
'was fooled', taştı 'ran over', yoldu 'plucked'. The verb is what players mean."""

ALSO_LA_VERBS = "büyü at kol göz baş yol top suç zehir taş tuz yara kurşun damga hançer lanet"
"""Nouns with a verb in -la: atlarsın is 'you jump', toplarsa 'if they gather', and not said of the plural."""

VERBS = """
    öldür:Ir vur:Ir kes:Ar yak:Ar kır:Ar çal:Ar kaç:Ar dön:Ar gel:Ir gör:Ir bil:Ir bul:Ir ver:Ir dur:Ir kal:Ir öl:Ir
    sat:Ar tut:Ar yut:Ar iç:Ar seç:Ar geç:Ar aç:Ar yaz:Ar çiz:Ar ez:Ar boz:Ar saldır:Ir kaldır:Ir çağır:Ir bağır:Ir
    çevir:Ir bitir:Ir götür:Ir getir:Ir konuş:Ir savaş:Ir dövüş:Ir çalış:Ir yürü:r uyu:r oku:r ara:r bekle:r söyle:r
    dinle:r başla:r öde:r sakla:r koru:r taşı:r zehirle:r lanetle:r parçala:r sev:Ar döv:Ar kov:Ar boğ:Ar
    git:Ar:gid et:Ar:ed güt:Ar:güd affet:Ar:affed kaybet:Ar:kaybed hükmet:Ar:hükmed
"""
"""Root, its aorist, and the root before a vowel where that is another."""

NO_PASSIVE = "kaç dön gel dur kal öl çağır bağır konuş savaş dövüş çalış yürü uyu git geç dinle taşı bul"
"""Verbs whose passive nobody says, or is a verb of its own (dinlenmek is to rest, bulunmak to be there)."""

OTHER_WORDS = {
    "için": "for; also içmek's plural imperative",
    "hatta": "even; also hat in the locative",
    "hakkında": "about; also hak with a possessive in the locative",
    "hakkımda": "about me",
    "yayla": "plateau; also yay with -la",
    "etken": "cause; also while being et",
    "tutsak": "captive; also if we tutmak",
    "bağırsak": "gut; also if we bağırmak",
    "baldır": "calf; also it is bal",
    "devre": "circuit; also to the devir",
    "hisse": "share; also to the his",
    "göğüsün": "of the chest, with the vowel that should drop; also you are its gök",
    "göğüsünüz": "your chest, likewise",
    "yakın": "near; also yakmak's plural imperative",
    "kalın": "thick; also kalmak's plural imperative",
    "kesin": "certain; also kesmek's plural imperative",
    "yazın": "in summer; also yazmak's plural imperative",
    "kola": "the drink; also to the kol",
    "kasaba": "town; also to the kasap",
    "kanada": "Canada; also to the kanat",
    "adana": "the city; also to your ada",
    "toptan": "wholesale; also top in the ablative",
    "topla": "gather!; also with the top",
    "başla": "begin!; also with the baş",
    "suçla": "accuse!; also with the suç",
    "yolla": "send!; also with the yol",
    "tuzla": "salt it!, and a part of İstanbul; also with the tuz",
    "benze": "resemble!; also to the beniz",
    "taşıma": "carriage; also to my taş",
    "taşısın": "let it carry; also you are its taş",
    "cinse": "to the kind, cins; also if it is cin",
    "cinsin": "of the kind; also you are cin",
    "cinsiniz": "your kind; also you are cin",
    "resmi": "official; also resim in the accusative",
    "resmidir": "it is official; also it is its resim",
    "resmiydi": "it was official; also it was its resim",
    "alındı": "was taken, from alınmak; also it was alın",
    "alındınız": "you were taken; also you were alın",
    "alındır": "let it be taken; also it is alın",
    "alınmış": "taken; also it is said to be alın",
    "alınsa": "if it were taken; also if it is alın",
    "satın": "as in satın almak, to buy; also satmak's plural imperative",
    "bulun": "be there!, from bulunmak; also bulmak's plural imperative",
    "görün": "appear!, from görünmek; also görmek's plural imperative",
    "geçin": "get along!, from geçinmek; also geçmek's plural imperative",
    "sevin": "be glad!, from sevinmek; also sevmek's plural imperative",
    "sevince": "to the joy, sevinç; also on sevmek",
    "bilince": "to consciousness, bilinç; also on bilmek",
    "seçmen": "voter; also your seçmek",
    "susun": "be quiet!; also you are su",
    "susunuz": "be quiet!; also you are su",
    "tutun": "hold on!, from tutunmak; also tutmak's plural imperative",
    "geçen": "last, as in geçen hafta; also who geçmek",
    "geçenler": "as in geçenlerde, lately; also those who geçmek",
    "kalan": "the rest; also who kalmak",
    "kovan": "beehive; also who kovmak",
    "kovanlar": "beehives; also those who kovmak",
    "yazman": "secretary; also your yazmak",
    "çevirmen": "translator; also your çevirmek",
    "altına": "under it, from alt; also altın in the dative",
    "altında": "under it; also altın in the locative",
    "altından": "from under it; also altın in the ablative",
    "altını": "its underside; also altın in the accusative",
    "altındaki": "that under it; also altın in the locative with -ki",
}
"""Forms that are another, more common word: whoever writes them seldom means the stem; the matcher need not."""

OTHER_STEMS = (
    # Headwords of their own: man, pen, petrol, revolution, publication, broadcast, sixth, collective,
    # fifty.
    "adam kalem benzin devrim yayım yayın altıncı toplu elli "
    # Things named after the stem that nobody sees it in any more: spectacles, title, salt shaker, gaiters, earphones,
    # thread, police, travel money, journey.
    "gözlük gözlüğ başlık başlığ tuzluk tuzluğ tozluk tozluğ kulaklık kulaklığ iplik ipliğ kolluk kolluğ yolluk yolluğ "
    "yolculuk yolculuğ "
    # Below something, where altın has its locative.
    "altında"
)
"""The same of all forms that begin so: adama is 'to the man' long before it is 'to my island'."""


def means_something_else(form: str) -> bool:
    """Return whether a form, a question perhaps, is excused."""
    first = form.partition(" ")[0]
    return first in OTHER_WORDS or first.startswith(tuple(OTHER_STEMS.split()))
