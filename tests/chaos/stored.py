"""What is in moto's tables, read where it lies: asking for it all the time would take longer than the storm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.serialize import AttributePicker, AttributePickerContext
from moto.dynamodb.models.dynamo_type import DynamoType

from common.storage import from_item
from tests.support.deployment import Deployment
from tests.support.moto_aws import REGION

_KINDS = frozenset(("S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"))
"""Of a value as DynamoDB writes it."""


class Stored:
    """The items of the deployment's tables; `table` is the setting that names one."""

    def __init__(self, deployment: Deployment) -> None:
        backend: Any = get_backend("dynamodb")
        self._tables = backend[DEFAULT_ACCOUNT_ID][REGION].tables
        self._names = deployment.settings

    def due(self, table: str) -> list[float]:
        """Return when the watcher is to look, for everything in a table that it is to look at, the first first."""
        return sorted(float(item.attrs["due_at"].value) for item in self._items(table) if "open" in item.attrs)

    def items(self, table: str) -> list[dict[str, Any]]:
        """Return everything in a table."""
        return [
            from_item({name: one.to_regular_json() for name, one in item.attrs.items()}) for item in self._items(table)
        ]

    def _items(self, table: str) -> Iterator[Any]:
        for rows in list(self._tables[getattr(self._names, table)].items.values()):
            yield from rows.values()


def hasten(patch: pytest.MonkeyPatch) -> None:
    """Let moto take a text for a text, and a value's kind for what it is, before it looks what else they might be."""
    slow, plain = DynamoType.cast_value.fget, {"S", "BOOL"}  # type: ignore[attr-defined]

    def cast(self: DynamoType) -> Any:
        return self.value if self.type in plain else slow(self)

    def same(self: DynamoType, other: DynamoType) -> bool:
        return self.type == other.type and self.cast_value == other.cast_value

    def other_than(self: DynamoType, other: DynamoType) -> bool:
        if self.type in plain and self.type == other.type:
            return self.value != other.value
        return not same(self, other)

    pick = AttributePicker.__call__

    def picked(self: AttributePicker, context: AttributePickerContext) -> Any:
        if context.key in _KINDS and type(context.obj) is dict and context.obj.keys() <= _KINDS:
            return context.obj.get(context.key)
        return pick(self, context)

    patch.setattr(AttributePicker, "__call__", picked)
    patch.setattr(DynamoType, "cast_value", property(cast))
    patch.setattr(DynamoType, "__ne__", other_than)
