"""Language models through fal's OpenRouter door, in OpenAI's dialect (https://fal.ai/models/openrouter/router).

A purpose has a list of models. The next one is asked when one is busy, out of reach, too slow or answers nonsense;
never after a piece of an answer was heard, nor when an answer was lost that may have been paid for.
"""

from __future__ import annotations

import time
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from common.errors import ProviderBadAnswer, ProviderBusy, ProviderTimeout, ProviderUnavailable
from common.observability import count, logger
from common.providers import Completion, Usage
from common.providers.fal import client as fal
from common.providers.fal.errors import bad_answer, moderated, of_in_band
from common.providers.fal.models import models

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Mapping

    from common.providers import ChatRequest

IDLE_SECONDS = 8.0
"""A stream that says nothing for so long has ended."""
_SHARE = 0.6
"""Of the time left, for a model after which another can be asked."""
_TOO_LITTLE_SECONDS = 0.5
_PASSED_ON = (ProviderBadAnswer, ProviderBusy, ProviderTimeout, ProviderUnavailable)


class FalChatModel:
    """A `ChatModel`; usage names the model that answered."""

    async def complete(self, request: ChatRequest, *, timeout: float) -> Completion:
        """Return the first usable answer, within `timeout` seconds over all models asked."""
        started = time.monotonic()
        for attempt in _attempts(request, timeout):
            try:
                output = await fal.run(models().chat.endpoint, attempt.arguments, timeout=attempt.timeout())
                answer = _Answer(attempt.model)
                answer.take(output.body, "message")
                return Completion(answer.whole(), answer.usage(started))
            except _PASSED_ON as error:
                attempt.give_up(error)
        raise ProviderTimeout("The models took too long")

    async def stream(self, request: ChatRequest, *, timeout: float) -> AsyncGenerator[str | Usage]:
        """Yield the answer's pieces and at its end its usage."""
        started = time.monotonic()
        for attempt in _attempts(request, timeout):
            answer = _Answer(attempt.model)
            try:
                async with aclosing(_events(attempt)) as events:
                    async for event in events:
                        if piece := answer.take(event, "delta"):
                            yield piece
                answer.whole()
            except _PASSED_ON as error:
                if answer.pieces:
                    raise
                attempt.give_up(error)
            else:
                yield answer.usage(started)
                return
        raise ProviderTimeout("The models took too long")


@dataclass
class _Attempt:
    """One model's turn; `ends` is when all turns are over."""

    model: str
    arguments: dict[str, Any]
    ends: float
    is_last: bool

    def timeout(self) -> float:
        left = self.ends - time.monotonic()
        return left if self.is_last else left * _SHARE

    def give_up(self, error: Exception) -> None:
        """Let the next model try, or raise if there is none or no time for it."""
        if self.is_last or self.ends - time.monotonic() < _TOO_LITTLE_SECONDS:
            raise error
        count("ProviderFallbacks")
        logger.warning("model passed over", extra={"model": self.model, "error": type(error).__name__})


def _attempts(request: ChatRequest, timeout: float) -> Iterator[_Attempt]:
    ends = time.monotonic() + timeout
    names = models().chat.of(request.purpose)
    for place, name in enumerate(names, start=1):
        yield _Attempt(name, _arguments(request, name), ends, is_last=place == len(names))


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
    model: str = ""
    """As the answer names it; what was asked for where it does not."""
    pieces: list[str] = field(default_factory=list[str])
    finish_reason: str | None = None
    counted: dict[str, Any] = field(default_factory=dict[str, Any])

    def take(self, event: Mapping[str, Any], part: str) -> str:
        """Take in an answer (`part` is `message`) or an event (`delta`) and return the new text.

        Raises:
            ProviderError: it holds an error, whatever the HTTP status was.
        """
        choice = _first(event.get("choices"))
        for error in (event.get("error"), choice.get("error")):
            if error:
                raise of_in_band(_object(error) or {"message": str(error)})
        if usage := _object(event.get("usage")):
            self.counted = usage
        if isinstance(event.get("model"), str):
            self.model = event["model"]
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

    def usage(self, started: float) -> Usage:
        spent = {name: _whole_number(self.counted.get(f"{name}_tokens")) for name in ("prompt", "completion")}
        cost = self.counted.get("cost")
        if isinstance(cost, int | float) and cost >= 0:
            microusd = round(cost * 1_000_000)
        else:
            tokens = {"input_tokens": spent["prompt"], "output_tokens": spent["completion"]}
            microusd = models().chat.cost_microusd(self.asked, **tokens)
        return Usage(
            model=self.model or self.asked,
            cost_microusd=microusd,
            input_tokens=spent["prompt"],
            output_tokens=spent["completion"],
            provider_ms=round((time.monotonic() - started) * 1000),
        )


def _first(choices: object) -> dict[str, Any]:
    found = cast("list[Any]", choices) if isinstance(choices, list) else []
    return _object(found[0]) if found else {}


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _whole_number(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
