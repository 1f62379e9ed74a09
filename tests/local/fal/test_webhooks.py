"""Webhooks, checked by a receiver that knows only fal's documentation."""

from __future__ import annotations

import hashlib
import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from local.fal.stand_in import FalStandIn
from tests.local.fal.conftest import Connect

TTS = "freya-mypsdi253hbk/freya-tts/generate"
ORDER = {"input": "Merhaba"}


class Receiver:
    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes, float]] = []
        self.answers: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append(
                    ({name.lower(): value for name, value in self.headers.items()}, body, time.monotonic())
                )
                self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?job=1&token=ş"

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(body) for _, body, _ in self.received]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    Thread(target=running.server.serve_forever, args=(0.01,), daemon=True).start()
    yield running
    running.server.shutdown()
    running.server.server_close()


def verified(stand_in: FalStandIn, headers: dict[str, str], body: bytes) -> bool:
    values = [headers[f"x-fal-webhook-{name}"] for name in ("request-id", "user-id", "timestamp")]
    message = "\n".join([*values, hashlib.sha256(body).hexdigest()]).encode()
    for key in httpx.get(stand_in.urls["rest"] + "/.well-known/jwks.json").json()["keys"]:
        assert (key["kty"], key["crv"]) == ("OKP", "Ed25519")
        public = Ed25519PublicKey.from_public_bytes(urlsafe_b64decode(key["x"] + "="))
        try:
            public.verify(bytes.fromhex(headers["x-fal-webhook-signature"]), message)
        except InvalidSignature:
            continue
        return abs(time.time() - int(headers["x-fal-webhook-timestamp"])) < 300
    return False


async def sent(stand_in: FalStandIn, connect: Connect, receiver: Receiver, order: Any = None) -> str:
    async with connect() as fal:
        handle = await fal.submit(TTS, order or ORDER, webhook_url=receiver.url)
    stand_in.settle()
    return handle.request_id


async def test_an_output_arrives_signed(stand_in: FalStandIn, connect: Connect, receiver: Receiver) -> None:
    request_id = await sent(stand_in, connect, receiver)

    [(headers, body, _)] = receiver.received
    message = json.loads(body)
    assert verified(stand_in, headers, body)
    assert not verified(stand_in, headers, body + b" ")
    assert (message["request_id"], message["status"]) == (request_id, "OK")
    assert message["payload"]["audio"]["content_type"] == "audio/wav"
    assert headers["x-fal-webhook-user-id"] == stand_in.user_id


async def test_an_error_arrives_with_the_models_own_words(
    stand_in: FalStandIn, connect: Connect, receiver: Receiver
) -> None:
    await sent(stand_in, connect, receiver, {"input": "Merhaba", "speed": 9})

    [message] = receiver.bodies
    assert (message["status"], message["error"]) == ("ERROR", "Invalid status code: 422")
    assert message["payload"]["detail"][0]["type"] == "less_than_equal"


@pytest.mark.parametrize("flaw", ["webhook_bad_signature", "webhook_stale"])
async def test_flawed_signatures(stand_in: FalStandIn, connect: Connect, receiver: Receiver, flaw: str) -> None:
    stand_in.script(flaw)
    await sent(stand_in, connect, receiver)

    [(headers, body, _)] = receiver.received
    assert not verified(stand_in, headers, body)


async def test_a_strangers_webhook_is_signed_well(stand_in: FalStandIn, connect: Connect, receiver: Receiver) -> None:
    stand_in.script("webhook_wrong_user")
    await sent(stand_in, connect, receiver)

    [(headers, body, _)] = receiver.received
    assert verified(stand_in, headers, body)
    assert headers["x-fal-webhook-user-id"] == "user_stranger"


async def test_a_payload_that_is_null_can_be_fetched(
    stand_in: FalStandIn, connect: Connect, receiver: Receiver
) -> None:
    stand_in.script("webhook_null_payload")
    request_id = await sent(stand_in, connect, receiver)

    [message] = receiver.bodies
    assert (message["status"], message["payload"]) == ("OK", None) and message["payload_error"]
    async with connect() as fal:
        assert (await fal.result(TTS, request_id))["audio"]


async def test_duplicates_and_losses(stand_in: FalStandIn, connect: Connect, receiver: Receiver) -> None:
    stand_in.script("webhook_duplicate", copies=3)
    stand_in.script("webhook_lost", skip=1)
    await sent(stand_in, connect, receiver)
    assert len(receiver.received) == 3 and receiver.bodies[0] == receiver.bodies[2]

    await sent(stand_in, connect, receiver)
    assert len(receiver.received) == 3


async def test_a_late_one(stand_in: FalStandIn, connect: Connect, receiver: Receiver) -> None:
    stand_in.script("webhook_late", seconds=0.4)
    request_id = await sent(stand_in, connect, receiver)

    [(_, _, at)] = receiver.received
    ended_at = stand_in.job(request_id).ended_at
    assert ended_at is not None and at - ended_at >= 0.4


async def test_one_that_overtakes_the_answer(stand_in: FalStandIn, connect: Connect, receiver: Receiver) -> None:
    stand_in.script("webhook_early")
    async with connect() as fal:
        handle = await fal.submit(TTS, ORDER, webhook_url=receiver.url)
        assert receiver.bodies[0]["request_id"] == handle.request_id


async def test_it_is_sent_until_it_is_taken(stand_in: FalStandIn, connect: Connect, receiver: Receiver) -> None:
    receiver.answers = [500, 404, 204]
    await sent(stand_in, connect, receiver)

    assert [delivery.status for delivery in stand_in.deliveries] == [500, 404, 204]
    assert len({body for _, body, _ in receiver.received}) == 1


async def test_a_redirect_is_neither_followed_nor_tried_again(
    stand_in: FalStandIn, connect: Connect, receiver: Receiver
) -> None:
    receiver.answers = [302]
    await sent(stand_in, connect, receiver)

    assert [delivery.status for delivery in stand_in.deliveries] == [302]
