"""The ledger's values as DynamoDB sends them: whole numbers, texts and maps of them.

Every request passes here some thirty times; what boto3 does for values of any kind takes five times as long.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def to_wire(value: int | str | Mapping[str, Any]) -> dict[str, Any]:
    """Return a value as it is sent."""
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, int):
        return {"N": str(value)}
    return {"M": item_to_wire(value)}


def item_to_wire(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item, or a key, as it is sent."""
    return {name: to_wire(value) for name, value in item.items()}


def item_of(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item, or part of one, as plain values."""
    return {name: _plain(value) for name, value in sent.items()}


def _plain(value: Mapping[str, Any]) -> Any:
    if "N" in value:
        return int(Decimal(value["N"]))
    return value["S"] if "S" in value else item_of(value["M"])
