"""Answers that may be given again: what they are found by, and the replies of characters that are kept.

cache table   tenant_id + cache_key
<fingerprint>   a text that passed moderation, and which model wrote it
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from common import aws
from common.clock import Clock, wall_clock
from common.observability import count, logger, trace_of
from common.settings import settings
from common.storage import from_item, to_item

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from common.config import CacheConfig

_BEHIND_A_NAME = ("models.json", "voices.json", "prices.json")
SECONDS_PER_HOUR = 3_600


def fingerprint(asked: Mapping[str, Any]) -> str:
    """Return the SHA-256 of everything that is asked for, and of the lists of models, voices and prices behind it.

    It names no tenant: whoever keeps something by it does so in a tenant's own partition.
    """
    whole = [_catalogue(), settings().provider, asked]
    text = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


@cache
def _catalogue() -> str:
    """Return the version of our lists, read once: the same name may stand for another model or voice tomorrow."""
    folder = files("common").joinpath("data")
    return hashlib.sha256(b"\0".join(folder.joinpath(name).read_bytes() for name in _BEHIND_A_NAME)).hexdigest()


def seconds_in_force(config: CacheConfig) -> int:
    """Return how old an answer may be that is given again; 0: none is."""
    return config.ttl_hours * SECONDS_PER_HOUR if config.enabled else 0


class CachedReply(NamedTuple):
    """A text that a model wrote before."""

    text: str
    model: str


class ReplyCache:
    """One tenant's replies. Whatever goes wrong with it is a miss: it only ever saves a call."""

    def __init__(
        self, tenant_id: str, *, seconds: int, client: DynamoDBClient, table: str, clock: Clock = wall_clock
    ) -> None:
        self._tenant_id = tenant_id
        self._seconds = seconds
        self._client = client
        self._table = table
        self._clock = clock

    def get(self, cache_key: str) -> CachedReply | None:
        """Return a reply that is not too old (half a read unit for each 4 KB; a moment's delay does no harm)."""
        if not self._seconds:
            return None
        try:
            answer = self._client.get_item(TableName=self._table, Key=self._key(cache_key))
        except Exception as error:  # noqa: BLE001 - the model can still be asked
            _note("reply not looked up", error)
            return None
        found = from_item(answer.get("Item", {}))
        if not found or found["made_at"] + self._seconds <= self._clock():
            return None
        return CachedReply(found["text"], found["model"])

    def put(self, cache_key: str, reply: CachedReply) -> None:
        """Keep a reply that passed moderation. Unconditional: of two good replies to one prompt either will do."""
        if not self._seconds:
            return
        now = self._clock()
        kept = {**reply._asdict(), "made_at": now, "expires_at": int(now) + self._seconds}
        try:
            self._client.put_item(TableName=self._table, Item=self._key(cache_key) | to_item(kept))
        except Exception as error:  # noqa: BLE001 - the reply is made and paid for
            _note("reply not kept", error)

    def _key(self, cache_key: str) -> dict[str, Any]:
        return to_item({"tenant_id": self._tenant_id, "cache_key": cache_key})


def _note(what: str, error: Exception) -> None:
    logger.warning(what, extra={"trace": trace_of(error)})
    count("CacheFailures")


def reply_cache(tenant_id: str, config: CacheConfig) -> ReplyCache:
    """Return the replies kept for a tenant, as its configuration has it."""
    seconds = seconds_in_force(config)
    return ReplyCache(tenant_id, seconds=seconds, client=aws.dynamodb(), table=settings().cache_table)
