"""Dates in figures: 29.10.1923, 29/10/1923, 29-10-1923, 2026-11-20."""

from __future__ import annotations

import re
from calendar import monthrange

from common.turkish.speech.endings import with_ending
from common.turkish.speech.numbers import cardinal, digits
from common.turkish.speech.reading import Reading

MONTHS = (
    "", "Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran", "Temmuz", "Ağustos", "Eylül", "Ekim", "Kasım", "Aralık",
)  # fmt: skip

_DAY_FIRST = re.compile(r"([0-3]?[0-9])([./-])([01]?[0-9])\2([0-9]{4}|[0-9]{2})(?![0-9]|[./-][0-9])")
_YEAR_FIRST = re.compile(r"([0-9]{4})([-./])([01][0-9])\2([0-3][0-9])(?![0-9]|[./-][0-9])")


def read_date(text: str, start: int) -> Reading | None:
    """Read a date that exists in the calendar, with its ending: 29.10.1923'te. Others are left to other rules."""
    found = _DAY_FIRST.match(text, start)
    if found:
        day, month, year = found[1], found[3], found[4]
    else:
        found = _YEAR_FIRST.match(text, start)
        if found is None:
            return None
        year, month, day = found[1], found[3], found[4]
    # 12-10-15 may be anything; two figures for a year are only read where dots or strokes stand between.
    if not _exists(int(year), int(month), int(day)) or (len(year) == 2 and found[2] == "-"):
        return None
    spoken = f"{cardinal(int(day))} {MONTHS[int(month)]} {digits(year)}"
    return with_ending(text, found.end(), spoken)


def _exists(year: int, month: int, day: int) -> bool:
    if not 1 <= month <= 12:
        return False
    # A year of two figures is taken as one that has a 29th of February.
    return 1 <= day <= monthrange(year if year >= 100 else 2000, month)[1]
