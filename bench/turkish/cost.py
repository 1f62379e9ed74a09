"""What the engine costs: milliseconds of this machine today. Read the ratios, or compare with another run."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import islice
from typing import Any

from bench.turkish.adversaries import adversaries
from common.turkish import SentenceBuffer, TermMatcher, speakable
from tests.common.turkish import corpora, paradigms

_TERMS = 500
_LARGE = 100_000
_FRESH = 9
_SHOWN = 5
_IMPORT = "import time; t = time.perf_counter(); import common.turkish; print((time.perf_counter() - t) * 1000)"
# What any function of ours has imported before, of the standard library.
_WARM = "import collections, dataclasses, enum, functools, itertools, re, typing, unicodedata; "
_REPLY = (
    "Hoş geldin yolcu, ateşin başına otur da ısın biraz. Bu dağlarda gece çabuk iner; kurtların sesini duyuyor musun? "
    "Dedem anlatırdı: eskiden köprünün öte yanında bir şifacı yaşarmış, yaraları otlarla sarar, karşılığında yalnızca "
    "bir hikâye istermiş. Sen de bana bir hikâye borçlusun artık. Ama önce şu çorbayı iç, sonra yolunu konuşuruz. "
    "Şehre inen patika kapalı, taşlar düşmüş; ormandan dolanman gerekecek. Yanına fener al, tuzunu unutma, bir de "
    "geceleri sakın ıslık çalma. Anlaştık mı, eski dostum?"
)


def terms() -> list[str]:
    """Return 500 terms: those of the corpus, then nouns, infinitives and phrases made of them."""
    nouns = list(paradigms.nouns())
    phrases = (f"kara {noun}" for noun in nouns)
    every = [*(pair.term for pair in corpora.pairs()), *nouns, *paradigms.verbs(), *phrases]
    return list(islice(dict.fromkeys(every), _TERMS))


def rows() -> list[str]:
    """Return the table."""
    wordlist = terms()
    matcher = TermMatcher(wordlist)
    reply = _REPLY[:500]
    lines = [
        f"{'cost':<46} {'ms':>9}",
        _line("import common.turkish, the very first", _import_ms(_IMPORT)),
        _line("import common.turkish, after dataclasses & co.", _import_ms(_WARM + _IMPORT)),
        _line(f"{len(wordlist)} terms made ready", _median(lambda: TermMatcher(wordlist), 9)),
        _line(
            f"{len(wordlist)} terms in a reply of {len(reply)} characters", _median(lambda: matcher.find(reply), 200)
        ),
        "",
        f"{f'{_LARGE:,} characters, worst first':<46} {'ms':>9} {'×half':>6}",
    ]
    texts = adversaries(wordlist)
    uses: dict[str, Callable[[str], Any]] = {
        "find": matcher.find,
        "SentenceBuffer, by single characters": _feed_singly,
        "speakable": speakable,
    }
    for use, read in uses.items():
        lines += _worst_first(use, read, texts)[: None if use == "find" else _SHOWN + 1]
    return lines


def _line(name: str, milliseconds: float) -> str:
    return f"{name:<46} {milliseconds:>9.2f}"


def _worst_first(use: str, read: Callable[[str], Any], texts: dict[str, Callable[[int], str]]) -> list[str]:
    measured = {name: _growth(read, make) for name, make in texts.items()}
    slowest = sorted(measured.items(), key=lambda entry: -entry[1][0])
    return [use, *(f"{_line(f'  {name}', ms)} {ratio:>6.1f}" for name, (ms, ratio) in slowest)]


def _growth(read: Callable[[str], Any], make: Callable[[int], str]) -> tuple[float, float]:
    """Return the milliseconds of a first reading, and how much longer than half the text takes another."""
    whole, half = make(_LARGE), make(_LARGE // 2)
    first, again, small = (_timed(lambda text=text: read(text)) for text in (whole, whole, half))
    return first, again / small


def _feed_singly(text: str) -> None:
    buffer = SentenceBuffer()
    for character in text:
        buffer.feed(character)
    buffer.flush()


def _median(operation: Callable[[], Any], rounds: int) -> float:
    operation()
    return statistics.median(_timed(operation) for _ in range(rounds))


def _timed(operation: Callable[[], Any]) -> float:
    started = time.perf_counter()
    operation()
    return (time.perf_counter() - started) * 1000


def _import_ms(program: str) -> float:
    command = [sys.executable, "-c", program]
    fresh = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(_FRESH)]
    return statistics.median(float(process.stdout) for process in fresh)
