"""One DynamoDB update, put together piece by piece: names and values get placeholders of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from common.ledger.wire import item_to_wire, to_wire

if TYPE_CHECKING:
    from collections.abc import Mapping


class Update:
    """Collects what one `UpdateItem` sets, adds, removes and requires."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[int | str, str] = {}
        self._sets: list[str] = []
        self._adds: list[str] = []
        self._removes: list[str] = []
        self._conditions: list[str] = []

    def _name(self, attribute: str) -> str:
        return self._names.setdefault(attribute, f"#n{len(self._names)}")

    def _path(self, *path: str) -> str:
        return ".".join(self._name(part) for part in path)

    def _value(self, value: int | str) -> str:
        return self._values.setdefault(value, f":v{len(self._values)}")

    def set(self, value: int | str, *path: str) -> None:
        """Set the attribute at `path`."""
        self._sets.append(f"{self._path(*path)} = {self._value(value)}")

    def add(self, amounts: Mapping[str, int]) -> None:
        """Add to numbers, which begin at 0."""
        self._adds.extend(f"{self._name(name)} {self._value(amount)}" for name, amount in amounts.items() if amount)

    def remove(self, *path: str) -> None:
        """Remove the attribute at `path`."""
        self._removes.append(self._path(*path))

    def require(self, attribute: str, comparison: str, value: int | str) -> None:
        """Write only if `attribute` compares so; an absent number counts as fulfilling `<` and `<=`."""
        name = self._name(attribute)
        condition = f"{name} {comparison} {self._value(value)}"
        if comparison in {"<", "<="}:
            condition = f"(attribute_not_exists({name}) OR {condition})"
        self._conditions.append(condition)

    def require_fewer(self, attribute: str, most: int) -> None:
        """Write only if the map `attribute` has fewer than `most` entries."""
        self._conditions.append(f"size({self._name(attribute)}) < {self._value(most)}")

    def require_present(self, *path: str) -> None:
        """Write only if there is an attribute at `path`."""
        self._conditions.append(f"attribute_exists({self._path(*path)})")

    def require_absent(self, *path: str) -> None:
        """Write only if there is no attribute at `path`."""
        self._conditions.append(f"attribute_not_exists({self._path(*path)})")

    def require_same(self, value: int | str, *path: str) -> None:
        """Write only if the attribute at `path` is `value`."""
        self._conditions.append(f"{self._path(*path)} = {self._value(value)}")

    def request(self, table: str, key: Mapping[str, Any]) -> dict[str, Any]:
        """Return the update as `UpdateItem` and a transaction's `Update` take it."""
        parts = (("SET", self._sets), ("ADD", self._adds), ("REMOVE", self._removes))
        request: dict[str, Any] = {
            "TableName": table,
            "Key": item_to_wire(key),
            "UpdateExpression": " ".join(f"{verb} {', '.join(what)}" for verb, what in parts if what),
            "ExpressionAttributeNames": {place: name for name, place in self._names.items()},
        }
        if self._values:
            request["ExpressionAttributeValues"] = {place: to_wire(value) for value, place in self._values.items()}
        if self._conditions:
            request["ConditionExpression"] = " AND ".join(self._conditions)
        return request
