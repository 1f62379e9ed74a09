"""The signs sentences end with, break at and open with, as the insides of character classes."""

from __future__ import annotations

MARKS = ".!?…‼⁇⁈⁉！？"
LINE_BREAKS = "\n\r\x0b\x0c\x85\u2028\u2029"
OPENING_SIGNS = "\"'“„«‘([{*_–—―…"
EMOJI = "\u231a-\u23ff\u2600-\u27bf\u2b00-\u2bff\u3030\U0001f000-\U0001faff\U000e0020-\U000e007f\u200d\ufe0f"
# Zero-width signs and variation selectors: part of whatever they follow.
HIDDEN = "\u200b-\u200f\u2060\ufe0e\ufe0f\ufeff"
