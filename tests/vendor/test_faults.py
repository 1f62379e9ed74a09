"""Everything that can go wrong between us and the vendor, over real sockets: what becomes of it, and who pays.

The tables follow the vendor's own errors and what networks do; a row says what a studio gets and how often the vendor
was asked for something that costs money.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from common.errors import MeddahError
from common.providers.choice import transcriber
from tests.support.money import a_request
from tests.vendor.world import SOUND, TENANT, Hasty, World
from voice.models import STTRequest
from voice.service import transcribe

pytestmark = pytest.mark.faults

KINDS = ("avatar", "tts")
COMPLETED = None
AMBIGUOUS, MISCONFIGURED = "PROVIDER_UNKNOWN_OUTCOME", "PROVIDER_MISCONFIGURED"
BUSY, UNAVAILABLE, TIMEOUT, BAD_ANSWER = (
    "PROVIDER_BUSY",
    "PROVIDER_UNAVAILABLE",
    "PROVIDER_TIMEOUT",
    "PROVIDER_BAD_ANSWER",
)
STATUS = {
    AMBIGUOUS: 502, BAD_ANSWER: 502, BUSY: 503, MISCONFIGURED: 503, TIMEOUT: 504, UNAVAILABLE: 502,
    "PROVIDER_ERROR": 502, "PROVIDER_MODERATED": 422, "PROVIDER_REJECTED": 422,
}  # fmt: skip
PATIENCE = 0.25
"""Seconds that workers wait for the vendor where it lets them wait."""


class Direct(NamedTuple):
    """A fault of a call whose answer is the result."""

    fault: str
    code: str
    """What it is called when every model has it."""
    passed_on: bool
    """Whether another model is asked."""
    options: Mapping[str, Any] = MappingProxyType({})

    def __str__(self) -> str:
        return self.fault


DIRECT = [
    Direct("busy", BUSY, passed_on=True),
    Direct("unavailable", UNAVAILABLE, passed_on=True),
    Direct("unavailable_nameless", UNAVAILABLE, passed_on=True),
    Direct("error_list", UNAVAILABLE, passed_on=True),
    Direct("error_flat", UNAVAILABLE, passed_on=True),
    Direct("timeout_user", TIMEOUT, passed_on=True),
    Direct("gateway_timeout", TIMEOUT, passed_on=True),
    Direct("redirect", UNAVAILABLE, passed_on=True),
    Direct("not_json", BAD_ANSWER, passed_on=True),
    Direct("runner_error", UNAVAILABLE, passed_on=True),
    Direct("drop", AMBIGUOUS, passed_on=False),
    Direct("drop", AMBIGUOUS, passed_on=False, options={"accepted": True}),
    Direct("cut", AMBIGUOUS, passed_on=False),
    Direct("bad_gateway", AMBIGUOUS, passed_on=False),
    Direct("unauthorized", MISCONFIGURED, passed_on=False),
    Direct("malformed_key", MISCONFIGURED, passed_on=False),
    Direct("no_access", MISCONFIGURED, passed_on=False),
    Direct("locked", MISCONFIGURED, passed_on=False),
    Direct("unknown_app", MISCONFIGURED, passed_on=False),
    Direct("moderated", "PROVIDER_MODERATED", passed_on=False),
    Direct("invalid", "PROVIDER_REJECTED", passed_on=False),
]
SLOW = [Direct("stall", TIMEOUT, passed_on=True), Direct("slow_body", TIMEOUT, passed_on=True, options={"seconds": 9})]
CHAT, HEARING = "openrouter/", ("freya-mypsdi253hbk/freya-stt", "fal-ai/wizper")


@pytest.fixture(scope="module")
def speaker(_everything: World) -> str:
    return _everything.character()


def script(here: World, row: Direct, *, path: str, times: int | None) -> None:
    here.fal.script(row.fault, what="run", path=path, times=times, **row.options)


# ── speak ────────────────────────────────────────────────────────────────────────────────────────────────────────────


IN_BAND = Direct("in_band_error", UNAVAILABLE, passed_on=True)


@pytest.mark.parametrize("row", [*DIRECT, IN_BAND], ids=str)
def test_speak_asks_the_next_model_or_says_what_is_wrong(here: World, speaker: str, row: Direct) -> None:
    script(here, row, path=CHAT, times=1)

    answer = here.speak(speaker, deadline=5.0)

    asked = here.models()
    if row.passed_on:
        assert answer.status_code == 200, answer.text
        # Another model, and then the moderating one; the receipt names the one that answered.
        assert len(asked) == 3
        assert asked[0] != asked[1] == answer.json()["usage"]["model"]
    else:
        assert (answer.status_code, answer.json()["error"]["code"]) == (STATUS[row.code], row.code)
        assert len(asked) == 1
    here.check_discretion(answer.text)


@pytest.mark.parametrize("row", [*DIRECT, IN_BAND], ids=str)
def test_speak_ends_when_every_model_has_been_asked_once(here: World, speaker: str, row: Direct) -> None:
    script(here, row, path=CHAT, times=None)

    answer = here.speak(speaker, deadline=5.0)

    asked = here.models()
    assert (answer.status_code, answer.json()["error"]["code"]) == (STATUS[row.code], row.code)
    assert len(asked) == len(set(asked)) == (3 if row.passed_on else 1)
    here.check_discretion(answer.text)


@pytest.mark.parametrize("row", SLOW, ids=str)
def test_speak_ends_at_its_deadline(here: World, speaker: str, row: Direct) -> None:
    script(here, row, path=CHAT, times=None)
    started = time.monotonic()

    answer = here.speak(speaker, deadline=1.4)

    assert time.monotonic() - started < 1.4 + 0.6
    assert (answer.status_code, answer.json()["error"]["code"]) == (504, TIMEOUT)
    assert len(here.models()) == len(set(here.models())) == 2
    here.check_discretion(answer.text)


def test_speak_leaves_a_model_that_does_not_answer_for_another(here: World, speaker: str) -> None:
    here.fal.script("stall", what="run", path=CHAT)

    answer = here.speak(speaker, deadline=3.0)

    assert answer.status_code == 200, answer.text
    assert len(here.models()) == 3


def test_what_moderation_cannot_judge_is_not_said(here: World, speaker: str) -> None:
    here.fal.script("locked", what="run", path=CHAT, skip=1)

    answer = here.speak(speaker, deadline=5.0)

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, MISCONFIGURED)
    assert len(here.models()) == 2
    here.check_discretion(answer.text)


# ── stt ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("row", DIRECT, ids=str)
def test_stt_asks_the_second_model_or_says_what_is_wrong(here: World, row: Direct) -> None:
    script(here, row, path=HEARING[0], times=1)

    answer = here.transcribe()

    asked = [entry.app for entry in here.posts("run")]
    if row.passed_on:
        assert answer.status_code == 200, answer.text
        assert answer.json()["usage"]["model"] == HEARING[1]
    else:
        assert (answer.status_code, answer.json()["error"]["code"]) == (STATUS[row.code], row.code)
    assert [app.startswith(model) for app, model in zip(asked, HEARING, strict=False)] == [True] * len(asked)
    assert len(asked) == (2 if row.passed_on else 1)
    here.check_discretion(answer.text)


@pytest.mark.parametrize("row", DIRECT, ids=str)
def test_stt_ends_when_both_models_have_been_asked_once(here: World, row: Direct) -> None:
    script(here, row, path="", times=None)

    answer = here.transcribe()

    assert (answer.status_code, answer.json()["error"]["code"]) == (STATUS[row.code], row.code)
    assert len(here.posts()) == (2 if row.passed_on else 1)
    here.check_discretion(answer.text)


@pytest.mark.parametrize("row", SLOW, ids=str)
def test_stt_ends_at_its_deadline(here: World, row: Direct) -> None:
    script(here, row, path="", times=None)
    started = time.monotonic()

    with pytest.raises(MeddahError) as raised:
        asyncio.run(
            transcribe(
                STTRequest(audio_base64=SOUND),
                transcriber=Hasty(transcriber(TENANT), 1.4),  # type: ignore[arg-type]
                spending=a_request(TENANT),
            )
        )

    assert time.monotonic() - started < 1.4 + 0.6
    assert (raised.value.status, raised.value.code) == (504, TIMEOUT)
    assert len(here.posts()) == 2
    here.check_discretion(raised.value.message)


# ── avatar and tts: the order ────────────────────────────────────────────────────────────────────────────────────────


class Ordering(NamedTuple):
    """A fault of the submission: how the job ends, how often the order went out and how often it was taken."""

    fault: str
    code: str | None
    posts: int
    taken: int = 1
    options: Mapping[str, Any] = MappingProxyType({})

    def __str__(self) -> str:
        return "-".join([self.fault, *self.options])


TAKEN = {"accepted": True}
ORDERING = [
    # Nothing was taken, and we know: it goes out again.
    Ordering("busy", COMPLETED, posts=2),
    Ordering("unavailable", COMPLETED, posts=2),
    Ordering("unavailable_nameless", COMPLETED, posts=2),
    Ordering("redirect", COMPLETED, posts=2),
    # Nobody knows: its webhook tells, or it ends as unknown.
    Ordering("drop", AMBIGUOUS, posts=1, taken=0),
    Ordering("drop", COMPLETED, posts=1, options=TAKEN),
    Ordering("stall", AMBIGUOUS, posts=1, taken=0),
    Ordering("stall", COMPLETED, posts=1, options=TAKEN),
    Ordering("cut", COMPLETED, posts=1),
    Ordering("slow_body", COMPLETED, posts=1, options={"seconds": 9}),
    Ordering("bad_gateway", AMBIGUOUS, posts=1, taken=0),
    Ordering("bad_gateway", COMPLETED, posts=1, options=TAKEN),
    Ordering("timeout_user", AMBIGUOUS, posts=1, taken=0),
    Ordering("gateway_timeout", AMBIGUOUS, posts=1, taken=0),
    Ordering("gateway_timeout", COMPLETED, posts=1, options=TAKEN),
    Ordering("error_list", AMBIGUOUS, posts=1, taken=0),
    Ordering("error_list", COMPLETED, posts=1, options=TAKEN),
    Ordering("error_flat", AMBIGUOUS, posts=1, taken=0),
    Ordering("error_flat", COMPLETED, posts=1, options=TAKEN),
    Ordering("not_json", AMBIGUOUS, posts=1, taken=0),
    Ordering("not_json", COMPLETED, posts=1, options=TAKEN),
    # Only our operator can mend it.
    Ordering("unauthorized", MISCONFIGURED, posts=1, taken=0),
    Ordering("malformed_key", MISCONFIGURED, posts=1, taken=0),
    Ordering("no_access", MISCONFIGURED, posts=1, taken=0),
    Ordering("locked", MISCONFIGURED, posts=1, taken=0),
    Ordering("unknown_app", MISCONFIGURED, posts=1, taken=0),
    # Odd, but an answer.
    Ordering("huge_position", COMPLETED, posts=1),
    Ordering("unknown_status", COMPLETED, posts=1),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("row", ORDERING, ids=str)
def test_an_order_is_sent_again_only_if_nothing_was_taken(here: World, kind: str, row: Ordering) -> None:
    here.fal.script(row.fault, what="submit", **row.options)
    here.hurry(PATIENCE)
    job_id = here.order(kind)
    started = time.monotonic()

    ended = here.see_through(job_id)

    assert (ended.code, ended.status) == (row.code, "completed" if row.code is COMPLETED else "failed")
    assert (len(here.posts()), here.taken(job_id)) == (row.posts, row.taken)
    assert time.monotonic() - started < PATIENCE + 3
    here.check_discretion(str(ended.job))


LASTING = [
    ("busy", BUSY),
    ("unavailable", UNAVAILABLE),
    ("unavailable_nameless", UNAVAILABLE),
    ("redirect", UNAVAILABLE),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("fault", "code"), LASTING)
def test_an_order_nobody_takes_ends_after_five_tries(here: World, kind: str, fault: str, code: str) -> None:
    here.fal.script(fault, what="submit", times=None)
    job_id = here.order(kind)

    ended = here.see_through(job_id)

    assert (ended.status, ended.code, ended.job["error"]["retryable"]) == ("failed", code, True)
    assert (len(here.posts()), here.taken(job_id)) == (5, 0)
    here.check_discretion(str(ended.job))


# ── avatar and tts: asking for the result ────────────────────────────────────────────────────────────────────────────

AGAIN = [
    ("busy", {}), ("unavailable_nameless", {}), ("bad_gateway", {}), ("redirect", {}), ("not_json", {}), ("drop", {}),
    ("cut", {}), ("stall", {}), ("slow_body", {"seconds": 9}),
]  # fmt: skip
"""Faults of a question, which is free: it is asked again."""
ASKING = [
    *(("status", fault, options, COMPLETED) for fault, options in AGAIN),
    ("status", "unavailable", {}, COMPLETED),
    ("status", "error_list", {}, COMPLETED),
    ("status", "error_flat", {}, COMPLETED),
    ("status", "gateway_timeout", {}, COMPLETED),
    ("status", "no_logs", {}, COMPLETED),
    ("status", "unknown_status", {}, COMPLETED),
    ("status", "huge_position", {}, COMPLETED),
    ("status", "unauthorized", {}, MISCONFIGURED),
    ("status", "locked", {}, MISCONFIGURED),
    ("status", "unknown_app", {}, MISCONFIGURED),
    *(("result", fault, options, COMPLETED) for fault, options in AGAIN if fault != "unavailable_nameless"),
    # These are the order's own: the vendor will not say anything else of it.
    ("result", "unavailable", {}, "PROVIDER_ERROR"),
    ("result", "error_list", {}, "PROVIDER_ERROR"),
    ("result", "error_flat", {}, "PROVIDER_ERROR"),
    ("result", "timeout_user", {}, "PROVIDER_ERROR"),
    ("result", "locked", {}, MISCONFIGURED),
    *(("media", fault, options, COMPLETED) for fault, options in AGAIN),
    ("media", "unavailable", {}, COMPLETED),
    ("media", "unknown_app", {}, "PROVIDER_RESULT_GONE"),
    ("media", "locked", {}, "PROVIDER_RESULT_GONE"),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("what", "fault", "options", "code"), ASKING)
def test_a_question_is_asked_again_and_nothing_else_is(
    here: World, kind: str, what: str, fault: str, options: dict[str, Any], code: str | None
) -> None:
    here.fal.script("webhook_lost")
    here.fal.script(fault, what=what, **options)
    here.hurry(PATIENCE)
    job_id = here.order(kind)

    ended = here.see_through(job_id)

    assert (ended.status, ended.code) == ("completed" if code is COMPLETED else "failed", code)
    assert (len(here.posts()), here.taken(job_id)) == (1, 1)
    assert not any("authorization" in entry.headers for entry in here.fal.ledger.find(host="media"))
    here.check_discretion(str(ended.job))


@pytest.mark.parametrize(
    ("what", "fault", "code"),
    [("status", "unknown_status", BAD_ANSWER), ("status", "no_logs", BAD_ANSWER), ("result", "drop", UNAVAILABLE),
     ("media", "bad_gateway", UNAVAILABLE), ("status", "busy", BUSY), ("result", "not_json", BAD_ANSWER)],
)  # fmt: skip
def test_questions_that_are_never_answered_end_the_job_after_five(
    here: World, what: str, fault: str, code: str
) -> None:
    here.fal.script("webhook_lost")
    here.fal.script(fault, what=what, times=None)
    job_id = here.order("tts")

    ended = here.see_through(job_id)

    assert (ended.status, ended.code) == ("failed", code)
    assert (len(here.posts()), here.taken(job_id)) == (1, 1)
    assert len(here.fal.ledger.find(what=what)) == 5
    here.check_discretion(str(ended.job))


# ── avatar and tts: what the model makes ─────────────────────────────────────────────────────────────────────────────

MAKING = [
    ("avatar", "nsfw", "PROVIDER_MODERATED"),
    ("avatar", "black", "PROVIDER_MODERATED"),
    ("avatar", "no_pictures", "PROVIDER_MODERATED"),
    *((kind, "moderated", "PROVIDER_MODERATED") for kind in KINDS),
    *((kind, "invalid", "PROVIDER_REJECTED") for kind in KINDS),
    *((kind, "model_error", "PROVIDER_ERROR") for kind in KINDS),
    *((kind, "runner_error", "PROVIDER_ERROR") for kind in KINDS),
    *((kind, "forgotten", "PROVIDER_RESULT_GONE") for kind in KINDS),
]


@pytest.mark.parametrize("told", ["by webhook", "when asked"])
@pytest.mark.parametrize(("kind", "fault", "code"), MAKING)
def test_what_the_model_refuses_is_final(here: World, kind: str, fault: str, code: str, told: str) -> None:
    here.fal.script(fault)
    if told == "when asked":
        here.fal.script("webhook_lost")
    job_id = here.order(kind)

    ended = here.see_through(job_id)

    assert (ended.status, ended.code, ended.job["error"]["retryable"]) == ("failed", code, False)
    assert (len(here.posts()), here.taken(job_id)) == (1, 1)
    assert here.deployment.s3.list_objects_v2(
        Bucket=here.deployment.settings.assets_bucket, Prefix=f"jobs/{TENANT}/{job_id}"
    )["KeyCount"] == 0  # fmt: skip
    here.check_discretion(str(ended.job))


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_that_is_gone_ends_the_job(here: World, kind: str) -> None:
    here.fal.script("expired")
    here.fal.script("webhook_null_payload")
    job_id = here.order(kind)

    ended = here.see_through(job_id)

    assert (ended.status, ended.code) == ("failed", "PROVIDER_RESULT_GONE")
    assert (len(here.posts()), here.taken(job_id)) == (1, 1)


# ── avatar and tts: webhooks ─────────────────────────────────────────────────────────────────────────────────────────


class Calling(NamedTuple):
    """A webhook: what we answer it, and whether the job needs the watcher to end."""

    fault: str
    answer: int
    by_itself: bool
    asked: int
    """How often the vendor is asked where the order stands."""
    options: Mapping[str, Any] = MappingProxyType({})

    def __str__(self) -> str:
        return self.fault or "OK"


CALLING = [
    Calling("", 202, by_itself=True, asked=0),
    Calling("webhook_null_payload", 202, by_itself=True, asked=1),
    Calling("webhook_duplicate", 202, by_itself=True, asked=0, options={"copies": 3}),
    Calling("webhook_late", 202, by_itself=True, asked=0, options={"seconds": 0.15}),
    Calling("webhook_early", 202, by_itself=True, asked=0),
    Calling("webhook_lost", 0, by_itself=False, asked=1),
    Calling("webhook_bad_signature", 401, by_itself=False, asked=1),
    Calling("webhook_stale", 401, by_itself=False, asked=1),
    Calling("webhook_wrong_user", 401, by_itself=False, asked=1),
    Calling("webhook_unsigned", 401, by_itself=False, asked=1),
    Calling("webhook_mismatched", 401, by_itself=False, asked=1),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("row", CALLING, ids=str)
def test_every_webhook_ends_in_one_finished_job(here: World, kind: str, row: Calling) -> None:
    if row.fault:
        here.fal.script(row.fault, **row.options)
    job_id = here.order(kind)

    ended = here.see_through(job_id)

    assert (ended.status, ended.looks == 0) == ("completed", row.by_itself)
    assert (len(here.posts()), here.taken(job_id)) == (1, 1)
    assert set(here.phone.answers) == ({row.answer} if row.answer else set())
    assert len(here.fal.ledger.find(what="status")) == row.asked
    here.check_discretion(str(ended.job))


@pytest.mark.parametrize("kind", KINDS)
def test_a_webhook_may_finish_the_job_before_the_worker_has_stored_its_id(here: World, kind: str) -> None:
    here.fal.script("webhook_early")
    here.phone.meanwhile = lambda: assert_finished(here, job_id)
    job_id = here.order(kind)

    ended = here.see_through(job_id)

    assert (ended.status, ended.looks) == ("completed", 0)
    assert here.phone.answers == [202]
    assert (len(here.posts()), here.taken(job_id)) == (1, 1)
    here.check_discretion()


def assert_finished(here: World, job_id: str) -> None:
    here.drain("finish")
    assert here.job(job_id)["status"] == "completed"


@pytest.mark.parametrize("kind", KINDS)
def test_a_webhook_that_comes_after_the_watcher_has_asked_changes_nothing(here: World, kind: str) -> None:
    here.fal.script("webhook_late", seconds=0.5)
    job_id = here.order(kind)
    here.drain()
    while not all(job.outcome for job in here.fal.queue.jobs.values()):
        time.sleep(0.01)
    here.look(250)
    here.drain()
    before = here.job(job_id)
    assert before["status"] == "completed"

    ended = here.see_through(job_id)

    assert here.phone.answers == [202]
    assert unsigned(ended.job) == unsigned(before)
    assert (len(here.posts()), here.taken(job_id)) == (1, 1)


def unsigned(job: dict[str, Any]) -> dict[str, Any]:
    """A job without the address of its file, which is signed anew at every look."""
    return {**job, "result": {name: value for name, value in job["result"].items() if not name.endswith("_url")}}


@pytest.mark.parametrize("kind", KINDS)
def test_a_redirected_webhook_is_lost_and_the_job_is_not(here: World, kind: str) -> None:
    here.phone.redirects = True
    job_id = here.order(kind)

    ended = here.see_through(job_id)

    assert (ended.status, ended.looks) == ("completed", 1)
    assert here.phone.elsewhere == ["/v1/vendor/fal"]
    assert (len(here.posts()), here.taken(job_id)) == (1, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_cancelled_job_is_cancelled_at_the_vendor_and_its_webhook_changes_nothing(here: World, kind: str) -> None:
    here.fal.script("held")
    job_id = here.order(kind)
    here.drain()

    answer = here.cancel(job_id)

    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert here.see_through(job_id).status == "cancelled"
    assert [job.cancelled for job in here.fal.queue.jobs.values()] == [True]
    assert here.phone.answers == [202]
    assert (len(here.posts()), here.taken(job_id)) == (1, 1)
    assert here.fal.ledger.charges == []
    here.check_discretion(answer.text)


@pytest.mark.parametrize("told", ["by webhook", "when asked"])
def test_a_cancelled_job_that_its_vendor_finishes_all_the_same_is_charged_once(here: World, told: str) -> None:
    here.fal.script("uncancellable")
    here.fal.script("held")
    here.fal.script("webhook_duplicate", copies=2)
    if told == "when asked":
        here.fal.script("webhook_null_payload")
    job_id = here.order("avatar")
    here.drain()
    assert here.cancel(job_id).json()["usage"]["cost_microusd"] == 0
    (request_id,) = here.fal.queue.jobs
    here.fal.release(request_id)

    ended = here.see_through(job_id)

    assert ended.status == "cancelled"
    assert ended.job["usage"]["cost_microusd"] == here.fal.ledger.microusd() > 0
    assert here.phone.answers == [202, 202]
    here.check_discretion(str(ended.job))


def test_a_job_that_its_vendor_had_ended_before_it_was_cancelled_costs_what_the_vendor_charges(here: World) -> None:
    for fault in ("webhook_lost", "black", "model_error"):
        here.fal.reset()
        here.fal.script("webhook_lost")
        if fault != "webhook_lost":
            here.fal.script(fault)
        job_id = here.order("avatar")
        here.settle()

        answer = here.cancel(job_id)

        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
        assert answer.json()["usage"]["cost_microusd"] == here.fal.ledger.microusd()
        assert (here.fal.ledger.microusd() > 0) == (fault != "model_error")
        here.check_discretion(answer.text)
        here.see_through(job_id)
