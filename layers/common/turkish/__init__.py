"""The Turkish text engine: casing, search keys, suffixes, terms, sentences, speech. Pure Python, no I/O."""

from common.turkish.casing import lower, title, upper
from common.turkish.folding import fold
from common.turkish.reasons import Reason
from common.turkish.speech import speakable
from common.turkish.splitting import SentenceBuffer, sentences
from common.turkish.suffixes import SuffixForm, suffix
from common.turkish.terms import Match, TermMatcher

__all__ = [
    "Match",
    "Reason",
    "SentenceBuffer",
    "SuffixForm",
    "TermMatcher",
    "fold",
    "lower",
    "sentences",
    "speakable",
    "suffix",
    "title",
    "upper",
]
