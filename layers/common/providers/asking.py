"""One request's calls to a chat model: they share a deadline, and their costs make the receipt."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from common.errors import ProviderError, ProviderTimeout
from common.observability import count
from common.providers import ChatRequest, Message, Purpose
from common.receipts import Receipt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.providers import ChatModel, Usage

DEADLINE_SECONDS = 25.0
"""API Gateway gives up after 30 s; this leaves time to store and answer."""
_TOO_LITTLE_SECONDS = 0.5
_JUDGING = {Purpose.MODERATION, Purpose.VALIDATION}


class Asking:
    """Asks `model` any number of times within `deadline` seconds from its making."""

    def __init__(self, model: ChatModel, *, deadline: float = DEADLINE_SECONDS) -> None:
        self._model = model
        self._ends = time.monotonic() + deadline
        self._answered: list[Usage] = []
        self._judged: list[Usage] = []

    async def ask(
        self, purpose: Purpose, system: str, *turns: Message, max_tokens: int = 512, temperature: float = 0.8
    ) -> str:
        """Return the model's answer to a filled prompt and the turns after it.

        Raises:
            ProviderError: the model failed; ProviderTimeout also when no time is left to ask.
        """
        remaining = self._ends - time.monotonic()
        if remaining < _TOO_LITTLE_SECONDS:
            raise ProviderTimeout("The models took too long")
        messages: Sequence[Message] = [Message("system", system), *turns]
        request = ChatRequest(purpose, messages, max_tokens=max_tokens, temperature=temperature)
        try:
            completion = await self._model.complete(request, timeout=remaining)
        except ProviderError:
            count("ProviderErrors")
            raise
        count("ProviderCalls")
        (self._judged if purpose in _JUDGING else self._answered).append(completion.usage)
        return completion.text.strip()

    def receipt(self) -> Receipt:
        """Return what the calls so far used and cost; it names a model that answered, not one that judged."""
        return Receipt.of([*self._judged, *self._answered])
