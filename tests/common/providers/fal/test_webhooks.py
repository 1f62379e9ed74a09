"""fal's webhooks: what is believed, what is not, and how the keys are had."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common.errors import ProviderUnavailable
from common.providers.fal import webhooks
from common.providers.fal.webhooks import (
    VerifiedWebhook,
    callback_token,
    check_callback_token,
    jwks,
    verify,
    verify_delivery,
)
from tests.support.fal_wire import FalWire, Reply

NOW = 1_790_000_000
ID, ATTEMPT, ACCOUNT = "764cabcf-b745-4b3e-ae38-1200304cf45b", "11111111-b745-4b3e-ae38-1200304cf45b", "our-account"
PAYLOAD = {"images": [{"url": "https://v3.fal.media/a.png"}]}
VENDOR, STRANGER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


KEYS = (public(STRANGER), public(VENDOR))


def body(**changes: Any) -> bytes:
    told = {"request_id": ID, "gateway_request_id": ATTEMPT, "status": "OK", "payload": PAYLOAD}
    return json.dumps({**told, **changes}, ensure_ascii=False).encode()


def signed(
    raw_body: bytes,
    *,
    key: Ed25519PrivateKey = VENDOR,
    request_id: str = ID,
    account: str = ACCOUNT,
    timestamp: str = str(NOW),
    **changes: str,
) -> dict[str, str]:
    message = "\n".join((request_id, account, timestamp, hashlib.sha256(raw_body).hexdigest()))
    headers = {
        "X-Fal-Webhook-Request-Id": request_id,
        "X-Fal-Webhook-User-Id": account,
        "X-Fal-Webhook-Timestamp": timestamp,
        "X-Fal-Webhook-Signature": key.sign(message.encode()).hex(),
    }
    return {**headers, **{f"X-Fal-Webhook-{name.title().replace('_', '-')}": value for name, value in changes.items()}}


def check(headers: dict[str, str], raw_body: bytes, **changes: Any) -> VerifiedWebhook | None:
    options = {"keys": KEYS, "now": NOW, "user_id": ACCOUNT}
    return verify(headers, raw_body, **{**options, **changes})


def test_a_delivery_that_fal_has_signed_is_believed() -> None:
    found = check(signed(body()), body())

    assert found == VerifiedWebhook(ID, ok=True, payload=PAYLOAD)


def test_names_of_headers_come_in_any_case() -> None:
    lower = {name.lower(): value for name, value in signed(body()).items()}

    assert check(lower, body())


def test_the_signature_is_over_the_bytes_and_not_over_their_meaning() -> None:
    spaced = json.dumps(json.loads(body()), indent=2).encode()

    assert check(signed(spaced), spaced)
    assert check(signed(spaced), body()) is None


def test_a_failure_and_a_result_that_did_not_fit_are_told() -> None:
    failed = body(status="ERROR", error="Invalid status code: 422", payload={"detail": []})
    unfit = body(payload=None, payload_error="not serializable")

    assert check(signed(failed), failed) == VerifiedWebhook(
        ID, ok=False, payload={"detail": []}, error="Invalid status code: 422"
    )
    assert check(signed(unfit), unfit) == VerifiedWebhook(ID, ok=True, payload=None)


def test_the_header_may_name_the_attempt_instead_of_the_order() -> None:
    found = check(signed(body(), request_id=ATTEMPT), body())

    assert found is not None
    assert found.request_id == ID


def test_without_a_pinned_account_any_account_of_fals_is_believed() -> None:
    assert check(signed(body(), account="somebody"), body(), user_id=None)


BAD: dict[str, tuple[dict[str, str], bytes]] = {
    "another key": (signed(body(), key=Ed25519PrivateKey.generate()), body()),
    "another body": (signed(body()), body(status="ERROR")),
    "no headers": ({}, body()),
    "no signature": ({**signed(body()), "X-Fal-Webhook-Signature": ""}, body()),
    "a signature that is not hexadecimal": (signed(body(), signature="z" * 128), body()),
    "a short signature": (signed(body(), signature="ab" * 63), body()),
    "a signature with blanks": (signed(body(), signature="ab " * 64), body()),
    "another time than was signed": (
        signed(body(), timestamp=str(NOW)) | {"X-Fal-Webhook-Timestamp": str(NOW + 1)},
        body(),
    ),
    "too old": (signed(body(), timestamp=str(NOW - 301)), body()),
    "from the future": (signed(body(), timestamp=str(NOW + 301)), body()),
    "no time": (signed(body(), timestamp=""), body()),
    "a time with a fraction": (signed(body(), timestamp=f"{NOW}.0"), body()),
    "a time below zero": (signed(body(), timestamp=f"-{NOW}"), body()),
    "a time in other digits": (signed(body(), timestamp="١٧٩٠٠٠٠٠٠٠"), body()),
    "an endless time": (signed(body(), timestamp="9" * 5000), body()),
    "another account": (signed(body(), account="somebody"), body()),
    "another account than was signed": (signed(body(), account="somebody", user_id=ACCOUNT), body()),
    "another order than its header's": (signed(body(), request_id="another"), body()),
    "no order": (signed(body(request_id=None)), body(request_id=None)),
    "a status we do not know": (signed(body(status="MAYBE")), body(status="MAYBE")),
    "not JSON": (signed(b"hello"), b"hello"),
    "not an object": (signed(b"[]"), b"[]"),
    "not UTF-8": (signed(b"\xff"), b"\xff"),
}


@pytest.mark.parametrize("variant", BAD)
def test_whatever_is_not_as_fal_sends_it_is_not_believed(variant: str) -> None:
    assert check(*BAD[variant]) is None


@pytest.mark.parametrize("keys", [(), (public(STRANGER),), (b"short",)])
def test_without_the_right_key_nothing_is_believed(keys: tuple[bytes, ...]) -> None:
    assert check(signed(body()), body(), keys=keys) is None


def test_deliveries_within_five_minutes_are_in_time() -> None:
    for seconds in (-300, 300):
        assert check(signed(body(), timestamp=str(NOW + seconds)), body())


# ── Keys ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

JWKS = "/rest/.well-known/jwks.json"


def published(*keys: Ed25519PrivateKey) -> Reply:
    entries = [
        {"kty": "OKP", "crv": "Ed25519", "x": base64.urlsafe_b64encode(public(k)).rstrip(b"=").decode()} for k in keys
    ]
    return Reply({"keys": [{"kty": "RSA", "n": "x"}, "nonsense", {"kty": "OKP", "crv": "Ed25519", "x": "!"}, *entries]})


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1_000.0]
    monkeypatch.setattr(webhooks.time, "monotonic", lambda: now[0])
    return now


async def test_keys_are_asked_for_once_an_hour_and_without_our_key(fal: FalWire, clock: list[float]) -> None:
    fal.on("GET", JWKS, published(VENDOR), published(VENDOR, STRANGER))

    assert await jwks() == await jwks() == (public(VENDOR),)
    assert len(fal.requests) == 1
    assert "authorization" not in fal.requests[0].headers

    clock[0] += 3_601
    assert await jwks() == (public(VENDOR), public(STRANGER))


async def test_another_address_of_the_keys_can_be_named(fal: FalWire, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("FAL_WEBHOOK_JWKS_URL", f"{fal.url}/elsewhere")
    fal.on("GET", "/elsewhere", published(VENDOR))

    assert await jwks() == (public(VENDOR),)


async def test_known_keys_are_good_until_others_can_be_read(fal: FalWire, clock: list[float]) -> None:
    fal.on("GET", JWKS, published(VENDOR), Reply(status=500))

    await jwks()
    clock[0] += 3_601

    assert await jwks() == (public(VENDOR),)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=404),
        Reply(b"hello"),
        Reply({"keys": []}),
        Reply({}),
        Reply([]),
        Reply(b" " * 70_000),
        Reply(drop=True),
        Reply(status=307, headers={"location": "/elsewhere"}),
    ],
)
async def test_without_any_key_fal_is_to_deliver_again(fal: FalWire, reply: Reply) -> None:
    fal.on("GET", JWKS, reply)

    with pytest.raises(ProviderUnavailable):
        await verify_delivery(signed(body()), body(), now=NOW)


async def test_a_delivery_under_a_new_key_makes_us_ask_again_but_not_more_than_once_a_minute(
    fal: FalWire, clock: list[float]
) -> None:
    fal.on("GET", JWKS, published(STRANGER), published(STRANGER), published(STRANGER, VENDOR))
    await jwks()

    assert await verify_delivery(signed(body()), body(), now=NOW) is None
    assert len(fal.requests) == 1

    clock[0] += 61
    assert await verify_delivery(signed(body()), body(), now=NOW) is None
    assert await verify_delivery(signed(body()), body(), now=NOW) is None
    assert len(fal.requests) == 2

    clock[0] += 61
    assert await verify_delivery(signed(body()), body(), now=NOW) is not None
    assert len(fal.requests) == 3


async def test_what_is_wrong_without_any_key_makes_nobody_ask(fal: FalWire) -> None:
    assert await verify_delivery({}, body(), now=NOW) is None
    assert await verify_delivery(signed(body()), body(), now=NOW + 301) is None

    assert not fal.requests


async def test_our_account_is_pinned_where_it_is_set(fal: FalWire, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("FAL_USER_ID", ACCOUNT)
    fal.on("GET", JWKS, published(VENDOR))

    assert await verify_delivery(signed(body()), body(), now=NOW) is not None
    assert await verify_delivery(signed(body(), account="somebody"), body(), now=NOW) is None


# ── The address we give ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_callback_token_is_good_for_one_job_of_one_tenant() -> None:
    token = callback_token("tenant_a", "job_1", "id:secret")

    assert len(token) == 43
    assert check_callback_token(token, "tenant_a", "job_1", key="id:secret")
    for tenant, job, key in (
        ("tenant_b", "job_1", "id:secret"),
        ("tenant_a", "job_2", "id:secret"),
        ("tenant_a", "job_1", "id:other"),
        ("tenant_ajob", "_1", "id:secret"),
    ):
        assert not check_callback_token(token, tenant, job, key=key)
    for wrong in ("", token[:-1], token + "=", "ş" * 43):
        assert not check_callback_token(wrong, "tenant_a", "job_1", key="id:secret")
