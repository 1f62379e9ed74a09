"""Letters of other alphabets, and dressed-up Latin ones, that are read as plain Latin letters."""

from __future__ import annotations

import re
import unicodedata

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
_FOREIGN = _CYRILLIC | _GREEK
# Letters on black squares and discs, and the halves of flags, which come as alphabets.
_ALPHABETS = (0x1F150, 0x1F170, 0x1F1E6)

_ODD = re.compile(r"[^\x00-\x7fçğıöşüâîûÇĞİÖŞÜÂÎÛ’‘“”…–—«»\u0300-\u036f\u200b-\u200f\u00ad\u2060\ufeff]")
_FOREIGN_LETTER = re.compile(r"[\u0370-\u03ff\u0400-\u052f]")
_SIBILANT = re.compile("[сС]")
_CHUNK = re.compile(r"\S+")
_LATIN_LETTER = re.compile(r"[A-Za-zçğıöşüÇĞİÖŞÜ]")


def spellings(text: str) -> list[str]:
    """Return `text` in plain letters; twice where it has the Cyrillic с, which looks like c and is read as s."""
    plain = plain_letters(text)
    if not _SIBILANT.search(text) or plain == text:
        return [plain]
    return [plain, plain_letters(text.replace("с", "s").replace("С", "S"))]


def plain_letters(text: str) -> str:
    """Return `text` with look-alikes as the Latin letters they are read as; every character keeps its place.

    Cyrillic and Greek letters count only beside Latin ones in the same word, or in a text in which every one of them
    is a look-alike: «сам» among Russian words stays what it is.
    """
    odd = set(_ODD.findall(text))
    if not odd:
        return text
    changed = {letter: plain for letter in odd if letter not in _FOREIGN and (plain := _plain(letter))}
    if changed:
        text = text.translate(str.maketrans(changed))
    foreign = {letter for letter in odd if _FOREIGN_LETTER.match(letter)}
    table = str.maketrans({letter: _FOREIGN[letter] for letter in foreign if letter in _FOREIGN})
    if not table:
        return text
    if foreign <= _FOREIGN.keys() and (_LATIN_LETTER.search(text) or not foreign.isdisjoint(_TELLING)):
        return text.translate(table)
    return _CHUNK.sub(lambda chunk: chunk[0].translate(table) if _LATIN_LETTER.search(chunk[0]) else chunk[0], text)


def _plain(letter: str) -> str:
    if letter in _LATIN:
        return _LATIN[letter]
    for first in _ALPHABETS:
        if first <= ord(letter) < first + 26:
            return chr(ord("A") + ord(letter) - first)
    if not unicodedata.decomposition(letter):
        return ""
    composed = unicodedata.normalize("NFKC", letter)
    if composed in _TURKISH:
        return composed
    base = unicodedata.normalize("NFKD", letter).lstrip("(")[:1]
    is_dressed = len(composed) == 1 or composed[0] == "("
    return base if is_dressed and base.isascii() and base.isalnum() else ""
