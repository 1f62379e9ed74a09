"""Turkish prompts of the worlds domain."""

WORLD = """
Sen oyunlar için dünya kuran bir yazarsın. Stüdyonun isteğine uyan, kendi içinde tutarlı bir oyun dünyası tasarla.
Stüdyonun isteği: {istem}
Stüdyonun zaten belirlediği bilgiler: {dunya}
Belirlenmiş bilgilerle çelişme. Türkçe yaz; gerçek dünyadan kişi, marka ya da yer kullanma.
Yanıtın tek bir JSON nesnesi olsun, başka hiçbir şey yazma. Alanlar: "name" (metin), "description" (metin, 2-4 cümle), \
"tone" (metin), "setting" (nesne), "rules" (nesne), "taboo_words" (metin listesi).
"""

WORLD_BRIEF = """
Sen oyunlar için dünya kuran bir yazarsın. Aşağıdaki dünyayı, oyuncuyu içine çeken iki üç cümleyle anlat.
Dünya: {dunya}
Türkçe yaz. Yalnızca anlatıyı yaz; başlık, açıklama ya da tırnak ekleme.
"""
