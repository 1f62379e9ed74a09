"""Headwords that could be taken for a shorter word with an ending, or for another word typed without Turkish letters.

A form of one of these is no form of the shorter word: altında is not alt. Where the inflected reading is as good as the
headword's (kanı, dilim, taşı) the word is left out, so that the shorter one is found.
"""

from __future__ import annotations

_PEOPLE = """
karı abla adam adana ahmak aile akran albay ali alman ana ankara anne arap arda arnavut avcı aydın ayla ayşen azize
baba bacı bahadır bakan bakire balat başkan batman bay bayan bebek bedevi bedir bekçi berber beşiktaş bulgar canan
cariye cemal cemalettin cemile coşkun dayı dede deniz derviş düşman efendi ejder elçi erkin ermiş esin fahişe hacı
hademe hakan hakem hala han handan hanım hasan hayat imam insan kadı kadıköy kadın kahraman kaptan karaman kardeş kars
kazım kerem kerim kerime kıbrıs koca komutan korsan köle kral kuman kumandan kuzen kâzım lala latife leyla malatya
malta manisa martin melike mersin mısır molla muhtar muş nazım nedime nene nine nisan oğlan ortak osman özden paşa
patron pelin peri portekiz rahibe rahip rakip reis rize rus sabrina sahibe sahip saka sakin salim samet selen selim
selin sevgili sevim siirt simge sinan sinop sipahi sultan suna şahin şen şişli taksim tanju tanrı tatar tekin tekir
tokat torun tuzla usta ustabaşı vali valide van yaman yaren yaşar yetim yıldız yunan zenci
"""
"""Kin, titles, peoples, given names and places."""

_LIVING = """
ağaç ağız ahtapot akciğer akım akrep alın ardıç arı arpa aslan asma at ayak ayı ayran ayva bacak badem bağırsak
baklava bal balık balina bel beniz beyin biber bira bisküvi boğa boynuz boyun böbrek böcek börek buğday bulgur burun
ceylan ciğer çakal çalı çam çene çiçek çikolata çilek çimen çorba damar dana deri deve diken dirsek diz dolma domuz
dondurma dudak dut ekmek elma enfes eşek et fasulye fıstık fidan fil gelincik göbek göğüs gövde göz gül hamur helva
horoz ıspanak ıstakoz incir inek irmik iskelet jambon kafa kalça kalp kanarya kanat karaca karaciğer karga karın
karınca kartal kas kasık katır kavak kavurma kayın kayısı kaz kebap keçi kedi kek kekik keklik kelebek kemik kına
kıyma kızılcık kiraz kirpik koç kol kola koyun köfte kök krema kulak kurbağa kurt kuyruk kuzu lale leylek limon
makarna mama mantar mantı martı marul maydanoz maymun meşe meyve meze mide minik muz nane nar omuz orman ot öküz
parmak pasta patates peynir pide pilav pire pirinç pizza puding rakı reçel saç sade safran sakal sakız salam salata
salatalık salça sansür sarımsak serçe sırt sırtlan simit sincap sinek sirke soğan solucan sos sosis söğüt sucuk susam
sülün sürahi şakak şarap şeker şerbet tarhana tatlı tava tavşan tavuk tırnak tırtıl tilki timsah turşu tütün üzüm
yanak yaprak yarasa yele yemek yılan yoğurt yosun yumurta yürek yüz zeytin
"""
"""Animals, plants, parts of the body, food."""

_THINGS = """
abide ada ağda ahır akü alaz alev altın alyans ambar anahtar anıt anten araba araç arena arma armada arsa asa askı
astar atlas avize avlu ayna bahçe balon balta banka bant baraj baraka bardak baron barut basamak baston batak bavul
bayrak belde bere bez bilet bina bisiklet bodrum bornoz borsa boru boya boza bölge buzdolabı cadde camekan cami can
cephane cetvel çadır çakı çakıl çakmak çanak çanta çapa çarşaf çarşı çatal çatı çekiç çelik çember çengel çete çivi
çubuk çuval dağ dama damla define defter demir dere dergi ders destan dikiş direk disk divan dolap dosya duvar düdük
düğme düğüm eczane elbise eldiven eşik eşya etek fabrika fener ferman fırça fırın file fincan forma fotoğraf garaj
gemi göl gömlek gözleme gülle halat halı halka hamam hançer hap hapishane hara harita havan havlu havuz hazine heykel
hırka iğne il ilaç ilçe iplik kaban kabin kabine kafes kahve kalas kale kalem kalkan kama kamera kamyon kanal kanca
kanepe kantin kapak kapan kapı kapsül karakol karargah kart kasa kasaba kasap kaset kasırga kaşık kavanoz kaya kayık
kayış kazak kazan kazma kefen kelepçe kemer kent kese kılıf kır kışla kıta kilim kilise kilit kitap kitle koltuk
kompas konak koru kova kovan kovuk koza köprü köşk köy kule kulübe kulüp kupa kurşun kurum kutu kuyu külah küpe küre
küvet lamba lastik lata levha lokanta mağara mağaza mahalle makas makine manastır mangal marka market masa maske
medrese mektup mendil merdiven mescit metre meydan mezar minare minder modem motor mum mutfak müze nal nehir ocak oda
odun ofis okul otel oto otobüs otogar otomobil ova oyuncak paket pala palto pantolon para park parka pastane pazar
pelerin pencere perde plaka postane pota pusu pusula radar rahle raket ray robot saat sabun salon sancak sandal sandık
saray sarık sarnıç sedir semt sepet set sicim silindir sini site soba sokak stadyum süpürge sütun şalvar şapka şato
şişe tabak tabaka tablet tablo tabure tabut tahta tahterevalli takoz talaş tandır tank tapınak tarak tarla tasma tavan
tekne telefon telsiz tepe tepsi terazi terlik tersane tezgah tırpan tiyatro toprak toptan topuz torba tulum tuval
tuzak türbe uçak üs vadi vagon vana vapur vazo volta yalı yamaç yanardağ yastık yatak yay yayık yayla yelken yorgan
yurt yüzük zar zarf zırh zincir
"""
"""Things, rooms, buildings, landscape."""

_IDEAS = """
acı adalet adet af akıbet akıl akın alan alay algı alım alışveriş ama amaç an anket anlam anlatım ara aralık arka asır
asker aşama aşı ateş atılım avantaj ayar ayıp ayrım ayrıntı azap bağ bağış bahar bakım bakış barış basım basın baskı
başarı batı bayat bayram bedel beden bela belge belirti bilgi bilim bilinç birim birlik boks bora boran bölüm buhar
bulut bunalım büyük cazibe cevap ceza cinayet cümle çaba çağ çağrı çare çeki çekim çığlık çizgi çöküş çözüm dakika
dava davet değer deneyim deprem dert devre devrim dikkat dilek diriliş dizi dizin doğum doku dokuma dolum drama duman
durum duygu duyu duyum düğün düşünce düzen düzey ebedi edep eğitim ekim ekip ekran eksen elektrik elektron emek enerji
engel eser esir etken etki evren eylem eylül ezan fal fan fayda fen feryat fırsat fırtına fikir film final flora
formül gaz gece gedik gelenek gerilim gezi giriş girişim gönül görev görünüm görünüş görüş güç güneş gürültü güven
güvence haber hafıza hak hal halk haram hareket harf harika hasar hasret hastalık hata hatıra hava hayal hayır hece
hedef hırs hız hikaye his hisse huzur hücum hüner ısı ıslık icat iç ifade ihanet ikindi ilan iletişim ilgi ilham ilke
iman imdat imza inan inanç isim istek işaret işlem itiraz izin kabile kabir kadeh kademe kader kahır kalım kalite kan
kanıt kanser kanun kaos kapasite kar karar karış karışım katılım kavga kavram kayıp kayıt kaza kelime kenar kesim
kısım kış kıyamet kıyas kimlik kira koku kombi komedi komuta konu konum kota kriz kumar kura kural kuram kurulum kusur
küfür kült kültür lan lanet lira liste mahal makam mal mana masal matem maya mazi meclis mesaj meslek metan metin
mevsim miras moda mola nazar neden nefes nefis nesil neşe nevi nota olasılık olay olgu onarım onay oran ortam oruç
oturum oy oya oyun ödev öfke öğle öğlen öğretim öğüt ölçüm ölüm ömür önem örgüt örnek övgü öz özen özgürlük özgüven
pas patlama payda pazarlık plan porno posta proje puan rakım randevu rapor reform rejim rekor renk rota ruh rüya
rüzgar sabah saldırı salgın salı sanat sanayi saniye sara satır savaş sayfa sayı sayım sebep seçenek seçim sefer selam
sene seri serüven servet ses sevda sevgi sevinç seviye sınav sınır sıra sinema sinir sistem sitem sohbet solunum somun
sonuç soru sorum sorun soy söz sözcük suç sunu sunum sümük sürat süre sürgün sürüm şafak şaka şans şarkı şart şehir
şekil şeref şölen şüphe taciz tadım takı takım takla taktik takvim talep talih talim tan tanı tanım tarım tarif tarife
tarih tartı tasa tasarım tasdik tasvir tatil tavır taviz tayin tebrik tecavüz tekel teklif tema temas temin tempo ten
tepki terim terör tin tip tire tören tura tutanak tutku tutum tüm türe uçuş umut ur uslup utanç uyarı uygarlık uyku
uyum ünite üretim üslup vaat vakıf varlık vatan veda veri verim vicdan vites vurgu vurgun yalan yara yargı yarım yarış
yasa yaş yaşam yatırım yayım yayın yazı yazılım yazım yel yemin yenilgi yer yetenek yetki yıkım yoksul yol yolculuk
yorgunluk yorum yöntem zafer zam zaman zarar zekat ziyan ziyaret zulüm
"""
"""What one cannot touch: time, feelings, society, learning, play."""

_QUALITIES = """
abi acar acele acemi acil aciz ağır akıcı akıllı aksi alaca alçak alim altı altıncı altmış ani apaçık arada arsız
artık asal asıl asi asil aslında aşkın ayrı azami aziz bariz bayağı bayındır bazı bedava belirli belki berabere beri
bile binlerce bitkin bol bordo boş boşuna boyunca bugün bulanık burada canlı cesur cimri çakır çarpık çekici çıplak
çirkin dağınık dar değişik delik demin derin dik dinç dindar diri doğan doksan dokuz dolgun dolu donuk düz elbet
elbette elli emin engin epey ergen erken eski esmer etkin evvel ezeli farklı fazla gaddar garip gayrı gayri geçen
geçerli genellikle geniş gerçek gerçekten gerek gergin geri gizli güncel güzel hafif hain haki hakikaten halis ham
hani hasta hatalı hayli hazır hazin hep herkes hızlı hiçbir hoşnut ıslak içeri içeride ileri ilginç ince iri irin kaba
kadar kadim kala kalıcı kalın kambur kara karanlık karışık karşı karşıt katı kavi kaypak kesik kesin keskin keyifli
kırık kısa kıvırcık kirli kişi kolay komik koyu kör kötü kuru kutsal küçük lacivert mahcup mali manyak masum mat mavi
melez memnun millî miskin mistik mor mutlaka mutlu müthiş narin nazik ne neredeyse nispeten nitekim niye normal
oldukça olgun olumlu olumsuz onur ora orada otuz ölü önce örneğin öteki öylesine özel özgün pahalı pembe peşin pis
reel resmî sabit saf sağır sağlam sahi sahici sahiden sakat sakın salak samimi sarhoş sarı satın savunmasız saygın
seçkin sekiz seksen sen serin sert sessiz sevimli sıcak sıkı sıradan sırf sıska sinsi sivil sivri siyah soğuk solgun
sonra sonsuz şaşkın şimdi tam tamam tarafından taze tek tekil tekrar tembel temiz ters tok topal toplu memeli tuhaf
tutkun ucuz uçuk ufak uslu uygun uzak uzun ünlü üste üstelik üstün üzere vahim vahşi varlıklı yabancı yakın yakında
yalın yalnız yanlı yanlış yarı yarın yassı yaşlı yatık yavaş yedek yeni yeniden yeşil yeter yetersiz yetmiş yine yirmi
yüce yüksek yürekli zalim zarif zayıf zeki zengin zor
"""
"""Adjectives, numbers, adverbs."""

_TYPED = """
ahi ahir aksam ari asık asit ask atik bakir balo bas beste bostan bot cam car cem cemi cep cins cip cop deli don dost
dua dun eksi es fani fon gol gri grup guru gurur hac has hur icra ilik is izmir kasım kasten kes kısık kısır kil kin
kir kit kor kot koy koz kös köse kul kur kurs kus lise mars nakit oba odak of on oral ordu ozan pes puf pul sac sağ
sal sam saman san sap sari sek sema ser sevk sık sır sırk sik sil sin sirk sis sol son su sual sur surat sure taç tas
tir ton top toz tu tur tuş tut tül tüp uç un us usul ut vah yan yas yaz ziya
"""
"""Words a keyboard without Turkish letters would share with others: as typed, they are themselves."""

_BASIC = """
abiye aç açı adli adliye ağ ahali ahlak ak akar akil akit aksak aksan aksiyon alık aman amber amca amele amigo amin
amir anti arazi arife asistan askeriye askerî aş ataman ati atina ay aylin badi bahriye bakiye baran bari baş bayi
benzer benzin besi besin beş beze bıçak bildirim bilgin bilişim burcu buz camız cani cari cerrahi civan çağla çevirmen
çevre çift çiğ çile çita çok çöp dandik danışman defne denge desen dırdır dış dikiz dikmen dil dinî diplomasi diş dize
doğru dolgu dolmuş dönüşüm döş duş düş edebî eğitmen eğri el eleştirmen ense ergene erişim erişte eş ev fıkra fikrî
filiz gazi geçim geçit gelişim girişken göç göçmen gök göreli gösterim gün gündüz güz haciz haç harbiye harem hasır
haya hoş huş ılık ışık ışın içim ihsan iletim ilişkin ilmî inci iş it itaat itfaiye ithalat itibar itiraf ittifak
kabız kaçak kafiye kanguru kaniş kapalı kapsam kaş kaşe katil katman kazı kelle kıl kırım kışın kıyım kilo kiril
kişilik kondu kopuk kore korse kum kuruş kuş kül küs küsur kâr kâtip laktik leş los loş maç maliye maliyet malul malum
malzeme malî mandalina mert mesken metalik mikrop musluk nara okçu okutman olta oluşum omur öç öge öğretmen ölgün ön
paten pati patika peş pilot pir piston polis püre rehine saban saçak saçma safi saha sair sakınca saklı salık salsa
sarma savan saya sayman sazan seçmen semaver semiz sersem sıçan sıfat sıkkın sıtma sicil sidik sikke silo sipariş
siren sivilce siyasi siyasî soya sutyen süs şahsi şaire şerefe şişman tabi tabii taka takdim takdir taktir talebe tali
tarihî taş taşıt tere tığ tıkalı toka topaç toplantı toplam toplum tuğ tutsak tuz ulan umman unvan uzman üç vaha varil
varis vatoz verem veresiye verici viran yağ yaka yakin yapım yazın yazman yıl yılmaz yoğ yoksun yonca yön yönetmen
yunus zabıta zabit zati âmin
"""
"""Everyday short words, which count when letters would have to be changed to read a term."""

_NAMES = """
abdi adile akif alina aliye alparslan anita arman armani asiye atila atilla avrupa aycan ayhan aysan aysel ayten ayvacık
bali balkan barbara beren berke berkin biden bilgen binali birsen buhara buhari buldan bursa cengiz çin cumali danimarka
dilan dilara ecem ela elif emine enderun ersin esma fas feyzi fin floransa galata gamze gazali göksu göksun gölcük
gülsüm gürcü gürün halil halit hamdi hami hatay havana haydar hayrettin hitler hopa ilhami ilker ırak iran irfan jülide
kaan kamil kanada karen karin kayı kemal kenan kolombo kozan küba kürt lenin lima liman lübnan macar madrid makbule
mardin mete milan miraç miranda miray musa nadir nazan nazi nazife nazmi nevada nevin nihan nil niyazi nizami nuray
obama oğuz okan onat orhan orkun ovacık özge özlem pakize panama pekin pendik pers peru pete polat ramazan rami ramiz
reyhan roma roman romanya şaban sabri sadi safiye salih şam sami samsun seda sedan selami şenol serap serdar şerife
serkan sezgin sıla şile sinem sivas soma somali songül sürmene süryani suzan tahran tiran tolga tülin tuna turan ülker
ürdün urla uşak vahdettin volga yasin yeliz yemliha yeşim yusuf zeren
"""
"""Cities, countries, peoples and given names that read as a common noun with an ending: Bursa, Kanada, Turan."""

RELATIONALS = """
ahlaki ananevi arabi arızi asabi asgari bahri batıni cezai cismani dahili daimi destani divani divanî esasi firari fıtri
fiziki harami harici hasbi havai hayati hayvani hicri hukuki hususi idari iktisadi ilahi insani insaniyet islami
istatistiki istisnai itibari izafi kanuni kati kimyevi kısmi kitabi kurani lisani manevi mecazi mecburi mesleki meydani
mimari mizahi mutaassıp nefsani nurani osmani rabbani rahmani ruhani şeytani şifahi sıhhi sınai siyahi sultani suni
tasavvufi tıbbi ticari turani umumi vatani vicdani yabani zahiri zaruri ziraî
"""
"""Adjectives in -i, bare: insani is not insanı typed without ı, but insanin is insanın."""

_KEYBOARD = """
adıl afiş akim akşam ambulans aşık aşır aşk asla asya atık ayin aynı ayni bakı bakır batık biçim bildiri bız boğaz böğür
bölü buruk buse büst caba cahil çan çar çayır cayır cemre cenk çer çığ cılız çim cim cin çip çıra cırcır çiş çıt çit
çıta cıva cıvık cızık çukur cuma cüppe dır dirlik dok dönük dudu dümen dün dürbün duru dürüm düşeş düşes ekşi eşkıya
eşkiya etik fakir fıçı fıkır fıs fiş fıtık fön gam gen gıcık gıda gidi gıdı gocuk göçük göt gür hadım harç haşa hasat
haşat haşin haşır hasis hınç höyük hükümet ıhlamur ılgı ılgın ılım ilim ırk ışı ışıl ısıl ısırgan işlik ıssız ıstırap
ıtır jüri kağan kağıt kamış kani kare kari kaşar kasıntı kaşıntı kasıt kaygı keş keşif keşik kesir keşiş kıble kılcal
kılıç kın kip kırçıl kırpık kışır kist kıt kıyak kıymet kız kızıl koçan kof köl kolera kom kömür kopça köpek köpük köşe
küf küm küp kür kürdan kürk kürsü kuşku küsür küt kut lağım lig loca lup mahçup marş mas maş maşa mayıs mazı mıh mır mir
mışıl miza mızrak mübah müdür mühür münakaşa müsait mütevazı mütevazi nakış nasip nasır nazır ninni nişan nitelik nöbet
nohut not nü nur obur öbür öd od ödün öf öğe ongun ördek örgü örs örtü öykü pay pınar pır pişi pışt pist porsuk pörsük
püf püs puşt put raf raşitik rastık şair şaki şakır sakır şakir şal şaman şan sancı şap şarj şark şaşı şasi şat satıh
şatır saydam şayet şaz saz sedef şef şek sem şem şema şer şeri şerif şerit şevk şifa sihir şık sıkıntı şınav şıp şıra
şırınga şirk şiş sıvı siz sızı şöför şoför sofra sofu şok şom som sör sövgü şule sülük suluk süngü şura süreç şut süt
sütyen süzgeç takim tarçın tay tıkız tılsım tın tıp tır tıraş titan tokmak topyekûn topyekün tor tör töre töz tür türbin
türkü tüy tüzük üçüz uf üf uğur ülke ulus ümit ün ünvan üst üşüntü uz vezin vinç vız yıldırım yırtık yük yumru yun yün
zabıt zifir zil zır zıt
"""
"""Words that become equal when typed without Turkish letters (tıp and tip, kın and kin, ılık and ilik): both are
known, so that the reading with fewer changes wins.
"""

_LONGER = """
açılım açıortay adak ağıt ahenk ajanda ajans akide aktarım alarm alıntı altgeçit amip analiz anason andaç anime anız
anonim apartman arabesk argon arktik arşın artım aşınım aygır aygıt ayırtı ayraç azade azık badana bağıntı bağlam baldır
balsam barsam basınç batıl batın baykuş belirtim bent bereket besim betim beton bidon bitim bohem borani boy boyunduruk
bozum budun büfe bukalemun bulamaç burç burgu caka çakıcı çalım çarpım çekirdek çekirge cepken ceset ceviz çevrim çıban
çiğdem çığır çığırtkan çıkım cımbız çimdik çimento civciv çoban daire dalak dalga damat delil deney denklem derbeder
dergah derman dernek destek dilekçe dinamit dipçik direnç disiplin divane dizem dizgin dizilim dokunum dolmen dulda
dümbelek dumdum duyurum düzenek edim edinim eğrelti elan elek elem endam engebe enkaz enstrüman erat erzak eskiz eskrim
esrik etnik evcimen evlat eyalet fanus faraş fatura fide fişek fiske fitil flamingo forum füze gargara gazel gazoz
gelgit gem genelge gerdan girdap gitar gıybet gizem gömü gonca gönderi gönderim gondol görücü gözlem güfte güldürü
gündelik gündem güvercin halhal hanedan hardal hastane hayta hazan hendek heves hiza hora horanta hulya hurda hurma
ibadet ibare içki idam iftar ikram ilgeç ilkel imale imar imdi ipek ısınım ışınım iskele işletim istasyon istem izlek
izlem jandarma jelatin kabak kabare kabuk kadife kadran kahin kakao kaktüs kalay kalfa kampana kanaat kandil kangal
kankan kanton kapari kaput karaf karakter karanfil karavan karbon kargaşa karides karma karman karton kaside kaşkol
kasnak katran kavim kaygan kazanç kazanım kelam kervan kesişim kevgir kılavuz kinaye kıskaç kıskanç kıymık kızak kolan
komando komut konsey konsol koordinat korna korner koşut kotra koyak kredi kripton kubbe külhan kulunç kümes kürek kurna
lades lahana lapa lehçe lehim leke lirik lisan lodos lord lort macera madalya madem maden mağdur mahzen makul manav
mandal mandıra manga mani manifesto markiz mart maval mecra mekan menteşe menzil merak meram mermer mesire mezura mihrap
milim minnet misil mobile model monden muhabbet mukavva muştu mutant müzik nakarat namaz nevresim nizam notam öbek ödül
öğün oklava öksüz oktan olanak ölçek omlet önerge önlem onursal opera orak orkide örümcek otağ oylum oyuk özet özgür
palan pamuk panel pankart panter parkur parola parsa parti pasaj peçe pens pense pergel perişan permi petek pike pim
pinti pişman piton polen portal posa poşet prenses rampa reçine rende revir reyon ritim rodeo rötar sabite safir safra
sahil sakarin salep salgı salta saltanat samba şamdan şampiyon samur santim sargı sarkaç sarman sayaç şebnem seciye
sedye sefine seksek sekte şelale seman semender semer sendika senet sera sergi serim serum servis sığır sığla silah
şilem silgi şilin silsile şinitzel siper sokum sömürge soyut sucu sülale sürgü sürtük tabanca tabiye tabla tabur takas
talan talkım tandem tane taslak tayfa tayfun tecim tekdir tekme telaş telve temel temsil tenis terkin tersim tesis
timsal tirit tiriz titiz tonik tonton topaz topuk torna torpil tufan tuğla tuluk tümce tümen tümsek tünel türev turist
türüm tutam tütsü üçgen uçkur ucube uçurum umacı ünlem uyak uysal uzay üzengi vahdet varoş vasiyet vatman vazife vekil
vezne vişne yama yargıç yasama yaylım yelek yelpaze yılgın yılkı yoga yonga yosma yufka yuha yulaf yumak zamk zan zebani
zemin zerre zindan
"""
"""Nouns and adjectives that read as a shorter one with an ending: analiz is no anal, model no mode, basınç no basın."""

_OPAQUE = """
acıklı ayvalık altı altılı altıncı aralık balık başlık belli birlik bölük canlı çatı çeşitli dolu elli evli gizli gözlük
hırsız ilgili iplik kalı katı kelle kolluk koltuk kulaklık kutlu maymuncuk memeli önlük özellik pulluk sağlık savcı
sessiz sevgili sonsuz sözlük tatlı terlik toplu tozluk tuzluk türlü uslu yabancı yalancıktan yolluk
"""
HEADWORDS = _PEOPLE + _LIVING + _THINGS + _IDEAS + _QUALITIES + _TYPED + _BASIC + _NAMES + _KEYBOARD + _LONGER + _OPAQUE

OPAQUE = frozenset(_OPAQUE.split())
"""Headwords spelled like a shorter word with -lı, -sız, -lık, -cı, which have gone their own way: belli is not bel."""

AS_GOOD = frozenset(
    "adayı adım altı ayın borun dilim dilimi kana kanı kazı yayım yayımı".split()  # noqa: SIM905
)
"""Forms of these headwords that the shorter word has as well and more often: kanı is blood, not belief."""
