"""Transactions of moto that cost what they touch: by itself it copies whole tables first, lest one is to be undone."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pytest
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table


def copy_what_they_touch(patch: pytest.MonkeyPatch) -> None:
    """Let a transaction keep a copy of its own items only."""
    transact = DynamoDBBackend.transact_write_items
    touched: dict[str, list[dict[str, Any]]] = {}

    def note_and_transact(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        touched.clear()
        for item in transact_items:
            (write,) = item.values()
            touched.setdefault(write["TableName"], []).append(write.get("Key") or write["Item"])
        transact(self, transact_items)

    def kept(self: Table, memo: Any) -> Table:
        return _twin(self, touched.get(self.name, ()))

    patch.setattr(DynamoDBBackend, "transact_write_items", note_and_transact)
    patch.setattr(Table, "__deepcopy__", kept, raising=False)


def _twin(table: Table, touched: Iterable[dict[str, Any]]) -> Table:
    twin = copy.copy(table)
    if table.range_key_attr is None:
        twin.items = defaultdict(dict, table.items)
    else:
        twin.items = defaultdict(dict, {partition: dict(rows) for partition, rows in table.items.items()})
    for key in touched:
        rows: Any = twin.items
        *path, last = (DynamoType(key[name]) for name in (table.hash_key_attr, table.range_key_attr) if name)
        for step in path:
            rows = rows.get(step, {})
        if last in rows:
            rows[last] = copy.deepcopy(rows[last])
    return twin
