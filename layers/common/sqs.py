"""The entry of every SQS worker: one message at a time, each failed one reported by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from aws_lambda_powertools.utilities.batch import (
    AsyncBatchProcessor,
    EventType,
    async_process_partial_response,  # pyright: ignore[reportUnknownVariableType]
)
from pydantic import BaseModel, ValidationError

from common.observability import entry_point, logger, measure, trace_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

    from common.queues import TenantQueue

MAX_DELIVERIES = 5
"""The queues' `maxReceiveCount`: after this many deliveries SQS sets a message aside."""

M = TypeVar("M", bound=BaseModel)


def retry_delay(deliveries: int) -> int:
    """Return how many seconds to wait after the `deliveries`-th failed delivery: 5, 15, 45, 135, and not longer."""
    return 5 * 3 ** min(deliveries - 1, 3)


def sqs_handler(
    message_type: type[M],
    deliver: Callable[[M, int], Awaitable[None]],
    *,
    queue: Callable[[], TenantQueue],
    others: Sequence[Callable[[], TenantQueue]] = (),
) -> Callable[[Any, Any], dict[str, Any]]:
    """Return `deliver(message, deliveries)` as the Lambda handler of `queue` and `others`; `deliveries` counts from 1.

    A message whose delivery raises is reported as failed and comes again after `retry_delay`; the others of its batch
    do not. This is the one retry policy of queued work.
    """

    async def handle(record: SQSRecord) -> None:
        deliveries = int(record.attributes.approximate_receive_count or 1)
        try:
            await deliver(message_type.model_validate_json(record.body), deliveries)
        except Exception as error:
            kind = "not one of our messages" if isinstance(error, ValidationError) else "delivery failed"
            logger.warning(kind, extra={"message_id": record.message_id, "trace": trace_of(error)})
            if deliveries >= MAX_DELIVERIES:
                measure("MessagesGivenUp", 1, "Count", queue=(record.event_source_arn or "?").rpartition(":")[2])
            _hasten(record, deliveries)
            raise

    def _hasten(record: SQSRecord, deliveries: int) -> None:
        try:
            _queue_of(record).deliver_again(record.receipt_handle, delay=retry_delay(deliveries))
        except Exception as error:  # noqa: BLE001 - then it comes when its visibility ends
            logger.warning("message not hastened", extra={"message_id": record.message_id, "trace": trace_of(error)})

    def _queue_of(record: SQSRecord) -> TenantQueue:
        name = (record.event_source_arn or "").rpartition(":")[2]
        return next((one for other in others if (one := other()).name == name), None) or queue()

    def handler(event: Any, context: Any) -> dict[str, Any]:
        processor = AsyncBatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
        answer = async_process_partial_response(
            event=event, record_handler=handle, processor=processor, context=context
        )
        return dict(answer)

    return entry_point(handler)
