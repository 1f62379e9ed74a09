"""Signs next to figures: %20, $5, #3, +2, -5, 2 + 2 = 4, ~5, ≥ 10; and & between words."""

from __future__ import annotations

import re

from common.turkish.speech.endings import with_ending
from common.turkish.speech.figures import amount_in_range, range_at
from common.turkish.speech.money import SIGNS as CURRENCIES
from common.turkish.speech.money import price
from common.turkish.speech.numbers import NUMBER_WORDS, digits
from common.turkish.speech.reading import Reading, Rule, glued, spaced, word_before

_PERCENTS = {"%": "yüzde", "‰": "binde"}
_SIGNED = {"+": "artı", "-": "eksi", "−": "eksi", "–": "eksi", "±": "artı eksi"}
_BETWEEN = {
    "+": "artı", "-": "eksi", "−": "eksi", "×": "çarpı", "*": "çarpı", "÷": "bölü", "/": "bölü", "=": "eşittir",
    "±": "artı eksi", "^": "üzeri", "<": "küçüktür", ">": "büyüktür", "≤": "küçük eşittir", "≥": "büyük eşittir",
    "≠": "eşit değildir", "≈": "yaklaşık", "~": "yaklaşık",
}  # fmt: skip
_PAIRS = {">=": "büyük eşittir", "<=": "küçük eşittir", "==": "eşittir"}
_ABOUT = {"~": "yaklaşık", "≈": "yaklaşık", "≥": "en az", "≤": "en fazla", "×": "çarpı"}

_PERCENT_SIGN = re.compile(r"[%‰][ \u00a0]?([-+−]?)")
_NUMBER_SIGN = re.compile(r"(?:#|№[ ]?)(?=[0-9])")
_PREFIX_AHEAD = re.compile(r"[%‰₺$€£¥]?[0-9½¼¾]")
_FIGURE_AHEAD = re.compile(r"[ \u00a0]?[-+−]?[0-9½¼¾]")
_LETTER_AHEAD = re.compile(r"[ \u00a0][^\W\d_]")
_UNARY_BEFORE = re.compile(r"(?:^|[\s(\[{\"“«‘'*_:=<>≤≥~,;/%])$")
_HASHTAG = re.compile(r"#(?:[0-9]{0,20}[^\W\d_])\w*")
_MENTION = re.compile(r"@\w[\w.]{0,64}")
_ENTITY = re.compile(r"&#?\w{1,8};")
_HEART = re.compile(r"[<>:;=]['-]?3+(?![0-9])(?=\W|$)")
_SCALE_AHEAD = re.compile(r"[ \u00a0](bin|milyon|milyar|trilyon)(?!\w)")
_INTERNATIONAL = re.compile(r"\+90[ ]?([0-9]{3})[ ]?([0-9]{3})[ ]?([0-9]{2})[ ]?([0-9]{2})(?![0-9])")


def read_percent(text: str, start: int) -> Reading | None:
    """Read %20'si as yüzde yirmisi, ‰5 as binde beş; % 20 and %-5 as well."""
    found = _PERCENT_SIGN.match(text, start)
    number = range_at(text, found.end()) if found else None
    if found is None or number is None:
        return None
    sign = f"{_SIGNED[found[1]]} " if found[1] else ""
    return with_ending(text, number.end, f"{_PERCENTS[text[start]]} {sign}{number.spoken}")


def read_currency(text: str, start: int) -> Reading | None:
    """Read $5 as beş dolar, €3 milyon as üç milyon avro; a sign after a number in words: 3 milyon $."""
    currency = CURRENCIES[text[start]]
    at = start + 2 if text[start + 1 : start + 2] == " " else start + 1
    found = amount_in_range(text, at)
    if found is None:
        return _currency_behind(text, start)
    before, amount = found
    scale = _SCALE_AHEAD.match(text, amount.end)
    if scale:
        return with_ending(text, scale.end(), f"{before}{amount.spoken} {scale[1]} {currency.name}")
    return with_ending(text, amount.end, before + price(amount, currency))


def _currency_behind(text: str, start: int) -> Reading | None:
    if word_before(text, start) not in NUMBER_WORDS:
        return None
    before = "" if text[start - 1] == " " else " "
    return with_ending(text, start + 1, before + CURRENCIES[text[start]].name)


def read_sign(text: str, start: int) -> Reading | None:
    """Read a sign before a number (+2 zırh, -5 can, ~5) or between two (2+2=4, 5 > 3)."""
    sign = text[start]
    if text[start : start + 2] in _PAIRS and _FIGURE_AHEAD.match(text, start + 2):
        return spaced(text, start, start + 2, _PAIRS[text[start : start + 2]])
    if sign in _BETWEEN and _stands_between(text, start):
        return spaced(text, start, start + 1, _BETWEEN[sign])
    if _PREFIX_AHEAD.match(text, start + 1) and _UNARY_BEFORE.search(text[max(0, start - 1) : start]):
        if sign in _SIGNED and not (sign == "–" and _opens_line(text, start)):
            return Reading(start + 1, f"{_SIGNED[sign]} ")
        if sign in _ABOUT:
            return Reading(start + 1, f"{_ABOUT[sign]} ")
    if sign in {"~", "≈"} and text[start + 1 : start + 2] == " " and text[start + 2 : start + 3].isdigit():
        return Reading(start + 1, _ABOUT[sign])
    return _read_hyphen(text, start) or _read_more(text, start)


def _opens_line(text: str, start: int) -> bool:
    before = text[max(0, start - 20) : start].rstrip(" \t")
    return before.endswith("\n") or (not before and start < 20)


def _stands_between(text: str, start: int) -> bool:
    sign = text[start]
    ahead = _FIGURE_AHEAD.match(text, start + 1)
    before = text[max(0, start - 2) : start]
    balanced = text[start - 1 : start].isspace() == text[start + 1 : start + 2].isspace()
    behind = before.rstrip(" \u00a0")[-1:]
    if sign in {"*", "/", "^"}:
        return bool(ahead) and balanced and behind.isdigit()
    if sign in {"=", "<", ">", "≤", "≥", "≠"}:
        known = behind.isalnum() or behind in {")", "%", "°"}
        return bool(ahead) and balanced and known and start > 0
    return bool(ahead) and balanced and (behind.isdigit() or behind in {")", "%"})


def _read_hyphen(text: str, start: int) -> Reading | None:
    # Covid-19: what joins a word to its number is not heard.
    joins = text[start] == "-" and start > 0 and text[start - 1].isalpha() and text[start + 1 : start + 2].isdigit()
    return Reading(start + 1, " ") if joins else None


def _read_more(text: str, start: int) -> Reading | None:
    behind = text[start - 1 : start] if start else ""
    if text[start] != "+" or not (behind.isdigit() or behind == "%") or text[start + 1 : start + 2] in {"+", "-"}:
        return None
    return None if glued(text, start + 1) else spaced(text, start, start + 1, "artı")


def read_international(text: str, start: int) -> Reading | None:
    """Read a telephone number with its country: +90 532 123 45 67."""
    found = _INTERNATIONAL.match(text, start)
    return Reading(found.end(), "artı doksan " + " ".join(map(digits, found.groups()))) if found else None


def read_number_sign(text: str, start: int) -> Reading | None:
    """Read #3 and № 3 as numara üç; #oyun stays."""
    hashtag = _HASHTAG.match(text, start)
    if hashtag:
        return Reading(hashtag.end(), hashtag[0])
    number = _NUMBER_SIGN.match(text, start)
    return Reading(number.end(), "numara ") if number else None


def read_and(text: str, start: int) -> Reading | None:
    """Read & between two words as ve."""
    entity = _ENTITY.match(text, start)
    if entity:
        return Reading(entity.end(), entity[0])
    behind = text[start - 1 : start] if start else ""
    between_words = behind == " " and bool(_LETTER_AHEAD.match(text, start + 1) or _FIGURE_AHEAD.match(text, start + 1))
    joins = all(
        pair.isalpha() and len(pair) == 2 for pair in (text[max(0, start - 2) : start], text[start + 1 : start + 3])
    )
    return spaced(text, start, start + 1, "ve") if between_words or joins else None


def read_mention(text: str, start: int) -> Reading | None:
    """Leave @name as it is, figures and all."""
    found = _MENTION.match(text, start)
    return Reading(found.end(), found[0]) if found else None


def read_heart(text: str, start: int) -> Reading | None:
    """Leave <3 and :3 as they are."""
    found = _HEART.match(text, start)
    if found is None or (start and not text[start - 1].isspace()):
        return None
    return Reading(found.end(), found[0])


def _rules() -> dict[str, tuple[Rule, ...]]:
    rules: dict[str, tuple[Rule, ...]] = dict.fromkeys((*_SIGNED, *_BETWEEN, *_ABOUT), (read_sign,))
    rules |= dict.fromkeys(CURRENCIES, (read_currency,)) | dict.fromkeys("%‰", (read_percent,))
    rules |= {"+": (read_international, read_sign), "#": (read_number_sign,), "№": (read_number_sign,)}
    rules |= {"&": (read_and,), "@": (read_mention,), ":": (read_heart,), ";": (read_heart,)}
    return rules | dict.fromkeys("<>=", (read_heart, read_sign))


SIGN_RULES = _rules()
"""The rules for each sign, in the order in which they are asked."""
