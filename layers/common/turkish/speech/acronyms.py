"""Acronyms: spelled with the names of the Turkish letters where they cannot be read as a word (TBMM), else kept (NATO).

A word in capitals is spelled if it has no vowel, or begins or ends in consonants that no Turkish syllable begins or
ends in (ABD, DNA). What could be read but is spelled all the same stands in a table.
"""

from __future__ import annotations

import re

from common.turkish.casing import lower
from common.turkish.harmony import VOWELS
from common.turkish.speech.endings import ending_at, with_ending
from common.turkish.speech.numbers import digits
from common.turkish.speech.reading import Reading, glued, word_after, word_before, words
from common.turkish.speech.shorthand import pronunciation

_LETTERS = {
    "ç": "çe", "ğ": "yumuşak ge", "q": "kü", "w": "çift ve", "x": "iks",
} | {vowel: vowel for vowel in VOWELS} | {letter: letter + "e" for letter in "bcdfghjklmnprsştvyz"}  # fmt: skip

# Could be read as a word, but are spelled.
_SPELLED = words("AB ABD AKP AVM BAE DEÜ EFT EKG İBB İDO İETT İTÜ İÜ KKTC KDV ÖTV ÖYS SGK ÜFE TÜFE TCDD AÖF")
_READ = words("TÜFE ÜFE")

# Read in the English way before a number: F-16.
_MODELS = {"F": "ef", "PS": "pi es", "RTX": "ar ti iks", "GTX": "ci ti iks"}

# Not letters but noises, however long they are drawn out.
_NOISES = words("br fs gr h hm hş k m mh ms ps pst pşt r ş şş şt t th tk ts z zs zt v")

_FOREIGN = frozenset("qwx")
_CONSONANTS = "bcçdfgğhjklmnprsştvyzqwx"
# What a syllable of a Turkish or borrowed word may begin with.
_ONSET = re.compile(rf"(?:[{_CONSONANTS}]?|[bcçdfgkpstşv][rly]|s[kmnptfv]|str|skr|spr|şt|şp|şn|şm|ps|kv|tv)[aeıioöuü]")
# … and end in: a consonant, or two of which the first is voiced or a hiss.
_CODA = re.compile(
    rf"[aeıioöuü](?:[{_CONSONANTS}]?|[lrny][{_CONSONANTS}]|[sş][kptm]|[fh][tşs]|[pk][stş]|[ç][k]|m[pbs]|vk|[bt][rl]|ks|"
    r"ntr|nks|rks)"
)

_WORD = re.compile(r"[A-ZÇĞİÖŞÜ]{2,7}(?![A-ZÇĞİÖŞÜ_])")
_WITH_FIGURES = re.compile(r"([A-ZÇĞİÖŞÜ]{1,3})-?([0-9]{1,6})(?!\w)")
_DOTTED = re.compile(r"(?:[A-ZÇĞİÖŞÜ]\.){3,8}")


def read_acronym(text: str, start: int) -> Reading | None:
    """Read an acronym that must be spelled, with its ending: TBMM'nin is te be me menin."""
    found = _WORD.match(text, start)
    if found is None or not _is_spelled(text, start, found[0]):
        return None
    end = found.end()
    ending = ending_at(text, end) if glued(text, end) else None
    if glued(text, end) and (ending is None or not text[end].islower() or len(ending.typed) < 2):
        return None
    return with_ending(text, end, spell(found[0]))


def read_dotted_acronym(text: str, start: int) -> Reading | None:
    """Read T.B.M.M. like TBMM; the dots of initials before a surname stay."""
    found = _DOTTED.match(text, start)
    if found is None:
        return None
    letters = found[0].replace(".", "")
    if word_after(text, found.end())[:1].isupper() and len(letters) < 4:
        return None
    return with_ending(text, found.end(), spell(letters))


def read_model(text: str, start: int) -> Reading | None:
    """Read a letter or an acronym with a number: A4 is a dört, B-12 be on iki."""
    found = _WITH_FIGURES.match(text, start)
    if found is None:
        return None
    return with_ending(
        text, found.end(), f"{_MODELS.get(found[1]) or pronunciation(found[1]) or spell(found[1])} {digits(found[2])}"
    )


def spell(word: str) -> str:
    """Return the names of the letters of `word`."""
    return " ".join(_LETTERS.get(letter, letter) for letter in lower(word))


def _is_spelled(text: str, start: int, word: str) -> bool:
    if word in _SPELLED - _READ:
        return True
    letters = lower(word)
    if VOWELS.isdisjoint(letters):
        # With a letter that Turkish has not it is a foreign name: NYX.
        return _undoubled(letters) not in _NOISES and _FOREIGN.isdisjoint(letters)
    if len(word) > 5 or (_ONSET.match(letters) and _ends_like_a_word(letters)):
        return False
    # Among capitals it is a word somebody shouts.
    return not _is_shouted(word_before(text, start)) and not _is_shouted(word_after(text, start + len(word)))


def _ends_like_a_word(letters: str) -> bool:
    last = max(letters.rfind(vowel) for vowel in VOWELS)
    return _CODA.fullmatch(letters, last) is not None


def _is_shouted(word: str) -> bool:
    return len(word) > 2 and word.isupper()


def _undoubled(letters: str) -> str:
    return "".join(letter for letter, before in zip(letters, " " + letters, strict=False) if letter != before)
