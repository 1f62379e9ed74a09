"""What operators write and read: dollars and durations, without a float between them and what is stored."""

from __future__ import annotations

import re
from decimal import Decimal

import typer

_MICRO = 1_000_000
_DOLLARS = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,6})?")
_MAX_DOLLARS = 1_000_000
_DURATION = re.compile(r"([0-9]{1,7})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def microusd(dollars: str | int) -> int:
    """Return dollars and cents, such as `5` or `0.000001`, in millionths; a number is that already.

    Raises:
        typer.BadParameter: no such amount, or more than a million dollars.
    """
    if isinstance(dollars, int):
        return dollars
    if not _DOLLARS.fullmatch(dollars) or Decimal(dollars) > _MAX_DOLLARS:
        raise typer.BadParameter(f"{dollars!r} is not an amount in dollars, such as 5.00 (at most {_MAX_DOLLARS})")
    return int(Decimal(dollars) * _MICRO)


def dollars(microusd: int) -> str:
    """Return millionths of a dollar as dollars, exactly: at least two decimals, at most six."""
    whole, rest = divmod(microusd, _MICRO)
    decimals = f"{rest:06d}".rstrip("0").ljust(2, "0")
    return f"${whole:,}.{decimals}"


def seconds(duration: str | int) -> int:
    """Return a duration, such as `90d`, `24h`, `30m` or `10s`, in seconds; a number is that already.

    Raises:
        typer.BadParameter: no such duration.
    """
    if isinstance(duration, int):
        return duration
    found = _DURATION.fullmatch(duration)
    if found is None:
        raise typer.BadParameter(f"{duration!r} is not a duration, such as 90d, 24h, 30m or 10s")
    return int(found[1]) * _SECONDS[found[2]]


def duration(seconds: int) -> str:
    """Return seconds in the largest unit of `seconds` that fits, rounded down: `3d`, `24h`, `30m`, `10s`."""
    unit = next((name for name, size in reversed(_SECONDS.items()) if seconds >= size), "s")
    return f"{seconds // _SECONDS[unit]}{unit}"
