"""One request's calls to a chat model: they share a deadline and a reservation, and their costs make the receipt."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from common.errors import ProviderError, ProviderTimeout
from common.observability import count
from common.providers import ChatRequest, Message, Purpose, Usage
from common.receipts import Receipt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from common.providers import ChatModel
    from common.spending import Spending

DEADLINE_SECONDS = 25.0
"""API Gateway gives up after 30 s; this leaves time to store and answer."""
_TOO_LITTLE_SECONDS = 0.5
_JUDGING = {Purpose.MODERATION, Purpose.VALIDATION}


MAX_TOKENS: Mapping[Purpose, int] = {
    Purpose.ACTING_PROMPT: 600,
    Purpose.VALIDATION: 100,
    Purpose.SPEECH: 400,
    Purpose.REACTION: 200,
    Purpose.MODERATION: 100,
    Purpose.SUMMARY: 400,
    Purpose.WORLD: 1_500,
    Purpose.WORLD_BRIEF: 400,
}
"""How long an answer may be."""
_ALIKE_BYTES = 500
"""How much longer a prompt of the same purpose is taken to be than the first: another name, another past."""
_GROWTH_BYTES = 2_500
"""How much longer one of another purpose is, besides what the first answer adds."""


def chat_request(purpose: Purpose, system: str, turns: Sequence[Message], *, temperature: float = 0.8) -> ChatRequest:
    """Return what a model is asked: a filled prompt and the turns after it."""
    messages = [Message("system", system), *turns]
    return ChatRequest(purpose, messages, max_tokens=MAX_TOKENS[purpose], temperature=temperature)


class Asking:
    """Asks `model` any number of times within `deadline` seconds from its making.

    At every question there is reserved what was paid so far and the most that it, and those still open, can cost. The
    first reserves also, by its own length, for the others that were `expect`ed; so a later one seldom needs more.
    """

    def __init__(
        self, model: ChatModel, *, spending: Spending | None = None, deadline: float = DEADLINE_SECONDS
    ) -> None:
        self._model = model
        self._spending = spending
        self._ends = time.monotonic() + deadline
        self._expected: Mapping[Purpose, int] = {}
        self._open_microusd = 0
        self._answered: list[Usage] = []
        self._judged: list[Usage] = []

    def expect(self, calls: Mapping[Purpose, int], *, player_id: str | None = None) -> None:
        """Say what this request asks, how often, if nothing goes wrong, and for which of the studio's players.

        Raises:
            LimitReached: nothing is to be asked, and not even that is allowed.
        """
        self._expected = calls
        if self._spending is None:
            return
        self._spending.for_player(player_id)
        if not any(calls.values()):
            self._spending.admit()

    async def ask(self, purpose: Purpose, system: str, *turns: Message, temperature: float = 0.8) -> str:
        """Return the model's answer to a filled prompt and the turns after it.

        Raises:
            LimitReached, BudgetExhausted: the tenant may not ask.
            ProviderError: the model failed; ProviderTimeout also when no time is left to ask.
        """
        request = chat_request(purpose, system, turns, temperature=temperature)
        most = self._ceiling(purpose, input_bytes=request.input_bytes)
        if self._spending is not None:
            self._spending.reserve(self._paid() + self._open_microusd + most + self._expected_after(request))
        self._open_microusd += most
        try:
            return await self._complete(request)
        finally:
            self._open_microusd -= most

    async def _complete(self, request: ChatRequest) -> str:
        remaining = self._ends - time.monotonic()
        if remaining < _TOO_LITTLE_SECONDS:
            raise ProviderTimeout("The models took too long")
        try:
            completion = await self._model.complete(request, timeout=remaining)
        except ProviderError as error:
            count("ProviderErrors")
            self._note(request.purpose, error.usages)
            raise
        count("ProviderCalls")
        self._note(request.purpose, (*completion.wasted, completion.usage))
        return completion.text.strip()

    def answered_before(self, model: str) -> None:
        """Note an answer that no model has to be asked for again: it counts for the limits and costs nothing.

        Raises:
            LimitReached: not even that is allowed.
        """
        if self._spending is not None:
            self._spending.reserve(0)
        self._note(Purpose.SPEECH, [Usage(model=model, cached=True)])

    @property
    def answered_by(self) -> str:
        """The model that gave the last answer; empty before the first."""
        return self._answered[-1].model if self._answered else ""

    def settle(self) -> Receipt:
        """Settle what was reserved and return what the calls used and cost; nothing is asked after it.

        The receipt names a model that answered, not one that judged.
        """
        usages = [*self._judged, *self._answered]
        if self._spending is None:
            return Receipt.of(usages)
        self._spending.settle()
        return self._spending.receipt(usages)

    def _note(self, purpose: Purpose, usages: Sequence[Usage]) -> None:
        (self._judged if purpose in _JUDGING else self._answered).extend(usages)
        if self._spending is not None:
            self._spending.used(*usages)

    def _paid(self) -> int:
        return sum(usage.cost_microusd for usage in (*self._judged, *self._answered))

    def _ceiling(self, purpose: Purpose, *, input_bytes: int) -> int:
        return self._model.ceiling_microusd(purpose, input_bytes=input_bytes, max_tokens=MAX_TOKENS[purpose])

    def _expected_after(self, first: ChatRequest) -> int:
        """Return what the expected questions after the first are taken to cost at most; after the first, nothing."""
        if not self._expected:
            return 0
        expected, self._expected = Counter(self._expected), {}
        alike = expected.pop(first.purpose, 0) - 1
        most = max(0, alike) * self._ceiling(first.purpose, input_bytes=first.input_bytes + _ALIKE_BYTES)
        grown = first.input_bytes + _GROWTH_BYTES + MAX_TOKENS[first.purpose]
        return most + sum(times * self._ceiling(other, input_bytes=grown) for other, times in expected.items())
