"""The Turkish text engine: casing, search keys, suffixes and terms. Pure Python, no I/O."""

from common.turkish.casing import lower, title, upper
from common.turkish.folding import fold
from common.turkish.suffixes import SuffixForm, suffix
from common.turkish.terms import Match, Reason, TermMatcher

__all__ = ["Match", "Reason", "SuffixForm", "TermMatcher", "fold", "lower", "suffix", "title", "upper"]
