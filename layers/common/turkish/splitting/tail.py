"""What stands around an end mark: its word, the signs behind it that still belong to it, how the text goes on."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from common.turkish.casing import lower
from common.turkish.splitting.signs import EMOJI, HIDDEN, LINE_BREAKS, MARKS, OPENING_SIGNS
from common.turkish.splitting.words import OPENERS

LINE_BREAK = re.compile(f"\r\n|[{LINE_BREAKS}]")
BLANK = rf"[^\S{LINE_BREAKS}]*"

_EMOTICON = r"(?:[:;=][-'^]?[()\[\]DPpOo3/|*]+|<3+|[xX]D+|\^_*\^)(?=\s)"
# *iç çeker*, (güler): no end mark inside, and in brackets a small letter first; `(Güldü.)` is a sentence of its own.
_STAGE = rf"\*[^\s*{MARKS}][^*{LINE_BREAKS}{MARKS}]{{0,100}}\*|\([a-zçğıöşü][^(){LINE_BREAKS}{MARKS}]{{0,100}}\)(?=\s)"

# Signs that could as well open something close only with a space or another closing sign behind them.
_CLOSING = rf"""(?:[”’»›)\]}}{HIDDEN}]|["'*_~`“«]+(?=[\s”’»›)\]}}]))*"""
_TAIL = re.compile(
    rf"""(?P<closing>{_CLOSING})
    (?:{BLANK}(?:[{EMOJI}]+|{_STAGE}|[{MARKS}]+(?=[\s"'”’»)]){_CLOSING}|[”»›)\]}}]+(?=\s)|["'](?=\s)|{_EMOTICON}))*""",
    re.VERBOSE,
)
# What may yet grow into one of the above.
_UNFINISHED = re.compile(
    rf"""["'*_~`“«]+|{BLANK}(?:|["']|[”»›)\]}}]+|[{MARKS}]+|\*[^*{LINE_BREAKS}{MARKS}]{{0,101}}
    |\((?:[a-zçğıöşü][^(){LINE_BREAKS}{MARKS}]{{0,100}}\)?)?|[:;=]\S{{0,5}}|<3*|[xX]D*|\^_*\^?)""",
    re.VERBOSE,
)

_LETTER = r"(?:[^\W\d_]|[\u0300-\u036f])"
_NEXT = re.compile(
    rf"""(?P<gap>\s*)(?P<opening>(?:[–—―-]\ ?|["'“”„«‘(\[{{*_¿¡]){{0,8}})
    (?P<word>\d|{_LETTER}{{0,24}})(?P<rest>.?){BLANK}(?P<second>.?)""",
    re.VERBOSE | re.DOTALL,
)


class Tail(NamedTuple):
    """What belongs to the sentence behind its mark: closing signs, then emojis, stage directions, stray marks."""

    closing: str
    signs: str
    whole: bool

    @property
    def quoted(self) -> bool:
        """Whether the mark stands inside quotation marks or brackets that close behind it."""
        return any(sign in "\"'”’»›“«)]}" for sign in self.closing) or any(sign in "\"'”»›" for sign in self.signs)


class Following(NamedTuple):
    """How the text goes on: line breaks in between, opening signs, then a word or the first digit of a number.

    `second` is the sign behind the word, white space aside; it is empty while it is not known.
    """

    lines: int
    spaced: bool
    opening: str
    word: str
    begun: bool
    whole: bool
    second: str

    @property
    def low(self) -> bool:
        return self.word[:1].islower()

    @property
    def digit(self) -> bool:
        return self.word[:1].isdigit()

    @property
    def quotes(self) -> bool:
        """Whether it opens with more than a dash."""
        return bool(self.opening.strip("–—―- "))

    @property
    def opens(self) -> bool:
        """Whether a sentence likes to begin with this word. Only to be asked when the word is whole."""
        return lower(self.word) in OPENERS


class Ending(NamedTuple):
    """A run of end marks with the sentence before it (white space in front included) and all that stands behind."""

    before: str
    marks: str
    tail: Tail
    ahead: str

    @property
    def token(self) -> str:
        """What the mark is written to, without opening signs: `Dr`, `M.Ö`, `14.30`; empty after a space."""
        if not self.before or self.before[-1].isspace():
            return ""
        return unicodedata.normalize("NFC", self.before[-60:].split()[-1]).lstrip(OPENING_SIGNS)

    @property
    def word_before(self) -> str:
        """The word in front of `token`, in lower case, or nothing."""
        words = self.before[-120:].split()[:-1]
        return lower(words[-1]).lstrip(OPENING_SIGNS) if words else ""

    @property
    def heads_a_line(self) -> bool:
        """Whether the token is the first thing on its line, as the number of a list's item is."""
        lead = self.before[: len(self.before) - len(self.before.lstrip())]
        return bool(LINE_BREAK.search(lead)) and len(self.before.split(maxsplit=1)) == 1


def tail(ahead: str) -> Tail:
    """Return what at the start of `ahead` belongs to the sentence; `whole` says that more text cannot change it."""
    found = _TAIL.match(ahead)
    if found is None:  # every part of the pattern may be empty
        return Tail("", "", whole=True)
    return Tail(found["closing"], found[0], whole=_UNFINISHED.fullmatch(ahead, found.end()) is None)


def following(ahead: str) -> Following:
    """Read how `ahead`, the text behind a tail, goes on."""
    found = _NEXT.match(ahead)
    if found is None:  # every part of the pattern may be empty
        return Following(0, spaced=False, opening="", word="", begun=False, whole=False, second="")
    return Following(
        lines=len(LINE_BREAK.findall(found["gap"])),
        spaced=bool(found["gap"]),
        opening=found["opening"],
        word=found["word"],
        begun=bool(found["word"] or found["rest"]),
        whole=bool(found["rest"]),
        second=found["second"] if found["rest"].isspace() else found["rest"],
    )
