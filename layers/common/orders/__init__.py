"""Orders of slow work as studios send them: what they say besides the order, under their own ids, many at once."""

from common.orders.batches import BatchAccepted, BatchRequest, OrderError, OrderOutcome, order_batch, placed
from common.orders.wishes import Labels, OrderRequest, Wish, extras_of, named_order

__all__ = [
    "BatchAccepted",
    "BatchRequest",
    "Labels",
    "OrderError",
    "OrderOutcome",
    "OrderRequest",
    "Wish",
    "extras_of",
    "named_order",
    "order_batch",
    "placed",
]
