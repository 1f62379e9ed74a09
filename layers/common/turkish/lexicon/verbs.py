"""Verbs: roots that are also nouns, irregular aorists and roots, nouns that look like infinitives."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


VERB_ROOTS = _words(
    "aç ak al alın an art as aş at az bak ban bas bat bay bez biç bık bil bin bit boğ böl boz bük bul bur burk büz "
    "çak çal çarp çat cay çek çel çent çık çırp çiz çök çöm coş çöz dal de değ del der deş dik din diz doğ dök dol "
    "dön don döv doy dür dur dürt düş duy eğ ek em er es et ez geç gel ger gez gir git giy göç göm gör gül güt iç in "
    "it iz kaç kak kal kalk kan kap kar kat kay kaz kert kes kıl kıp kır kırp kıs kıy kız kok kon kop kork koş kov "
    "koy kur kus küs öl ol ölç öp ör ört öt ov öv oy piş pus saç sağ sal san sap sar sark sars şaş sat sav say seç "
    "ser serp sev sez sıç sığ sık sil silk sın sin şiş sız sök sok sol sön sor söv soy sün sun sür sürç sürt sus "
    "süz tak tap tart taş tat tep tık tın tırs tüt tut tüy uç um ur ürk üş uy üz ver vur yağ yak yan yap yar yas yat "
    "yay yaz ye yen yet yığ yık yırt yit yol yont yor yum yut yüz"
)
"""Verb roots. After them -di, -miş, -se and -dir make a verb, not a noun with a copula: kapıyı itti."""

NARROW_AORIST = _words("al bil bul dur gel gör kal ol öl san var ver vur")
"""One-syllable roots whose aorist is -ır/-ir/-ur/-ür: gelir. The others take -ar/-er."""

SOFT_ROOTS = _words(
    "addet affet akdet atfet azmet bahset bahşet cezbet cezmet darbet defet devret dit emret et farket fethet git güt "
    "haczet hallet halt hapset hazmet hisset hükmet kahret kasdet kastet katlet kaybet kaydet keşfet "
    "küfret lütfet mahvet methet meylet naklet nakşet neşret reddet resmet sabret "
    "sarfet sevket seyret şükret tat tehdit terket vadet zannet zikret zulmet"
)
"""Roots whose t becomes d before a vowel: gider, kaydediyor."""

NO_INFINITIVES = _words(
    "ahmak basamak başmak çomak damak dirsemek emek ırmak ıstakmak kaçamak kamak kımak "
    "kısmak parmak samak şamak tokmak tutamak yamak yumak"
)
"""Nouns that only look like infinitives."""

NOUNS_IN_MEK = _words("çakmak ekmek ilmek kaymak yaşmak yemek")
"""Infinitives that are also nouns: ekmeği, yemekler."""

NOUNS_THAT_ARE_ROOTS = _words(
    "aç ak al an as aş at az bin diz ek es iç kan kap kar kat kaz kır kış kol koy ot oy oyna tat uç yay yaz yol yüz"
)
"""Roots that are also nouns or adjectives."""

ROOTS = """
aban abart aç acı acık adan affet ağla ağrı akset aktar aldat aldır aldırma alıkoy alış alkışla an anımsa anla anlaş
anlat apar ara arala araştır arın arıt art artır arttır ata atla atlat avlan aydınlat ayıkla ayıl ayır ayrıl ayrış azal
azalt azarla bağdaş bağır bağışla bağla bakın barın barış başar başla başlat bastır başvur batır bayıl becer beğen bekle
belir belirle belirt benimse benze besle bezen biç bildir bırak birik biriktir birleş bitir boğuş boşa boşal boşan
boşver boya bulaş bulun bulundur buluş buna burk büyü büyüle büyüt çabala çağır çağrıl çal çalış çalkala canlan çarp
çarpış çatış çatla çekil çekin çekiş çeliş çent çevir cezalandır cezbet çiğne çıkar çıkart çıldır çırp cız çoğal çökert
çömel çürü dağıl dağıt dal dalaş daldır damla danış dara daral davran daya dayan dayat debelen defol değ değin değiş
değiştir delir dene denetle deril derle devir devral devril didin dile dilen dinle dinlen dire diren diril diz doğra
doğrul doğur doku dokun dökün dola dolan dolaş doldur donat dondur dönüş döşe dövüş doyur duraksa durdur dürt dürtüş
durul düşün düşür duyur düzel düzelt düzenle edin eğit eğle elen eleştir emekle emzir engelle eri eriş erit ertele eşele
esirge eski esne etkile evlen eyle ezberle faydalan fırla fırlat fısılda fışkır geber gebert gecik geçin geçir geçiştir
gel geliş geliştir genişle gerçekleş geril gerin getir gevşe gez gezin giriş giyin gizle göm gönder görün görüş göster
götür gözet gözle gözük gücen güçlen gül gülümse güven hapşır harca haşla hastalan hatırla hatırlat havalan haykır
hazırla hırpala hızlan hohla hopla hoşlan içir iğren ikile ilerle ilet ilgilen imren inan incel incele incit indir inle
irkil ısın ısır işit ıslat işle iste itekle itele iyileş izle kabar kabart kabullen kaç kaçın kaçır kaçış kaldır kalk
kalkın kalkış kamaş kana kandır kanıtla kap kapa kapan kapat kapıl kapış kapla kapsa kar karala kararla kararlaştır
karart karış karıştır karşıla karşılaş kaşı katıl katla katlan kavra kavrul kavur kavuş kaybol kaydet kayır kayna kaynaş
kaynat kazan kazı kemir kert kesiş kilitle kımılda kına kıpırda kırış kirlen kırp kırpış kısal kısıtla kıskan kışkırt
kıvır kıy kıyasla kızar kızart kok kokla kolla kon kona konuş kopar kork korkut koru koş koşul kotar kovala küçül
küçümse kudur küfret kullan kundakla kur kurcala kurtar kurtul kuru küs kuşan kuşat kuşkulan kutla nitele öde ödüllendir
öğren öğret okşa öksür oku okut ol öldür olgunlaş oluş onar onayla önemse öner öngör önle öpüş ör örgütle ört örtün
örtüş öt otur oturt övün oyala oyna oynat özen özgürleş özle parçala parla patla patlat paylaş pekiş piş pişir pus
püskür püskürt rahatla saç sağal sağla sahiplen şakı sakın sakla saldır salın salla sallan sap sapla sapta sar sarıl
sark sarkıt sars sarsıl şaş şaşır savaş savrul savun savur sayıkla sayıl seç sendele sergile serp serpil seslen sev
sevin sevindir seviş seyret sez sıç sıçra sığ sığın sıkıl sıkış sıkıştır silin silk şımar simgele sına sindir sındır
siner sınırla sinirlen sırala şişir sıvış sıyır sıyrıl sız soğu soğut sok solu sömür söndür sonuçlan sor sorgula soy
söyle söylet soyun suçla sulan sun sürç sürdür süregel sürt sürtün sürükle sürün susa süzül tak takıl takın tanı tanımla
tanın tanış tanıştır tanıt tapın tara tart tartış tarttır tasarla taşı taşın tasla tat tekmele temizle tepele terle tıka
tıkan tıkla tırman tırs titre tökezle toparla topla toplan toplat tüken tüket tükür tutukla tutun tutuş uçur uçuş ufala
üfle uğra uğraş uğrat uğurla ulaş ulu umursa umutlan unut üre üret ürk ürküt usan üstlen üşü utan utandır uyan uyandır
uyar uyarla uydur uygula uyu uyuş uyut üz uza uzaklaş uzan uzat üzül var varsay vazgeç vurgula vuruş yağ yağmala yakala
yakış yaklaş yala yalvar yan yanaş yanıl yanıtla yansı yansıt yapış yapıştır yara yaral yararlan yarat yargıla yarış
yaşa yasakla yaşat yasla yaşlan yat yatır yatıştır yavaşla yay yayımla yayınla yazış yeğle yen yenil yenile yeral yerleş
yet yetin yetiş yetiştir yık yıka yıl yırt yitir yoğur yokla yolla yolun yönel yönelt yönet yont yor yorul yorumla
yudumla yükle yüklen yüksel yumurtla yürü yürüt yut yutkun yuvarla yüzleş zayıfla zedele zehirle zıpla zırla zonkla
zorla zorlaş
"""
"""Roots that begin like a shorter noun or root: öldür is not öl, anlat is not anla."""

IMPERATIVES = _words(
    "ağla aldır anla anlat ara bağır bağla barış bastır başla başlat bekle benze besle bırak bildir bitir boşa buluş "
    "çağır çalış çıkar dayan dayat değiş değiştir dene dinle dinlen doldur dövüş durdur düşün düşür ekle ezberle "
    "geçir getir gizle görüş götür gülümse güven hatırla hazırla ileri incele indir iste işit izle kaçır kaldır "
    "kandır kapat karala karış karşıla katıl kazan konuş koş kovala kuru kutla otur oyna oynat öde ödet öldür özle "
    "parla patla paylaş piş sakın sakla saldır salla sar sarıl savaş seviş söyle suçla sustur sürün takıl tara "
    "temizle toparla topla tut tutun uyan uyar uyu uzat üfle üret vuruş yakala yala yalvar yanıtla yarat yarış yaşa "
    "yatır yavaşla yen yetiş yıka yokla yolla yorul yorumla yükle yürü yürüt zıpla zorla"
)
"""Roots whose bare form is the imperative, not a noun with an ending: dinle is no din + le, taşı is taş + ı."""
