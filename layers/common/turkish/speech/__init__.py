"""Text as a voice should read it: numbers, dates, money, abbreviations and game shorthand in Turkish words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["speakable"]


def speakable(text: str, lexicon: Mapping[str, str] | None = None) -> str:
    """Return `text` as a voice should read it: numbers, signs and shorthand in Turkish words.

    Number words stand separately and in lower case; endings are carried over with harmony (1923'te → bin dokuz yüz
    yirmi üçte). Everything else, spaces and punctuation included, stays as it is: a text without anything to read out
    comes back unchanged. The `lexicon` says how a tenant's names are spoken (written → spoken); it is found in any
    casing, as a whole word or with an ending, and goes before every other rule. Any text is accepted; time is linear.
    """
    # The rules are many patterns, some 30 ms to compile: only who speaks waits for them.
    from common.turkish.speech.speaking import speak  # noqa: PLC0415

    return speak(text, lexicon)
