"""Transactions of moto that cost what they touch: by itself it copies whole tables first, lest one is to be undone."""

from __future__ import annotations

import copy
from collections import defaultdict
from typing import Any

import pytest
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table


def copy_what_they_touch(patch: pytest.MonkeyPatch) -> None:
    """Let a transaction keep a copy of its own items only, in tables with sort keys."""
    transact = DynamoDBBackend.transact_write_items
    touched: dict[str, list[dict[str, Any]]] = {}

    def note_and_transact(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        touched.clear()
        for item in transact_items:
            (write,) = item.values()
            touched.setdefault(write["TableName"], []).append(write.get("Key") or write["Item"])
        transact(self, transact_items)

    def kept(self: Table, memo: Any) -> Table:
        twin = copy.copy(self)
        if self.range_key_attr is None:
            twin.items = copy.deepcopy(self.items, memo)
            return twin
        twin.items = defaultdict(dict, {partition: dict(rows) for partition, rows in self.items.items()})
        for key in touched.get(self.name, ()):
            partition, sort = (DynamoType(key[name]) for name in (self.hash_key_attr, self.range_key_attr))
            if sort in twin.items.get(partition, {}):
                twin.items[partition][sort] = copy.deepcopy(self.items[partition][sort])
        return twin

    patch.setattr(DynamoDBBackend, "transact_write_items", note_and_transact)
    patch.setattr(Table, "__deepcopy__", kept, raising=False)
