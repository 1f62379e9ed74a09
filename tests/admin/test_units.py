"""Dollars and durations as operators write them."""

from __future__ import annotations

import pytest
import typer

from admin.units import dollars, duration, microusd, seconds


@pytest.mark.parametrize(
    ("written", "stored"),
    [("0", 0), ("5", 5_000_000), ("5.00", 5_000_000), ("0.000001", 1), ("1.1", 1_100_000), ("1000000", 10**12)],
)
def test_dollars_are_stored_to_the_millionth(written: str, stored: int) -> None:
    assert microusd(written) == stored


@pytest.mark.parametrize(
    "written",
    ["", "-1", "+1", "5,00", "$5", "1e3", "0.0000001", "1000000.01", "9999999", "nan", "inf", "٥", " 5", "5.", ".5"],
)
def test_what_is_no_amount_is_refused(written: str) -> None:
    with pytest.raises(typer.BadParameter):
        microusd(written)


@pytest.mark.parametrize(
    ("stored", "shown"),
    [(0, "$0.00"), (5_000_000, "$5.00"), (1, "$0.000001"), (1_100_000, "$1.10"), (10**12, "$1,000,000.00")],
)
def test_millionths_are_shown_exactly(stored: int, shown: str) -> None:
    assert dollars(stored) == shown


def test_what_is_shown_is_what_was_written() -> None:
    for amount in range(0, 3_000_000, 7_919):
        assert microusd(dollars(amount).removeprefix("$")) == amount


@pytest.mark.parametrize(
    ("written", "long"), [("0s", 0), ("10s", 10), ("30m", 1_800), ("24h", 86_400), ("90d", 7_776_000)]
)
def test_durations_are_seconds(written: str, long: int) -> None:
    assert seconds(written) == long


@pytest.mark.parametrize("written", ["", "5", "h", "-1h", "1.5h", "1 h", "1w", "1h30m", "12345678s"])
def test_what_is_no_duration_is_refused(written: str) -> None:
    with pytest.raises(typer.BadParameter):
        seconds(written)


@pytest.mark.parametrize(
    ("counted", "shown"),
    [(0, "0s"), (59, "59s"), (60, "1m"), (3_599, "59m"), (7_201, "2h"), (86_399, "23h"), (1_209_600, "14d")],
)
def test_seconds_are_shown_in_their_largest_unit(counted: int, shown: str) -> None:
    assert duration(counted) == shown
