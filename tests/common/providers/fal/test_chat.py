"""The language models: roles, the next model's turn, streams, and what an answer cost."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from common.errors import (
    ProviderAmbiguous,
    ProviderBadAnswer,
    ProviderBusy,
    ProviderError,
    ProviderMisconfigured,
    ProviderModerated,
    ProviderTimeout,
    ProviderUnavailable,
)
from common.providers import ChatModel, ChatRequest, Message, Purpose, Usage
from common.providers.fal.chat import FalChatModel
from common.providers.fal.models import models
from tests.support.fal_wire import FalWire, Reply, sse

PATH = "/run/openrouter/router/openai/v1/chat/completions"
SPEECH = ChatRequest(Purpose.SPEECH, [Message("system", "Sen bir şifacısın."), Message("user", "Selam")], 50, 0.7)
FIRST, SECOND, THIRD = models().chat.of(Purpose.SPEECH)


def answer(text: str | None = "Hoş geldin.", **more: Any) -> Reply:
    choice = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return Reply({"choices": [choice], "usage": {"prompt_tokens": 12, "completion_tokens": 4}, **more})


def delta(text: str | None = None, **choice: Any) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": text} if text is not None else {}, **choice}]}


async def complete(request: ChatRequest = SPEECH, timeout: float = 5.0) -> tuple[str, Usage]:
    model: ChatModel = FalChatModel()
    completion = await model.complete(request, timeout=timeout)
    return completion.text, completion.usage


async def stream(heard: list[Any], timeout: float = 5.0) -> None:
    async for piece in FalChatModel().stream(SPEECH, timeout=timeout):
        heard.append(piece)  # noqa: PERF401 - what was heard before a failure counts


def asked(fal: FalWire) -> list[str]:
    return [request.json()["model"] for request in fal.sent()]


async def test_the_whole_conversation_is_sent_in_openais_form(fal: FalWire) -> None:
    fal.on("POST", PATH, answer())

    text, usage = await complete()

    assert text == "Hoş geldin."
    assert (usage.model, usage.input_tokens, usage.output_tokens) == (FIRST, 12, 4)
    assert fal.requests[0].json() == {
        "model": FIRST,
        "messages": [{"role": "system", "content": "Sen bir şifacısın."}, {"role": "user", "content": "Selam"}],
        "max_tokens": 50,
        "temperature": 0.7,
        "usage": {"include": True},
    }


@pytest.mark.parametrize("purpose", Purpose)
def test_every_purpose_has_models_with_prices(purpose: Purpose) -> None:
    names = models().chat.of(purpose)

    assert len(names) >= 2
    assert set(names) <= models().chat.microusd_per_million_tokens.keys()


async def test_the_bill_is_the_vendors_where_it_says_so_and_the_lists_otherwise(fal: FalWire) -> None:
    counted = {"prompt_tokens": 1_000, "completion_tokens": 200}
    fal.on("POST", PATH, answer(usage={**counted, "cost": 0.00123}), answer(usage=counted, model=f"{FIRST}-001"))

    _, told = await complete()
    _, reckoned = await complete()

    assert told.cost_microusd == 1230
    price = models().chat.microusd_per_million_tokens[FIRST]
    assert reckoned.cost_microusd == (1_000 * price.input + 200 * price.output) / 1_000_000 > 0
    assert reckoned.model == f"{FIRST}-001"


PASSED_ON = {
    "busy": Reply({"detail": [{"type": "concurrent_requests_limit"}]}, status=429),
    "out of order": Reply({"detail": "x", "error_type": "runner_server_error"}, status=500),
    "too slow": Reply({"detail": "x", "error_type": "startup_timeout"}, status=504),
    "empty": answer(""),
    "blank": answer(" \n"),
    "null": answer(None),
    "no choices": Reply({"choices": []}),
    "no text at all": Reply({}),
    "not JSON": Reply(b"oops"),
    "an error with status 200": Reply({"error": {"code": 502, "message": "Provider returned error"}}),
    "an error as a string": Reply({"error": "boom"}),
    "an error in the choice": Reply({"choices": [{"error": {"code": 429, "message": "x"}, "message": {}}]}),
    "a half answer": Reply({"choices": [{"message": {"content": "Hoş g"}, "finish_reason": "error"}]}),
    "an unknown model": Reply({"error": {"code": 400, "message": "x is not a valid model ID"}}, status=400),
}


@pytest.mark.parametrize("fault", PASSED_ON)
async def test_the_next_model_is_asked(fal: FalWire, fault: str) -> None:
    fal.on("POST", PATH, PASSED_ON[fault], answer())

    text, usage = await complete()

    assert (text, usage.model) == ("Hoş geldin.", SECOND)
    assert asked(fal) == [FIRST, SECOND]


FINAL: dict[str, tuple[Reply, type[ProviderError]]] = {
    "an answer that was lost": (Reply(drop=True), ProviderAmbiguous),
    "a key nobody has": (Reply({"detail": "No user found"}, status=401), ProviderMisconfigured),
    "no money": (Reply({"error": {"code": 402, "message": "Insufficient credits"}}), ProviderMisconfigured),
    "a flagged input": (
        Reply({"error": {"code": 403, "message": "x", "metadata": {"reasons": ["violence"]}}}, status=403),
        ProviderModerated,
    ),
    "a filtered answer": (
        Reply({"choices": [{"message": {"content": "Hoş"}, "finish_reason": "content_filter"}]}),
        ProviderModerated,
    ),
}


@pytest.mark.parametrize("fault", FINAL)
async def test_no_other_model_is_asked_after(fal: FalWire, fault: str) -> None:
    reply, expected = FINAL[fault]
    fal.on("POST", PATH, reply)

    with pytest.raises(expected):
        await complete()

    assert len(fal.sent()) == 1


async def test_when_every_model_fails_the_last_failure_is_told(fal: FalWire) -> None:
    fal.on("POST", PATH, answer(""), answer(""), Reply(status=429))

    with pytest.raises(ProviderBusy):
        await complete()

    assert asked(fal) == [FIRST, SECOND, THIRD]


async def test_a_slow_model_leaves_time_for_the_next(fal: FalWire) -> None:
    fal.on("POST", PATH, Reply(pause=30), answer())
    started = time.monotonic()

    _, usage = await complete(timeout=2.0)

    assert usage.model == SECOND
    assert 1.1 < time.monotonic() - started < 1.8
    assert usage.provider_ms >= 1100


async def test_all_models_together_keep_the_deadline(fal: FalWire) -> None:
    fal.on("POST", PATH, Reply(pause=30))
    started = time.monotonic()

    with pytest.raises(ProviderTimeout):
        await complete(timeout=0.5)

    assert time.monotonic() - started < 0.7


# ── Streams ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_stream_yields_pieces_and_then_what_it_used(fal: FalWire) -> None:
    fal.on(
        "POST",
        PATH,
        sse(
            delta(""),
            delta("Hoş "),
            delta("geldin."),
            delta(finish_reason="stop"),
            {"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 4, "cost": 0.00002}},
            "[DONE]",
        ),
    )
    heard: list[Any] = []

    await stream(heard)

    usage = heard.pop()
    assert heard == ["Hoş ", "geldin."]
    assert (usage.model, usage.cost_microusd, usage.output_tokens) == (FIRST, 20, 4)
    assert fal.requests[0].json()["stream"] is True
    assert fal.requests[0].headers["accept"] == "text/event-stream"


async def test_letters_split_over_packets_and_odd_framing_arrive_whole(fal: FalWire) -> None:
    text = "Şığ \u2028 göl\u0085ğ"
    lines = (
        f": OPENROUTER PROCESSING\r\n\r\nevent: message\r\ndata: {json.dumps(delta(text), ensure_ascii=False)}\r\n\r\n"
    )
    end = f"data: {json.dumps(delta(finish_reason='stop'))}\n\ndata: [DONE]\n\n"
    chunks = [bytes([byte]) for byte in (lines + end).encode()]
    fal.on("POST", PATH, Reply(chunks=chunks, content_type="text/event-stream; charset=utf-8"))
    heard: list[Any] = []

    await stream(heard)

    assert heard[0] == text


async def test_an_end_without_done_is_an_end_if_the_answer_is_finished(fal: FalWire) -> None:
    fal.on("POST", PATH, sse(delta("Hoş geldin.", finish_reason="stop")))
    heard: list[Any] = []

    await stream(heard)

    assert heard[0] == "Hoş geldin."
    assert isinstance(heard[1], Usage)


@pytest.mark.parametrize(
    "before",
    [
        Reply(status=429),
        sse("[DONE]"),
        sse(delta(finish_reason="stop"), "[DONE]"),
        sse({"error": {"code": 503, "message": "x"}}),
        Reply({"choices": []}),
    ],
)
async def test_a_stream_that_fails_in_silence_leaves_the_word_to_the_next_model(fal: FalWire, before: Reply) -> None:
    fal.on("POST", PATH, before, sse(delta("Selam.", finish_reason="stop"), "[DONE]"))
    heard: list[Any] = []

    await stream(heard)

    assert heard[0] == "Selam."
    assert heard[1].model == SECOND


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (sse(delta("Hoş"), "[DONE]"), ProviderBadAnswer),
        (sse(delta("Hoş")), ProviderBadAnswer),
        (sse(delta("Hoş"), drop=True), ProviderAmbiguous),
        (sse(delta("Hoş"), {"error": {"code": 502, "message": "x"}}), ProviderUnavailable),
        (sse(delta("Hoş"), delta(finish_reason="content_filter"), "[DONE]"), ProviderModerated),
        (sse(delta("Hoş"), "{oops"), ProviderBadAnswer),
    ],
)
async def test_after_the_first_piece_nothing_is_asked_again(
    fal: FalWire, reply: Reply, expected: type[ProviderError]
) -> None:
    fal.on("POST", PATH, reply)
    heard: list[Any] = []

    with pytest.raises(expected):
        await stream(heard)

    assert heard == ["Hoş"]
    assert len(fal.sent()) == 1


async def test_a_stream_that_falls_silent_ends(fal: FalWire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.providers.fal.chat.IDLE_SECONDS", 0.2)
    fal.on("POST", PATH, sse(delta("Hoş"), delta(" geldin"), pause=0.4))
    heard: list[Any] = []

    with pytest.raises(ProviderTimeout):
        await stream(heard)

    assert heard == ["Hoş"]


async def test_a_listener_that_leaves_closes_the_stream(fal: FalWire) -> None:
    fal.on("POST", PATH, sse(*[delta(f"{n} ") for n in range(100)], pause=0.02))
    pieces = FalChatModel().stream(SPEECH, timeout=5)

    assert await anext(pieces) == "0 "
    await pieces.aclose()

    with pytest.raises(StopAsyncIteration):
        await anext(pieces)
