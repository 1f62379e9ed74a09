"""The wire form of items: plain values in, plain values out, and what every stored record is."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

if TYPE_CHECKING:
    from collections.abc import Mapping

_serializer = TypeSerializer()
_deserializer = TypeDeserializer()


def _load(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


StoredJson = Annotated[dict[str, Any], BeforeValidator(_load), PlainSerializer(_dump)]
"""A free-form object. Kept as JSON text: DynamoDB's numbers hold 38 digits and no more, JSON's do not care."""


class Record(BaseModel):
    """Something stored; `id` is its sort key."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str


def _storable(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, float) else value


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def to_item(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return flat `values` in DynamoDB's wire form; None is left out."""
    return {name: _serializer.serialize(_storable(value)) for name, value in values.items() if value is not None}


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a wire item as plain values: the one place where `Decimal` becomes `int` or `float`."""
    return {name: _plain(_deserializer.deserialize(value)) for name, value in item.items()}
