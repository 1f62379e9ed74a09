"""Money: currencies by sign, code and name, and their hundredths."""

from __future__ import annotations

import re
from typing import NamedTuple

from common.turkish.speech.endings import ending_at
from common.turkish.speech.numbers import Amount, digits
from common.turkish.speech.reading import glued


class Currency(NamedTuple):
    """A currency as it is spoken, and its hundredth."""

    name: str
    hundredth: str


_LIRA = Currency("lira", "kuruş")
_DOLLAR = Currency("dolar", "sent")
_EURO = Currency("avro", "sent")
_POUND = Currency("sterlin", "peni")

SIGNS = {
    "₺": _LIRA,
    "$": _DOLLAR,
    "€": _EURO,
    "£": _POUND,
    "¥": Currency("yen", "sen"),
    "₽": Currency("ruble", "kopek"),
    "₼": Currency("manat", "kepik"),
    "₿": Currency("bitkoin", ""),
}
"""Signs, before or after the amount."""

CODES = {
    "TL": _LIRA,
    "tl": _LIRA,
    "Tl": _LIRA,
    "TRY": _LIRA,
    "USD": _DOLLAR,
    "EUR": _EURO,
    "GBP": _POUND,
    "krş": Currency("kuruş", ""),
    "kr": Currency("kuruş", ""),
}
"""Codes, after the amount."""

# A king (kral) begins like one of these.
_COINS = frozenset(("kr", "krş"))

# Names stay as they are written; only the hundredths of an amount before them are read as money.
_NAMES = {
    "lira": _LIRA,
    "dolar": _DOLLAR,
    "avro": _EURO,
    "euro": Currency("euro", "sent"),
    "sterlin": _POUND,
}

_AFTER = re.compile(rf"[ \u00a0]?({'|'.join(map(re.escape, (*SIGNS, *CODES)))})")
_NAMED = re.compile(rf"[ \u00a0]({'|'.join(_NAMES)})")


class Found(NamedTuple):
    """A currency in the text, up to `end`."""

    end: int
    currency: Currency


def currency_after(text: str, at: int) -> Found | None:
    """Return the sign or code of a currency that follows at `at`, a space between them or not."""
    found = _AFTER.match(text, at)
    if found is None or not _stands_alone(text, found.end()) or (found[1] in _COINS and glued(text, found.end())):
        return None
    return Found(found.end(), SIGNS.get(found[1]) or CODES[found[1]])


def named_currency_after(text: str, at: int) -> Found | None:
    """Return the currency whose name follows at `at`."""
    found = _NAMED.match(text, at)
    if found is None or not _stands_alone(text, found.end()):
        return None
    return Found(found.end(), _NAMES[found[1]])


def price(amount: Amount, currency: Currency) -> str:
    """Return an amount of money in words, two decimals as hundredths: `on iki lira elli kuruş`."""
    if len(amount.fraction) != 2 or not currency.hundredth:
        return f"{amount.spoken} {currency.name}"
    whole = amount._replace(mark="", fraction="").spoken
    hundredths = amount.fraction.lstrip("0")
    if not hundredths:
        return f"{whole} {currency.name}"
    parts = f"{digits(hundredths)} {currency.hundredth}"
    return parts if not amount.whole.strip("0") else f"{whole} {currency.name} {parts}"


def _stands_alone(text: str, end: int) -> bool:
    return not glued(text, end) or ending_at(text, end) is not None
