"""The translation, row by row: fact tables of fal's documentation, OpenRouter's, and httpx's own failures."""

from __future__ import annotations

import json
import logging
from typing import Any

import httpx
import pytest
from httpx_sse import SSEError

from common.errors import (
    ProviderAmbiguous,
    ProviderBadAnswer,
    ProviderBadMedia,
    ProviderBusy,
    ProviderError,
    ProviderMisconfigured,
    ProviderModerated,
    ProviderRejected,
    ProviderResultGone,
    ProviderTimeout,
    ProviderUnavailable,
)
from common.observability import logger
from common.providers.fal.errors import of_answer, of_in_band, of_outcome, of_payload, too_late, translate
from common.providers.fal.wire import Answered, Foreign, Hop, Lost, Unsent

FOR_GOOD = ProviderError
"""Nothing more precise: not retryable."""

LIST_FORM: dict[tuple[str, int], type[ProviderError]] = {
    ("internal_server_error", 500): ProviderUnavailable,
    ("generation_timeout", 504): ProviderTimeout,
    ("downstream_service_error", 400): ProviderUnavailable,
    ("downstream_service_error", 500): ProviderUnavailable,
    ("downstream_service_unavailable", 500): ProviderUnavailable,
    ("content_policy_violation", 422): ProviderModerated,
    ("no_media_generated", 422): ProviderRejected,
    ("image_too_small", 422): ProviderBadMedia,
    ("image_too_large", 422): ProviderBadMedia,
    ("image_load_error", 422): ProviderBadMedia,
    ("file_download_error", 422): ProviderBadMedia,
    ("face_detection_error", 422): ProviderBadMedia,
    ("file_too_large", 422): ProviderBadMedia,
    ("greater_than", 422): ProviderRejected,
    ("greater_than_equal", 422): ProviderRejected,
    ("less_than", 422): ProviderRejected,
    ("less_than_equal", 422): ProviderRejected,
    ("multiple_of", 422): ProviderRejected,
    ("sequence_too_short", 422): ProviderRejected,
    ("sequence_too_long", 422): ProviderRejected,
    ("one_of", 422): ProviderRejected,
    ("feature_not_supported", 422): ProviderRejected,
    ("invalid_archive", 422): ProviderBadMedia,
    ("archive_file_count_below_minimum", 422): ProviderBadMedia,
    ("archive_file_count_exceeds_maximum", 422): ProviderBadMedia,
    ("audio_duration_too_long", 422): ProviderBadMedia,
    ("audio_duration_too_short", 422): ProviderBadMedia,
    ("video_duration_too_long", 422): ProviderBadMedia,
    ("video_duration_too_short", 422): ProviderBadMedia,
    ("unsupported_audio_format", 422): ProviderBadMedia,
    ("unsupported_image_format", 422): ProviderBadMedia,
    ("unsupported_video_format", 422): ProviderBadMedia,
    ("missing", 422): ProviderRejected,
    ("string_type", 422): ProviderRejected,
    ("enum", 422): ProviderRejected,
    ("never_heard_of", 422): ProviderRejected,
    ("concurrent_requests_limit", 429): ProviderBusy,
}

FLAT_FORM: dict[tuple[str, int], type[ProviderError]] = {
    ("request_timeout", 504): ProviderTimeout,
    ("startup_timeout", 504): ProviderTimeout,
    ("runner_scheduling_failure", 503): ProviderUnavailable,
    ("runner_connection_timeout", 503): ProviderUnavailable,
    ("runner_disconnected", 503): ProviderUnavailable,
    ("runner_connection_refused", 503): ProviderUnavailable,
    ("runner_connection_error", 503): ProviderUnavailable,
    ("runner_incomplete_response", 502): ProviderUnavailable,
    ("runner_server_error", 500): ProviderUnavailable,
    ("internal_error", 500): ProviderUnavailable,
    ("client_disconnected", 499): FOR_GOOD,
    ("client_cancelled", 499): FOR_GOOD,
    ("bad_request", 400): ProviderRejected,
}

REFUSED_US = [
    (401, "No user found for Key ID and Secret"),
    (401, "Invalid Key Authorization header format. Expected '<key_id>:<key_secret>'."),
    (401, 'Cannot access application "owner/app"'),
    (402, "Payment required"),
    (403, "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing."),
    (403, "Forbidden"),
    (404, 'Application "x" not found'),
    (400, "User budget exceeded"),
    (429, "User is locked"),
]


def listed(kind: str, **more: Any) -> dict[str, Any]:
    entry = {"loc": ["body", "prompt"], "msg": "SECRET WORDS", "type": kind, "input": "SECRET WORDS", **more}
    return {"detail": [entry]}


def answered(status: int, body: Any, **headers: str) -> Answered:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answered(status, {name.replace("_", "-"): value for name, value in headers.items()}, content)


def of_hop(expected: type[ProviderError], status: int, hop: Hop) -> type[ProviderError]:
    """What it is to an order: a queue that failed over it may have taken it, one that is away (503) has not."""
    failed = expected in {ProviderUnavailable, ProviderTimeout} and status != 503
    return ProviderAmbiguous if failed and hop is Hop.SUBMIT else expected


@pytest.mark.parametrize("hop", Hop)
@pytest.mark.parametrize(("row", "expected"), LIST_FORM.items(), ids=str)
def test_model_errors(row: tuple[str, int], expected: type[ProviderError], hop: Hop) -> None:
    kind, status = row

    error = of_answer(answered(status, listed(kind)), hop)

    assert type(error) is of_hop(expected, status, hop)
    assert error.code == ProviderAmbiguous.code or error.details["reason"] == kind


@pytest.mark.parametrize("hop", Hop)
@pytest.mark.parametrize(("row", "expected"), FLAT_FORM.items(), ids=str)
def test_platform_errors(row: tuple[str, int], expected: type[ProviderError], hop: Hop) -> None:
    kind, status = row

    by_body = of_answer(answered(status, {"detail": "SECRET", "error_type": kind}), hop)
    by_header = of_answer(answered(status, {"detail": "SECRET"}, x_fal_error_type=kind), hop)

    assert type(by_body) is type(by_header) is of_hop(expected, status, hop)


@pytest.mark.parametrize(("status", "detail"), REFUSED_US)
def test_what_only_an_operator_can_mend_is_neutral_and_raises_the_alarm(
    status: int, detail: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []
    monkeypatch.setattr("common.providers.fal.errors.count", counted.append)

    error = of_answer(answered(status, {"detail": detail}), Hop.SUBMIT)

    assert type(error) is ProviderMisconfigured
    assert (error.status, error.retryable, error.details) == (503, False, {})
    assert error.message == "The models are not available at the moment"
    assert counted == ["ProviderMisconfigured"]


def test_words_about_money_in_an_input_error_are_the_inputs() -> None:
    assert type(of_answer(answered(422, {"detail": "the balance of the picture is off"}), Hop.RUN)) is ProviderRejected


@pytest.mark.parametrize(
    ("answer", "of_paid", "of_question"),
    [
        (answered(408, b""), ProviderUnavailable, ProviderUnavailable),
        (answered(409, b""), ProviderBusy, ProviderBusy),
        (answered(429, b""), ProviderBusy, ProviderBusy),
        (answered(302, b""), ProviderUnavailable, ProviderUnavailable),
        (answered(404, {"status": "NOT_FOUND"}), ProviderMisconfigured, ProviderResultGone),
        (answered(404, {"detail": 'Application "x" not found'}), ProviderMisconfigured, ProviderMisconfigured),
        (answered(500, b"oops"), ProviderAmbiguous, ProviderUnavailable),
        (answered(502, b"<html>nginx"), ProviderAmbiguous, ProviderUnavailable),
        (answered(504, b"<html>nginx"), ProviderAmbiguous, ProviderTimeout),
        (answered(503, b"<html>nginx"), ProviderUnavailable, ProviderUnavailable),
        (answered(500, b"", x_fal_request_id="1"), ProviderUnavailable, ProviderUnavailable),
        (answered(422, {"detail": "a sentence"}), ProviderRejected, ProviderRejected),
        (answered(422, b"\xff"), ProviderRejected, ProviderRejected),
        (answered(500, listed("internal_server_error"), x_fal_retryable="false"), FOR_GOOD, FOR_GOOD),
        (answered(500, listed("internal_server_error"), x_fal_needs_retry="0"), FOR_GOOD, FOR_GOOD),
        (
            answered(504, {"detail": ""}, x_fal_request_timeout_type="user", x_fal_request_id="1"),
            ProviderTimeout,
            ProviderTimeout,
        ),
    ],
)
def test_bare_statuses(answer: Answered, of_paid: type[ProviderError], of_question: type[ProviderError]) -> None:
    of_order = ProviderAmbiguous if answer.status in {500, 502, 504} else of_paid

    assert type(of_answer(answer, Hop.RUN)) is of_paid
    assert type(of_answer(answer, Hop.SUBMIT)) is of_order
    assert type(of_answer(answer, Hop.ASK)) is of_question


@pytest.mark.parametrize(
    ("error", "of_run", "of_submit", "of_ask"),
    [
        (Unsent(), ProviderUnavailable, ProviderUnavailable, ProviderUnavailable),
        (httpx.ConnectError(""), ProviderUnavailable, ProviderUnavailable, ProviderUnavailable),
        (httpx.ConnectTimeout(""), ProviderUnavailable, ProviderUnavailable, ProviderUnavailable),
        (httpx.PoolTimeout(""), ProviderUnavailable, ProviderUnavailable, ProviderUnavailable),
        (Lost(), ProviderAmbiguous, ProviderAmbiguous, ProviderUnavailable),
        (httpx.ReadTimeout(""), ProviderAmbiguous, ProviderAmbiguous, ProviderUnavailable),
        (httpx.ReadError(""), ProviderAmbiguous, ProviderAmbiguous, ProviderUnavailable),
        (httpx.WriteError(""), ProviderAmbiguous, ProviderAmbiguous, ProviderUnavailable),
        (httpx.RemoteProtocolError(""), ProviderAmbiguous, ProviderAmbiguous, ProviderUnavailable),
        (Foreign(), ProviderMisconfigured, ProviderMisconfigured, ProviderMisconfigured),
        (SSEError(""), ProviderBadAnswer, ProviderAmbiguous, ProviderBadAnswer),
        (json.JSONDecodeError("", "", 0), ProviderBadAnswer, ProviderAmbiguous, ProviderBadAnswer),
        (KeyError("request_id"), ProviderBadAnswer, ProviderAmbiguous, ProviderBadAnswer),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_failures_on_the_way(error: Exception, of_run: Any, of_submit: Any, of_ask: Any) -> None:
    assert [type(translate(error, hop)) for hop in (Hop.RUN, Hop.SUBMIT, Hop.ASK)] == [of_run, of_submit, of_ask]


@pytest.mark.parametrize("bug", [AttributeError(), AssertionError(), RuntimeError("Event loop is closed")])
def test_a_bug_is_not_dressed_up(bug: Exception) -> None:
    assert translate(bug, Hop.RUN) is None


def test_an_error_of_ours_stays_what_it_is() -> None:
    error = ProviderModerated("x")

    assert translate(error, Hop.SUBMIT) is error


def test_our_deadline() -> None:
    assert type(too_late(Hop.RUN, sent=True)) is ProviderTimeout
    assert type(too_late(Hop.ASK, sent=True)) is ProviderTimeout
    assert type(too_late(Hop.SUBMIT, sent=True)) is ProviderAmbiguous
    assert type(too_late(Hop.SUBMIT, sent=False)) is ProviderUnavailable


@pytest.mark.parametrize(("row", "expected"), {**LIST_FORM, **FLAT_FORM}.items(), ids=str)
def test_the_result_of_an_order_is_final(row: tuple[str, int], expected: type[ProviderError]) -> None:
    kind, status = row

    error = of_outcome(answered(status, listed(kind)))

    assert error.retryable is (status == 429)
    if not expected.retryable:
        assert type(error) is expected


@pytest.mark.parametrize(
    ("payload", "said", "expected"),
    [
        (listed("content_policy_violation"), "Invalid status code: 422", ProviderModerated),
        (listed("missing"), "", ProviderRejected),
        (listed("image_load_error"), "Invalid status code: 422", ProviderBadMedia),
        (listed("internal_server_error"), "Invalid status code: 500", FOR_GOOD),
        ({"detail": "a sentence"}, "Invalid status code: 422", ProviderRejected),
        ({"detail": "a sentence"}, "", FOR_GOOD),
        ({"detail": "", "error_type": "startup_timeout"}, "Invalid status code: 504", FOR_GOOD),
        ({}, "", FOR_GOOD),
        ({}, "Invalid status code: 429", FOR_GOOD),
    ],
)
def test_a_webhook_that_tells_a_failure(payload: dict[str, Any], said: str, expected: type[ProviderError]) -> None:
    error = of_payload(payload, said)

    assert type(error) is expected
    assert not error.retryable


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"code": 400, "message": "bad"}, ProviderRejected),
        ({"code": 400, "message": "x/y is not a valid model ID"}, ProviderUnavailable),
        ({"code": 404, "message": "No endpoints found for x/y."}, ProviderUnavailable),
        ({"code": 401, "message": "No auth"}, ProviderMisconfigured),
        ({"code": 402, "message": "Insufficient credits"}, ProviderMisconfigured),
        ({"code": 403, "message": "x", "metadata": {"reasons": ["violence"]}}, ProviderModerated),
        ({"code": 408, "message": "x"}, ProviderTimeout),
        ({"code": 429, "message": "x"}, ProviderBusy),
        ({"code": "429", "message": "x"}, ProviderBusy),
        ({"code": 502, "message": "x"}, ProviderUnavailable),
        ({"code": 503, "message": "x"}, ProviderUnavailable),
        ({"code": "server_error", "message": "x"}, ProviderUnavailable),
        ({"message": "x"}, ProviderUnavailable),
    ],
)
def test_errors_inside_an_answer(error: dict[str, Any], expected: type[ProviderError]) -> None:
    assert type(of_in_band(error)) is expected


def test_an_error_inside_an_answer_counts_whatever_the_status() -> None:
    flagged = {"error": {"code": 403, "message": "x", "metadata": {"reasons": ["violence"]}}}
    nameless = {"error": {"message": "x"}}

    assert type(of_answer(answered(403, flagged), Hop.RUN)) is ProviderModerated
    assert type(of_answer(answered(200, flagged), Hop.RUN)) is ProviderModerated
    assert type(of_answer(answered(429, nameless), Hop.RUN)) is ProviderBusy


def test_nothing_the_vendor_or_a_player_wrote_leaves_this_module(caplog: pytest.LogCaptureFixture) -> None:
    logger.addHandler(caplog.handler)
    caplog.set_level(logging.DEBUG)
    entry = listed("string_type", loc=["body", "messages", 0, "SECRET WORDS", "content"])
    entry["detail"].append({"loc": "SECRET", "type": "SECRET WORDS!", "msg": "SECRET"})
    answers = [
        answered(422, entry),
        answered(422, {"detail": [{"type": "SECRET WORDS"}]}),
        answered(403, {"detail": "User is locked. Reason: SECRET"}),
        answered(500, {"error": {"message": "SECRET", "code": "SECRET"}}),
    ]

    errors = [of_answer(answer, hop) for answer in answers for hop in Hop]

    shown = json.dumps([[error.message, error.details, str(error)] for error in errors])
    logged = json.dumps([record.__dict__ for record in caplog.records], default=str)
    assert "SECRET" not in shown + logged
    assert errors[0].details == {"reason": "string_type", "fields": ["messages.0.content"]}
