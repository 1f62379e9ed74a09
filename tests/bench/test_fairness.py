"""The benchmark of fairness can fail, and does not."""

from __future__ import annotations

import pytest

from bench import fairness


def test_a_small_tenant_waits_at_most_twice_as_long_beside_a_large_one() -> None:
    alone, beside = (fairness.simulate(queued, places=20, orders=40) for queued in (0, 2_500))

    assert beside.left > 0, "the large one was still at it"
    assert beside.mean <= fairness.MOST_RATIO * alone.mean


def test_without_lanes_it_would_wait_far_longer() -> None:
    alone, beside = (fairness.simulate(queued, places=10_000, orders=40) for queued in (0, 2_500))

    assert beside.mean > 5 * alone.mean


def test_it_says_so_and_fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(fairness, "QUEUED", 300)
    monkeypatch.setattr(fairness, "SMALL_ORDERS", 20)
    assert fairness.main() == 0
    monkeypatch.setattr(fairness, "MOST_RATIO", 0.5)

    assert fairness.main() == 1
    assert "NOT FAIR" in capsys.readouterr().out
