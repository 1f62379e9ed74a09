"""The entry of every SQS worker: one message at a time, each failed one reported by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from aws_lambda_powertools.utilities.batch import (
    AsyncBatchProcessor,
    EventType,
    async_process_partial_response,  # pyright: ignore[reportUnknownVariableType]
)
from pydantic import BaseModel, ValidationError

from common.observability import entry_point, logger, trace_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

MAX_DELIVERIES = 5
"""The queues' `maxReceiveCount`: after this many deliveries SQS sets a message aside."""

M = TypeVar("M", bound=BaseModel)


def sqs_handler(
    message_type: type[M], deliver: Callable[[M, int], Awaitable[None]]
) -> Callable[[Any, Any], dict[str, Any]]:
    """Return `deliver(message, deliveries)` as a Lambda handler; `deliveries` counts from 1.

    A message whose delivery raises is reported as failed and comes again; the others of its batch do not.
    """

    async def handle(record: SQSRecord) -> None:
        try:
            message = message_type.model_validate_json(record.body)
            await deliver(message, int(record.attributes.approximate_receive_count or 1))
        except Exception as error:
            kind = "not one of our messages" if isinstance(error, ValidationError) else "delivery failed"
            logger.warning(kind, extra={"message_id": record.message_id, "trace": trace_of(error)})
            raise

    def handler(event: Any, context: Any) -> dict[str, Any]:
        processor = AsyncBatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
        answer = async_process_partial_response(
            event=event, record_handler=handle, processor=processor, context=context
        )
        return dict(answer)

    return entry_point(handler)
