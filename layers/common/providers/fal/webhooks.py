"""fal's webhooks: who signed what, and the token by which we recognise our own address.

https://fal.ai/docs/documentation/model-apis/inference/webhooks: an Ed25519 signature over request id, account id, time
and the SHA-256 of the raw body, one per line; the keys are published as a JWKS and serve all of fal's customers.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from common.errors import ProviderUnavailable
from common.providers.fal.addresses import base_address, tls
from common.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

TOLERANCE_SECONDS = 300
KEYS_KEPT_SECONDS = 3_600.0
KEYS_ASKED_AGAIN_SECONDS = 60.0
_FIRST_KEYS_ASKED_AGAIN_SECONDS = 5.0
_MAX_KEYS_BYTES = 64_000
_KEYS_SECONDS = 5.0
_LABEL = b"meddah/fal/callback/1"


@dataclass(frozen=True, slots=True)
class VerifiedWebhook:
    """A delivery that fal has signed. Not yet one of ours: that the callback token in its address says."""

    request_id: str
    ok: bool
    """Whether the order succeeded; without `payload` its result has to be fetched."""
    payload: dict[str, Any] | None = None
    """The result, or the error's body."""
    error: str = ""
    """The vendor's words, such as `Invalid status code: 422`: for `fal.errors.of_payload`, not for logs."""


@dataclass(frozen=True, slots=True)
class _Signed:
    request_id: str
    message: bytes
    signature: bytes


def verify(
    headers: Mapping[str, str], raw_body: bytes, *, keys: Iterable[bytes], now: float, user_id: str | None
) -> VerifiedWebhook | None:
    """Return what fal tells us, None if anything about it is not as fal would send it.

    `keys` are raw public keys, each of which may have signed; `now` is in seconds since the epoch. With `user_id`
    deliveries of other accounts at fal are strangers'.
    """
    signed = _signed(headers, raw_body, now=now, user_id=user_id)
    if signed is None or not any(_has_signed(key, signed) for key in keys):
        return None
    return _content(raw_body, signed.request_id)


async def verify_delivery(headers: Mapping[str, str], raw_body: bytes, *, now: float) -> VerifiedWebhook | None:
    """Return as `verify`, with fal's published keys and our account from the settings.

    The keys are asked for anew, at most once a minute, when a delivery that is otherwise well-formed fits none.

    Raises:
        ProviderUnavailable: the keys cannot be had; fal will deliver again.
    """
    user_id = settings().fal_user_id
    if _signed(headers, raw_body, now=now, user_id=user_id) is None:
        return None
    known = await jwks()
    found = verify(headers, raw_body, keys=known, now=now, user_id=user_id)
    if found is None:
        fresh = await jwks(newer_than=KEYS_ASKED_AGAIN_SECONDS)
        found = verify(headers, raw_body, keys=fresh, now=now, user_id=user_id) if fresh != known else None
    return found


def _signed(headers: Mapping[str, str], raw_body: bytes, *, now: float, user_id: str | None) -> _Signed | None:
    given = {name.lower(): value for name, value in headers.items()}
    names = ("request-id", "user-id", "timestamp", "signature")
    request_id, user, timestamp, signature = (given.get(f"x-fal-webhook-{name}", "") for name in names)
    if not request_id or not user or (user_id is not None and not _same(user, user_id)):
        return None
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        return None
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        return None
    try:
        signature_bytes = bytes.fromhex(signature)
    except ValueError:
        return None
    message = "\n".join((request_id, user, timestamp, hashlib.sha256(raw_body).hexdigest())).encode()
    return _Signed(request_id, message, signature_bytes) if len(signature) == 128 else None


def _has_signed(key: bytes, signed: _Signed) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signed.signature, signed.message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _content(raw_body: bytes, request_id: str) -> VerifiedWebhook | None:
    try:
        body = json.loads(raw_body)
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    told = cast("dict[str, Any]", body)
    # The order's own id. The header may carry the id of the attempt instead: the body is signed, so either will do.
    own_id, status, payload = told.get("request_id"), told.get("status"), told.get("payload")
    if not isinstance(own_id, str) or request_id not in {own_id, told.get("gateway_request_id")}:
        return None
    if status not in {"OK", "ERROR"}:
        return None
    found = cast("dict[str, Any]", payload) if isinstance(payload, dict) else None
    return VerifiedWebhook(own_id, ok=status == "OK", payload=found, error=str(told.get("error") or ""))


# ── Keys ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class _Keys:
    """fal's keys as last seen."""

    known: tuple[bytes, ...] = ()
    read_at: float = field(default=float("-inf"))
    """Monotonic."""
    asked_at: float = field(default=float("-inf"))


_keys: dict[str, _Keys] = {}
"""By the address they are published at."""


async def jwks(*, newer_than: float = KEYS_KEPT_SECONDS) -> tuple[bytes, ...]:
    """Return fal's raw public keys, read at most `newer_than` seconds ago.

    Asked at most once a minute, so that strangers' deliveries cannot make us ask. Keys that were known before are good
    until others can be read.

    Raises:
        ProviderUnavailable: they cannot be read and none are known.
    """
    url = settings().fal_webhook_jwks_url or f"{settings().fal_rest_url.rstrip('/')}/.well-known/jwks.json"
    keys = _keys.setdefault(url, _Keys())
    now = time.monotonic()
    pause = KEYS_ASKED_AGAIN_SECONDS if keys.known else _FIRST_KEYS_ASKED_AGAIN_SECONDS
    if now - keys.read_at < newer_than or now - keys.asked_at < pause:
        return _or_unavailable(keys)
    keys.asked_at = now
    try:
        keys.known = await _read_keys(url)
    except (TimeoutError, httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        return _or_unavailable(keys, error)
    keys.read_at = now
    return keys.known


def forget_keys() -> None:
    """Know no keys: for tests."""
    _keys.clear()


def _or_unavailable(keys: _Keys, cause: Exception | None = None) -> tuple[bytes, ...]:
    if not keys.known:
        raise ProviderUnavailable("The keys of the vendor's webhooks cannot be had") from cause
    return keys.known


async def _read_keys(url: str) -> tuple[bytes, ...]:
    base_address(url)
    body = bytearray()
    client = httpx.AsyncClient(verify=tls(), follow_redirects=False, trust_env=False, timeout=_KEYS_SECONDS)
    async with asyncio.timeout(_KEYS_SECONDS), client, client.stream("GET", url) as answer:
        answer.raise_for_status()
        async for chunk in answer.aiter_bytes():
            body += chunk
            if len(body) > _MAX_KEYS_BYTES:
                raise ValueError("too many keys")
    keys = [_raw_key(entry) for entry in json.loads(body)["keys"]]
    found = tuple(key for key in keys if key)
    if not found:
        raise ValueError("no Ed25519 key")
    return found


def _raw_key(entry: Any) -> bytes | None:
    """Return the 32 bytes of an Ed25519 key of a JWKS (RFC 8037), None for any other kind of key."""
    if not isinstance(entry, dict) or entry.get("kty") != "OKP" or entry.get("crv") != "Ed25519":  # pyright: ignore[reportUnknownMemberType]
        return None
    text = str(cast("dict[str, Any]", entry).get("x", ""))
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == 32 else None


# ── The address we give ──────────────────────────────────────────────────────────────────────────────────────────────


def callback_token(tenant_id: str, job_id: str, key: str) -> str:
    """Return the token that goes with a job's callback address: 43 characters that only we can make.

    `key` is our key to fal, from which the token's own key is derived: who knows the token learns nothing of it.
    """
    derived = hmac.digest(key.encode(), _LABEL, hashlib.sha256)
    named = json.dumps([tenant_id, job_id]).encode()
    return base64.urlsafe_b64encode(hmac.digest(derived, named, hashlib.sha256)).rstrip(b"=").decode()


def check_callback_token(token: str, tenant_id: str, job_id: str, *, key: str) -> bool:
    """Whether `token` is this job's."""
    return _same(token, callback_token(tenant_id, job_id, key))


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


__all__: Sequence[str] = [
    "VerifiedWebhook",
    "callback_token",
    "check_callback_token",
    "jwks",
    "verify",
    "verify_delivery",
]
