"""SQS event sources: messages of a queue, handed to a function in batches as Lambda's pollers do."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from local.cloudformation import ACCOUNT
from local.functions import Function, PayloadTooLarge
from local.process import FunctionError
from local.template import QueueSource

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_WAIT_SECONDS = 1
"""Of a receive; short, so that the stack can end soon."""
_RECEIVE_LIMIT = 10


@dataclass(frozen=True, slots=True)
class Delivered:
    """One batch, for whoever reports it."""

    queue: str
    function: str
    messages: int
    failed: int
    duration_ms: float
    cold: bool


def to_event(messages: "Sequence[MessageTypeDef]", *, arn: str, region: str) -> dict[str, Any]:
    """Return received messages as the event Lambda makes of them."""
    return {"Records": [_record(message, arn, region) for message in messages]}


def _record(message: "MessageTypeDef", arn: str, region: str) -> dict[str, Any]:
    return {
        "messageId": message.get("MessageId"),
        "receiptHandle": message.get("ReceiptHandle"),
        "body": message.get("Body"),
        "attributes": {name: str(value) for name, value in message.get("Attributes", {}).items()},
        "messageAttributes": {
            name: {
                "stringValue": value.get("StringValue"),
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": value.get("DataType"),
            }
            for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message.get("MD5OfBody"),
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": region,
    }


def failed_ids(result: Any, sent: set[str], *, partial: bool) -> set[str]:
    """Return which messages the function reports as failed; all of them if its report makes no sense.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    if not partial or not result:
        return set()
    try:
        failures = cast("list[dict[str, str]]", result["batchItemFailures"] or [])
        failed = {failure["itemIdentifier"] for failure in failures}
    except (TypeError, KeyError):
        return sent
    return sent if failed - sent else failed


class Poller:
    """Receives from one queue, invokes, and deletes what succeeded; the rest comes again when its time is up."""

    def __init__(
        self,
        source: QueueSource,
        function: Function,
        *,
        sqs: "SQSClient",
        concurrency: int,
        threads: Executor,
        report: Callable[[Delivered], None],
    ) -> None:
        self._source = source
        self._function = function
        self._sqs = sqs
        self._region = sqs.meta.region_name
        self._arn = f"arn:aws:sqs:{self._region}:{ACCOUNT}:{source.queue}"
        self._slots = asyncio.Semaphore(min(source.max_concurrency or concurrency, concurrency))
        self._threads = threads
        self._report = report

    async def run(self) -> None:
        """Poll until cancelled; batches under way are cancelled with it."""
        url = (await self._call(self._sqs.get_queue_url, QueueName=self._source.queue))["QueueUrl"]
        async with asyncio.TaskGroup() as batches:
            while True:
                await self._slots.acquire()
                messages = await self._receive(url)
                if messages:
                    batches.create_task(self._deliver(url, messages)).add_done_callback(self._release)
                else:
                    self._slots.release()

    def _release(self, _: Any) -> None:
        self._slots.release()

    async def _call(self, operation: Callable[..., Any], **arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: operation(**arguments))

    async def _receive(self, url: str) -> "list[MessageTypeDef]":
        try:
            answer = await self._call(
                self._sqs.receive_message,
                QueueUrl=url,
                MaxNumberOfMessages=min(self._source.batch_size, _RECEIVE_LIMIT),
                WaitTimeSeconds=_WAIT_SECONDS,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
        except (BotoCoreError, ClientError):
            await asyncio.sleep(_WAIT_SECONDS)
            return []
        return answer.get("Messages", [])

    async def _deliver(self, url: str, messages: "list[MessageTypeDef]") -> None:
        started = asyncio.get_running_loop().time()
        handles = {message.get("MessageId", ""): message.get("ReceiptHandle", "") for message in messages}
        cold = False
        try:
            invocation = await self._function.invoke(to_event(messages, arn=self._arn, region=self._region))
            cold = invocation.cold
            failed = failed_ids(invocation.result, set(handles), partial=self._source.partial_failures)
        except (FunctionError, PayloadTooLarge):
            failed = set(handles)
        await self._delete(url, [handle for message_id, handle in handles.items() if message_id not in failed])
        duration_ms = (asyncio.get_running_loop().time() - started) * 1000
        self._report(Delivered(self._source.queue, self._function.name, len(handles), len(failed), duration_ms, cold))

    async def _delete(self, url: str, handles: list[str]) -> None:
        entries = [{"Id": str(index), "ReceiptHandle": handle} for index, handle in enumerate(handles)]
        if not entries:
            return
        try:
            await self._call(self._sqs.delete_message_batch, QueueUrl=url, Entries=entries)
        except (BotoCoreError, ClientError):
            return  # they come again, which a worker has to expect anyway
