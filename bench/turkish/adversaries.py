"""Texts that are made to be slow to read, of any length."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import cycle, islice

_SYLLABLES = "ka lı kıl ıç bü yü şı fa cı de mir öl dür mek kan at ma sal ak ta rı n ler den ğ ım"
_DISGUISED = str.maketrans("aeıiosAEIOS", "@31105@3105")
_WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})
_CYRILLIC = str.maketrans("aeocpxkmt", "аеосрхкмт")


def adversaries(terms: Sequence[str]) -> dict[str, Callable[[int], str]]:
    """Return a maker for each kind of text: give it a number of characters."""
    listed = " ".join(terms)
    repeated = {
        "one letter": "a",
        "one capital İ, decomposed": "I\u0307",
        "near misses": "kılı kılıh kıl kılıçh öldü öldürm büy büyş ",
        "single letters": "k ",
        "spaced term": "k ı l ı ç ",
        "dotted letters": "k.ı.l.ı.",
        "starred letters": "k*ı*l*ı*ç*",
        "apostrophes": "a'",
        "hyphens": "kan-",
        "underscores": "kan_",
        "digits": "1234567890",
        "numbers": "1.250.000 ",
        "number with a suffix": "3'üncü5'er",
        "symbols": "@$!€+|*#",
        "leet": "k1l1ç 0ldur s@l@k ",
        "zero-width flood": "\u200b",
        "zero-width between letters": "k\u200bı\u200bl\u200bı\u200bç\u200b",
        "combining marks": "\u0301",
        "marks on letters": "k\u0327\u0301\u0308ı\u0301",
        "Cyrillic": "кан ",
        "full-width": "ｋａｎ",
        "emoji": "🗡️👩‍👩‍👧",
        "lone surrogates": "\ud800k",
        "suffix tower": "kılıçlıklık",
        "verb tower": "öldürmeyeceklermişcesine",
        "doubled letters": "kkıılııçç",
        "full stops": ". ",
        "dots alone": ".",
        "quotes": "“(«",
        "abbreviations": "Dr. vb. 3. II. ",
        "line ends": "\n- ",
        "money and percents": "%20'si 50₺ $5 ",
        "Roman numerals": "XIV. ",
        "clock and dates": "14.30-29.10.1923 ",
    }
    makers = {name: _repeated(unit) for name, unit in repeated.items()}
    return makers | {
        "every term": _repeated(listed + " "),
        "every term, glued": _repeated(listed.replace(" ", "")),
        "every term, one letter short": _repeated(" ".join(term[:-1] for term in terms) + " "),
        "every term, in disguise": _repeated(listed.translate(_DISGUISED) + " "),
        "every term, full-width": _repeated(listed.translate(_WIDE) + " "),
        "every term, half Cyrillic": _repeated(listed.translate(_CYRILLIC) + " "),
        "every term, letters spaced": _repeated("   ".join(" ".join(term) for term in terms) + "   "),
        "every term, letters tripled": _repeated(" ".join("".join(c * 3 for c in term) for term in terms) + " "),
        "invented words, all different": _invented,
        "invented words in disguise": _disguised,
        "any Unicode": _any_unicode,
    }


def _disguised(size: int) -> str:
    return _invented(size).translate(_DISGUISED)


def _repeated(unit: str) -> Callable[[int], str]:
    return lambda size: "".join(islice(cycle(unit), size))


def _invented(size: int) -> str:
    """Return words that are almost Turkish and never the same, so that nothing learnt of one helps with the next."""
    chance = random.Random(1453)
    words: list[str] = []
    length = 0
    while length <= size:
        words.append("".join(chance.choices(_SYLLABLES.split(), k=chance.randint(2, 7))))
        length += len(words[-1]) + 1
    return " ".join(words)[:size]


def _any_unicode(size: int) -> str:
    chance = random.Random(1923)
    return "".join(chr(chance.randrange(0x110000)) for _ in range(size))
