"""The automaton of Turkish noun endings: states are what has been attached so far, arcs are suffix templates.

Deliberately left out: the equative -ca (amca, kanca) and everything that makes verbs, since there other words begin.
"""

from __future__ import annotations

Arcs = tuple[tuple[str, str], ...]

QUESTION: Arcs = (("mI", "question"),)
_PERSONS: Arcs = (("(y)Im", "person"), ("sIn", "person"), ("(y)Iz", "person"), ("sInIz", "person"), ("(y)ken", "end"))
_TENSES: Arcs = (("DIr", "end"), ("DIrlAr", "end"), ("(y)DI", "past"), ("(y)mIş", "evidential"), ("(y)sA", "past"))
COPULA: Arcs = (*_PERSONS, *_TENSES, *QUESTION)
CASES: Arcs = (
    ("(y)I", "person"), ("(y)A", "case"), ("DA", "locative"), ("DAn", "case"), ("(n)In", "genitive"),
    ("(y)lA", "case"),
)  # fmt: skip
_N_CASES: Arcs = (
    ("nI", "person"), ("nA", "case"), ("nDA", "locative"), ("nDAn", "case"), ("nIn", "genitive"), ("(y)lA", "case"),
    ("ncA", "end"),
)  # fmt: skip
MINE: Arcs = (("(I)m", "possessed"), ("(I)n", "possessed"), ("(I)mIz", "possessed"), ("(I)nIz", "possessed"))
_DERIVED: Arcs = (("lI", "noun"), ("sIz", "noun"), ("lIk", "noun"), ("lIğ", "soft"), ("CI", "noun"), ("CIk", "noun"))
_SMALL: Arcs = (("CIğ", "soft"),)
_OF_STEM: Arcs = (*_DERIVED, *_SMALL, ("(I)mcA", "end"), ("lAr", "plural"), *MINE, ("(s)I", "possessed_3"), *CASES)
SOFT: Arcs = (*MINE, ("(s)I", "possessed_3"), ("(y)I", "person"), ("(y)A", "case"), ("(n)In", "genitive"))

NOMINAL: dict[str, Arcs] = {
    "noun": _OF_STEM + COPULA,
    # Times and places take -ki at once: yarınki, bugünkü.
    "time": (("ki", "ki"), ("kI", "ki")),
    # A compound without its -ı: kan bağ-ımız, kan bağ-ları.
    "compound": (*MINE, ("lAr", "plural")),
    # Of a rival to a verb's form only what no verb has: kesen is not kese-n, keselim not kese-li-m.
    "simple": (
        ("lAr", "simple_plural"), ("(y)I", "end"), ("(y)A", "end"), ("DA", "simple_locative"), ("DAn", "end"),
        ("(y)lA", "end"), ("(s)I", "simple_possessed"),
    ),
    "simple_plural": (
        ("I", "simple_possessed"), ("A", "end"), ("In", "end"), ("DA", "simple_locative"), ("DAn", "end"),
        ("lA", "end"),
    ),
    "simple_possessed": (
        ("nI", "end"), ("nA", "end"), ("nDA", "simple_locative"), ("nDAn", "end"), ("nIn", "end"), ("ylA", "end"),
    ),
    "simple_locative": (("ki", "end"),),
    # Of a rival headword «we are …» is too rare to count: susuz is no form of sus.
    "impersonal": (*_OF_STEM, *_TENSES, *QUESTION),
    # The stem is also a verb's root: after it -di, -miş, -se and -dir make that verb.
    "verb_like": (*_OF_STEM, *_PERSONS, *QUESTION),
    "soft": (*SOFT, ("(y)Im", "person"), ("(y)Iz", "person")),
    "plural": (*MINE, ("I", "possessed_3"), *CASES, *COPULA, ("lI", "noun"), ("CA", "end")),
    "possessed": CASES + COPULA,
    "possessed_3": _N_CASES + COPULA,
    "case": COPULA,
    "locative": (("ki", "ki"), *COPULA),
    "genitive": (("ki", "ki"), *COPULA),
    "ki": (("lAr", "plural"), *_N_CASES, *COPULA),
    "person": QUESTION,
    "past": (
        ("m", "person"), ("n", "person"), ("k", "person"), ("nIz", "person"), ("lAr", "person"), ("ysA", "past"),
        *QUESTION,
    ),
    "evidential": (
        ("Im", "person"), ("sIn", "person"), ("Iz", "person"), ("sInIz", "person"), ("lAr", "person"),
        ("CAsInA", "end"), *QUESTION,
    ),
    "question": (
        ("(y)Im", "end"), ("sIn", "end"), ("(y)Iz", "end"), ("sInIz", "end"), ("DIr", "end"), ("lAr", "end"),
        ("(y)DI", "past"), ("(y)mIş", "evidential"),
    ),
    "end": (),
}  # fmt: skip
"""What may follow in each state. `plural` -CA is kalelerce and does not reach the stem's own -ca."""
