"""What `speak` adds is told apart from what its models and its storage take."""

from __future__ import annotations

import pytest

from bench import jobs, speaking
from bench.speaking import Spoken, union


def test_a_speak_is_taken_apart() -> None:
    (spoken,) = speaking.measure(rounds=1)

    # Two calls of 100 ms each.
    assert 200 < spoken.vendor < spoken.handler
    assert spoken.storage > 0
    assert 0 < spoken.ours == spoken.handler - spoken.vendor - spoken.storage


def test_waits_at_the_same_time_count_once() -> None:
    assert union([(0, 2), (1, 3), (5, 6)]) == pytest.approx(4)


def test_the_rows_are_medians() -> None:
    rows = speaking.show([Spoken(100, 80, 10), Spoken(300, 80, 10), Spoken(102, 80, 10)])

    assert rows[0].endswith("102.0 ms")
    assert rows[-1].endswith("12.0 ms")


def test_a_waiting_worker_stands_beside_an_image_job() -> None:
    shown = jobs.show({"submit": 20.0, "webhook": 10.0, "finish": 30.0}, vendor_seconds=10)

    assert "| submit + webhook + finish | 20 + 10 + 30 = 60 |" in shown
    assert "| a worker that waits | 10000 + 60 = 10060 |" in shown
