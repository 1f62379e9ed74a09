"""Counts what boto3 clients use: DynamoDB as the engine bills it, SQS and S3 by the request."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

_WRITES = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}


@dataclass
class Usage:
    """What was used so far."""

    http: int = 0
    lambdas: int = 0
    sqs: int = 0
    s3_puts: int = 0
    s3_gets: int = 0
    reads: int = 0
    """Requests of DynamoDB; each write of a transaction is one."""
    writes: int = 0
    read_units: float = 0
    write_units: float = 0

    def __sub__(self, before: Usage) -> Usage:
        return Usage(**{name: value - getattr(before, name) for name, value in vars(self).items()})

    def copy(self) -> Usage:
        """Return this moment's usage."""
        return Usage(**vars(self))


class Meter:
    """Listens to clients and keeps `usage`."""

    def __init__(self) -> None:
        self.usage = Usage()

    def attach(self, *, dynamodb: Any, sqs: Any, s3: Any) -> None:
        """Count every request of these clients from now on."""
        dynamodb.transact_write_items = _one_by_one(dynamodb.transact_write_items)
        self._listen(dynamodb.meta.events)
        sqs.meta.events.register("after-call.sqs", self._note_sqs)
        s3.meta.events.register("after-call.s3", self._note_s3)

    @contextmanager
    def deaf(self, dynamodb: Any) -> Generator[None]:
        """Count no request of DynamoDB for a while: what is counted costs CPU of its own."""
        events = dynamodb.meta.events
        events.unregister("provide-client-params.dynamodb", self._ask_for_capacity)
        events.unregister("after-call.dynamodb", self._note_capacity)
        try:
            yield
        finally:
            self._listen(events)

    def _listen(self, events: Any) -> None:
        events.register("provide-client-params.dynamodb", self._ask_for_capacity)
        events.register("after-call.dynamodb", self._note_capacity)

    def _ask_for_capacity(self, params: dict[str, Any], model: Any, **_: Any) -> dict[str, Any] | None:
        if "ReturnConsumedCapacity" not in model.input_shape.members:
            return None
        return params | {"ReturnConsumedCapacity": "TOTAL"}

    def _note_capacity(self, parsed: Mapping[str, Any], model: Any, **_: Any) -> None:
        consumed: dict[str, float] | list[dict[str, float]] = parsed.get("ConsumedCapacity", [])
        if model.name in _WRITES:
            self.usage.writes += 1
        else:
            self.usage.reads += 1
        for table in consumed if isinstance(consumed, list) else [consumed]:
            if model.name in _WRITES:
                self.usage.write_units += table["CapacityUnits"]
            else:
                self.usage.read_units += table["CapacityUnits"]

    def _note_sqs(self, **_: Any) -> None:
        self.usage.sqs += 1

    def _note_s3(self, model: Any, **_: Any) -> None:
        if model.name.startswith(("Get", "Head")):
            self.usage.s3_gets += 1
        else:
            self.usage.s3_puts += 1


def _one_by_one(transact: Callable[..., Any]) -> Callable[..., Any]:
    """Carry out each write of a transaction as a transaction of its own.

    AWS bills every item of a transaction; DynamoDB Local 3.1 reports of those that cost the same only one per table.
    """

    def each(*, TransactItems: Sequence[Any], **options: Any) -> Any:  # noqa: N803 - boto3's name
        return [transact(TransactItems=[write], **options) for write in TransactItems][-1]

    return each
