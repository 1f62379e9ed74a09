"""API keys: their form - `mk_live_…` or `mk_test_…`, a random part, a checksum - and what is remembered of one.

The prefix says to people and secret scanners what was found; the checksum tells a mistyped key from a wrong one without
asking anybody. Of a key only its SHA-256 is ever stored: 190 random bits need no salt and no slow hash.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import zlib
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM = 32
"""Characters of 62 kinds: 190 bits."""
_CHECKSUM = 6
_FORM = re.compile(rf"mk_(live|test)_([0-9A-Za-z]{{{_RANDOM}}})([0-9A-Za-z]{{{_CHECKSUM}}})")


class Mode(StrEnum):
    """What a key is for: `test` keys run everything on the sandbox, on data of its own."""

    LIVE = "live"
    TEST = "test"


class KeyRecord(BaseModel):
    """What is known of a key: everything but the key."""

    model_config = ConfigDict(frozen=True)

    key_id: str = Field(examples=["key_01K00000000000000000000000"])
    mode: Mode
    last_four: str = Field(description="The key's last four characters.")
    created_at: str
    expires_at: str | None = Field(default=None, description="When it stops working; null: never by itself.")
    revoked_at: str | None = None
    granted_until: str | None = None
    """The operator's end for this key and for all that take its place; None: no end.

    A rotation moves only `expires_at` of the key it replaces, so nobody can rotate a key beyond what was granted.
    """

    def works_at(self, now: str) -> bool:
        """Whether the key is in force at an ISO time."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


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
