"""Verbs: roots that are also nouns, irregular aorists and roots, nouns that look like infinitives."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


VERB_ROOTS = _words(
    "aç ak al alın an as aş at az bak bas bat biç bil bin bit boz böl bul bük çak çal çat çek çık çiz çök de del der "
    "dik din diz doğ dol don dön döv dur duy düş ek em er es et ez geç gel ger gez gir git giy göç göm gör gül güt iç "
    "in it iz kaç kak kal kan kap kar kat kay kaz kes kıl kır kıy kok kon kop kork koş kov koy kur kus küs ol oy öl "
    "öp ör öt öv piş sağ sal san sap sar sat sav say seç ser sev sez sıç sık sil sin sok sol sor sök söv sun sus sür "
    "süz şiş tak tap tart taş tat tık tut tüt uç um ur uy vur yağ yak yan yap yar yas yat yay yaz ye yen yet yık yırt "
    "yol yum yut yüz"
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
aban acık adan affet ağla ağrı akset aktar aldat aldır aldırma alıkoy alış alkışla an anımsa anla anlaş anlat
apar ara arala arın art arttır arz ata atla atlat avlan ayıkla ayıl ayır ayrıl azal azarla bağır bağışla bağla bakın
barın barış bastır başar başla başlat bayıl beğen bekle belir belirle belirt benimse benze besle bezen biç bildir
birik biriktir bitir boğuş boşa boşal boşan boya bulaş bulun bulundur buluş buna burk büyü büyüle büyüt canlan cezbet
cız çabala çağır çal çalış çalkala çarp çatış çatla çekil çekin çekiş çevir çıkar çıkart çıldır çırp çiğne çökert çürü
dağıl dağıt dal dalaş daldır damla dara daral davran daya dayan dayat debelen dedikle değ değin değiş değiştir delir
dene denetle deril devir devril didin dile dilen dinle dinlen diren diril diz doğra doğrul doğur doku dokun dola dolan
dolaş doldur donat dondur dövüş duraksa durdur durul duyur düşün düşür düzelt düzenle elen emekle emzir engelle eri
erit esirge eski esne eşele etkile evlen eyle ezberle fırla fısılda geber gebert gecik geçin geçir geçiştir gel geliş
geliştir genişle gerçekleş geril gerin getir gevşe gez gezin giriş giyin gizle göm gönder görev görün görüş göster
götür gözet gözle güçlen gül gülümse güven hatırla hatırlat haykır hazırla hırpala hızlan hohla hopla ısın ısır ıslat
içir iğren ikile ilerle ilet ilgilen ilişki ilişkin imren inan incel incele indir inle irkil iste işit işle itele izle
kaç kaçın kaçır kaçış kadar kaldır kalk kana kandır kanıtla kap kapa kapan kapat kapıl kapış kapla kar karala kararla
karart karış karıştır karşıla karşılaş kaşı katıl katla katlan kavra kavuş kaydet kayır kaynaş kaynat kazan kazı kemir
kına kıpırda kırış kısal kısıtla kıskan kıvır kıy kıyas kıyasla kızar kilitle kirlen kok kokla kolla kon kona konuş
kopar koru koş koşul kotar kovala kur kurcala kurtar kurtul kuru kuşan kuşat kuşkulan kutla küfret küs okşa oku okut
ol olgunlaş onar onayla otur oturt oyala oyna oynat öde öğren öğret öksür öldür önem öner önle ör örgütle ört örtün
örtüş öt övün özen özle parçala parla patla patlat paylaş pekiş piş pişir pus püskürt rahatla saç sağal sağla sakın
sakla saldır salın salla sallan sap sapla sapta sar sarıl sark sarkıt sars sarsıl savaş savrul savun savur sayıkla
sayıl sebep seç sendele sergile serp serpil sert seslen sev sevin sevindir seviş seyret sez sıç sıçra sığ sığın sıkıl
sıkış sıkıştır sına sındır sınırla sır sırala sıvış sıyır sıyrıl silin silk simgele sindir siner sinirlen soğu soğut
sok solu sonuçlan sor sorgula soy soyun sömür söndür söyle suçla sulan sun susa sürdür sürt sürtün sürükle sürün süzül
şakı şaş şaşır şımar şişir tak takıl takın takip tan tanı tanımla tanın tanış tanıştır tanıt tapın tara tart tartış
tarttır tasarla tasla taşı taşın tat tatil tekmele temizle tepele terle ters tıka tıkan titre toparla topla toplan
toplat tökezle tutun tutuş tüken tüket tükür uçur ufala uğra uğraş uğrat uğurla ulaş ulu umursa unut usan utan utandır
uyan uyandır uyar uyarla uydur uygula uyu uyuş uyut uza uzan uzat üfle üre üret ürk üstlen üşü üz üzül var varsay
vazgeç vurgula vuruş yağ yağmala yakala yakış yaklaş yala yalvar yan yanaş yanıl yanıt yanıtla yapış yapıştır yara
yaral yararlan yarat yargıla yarış yasakla yasla yaşa yaşat yaşlan yat yatır yatıştır yavaşla yay yayımla yayınla
yazık yazış yeğle yen yenil yenile yerleş yet yetin yetiş yetiştir yık yıka yıl yırt yoğur yokla yolla yolun yor yorul
yorumla yönel yönet yudumla yut yutkun yükle yüklen yüksel yürü yürüt yüzleş zayıfla zedele zehirle zıpla zırla zonkla
zorla
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
