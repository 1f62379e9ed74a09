"""Figures that are no one quantity: what a screen shows, who plays whom, products, addresses, telephone numbers."""

from __future__ import annotations

import re

from common.turkish.speech.endings import attach, with_ending
from common.turkish.speech.numbers import amount_at, cardinal, digits
from common.turkish.speech.reading import Reading

# Screens, not thousands.
_SCREENS = {"2k": "iki ke", "4k": "dört ke", "8k": "sekiz ke", "2d": "iki di", "3d": "üç di"}
_SCREEN = re.compile(r"(?:[248]K|[23]D)(?!\w)|[248]k(?= (?:çözünürl|ekran|video|monitör|tv))")
_DOTTED_CODE = re.compile(r"[0-9]+(?:\.[0-9]+){2,}")
_LISTED = re.compile(r"[0-9]+(?:,[0-9]+){2,}")
_ENGLISH = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+(?![0-9,])")
_CHAINED = re.compile(r"[0-9]+(?:[-–][0-9]+){2,}")
_MOBILE = re.compile(r"(0)([0-9]{3})([0-9]{3})([0-9]{2})([0-9]{2})(?![0-9])")
_VERSUS = re.compile(r"([0-9]{1,3})(?:[vV]|[ ]?[vV][sS]\.?[ ]?| [vV] )([0-9]{1,3})(?!\w)")
_TIMES = re.compile(r"([0-9]{1,5})[ ]?[xX×][ ]?(?=[0-9])")
_FOLD = re.compile(r"([0-9]+(?:[.,][0-9]+)?)[xX](?!\w)")


def read_screen(text: str, start: int) -> Reading | None:
    """Read what a screen shows, in letters: 4K, 3D."""
    found = _SCREEN.match(text, start)
    return with_ending(text, found.end(), _SCREENS[found[0].lower()]) if found else None


def read_versus(text: str, start: int) -> Reading | None:
    """Read how many play against how many: 1v1 is bire bir, 5v5 beşe beş."""
    found = _VERSUS.match(text, start)
    if found is None:
        return None
    ours, theirs = cardinal(int(found[1])), cardinal(int(found[2]))
    return with_ending(text, found.end(), f"{attach(ours, 'e')} {theirs}")


def read_times(text: str, start: int) -> Reading | None:
    """Read a product's first factor (5x3 is beş çarpı üç), and 3x by itself: üç kat."""
    found = _TIMES.match(text, start)
    if found:
        return Reading(found.end(), f"{digits(found[1])} çarpı ")
    found = _FOLD.match(text, start)
    amount = amount_at(text, start) if found else None
    return with_ending(text, found.end(), f"{amount.spoken} kat") if found and amount else None


def read_code(text: str, start: int) -> Reading | None:
    """Read figures that are no one number: 192.168.1.1 and 1.2.3 with nokta, 0532-123-45-67 group by group, 1,2,3."""
    found = _DOTTED_CODE.match(text, start)
    if found:
        amount = amount_at(text, start)
        if amount and amount.grouped:
            return None
        return with_ending(text, found.end(), " nokta ".join(map(digits, found[0].split("."))))
    found = _MOBILE.match(text, start)
    if found:
        return with_ending(text, found.end(), " ".join(map(digits, found.groups())))
    found = _CHAINED.match(text, start)
    if found:
        return with_ending(text, found.end(), " ".join(map(digits, re.split("[-–]", found[0]))))
    found = _LISTED.match(text, start)
    if found and not _ENGLISH.match(text, start):
        return with_ending(text, found.end(), ",".join(map(digits, found[0].split(","))))
    return None
