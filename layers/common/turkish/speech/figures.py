"""Quantities: numbers and ranges with their signs and units, ordinals, scores, fractions."""

from __future__ import annotations

import re

from common.turkish.speech.endings import APOSTROPHES, attach, ending_at, template_of, with_ending
from common.turkish.speech.money import currency_after, named_currency_after, price
from common.turkish.speech.numbers import ONES, Amount, amount_at, cardinal, digits, grouped_digits
from common.turkish.speech.ordinals import is_numbered, ordinal_dot
from common.turkish.speech.reading import Reading, word_after
from common.turkish.speech.units import after_its_dot, unit_after

FRACTIONS = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5),
    "⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8),
}  # fmt: skip
"""The fractions that are one character: ⅔ is two of three."""

# Thousands and millions as they are typed behind a number; m is left to metres.
_SHORT_SCALES = {"k": "bin", "K": "bin", "mn": "milyon", "M": "milyon", "mr": "milyar", "mlr": "milyar"}
_SHORT_SCALE = re.compile(r"(?:k|K|M|mn|mr|mlr|[ \u00a0](?:mn|mr|mlr))(?![^\W\d_])")

_RANGE = re.compile(r"(?:[-–—]|[ \u00a0][-–—][ \u00a0])(?=[0-9])")
_TO_ORDINAL = re.compile(r"[-–](?=[0-9]{1,3}\. ?[^\W\d_])")
_EQUALS = re.compile(r"[ \u00a0]?=")
_PERCENT = re.compile(r"[ \u00a0]?([%‰])(?![0-9])")
_ORDINAL_AGAIN = re.compile("n?c[ıiuü]")
_PERCENTS = {"%": "yüzde", "‰": "binde"}
_RAISED = {"²": "kare", "³": "küp"}

_STROKES = re.compile(r"[0-9]+(?:[.,][0-9]+)?(?:/[0-9]+(?:[.,][0-9]+)?)+")
# Behind these a fraction is a part: 3/4 kadarı. Elsewhere two figures and a stroke may be a score or a health bar.
_PART_OF = re.compile(
    r"[ \u00a0](?:kadar|oran|nispet|bardak|bardağ|kaşık|kaşığ|fincan|kase|kâse|ölçek|ölçeğ|litre|kilo|gram|metre|pay|"
    r"hisse|his|parça|porsiyon)"
)
_JOINED = re.compile(
    r"(?:kişi|tane|adet|gün|saat|dakika|saniye|lira|puan|altın|can|metre|kilo|yaş|yıl|defa|kere|kez)\w{0,12}"
)


def read_strokes(text: str, start: int) -> Reading | None:
    """Read figures with strokes between as divided; a fraction with its ending is a part: 1/4'ü is dörtte biri."""
    found = _STROKES.match(text, start)
    if found is None:
        return None
    parts = found[0].split("/")
    if found[0] == "7/24":
        return with_ending(text, found.end(), "yedi yirmi dört")
    ending = ending_at(text, found.end())
    if ending and ending.apostrophe and len(parts) == 2 and template_of(ending.typed).startswith(("(s)I", "(y)I")):
        possessive = ending.typed if template_of(ending.typed).startswith("(s)I") else "sı"
        if parts == ["1", "2"]:
            return Reading(ending.end, attach("yarı", possessive))
        whole, part = (digits(row) for row in (parts[1], parts[0]))
        return Reading(ending.end, f"{attach(whole, 'de')} {attach(part, possessive)}")
    if len(parts) == 2 and _PART_OF.match(text, found.end()) and all(len(part) == 1 for part in parts):
        return Reading(found.end(), _part_of(parts))
    amounts = [amount_at(part, 0) for part in parts]
    spoken = " bölü ".join(amount.spoken for amount in amounts if amount)
    return _counted(text, found.end(), spoken)


def _part_of(parts: list[str]) -> str:
    if parts == ["1", "2"]:
        return "yarım"
    return f"{attach(digits(parts[1]), 'de')} {digits(parts[0])}"


def read_quantity(text: str, start: int) -> Reading | None:
    """Read a number or a range with what belongs to it: fraction, scale, percent, currency, unit, dot, ending."""
    first = amount_at(text, start)
    if first is None:
        return None
    before, amount = _range_from(text, first)
    return (
        _ordinal(text, start, amount, before)
        or _with_sign(text, amount, before)
        or _with_unit(text, amount, before)
        or _with_scale(text, amount, before)
        or _with_fraction(text, amount, before)
        or _plain(text, amount, before)
    )


def range_at(text: str, start: int) -> Reading | None:
    """Return the number or range that starts at `start` in words, without anything that follows."""
    first = amount_at(text, start)
    if first is None:
        return None
    before, amount = _range_from(text, first)
    return Reading(amount.end, before + amount.spoken)


def amount_in_range(text: str, start: int) -> tuple[str, Amount] | None:
    """Return the number that starts at `start`; of a range the last, with what is said before it."""
    first = amount_at(text, start)
    return _range_from(text, first) if first else None


def _range_from(text: str, first: Amount) -> tuple[str, Amount]:
    dash = _RANGE.match(text, first.end)
    second = amount_at(text, dash.end()) if dash else None
    # 5-3=2 is a sum, and 10-20 followed by a letter is no range of numbers.
    if second is None or _EQUALS.match(text, second.end):
        return "", first
    return f"{first.spoken} ", second


def _ordinal(text: str, start: int, amount: Amount, before: str) -> Reading | None:
    dot = amount.end
    if amount.mark or text[dot : dot + 1] != "." or len(amount.whole) > 6:
        return None
    spoken = before + attach(_whole(amount), "ıncı")
    if text[dot + 1 : dot + 2].isalpha() or text[dot + 1 : dot + 2] in APOSTROPHES:
        return _glued_ordinal(text, dot + 1, spoken)
    range_of_ordinals = _TO_ORDINAL.match(text, dot + 1)
    if range_of_ordinals:
        return Reading(range_of_ordinals.end(), f"{spoken} ")
    return Reading(dot + 1, spoken) if ordinal_dot(text, start, dot) else None


def _glued_ordinal(text: str, at: int, spoken: str) -> Reading | None:
    ending = ending_at(text, at)
    if ending and (ending.apostrophe or len(ending.typed) > 1) and not text[at].isupper():
        # 3.cü is what some write for 3'üncü.
        return Reading(ending.end, spoken if _ORDINAL_AGAIN.fullmatch(ending.typed) else attach(spoken, ending.typed))
    follower = word_after(" " + text[at : at + 32], 0)
    if len(follower) > 2 and (follower[0].islower() or is_numbered(follower)):
        return Reading(at, f"{spoken} ")
    return None


def _with_sign(text: str, amount: Amount, before: str) -> Reading | None:
    percent = _PERCENT.match(text, amount.end)
    if percent:
        return with_ending(text, percent.end(), f"{_PERCENTS[percent[1]]} {before}{amount.spoken}")
    money = currency_after(text, amount.end)
    if money is None and len(amount.fraction) == 2:
        money = named_currency_after(text, amount.end)
    return with_ending(text, money.end, before + price(amount, money.currency)) if money else None


def _with_unit(text: str, amount: Amount, before: str) -> Reading | None:
    unit = unit_after(text, amount.end)
    if unit is None:
        return None
    end = after_its_dot(text, unit.end, text[amount.end : unit.end].strip())
    return with_ending(text, end, unit.unit.of(before + amount.spoken))


def _with_scale(text: str, amount: Amount, before: str) -> Reading | None:
    found = _SHORT_SCALE.match(text, amount.end)
    if found is None:
        return None
    scale = _SHORT_SCALES[found[0].strip()]
    one_thousand = scale == "bin" and amount.spoken == ONES[1]
    spoken = before + (scale if one_thousand else f"{amount.spoken} {scale}")
    money = currency_after(text, found.end())
    return with_ending(
        text, money.end if money else found.end(), f"{spoken} {money.currency.name}" if money else spoken
    )


def _with_fraction(text: str, amount: Amount, before: str) -> Reading | None:
    sign = text[amount.end : amount.end + 1]
    if sign in _RAISED:
        return with_ending(text, amount.end + 1, f"{before}{amount.spoken} {_RAISED[sign]}")
    if sign not in FRACTIONS or amount.mark:
        return None
    spoken = f"{before}{amount.spoken} {'buçuk' if sign == '½' else fraction_words(sign)}"
    return _counted(text, amount.end + 1, spoken)


def fraction_words(sign: str) -> str:
    """Return one character's fraction in words: yarım, çeyrek, üçte iki."""
    if sign in {"½", "¼"}:
        return "yarım" if sign == "½" else "çeyrek"
    part, whole = FRACTIONS[sign]
    return f"{attach(cardinal(whole), 'de')} {cardinal(part)}"


def _plain(text: str, amount: Amount, before: str) -> Reading:
    reading = with_ending(text, amount.end, before + amount.spoken)
    ending = ending_at(text, amount.end)
    if ending and reading.end == ending.end and template_of(ending.typed) == "(ş)Ar":
        # 5'er ml: what is dealt out is still measured.
        return _counted(text, reading.end, reading.spoken)
    if reading.end == amount.end and _JOINED.match(text, amount.end):
        return Reading(amount.end, f"{reading.spoken} ")
    return reading


def _counted(text: str, end: int, spoken: str) -> Reading:
    """Read on over a unit, a currency or an ending."""
    unit = unit_after(text, end)
    if unit:
        return with_ending(text, unit.end, unit.unit.of(spoken))
    money = currency_after(text, end)
    return with_ending(text, money.end, f"{spoken} {money.currency.name}") if money else with_ending(text, end, spoken)


def _whole(amount: Amount) -> str:
    return grouped_digits(amount.whole) if amount.grouped else digits(amount.whole)


def read_lone_fraction(text: str, start: int) -> Reading | None:
    """Read a fraction of one character that stands by itself: ½ litre is yarım litre."""
    if text[start] == "½" and ending_at(text, start + 1):
        return with_ending(text, start + 1, "yarı")
    return _counted(text, start + 1, fraction_words(text[start])) if text[start] in FRACTIONS else None
