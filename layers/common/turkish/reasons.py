"""What a match was seen through."""

from __future__ import annotations

from typing import Literal, get_args

Reason = Literal[
    "exact", "suffix", "softening", "vowel_drop", "doubling", "verb", "hidden", "ascii", "repeated", "leet",
    "homoglyph", "spaced", "joined",
]  # fmt: skip
"""What was seen through, from the least to the most; a match names the most."""

_REASONS: tuple[Reason, ...] = get_args(Reason)
RANK = {reason: rank for rank, reason in enumerate(_REASONS)}


def more(one: Reason, other: Reason) -> Reason:
    """Return the one of the two reasons that saw through more."""
    return one if RANK[one] >= RANK[other] else other
