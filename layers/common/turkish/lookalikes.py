"""Letters of other alphabets, and dressed-up Latin ones, that are read as plain Latin letters."""

from __future__ import annotations

import re
import unicodedata

from common.turkish.letters import exchange

_TURKISH = frozenset("çğıöşüâîûÇĞİÖŞÜÂÎÛ")

# Each letter over the Latin one it looks like; capitals apart, since Η is an H and η an n.
_CYRILLIC = dict(
    zip(
        "абвсԁеёєгһніїјкӏмпорԛѕтуүѵѡхьзиАВСЕЁНІЇЈКМОРԚЅТУҮХѴԜЗӀ",
        "abbcdeeerhhiijklmnopqstyyvwxbzuABCEEHIİJKMOPQSTYYXVWZI",
        strict=True,
    )
)
_GREEK = dict(zip("αβεηικνορτυχγωσςμϲϳΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹ", "abenikvoptuxywosucjABEZHIKMNOPTYXC", strict=True))
# Small capitals and Latin letters that Unicode does not take apart.
_LATIN = dict(zip("ᴀʙᴄᴅᴇꜰɢʜᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢɑɡℓøłđħ", "abcdefghjklmnoprstuvwyzagloldh", strict=True))
# Letters that hardly any Cyrillic text has.
_TELLING = frozenset("ԁһјӏԛѕԚЅԜ")
_SIBILANTS = {"с": "s", "С": "S"}
_FOREIGN = _CYRILLIC | _GREEK
# Letters on black squares and discs, and the halves of flags, which come as alphabets.
_BADGES = {chr(first + at): chr(ord("A") + at) for first in (0x1F150, 0x1F170, 0x1F1E6) for at in range(26)}
_DRESSED = _LATIN | _BADGES

_ODD = re.compile(r"[^\x00-\x7fçğıöşüâîûÇĞİÖŞÜÂÎÛ’‘“”…–—«»\u0300-\u036f\u200b-\u200f\u00ad\u2060\ufeff]")
_CHUNK = re.compile(r"\S+")
_LATIN_LETTER = re.compile(r"[A-Za-zçğıöşüÇĞİÖŞÜ]")
_DOUBLE = re.compile(r"([A-Za-z])\1", re.IGNORECASE)
_INVISIBLE = "\u200b"


def spellings(text: str) -> list[str]:
    """Return `text` in plain letters; again where it has the Cyrillic с, which looks like c and is read as s.

    And again without the look-alikes that only double the letter beside them. Every character keeps its place. Cyrillic
    and Greek letters count only beside Latin ones in the same word, or in a text in which every one of them is a
    look-alike: «сам» among Russian words stays what it is.
    """
    odd = set(_ODD.findall(text))
    if not odd:
        return [text]
    dressed = {
        letter: plain
        for letter in odd - _FOREIGN.keys()
        if (letter in _DRESSED or unicodedata.decomposition(letter)) and (plain := _plain(letter))
    }
    bare = exchange(text, dressed)
    foreign = {letter for letter in odd if "\u0370" <= letter <= "\u052f"}
    plain = _latin(bare, foreign)
    if plain == text:
        return [plain]
    single = _undoubled(text, plain)
    shown = [plain] if single == plain else [plain, single]
    if foreign.isdisjoint(_SIBILANTS):
        return shown
    return [*shown, _latin(exchange(bare, _SIBILANTS), foreign - _SIBILANTS.keys())]


def _undoubled(text: str, plain: str) -> str:
    letters = list(plain)
    for double in _DOUBLE.finditer(plain):
        for at in range(*double.span()):
            beside = at + 1 if at == double.start() else at - 1
            if plain[at] != text[at] and plain[beside] == text[beside]:
                letters[at] = _INVISIBLE
    return "".join(letters)


def plain_letters(text: str) -> str:
    """Return the first of the `spellings`."""
    return spellings(text)[0]


def _latin(text: str, foreign: set[str]) -> str:
    letters = {letter: _FOREIGN[letter] for letter in foreign if letter in _FOREIGN}
    if not letters:
        return text
    if len(letters) == len(foreign) and (_LATIN_LETTER.search(text) or not foreign.isdisjoint(_TELLING)):
        return exchange(text, letters)
    return _CHUNK.sub(lambda chunk: exchange(chunk[0], letters) if _LATIN_LETTER.search(chunk[0]) else chunk[0], text)


def _plain(letter: str) -> str:
    if letter in _DRESSED:
        return _DRESSED[letter]
    composed = unicodedata.normalize("NFKC", letter)
    if composed in _TURKISH:
        return composed
    base = unicodedata.normalize("NFKD", letter).lstrip("(")[:1]
    is_dressed = len(composed) == 1 or composed[0] == "("
    return base if is_dressed and base.isascii() and base.isalnum() else ""
