"""`python -m bench.turkish`: the engine against its labelled corpora and against naive baselines, then what it costs.

Options: `--misses` lists every answer that is not the label instead of the first 20 of each corpus. Exit codes: 1 when
the engine misses a threshold on any corpus, the group `choices` aside.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from bench.turkish import cost, methods, scores
from bench.turkish.scores import WANTED_F1, Judgement, Tally

_LISTED = 20
_RATES = ("precision", "recall", "f1")


def judged() -> dict[str, dict[str, list[Judgement]]]:
    """Return every method's judgements, by corpus and method; the engine comes first."""
    return {
        "matcher": {name: scores.judge_matching(found) for name, found in methods.MATCHING.items()},
        "casing": {name: scores.judge_casing(cased) for name, cased in methods.CASING.items()},
        "sentences": {name: scores.judge_cutting(cut) for name, cut in methods.CUTTING.items()},
        "speakable": {name: scores.judge_speaking(spoken) for name, spoken in methods.SPEAKING.items()},
    }


def table(corpus: str, by_method: Mapping[str, Sequence[Judgement]]) -> list[str]:
    """Return a corpus's groups as rows: how many cases and labels, then each method's rates and wrong answers."""
    groups = {method: scores.by_group(judgements) for method, judgements in by_method.items()}
    graded = corpus in {"matcher", "sentences"}
    heads = "".join(f" | {method:>{25 if graded else 14}}" for method in by_method)
    rates = "      P      R     F1 wrong" if graded else "  right  wrong"
    lines = [f"{corpus:<28} {'':>11}{heads}", f"{'':<28} {'cases':>5} {'wanted' if graded else '':>6}"]
    lines[1] += f" |{rates}" * len(by_method)
    names = next(iter(groups.values()))
    lines += [_row(name, [rows[name] for rows in groups.values()], graded=graded) for name in names]
    lines.append(_row("all", [Tally.of(judgements) for judgements in by_method.values()], graded=graded))
    if "choices" in names:
        settled = [Tally.of(scores.settled(judgements)) for judgements in by_method.values()]
        lines.append(_row("all but choices", settled, graded=graded))
    return [*lines, ""]


def _row(name: str, tallies: Sequence[Tally], *, graded: bool) -> str:
    first = tallies[0]
    row = f"{name:<28} {first.cases:>5} {first.wanted if graded else '':>6}"
    for tally in tallies:
        shown = _RATES if graded else _RATES[-1:]
        row += " |" + "".join(f" {_rate(getattr(tally, rate)):>6}" for rate in shown)
        row += f"{tally.wrong:>5}" if graded else f"{tally.wrong:>7}"
    return row


def _rate(share: float | None) -> str:
    return "–" if share is None else f"{share:.3f}"


def misses(corpus: str, judgements: Sequence[Judgement], most: int | None) -> list[str]:
    """Return the engine's answers that are not the label, `most` of them at most."""
    complaints = scores.complaints(judgements)
    if not complaints:
        return []
    left_out = len(complaints) - len(complaints[:most])
    lines = [f"{corpus}: {len(complaints)} answers are not the label", *(f"  {line}" for line in complaints[:most])]
    return [*lines, *([f"  … and {left_out} more (--misses)"] if left_out else []), ""]


def failures(results: Mapping[str, Mapping[str, Sequence[Judgement]]]) -> list[str]:
    """Return a line for every corpus on which the engine does less than it must."""
    reached = {corpus: Tally.of(scores.settled(by_method["engine"])).f1 or 0.0 for corpus, by_method in results.items()}
    return [
        f"{corpus}: F1 {f1:.4f}, at least {WANTED_F1[corpus]:g} is wanted"
        for corpus, f1 in reached.items()
        if f1 < WANTED_F1[corpus]
    ]


def main(arguments: Sequence[str]) -> int:
    """Print everything; return the exit code."""
    results = judged()
    most = None if "--misses" in arguments else _LISTED
    for corpus, by_method in results.items():
        print("\n".join(table(corpus, by_method)))
    for corpus, by_method in results.items():
        for line in misses(corpus, by_method["engine"], most):
            print(line)
    print("\n".join(cost.rows()))
    failed = failures(results)
    for line in failed:
        print(line, file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
