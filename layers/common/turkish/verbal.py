"""The automaton of Turkish verb endings: voice, negation, ability, tense, person, converbs, participles."""

from __future__ import annotations

from common.turkish.nominal import CASES, MINE, QUESTION, Arcs

_COPULA: Arcs = (("DI", "v_past"), ("mIş", "evidential"), ("sA", "v_past"), ("ken", "end"), ("DIr", "end"), *QUESTION)
_PERSONS: Arcs = (
    ("Im", "person"), ("sIn", "person"), ("Iz", "person"), ("sInIz", "person"), ("lAr", "they"),
    ("sAm", "end"), ("sAn", "end"), ("sAk", "end"), ("sAnIz", "end"),
)  # fmt: skip

# As players write the future: gelicem, öldürcez, yapacam.
_SPOKEN_FUTURE: Arcs = (
    *((stem + ending, "person") for stem in ("(y)Ic", "(y)Ac", "c") for ending in ("Am", "An", "Az")),
    ("(y)IcAk", "future"), ("(y)IcAğ", "soft"),
)  # fmt: skip

_TENSES: Arcs = (
    ("DI", "v_past"), ("mIş", "participle"), ("(y)AcAk", "future"), ("(y)AcAğ", "soft"), ("sA", "v_past"),
    ("mAlI", "necessity"), ("(y)A", "optative"), *_SPOKEN_FUTURE,
)  # fmt: skip
_IMPERATIVES: Arcs = (
    ("sIn", "third"), ("(y)In", "end"), ("(y)InIz", "end"), ("sAnA", "end"), ("sAnIzA", "end"), ("sAnIz", "end"),
)  # fmt: skip
_CONVERBS: Arcs = (
    ("(y)Ip", "end"), ("(y)IncA", "end"), ("(y)IncAyA", "end"), ("(y)ArAk", "end"), ("(y)ArAktAn", "end"),
    ("(y)AlI", "end"), ("mAdAn", "end"), ("DIkçA", "end"), ("mAksIzIn", "end"),
)  # fmt: skip
_NOUNS: Arcs = (
    ("mA", "noun"), ("mAk", "infinitive"), ("mAğA", "case"), ("(y)Iş", "manner"), ("(y)IcI", "noun"),
    ("(y)An", "noun"), ("DIk", "done"), ("DIğ", "soft"), ("(y)AsI", "noun"), ("(y)AsIcA", "noun"),
)  # fmt: skip
_NEGATED: Arcs = (*_TENSES, *_IMPERATIVES, *_CONVERBS, *_NOUNS)
_STEM: Arcs = (
    ("mA", "negated"), ("mIyor", "present"), ("mIyo", "spoken_present"), ("mAz", "never"), ("mAm", "person"),
    ("mAyIz", "person"), ("(y)AmA", "negated"), ("(y)AmIyor", "present"), ("(y)AmIyo", "spoken_present"),
    ("(y)AmAz", "never"), ("(y)AmAm", "person"), ("(y)AmAyIz", "person"),
    ("(y)Abil", "stem"), ("(y)Iver", "stem"), ("(y)Adur", "stem"), *_NEGATED,
)  # fmt: skip
_CLOSED: Arcs = (*_STEM, ("Iyor", "present"), ("Iyo", "spoken_present"))
_OPEN: Arcs = (*_STEM, ("r", "aorist"))
_WIDE_AORIST: Arcs = (("Ar", "aorist"),)
_NARROW_AORIST: Arcs = (("Ir", "aorist"),)
_CAUSED: Arcs = (("DIr", "caused"),)
_PASSIVE: Arcs = (("Il", "stem"),)
_PASSIVE_OF_L: Arcs = (("In", "stem"), ("InIl", "stem"))

# Forms a noun has as well: taşına, taşının.
_NOUN_LIKE = frozenset({"(y)A", "(y)In", "(y)InIz"})
_SURE: Arcs = tuple(arc for arc in _STEM if arc[0] not in _NOUN_LIKE)

VERBAL: dict[str, Arcs] = {
    # Roots by their end (vowel, l, other) and the vowel of their aorist.
    "root_vowel": (*_OPEN, ("n", "stem"), ("nIl", "stem"), ("t", "caused")),
    "root_l_wide": (*_CLOSED, *_WIDE_AORIST, *_CAUSED, *_PASSIVE_OF_L),
    "root_l_narrow": (*_CLOSED, *_NARROW_AORIST, *_CAUSED, *_PASSIVE_OF_L),
    "root_wide": (*_CLOSED, *_WIDE_AORIST, *_CAUSED, *_PASSIVE),
    "root_narrow": (*_CLOSED, *_NARROW_AORIST, *_CAUSED, *_PASSIVE),
    "root_long_lr": (*_CLOSED, *_NARROW_AORIST, *_PASSIVE, *_PASSIVE_OF_L, ("t", "caused")),
    # A root read as somebody else's word: its voices are separate headwords.
    "plain_vowel": _OPEN,
    # Of başla the forms that are not also plurals of baş: başlar may be heads, başlarken not.
    "sure_vowel": (*_SURE, ("r", "aorist")),
    "sure_wide": (*_SURE, ("Iyor", "present"), ("Iyo", "spoken_present"), *_WIDE_AORIST),
    "sure_narrow": (*_SURE, ("Iyor", "present"), ("Iyo", "spoken_present"), *_NARROW_AORIST),
    "plain_la": (*_SURE, ("r", "la_aorist")),
    "la_aorist": (
        ("sIn", "person"), ("Iz", "person"), ("sInIz", "person"), ("ken", "end"), ("sA", "v_past"), ("sAm", "end"),
        ("sAn", "end"),
    ),
    "plain_wide": (*_CLOSED, *_WIDE_AORIST),
    "plain_narrow": (*_CLOSED, *_NARROW_AORIST),
    # başla before -yor: başlı-yor; also the common slip başlı-yacak.
    "raised_plain": (("yor", "present"), ("yo", "spoken_present")),
    "raised": (*_OPEN, ("yor", "present"), ("yo", "spoken_present")),
    "stem": (*_CLOSED, *_NARROW_AORIST),
    "caused": (*_CLOSED, *_NARROW_AORIST, ("Il", "stem"), ("t", "caused")),
    "negated": _NEGATED,
    "present": (*_PERSONS, *_COPULA),
    "spoken_present": (
        ("m", "end"), ("n", "end"), ("z", "end"), ("sIn", "end"), ("sInIz", "end"), ("lAr", "they"), ("DI", "v_past"),
        ("mIş", "evidential"), *QUESTION,
    ),
    "aorist": (*_PERSONS, *_COPULA, ("cAsInA", "end"), ("lIk", "noun")),
    "never": (
        ("sIn", "person"), ("sInIz", "person"), ("lAr", "they"), *_COPULA, ("lIk", "noun"), ("lIğ", "soft"),
        ("cAsInA", "end"), ("DAn", "end"),
    ),
    "future": (
        ("sIn", "person"), ("sInIz", "person"), ("lAr", "they"), ("lAr", "plural"), *_COPULA, ("DA", "case"),
        ("DAn", "case"), ("lA", "case"), ("lIk", "noun"),
    ),
    "they": _COPULA,
    "v_past": (
        ("m", "person"), ("n", "person"), ("k", "person"), ("nIz", "person"), ("lAr", "they"), ("ydI", "v_past"),
        ("ysA", "v_past"), ("ymIş", "evidential"), ("msA", "end"), ("nsA", "end"), *QUESTION,
    ),
    "participle": (
        ("Im", "person"), ("sIn", "person"), ("Iz", "person"), ("sInIz", "person"), ("lAr", "they"), ("lAr", "plural"),
        *_COPULA, ("lIk", "noun"), ("lIğ", "soft"), *CASES, ("I", "possessed_3"), ("CAsInA", "end"),
    ),
    "necessity": (
        ("yIm", "person"), ("sIn", "person"), ("yIz", "person"), ("sInIz", "person"), ("lAr", "they"),
        ("yDI", "v_past"), ("ymIş", "evidential"), ("ysA", "v_past"), ("DIr", "end"), *QUESTION,
    ),
    "optative": (
        ("yIm", "person"), ("lIm", "person"), ("sIn", "person"), ("sInIz", "end"), ("yIz", "end"), ("lAr", "end"),
        ("yDI", "v_past"), ("ymIş", "evidential"), *QUESTION,
    ),
    "third": (("lAr", "end"), *QUESTION),
    "infinitive": (
        ("DA", "locative"), ("DAn", "case"), ("lA", "case"), ("lIk", "noun"), ("lIğ", "soft"), ("lAr", "plural"),
        *_COPULA, ("CI", "noun"),
    ),
    # No copula: görüştü, seviştiler are other verbs.
    "manner": (("lAr", "plural"), *MINE, ("(s)I", "possessed_3"), *CASES),
    "done": (("lAr", "plural"), ("DAn", "case")),
}  # fmt: skip
"""What may follow in each state; states missing here are the noun's. -ış/-iş takes no copula, see `manner`."""

UNFINISHED = frozenset({"soft", "la_aorist"})
"""States in which no word ends: öldürdüğ-."""
