"""Language models through fal's OpenRouter door, in OpenAI's dialect (https://fal.ai/models/openrouter/router).

A purpose has a list of models. The next one is asked when one is busy, out of reach, too slow or answers nonsense;
never after a piece of an answer was heard, nor when an answer was lost that may have been paid for, nor where answers
of no use have already cost so much that one more could cost more than the request's ceiling.
"""

from __future__ import annotations

import time
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, cast

from common.errors import ProviderBadAnswer, ProviderBusy, ProviderError, ProviderTimeout, ProviderUnavailable
from common.observability import count, logger
from common.prices import in_force, prices, soon_in_force
from common.providers import Completion, Usage
from common.providers.fal import client as fal
from common.providers.fal.errors import bad_answer, moderated, of_in_band
from common.providers.fal.models import models
from common.providers.fal.results import number

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Mapping

    from common.providers import ChatRequest, Purpose

IDLE_SECONDS = 8.0
"""A stream that says nothing for so long has ended."""
_SHARE = 0.6
"""Of the time left, for a model after which another can be asked."""
_TOO_LITTLE_SECONDS = 0.5
_FRAMING_TOKENS = 100
"""What a prompt may have besides its messages' bytes: roles and separators, a few tokens a message."""
_PASSED_ON = (ProviderBadAnswer, ProviderBusy, ProviderTimeout, ProviderUnavailable)


class FalChatModel:
    """A `ChatModel`; usage names the model that was asked, so that there are as many names as models."""

    def ceiling_microusd(self, purpose: Purpose, *, input_bytes: int, max_tokens: int) -> int:
        """Return the most that one answer of the dearest model can cost, after one of the first that is of no use."""
        each = [_ceiling(name, input_bytes=input_bytes, max_tokens=max_tokens) for name in models().chat.of(purpose)]
        return max(each) + (each[0] if each[0] < max(each) else 0)

    async def complete(self, request: ChatRequest, *, timeout: float) -> Completion:
        """Return the first usable answer, within `timeout` seconds over all models asked."""
        bill = _Bill(request)
        for attempt in _attempts(request, timeout):
            answer = _Answer(attempt.model)
            try:
                output = await fal.run(models().chat.endpoint, attempt.arguments, timeout=attempt.timeout())
                answer.take(output.body, "message")
                text = answer.whole()
            except ProviderError as error:
                bill.write_off(answer, error)
                attempt.give_up(error, bill)
            else:
                return Completion(text, bill.usage(answer), bill.wasted)
        raise ProviderTimeout("The models took too long")

    async def stream(self, request: ChatRequest, *, timeout: float) -> AsyncGenerator[str | Usage]:
        """Yield the answer's pieces and at its end what was paid for."""
        bill = _Bill(request)
        for attempt in _attempts(request, timeout):
            answer = _Answer(attempt.model)
            try:
                async with aclosing(_events(attempt)) as events:
                    async for event in events:
                        if piece := answer.take(event, "delta"):
                            yield piece
                answer.whole()
            except ProviderError as error:
                bill.write_off(answer, error)
                if answer.pieces:
                    raise
                attempt.give_up(error, bill)
            else:
                for usage in (*bill.wasted, bill.usage(answer)):
                    yield usage
                return
        raise ProviderTimeout("The models took too long")


def _ceiling(model: str, *, input_bytes: int, max_tokens: int) -> int:
    """Return the most that one answer can cost: no token is less than a byte."""
    tokens = {"input_tokens": input_bytes + _FRAMING_TOKENS, "output_tokens": max_tokens}
    return max(price.at_most(**tokens) for price in soon_in_force(prices().chat[model]))


@dataclass
class _Attempt:
    """One model's turn; `ends` is when all turns are over."""

    model: str
    arguments: dict[str, Any]
    ends: float
    then: str | None
    """The model whose turn is next."""

    def timeout(self) -> float:
        left = self.ends - time.monotonic()
        return left * _SHARE if self.then else left

    def give_up(self, error: ProviderError, bill: _Bill) -> None:
        """Let the next model try; raise if it could not help, or there is none, or no time or money for it."""
        if not isinstance(error, _PASSED_ON) or self.then is None or not bill.affords(self.then):
            raise error
        if self.ends - time.monotonic() < _TOO_LITTLE_SECONDS:
            raise error
        count("ProviderFallbacks")
        logger.warning("model passed over", extra={"model": self.model, "error": type(error).__name__})


def _attempts(request: ChatRequest, timeout: float) -> Iterator[_Attempt]:
    ends = time.monotonic() + timeout
    names = models().chat.of(request.purpose)
    for name, then in zip_longest(names, names[1:]):
        yield _Attempt(name, _arguments(request, name), ends, then)


def _arguments(request: ChatRequest, model: str) -> dict[str, Any]:
    return {
        "model": model,
        "messages": [{"role": message.role, "content": message.content} for message in request.messages],
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        # OpenRouter's way to be told what it cost.
        "usage": {"include": True},
    }


def _events(attempt: _Attempt) -> AsyncGenerator[dict[str, Any]]:
    """Return a model's events: its share of the time is for the first; once it speaks, it may have the rest."""
    return fal.stream(
        models().chat.endpoint,
        {**attempt.arguments, "stream": True, "stream_options": {"include_usage": True}},
        path="",
        timeout=attempt.ends - time.monotonic(),
        first=attempt.timeout(),
        idle=IDLE_SECONDS,
    )


@dataclass
class _Answer:
    """What a model has said so far."""

    asked: str
    """The model, by the name in our list; the answer's own word for it may be any."""
    pieces: list[str] = field(default_factory=list[str])
    finish_reason: str | None = None
    counted: dict[str, Any] = field(default_factory=dict[str, Any])

    def take(self, event: Mapping[str, Any], part: str) -> str:
        """Take in an answer (`part` is `message`) or an event (`delta`) and return the new text.

        Raises:
            ProviderError: it holds an error, whatever the HTTP status was.
        """
        # First of all what it cost: that is owed even for an error.
        if usage := _object(event.get("usage")):
            self.counted = usage
        choice = _first(event.get("choices"))
        for error in (event.get("error"), choice.get("error")):
            if error:
                raise of_in_band(_object(error) or {"message": str(error)})
        if choice.get("finish_reason"):
            self.finish_reason = str(choice["finish_reason"])
        text = _object(choice.get(part)).get("content")
        if isinstance(text, str) and text:
            self.pieces.append(text)
            return text
        return ""

    def whole(self) -> str:
        """Return the whole answer.

        Raises:
            ProviderBadAnswer: it is empty or has no end. ProviderModerated: the model's filter cut it off.
        """
        if self.finish_reason == "content_filter":
            raise moderated("content_filter")
        text = "".join(self.pieces)
        if not text.strip() or self.finish_reason in {None, "error"}:
            raise bad_answer()
        return text

    def tokens(self) -> dict[str, int]:
        """Return the tokens as the vendor counted them, 0 where it did not."""
        named = {"input_tokens": "prompt_tokens", "output_tokens": "completion_tokens"}
        return {ours: _whole_number(self.counted.get(theirs)) for ours, theirs in named.items()}

    def cost_microusd(self) -> int | None:
        """Return what the vendor says it cost, or what the tokens it counted cost by our list; None if it is silent."""
        told = number(self.counted, "cost")
        if told is not None and told >= 0:
            return round(told * 1_000_000)
        tokens = self.tokens()
        return in_force(prices().chat[self.asked]).of(**tokens) if any(tokens.values()) else None


@dataclass
class _Bill:
    """What one request has been paid for; each usage has the milliseconds since the one before."""

    request: ChatRequest
    wasted: tuple[Usage, ...] = ()
    since: float = field(default_factory=time.monotonic)

    def usage(self, answer: _Answer) -> Usage:
        """Return what an answer used; where the vendor does not tell, its cost is the most that it can have been."""
        cost, began = answer.cost_microusd(), self.since
        if cost is None:
            cost = self._most(answer.asked)
        self.since = time.monotonic()
        tokens = answer.tokens()
        return Usage(
            model=answer.asked,
            cost_microusd=cost,
            input_tokens=tokens["input_tokens"],
            output_tokens=tokens["output_tokens"],
            provider_ms=round((self.since - began) * 1000),
        )

    def affords(self, model: str) -> bool:
        """Whether the request stays below its ceiling whatever one more answer, of this model, costs."""
        asked = self.request
        ceiling = FalChatModel().ceiling_microusd(
            asked.purpose, input_bytes=asked.input_bytes, max_tokens=asked.max_tokens
        )
        return sum(usage.cost_microusd for usage in self.wasted) + self._most(model) <= ceiling

    def _most(self, model: str) -> int:
        return _ceiling(model, input_bytes=self.request.input_bytes, max_tokens=self.request.max_tokens)

    def write_off(self, answer: _Answer, error: ProviderError) -> None:
        """Note what an answer cost that cannot be used, if the vendor says so; `error` carries all that was noted."""
        if answer.cost_microusd() is not None:
            self.wasted += (self.usage(answer),)
        error.usages = self.wasted


def _first(choices: object) -> dict[str, Any]:
    found = cast("list[Any]", choices) if isinstance(choices, list) else []
    return _object(found[0]) if found else {}


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _whole_number(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
