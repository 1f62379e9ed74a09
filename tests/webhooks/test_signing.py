"""What is sent is what the official library of Standard Webhooks verifies."""

from __future__ import annotations

import base64
import json
import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from common.events import Event, EventType
from webhooks.signing import body_of, headers_of, new_secret

EVENT = Event(
    id="evt_" + "0" * 26,
    type=EventType.JOB_COMPLETED,
    at=1_795_212_000.25,
    data={"job_id": "job_1", "client_id": "kılıç-1", "cost_microusd": 3_000},
)


def headers(body: bytes, *secrets: str, now: float | None = None) -> dict[str, str]:
    return headers_of(EVENT.id, body, secrets=secrets, now=time.time() if now is None else now)


def test_a_body_has_type_timestamp_and_data_and_nothing_else() -> None:
    assert json.loads(body_of(EVENT)) == {
        "type": "job.completed",
        "timestamp": "2026-11-20T22:00:00.250Z",
        "data": {"job_id": "job_1", "client_id": "kılıç-1", "cost_microusd": 3_000},
    }


def test_the_official_library_verifies_it() -> None:
    secret, body = new_secret(), body_of(EVENT)

    assert Webhook(secret).verify(body, headers(body, secret))["data"] == EVENT.data


def test_a_secret_has_the_prefix_and_32_bytes() -> None:
    first, second = new_secret(), new_secret()

    assert first != second
    assert first.startswith("whsec_") and len(base64.b64decode(first[6:], validate=True)) == 32


def test_during_an_overlap_either_secret_verifies_it() -> None:
    new, old, body = new_secret(), new_secret(), body_of(EVENT)
    sent = headers(body, new, old)

    assert len(sent["webhook-signature"].split(" ")) == 2
    assert Webhook(new).verify(body, sent) == Webhook(old).verify(body, sent)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(body, sent)


@pytest.mark.parametrize("changed", ["webhook-id", "webhook-timestamp", "body"])
def test_nothing_of_it_can_be_changed(changed: str) -> None:
    secret, body = new_secret(), body_of(EVENT)
    sent = headers(body, secret)
    if changed == "webhook-timestamp":
        sent[changed] = str(int(sent[changed]) + 1)
    elif changed == "webhook-id":
        sent[changed] = "evt_" + "1" * 26
    else:
        body = body.replace(b"job_1", b"job_2")

    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        Webhook(secret).verify(body, sent)


def test_what_is_kept_and_sent_again_later_is_too_old() -> None:
    secret, body = new_secret(), body_of(EVENT)

    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(secret).verify(body, headers(body, secret, now=time.time() - 301))


def test_the_example_of_the_specification_is_signed_as_there() -> None:
    """https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md"""
    body = b'{"test": 2432232314}'
    sent = headers_of(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        body,
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        now=1_614_265_330.9,
    )

    assert sent["webhook-timestamp"] == "1614265330"
    assert sent["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert sent["user-agent"] == "Meddah-Webhooks/1"
    assert sent["content-type"] == "application/json"
