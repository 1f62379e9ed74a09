"""Words that begin like a stem of `stems`, or sound like one, and are none of its forms."""

from __future__ import annotations

INNOCENTS = (
    # kan, mal
    "kanun kanepe kanca kanal kanser kandil kangal kanguru kantar kantin kanaat kanıt kanyon kanarya kanmak",
    "kandırmak kanuni malzeme malum maliye malik Malatya Malta malikâne malul maliyet malt manolya",
    # it, at, ot, et, el, ip
    "itiraz itibar itfaiye ithal itham itaat itmek itina itilaf itibaren italik itiraf atak atama atari atasözü",
    "atkı atlas atlet atmaca atmak atom atölye atılım atık atlamak atıf atıştırmak ataerkil otel otobüs otomatik",
    "otomobil otopsi otorite oturmak otuz oturum otağ otistik otantik otopark etek etap eter etik etiket etken etki",
    "etkin etkinlik etraf etüt etnik etkilemek etnografya elbet elbise elektrik eldiven elek eleman eleştiri elmas",
    "elti elveda elverişli elips eleştirmen iptal ipek ipotek iptidai ipeksi iptila",
    # kum, tuz, bal, dil, kol, göz, baş, yol, göl, dağ, kuş
    "kumar kumaş kumanda kumandan kumbara kumpas kumral kumru kumpir tuzak tuğla taşra taşkın taşeron balta balkon",
    "balon baldız balina balo balçık balyoz balistik balans balad balgam balya Balkan dilek dilenci dilemek dilber",
    "dilekçe dilenmek kolay koli koloni kolonya koltuk kolektif kolera kolej kolon kolesterol kolektör gözlem",
    "gözenek gözetim gözetmen gözlemci başak başarı başka başkan başarmak başvuru başkası yoldaş yolmak gölet",
    "dağıtmak dağılmak dağarcık dağıtım dağınık kuşak kuşanmak kuşatma kuşku kuşet kuşkonmaz",
    # ruh, cin, hap, top, süt, saç, kök, su, yay, kral
    "ruhban ruhsat cins cinsel cinnet cinsiyet cinas hapis hapishane hapşırmak hapsetmek topal topaç toplamak",
    "toplum toplantı topuk topuz toparlak toparlamak toplam toplumsal topallamak topoloji sütun sütyen sütlaç saçak",
    "saçmak saçmalık saçılmak köken köknar sucuk suflör sultan sunmak susmak surat suret sual suikast sulh suni",
    "supap susam sunak sunum suare yayla yayvan yaygın yaygara yayımlamak yayan kraliyet",
    # ada, ova, kale, kaya, karga, bira, kafa, yara, ceza, elma, bomba
    "adalet adale adam adamak adap aday adak adapte oval ovmak ovuşturmak kalem kalender kalemtıraş kayak kayık",
    "kayıt kayısı kaymak kargaşa kargı kargo biraz birader kafes kafile kafiye kaftan kafein yarar yaramak yaramaz",
    "yararlı yaratık yaratmak yaratıcı yarım yarış yarışma Cezayir cezbetmek cezve pencere köpük bombardıman",
    # altın, kalkan, zırh, hak, his, sır, hat, af, ret
    "altı altmış kalkınmak kalkmak kalkış zırva zırnık hakan hakem hakir hakiki hisar sıra sırt sırık sıralamak",
    "sırıtmak sırma sırça sıradan sırf sırnaşık hata hatır hatıra hatun hatip afet afiş afyon Afrika afacan aforoz",
    "afiyet retina",
    # burun, boyun, beyin, karın, hüküm, devir, beniz, kahır
    "buruk boyunduruk boya boyut beyit beyaz karınca hükümet hükümdar hükümran devirmek devrik devriye devralmak",
    "benzin benzer benzemek benzetmek kahraman şehriye",
    # kılıç, kazanç, taç, güç, kitap, kurt, bacak, ayak, kulak, renk, gök
    "kılık kılıf kılavuz kılçık kazan kazanmak taciz tacir gücenmek borsa kitabe kurtarmak kurtulmak kurtuluş kurgu",
    "bacanak ayakkabı kulaç kulis kulübe gökçe ağa ilahi amca",
    # hayal, harf, gol, kabul, kalp, katil, esrar, ölüm, düşman
    "hayalet hayat harfiyen golf goril kabuk kabus kalpak kalpazan kalbur katılmak katı katık katliam katman",
    "esrarengiz esrik ölçü ölçmek ölçek önder düşünmek düşük dosya hırs meram mera",
    # Verbs: vurmak, kesmek, yakmak, kırmak, çalmak, dönmek, gelmek, görmek, bilmek, bulmak, vermek, durmak, kalmak
    "vurgu kese kesat keskin kesif yakışmak yakışıklı yakalamak yakut yakıt yaka kırk kırmızı kırlangıç kırtasiye",
    "kırsal kırpmak kırkayak kırat çalı çalgı çalkalamak dönem döngü döşek gelenek gelgit gelişmek gelişim görev",
    "görüşmek görkem görgü görenek görsel bilet bilek bilezik bilgi bilge bilgisayar bilim bilinç bilye bilmece",
    "bulaşık bulaşmak bulgur buluşmak bulanık bulmaca bulvar vergi verem verim durum durgun duru kalça kaldırım",
    "kalite kalori kalay",
    # satmak, tutmak, içmek, seçmek, açmak, yazmak, çizmek, ezmek, bozmak, çağırmak, bağırmak
    "satır satranç satıh tutku tutarlı tutanak tutsak tutuklu yutkunmak içeri içerik içgüdü seçenek seçkin açı",
    "açlık açıklamak yazı yazık yazgı yazıt çizgi çizelge ezan ezber ezgi ezeli bozkır bozgun salata çağ çağdaş",
    "bağış bağlamak bağımsız çevre çevik bitki bitmek götürü konuk konu konut konum yürek uymak uyum uyarmak uygun",
    "uydu uyanmak",
    # uyumak, okumak, aramak, söylemek, ödemek, saklamak, korumak, sevmek, kovmak, boğmak, gitmek, gütmek
    "uyluk uyuz uyuşturucu okul okyanus okşamak araba araç arazi arı arka aralık söylenti söylev ödev ödül ödünç",
    "saksı saksağan sakal sakat sakin korku korkmak koro korsan sevda sevgi sevap seviye sevk döviz kovboy",
    "kovalamak kovuk boğaz boğum gitar gidon güdük güven güvercin bekâr bekçi dingil dinamit dinç",
)
"""A line of words to each group of stems they resemble."""
