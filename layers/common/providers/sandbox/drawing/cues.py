"""The Turkish words of a prompt that steer the sandbox's pictures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from common.providers.sandbox.drawing.canvas import Color

_STEMS = {
    # who
    "beard": "sakal cüce dede",
    "mustache": "bıyık",
    "helmet": "miğfer kask tolga",
    "hood": "kukuleta başlık suikastçı hırsız haydut",
    "crown": "taç taçlı tacı kral kraliçe prens hükümdar imparator",
    "turban": "sarık padişah vezir kavuk",
    "hat": "şapka büyücü cadı sihirbaz",
    "armor": "zırh şövalye asker muhafız savaşçı komutan",
    "old": "yaşlı ihtiyar dede nine bilge kocamış",
    "young": "çocuk genç kız oğlan",
    "woman": "kadın kız kraliçe prenses nine cadı hanım hatun rahibe anne teyze",
    "man": "erkek adam kral dede oğlan bey amca baba",
    "bald": "kel dazlak",
    "red_hair": "kızıl",
    "blond_hair": "sarışın",
    "gray_hair": "=ak akça aksakal",
    "dark_skin": "esmer siyahi",
    "pale_skin": "solgun soluk vampir hayalet",
    "green_skin": "ork goblin trol",
    "elf": "elf peri",
    "scar": "yara yaralı",
    "patch": "korsan tekgöz",
    "glasses": "gözlük",
    "smile": "gülümse gülen neşeli mutlu güler",
    "angry": "kızgın öfke sinirli hiddet",
    "sad": "üzgün hüzün mahzun kederli",
    "long_hair": "uzun",
    "curly_hair": "kıvırcık dalgalı",
    # where
    "night": "gece mehtap yıldız karanlık",
    "day": "gündüz öğle güneşli",
    "sunset": "akşam batımı günbatımı alacakaranlık",
    "dawn": "şafak sabah seher doğumu",
    "sea": "deniz okyanus liman sahil kıyı",
    "lake": "göl nehir ırmak dere",
    "forest": "orman ağaç ağac koru çam",
    "castle": "kale şato hisar kule saray",
    "village": "köy kasaba han hanı çarşı ev değirmen",
    "winter": "kış =kar karlı karda buz",
    "desert": "çöl kum kumul vaha",
    "mountains": "dağ zirve",
    "clouds": "bulut kapalı fırtına",
    "rain": "yağmur fırtına sağanak",
    "fog": "sis pus",
}
_COLORS: dict[str, Color] = {
    "kırmızı": (178, 44, 46),
    "kızıl": (168, 64, 30),
    "mavi": (48, 92, 168),
    "lacivert": (32, 44, 98),
    "yeşil": (52, 122, 74),
    "sarı": (216, 178, 72),
    "turuncu": (212, 118, 44),
    "mor": (108, 62, 146),
    "pembe": (214, 120, 156),
    "kahverengi": (104, 68, 44),
    "kestane": (96, 58, 36),
    "siyah": (40, 38, 46),
    "kara": (40, 38, 46),
    "beyaz": (226, 222, 214),
    "ak": (226, 222, 214),
    "gri": (134, 136, 142),
    "kumral": (142, 104, 66),
    "ela": (122, 112, 62),
    "altın": (206, 166, 66),
}
_SHORT_ENDINGS = re.compile(r"(l[ea]r)?(l[iıuü]|[dt][ea]n?|[dt][ea]ki|[iıuü]n?|[sy]?[iıuüea]|n[iıuü]n)?$")
_WITHOUT = re.compile(r"s[iıuü]z")


def find_cues(prompt: str, negative_prompt: str | None) -> frozenset[str]:
    """The cues in a prompt, without those the negative prompt names."""
    return _cues(prompt) - _cues(negative_prompt or "")


def _cues(text: str) -> frozenset[str]:
    words = _words(text)
    return frozenset(
        cue for cue, stems in _STEMS.items() if any(_is(word, stem) for stem in stems.split() for word in words)
    )


def _is(word: str, stem: str) -> bool:
    """Whether a word is an inflected form of a stem and does not deny it ("sakalsız"); `=` asks for the bare word."""
    if stem.startswith("="):
        return word == stem[1:]
    if not word.startswith(stem):
        return False
    ending = word[len(stem) :]
    if len(stem) <= 4:
        return _SHORT_ENDINGS.match(ending) is not None
    return _WITHOUT.match(ending) is None


def find_colors(prompt: str) -> dict[str, Color]:
    """The colours a prompt names, for `hair`, `eyes` and (before any other word) `clothes`."""
    words = _words(prompt)
    found: dict[str, Color] = {}
    for word, following in zip(words, [*words[1:], ""], strict=False):
        if word in _COLORS:
            part = "hair" if following.startswith("saç") else "eyes" if following.startswith("göz") else "clothes"
            found.setdefault(part, _COLORS[word])
    return found


def _words(text: str) -> list[str]:
    """The words in Turkish lower case, where I is ı and İ is i."""
    return re.findall(r"\w+", text.replace("İ", "i").replace("I", "ı").lower())
