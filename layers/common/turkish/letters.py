"""Exchanges single letters of a text, at the price of looking for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_FEW = 64


def exchange(text: str, letters: Mapping[str, str]) -> str:
    """Return `text` with each of `letters` replaced; none may be exchanged for another that is exchanged as well.

    `str.translate` takes thirty times as long where most letters stay what they are, and only pays for many.
    """
    if len(letters) > _FEW:
        return text.translate(str.maketrans(dict(letters)))
    for letter, other in letters.items():
        text = text.replace(letter, other)
    return text
