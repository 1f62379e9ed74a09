"""Conditional writes: what a condition refuses is an answer, and what transactions are in the way of is tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import ClientError
from tenacity import retry, retry_if_exception, stop_after_delay, wait_random_exponential

from common.errors import Conflict
from common.storage.items import from_item

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")


def failed_condition(error: ClientError) -> bool:
    """Whether a write was refused by its own condition (and not by a fault)."""
    code = error.response.get("Error", {}).get("Code")
    return code == "ConditionalCheckFailedException" or (
        code == "TransactionCanceledException" and "ConditionalCheckFailed" in cancellation_codes(error)
    )


def cancellation_codes(error: ClientError) -> list[str]:
    """Return why a transaction was cancelled, one code for each of its writes (`None` where it was fine)."""
    reasons: list[dict[str, str]] = error.response.get("CancellationReasons", [])  # type: ignore[assignment]
    return [reason.get("Code", "None") for reason in reasons]


def _in_conflict(error: BaseException) -> bool:
    return isinstance(error, ClientError) and (
        error.response.get("Error", {}).get("Code") == "TransactionConflictException"
        or (not failed_condition(error) and "TransactionConflict" in cancellation_codes(error))
    )


@retry(
    retry=retry_if_exception(_in_conflict),
    wait=wait_random_exponential(multiplier=0.01, max=0.4),
    stop=stop_after_delay(6),
    reraise=True,
)
def patiently(write: Callable[[], T]) -> T:
    """Carry out a write of an item that transactions also write, for up to 6 s while they are in its way.

    Raises:
        ClientError: a condition failed (`failed_condition`), the request is wrong, or they never got out of its way.
    """
    return write()


def write_if(write: Callable[..., T], **request: Any) -> T | None:
    """Carry out one conditional write, `patiently`; None if its condition refused it."""
    try:
        return patiently(lambda: write(**request))
    except ClientError as error:
        if failed_condition(error):
            return None
        raise


def blocked_by(write: Callable[..., Any], **request: Any) -> dict[str, Any] | None:
    """Carry out one conditional write, `patiently`; None, or the item that its condition refused to touch."""
    try:
        patiently(lambda: write(**request, ReturnValuesOnConditionCheckFailure="ALL_OLD"))
    except ClientError as error:
        if failed_condition(error):
            return from_item(error.response.get("Item", {}))
        raise
    return None


def transact(client: DynamoDBClient, writes: Sequence[Any]) -> None:
    """Carry out all `writes` (at most 100) or none.

    Two transactions on one item cancel each other in DynamoDB and botocore does not send them again, so
    this is the one place that does, for up to 6 s: several writers of one counter queue up here.

    Raises:
        Conflict: the writers did not get apart in time; nothing was written.
        ClientError: a condition failed (`failed_condition`) or the request is wrong.
    """
    try:
        patiently(lambda: client.transact_write_items(TransactItems=writes))
    except ClientError as error:
        if _in_conflict(error):
            raise Conflict("Too many simultaneous writes; try again") from error
        raise


def transact_if(client: DynamoDBClient, writes: Sequence[Any]) -> bool:
    """Carry out all `writes` as `transact` does; False, and none of them, if a condition refused one.

    Raises:
        Conflict: the writers did not get apart in time; nothing was written.
    """
    try:
        transact(client, writes)
    except ClientError as error:
        if failed_condition(error):
            return False
        raise
    return True
