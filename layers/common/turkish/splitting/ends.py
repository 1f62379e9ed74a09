"""Whether a mark or a line break ends the sentence: three answers, for the text may not be all here yet.

True: it ends here, whatever comes. False: it goes on, whatever comes. None: what is known so far leaves it open. An
answer other than None never changes when more text arrives: that is what makes a buffer agree with the whole text.
"""

from __future__ import annotations

import re
import unicodedata

from common.turkish.abbreviations import abbreviation_key
from common.turkish.casing import lower
from common.turkish.splitting.signs import EMOJI, LINE_BREAKS, MARKS, OPENING_SIGNS
from common.turkish.splitting.stops import has_vowel, stop_ends
from common.turkish.splitting.tail import BLANK, LINE_BREAK, Ending, Following, following, tail
from common.turkish.splitting.words import DOMAIN_ENDINGS, OPENERS, QUOTATIVES

_STRONG = "!?‼⁇⁈⁉！？"
_WORDY = re.compile(r"\w")
_SPACE = re.compile(r"\s")
_PLAIN_WORD = re.compile(r"[^\W\d_]{2,}")
_NEXT_WORD = re.compile(r"(?:[^\W\d_]|[\u0300-\u036f]){2,24}")
_ADDRESS = re.compile(r"://|@|www\.|[/\\_=]|\.[a-zçğıöşü0-9]")

_ITEM = re.compile(
    r"[–—―•·▪●►▶◦‣⁃■□]|-[^\d]|[*+]\s|\*\S|#{1,6}\s|\d{1,3}\)\s|[a-zçğıöşü]\)\s"
    rf"|\d{{1,3}}\.{BLANK}[^\W\d_a-zçğıöşü]"
)
_UNFINISHED_ITEM = re.compile(rf"[-*+]|#{{1,6}}|\d{{1,3}}(?:\)|\.{BLANK})?|[a-zçğıöşü]\)?")
_WHOLE_STAGE = re.compile(r"\*[^*]+\*|\([^()]+\)|\[[^\[\]]+\]")
_ENDS_IN_EMOJI = re.compile(f"[{EMOJI}]$")
# Nobody wraps lines at so few characters.
_SHORT_LINE = 40
_LONG_LINE = 300


def marks_end(before: str, marks: str, ahead: str) -> tuple[bool | None, int]:
    """Tell whether `marks` between `before` and `ahead` end their sentence, and how many signs behind them it takes."""
    behind = tail(ahead)
    signs = len(behind.signs)
    return _ends(Ending(before, marks, behind, ahead[signs:])), signs


def _ends(ending: Ending) -> bool | None:
    if not ending.tail.whole:
        return None
    then = following(ending.ahead)
    if then.lines > 1:
        return True
    if not then.spaced and (run_on := _runs_on(ending, then)) is not True:
        return run_on
    if not _WORDY.search(ending.before):
        return _alone(then)
    if ")" in ending.tail.closing and _in_passing(ending.before):
        return False
    return _judge(ending, then)


def _judge(ending: Ending, then: Following) -> bool | None:
    kind = _kind(ending)
    if kind == "ellipsis":
        return _ellipsis_ends(ending, then)
    if kind == "strong":
        return _strong_ends(ending, then)
    return stop_ends(ending, then)


def _kind(ending: Ending) -> str:
    # Three spaced full stops are an ellipsis too.
    run = ending.before.rstrip()[-1:] + ending.marks + ending.tail.signs
    marks = "".join(sign for sign in run if sign in MARKS)
    if marks.endswith(("…", "..")):
        return "ellipsis"
    return "strong" if any(mark in _STRONG for mark in marks) else "dot"


def _alone(then: Following) -> bool | None:
    """Marks with no word before them lead the sentence that follows, unless they have a line of their own."""
    if then.lines:
        return True
    return False if then.begun else None


def _in_passing(before: str) -> bool:
    """Whether the bracket that closes behind the mark was opened in the middle of the sentence."""
    opened = before.rfind("(")
    return opened >= 0 and _WORDY.search(before, 0, opened) is not None


def _runs_on(ending: Ending, then: Following) -> bool | None:
    """Judge a mark without a space behind it: `Geldim.Sonra gittim` ends, `Node.js`, `14.30` and `Dr.Ahmet` do not."""
    if ending.tail.signs.strip(ending.tail.closing or " "):
        return True  # an emoji or a stage direction stands between
    if not then.begun:
        return None
    if then.opening or not then.word[:1].isupper():
        return False
    if ending.tail.closing:
        return ending.tail.closing[-1] in "”»)"
    space = _SPACE.search(ending.ahead)
    if space is None:
        return None
    return _looks_run_on(ending, ending.ahead[: space.start()])


def _looks_run_on(ending: Ending, rest: str) -> bool:
    token = ending.token
    if _ADDRESS.search(token) or _ADDRESS.search(rest):
        return False
    found = _NEXT_WORD.match(rest)
    if found is None or not _PLAIN_WORD.fullmatch(token):
        return False
    word = unicodedata.normalize("NFC", found[0])
    if _kind(ending) != "dot":
        return True
    plain = token[-1].islower() and word[1].islower() and abbreviation_key(token) is None
    return plain and has_vowel(token) and has_vowel(word) and lower(word) not in DOMAIN_ENDINGS


def _strong_ends(ending: Ending, then: Following) -> bool | None:
    """`!` and `?` end it, but not before the narrator's words: `“Kim o?” diye sordu`, `Eyvah! diye bağırdı`."""
    if ending.before.endswith("(") and ending.tail.closing.startswith(")"):
        return False  # (!) and (?) comment on a word
    if ending.tail.quoted:
        return not then.low if then.begun else None
    if then.lines or then.quotes:
        return True
    return _unless_narrated(ending, then) if then.begun else None


def _unless_narrated(ending: Ending, then: Following) -> bool | None:
    if not then.low:
        return True
    if _ADDRESS.search(ending.token):
        return False  # the mark may be the address's own
    return lower(then.word) not in QUOTATIVES if then.whole else None


def _ellipsis_ends(ending: Ending, then: Following) -> bool | None:
    """A pause ends the sentence only before a capital letter or at the line's end."""
    if then.lines and not ending.tail.quoted:
        return True
    if not then.begun:
        return None
    if then.low or then.digit:
        return False
    if not _may_stutter(ending.token):
        return True
    return not lower(then.word).startswith(lower(ending.token)) if then.whole else None


def _may_stutter(token: str) -> bool:
    """Whether a speaker may only be trying again: `Ha... Hayır`."""
    return len(token) in {1, 2} and lower(token) not in OPENERS


def line_break_ends(before: str, ahead: str) -> bool | None:
    """Tell whether the line break between `before` and `ahead` (which starts with it) ends an unmarked sentence.

    It does before an empty line, a dialogue dash, a list's item or a stage direction; after an emoji, after a line that
    is nothing but a stage direction, and after one too short to have been wrapped if the next has a capital letter.
    Any other single line break is a soft wrap.
    """
    line = _last_line(before)
    if _ENDS_IN_EMOJI.search(line) or _WHOLE_STAGE.fullmatch(line):
        return True
    rest = ahead.lstrip()
    if len(LINE_BREAK.findall(ahead[: len(ahead) - len(rest)])) > 1:
        return True
    if not rest:
        return None
    if _ITEM.match(rest) or _begin_alike(line, rest):
        return True
    if _UNFINISHED_ITEM.fullmatch(rest):
        return None
    return _stands_alone(line) and rest.lstrip(OPENING_SIGNS)[:1].isupper() if rest.strip(OPENING_SIGNS) else None


def _begin_alike(line: str, rest: str) -> bool:
    """Whether two lines start with a number or with the same sign, as the entries of a list do."""
    if rest[0].isdigit():
        return line[:1].isdigit()
    return line[:1] == rest[0] and not rest[0].isalpha()


def _last_line(before: str) -> str:
    """Return the line that `before` ends with, or the end of it if it is too long to matter."""
    text = before[-_LONG_LINE:].strip()
    return text[max(text.rfind(sign) for sign in LINE_BREAKS) + 1 :]


def _stands_alone(line: str) -> bool:
    """Whether a line is a heading, an entry or a verse rather than the first part of a wrapped sentence."""
    return len(line) < _SHORT_LINE and (line[-1].isalnum() or line[-1] in ":”’»)]\"'")
