"""Units of measure, read only after a number: 5 km'lik, 90 km/sa, 30°C'de, 100 m²."""

from __future__ import annotations

import re
from typing import NamedTuple

from common.turkish.abbreviations import DOTTED_UNITS
from common.turkish.casing import lower
from common.turkish.harmony import VOWELS
from common.turkish.speech.endings import APOSTROPHES, template_of
from common.turkish.speech.reading import ends_line, glued, word_after


class Unit(NamedTuple):
    """A unit as it is spoken."""

    name: str
    before: str = ""
    """What is said before the number: saatte."""

    def of(self, number: str) -> str:
        """Return so many of it: `beş kilometre`, `saatte beş kilometre`."""
        return f"{self.before} {number} {self.name}".lstrip()


# Rates: what passes in how much time. The time is said first, and endings go to what passes.
_RATES = {
    "km/sa": ("saatte", "kilometre"),
    "km/saat": ("saatte", "kilometre"),
    "km/h": ("saatte", "kilometre"),
    "km/s": ("saniyede", "kilometre"),
    "km/sn": ("saniyede", "kilometre"),
    "km/dk": ("dakikada", "kilometre"),
    "m/s": ("saniyede", "metre"),
    "m/sn": ("saniyede", "metre"),
    "m/dk": ("dakikada", "metre"),
    "dev/dk": ("dakikada", "devir"),
    "lt/dk": ("dakikada", "litre"),
    "MB/s": ("saniyede", "megabayt"),
    "GB/s": ("saniyede", "gigabayt"),
    "Mbps": ("saniyede", "megabit"),
    "mph": ("saatte", "mil"),
}

# Densities.
_DENSITIES = {
    "g/cm³": "gram bölü santimetreküp",
    "kg/m³": "kilogram bölü metreküp",
    "mg/dl": "miligram bölü desilitre",
    "mg/l": "miligram bölü litre",
    "mg/L": "miligram bölü litre",
}

# Lengths, areas and volumes, also as they are typed without raised figures.
_EXTENTS = {
    "km": "kilometre",
    "m": "metre",
    "dm": "desimetre",
    "cm": "santimetre",
    "mm": "milimetre",
    "µm": "mikrometre",
    "nm": "nanometre",
    "km²": "kilometrekare",
    "km2": "kilometrekare",
    "m²": "metrekare",
    "m2": "metrekare",
    "dm²": "desimetrekare",
    "cm²": "santimetrekare",
    "cm2": "santimetrekare",
    "mm²": "milimetrekare",
    "mm2": "milimetrekare",
    "km³": "kilometreküp",
    "km3": "kilometreküp",
    "m³": "metreküp",
    "m3": "metreküp",
    "dm³": "desimetreküp",
    "cm³": "santimetreküp",
    "cm3": "santimetreküp",
    "mm³": "milimetreküp",
    "L": "litre",
    "l": "litre",
    "lt": "litre",
    "Lt": "litre",
    "dl": "desilitre",
    "cl": "santilitre",
    "ml": "mililitre",
    "mL": "mililitre",
}

# Weights.
_WEIGHTS = {
    "kg": "kilogram",
    "Kg": "kilogram",
    "KG": "kilogram",
    "g": "gram",
    "gr": "gram",
    "mg": "miligram",
    "µg": "mikrogram",
}

# Temperatures and angles.
_DEGREES = {
    "°C": "santigrat derece",
    "° C": "santigrat derece",
    "℃": "santigrat derece",
    "ºC": "santigrat derece",
    "°F": "fahrenhayt derece",
    "℉": "fahrenhayt derece",
    "°": "derece",
    "º": "derece",
}

# Times.
_TIMES = {
    "sa": "saat",
    "dk": "dakika",
    "sn": "saniye",
    "s": "saniye",
    "ms": "milisaniye",
    "ns": "nanosaniye",
}

# Memory, light, sound, current.
_TECHNICAL = {
    "KB": "kilobayt",
    "kB": "kilobayt",
    "kb": "kilobayt",
    "MB": "megabayt",
    "mb": "megabayt",
    "GB": "gigabayt",
    "gb": "gigabayt",
    "TB": "terabayt",
    "tb": "terabayt",
    "Mb": "megabit",
    "px": "piksel",
    "dB": "desibel",
    "Hz": "hertz",
    "kHz": "kilohertz",
    "MHz": "megahertz",
    "GHz": "gigahertz",
    "V": "volt",
    "W": "vat",
    "kW": "kilovat",
    "kWh": "kilovatsaat",
    "MW": "megavat",
    "mA": "miliamper",
    "mAh": "miliampersaat",
    "kcal": "kilokalori",
    "Pa": "paskal",
    "kPa": "kilopaskal",
    "N": "nevton",
}

UNITS = {
    symbol: Unit(name)
    for symbol, name in {**_DENSITIES, **_EXTENTS, **_WEIGHTS, **_DEGREES, **_TIMES, **_TECHNICAL}.items()
} | {symbol: Unit(name, before) for symbol, (before, name) in _RATES.items()}

_SYMBOL = re.compile(rf"[ \u00a0\u202f]?({'|'.join(map(re.escape, sorted(UNITS, key=len, reverse=True)))})")
_ENDING = re.compile(rf"[{APOSTROPHES}]|(?:l[ıiuü][kğ]|l[ıiuü](?!\w)|l[ae]r|s[ıiuü]z|[dt][ae]|[dt][ıiuü]r)")

_REST = re.compile(r"[^\W\d_]{1,20}")


class Found(NamedTuple):
    """A unit in the text, up to `end`."""

    end: int
    unit: Unit


def unit_after(text: str, at: int) -> Found | None:
    """Return the unit whose symbol follows at `at`, a space between them or not; an ending may stand behind it."""
    found = _SYMBOL.match(text, at)
    if found is None:
        return None
    end = found.end()
    if glued(text, end) and not _bare_ending(text, end, found[1]):
        return None
    return Found(end, UNITS[found[1]])


def after_its_dot(text: str, at: int, symbol: str) -> int:
    """Return where a unit typed with a dot ends: behind the dot, unless that dot ends the sentence as well."""
    if symbol not in DOTTED_UNITS or text[at : at + 1] != "." or ends_line(text, at + 1) or glued(text, at + 1):
        return at
    follower = word_after(text, at + 1)
    return at if follower and follower[0].isupper() else at + 1


def _bare_ending(text: str, at: int, symbol: str) -> bool:
    # Only what cannot be the rest of a word: 5 kmlik, but not the am of 5 gram or the tır of 5 satır.
    if len(symbol) == 1 or not VOWELS.isdisjoint(lower(symbol)) or not _ENDING.match(text, at):
        return False
    rest = _REST.match(text, at)
    return rest is not None and not glued(text, rest.end()) and bool(template_of(rest[0]))
