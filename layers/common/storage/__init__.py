"""What every repository shares: a tenant's items in one table, conditional writes, pages and a counted total.

An item's partition key is always the tenant the repository was made for, so a query without a tenant cannot be
written.
"""

from common.storage.items import Record, StoredJson, from_item, to_item
from common.storage.pages import MAX_OFFSET, Page, decode_cursor, encode_cursor
from common.storage.repository import News, TenantRepository
from common.storage.writes import (
    blocked_by,
    cancellation_codes,
    failed_condition,
    patiently,
    transact,
    transact_if,
    write_if,
)

__all__ = [
    "MAX_OFFSET",
    "News",
    "Page",
    "Record",
    "StoredJson",
    "TenantRepository",
    "blocked_by",
    "cancellation_codes",
    "decode_cursor",
    "encode_cursor",
    "failed_condition",
    "from_item",
    "patiently",
    "to_item",
    "transact",
    "transact_if",
    "write_if",
]
