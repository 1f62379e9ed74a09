"""Replies given again to the same prompt, where the caller wants it: they passed moderation, and today's word check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from common.cache import CachedReply, fingerprint
from common.moderation import forbidden_terms
from common.providers.asking import chat_request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.cache import ReplyCache
    from common.providers import Message, Purpose
    from common.providers.asking import Asking


class Prompt(NamedTuple):
    """All that a model is given to answer."""

    purpose: Purpose
    system: str
    turns: Sequence[Message]


@dataclass(frozen=True, slots=True)
class Recall:
    """A prompt whose reply may be known."""

    cache: ReplyCache
    cache_key: str
    taboo: Sequence[str]

    @classmethod
    def of(cls, cache: ReplyCache, prompt: Prompt, *, taboo: Sequence[str], judged: Sequence[str] = ()) -> Recall:
        """Return the way to a prompt's reply; `judged` is by what a reply to it passes, besides the word check."""
        request = chat_request(prompt.purpose, prompt.system, prompt.turns)
        asked: dict[str, Any] = {
            "purpose": request.purpose,
            "messages": [[message.role, message.content] for message in request.messages],
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "judged": list(judged),
        }
        return cls(cache, fingerprint(asked), taboo)

    def reply(self) -> CachedReply | None:
        """Return the reply; None if there is none that may be given today."""
        known = self.cache.get(self.cache_key)
        return known if known and not forbidden_terms(known.text, self.taboo) else None

    def keep(self, text: str, asking: Asking) -> None:
        """Keep a reply just given, for it has passed moderation."""
        self.cache.put(self.cache_key, CachedReply(text, asking.answered_by))
