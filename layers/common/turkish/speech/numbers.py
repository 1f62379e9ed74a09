"""Numbers in words: whole, with decimals, and digit by digit where they are no quantity."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from common.turkish.speech.endings import attach
from common.turkish.speech.reading import words

if TYPE_CHECKING:
    from unicode_rbnf import RbnfEngine

ONES = ("sıfır", "bir", "iki", "üç", "dört", "beş", "altı", "yedi", "sekiz", "dokuz")

# The library knows scales up to katrilyon; players' scores know more.
SCALES = (
    "", "bin", "milyon", "milyar", "trilyon", "katrilyon", "kentilyon", "sekstilyon", "septilyon", "oktilyon",
    "nonilyon",
)  # fmt: skip

NUMBER_WORDS = words(
    "sıfır bir iki üç dört beş altı yedi sekiz dokuz on yirmi otuz kırk elli altmış yetmiş seksen doksan yüz bin "
    "milyon milyar trilyon katrilyon yarım buçuk çeyrek birkaç kaç"
)
"""After one of these a unit is a unit, as after digits: kaç km, yüz kg."""

# Longer rows of digits, written without grouping dots, are codes and not quantities.
_LONGEST_QUANTITY = 15

AMOUNT = re.compile(
    r"""
      (?P<turkish>[1-9][0-9]{0,2}(?:\.[0-9]{3})+)(?![0-9]|\.[0-9])(?:,(?P<part>[0-9]+))?
    | (?P<spaced>[1-9][0-9]{0,2}(?:(?:[\u00a0\u2009\u202f][0-9]{3}){1,9}|(?:[ ][0-9]{3}){0,4}[ ]000))(?![ ]?[0-9])
    | (?P<english>[1-9][0-9]{0,2}(?:(?:,[0-9]{3}){2,}(?:\.[0-9]+)?|,[0-9]{3}\.[0-9]+))(?![.,]?[0-9])
    | (?P<whole>[0-9]+)(?:(?P<mark>[.,])(?P<fraction>[0-9]+))?
    """,
    re.VERBOSE,
)


class Amount(NamedTuple):
    """A number as it stands in the text, up to `end`."""

    end: int
    whole: str
    """Its digits before the mark, without grouping."""
    mark: str = ""
    """`,` or `.`, '' for a whole number."""
    fraction: str = ""
    grouped: bool = False

    @property
    def spoken(self) -> str:
        """The number in words: 1.250,5 is `bin iki yüz elli virgül beş`."""
        whole = grouped_digits(self.whole) if self.grouped else digits(self.whole)
        if not self.mark:
            return whole
        return f"{whole} {'virgül' if self.mark == ',' else 'nokta'} {digits(self.fraction)}"


def amount_at(text: str, start: int) -> Amount | None:
    """Return the number that starts at `start`, with its grouping and decimals in Turkish or in English fashion."""
    found = AMOUNT.match(text, start)
    if found is None:
        return None
    if found["turkish"]:
        part = found["part"] or ""
        return Amount(found.end(), found["turkish"].replace(".", ""), "," if part else "", part, grouped=True)
    if found["spaced"]:
        return Amount(found.end(), re.sub(r"\s", "", found["spaced"]), grouped=True)
    if found["english"]:
        whole, mark, fraction = found["english"].replace(",", "").partition(".")
        return Amount(found.end(), whole, mark, fraction, grouped=True)
    return Amount(found.end(), found["whole"], found["mark"] or "", found["fraction"] or "")


def cardinal(number: int) -> str:
    """Return a number from 0 up to 10**33 in words, each word by itself."""
    if number == 0:
        return ONES[0]
    words: list[str] = []
    for scale in SCALES:
        number, group = divmod(number, 1000)
        if group:
            counted = "" if scale == "bin" and group == 1 else _below_thousand(group)
            words.append(f"{counted} {scale}".strip())
        if not number:
            break
    return " ".join(reversed(words))


def ordinal(number: int) -> str:
    """Return `number` as an ordinal: 4 is `dördüncü`."""
    return attach(cardinal(number), "ıncı")


def digits(row: str) -> str:
    """Return a row of digits in words: zeros in front are each read, a row too long to be a quantity digit by digit."""
    if len(row) > _LONGEST_QUANTITY:
        return " ".join(ONES[int(digit)] for digit in row)
    rest = row.lstrip("0")
    zeros = [ONES[0]] * (len(row) - len(rest))
    return " ".join([*zeros, cardinal(int(rest))] if rest else zeros)


def grouped_digits(row: str) -> str:
    """Return a row of digits that was written in groups of three as one number, as far as words for it exist."""
    return cardinal(int(row)) if len(row) <= 3 * len(SCALES) else digits(row)


@lru_cache(maxsize=1000)
def _below_thousand(number: int) -> str:
    return _engine().format_number(number).text


@cache
def _engine() -> RbnfEngine:
    # Some 50 ms to import and build: only once a number is met.
    from unicode_rbnf import RbnfEngine  # noqa: PLC0415

    return RbnfEngine.for_language("tr")
