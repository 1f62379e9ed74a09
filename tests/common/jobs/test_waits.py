"""Held answers: few looks, never past the seconds, the end told when it is there."""

from __future__ import annotations

import pytest

from common.jobs.waits import ANSWERED_SECONDS, MOST_LOOKS, MOST_SECONDS, Patience, hold


class Time:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self, ends_at: float | None = None) -> None:
        self.now = 100.0
        self.ends_at = ends_at
        self.looks: list[tuple[float, bool]] = []

    async def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds

    def look(self, is_last: bool) -> str:
        self.looks.append((round(self.now - 100, 3), is_last))
        return "ended" if self.ends_at is not None and self.now - 100 >= self.ends_at else "running"


async def _held(time: Time, seconds: float, first: float | None = None) -> str:
    return await hold(
        "running",
        time.look,
        ended=lambda seen: seen == "ended",
        seconds=seconds,
        first=first,
        sleep=time.sleep,
        timer=lambda: time.now,
    )


async def test_what_does_not_end_is_looked_at_ever_more_rarely_and_shown_as_it_is_when_the_time_is_up() -> None:
    time = Time()

    assert await _held(time, 20) == "running"
    assert [when for when, _ in time.looks] == [0.3, 0.9, 2.1, 4.1, 7.1, 10.1, 13.1, 16.1, 19.1, 20.0]
    assert [is_last for _, is_last in time.looks] == [False] * 9 + [True]


@pytest.mark.parametrize("seconds", [0.01, 0.2, 1, 7.3, 24.9, 25, 60])
async def test_it_never_takes_longer_than_asked_nor_than_the_gateway_waits_nor_twelve_looks(seconds: float) -> None:
    for first in (None, 0.0, 3.0, 24.0, 500.0):
        time = Time()
        await _held(time, seconds, first)

        assert time.now - 100 <= min(seconds, MOST_SECONDS) + 1e-6
        assert len(time.looks) <= MOST_LOOKS
        assert seconds < 0.05 or time.looks[-1][1], "the last look is a consistent one"


async def test_the_end_is_told_at_the_first_look_that_sees_it() -> None:
    time = Time(ends_at=2)

    assert await _held(time, 20) == "ended"
    assert time.now - 100 == pytest.approx(2.1)


async def test_the_first_look_is_when_the_end_is_expected() -> None:
    time = Time(ends_at=5)

    assert await _held(time, 20, first=5.5) == "ended"
    assert [when for when, _ in time.looks] == [5.5]


async def test_what_has_ended_is_not_looked_at() -> None:
    time = Time()
    shown = await hold("ended", time.look, ended=lambda seen: seen == "ended", seconds=20, sleep=time.sleep)

    assert (shown, time.looks) == ("ended", [])


async def test_what_came_before_the_wait_is_taken_off_it_where_the_gateway_would_give_up() -> None:
    now = [100.0]
    asked_for_all, asked_for_little = Patience(MOST_SECONDS, lambda: now[0]), Patience(5, lambda: now[0])
    assert (asked_for_all.left, asked_for_little.left) == (MOST_SECONDS, 5)

    now[0] += 12
    assert (asked_for_all.left, asked_for_little.left) == (ANSWERED_SECONDS - 12, 5)
    now[0] += 20
    assert (asked_for_all.left, asked_for_little.left) == (0, 0)
