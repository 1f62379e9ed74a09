"""Chat models with behaviour for tests: what they answer is scripted, what they were asked is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from common.providers import ChatRequest, Completion, Purpose, Usage

Answer = str | Exception | Callable[[ChatRequest], str]


class ScriptedModel:
    """Answers each purpose with its script's next entry, the last one for ever; keeps every request.

    `ceiling` is what any request can cost at most, in micro-USD; settable at any time.
    """

    def __init__(self, *, ceiling: int = 0, **script: Answer | list[Answer]) -> None:
        self.requests: list[ChatRequest] = []
        self.ceiling = ceiling
        self._script: dict[str, list[Answer]] = {
            Purpose.SPEECH: ["Hoş geldin yolcu."],
            Purpose.MODERATION: ["PASS"],
            Purpose.REACTION: ["WANT\nBuna bir sözüm var."],
            Purpose.ACTING_PROMPT: ["Ben köyün şifacısıyım; az konuşur, çok dinlerim."],
            Purpose.VALIDATION: ["PASS"],
            Purpose.SUMMARY: ["Oyuncu yaralıydı, şifacı yardım etti."],
            Purpose.WORLD: ['{"name": "Kızılova", "tone": "karanlık"}'],
            Purpose.WORLD_BRIEF: ["Kızılova yorgun bir bozkırdır."],
        }
        for purpose, answers in script.items():
            self._script[purpose] = answers if isinstance(answers, list) else [answers]

    def ceiling_microusd(self, purpose: Purpose, *, input_bytes: int, max_tokens: int) -> int:
        assert purpose in Purpose and input_bytes >= 0 and max_tokens > 0
        return self.ceiling

    async def complete(self, request: ChatRequest, *, timeout: float) -> Completion:
        assert timeout > 0
        self.requests.append(request)
        await asyncio.sleep(0)
        answers = self._script[request.purpose]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        text = answer(request) if callable(answer) else answer
        return Completion(text, Usage(model="scripted", cost_microusd=7, input_tokens=10, output_tokens=3))

    def asked(self, purpose: Purpose) -> list[ChatRequest]:
        return [request for request in self.requests if request.purpose is purpose]
