"""The form of an API key: `mk_live_…` or `mk_test_…`, a random part, a checksum.

The prefix says to people and secret scanners what was found; the checksum tells a mistyped key from a wrong one without
asking anybody. Of a key only its SHA-256 is ever stored.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import zlib
from enum import StrEnum

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM = 32
"""Characters of 62 kinds: 190 bits."""
_CHECKSUM = 6
_FORM = re.compile(rf"mk_(live|test)_([0-9A-Za-z]{{{_RANDOM}}})([0-9A-Za-z]{{{_CHECKSUM}}})")


class Mode(StrEnum):
    """What a key is for: `test` keys run everything on the sandbox, on data of its own."""

    LIVE = "live"
    TEST = "test"


def new_key(mode: Mode) -> str:
    """Return a new key that nobody can guess."""
    random = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return f"mk_{mode}_{random}{_checksum(mode, random)}"


def could_be_a_key(text: str) -> bool:
    """Whether `text` may be somebody's key: false for one of our form whose checksum is wrong."""
    if not text.startswith("mk_"):
        return True
    found = _FORM.fullmatch(text)
    return found is not None and _checksum(found[1], found[2]) == found[3]


def hash_key(api_key: str) -> str:
    """Return the SHA-256 of a key, in hex: what is stored of it."""
    return hashlib.sha256(api_key.encode()).hexdigest()


def last_four(api_key: str) -> str:
    """Return what people recognise a key by."""
    return api_key[-4:]


def _checksum(mode: str, random: str) -> str:
    value = zlib.crc32(f"mk_{mode}_{random}".encode())
    digits = ""
    while value:
        value, digit = divmod(value, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits.rjust(_CHECKSUM, _ALPHABET[0])
