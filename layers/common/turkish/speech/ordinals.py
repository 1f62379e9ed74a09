"""Whether the dot after a number makes an ordinal of it or ends the sentence."""

from __future__ import annotations

import re

from common.turkish.casing import lower
from common.turkish.speech.reading import ends_line, starts_sentence, word_after, word_before, words

# Parts that carry their number before or behind them: `3. Bölüm`, but `Bölüm 3.` ends a sentence.
_PARTS = words(
    "bölüm kısım perde sahne sayfa cilt fasıl kapı oda salon daire sınıf kademe seviye düzey aşama etap görev sezon "
    "madde fıkra bent dalga harita final kat tur faz gün sıra sayı"
)

# What else is counted off: wars, ages, armies, streets, reigns. These carry their number only before them.
_COUNTED = words(
    "gece hafta ay yıl yüzyıl yy dönem devre çağ binyıl dünya körfez haçlı ordu tümen alay tabur bölük tugay filo lig "
    "raunt raund bölge köprü cadde sokak kitap oturum grup takım nesil kuşak uluslararası ulusal geleneksel olağan "
    "lonca kule zindan meşrutiyet cumhurbaşkanı başbakan padişah sultan kral kraliçe imparator deneme boss"
)

# Reigning names, which take an ordinal without a word for king before them.
_RULERS = words(
    "abdülaziz abdülhamid abdülhamit abdülmecid abdülmecit ahmed ahmet alaeddin alexander aleksandr alfonso bayezid "
    "beyazıt beyazid benedikt charles edward elizabeth felipe ferdinand filip franz frederick friedrich george giray "
    "gıyaseddin gustav henri henry ibrahim izzeddin james jan jean john josef justinianus karl katerina keyhüsrev "
    "keykavus keykubad kılıçarslan konstantin leo leopold louis mahmud mahmut manuel mehmed mehmet murad murat mustafa "
    "napoleon nikola nikolay osman otto papa paul petro pier pius ramses richard selim sigismund stefan süleyman "
    "theodosius tutmosis vilhelm wilhelm william"
)
_TITLES = words("kral kralı kraliçe sultan padişah imparator çar çariçe papa han hakan hükümdar prens firavun")

# Words a sentence begins with, and which carry no number before them.
_OPENERS = words(
    "acaba ama ancak aslında artık bak bazen belki bile bir böyle bugün bütün çok çünkü daha demek derken dikkat dur "
    "dün eğer elbette en evet fakat gel git gene gerçekten gerçi hadi haydi hala hâlâ hangi hani hatta hayır hem hemen "
    "hep her herkes hiç iki işte iyi kaç kim kimse lakin lütfen madem merhaba nasıl ne neden nerede neyse niye oysa "
    "öyle peki sadece sakın sonra sonunda şimdi tamam üstelik ve veya ya yalnız yani yarın yine yok yoksa zaten"
)
_PRONOUN = re.compile(
    r"(?:ben|sen|biz|siz|bu|şu|o)|(?:ben|sen|on|bun|şun)(?:i|u|im|in|un|da|de|dan|den|a|lar\w*|unla|imle|inle)"
    r"|ban[ae]|san[ae]|(?:biz|siz)(?:i|e|de|den|im|in|ler\w*)|(?:bu|şu|o)ra\w*"
)
# In lower case, as chat is typed, only these cannot follow an ordinal.
_CONJUNCTIONS = frozenset(["ama", "fakat", "ancak", "çünkü", "oysa", "yani", "bence"])

# As such, its own or in the plural (Yüzyılı, Dünyasında, Bölümler); Kapıyı begins a sentence rather.
_NUMBERED = re.compile(
    rf"(?:{'|'.join(sorted(_PARTS | _COUNTED, key=len, reverse=True))})"
    r"(?:s?[ıiuü](?:n[a-zçğıöşü]{1,6})?|l[ae]r[a-zçğıöşü]{0,8})?"
)
_HOLDERS = frozenset([*_PARTS, "adım", "numara", "numarası", "no", "hane", "toplam", "skor", "puan"])
_NEXT_ORDINAL = re.compile(r"[ \u00a0][0-9]{1,3}\. [^\W\d_]")
_NEARBY = 2_000


def is_numbered(word: str) -> bool:
    """Whether `word` names what is numbered: Bölüm, Yüzyılı."""
    return _NUMBERED.fullmatch(lower(word)) is not None


def holds_number(word: str) -> bool:
    """Whether `word` carries a number behind it: Bölüm 3, Kapı IV."""
    return lower(word) in _HOLDERS


def ordinal_dot(text: str, start: int, dot: int) -> bool:
    """Whether the number from `start` up to the dot at `dot` is an ordinal.

    Yes before a lower-case word, a comma or another ordinal. Before a capital letter only before what is numbered
    (3. Bölüm) and before names: at the start of a sentence, behind a title, or rulers' (5. Murat), Roman numerals
    before any. Never where the line ends, in a numbered list, or behind what carries its number (Bölüm 3. Kapı).
    """
    after = dot + 1
    if text[after : after + 1] in {",", ";"} or _NEXT_ORDINAL.match(text, after):
        return True
    follower = word_after(text, after)
    if not follower or ends_line(text, after) or _in_list(text, start, dot):
        return False
    if not follower[0].isupper():
        return lower(follower) not in _CONJUNCTIONS
    return not holds_number(word_before(text, start)) and (
        is_numbered(follower) or _is_of_a_name(text, start, text[start:dot], lower(follower))
    )


def _is_of_a_name(text: str, start: int, numeral: str, follower: str) -> bool:
    if follower in _OPENERS or _PRONOUN.fullmatch(follower) or not (numeral.isalpha() or numeral.isdecimal()):
        return False
    if numeral.isdecimal() and len(numeral) > 2:
        return False
    return (
        numeral.isalpha()
        or follower in _RULERS
        or lower(word_before(text, start)) in _TITLES
        or starts_sentence(text, start)
    )


def _in_list(text: str, start: int, dot: int) -> bool:
    """Whether the number begins a line, and another line nearby begins with the next or the previous one."""
    line = text[max(0, start - 8) : start].rstrip(" \t")
    row = text[start:dot]
    if not (line.endswith("\n") or (not line and start <= 8)) or not row.isdecimal() or len(row) > 3:
        return False
    number = int(row)
    follows = text.find(f"\n{number + 1}.", dot, dot + _NEARBY) >= 0
    return follows or text.rfind(f"{number - 1}.", max(0, start - _NEARBY), start) >= 0
