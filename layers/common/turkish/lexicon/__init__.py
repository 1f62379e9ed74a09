"""What rules cannot tell about Turkish words: irregular stems, closed classes, and words that look like others."""

from common.turkish.lexicon.closed import FUNCTION_WORDS, TIMES
from common.turkish.lexicon.stems import (
    DOUBLING_STEMS,
    DROPPING_STEMS,
    FRONT_LOANS,
    HARD_ENDINGS,
    SOFT_SHORT_STEMS,
    SOFT_T,
)
from common.turkish.lexicon.verbs import (
    IMPERATIVES,
    NARROW_AORIST,
    NO_INFINITIVES,
    NOUNS_IN_MEK,
    NOUNS_THAT_ARE_ROOTS,
    ROOTS,
    SOFT_ROOTS,
    VERB_ROOTS,
)
from common.turkish.lexicon.words import AS_GOOD, HEADWORDS, OPAQUE

__all__ = [
    "AS_GOOD",
    "DOUBLING_STEMS",
    "DROPPING_STEMS",
    "FRONT_LOANS",
    "FUNCTION_WORDS",
    "HARD_ENDINGS",
    "HEADWORDS",
    "IMPERATIVES",
    "NARROW_AORIST",
    "NOUNS_IN_MEK",
    "NOUNS_THAT_ARE_ROOTS",
    "NO_INFINITIVES",
    "OPAQUE",
    "ROOTS",
    "SOFT_ROOTS",
    "SOFT_SHORT_STEMS",
    "SOFT_T",
    "TIMES",
    "VERB_ROOTS",
]
