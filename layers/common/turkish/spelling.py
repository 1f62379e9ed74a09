"""What a typed letter may stand for: c g i o s u are also the keyboard's ç ğ ı ö ş ü, never the other way round."""

from __future__ import annotations

from typing import NamedTuple

from common.turkish.letters import exchange

# A typed İ stands for i and for nothing else; this letter keeps it apart from an i that may be meant as ı.
DOTTED = "ɪ"

_ASCII = dict(zip("çğıöşüâîû" + DOTTED, "cgiosuaiui", strict=True))
_MAY_STAND_FOR = frozenset({"cç", "gğ", "iı", "oö", "sş", "uü", DOTTED + "i"})


class Spelling(NamedTuple):
    """A word as it reads, as it was typed, and with every letter as its ASCII cousin; all of one length."""

    literal: str
    """In Turkish lower case: I is ı."""
    typed: str
    """In lower case with an i for a capital I, which a keyboard without Turkish letters gives for both."""
    ascii: str

    @classmethod
    def of(cls, literal: str, typed: str | None = None) -> Spelling:
        typed = literal if typed is None else typed
        return cls(literal, typed, to_ascii(typed))

    def may_read(self, piece: str, at: int) -> bool:
        """Whether what was typed at `at` may stand for `piece`."""
        typed = self.typed[at : at + len(piece)]
        if typed == piece:
            return True
        if len(typed) != len(piece):
            return False
        for key, meant in zip(typed, piece, strict=True):
            if key != meant and key + meant not in _MAY_STAND_FOR:
                return False
        return True


def to_ascii(text: str) -> str:
    """Return `text`, in lower case, with every Turkish letter as its ASCII cousin."""
    return text if text.isascii() else exchange(text, _ASCII)
