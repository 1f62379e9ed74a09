"""Webhooks: signed like fal's, sent again until they are taken, and out of order or out of shape on demand.

https://fal.ai/docs/documentation/model-apis/inference/webhooks. Unlike fal's, these reach loopback addresses, and wait
less between two attempts.
"""

import asyncio
import hashlib
import json
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from local.fal.script import Rules
from local.fal.wire import Outcome, new_id

_MOST_ATTEMPTS = 31
_ATTEMPT_SECONDS = 15
_STALE_SECONDS = 600
"""Older than the 300 s that receivers are to allow."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt; `status` is the receiver's answer, 0 if there was none."""

    request_id: str
    url: str
    attempt: int
    status: int
    at: float
    body: dict[str, Any]


class Signer:
    """Signs with a key of its own, and publishes it."""

    def __init__(self, user_id: str) -> None:
        self.user_id = user_id
        self._key = Ed25519PrivateKey.generate()

    def jwks(self) -> dict[str, Any]:
        """Return the public key as the JSON Web Key Set that receivers fetch."""
        public = urlsafe_b64encode(self._key.public_key().public_bytes_raw()).rstrip(b"=").decode()
        return {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": public}]}

    def headers(self, request_id: str, body: bytes, rules: Rules) -> dict[str, str]:
        """Return the headers of a webhook, with the flaws that the rules ask for."""
        user = "user_stranger" if rules.find("webhook_wrong_user") else self.user_id
        now = int(time.time()) - (_STALE_SECONDS if rules.find("webhook_stale") else 0)
        signed = "\n".join([request_id, user, str(now), hashlib.sha256(body).hexdigest()]).encode()
        signature = self._key.sign(signed)
        if rules.find("webhook_bad_signature"):
            signature = bytes([signature[0] ^ 1]) + signature[1:]
        headers = {
            "Content-Type": "application/json",
            "X-Fal-Webhook-Request-Id": request_id,
            "X-Fal-Webhook-User-Id": user,
            "X-Fal-Webhook-Timestamp": str(now),
            "X-Fal-Webhook-Signature": signature.hex(),
        }
        return {"Content-Type": "application/json"} if rules.find("webhook_unsigned") else headers


class Courier:
    """Carries webhooks to their receivers."""

    def __init__(self, signer: Signer) -> None:
        self.signer = signer
        self.first_pause: float = 0.2
        """Seconds before the second attempt; each further pause is twice as long."""
        self.gives_up_after: float = 3600
        """Seconds after which an untaken webhook is dropped."""
        self.deliveries: list[Delivery] = []
        self._client: httpx.AsyncClient | None = None

    async def close(self) -> None:
        """Hang up."""
        if self._client is not None:
            await self._client.aclose()

    async def deliver(self, request_id: str, url: str, outcome: Outcome, rules: Rules) -> None:
        """Send the webhook of a finished job, as the rules want it, until it is taken or refused for good."""
        if rules.find("webhook_lost"):
            return
        await asyncio.sleep(rules.seconds("webhook_late", 2.0) if rules.find("webhook_late") else 0)
        message = _message(request_id, outcome, rules)
        duplicate = rules.find("webhook_duplicate")
        for _ in range(int(duplicate.options.get("copies", 2)) if duplicate else 1):
            await self._insist(request_id, url, message, rules)

    async def _insist(self, request_id: str, url: str, message: dict[str, Any], rules: Rules) -> None:
        ends, pause = time.monotonic() + self.gives_up_after, self.first_pause
        for attempt in range(1, _MOST_ATTEMPTS + 1):
            status = await self._send(request_id, url, json.dumps(message).encode(), rules)
            self.deliveries.append(Delivery(request_id, url, attempt, status, time.time(), message))
            # A redirect is never followed, and never tried again.
            if 200 <= status < 400 or time.monotonic() + pause > ends:
                return
            await asyncio.sleep(pause)
            pause *= 2

    async def _send(self, request_id: str, url: str, body: bytes, rules: Rules) -> int:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=_ATTEMPT_SECONDS, trust_env=False)
        shown = new_id() if rules.find("webhook_mismatched") else request_id
        try:
            answer = await self._client.post(url, content=body, headers=self.signer.headers(shown, body, rules))
        except (httpx.HTTPError, httpx.InvalidURL):
            return 0
        return answer.status_code


def _message(request_id: str, outcome: Outcome, rules: Rules) -> dict[str, Any]:
    message: dict[str, Any] = {
        "request_id": request_id,
        "gateway_request_id": request_id,
        "status": "ERROR" if outcome.failed else "OK",
        "payload": outcome.body,
    }
    if outcome.failed:
        message["error"] = f"Invalid status code: {outcome.status}"
    elif rules.find("webhook_null_payload"):
        message["payload"] = None
        message["payload_error"] = "Response payload is not JSON serializable"
    return message
