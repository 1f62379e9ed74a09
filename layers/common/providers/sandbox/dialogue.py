"""The sandbox's chat model: free, without network, the same answer to the same request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from common.errors import ProviderTimeout, ProviderUnavailable
from common.providers import Completion, Purpose, Usage
from common.providers.sandbox import speech, writing
from common.providers.sandbox.reading import Scene

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from common.providers import ChatRequest

_CHARACTERS_PER_TOKEN = 4
_WORD = re.compile(r"\s*\S+\s*$|\s*\S+")
_CUT = re.compile(r"[.!?…][»\"]?(?=\s|$)|(?=\n)")

_WRITERS: dict[Purpose, Callable[[Scene], str]] = {
    Purpose.ACTING_PROMPT: writing.acting_prompt,
    Purpose.VALIDATION: writing.validation,
    Purpose.SPEECH: speech.speak,
    Purpose.REACTION: speech.react,
    Purpose.MODERATION: writing.moderation,
    Purpose.SUMMARY: writing.summary,
    Purpose.WORLD: writing.world,
    Purpose.WORLD_BRIEF: writing.world_brief,
}


class SandboxChatModel:
    """A `ChatModel` that reads the blocks of our prompts and answers from a phrase book.

    Words in a player's message, a reaction's message or a wish steer it in tests: `[sandbox:unavailable]` and
    `[sandbox:timeout]` raise; `[sandbox:violation]` comes back in the first reply, for the moderator to find.
    """

    def ceiling_microusd(self, purpose: Purpose, *, input_bytes: int, max_tokens: int) -> int:
        """Return 0: the sandbox is free."""
        del purpose, input_bytes, max_tokens
        return 0

    async def complete(self, request: ChatRequest, *, timeout: float) -> Completion:
        """Return at once; the text fits `max_tokens`, counted as four characters each.

        Raises:
            ProviderUnavailable: the message holds `[sandbox:unavailable]`.
            ProviderTimeout: it holds `[sandbox:timeout]`, or `timeout` is not above 0 s.
        """
        _raise_as_told(request, timeout)
        text = _WRITERS[request.purpose](Scene.of(request))
        if request.purpose is Purpose.SPEECH and "[sandbox:violation]" in request.messages[-1].content:
            text = _with_violation(text, request)
        text = cut(text, limit=request.max_tokens * _CHARACTERS_PER_TOKEN)
        usage = Usage(
            model="sandbox/meddah",
            input_tokens=sum(_tokens(message.content) for message in request.messages),
            output_tokens=_tokens(text),
        )
        return Completion(text, usage)

    async def stream(self, request: ChatRequest, *, timeout: float) -> AsyncGenerator[str | Usage]:
        """Yield the answer of `complete` word by word, then what it used; raises the same, before the first word."""
        completion = await self.complete(request, timeout=timeout)
        for word in _WORD.findall(completion.text):
            yield word
        yield completion.usage


def cut(text: str, *, limit: int) -> str:
    """Return `text` cut to `limit` characters, after a whole sentence or line where there is one."""
    if len(text) <= limit:
        return text
    ends = [found.end() for found in _CUT.finditer(text) if 0 < found.end() <= limit]
    if ends:
        return text[: ends[-1]]
    return text[: max(limit - 1, 0)].rsplit(" ", 1)[0] + "…" if limit > 0 else ""


def _raise_as_told(request: ChatRequest, timeout: float) -> None:
    scene = Scene.of(request)
    said = [message.content for message in request.messages if message.role == "user"][-1:]
    told = "\n".join([*said, scene.block("mesaj"), scene.block("istem")])
    if "[sandbox:unavailable]" in told:
        raise ProviderUnavailable("The sandbox was told to be unavailable")
    if timeout <= 0 or "[sandbox:timeout]" in told:
        raise ProviderTimeout("The sandbox ran out of time")


def _with_violation(text: str, request: ChatRequest) -> str:
    return text if Scene.of(request).block("uyari") else f"{text} [sandbox:violation]"


def _tokens(text: str) -> int:
    return -(-len(text) // _CHARACTERS_PER_TOKEN)
