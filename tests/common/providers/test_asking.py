"""One request's calls to a chat model: one deadline for all, one reservation, and a receipt."""

from __future__ import annotations

import asyncio

import pytest

from common.errors import BudgetExhausted, ProviderBadAnswer, ProviderRejected, ProviderTimeout, ProviderUnavailable
from common.ledger import Meter, Standing, ledger_of
from common.observability import metrics
from common.providers import ChatRequest, Completion, Message, Purpose, Usage
from common.providers.asking import MAX_TOKENS, Asking
from common.providers.fal.chat import FalChatModel
from common.receipts import Receipt
from common.tiers import tiers
from tests.support.deployment import Deployment
from tests.support.money import PLENTY, a_request, paid, terms_of


class Clocked:
    """A model that takes its time and notes how long it was given. A call costs 7, at most `ceiling`."""

    def __init__(
        self,
        *,
        seconds: float = 0,
        error: Exception | None = None,
        ceiling: int = 10,
        wasted: tuple[Usage, ...] = (),
        a_kilobyte: int = 0,
    ) -> None:
        self.a_kilobyte = a_kilobyte
        self.seconds = seconds
        self.error = error
        self.ceiling = ceiling
        self.wasted = wasted
        self.timeouts: list[float] = []
        self.requests: list[ChatRequest] = []
        self.weighed: list[tuple[Purpose, int, int]] = []

    def ceiling_microusd(self, purpose: Purpose, *, input_bytes: int, max_tokens: int) -> int:
        self.weighed.append((purpose, input_bytes, max_tokens))
        return self.ceiling + self.a_kilobyte * input_bytes // 1_000

    async def complete(self, request: ChatRequest, *, timeout: float) -> Completion:
        self.timeouts.append(timeout)
        self.requests.append(request)
        await asyncio.sleep(self.seconds)
        if self.error:
            raise self.error
        model = "judge" if request.purpose is Purpose.MODERATION else "m"
        usage = Usage(model, cost_microusd=7, input_tokens=10, output_tokens=3)
        return Completion("  Merhaba.\n", usage, wasted=self.wasted)


async def _ask(asking: Asking, purpose: Purpose = Purpose.SPEECH) -> str:
    return await asking.ask(purpose, "Sen bir karaktersin.", Message("user", "Selam"))


async def test_the_model_is_asked_with_the_prompt_first_and_its_answer_is_stripped() -> None:
    model = Clocked()
    answer = await Asking(model).ask(Purpose.SPEECH, "Sen bir karaktersin.", Message("user", "Selam"), temperature=0.1)

    assert answer == "Merhaba."
    (request,) = model.requests
    assert list(request.messages) == [Message("system", "Sen bir karaktersin."), Message("user", "Selam")]
    assert (request.purpose, request.temperature) == (Purpose.SPEECH, 0.1)
    assert request.max_tokens == MAX_TOKENS[Purpose.SPEECH]


def test_every_answer_has_an_end() -> None:
    assert set(MAX_TOKENS) == set(Purpose)
    assert all(0 < most <= 2_000 for most in MAX_TOKENS.values())


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


# ── Receipts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_receipt_sums_what_was_asked() -> None:
    asking = Asking(Clocked())
    assert asking.settle() == Receipt()
    await _ask(asking)
    await asyncio.gather(_ask(asking), _ask(asking))

    receipt = asking.settle()
    assert (receipt.cost_microusd, receipt.input_tokens, receipt.output_tokens) == (21, 30, 9)
    assert receipt.model == "m"


async def test_the_receipt_names_who_answered_not_who_judged() -> None:
    asking = Asking(Clocked())
    await _ask(asking)
    await _ask(asking, Purpose.MODERATION)

    receipt = asking.settle()
    assert (receipt.model, receipt.cost_microusd) == ("m", 14)


async def test_answers_that_were_paid_for_and_of_no_use_are_on_the_receipt() -> None:
    asking = Asking(Clocked(wasted=(paid(5, "first"),)))
    await _ask(asking)

    receipt = asking.settle()
    assert (receipt.model, receipt.cost_microusd) == ("m", 12)


@pytest.mark.parametrize("error", [ProviderUnavailable("Away."), ProviderRejected("No.")])
async def test_what_the_model_raises_is_passed_on_and_costs_nothing(error: Exception) -> None:
    metrics.clear_metrics()
    asking = Asking(Clocked(error=error))

    with pytest.raises(type(error)):
        await _ask(asking)
    assert asking.settle() == Receipt()
    assert "ProviderErrors" in metrics.metric_set
    metrics.clear_metrics()


async def test_a_failure_that_was_paid_for_is_on_the_receipt() -> None:
    error = ProviderBadAnswer("Nothing of use.")
    error.usages = (paid(3), paid(4))
    asking = Asking(Clocked(error=error))

    with pytest.raises(ProviderBadAnswer):
        await _ask(asking)
    assert asking.settle().cost_microusd == 7


# ── Spending ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _standing() -> Standing:
    standing = ledger_of("alice").standing()
    assert standing is not None
    return standing


async def test_the_first_question_reserves_for_all_that_were_expected(deployment: Deployment) -> None:
    model = Clocked(ceiling=10)
    asking = Asking(model, spending=a_request("alice", route="speak", meter=Meter.TEXT))
    asking.expect({Purpose.SPEECH: 2, Purpose.MODERATION: 1})
    assert ledger_of("alice").standing() is None, "nothing is written before something is asked"

    await _ask(asking)
    under_way = _standing()
    await _ask(asking)
    await _ask(asking, Purpose.MODERATION)

    assert (under_way.reserved, under_way.running, under_way.requests, under_way.text) == (30, 1, 1, 1)
    assert _standing().reserved == 30, "reserved once"
    receipt = asking.settle()
    assert (receipt.cost_microusd, receipt.budget_remaining_microusd) == (21, PLENTY - 21)
    settled = _standing()
    assert (settled.reserved, settled.running, settled.day_committed, settled.holds) == (0, 0, 21, {})


async def test_a_question_nobody_expected_is_reserved_for_too(deployment: Deployment) -> None:
    asking = Asking(Clocked(ceiling=10), spending=a_request("alice"))
    await _ask(asking)

    assert _standing().reserved == 10


async def test_the_ceiling_is_that_of_the_bytes_that_go_out_and_room_for_what_is_expected(
    deployment: Deployment,
) -> None:
    model = Clocked()
    asking = Asking(model, spending=a_request("alice"))
    asking.expect({Purpose.SPEECH: 3, Purpose.MODERATION: 1})
    for _ in range(2):
        await asking.ask(Purpose.SPEECH, "Şş", Message("user", "ığ"))

    longest = MAX_TOKENS[Purpose.SPEECH]
    assert model.weighed == [
        (Purpose.SPEECH, 8, longest),
        (Purpose.SPEECH, 8 + 500, longest),
        (Purpose.MODERATION, 8 + 2_500 + longest, MAX_TOKENS[Purpose.MODERATION]),
        (Purpose.SPEECH, 8, longest),
    ]


async def test_a_second_round_lives_on_what_the_first_left_over(deployment: Deployment) -> None:
    asking = Asking(Clocked(ceiling=100), spending=a_request("alice"))
    asking.expect({Purpose.SPEECH: 1, Purpose.MODERATION: 1})
    reserved: list[int] = []
    for purpose in (Purpose.SPEECH, Purpose.MODERATION) * 2:
        await _ask(asking, purpose)
        reserved.append(_standing().reserved)

    assert reserved == [200] * 4
    assert asking.settle().cost_microusd == 28


async def test_a_question_that_the_reservation_does_not_hold_tops_it_up(deployment: Deployment) -> None:
    asking = Asking(Clocked(ceiling=10), spending=a_request("alice"))
    reserved: list[int] = []
    for _ in range(3):
        await _ask(asking)
        reserved.append(_standing().reserved)

    assert reserved == [10, 17, 24], "what was paid, and the most of the one that is asked"


async def test_a_top_up_that_is_refused_keeps_what_was_paid(deployment: Deployment) -> None:
    spending = a_request("alice", terms=terms_of(day=16))
    asking = Asking(Clocked(ceiling=10), spending=spending)
    await _ask(asking)
    with pytest.raises(BudgetExhausted):
        await _ask(asking)
    spending.close()

    assert (_standing().reserved, _standing().day_committed) == (0, 7)


class Gathering(Clocked):
    """A model that answers nobody before all have asked."""

    def __init__(self, everybody: int) -> None:
        super().__init__(ceiling=10, a_kilobyte=1_000)
        self.reserved = 0
        self._everybody = everybody
        self._all_here = asyncio.Event()

    async def complete(self, request: ChatRequest, *, timeout: float) -> Completion:
        if len(self.requests) == self._everybody - 1:
            self.reserved = _standing().reserved
            self._all_here.set()
        self.requests.append(request)
        await self._all_here.wait()
        return Completion("Ben ozanım.", Usage("m", cost_microusd=7))


@pytest.mark.parametrize("expected", [1, 5])
async def test_questions_at_the_same_time_are_each_reserved_for(deployment: Deployment, expected: int) -> None:
    prompts = ["x" * size for size in (1_000, 3_000, 900, 2_000, 5_000)]
    model = Gathering(len(prompts))
    asking = Asking(model, spending=a_request("alice"))
    asking.expect({Purpose.ACTING_PROMPT: expected})
    await asyncio.gather(*(asking.ask(Purpose.ACTING_PROMPT, prompt) for prompt in prompts))

    assert model.reserved == sum(10 + len(prompt) for prompt in prompts)
    assert asking.settle().cost_microusd == 7 * len(prompts)


async def test_a_batch_that_is_refused_asks_the_ledger_once(deployment: Deployment) -> None:
    metrics.clear_metrics()
    model = Clocked(ceiling=10)
    asking = Asking(model, spending=a_request("alice", terms=terms_of(day=199)))
    asking.expect({Purpose.ACTING_PROMPT: 20})
    answers = await asyncio.gather(*(_ask(asking, Purpose.ACTING_PROMPT) for _ in range(20)), return_exceptions=True)

    assert {type(answer) for answer in answers} == {BudgetExhausted}
    assert model.requests == []
    assert metrics.metric_set["CallsRefused"]["Value"] == [1.0]
    metrics.clear_metrics()


async def test_nothing_is_asked_that_the_budget_does_not_hold(deployment: Deployment) -> None:
    model = Clocked(ceiling=10)
    asking = Asking(model, spending=a_request("alice", terms=terms_of(day=29)))
    asking.expect({Purpose.SPEECH: 2, Purpose.MODERATION: 1})

    with pytest.raises(BudgetExhausted):
        await _ask(asking)
    assert model.requests == []


@pytest.mark.parametrize(
    ("calls", "prompt_bytes", "budget"),
    [
        ({Purpose.SPEECH: 1, Purpose.MODERATION: 1}, 12_000, 200_000),
        ({Purpose.ACTING_PROMPT: 20}, 5_000, tiers()["free"].budgets.day_microusd),
        ({Purpose.WORLD: 1, Purpose.WORLD_BRIEF: 1}, 12_000, tiers()["free"].budgets.day_microusd // 4),
    ],
    ids=["a player's token speaks", "a free studio makes a batch", "a free studio makes a world"],
)
async def test_real_prices_leave_room_for(
    deployment: Deployment, calls: dict[Purpose, int], prompt_bytes: int, budget: int
) -> None:
    class Priced(Clocked):
        def ceiling_microusd(self, purpose: Purpose, *, input_bytes: int, max_tokens: int) -> int:
            return FalChatModel().ceiling_microusd(purpose, input_bytes=input_bytes, max_tokens=max_tokens)

    asking = Asking(Priced(), spending=a_request("alice", terms=terms_of(day=budget)))
    asking.expect(calls)
    asked = [purpose for purpose, times in calls.items() for _ in range(times)]
    await asyncio.gather(*(asking.ask(purpose, "x" * prompt_bytes) for purpose in asked))

    assert asking.settle().cost_microusd == 7 * len(asked)


async def test_nothing_to_ask_is_a_request_all_the_same(deployment: Deployment) -> None:
    asking = Asking(Clocked(), spending=a_request("alice", meter=Meter.TEXT))
    asking.expect({Purpose.SPEECH: 0})
    receipt = asking.settle()

    assert (_standing().requests, _standing().text, _standing().reserved) == (1, 0, 0)
    assert (receipt.cost_microusd, receipt.budget_remaining_microusd) == (0, PLENTY)


async def test_a_player_of_the_studios_is_counted(deployment: Deployment) -> None:
    asking = Asking(Clocked(ceiling=10), spending=a_request("alice", terms=terms_of(player_day=12)))
    asking.expect({Purpose.SPEECH: 1}, player_id="p1")
    await _ask(asking)
    asking.settle()
    again = Asking(Clocked(ceiling=10), spending=a_request("alice", terms=terms_of(player_day=12)))
    again.expect({Purpose.SPEECH: 1}, player_id="p1")

    with pytest.raises(BudgetExhausted) as refused:
        await _ask(again)
    assert refused.value.details["budget"] == "player_day"
