"""Requests that are carried out once: the `Idempotency-Key` of a POST, and the answer kept for whoever sends it again.

    idempotency table   tenant_id + request_key
      <hash of route, player and key>   running until …, then the answer: status, headers, body

The record is made before anything else happens and names its run: one that was taken for dead can neither overwrite
nor free the record of the run that took its place. Why not a library: docs/decisions/0020-requests-carried-out-once.md.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from ulid import ULID

from common import aws
from common.clock import Clock, wall_clock
from common.errors import InvalidInput, KeyReused, StillRunning
from common.observability import count, logger, trace_of
from common.settings import settings
from common.storage import blocked_by, to_item, write_if

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from common.tenancy import Tenant

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT_SECONDS = 24 * 3600
RUNNING_SECONDS = 45
"""Longer than a function may run (29 s), so a record that still runs after it belongs to a process that died."""
MAX_ANSWER_BYTES = 380_000
"""DynamoDB's items end at 400 KB."""
MAX_KEY_LENGTH = 255
_RETRY_AFTER_SECONDS = 2
_KEY = re.compile(rf"[\x20-\x7e]{{1,{MAX_KEY_LENGTH}}}")
_NOT_KEPT = frozenset({"content-length", "ratelimit", "ratelimit-policy"})
_NONCE_BYTES = 12


def key_in(values: Sequence[str]) -> str | None:
    """Return the key in a request's `Idempotency-Key` headers, None where there is none.

    Raises:
        InvalidInput: more than one, or not 1–255 printable ASCII characters.
    """
    if not values:
        return None
    if len(values) > 1 or not _KEY.fullmatch(values[0]):
        raise InvalidInput.field(HEADER, f"send one key of 1 to {MAX_KEY_LENGTH} printable ASCII characters")
    return values[0]


class Sent(NamedTuple):
    """What a request asks for, as it came, and the fault it demands: it is the same one if all is, to the byte."""

    path: str
    query: bytes
    body: bytes
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Once:
    """A request that is to be carried out once."""

    tenant_id: str
    request_key: str
    """Hash of its route, its player and its key: what its record is found by."""
    fingerprint: str
    """Hash of everything it asks for."""
    secret: bytes = field(repr=False)
    """Made of the API key it came with; opens answers that nobody else may read."""

    @classmethod
    def of(cls, tenant: Tenant, key: str, sent: Sent, *, route: str, bearer: str) -> Once:
        """Return `tenant`'s request to a `route` (its method and path template); a player's keys are its own."""
        player = tenant.player.player_id if tenant.player else ""
        return cls(
            tenant_id=tenant.tenant_id,
            request_key=_digest(route, player, key),
            fingerprint=_digest(sent.path, sent.query, sent.body, sent.fault),
            secret=hmac.digest(bearer.encode(errors="replace"), b"meddah: answers kept for this key", "sha256"),
        )

    def require_same(self, fingerprint: str) -> None:
        """Make sure that what was sent with this key before is what is sent now.

        Raises:
            KeyReused: it is not.
        """
        if fingerprint != self.fingerprint:
            raise KeyReused.field(HEADER, "was sent before with another request; take a new one")


@dataclass(frozen=True, slots=True)
class Run:
    """One carrying out of a request."""

    once: Once
    run_id: str


class Answer(NamedTuple):
    """An answer as it is kept."""

    status: int
    headers: Mapping[str, str]
    """By their names in small letters."""
    body: bytes


class Answers:
    """The requests under way and the answers given, of all tenants."""

    def __init__(self, *, client: DynamoDBClient, table: str, clock: Clock = wall_clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def begin(self, once: Once) -> Run | Answer:
        """Return a run to carry out, or the answer that was given before (one conditional write).

        Raises:
            StillRunning: it has not been answered yet.
            KeyReused: the key was sent with another request, or its answer cannot be given again.
        """
        now = self._clock()
        run = Run(once, str(ULID()))
        item = self._key(once) | {
            "fingerprint": once.fingerprint,
            "run_id": run.run_id,
            "running_until": now + RUNNING_SECONDS,
            "expires_at": int(now) + KEPT_SECONDS,
        }
        seen = blocked_by(
            self._client.put_item,
            TableName=self._table,
            Item=to_item(item),
            ConditionExpression="attribute_not_exists(request_key) OR expires_at <= :now "
            "OR (running_until <= :now AND fingerprint = :fingerprint)",
            ExpressionAttributeValues=to_item({":now": now, ":fingerprint": once.fingerprint}),
        )
        return run if seen is None else _answer_in(seen, once)

    def keep(self, run: Run, answer: Answer) -> None:
        """Keep the answer of a run for 24 h; where that fails the key is free again once the run counts as dead.

        An answer that says `Cache-Control: no-store` is sealed with the API key that asked. Of one that is too large
        only the fact is kept.
        """
        headers = {name: value for name, value in answer.headers.items() if name not in _NOT_KEPT}
        sealed = "no-store" in headers.get("cache-control", "")
        body = _seal(answer.body, run.once) if sealed else answer.body
        values = {
            ":status": answer.status,
            ":headers": json.dumps(headers),
            ":body": body if len(body) <= MAX_ANSWER_BYTES else None,
            ":sealed": sealed,
            ":expires_at": int(self._clock()) + KEPT_SECONDS,
        }
        sets = "answer_status = :status, answer_headers = :headers, sealed = :sealed, expires_at = :expires_at"
        if values[":body"] is not None:
            sets += ", answer_body = :body"
        self._end(run, self._client.update_item, values, UpdateExpression=f"SET {sets} REMOVE running_until")

    def free(self, run: Run) -> None:
        """Forget a run that did nothing, so that the key can be sent again, with whatever request."""
        self._end(run, self._client.delete_item, {})

    def _end(self, run: Run, write: Callable[..., Any], values: Mapping[str, Any], **request: Any) -> None:
        """Carry out a run's last write, if its record still is its own. The answer is made: nothing is raised."""
        try:
            ended = write_if(
                write,
                TableName=self._table,
                Key=to_item(self._key(run.once)),
                ConditionExpression="run_id = :run_id",
                ExpressionAttributeValues=to_item({**values, ":run_id": run.run_id}),
                **request,
            )
        except Exception as error:  # noqa: BLE001 - the answer is made; the record runs out
            logger.warning("answer not kept", extra={"tenant": run.once.tenant_id, "trace": trace_of(error)})
            count("AnswersNotKept")
            return
        if ended is None:
            logger.warning("request was carried out by another run", extra={"tenant": run.once.tenant_id})
            count("AnswersNotKept")

    @staticmethod
    def _key(once: Once) -> dict[str, str]:
        return {"tenant_id": once.tenant_id, "request_key": once.request_key}


def answers() -> Answers:
    """Return the answers of this deployment."""
    return Answers(client=aws.dynamodb(), table=settings().idempotency_table)


def _digest(*parts: str | bytes) -> str:
    """Return a hash that no other list of parts has."""
    whole = hashlib.sha256()
    for part in parts:
        raw = part.encode(errors="surrogatepass") if isinstance(part, str) else part
        whole.update(hashlib.sha256(raw).digest())
    return whole.hexdigest()


def _answer_in(seen: Mapping[str, Any], once: Once) -> Answer:
    once.require_same(seen["fingerprint"])
    if "running_until" in seen:
        raise StillRunning(
            "The first request with this idempotency key is still running",
            details={"retry_after": _RETRY_AFTER_SECONDS},
        )
    if "answer_body" not in seen:
        raise KeyReused.field(HEADER, "was answered, but the answer was too large to keep; take a new one")
    body = bytes(seen["answer_body"])
    return Answer(
        status=seen["answer_status"],
        headers=json.loads(seen["answer_headers"]),
        body=_unseal(body, once) if seen["sealed"] else body,
    )


def _seal(body: bytes, once: Once) -> bytes:
    """Encrypt what must not be stored in the clear (a new API key), for whoever holds the API key that asked."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - 10 ms that hardly a request needs

    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(once.secret).encrypt(nonce, body, once.request_key.encode())


def _unseal(sealed: bytes, once: Once) -> bytes:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    nonce, encrypted = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return AESGCM(once.secret).decrypt(nonce, encrypted, once.request_key.encode())
    except InvalidTag as error:
        raise KeyReused.field(HEADER, "was answered, and only the API key that asked may see it again") from error
