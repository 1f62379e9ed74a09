"""The language models: the sandbox's writer behind OpenRouter's two doors, with tokens counted and paid for.

https://fal.ai/models/openrouter/router. What a prompt is for, the product does not tell the vendor; a real model reads
it, and so does this.
"""

import asyncio
import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

from common.errors import ProviderTimeout, ProviderUnavailable
from common.providers import ChatRequest, Message, Purpose
from common.providers.sandbox.dialogue import SandboxChatModel
from local.fal.inputs import Chat, Router, checked, checked_chat
from local.fal.making import Made, Making
from local.fal.script import Rules
from local.fal.wire import Fields, platform_error

_BLOCK = re.compile(r"<(\w+)>.*?</\1>", re.DOTALL)
_SIGNS: tuple[tuple[Purpose, str], ...] = (
    (Purpose.VALIDATION, "PASS ya da FAIL"),
    (Purpose.MODERATION, "PASS ya da VIOLATION"),
    (Purpose.REACTION, "WANT"),
    (Purpose.WORLD, "taboo_words"),
    (Purpose.SUMMARY, "hafızasını tutuyorsun"),
    (Purpose.ACTING_PROMPT, "oyunculuk yönergesi yaz"),
    (Purpose.WORLD_BRIEF, "dünya kuran bir yazarsın"),
)
"""Words of our own templates, outside the quoted blocks; a prompt without any is one to be acted."""
PRICES = {
    "anthropic/claude-haiku-4.5": (1.00, 5.00),
    "anthropic/claude-sonnet-4.5": (3.00, 15.00),
    "google/gemini-2.5-flash": (0.30, 2.50),
    "google/gemini-2.5-flash-lite": (0.10, 0.40),
    "openai/gpt-4.1": (2.00, 8.00),
    "openai/gpt-4.1-mini": (0.40, 1.60),
}
"""Dollars per million tokens, in and out."""
_ANY_PRICE = (0.25, 1.00)
_CHARACTERS_PER_TOKEN = 4
_UNCUT = 100_000
_PIECES = re.compile(r"\s*\S+|\s+$")
_TROUBLE = "Provider returned error"


def openai(arguments: Fields, making: Making) -> Made:
    """`openrouter/router/openai/v1/chat/completions`, whole."""
    asked = checked_chat(arguments)
    text, finish = _spoiled(*_written(asked), making.rules)
    usage = _usage(asked, text)
    if failed := making.rules.find("in_band_error"):
        error = {"error": {"message": _TROUBLE, "code": 502}}
        return Made({**error, "usage": usage}, usage["cost"]) if failed.options.get("paid") else Made(error)
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
    return Made({**_envelope(asked, "chat.completion"), "choices": [choice], "usage": usage}, usage["cost"])


def openai_events(arguments: Fields, making: Making) -> Iterator[Fields | str]:
    """The same in pieces: deltas, a last chunk with the usage, `[DONE]`."""
    asked = checked_chat(arguments)
    envelope = _envelope(asked, "chat.completion.chunk")
    text, finish = _spoiled(*_written(asked), making.rules)
    pieces = _PIECES.findall(text)
    if failed := making.rules.find("in_band_error"):
        yield {**envelope, "choices": [_delta(piece) for piece in pieces[:1]]}
        told = {"usage": _usage(asked, pieces[0])} if failed.options.get("paid") else {}
        yield {**envelope, "error": {"message": _TROUBLE, "code": 502}, "choices": [_delta("", "error")], **told}
        return
    for piece in pieces:
        yield {**envelope, "choices": [_delta(piece)]}
    yield {**envelope, "choices": [_delta("", finish)]}
    yield {**envelope, "choices": [], "usage": _usage(asked, text)}
    yield "[DONE]"


def native(arguments: Fields, making: Making) -> Made:
    """`openrouter/router`, whole."""
    asked = _as_chat(checked(Router, arguments))
    if making.rules.find("in_band_error"):
        return Made({"output": "", "error": _TROUBLE})
    text, _ = _written(asked)
    usage = _usage(asked, text)
    return Made({"output": text, "partial": False, "error": None, "usage": usage}, usage["cost"])


def native_events(arguments: Fields, making: Making) -> Iterator[Fields | str]:
    """`openrouter/router/stream`: each event holds all the text so far."""
    asked = _as_chat(checked(Router, arguments))
    text, _ = _written(asked)
    told = ""
    for piece in _PIECES.findall(text):
        told += piece
        yield {"output": told, "partial": True, "error": None}
        if making.rules.find("in_band_error"):
            yield {"output": told, "partial": False, "error": _TROUBLE}
            return
    yield {"output": text, "partial": False, "error": None, "usage": _usage(asked, text)}


def purpose_of(prompt: str) -> Purpose:
    """Return what a system prompt asks for; what stands in its quoted blocks has no say."""
    instructions = _BLOCK.sub("", prompt)
    return next((purpose for purpose, sign in _SIGNS if sign in instructions), Purpose.SPEECH)


def _written(asked: Chat) -> tuple[str, str]:
    """The model's text and why it ends there. Like a real model's, it is cut wherever the tokens end."""
    messages = [Message("system" if turn.role == "developer" else turn.role, turn.text()) for turn in asked.messages]
    prompt = "\n".join(message.content for message in messages if message.role == "system")
    request = ChatRequest(purpose_of(prompt), messages, max_tokens=_UNCUT)
    try:
        text = asyncio.run(SandboxChatModel().complete(request, timeout=60)).text
    except ProviderUnavailable:
        raise platform_error(503, "runner_connection_error", "The runner is not available") from None
    except ProviderTimeout:
        raise platform_error(504, "request_timeout", "Request timed out") from None
    limit = (asked.max_tokens or _UNCUT) * _CHARACTERS_PER_TOKEN
    return text[:limit], "length" if len(text) > limit else "stop"


def _spoiled(text: str, finish: str, rules: Rules) -> tuple[str, str]:
    """Return what is left of an answer that a filter cut off, that is empty, or that broke off; it is paid for."""
    rule = rules.find("filtered", "silent", "unfinished")
    if rule is None:
        return text, finish
    half = text[: len(text) // 2]
    return {"filtered": (half, "content_filter"), "silent": ("", "stop"), "unfinished": (half, "error")}[rule.fault]


def _usage(asked: Chat, text: str) -> dict[str, Any]:
    read = _tokens([turn.text() for turn in asked.messages])
    wrote = _tokens([text])
    price_in, price_out = PRICES.get(asked.model.partition(":")[0], _ANY_PRICE)
    cost = round((read * price_in + wrote * price_out) / 1_000_000, 8)
    return {"prompt_tokens": read, "completion_tokens": wrote, "total_tokens": read + wrote, "cost": cost}


def _tokens(texts: Sequence[str]) -> int:
    return sum(-(-len(text) // _CHARACTERS_PER_TOKEN) for text in texts)


def _envelope(asked: Chat, kind: str) -> Fields:
    digest = hashlib.sha256(asked.model_dump_json().encode()).hexdigest()
    return {"id": f"gen-{digest[:24]}", "object": kind, "created": 1_760_000_000, "model": asked.model}


def _delta(piece: str, finish: str | None = None) -> Fields:
    return {"index": 0, "delta": {"role": "assistant", "content": piece}, "finish_reason": finish}


def _as_chat(asked: Router) -> Chat:
    turns = [{"role": "system", "content": asked.system_prompt}] if asked.system_prompt else []
    turns.append({"role": "user", "content": asked.prompt})
    return checked_chat({"model": asked.model, "messages": turns, "max_tokens": asked.max_tokens})
