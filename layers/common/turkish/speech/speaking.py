"""Goes through a text once and lets each rule read what it knows; what no rule reads stays as it is."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from common.turkish import abbreviations
from common.turkish.speech import acronyms, clock, codes, dates, figures, money, roman, shortenings, shorthand, units
from common.turkish.speech.endings import with_particle
from common.turkish.speech.names import Names, alike
from common.turkish.speech.reading import Reading, glued
from common.turkish.speech.signs import SIGN_RULES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.turkish.speech.reading import Rule

# Where a token may start; a token that no rule reads is passed over as a whole.
_SIGNS = re.escape("".join(SIGN_RULES))
_TOKEN = re.compile(r"[^\W\d_][\w\u0300-\u036f]*(?:['’][^\W\d_][\w\u0300-\u036f]*){0,3}|\w+|.", re.DOTALL)

# Most words are none that any rule knows. These are looked at: what is not all in lower case or is joined to something,
# and what begins like shorthand, an abbreviation or a unit.
_PLAIN = re.compile(r"[^\W\d_]+(?![\w\u0300-\u036f.:@+-])")
_KNOWN = frozenset(
    known[:2] for known in (*abbreviations.ABBREVIATIONS, *shorthand.ANY_CASE, *units.UNITS, *money.CODES)
)

# Addresses and files: nobody's voice knows better than the screen.
_ADDRESS = re.compile(
    r"(?:https?|ftp|file)://\S+|www\.\S+|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"
    r"|[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}\.(?:com|net|org|edu|gov|tr|io|gg|co|tv|dev|app|example|html?|php|pdf|png|jpe?g|gif|"
    r"webp|svg|txt|json|xml|csv|zip|rar|exe|dll|ini|cfg|log|mp[34]|wav|ogg|avi|mkv|py|js|ts|md|docx?|xlsx?)\b(?:[/:?]\S*)?"
)
_ADDRESS_AHEAD = re.compile(r"[\w\u0300-\u036f]{1,64}[.@:+-][\w/]")
_KEYCAP = re.compile(r"[0-9#*]\ufe0f?\u20e3")


def _keep(text: str, start: int) -> Reading | None:
    """Leave addresses, files and keycap emojis as they are."""
    found = _KEYCAP.match(text, start)
    if found is None and _ADDRESS_AHEAD.match(text, start):
        found = _ADDRESS.match(text, start)
    return Reading(found.end(), found[0]) if found else None


_FIGURE_RULES: tuple[Rule, ...] = (
    _keep,
    dates.read_date,
    clock.read_time,
    codes.read_screen,
    codes.read_versus,
    codes.read_times,
    figures.read_strokes,
    codes.read_code,
    figures.read_quantity,
)
_WORD_RULES: tuple[Rule, ...] = (
    _keep,
    shorthand.read_level,
    shorthand.read_times,
    shorthand.read_version,
    roman.read_roman,
    shortenings.read_abbreviation,
    shortenings.read_lone_unit,
    shorthand.read_shorthand,
    acronyms.read_dotted_acronym,
    acronyms.read_acronym,
    acronyms.read_model,
)
_FRACTION_RULES: tuple[Rule, ...] = (figures.read_lone_fraction,)


def speak(text: str, lexicon: Mapping[str, str] | None = None) -> str:
    """Return `text` with everything read that a rule or the lexicon reads."""
    names = _names(tuple(lexicon.items())) if lexicon else None
    alike_text = alike(text) if names else text
    starts = _starts(names.first_signs if names else "")
    pieces: list[str] = []
    kept = at = 0
    while found := starts.search(text, at):
        start = found.start()
        reading = (names.read(text, alike_text, start) if names else None) or _read(text, start)
        if reading is None:
            token = _TOKEN.match(text, start)
            at = token.end() if token else start + 1
            continue
        reading = with_particle(text, reading)
        pieces += text[kept:start], reading.spoken
        kept = at = reading.end
    return "".join([*pieces, text[kept:]]) if pieces else text


def _is_plain(text: str, start: int) -> bool:
    word = _PLAIN.match(text, start)
    return word is not None and word[0].islower() and text[start : start + 2] not in _KNOWN


def _read(text: str, start: int) -> Reading | None:
    for rule in _rules_for(text, start):
        reading = rule(text, start)
        if reading and not _breaks_off(text, start, reading):
            return reading
    return None


def _breaks_off(text: str, start: int, reading: Reading) -> bool:
    """Whether the reading ends in the middle of something it does not know: the 12 of 12abc."""
    if not glued(text, reading.end) or not reading.spoken[-1:].isalnum():
        return False
    return not text.startswith(reading.spoken, start)


def _rules_for(text: str, start: int) -> tuple[Rule, ...]:
    first = text[start]
    if first in SIGN_RULES:
        return SIGN_RULES[first]
    if first in "0123456789":
        return _FIGURE_RULES
    if first in figures.FRACTIONS:
        return _FRACTION_RULES
    return () if not first.isalpha() or _is_plain(text, start) else _WORD_RULES


@lru_cache(maxsize=64)
def _names(lexicon: tuple[tuple[str, str], ...]) -> Names:
    return Names(dict(lexicon))


@lru_cache(maxsize=64)
def _starts(first_signs: str) -> re.Pattern[str]:
    return re.compile(rf"[\w{_SIGNS}{re.escape(first_signs)}]")
