"""fal's real client over a real socket: one attempt for what costs money, deadlines that hold, errors that are ours."""

from __future__ import annotations

import asyncio
import inspect
import json
import time
from typing import Any

import fal_client
import pytest

from common.errors import (
    ProviderAmbiguous,
    ProviderBadAnswer,
    ProviderBusy,
    ProviderError,
    ProviderMisconfigured,
    ProviderRejected,
    ProviderResultGone,
    ProviderTimeout,
    ProviderUnavailable,
)
from common.providers.fal import client
from tests.support.fal_wire import FalWire, Reply, sse

APP = "fal-ai/flux/dev"
ID = "764cabcf-b745-4b3e-ae38-1200304cf45b"
ORDER = "/queue/fal-ai/flux/requests/.*"


def accepted(fal: FalWire) -> Reply:
    base = f"{fal.url}/queue/fal-ai/flux/requests/{ID}"
    return Reply(
        {
            "status": "IN_QUEUE",
            "request_id": ID,
            "response_url": base,
            "status_url": f"{base}/status",
            "cancel_url": f"{base}/cancel",
            "queue_position": 0,
        }
    )


def completed(**more: Any) -> Reply:
    return Reply({"status": "COMPLETED", "logs": None, "metrics": {"inference_time": 1.5}, **more})


async def run(timeout: float = 5.0) -> client.Output:
    return await client.run(APP, {"prompt": "ağaç"}, timeout=timeout)


async def submit(timeout: float = 5.0, callback_url: str | None = None) -> str:
    return await client.submit(APP, {"prompt": "ağaç"}, callback_url=callback_url, timeout=timeout)


async def events(timeout: float = 5.0, idle: float = 5.0) -> list[dict[str, Any]]:
    found = client.stream(APP, {"prompt": "ağaç"}, path="/stream", timeout=timeout, first=idle, idle=idle)
    return [event async for event in found]


def test_the_property_that_carries_our_transport_still_exists() -> None:
    """`_client` is private to fal_client: should it vanish, our transport would silently no longer be used."""
    assert fal_client.__version__ == "1.0.3"
    assert "_client" in vars(fal_client.AsyncClient)
    for method in ("run", "submit", "get_handle"):
        assert "await self._client" in inspect.getsource(getattr(fal_client.AsyncClient, method))


async def test_a_call_carries_the_key_and_keeps_nothing_at_the_vendor(fal: FalWire) -> None:
    fal.on("POST", "/run/fal-ai/flux/dev", Reply({"ok": True}, headers={"X-Fal-Billable-Units": "2"}))

    output = await run()

    (request,) = fal.requests
    assert output == client.Output({"ok": True}, 2.0)
    assert request.json() == {"prompt": "ağaç"}
    assert request.headers["authorization"] == "Key test-id:test-secret"
    assert request.headers["x-fal-store-io"] == "0"
    assert json.loads(request.headers["x-fal-object-lifecycle-preference"]) == {"expiration_duration_seconds": 7200}
    assert request.headers["x-fal-request-timeout"] == "5.0"


async def test_an_order_names_its_webhook_and_returns_its_id(fal: FalWire) -> None:
    fal.on("POST", "/queue/fal-ai/flux/dev", accepted(fal))

    assert await submit(callback_url="https://meddah.example/v1/fal?job=a&token=b") == ID

    (request,) = fal.requests
    assert request.query == {"fal_webhook": ["https://meddah.example/v1/fal?job=a&token=b"]}
    assert request.headers["x-app-fal-disable-fallback"] == "true"
    assert request.headers["x-fal-request-timeout"] == "1800.0"


NGINX = Reply(b"<html><center>nginx</center></html>", status=502, content_type="text/html")
LIST_429 = {"detail": [{"loc": ["body"], "msg": "m", "type": "concurrent_requests_limit"}]}
FAULTS: dict[str, tuple[Reply, type[ProviderError], type[ProviderError]]] = {
    "the connection breaks": (Reply(drop=True), ProviderAmbiguous, ProviderAmbiguous),
    "the answer breaks off": (
        Reply(chunks=[b'{"a":'], drop=True),
        ProviderAmbiguous,
        ProviderAmbiguous,
    ),
    "408": (Reply(status=408), ProviderUnavailable, ProviderUnavailable),
    "409": (Reply(status=409), ProviderBusy, ProviderBusy),
    "429": (Reply(LIST_429, status=429, headers={"X-Fal-needs-retry": "1"}), ProviderBusy, ProviderBusy),
    "nginx 502": (NGINX, ProviderAmbiguous, ProviderAmbiguous),
    "nginx 503": (Reply(b"nginx", status=503, content_type="text/html"), ProviderUnavailable, ProviderUnavailable),
    "fal 503": (
        Reply({"detail": "x", "error_type": "runner_scheduling_failure"}, status=503),
        ProviderUnavailable,
        ProviderUnavailable,
    ),
    "504 of our own start_timeout": (
        Reply({"detail": "x"}, status=504, headers={"X-Fal-Request-Timeout-Type": "user", "x-fal-request-id": "1"}),
        ProviderTimeout,
        ProviderAmbiguous,
    ),
    "a redirect": (
        Reply(status=307, headers={"location": "https://elsewhere.example/"}),
        ProviderUnavailable,
        ProviderUnavailable,
    ),
    "not JSON": (Reply(b"hello", content_type="text/plain"), ProviderBadAnswer, ProviderAmbiguous),
    "not an object": (Reply([1]), ProviderBadAnswer, ProviderAmbiguous),
    "not UTF-8": (Reply(b"\xff\xfe{", content_type="application/json"), ProviderBadAnswer, ProviderAmbiguous),
    "too large": (Reply(b" " * 9_000_000), ProviderAmbiguous, ProviderAmbiguous),
    "401": (Reply({"detail": "No user found for Key ID and Secret"}, status=401), *[ProviderMisconfigured] * 2),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_paid_post_is_sent_once_whatever_happens(fal: FalWire, fault: str) -> None:
    reply, of_run, of_submit = FAULTS[fault]
    fal.on("POST", ".*", reply)
    started = time.monotonic()

    with pytest.raises(of_run) as run_error:
        await run()
    with pytest.raises(of_submit) as submit_error:
        await submit()

    assert type(run_error.value) is of_run
    assert type(submit_error.value) is of_submit
    assert len(fal.sent()) == 2
    assert time.monotonic() - started < 2


async def test_a_stalled_answer_ends_at_our_deadline(fal: FalWire) -> None:
    fal.on("POST", ".*", Reply(pause=30))
    started = time.monotonic()

    with pytest.raises(ProviderTimeout):
        await run(timeout=0.2)
    with pytest.raises(ProviderAmbiguous):
        await submit(timeout=0.2)

    assert len(fal.sent()) == 2
    assert time.monotonic() - started < 1


async def test_no_time_left_sends_nothing(fal: FalWire) -> None:
    with pytest.raises(ProviderTimeout):
        await run(timeout=0)
    with pytest.raises(ProviderUnavailable):
        await submit(timeout=-1)

    assert fal.connections == 0


async def test_what_never_found_a_connection_was_not_accepted(fal: FalWire, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("FAL_RUN_URL", "http://127.0.0.1:9")
    environment.setenv("FAL_QUEUE_URL", "http://127.0.0.1:9")

    with pytest.raises(ProviderUnavailable):
        await run()
    with pytest.raises(ProviderUnavailable):
        await submit()


async def test_an_order_without_a_usable_id_may_have_been_taken(fal: FalWire) -> None:
    ugly = accepted(fal)
    ugly.body["request_id"] = "../../x"
    fal.on("POST", ".*", Reply({"status": "IN_QUEUE"}), ugly)

    for _ in range(2):
        with pytest.raises(ProviderAmbiguous):
            await submit()


# ── Streams ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_stream_yields_its_events(fal: FalWire) -> None:
    fal.on("POST", "/run/fal-ai/flux/dev/stream", sse({"n": 1}, {"n": 2}, "[DONE]"))

    assert await events() == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, {"detail": "No user found for Key ID and Secret"}, ProviderMisconfigured),
        (403, {"detail": "User is locked. Reason: Exhausted balance."}, ProviderMisconfigured),
        (422, {"detail": [{"loc": ["body", "prompt"], "type": "missing", "msg": "m"}]}, ProviderRejected),
        (429, LIST_429, ProviderBusy),
        (200, {"output": "not a stream"}, ProviderBadAnswer),
    ],
)
async def test_a_refused_stream_keeps_its_status(
    fal: FalWire, status: int, body: Any, expected: type[ProviderError]
) -> None:
    fal.on("POST", ".*", Reply(body, status=status))

    with pytest.raises(expected):
        await events()

    assert len(fal.sent()) == 1


async def test_a_stream_that_is_cut_or_falls_silent_is_not_asked_again(fal: FalWire) -> None:
    fal.on("POST", ".*", sse({"n": 1}, drop=True), sse({"n": 1}, {"n": 2}, pause=0.4), sse({"n": 1}, "{oops"))
    heard: list[Any] = []

    async def listen() -> None:
        async for event in client.stream(APP, {}, path="/stream", timeout=5, first=2, idle=0.2):
            heard.append(event)  # noqa: PERF401 - what was heard before the failure counts

    for expected in (ProviderAmbiguous, ProviderTimeout, ProviderBadAnswer):
        with pytest.raises(expected):
            await listen()

    assert heard == [{"n": 1}] * 3
    assert len(fal.sent()) == 3


async def test_a_stream_has_a_deadline_as_a_whole(fal: FalWire) -> None:
    fal.on("POST", ".*", sse(*[{"n": n} for n in range(50)], pause=0.05))

    with pytest.raises(ProviderTimeout):
        await events(timeout=0.4, idle=5)


# ── Questions about an order ──────────────────────────────────────────────────────────────────────────────────────────


async def test_an_unfinished_order_has_no_result_yet(fal: FalWire) -> None:
    waiting = Reply({"status": "IN_QUEUE", "queue_position": 10**9}, status=202)
    fal.on("GET", f"{ORDER}/status", waiting, Reply({"status": "IN_PROGRESS", "logs": None}, status=202))

    assert await client.result(APP, ID, timeout=5) is None
    assert await client.result(APP, ID, timeout=5) is None


async def test_a_finished_order_tells_what_is_billed_and_how_long_it_took(fal: FalWire) -> None:
    fal.on("GET", f"{ORDER}/status", completed())
    fal.on("GET", "/queue/fal-ai/flux/requests/[^/]*", Reply({"images": []}, headers={"x-fal-billable-units": "1.5"}))

    assert await client.result(APP, ID, timeout=5) == client.Output({"images": []}, 1.5, 1.5)


@pytest.mark.parametrize("units", ["nan", "inf", "-1", "-inf", "1e999", "one", ""])
async def test_units_that_cannot_be_counted_are_not_told(fal: FalWire, units: str) -> None:
    fal.on("GET", f"{ORDER}/status", completed())
    fal.on("GET", "/queue/fal-ai/flux/requests/[^/]*", Reply({"images": []}, headers={"x-fal-billable-units": units}))

    output = await client.result(APP, ID, timeout=5)
    assert output is not None and output.billable_units is None


@pytest.mark.parametrize(
    "status",
    [
        Reply({"status": "IN_PROGRESS"}),
        Reply({"status": "IN_QUEUE"}),
        Reply({"status": "SOMETHING_NEW"}),
        Reply(b"hello", content_type="text/plain"),
        Reply([]),
    ],
)
async def test_a_status_that_cannot_be_read_is_asked_again_later(fal: FalWire, status: Reply) -> None:
    fal.on("GET", ".*", status)

    with pytest.raises(ProviderBadAnswer):
        await client.result(APP, ID, timeout=5)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(drop=True), ProviderUnavailable),
        (Reply(status=429), ProviderBusy),
        (NGINX, ProviderUnavailable),
        (Reply({"status": "NOT_FOUND"}, status=404), ProviderResultGone),
    ],
)
async def test_a_failed_question_costs_nothing_and_is_not_repeated_here(
    fal: FalWire, reply: Reply, expected: type[ProviderError]
) -> None:
    fal.on("GET", ".*", reply)

    with pytest.raises(expected):
        await client.result(APP, ID, timeout=5)

    assert len(fal.requests) == 1


async def test_a_failed_order_has_failed_for_good(fal: FalWire) -> None:
    refused = {"detail": [{"loc": ["body", "prompt"], "type": "string_too_long", "msg": "m"}]}
    broken = {"detail": "x", "error_type": "runner_server_error"}
    fal.on("GET", f"{ORDER}/status", completed())
    fal.on("GET", "/queue/fal-ai/flux/requests/[^/]*", Reply(refused, status=422), Reply(broken, status=500))

    with pytest.raises(ProviderRejected):
        await client.result(APP, ID, timeout=5)
    with pytest.raises(ProviderError) as error:
        await client.result(APP, ID, timeout=5)
    assert not error.value.retryable


async def test_a_failure_is_known_from_the_status_when_the_result_has_gone(fal: FalWire) -> None:
    fal.on("GET", f"{ORDER}/status", completed(error="x", error_type="startup_timeout"))
    fal.on("GET", "/queue/fal-ai/flux/requests/[^/]*", Reply({"status": "NOT_FOUND"}, status=404))

    with pytest.raises(ProviderError) as error:
        await client.result(APP, ID, timeout=5)
    assert error.value.code == "PROVIDER_ERROR"
    assert error.value.details == {"reason": "startup_timeout"}


async def test_a_foreign_id_is_never_put_into_an_address(fal: FalWire) -> None:
    with pytest.raises(ProviderResultGone):
        await client.result(APP, "../../../x", timeout=5)

    assert not fal.requests


@pytest.mark.parametrize(
    ("reply", "taken"),
    [
        (Reply({"status": "CANCELLATION_REQUESTED"}, status=202), True),
        (Reply({"success": True}), True),
        (Reply({"status": "ALREADY_COMPLETED"}, status=400), False),
        (Reply({"status": "NOT_FOUND"}, status=404), False),
    ],
)
async def test_cancelling_says_whether_the_wish_was_taken(fal: FalWire, reply: Reply, taken: bool) -> None:
    fal.on("PUT", f"{ORDER}/cancel", reply)

    assert await client.cancel(APP, ID, timeout=5) is taken


async def test_cancelling_may_fail_like_any_question(fal: FalWire) -> None:
    fal.on("PUT", ".*", Reply(drop=True))

    with pytest.raises(ProviderUnavailable):
        await client.cancel(APP, ID, timeout=5)


# ── Clients and event loops ───────────────────────────────────────────────────────────────────────────────────────────


def test_every_event_loop_gets_a_client_of_its_own(fal: FalWire) -> None:
    fal.on("POST", ".*", Reply({"ok": True}))

    for _ in range(3):
        assert asyncio.run(run()).body == {"ok": True}


async def test_one_event_loop_keeps_its_connection(fal: FalWire) -> None:
    fal.on("POST", ".*", Reply({"ok": True}))

    for _ in range(3):
        await run()

    assert fal.connections == 1


async def test_concurrent_calls_keep_their_own_bills(fal: FalWire) -> None:
    for units in range(5):
        reply = Reply({"units": units}, headers={"x-fal-billable-units": str(units)}, pause=0.1 - units / 50)
        fal.on("POST", f"/run/app/{units}", reply)

    outputs = await asyncio.gather(*(client.run(f"app/{units}", {}, timeout=5) for units in range(5)))

    assert [(output.body["units"], output.billable_units) for output in outputs] == [(n, n) for n in range(5)]
