"""What a typed letter may stand for: c g i o s u are also the keyboard's ç ğ ı ö ş ü, never the other way round."""

from __future__ import annotations

from typing import NamedTuple

# A typed İ stands for i and for nothing else; this letter keeps it apart from an i that may be meant as ı.
DOTTED = "ɪ"

TO_ASCII = str.maketrans("çğıöşüâîû" + DOTTED, "cgiosuaiui")
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
        return cls(literal, typed, typed.translate(TO_ASCII))

    def reads(self, piece: str, at: int) -> bool:
        """Whether `piece` stands at `at`, letter for letter."""
        return self.literal.startswith(piece, at)

    def may_read(self, piece: str, at: int) -> bool:
        """Whether what was typed at `at` may stand for `piece`."""
        typed = self.typed[at : at + len(piece)]
        return typed == piece or (
            len(typed) == len(piece)
            and all(key == meant or key + meant in _MAY_STAND_FOR for key, meant in zip(typed, piece, strict=True))
        )
