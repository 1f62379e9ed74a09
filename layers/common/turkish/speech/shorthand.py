"""Game shorthand as Turkish players say it: HP, XP, NPC, Lv. 5, x3, v1.2, PvP."""

from __future__ import annotations

import re

from common.turkish.casing import lower
from common.turkish.harmony import VOWELS
from common.turkish.speech.endings import ending_at, with_ending
from common.turkish.speech.numbers import digits
from common.turkish.speech.reading import Reading, glued, word_before

# No Turkish word looks like these: they are read in any casing.
ANY_CASE = {
    # What a character has, and what happens to it.
    "hp": "eyç pi",
    "xp": "iks pi",
    "mp": "em pi",
    "dps": "di pi es",
    "dmg": "demıc",
    "lvl": "seviye",
    "tp": "ti pi",
    "aoe": "ey o i",
    "kda": "key di ey",
    # Who plays, and against whom.
    "npc": "en pi si",
    "pvp": "pi vi pi",
    "pve": "pi vi i",
    "mvp": "em vi pi",
    # Kinds of games.
    "rpg": "ar pi ci",
    "mmo": "em em o",
    "mmorpg": "em em o ar pi ci",
    "fps": "ef pi es",
    "rts": "ar ti es",
    "dlc": "di el si",
    # What players call to each other.
    "gg": "ci ci",
    "wp": "dabılyu pi",
    "afk": "a fe ke",
    # What they play on.
    "pc": "pi si",
    "gpu": "ci pi yu",
    "cpu": "si pi yu",
    "dvd": "di vi di",
    "mp3": "em pe üç",
    "mp4": "em pe dört",
}

# Read only in capitals: in lower case they are words, or nothing.
_CAPITALS = {
    "OP": "o pi",
    "AP": "ey pi",
    "SP": "es pi",
    "CC": "si si",
    "CD": "si di",
    "DM": "di em",
    "GM": "ci em",
    "PK": "pi key",
    "PS": "pi es",
    "AI": "ey ay",
    "UI": "yu ay",
    "VR": "vi ar",
    "HD": "eyç di",
    "VIP": "vi ay pi",
    "IQ": "ay kyu",
    "USB": "yu es bi",
    "GPS": "ci pi es",
    "DJ": "di cey",
    "FBI": "ef bi ay",
    "CIA": "si ay ey",
    "BBC": "bi bi si",
    "CEO": "si i o",
    "SMS": "es em es",
}

_LEVEL = re.compile(r"[lL][vV](?:[lL])?\.?[ \u00a0]?(?=[0-9])")
_LEVEL_AFTER = re.compile(r"[lL][vV]\b\.?")
_TIMES = re.compile(r"[xX]([0-9]{1,6})(?!\w)")
_VERSION = re.compile(r"[vV]\.?([0-9]{1,6}(?:\.[0-9]{1,6}){0,6})(?!\w)")
_HEAD = re.compile(r"[^\W\d_]{2,10}[0-9]?")


def pronunciation(word: str) -> str | None:
    """Return how players say `word`, or None if it is no shorthand."""
    return _CAPITALS.get(word) or ANY_CASE.get(lower(word))


def read_level(text: str, start: int) -> Reading | None:
    """Read Lv. 5, lvl 5 and Lvl. 5 as seviye beş, 5 Lv as beş seviye."""
    found = _LEVEL.match(text, start)
    if found:
        return Reading(found.end(), "seviye ")
    found = _LEVEL_AFTER.match(text, start)
    if found and text[max(0, start - 2) : start].rstrip()[-1:].isdigit():
        return with_ending(text, start + 2, "seviye")
    return None


def read_times(text: str, start: int) -> Reading | None:
    """Read x3 as çarpı üç."""
    found = _TIMES.match(text, start)
    return with_ending(text, found.end(), f"çarpı {digits(found[1])}") if found else None


def read_version(text: str, start: int) -> Reading | None:
    """Read v1.2.3 as sürüm bir nokta iki nokta üç; the word is not said twice (sürüm v1.2)."""
    found = _VERSION.match(text, start)
    if found is None:
        return None
    named = lower(word_before(text, start)).startswith(("sürüm", "versiyon"))
    spoken = " nokta ".join(map(digits, found[1].split(".")))
    return with_ending(text, found.end(), spoken if named else f"sürüm {spoken}")


def read_shorthand(text: str, start: int) -> Reading | None:
    """Read shorthand with its ending, also without the apostrophe (npcler, HPsi)."""
    found = _HEAD.match(text, start)
    if found is None:
        return None
    spoken = pronunciation(found[0])
    if spoken and not glued(text, found.end()):
        return with_ending(text, found.end(), spoken)
    return _with_bare_ending(text, start, found[0])


def _with_bare_ending(text: str, start: int, word: str) -> Reading | None:
    for length in (6, 4, 3, 2):
        head = word[:length]
        # Only heads without a vowel: no Turkish word goes on from them.
        if len(word) <= length or not (spoken := ANY_CASE.get(lower(head))) or not head[:2].isalpha():
            continue
        ending = ending_at(text, start + length)
        if ending and not ending.apostrophe and VOWELS.isdisjoint(lower(head)):
            return with_ending(text, start + length, spoken)
    return None
