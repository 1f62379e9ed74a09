"""When a delivery is tried again."""

from __future__ import annotations

from random import Random

import pytest

from webhooks.schedule import MOST_WAIT, WAITS, asked_wait, next_wait


def middle(low: float, high: float) -> float:
    return (low + high) / 2


def test_it_is_tried_for_about_three_days() -> None:
    assert list(WAITS) == sorted(WAITS)
    assert WAITS[0] == 5
    assert 3 * 86_400 < sum(WAITS) < 3.5 * 86_400


def test_each_wait_is_a_fifth_longer_or_shorter_by_chance() -> None:
    chance = Random(1)
    for failures, wait in enumerate(WAITS, start=1):
        drawn = [next_wait(failures, status_code=500, asked=None, jitter=chance.uniform) or 0 for _ in range(200)]
        assert wait * 0.8 <= min(drawn) < wait * 0.85 < wait * 1.15 < max(drawn) <= wait * 1.2


def test_after_the_last_wait_nothing_is_tried() -> None:
    assert next_wait(len(WAITS), status_code=500, asked=None, jitter=middle) == WAITS[-1]
    assert next_wait(len(WAITS) + 1, status_code=500, asked=10, jitter=middle) is None


@pytest.mark.parametrize(("asked", "wait"), [(1, 5), (77.5, 77.5), (10**9, MOST_WAIT)])
def test_a_receiver_gets_as_long_as_it_asks_for_up_to_a_day(asked: float, wait: float) -> None:
    assert next_wait(1, status_code=503, asked=asked, jitter=middle) == wait


@pytest.mark.parametrize("status", [429, 502, 504])
def test_a_receiver_that_is_overloaded_gets_a_minute_at_least(status: int) -> None:
    assert next_wait(1, status_code=status, asked=None, jitter=middle) == 60
    assert next_wait(3, status_code=status, asked=None, jitter=middle) == WAITS[2]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Fri, 20 Nov 2026 22:00:30 GMT", 30),
        ("Friday, 20-Nov-26 22:00:30 GMT", 30),
        ("Fri Nov 20 22:00:30 2026", 30),
        ("Fri, 20 Nov 2026 21:00:00 GMT", 0),
        ("9" * 5_000, MOST_WAIT),
    ],
)
def test_seconds_and_dates_are_understood(header: str, seconds: float) -> None:
    assert asked_wait(header, now=1_795_212_000.0) == seconds


@pytest.mark.parametrize(
    "header",
    [
        *(None, "", "soon", "-5", "1.5", "١٢", "Fri, 99 Nov 2026 22:00:00 GMT", "Fri, 20 Nov 99999999 22:00:00 GMT"),
        *(f"Fri, 20 Nov {'9' * 30} 22:00:00 GMT", f"Fri, 20 Nov 2026 22:00:00 +{'9' * 30}"),
    ],
)
def test_what_cannot_be_read_asks_for_nothing(header: str | None) -> None:
    assert asked_wait(header, now=0) is None
