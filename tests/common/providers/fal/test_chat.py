"""The language models: roles, the next model's turn, streams, and what an answer cost."""

from __future__ import annotations

import json
import time
from dataclasses import replace
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
from common.prices import in_force, prices
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
    assert set(names) <= prices().chat.keys()


async def test_the_bill_is_the_vendors_where_it_says_so_and_the_lists_otherwise(fal: FalWire) -> None:
    counted = {"prompt_tokens": 1_000, "completion_tokens": 200}
    fal.on("POST", PATH, answer(usage={**counted, "cost": 0.00123}), answer(usage=counted, model=f"{FIRST}-001"))

    _, told = await complete()
    _, reckoned = await complete()

    assert told.cost_microusd == 1230
    price = in_force(prices().chat[FIRST])
    assert reckoned.cost_microusd == (1_000 * price.input + 200 * price.output) / 1_000_000 > 0
    assert reckoned.model == FIRST, "usage is counted by our names: the vendor's may be any, and any number of them"


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


# ── Money ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def unusable(microusd: int, **choice: Any) -> Reply:
    shown = {"message": {"content": "Hoş"}, "finish_reason": "error", **choice}
    usage = {"prompt_tokens": 12, "completion_tokens": 4, "cost": microusd / 1_000_000}
    return Reply({"choices": [shown], "usage": usage})


async def test_what_was_paid_for_in_vain_stays_on_the_answers_bill(fal: FalWire) -> None:
    paid_error = Reply({"error": {"code": 502, "message": "x"}, "usage": {"cost": 0.000_005}})
    fal.on("POST", PATH, unusable(30), paid_error, answer())

    completion = await FalChatModel().complete(SPEECH, timeout=5)

    assert [(usage.model, usage.cost_microusd) for usage in completion.wasted] == [(FIRST, 30), (SECOND, 5)]
    assert completion.usage.model == THIRD


async def test_a_model_that_told_no_usage_has_wasted_nothing(fal: FalWire) -> None:
    fal.on("POST", PATH, Reply(status=429), Reply({"choices": []}), answer())

    assert (await FalChatModel().complete(SPEECH, timeout=5)).wasted == ()


async def test_an_error_carries_all_that_was_paid_before_it(fal: FalWire) -> None:
    fal.on("POST", PATH, unusable(30), unusable(7, finish_reason="content_filter"))

    with pytest.raises(ProviderModerated) as caught:
        await complete()

    assert [(usage.model, usage.cost_microusd) for usage in caught.value.usages] == [(FIRST, 30), (SECOND, 7)]


async def test_the_last_models_answer_is_paid_for_too(fal: FalWire) -> None:
    fal.on("POST", PATH, Reply(status=429), unusable(30), unusable(7))

    with pytest.raises(ProviderBadAnswer) as caught:
        await complete()

    assert [usage.cost_microusd for usage in caught.value.usages] == [30, 7]


async def test_what_waiting_for_a_wasted_answer_took_is_told_once(fal: FalWire) -> None:
    slow = unusable(30)
    slow.pause = 0.3
    fal.on("POST", PATH, slow, answer())

    completion = await FalChatModel().complete(SPEECH, timeout=5)

    assert completion.wasted[0].provider_ms >= 300 > completion.usage.provider_ms


async def test_a_usable_answer_without_a_count_costs_the_most_it_can_have_cost(fal: FalWire) -> None:
    fal.on("POST", PATH, answer(usage=None))

    _, usage = await complete()

    price = in_force(prices().chat[FIRST])
    least = price.of(input_tokens=SPEECH.input_bytes, output_tokens=SPEECH.max_tokens)
    assert least <= usage.cost_microusd <= ceiling()
    assert (usage.input_tokens, usage.output_tokens) == (0, 0)


@pytest.mark.parametrize("cost", [-1, float("nan"), float("inf"), "0.1", True, None])
async def test_a_cost_that_is_none_is_reckoned_by_the_list(fal: FalWire, cost: Any) -> None:
    counted = {"prompt_tokens": 10_000, "completion_tokens": 200, "cost": cost}
    fal.on("POST", PATH, answer(usage=counted))

    _, usage = await complete()

    assert usage.cost_microusd == in_force(prices().chat[FIRST]).of(input_tokens=10_000, output_tokens=200) > 0


def ceiling(request: ChatRequest = SPEECH) -> int:
    model: ChatModel = FalChatModel()
    return model.ceiling_microusd(request.purpose, input_bytes=request.input_bytes, max_tokens=request.max_tokens)


async def test_no_request_costs_more_than_its_ceiling_even_if_every_answer_is_in_vain(fal: FalWire) -> None:
    most = {"prompt_tokens": SPEECH.input_bytes, "completion_tokens": SPEECH.max_tokens}
    choice = {"message": {"content": "Hoş"}, "finish_reason": "error"}
    fal.on("POST", PATH, Reply({"choices": [choice], "usage": most}))

    with pytest.raises(ProviderBadAnswer) as caught:
        await complete()

    spent = [usage.cost_microusd for usage in caught.value.usages]
    assert len(spent) == 2, "a third answer could cost more than the ceiling, so nobody asks for it"
    assert max(spent) < sum(spent) <= ceiling()


def test_a_ceiling_counts_bytes_and_not_letters() -> None:
    plain, turkish = (replace(SPEECH, messages=[Message("user", text * 1_000)]) for text in ("s", "ş"))

    assert (plain.input_bytes, turkish.input_bytes) == (1_000, 2_000)
    assert ceiling(plain) < ceiling(turkish)


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


async def test_signs_of_life_without_data_are_no_events(fal: FalWire) -> None:
    """Once an event had an id, httpx_sse makes an empty event even of a comment."""
    lines = [json.dumps(delta("Hoş ")), json.dumps(delta("geldin.", finish_reason="stop"))]
    blank = "event: ping\n\n: OPENROUTER PROCESSING\n\n"
    body = f"{blank}id: 1\ndata: {lines[0]}\n\n{blank}data: {lines[1]}\n\n{blank}data: [DONE]\n\n"
    fal.on("POST", PATH, Reply(chunks=[body.encode()], content_type="text/event-stream"))
    heard: list[Any] = []

    await stream(heard)

    assert heard[:-1] == ["Hoş ", "geldin."]


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


async def test_a_stream_ends_with_a_usage_for_each_answer_that_was_paid_for(fal: FalWire) -> None:
    used: dict[str, Any] = {"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 4, "cost": 0.00003}}
    fal.on(
        "POST", PATH, sse(delta(finish_reason="stop"), used), sse(delta("Selam.", finish_reason="stop"), used, "[DONE]")
    )
    heard: list[Any] = []

    await stream(heard)

    assert heard[0] == "Selam."
    assert [(usage.model, usage.cost_microusd) for usage in heard[1:]] == [(FIRST, 30), (SECOND, 30)]


async def test_a_stream_that_breaks_after_it_told_its_usage_is_paid_for(fal: FalWire) -> None:
    used = {"usage": {"prompt_tokens": 12, "completion_tokens": 4, "cost": 0.00003}}
    fal.on("POST", PATH, sse(delta("Hoş"), {**used, "error": {"code": 502, "message": "x"}}))
    heard: list[Any] = []

    with pytest.raises(ProviderUnavailable) as caught:
        await stream(heard)

    assert heard == ["Hoş"]
    assert [usage.cost_microusd for usage in caught.value.usages] == [30]


async def test_a_listener_that_leaves_closes_the_stream(fal: FalWire) -> None:
    fal.on("POST", PATH, sse(*[delta(f"{n} ") for n in range(100)], pause=0.02))
    pieces = FalChatModel().stream(SPEECH, timeout=5)

    assert await anext(pieces) == "0 "
    await pieces.aclose()

    with pytest.raises(StopAsyncIteration):
        await anext(pieces)
