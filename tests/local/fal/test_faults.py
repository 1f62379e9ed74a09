"""Faults on demand, and that each strikes only where and as often as it was told to."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from typing import Any

import httpx
import pytest

from local.fal import misbehaviour
from local.fal.script import FAULTS, WIRE
from local.fal.stand_in import FalStandIn
from tests.local.fal.conftest import Connect

DEV = "fal-ai/flux/dev"
CHAT = "openrouter/router/openai/v1/chat/completions"
ORDER = {"prompt": "kale", "image_size": {"width": 64, "height": 64}, "seed": 7}
TALK: dict[str, Any] = {
    "model": "google/gemini-2.5-flash",
    "messages": [{"role": "user", "content": "Günaydın, çay içer misin?"}],
}


def post(stand_in: FalStandIn, host: str, path: str, body: Any, **options: Any) -> httpx.Response:
    headers = {"Authorization": "Key id:secret"}
    with httpx.Client(timeout=options.pop("timeout", 5)) as http:
        return http.post(f"{stand_in.urls[host]}/{path}", json=body, headers=headers, **options)


@pytest.mark.parametrize(
    ("fault", "status", "told", "headers"),
    [
        ("busy", 429, "concurrent_requests_limit", {"x-fal-needs-retry": "1"}),
        ("locked", 403, "User is locked. Reason: Exhausted balance", {}),
        ("unauthorized", 401, "No user found for Key ID and Secret", {}),
        ("unknown_app", 404, 'Application \\"fal-ai/gone\\" not found', {}),
        ("unavailable", 503, "runner_scheduling_failure", {"x-fal-error-type": "runner_scheduling_failure"}),
        ("unavailable_nameless", 503, "runner_scheduling_failure", {}),
        ("bad_gateway", 502, "nginx", {}),
        ("timeout_user", 504, "request_timeout", {"x-fal-request-timeout-type": "user"}),
        ("error_list", 500, "internal_server_error", {"x-fal-retryable": "true"}),
        ("error_flat", 500, "runner_server_error", {}),
        ("not_json", 200, "OK", {}),
        ("redirect", 307, "", {"location": "http://127.0.0.1:9/"}),
    ],
)
def test_answers_that_are_errors(
    stand_in: FalStandIn, fault: str, status: int, told: str, headers: dict[str, str]
) -> None:
    stand_in.script(fault, what="submit")
    answer = post(stand_in, "queue", DEV, ORDER)

    assert answer.status_code == status and told in answer.text
    assert headers.items() <= dict(answer.headers).items()
    assert ("x-fal-request-id" in answer.headers) == (
        fault in {"unavailable", "timeout_user", "error_list", "error_flat"}
    )
    assert stand_in.ledger.submissions == []
    assert post(stand_in, "queue", DEV, ORDER).status_code == 200


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.parametrize("fault", ["drop", "stall"])
def test_connections_that_break_before_or_after_the_job_was_taken(
    stand_in: FalStandIn, fault: str, accepted: bool
) -> None:
    stand_in.script(fault, what="submit", accepted=accepted)
    with pytest.raises(httpx.TransportError):
        post(stand_in, "queue", DEV, ORDER, timeout=0.3)
    stand_in.settle()

    assert stand_in.ledger.by_app()[DEV] == len(stand_in.ledger.charges) == int(accepted)
    assert len(stand_in.ledger.find(method="POST")) == 1


def test_a_rule_lets_some_pass_and_strikes_so_often(stand_in: FalStandIn) -> None:
    rule = stand_in.script("locked", host="run", path="openrouter/", times=2, skip=1)

    answers = [post(stand_in, "run", CHAT, TALK).status_code for _ in range(4)]
    assert post(stand_in, "run", DEV, ORDER).status_code == 200
    assert (answers, rule.used) == ([200, 403, 403, 200], 2)


def test_an_unknown_fault_is_an_error_of_the_test(stand_in: FalStandIn) -> None:
    with pytest.raises(ValueError, match="no fault is called 'explode'"):
        stand_in.script("explode")


def test_statuses_out_of_shape(stand_in: FalStandIn) -> None:
    stand_in.script("held")
    for fault in ("no_logs", "unknown_status", "huge_position"):
        stand_in.script(fault, what="status")
    url = post(stand_in, "queue", DEV, ORDER).json()["status_url"]
    time.sleep(0.1)

    headers = {"Authorization": "Key id:secret"}
    logless, unheard_of, far_back = [httpx.get(url, headers=headers).json() for _ in range(3)]
    assert "logs" not in logless and logless["status"] == "IN_PROGRESS"
    assert unheard_of["status"] == "PONDERING"
    assert (far_back["status"], far_back["queue_position"]) == ("IN_QUEUE", 12_000)


def test_what_a_model_may_do_instead(stand_in: FalStandIn) -> None:
    stand_in.script("moderated")
    stand_in.script("nsfw")
    stand_in.script("no_pictures")

    moderated, flagged, nothing = [post(stand_in, "run", DEV, ORDER) for _ in range(3)]

    assert moderated.status_code == 422
    assert moderated.json()["detail"][0]["type"] == "content_policy_violation"
    assert flagged.json()["has_nsfw_concepts"] == [True]
    assert nothing.json()["images"] == []


@pytest.mark.parametrize("fault", ["crlf", "comments", "event_names", "split"])
async def test_framings_that_a_client_must_bear(stand_in: FalStandIn, connect: Connect, fault: str) -> None:
    arguments = {"model": "google/gemini-2.5-flash", "prompt": "Günaydın, çay içer misin?"}
    stand_in.script(fault, path="openrouter/router/stream", **({"bytes": 7} if fault == "split" else {}))

    async with connect() as fal:
        events = [event async for event in fal.stream("openrouter/router", arguments)]

    assert [event["partial"] for event in events] == [True] * (len(events) - 1) + [False]
    assert events[0]["output"] and events[-1]["output"].startswith(events[0]["output"])
    assert events[-1]["usage"]["completion_tokens"] > 0


def test_characters_are_split_between_two_writes(stand_in: FalStandIn) -> None:
    stand_in.script("split")
    with (
        httpx.Client() as http,
        http.stream(
            "POST",
            f"{stand_in.urls['run']}/{CHAT}",
            json={**TALK, "stream": True},
            headers={"Authorization": "Key a:b"},
        ) as answer,
    ):
        chunks = list(answer.iter_raw())

    assert any(0x80 <= chunk[0] < 0xC0 for chunk in chunks)
    assert "data: [DONE]" in b"".join(chunks).decode()


def test_a_stream_is_cut(stand_in: FalStandIn) -> None:
    stand_in.script("cut", after=2)
    received: list[bytes] = []

    def read() -> None:
        headers = {"Authorization": "Key a:b"}
        body = {**TALK, "stream": True}
        with (
            httpx.Client() as http,
            http.stream("POST", f"{stand_in.urls['run']}/{CHAT}", json=body, headers=headers) as it,
        ):
            for chunk in it.iter_raw():
                received.append(chunk)  # noqa: PERF402 - what arrives before the cut is kept

    with pytest.raises(httpx.RemoteProtocolError):
        read()
    assert b"".join(received).count(b"data: ") == 2


def test_errors_in_band(stand_in: FalStandIn) -> None:
    stand_in.script("in_band_error", times=2)

    whole = post(stand_in, "run", CHAT, TALK)
    stream = post(stand_in, "run", CHAT, {**TALK, "stream": True})

    assert (whole.status_code, whole.json()["error"]["code"]) == (200, 502)
    assert stream.status_code == 200 and '"finish_reason": "error"' in stream.text and "[DONE]" not in stream.text


@pytest.mark.parametrize(
    ("fault", "finish"), [("filtered", "content_filter"), ("silent", "stop"), ("unfinished", "error")]
)
def test_answers_that_cannot_be_used_are_paid_for(stand_in: FalStandIn, fault: str, finish: str) -> None:
    stand_in.script(fault, times=2)

    [choice] = post(stand_in, "run", CHAT, TALK).json()["choices"]
    stream = post(stand_in, "run", CHAT, {**TALK, "stream": True}).text
    [sound] = post(stand_in, "run", CHAT, TALK).json()["choices"]

    assert choice["finish_reason"] == finish and f'"finish_reason": "{finish}"' in stream
    assert sound["message"]["content"].startswith(choice["message"]["content"]) and choice != sound
    assert [charge.microusd > 0 for charge in stand_in.ledger.charges] == [True] * 3


def test_errors_in_band_can_be_paid_for(stand_in: FalStandIn) -> None:
    stand_in.script("in_band_error", times=2, paid=True)

    whole = post(stand_in, "run", CHAT, TALK).json()
    post(stand_in, "run", CHAT, {**TALK, "stream": True})

    assert whole["error"] and whole["usage"]["cost"] > 0
    assert [charge.microusd > 0 for charge in stand_in.ledger.charges] == [True] * 2


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("fault", "options"), [("cut", {}), ("drop", {"accepted": True}), ("bad_gateway", {"accepted": True})]
)
def test_an_answer_that_does_not_arrive_is_not_charged(
    stand_in: FalStandIn, fault: str, options: dict[str, Any], stream: bool
) -> None:
    stand_in.script(fault, **options)
    with contextlib.suppress(httpx.TransportError):
        post(stand_in, "run", CHAT, {**TALK, "stream": stream})
    time.sleep(0.1)

    assert len(stand_in.ledger.submissions) == 1
    assert stand_in.ledger.charges == []


def test_a_client_that_does_not_wait_is_not_charged(stand_in: FalStandIn) -> None:
    stand_in.script("latency", seconds=0.4)
    with pytest.raises(httpx.ReadTimeout):
        post(stand_in, "run", CHAT, TALK, timeout=0.1)
    time.sleep(0.5)

    assert stand_in.ledger.charges == []


def test_a_slow_body_and_a_cut_one(stand_in: FalStandIn) -> None:
    stand_in.script("slow_body", seconds=0.2)
    stand_in.script("cut", skip=1)

    started = time.perf_counter()
    assert post(stand_in, "run", CHAT, TALK).json()["choices"]
    assert time.perf_counter() - started > 0.2
    with pytest.raises(httpx.RemoteProtocolError):
        post(stand_in, "run", CHAT, TALK)


def test_another_process_scripts_and_reads_through_the_control_port() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "local.fal"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdin and process.stdout
        told = json.loads(process.stdout.readline())
        control, run = told["urls"]["control"], told["urls"]["run"]
        headers = {"Authorization": f"Key {told['variables']['FAL_KEY']}"}
        with httpx.Client() as http:
            http.post(f"{control}/settings", json={"latency": {"chat": 0}}).raise_for_status()
            http.post(f"{control}/script", json={"fault": "busy", "path": CHAT}).raise_for_status()
            assert http.post(f"{control}/script", json={"fault": "explode"}).status_code == 400
            assert [http.post(f"{run}/{CHAT}", json=TALK, headers=headers).status_code for _ in range(2)] == [429, 200]
            assert http.get(f"{control}/counts").json()["by_app"] == {CHAT: 1}
            requests = http.get(f"{control}/requests", params={"what": "run"}).json()
            assert [(one["status"], one["faults"]) for one in requests] == [(429, ["busy"]), (200, [])]
            assert http.get(f"{control}/bill").json()["microusd"] > 0
            http.post(f"{control}/reset").raise_for_status()
            assert http.get(f"{control}/requests").json() == []
        started = time.perf_counter()
        process.stdin.close()
        assert process.wait(5) == 0
        assert time.perf_counter() - started < 2
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_every_fault_has_one_home() -> None:
    homes = set(misbehaviour._FIXED) | set(misbehaviour._STREAMS) | set(misbehaviour._CHANGES) | {"stall", "drop"}
    assert homes == WIRE and WIRE < FAULTS
