"""The list of metrics is read from the code, and what it cannot read or explain is an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.metrics import Metric, Untold, explained, metrics_in


def _module(folder: Path, text: str, name: str = "module.py") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_metrics_are_found_with_their_units_and_dimensions(tmp_path: Path) -> None:
    root = _module(
        tmp_path,
        "def f(text, x):\n"
        "    count('Http5xx')\n"
        "    text.count('a')\n"
        "    measure('JobSeconds', x, 'Seconds', status='a', kind='b')\n",
    )

    assert metrics_in(root) == [
        Metric("Http5xx", "Count", ()),
        Metric("JobSeconds", "Seconds", ("kind", "status")),
    ]


@pytest.mark.parametrize("call", ["count(name)", "measure('JobSeconds', 1, unit)", "count()"])
def test_a_metric_that_is_not_named_plainly_is_an_error(tmp_path: Path, call: str) -> None:
    with pytest.raises(Untold, match=r"module\.py:1"):
        metrics_in(_module(tmp_path, call))


def test_a_metric_that_is_measured_in_two_ways_is_an_error(tmp_path: Path) -> None:
    _module(tmp_path, "measure('JobsQueued', 1, 'Count', kind='a')")

    with pytest.raises(Untold, match="JobsQueued"):
        metrics_in(_module(tmp_path, "count('JobsQueued')", "other.py"))


def test_a_metric_without_a_meaning_and_a_meaning_without_a_metric_are_errors() -> None:
    with pytest.raises(Untold, match="Nonsense"):
        explained([Metric("Nonsense", "Count", ())])
    with pytest.raises(Untold, match="JobsQueued"):
        explained([])
