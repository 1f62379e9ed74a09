"""Faults on demand: what a test key's request demands happens once, as a live vendor would fail, and to nobody else."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest

from common.config import ModerationStrictness, TenantConfig
from common.errors import InvalidInput, ProviderBusy, ProviderError, ProviderModerated, ProviderTimeout
from common.faults import (
    Demand,
    Fault,
    FaultyChatModel,
    FaultySpeechSynthesizer,
    carried,
    demand_in,
    demanded,
    fault_to_carry,
)
from common.keys import Mode
from common.providers import ChatRequest, Message, Purpose, SpeechOrder
from common.providers.sandbox.media import SandboxSpeechSynthesizer
from common.tenancy import Tenant
from tests.support.deployment import Deployment
from tests.support.house import House, new_test_key
from tests.support.http import ALICE
from tests.support.models import ScriptedModel

TESTER = Tenant(tenant_id="acme.test", name="Acme", mode=Mode.TEST)
ANSWERS = {
    "timeout": (504, "PROVIDER_TIMEOUT", True),
    "busy": (503, "PROVIDER_BUSY", True),
    "moderated": (422, "PROVIDER_MODERATED", False),
    "provider_error": (502, "PROVIDER_ERROR", False),
}
ERRORS = {
    "timeout": ProviderTimeout,
    "busy": ProviderBusy,
    "moderated": ProviderModerated,
    "provider_error": ProviderError,
}
every_fault = pytest.mark.parametrize("fault", ANSWERS)

# ── What is demanded ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_there_is_an_answer_for_every_fault() -> None:
    assert set(ANSWERS) == set(ERRORS) == set(Fault)


@every_fault
def test_a_test_key_may_demand_a_fault(fault: str) -> None:
    assert demand_in([fault], TESTER) == Demand(Fault(fault), judged=True)


def test_nothing_is_demanded_without_the_header() -> None:
    live = Tenant(tenant_id="acme", name="Acme")

    assert demand_in([], TESTER) is demand_in([], live) is None


@pytest.mark.parametrize(
    "values", [["Timeout"], [""], ["timeout "], ["timeout,busy"], ["timeout", "busy"], ["x" * 9_000]]
)
def test_what_is_no_fault_is_refused(values: list[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        demand_in(values, TESTER)

    (problem,) = refused.value.details["errors"]
    assert problem["field"] == "X-Meddah-Fault"
    assert all(fault in problem["reason"] for fault in Fault)


def test_a_live_key_demands_nothing() -> None:
    with pytest.raises(InvalidInput) as refused:
        demand_in(["timeout"], Tenant(tenant_id="acme", name="Acme"))

    assert refused.value.details["errors"][0]["field"] == "X-Meddah-Fault"


# ── It happens once, where it was demanded ───────────────────────────────────────────────────────────────────────────


def asked(purpose: Purpose = Purpose.ACTING_PROMPT) -> ChatRequest:
    return ChatRequest(purpose, [Message("system", "…")])


@every_fault
async def test_the_next_call_fails_and_the_one_after_it_does_not(fault: str) -> None:
    model = FaultyChatModel(ScriptedModel())

    with demanded(Demand(Fault(fault))):
        with pytest.raises(ERRORS[fault]) as failed:
            await model.complete(asked(), timeout=1)
        answer = await model.complete(asked(), timeout=1)

    assert type(failed.value) is ERRORS[fault]
    assert answer.text and not failed.value.usages


async def test_outside_of_the_request_nothing_fails() -> None:
    model = FaultyChatModel(ScriptedModel())

    with demanded(Demand(Fault.TIMEOUT)):
        pass
    with demanded(None):
        assert (await model.complete(asked(), timeout=1)).text
    assert (await model.complete(asked(), timeout=1)).text


async def test_of_calls_in_parallel_one_fails() -> None:
    model = FaultyChatModel(ScriptedModel())

    with demanded(Demand(Fault.BUSY)):
        calls = [model.complete(asked(), timeout=1) for _ in range(5)]
        found = await asyncio.gather(*calls, return_exceptions=True)

    assert [type(one) for one in found].count(ProviderBusy) == 1


async def test_of_requests_at_the_same_time_each_has_its_own_fault() -> None:
    model = FaultyChatModel(ScriptedModel())

    async def request(fault: Fault | None) -> str:
        with demanded(Demand(fault) if fault else None):
            await asyncio.sleep(0.01)
            try:
                await model.complete(asked(), timeout=1)
            except ProviderError as error:
                return error.code
            return "well"

    found = await asyncio.gather(*map(request, [Fault.TIMEOUT, None, Fault.BUSY]))
    assert found == ["PROVIDER_TIMEOUT", "well", "PROVIDER_BUSY"]


def test_a_job_carries_what_has_not_happened() -> None:
    assert fault_to_carry() is carried(None) is None
    with demanded(Demand(Fault.BUSY)):
        assert fault_to_carry() == "busy"
    with demanded(Demand(Fault.BUSY, happened=True)):
        assert fault_to_carry() is None
    assert carried("busy") == Demand(Fault.BUSY)


@every_fault
async def test_a_stream_fails_before_its_first_piece(fault: str) -> None:
    order = SpeechOrder(text="Merhaba.", voice="alloy", speed=1.0, response_format="pcm")
    stream = FaultySpeechSynthesizer(SandboxSpeechSynthesizer()).stream(order, timeout=1)

    with demanded(Demand(Fault(fault))), pytest.raises(ERRORS[fault]):
        await anext(stream)


# ── Over HTTP ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def house(deployment: Deployment) -> House:
    return House(deployment, new_test_key())


async def a_character(house: House) -> str:
    made = await house.post("/v1/characters", system_prompt="Ben ozanım.")
    assert made.status_code == 201, made.text
    return f"/v1/characters/{made.json()['id']}"


def failed(answer: Any) -> tuple[int, str, bool]:
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "details", "retryable", "request_id"}
    assert error["details"] == {"reason": "fault_on_demand"}
    return answer.status_code, error["code"], error["retryable"]


@pytest.mark.parametrize("fault", ["timeout", "busy", "provider_error"])
async def test_speak_fails_as_demanded_and_the_next_one_does_not(house: House, fault: str) -> None:
    character = await a_character(house)

    answer = await house.post(f"{character}/speak", fault=fault, message="Selam!")
    assert failed(answer) == ANSWERS[fault]
    assert ("Retry-After" in answer.headers) is (fault == "busy")
    assert (await house.get(f"{character}/memory")).json()["total"] == 0
    assert (await house.post(f"{character}/speak", message="Selam!")).status_code == 200


async def test_a_moderated_reply_is_withheld(house: House) -> None:
    character = await a_character(house)
    plain = (await house.post(f"{character}/speak", message="Selam!")).json()
    withheld = (await house.post(f"{character}/speak", fault="moderated", message="Selam!")).json()

    assert plain["moderation"]["passed"] is True
    judged = withheld["moderation"]
    assert (judged["passed"], judged["regenerated"]) == (False, True)
    assert judged["reason"] == "Denetim bu yanıtı geçirmedi."
    assert withheld["message"] not in {"", plain["message"]}


async def test_where_no_model_moderates_the_writing_ones_own_filter_refuses(house: House) -> None:
    character = await a_character(house)
    changed = await house.request("PATCH", "/v1/config", json={"moderation_strictness": "words_only"})
    assert changed.status_code == 200, changed.text
    from common.tenancy import tenants  # noqa: PLC0415

    tenants.cache_clear()

    assert failed(await house.post(f"{character}/speak", fault="moderated", message="Selam!")) == ANSWERS["moderated"]


@every_fault
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("{character}/react", {"message": "Köprüde bir yabancı var!"}),
        ("/v1/characters", {"name": "Mirra"}),
        ("/v1/worlds", {"prompt": "Sisli bir ada."}),
    ],
)
async def test_whatever_a_model_writes_fails_as_demanded(
    house: House, path: str, body: dict[str, Any], fault: str
) -> None:
    character = await a_character(house)

    assert failed(await house.post(path.format(character=character), fault=fault, **body)) == ANSWERS[fault]


async def test_of_a_batch_one_fails(house: House) -> None:
    answer = await house.post("/v1/characters/batch", fault="busy", count=3)

    assert answer.status_code == 201, answer.text
    assert [one["code"] for one in answer.json()["failed"]] == ["PROVIDER_BUSY"]
    assert len(answer.json()["created"]) == 2


PICTURE = {"description": "Kızıl saçlı bir şifacı.", "width": 256, "height": 256, "seed": 7}
SPOKEN = {"text": "Kapıyı aç.", "response_format": "wav"}


@every_fault
@pytest.mark.parametrize(("path", "order"), [("/v1/images/avatar", PICTURE), ("/v1/voice/tts", SPOKEN)])
async def test_a_job_fails_at_its_workers_at_once(house: House, path: str, order: dict[str, Any], fault: str) -> None:
    job = await house.job(await house.post(path, fault=fault, **order))

    status, code, retryable = ANSWERS[fault]
    assert (job["status"], job["result"]) == ("failed", None)
    assert (job["error"]["code"], job["error"]["retryable"]) == (code, retryable)
    assert job["error"]["details"] == {"reason": "fault_on_demand"}
    assert job["usage"]["cost_microusd"] == 0
    assert house.failed_deliveries == 0, "it is not tried again"
    assert ERRORS[fault].status == status


@pytest.mark.parametrize(("path", "order"), [("/v1/images/avatar", PICTURE), ("/v1/voice/tts", SPOKEN)])
async def test_a_job_that_is_to_fail_is_made_whatever_was_made_before(
    house: House, path: str, order: dict[str, Any]
) -> None:
    before = await house.job(await house.post(path, **order))
    spoilt = await house.job(await house.post(path, fault="timeout", **order))
    after = await house.job(await house.post(path, **order))

    assert [job["status"] for job in (before, spoilt, after)] == ["completed", "failed", "completed"]


@every_fault
async def test_hearing_fails_as_demanded(house: House, fault: str) -> None:
    job = await house.job(await house.post("/v1/voice/tts", **SPOKEN))
    sound = await house.file(job["job_id"])
    body = {"audio_base64": base64.b64encode(sound).decode()}

    assert failed(await house.post("/v1/voice/stt", fault=fault, **body)) == ANSWERS[fault]
    assert (await house.post("/v1/voice/stt", **body)).json()["text"] == SPOKEN["text"]


async def test_what_asks_no_model_does_not_fail(house: House) -> None:
    assert (await house.request("GET", "/v1/worlds", headers={"X-Meddah-Fault": "busy"})).status_code == 200


@pytest.mark.parametrize("path", ["/v1/images/avatar", "/v1/voice/tts", "/v1/worlds", "/v1/characters"])
async def test_a_live_key_is_told_that_the_header_is_not_for_it(house: House, path: str) -> None:
    answer = await house.with_key(ALICE).post(path, fault="timeout")

    assert answer.status_code == 422
    assert answer.json()["error"]["details"]["errors"][0]["field"] == "X-Meddah-Fault"


async def test_an_unknown_fault_is_named_and_nothing_is_done(house: House) -> None:
    answer = await house.post("/v1/images/avatar", fault="earthquake", **PICTURE)

    assert answer.status_code == 422
    assert answer.json()["error"]["details"]["errors"][0]["field"] == "X-Meddah-Fault"
    assert (await house.get("/v1/jobs")).json()["items"] == []


def test_strictness_is_what_the_test_keys_see() -> None:
    config = TenantConfig(moderation_strictness=ModerationStrictness.WORDS_ONLY)
    tester = Tenant(tenant_id="acme.test", name="Acme", mode=Mode.TEST, config=config)

    assert demand_in(["moderated"], tester) == Demand(Fault.MODERATED, judged=False)
