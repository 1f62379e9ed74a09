"""Signatures of Standard Webhooks 1.0.0: HMAC-SHA256 of `id.timestamp.body`, base64 behind `v1,`.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from typing import TYPE_CHECKING

from common.clock import iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.events import Event

PREFIX = "whsec_"
USER_AGENT = "Meddah-Webhooks/1"
_SECRET_BYTES = 32


def new_secret() -> str:
    """Return a new secret, as receivers take it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def body_of(event: Event) -> bytes:
    """Return what is sent: the same bytes at every attempt."""
    told = {"type": event.type.value, "timestamp": iso(event.at), "data": event.data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def headers_of(event_id: str, body: bytes, *, secrets: Sequence[str], now: float) -> dict[str, str]:
    """Return the headers of one attempt, with one signature for each of the `secrets` that are in force."""
    timestamp = str(int(now))
    signed = b".".join((event_id.encode(), timestamp.encode(), body))
    return {
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        "webhook-id": event_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(signed, secret) for secret in secrets),
    }


def _signature(signed: bytes, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return f"v1,{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}"
