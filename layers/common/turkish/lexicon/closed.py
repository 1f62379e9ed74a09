"""Closed word classes: words that are never an inflected noun."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


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

PLACES = {
    "alt": "altında altından altına", "üst": "üstünde üstünden üstüne", "iç": "içinde içinden içine",
    "ön": "önünde önünden önüne", "art": "ardında ardından ardına", "yan": "yanında yanından yanına",
    "ara": "arasında arasından arasına", "arka": "arkasında arkasından arkasına", "dış": "dışında dışından dışına",
    "orta": "ortasında ortasından ortasına", "karşı": "karşısında karşısından karşısına",
    "el": "elinde elinden eline", "yer": "yerinde yerinden yerine",
}  # fmt: skip
"""Nouns of place in the forms that say where: altında is below something, and hardly ever in the gold."""

TIMES = _words(
    "akşam an ara asır ay bahar bugün cuma cumartesi çarşamba demin dün evvel gece gün güz hafta ilkbahar kış "
    "mevsim öğle öğlen önce öte pazar pazartesi perşembe sabah salı sene sonbahar sonra şimdi yarın yaz yıl yüzyıl"
)
"""Times, which take -ki without a case: yarınki."""
