"""Clock times: 14:30, 14.30, saat 9.05, 14.30–15.00.

A colon always makes a time. A dot makes one if two figures up to 59 follow an hour of two figures (14.30); with an hour
of one figure (9.05) only if the words around speak of time (saat, sabah …) or an ending does (9.30'da); else it is a
decimal typed the English way. Before a unit, a currency or a percent sign and after the word for a version it never is.
"""

from __future__ import annotations

import re

from common.turkish.casing import lower
from common.turkish.speech.endings import ending_at, with_ending
from common.turkish.speech.money import currency_after
from common.turkish.speech.numbers import cardinal, digits
from common.turkish.speech.reading import Reading, word_after, word_before, words
from common.turkish.speech.units import unit_after

_COLON = re.compile(r"([0-9]{1,3}):([0-5][0-9])(?::([0-5][0-9]))?(?![0-9:])")
_DOTTED = re.compile(r"([01]?[0-9]|2[0-4])\.([0-5][0-9])(?![0-9]|[.,][0-9])")
_TO = re.compile(r"[ \u00a0]?[-–—][ \u00a0]?(?=[0-9])")

# Words before a time of day.
_BEFORE = words("saat saati saatler sabah sabahleyin akşam gece öğle öğlen öğleyin öğleden sonra bugün yarın")

# Words after a time of day.
_AFTER = words(
    "civarı civarında sularında suları gibi itibarıyla itibariyle treni trenine uçağı uçağına otobüsü vapuru feribotu "
    "seansı seansına dersi toplantısı nöbeti"
)

# Words before the number of a version.
_VERSIONS = words("sürüm sürümü versiyon versiyonu yama yaması güncelleme güncellemesi python patch v ver")

# What is counted and weighed: 10.50 puan is no time.
_MEASURED = words("puan kat kez katı bin milyon milyar lira dolar euro avro sterlin metre kilo gram litre saniye")


def read_time(text: str, start: int) -> Reading | None:
    """Read a time of day or a stretch between two, with its ending; an even hour without its minutes."""
    first = _time_at(text, start)
    if first is None:
        return None
    to = _TO.match(text, first.end)
    second = _COLON.match(text, to.end()) or _DOTTED.match(text, to.end()) if to else None
    if second:
        return with_ending(text, second.end(), f"{first.spoken} {_spoken(second)}")
    return with_ending(text, first.end, first.spoken)


def _time_at(text: str, start: int) -> Reading | None:
    found = _COLON.match(text, start)
    if found is None:
        found = _DOTTED.match(text, start)
        if found is None or not _means_a_time(text, found):
            return None
    return Reading(found.end(), _spoken(found))


def _means_a_time(text: str, found: re.Match[str]) -> bool:
    start, end = found.span()
    if lower(word_before(text, start)) in _VERSIONS or _is_measured(text, end):
        return False
    if len(found[1]) == 2:
        return True
    to = _TO.match(text, end)
    if to and (_DOTTED.match(text, to.end()) or _COLON.match(text, to.end())):
        return True
    ending = ending_at(text, end)
    return (
        lower(word_before(text, start)) in _BEFORE
        or lower(word_after(text, end)) in _AFTER
        or (ending is not None and ending.typed[:2] in {"da", "de", "ta", "te", "a", "e", "ya", "ye"})
    )


def _is_measured(text: str, end: int) -> bool:
    sign = text[end : end + 2].strip()[:1]
    return (
        sign in {"%", "‰"}
        or currency_after(text, end) is not None
        or unit_after(text, end) is not None
        or lower(word_after(text, end)) in _MEASURED
    )


def _spoken(found: re.Match[str]) -> str:
    hour, minute = found[1], found[2]
    second = found[3] if found.re is _COLON else None
    words = cardinal(int(hour))
    if second is None and minute == "00" and int(hour) <= 24:
        # Midnight is no bare zero.
        return digits(minute) if hour == "00" else words
    return " ".join([words, digits(minute), *([digits(second)] if second else [])])
