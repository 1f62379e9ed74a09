"""One request's calls to a chat model: one deadline for all, and a receipt."""

from __future__ import annotations

import asyncio

import pytest

from common.errors import ProviderRejected, ProviderTimeout, ProviderUnavailable
from common.observability import metrics
from common.providers import ChatRequest, Completion, Message, Purpose, Usage
from common.providers.asking import Asking
from common.receipts import Receipt


class Clocked:
    """A model that takes its time and notes how long it was given."""

    def __init__(self, *, seconds: float = 0, error: Exception | None = None) -> None:
        self.seconds = seconds
        self.error = error
        self.timeouts: list[float] = []
        self.requests: list[ChatRequest] = []

    async def complete(self, request: ChatRequest, *, timeout: float) -> Completion:
        self.timeouts.append(timeout)
        self.requests.append(request)
        await asyncio.sleep(self.seconds)
        if self.error:
            raise self.error
        return Completion("  Merhaba.\n", Usage("m", cost_microusd=7, input_tokens=10, output_tokens=3))


async def _ask(asking: Asking) -> str:
    return await asking.ask(Purpose.SPEECH, "Sen bir karaktersin.", Message("user", "Selam"))


async def test_the_model_is_asked_with_the_prompt_first_and_its_answer_is_stripped() -> None:
    model = Clocked()
    answer = await Asking(model).ask(
        Purpose.SPEECH, "Sen bir karaktersin.", Message("user", "Selam"), max_tokens=99, temperature=0.1
    )

    assert answer == "Merhaba."
    (request,) = model.requests
    assert list(request.messages) == [Message("system", "Sen bir karaktersin."), Message("user", "Selam")]
    assert (request.purpose, request.max_tokens, request.temperature) == (Purpose.SPEECH, 99, 0.1)


async def test_all_calls_share_one_deadline() -> None:
    model = Clocked(seconds=0.05)
    asking = Asking(model, deadline=5)
    for _ in range(3):
        await _ask(asking)

    first, second, third = model.timeouts
    assert 5 >= first > second > third > 4
    assert first - third >= 0.1


async def test_without_time_left_the_model_is_not_even_asked() -> None:
    model = Clocked()

    with pytest.raises(ProviderTimeout):
        await _ask(Asking(model, deadline=0))
    assert model.requests == []


async def test_a_call_that_used_up_the_time_leaves_none_for_the_next() -> None:
    model = Clocked(seconds=0.4)
    asking = Asking(model, deadline=0.8)
    await _ask(asking)

    with pytest.raises(ProviderTimeout):
        await _ask(asking)
    assert len(model.requests) == 1


async def test_the_receipt_sums_what_was_asked_so_far() -> None:
    asking = Asking(Clocked())
    assert asking.receipt() == Receipt()
    await _ask(asking)
    await asyncio.gather(_ask(asking), _ask(asking))

    receipt = asking.receipt()
    assert (receipt.cost_microusd, receipt.input_tokens, receipt.output_tokens) == (21, 30, 9)
    assert receipt.model == "m"


@pytest.mark.parametrize("error", [ProviderUnavailable("Away."), ProviderRejected("No.")])
async def test_what_the_model_raises_is_passed_on_and_costs_nothing(error: Exception) -> None:
    metrics.clear_metrics()
    asking = Asking(Clocked(error=error))

    with pytest.raises(type(error)):
        await _ask(asking)
    assert asking.receipt() == Receipt()
    assert "ProviderErrors" in metrics.metric_set
    metrics.clear_metrics()
