"""Which adapters stand behind the ports in this deployment (setting `PROVIDER`).

An adapter is imported when it is first asked for, so that a function pays at start only for what it calls.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from common.settings import settings

if TYPE_CHECKING:
    from common.providers import ChatModel, ImageGenerator, SpeechSynthesizer, Transcriber


def _require_sandbox() -> None:
    if settings().provider != "sandbox":
        raise LookupError(f"PROVIDER '{settings().provider}' is not known; use 'sandbox'")


@cache
def chat_model() -> ChatModel:
    """Return the model that writes."""
    _require_sandbox()
    from common.providers.sandbox.dialogue import SandboxChatModel

    return SandboxChatModel()


@cache
def image_generator() -> ImageGenerator:
    """Return the model that draws."""
    _require_sandbox()
    from common.providers.sandbox.media import SandboxImageGenerator

    return SandboxImageGenerator()


@cache
def speech_synthesizer() -> SpeechSynthesizer:
    """Return the model that speaks."""
    _require_sandbox()
    from common.providers.sandbox.media import SandboxSpeechSynthesizer

    return SandboxSpeechSynthesizer()


@cache
def transcriber() -> Transcriber:
    """Return the model that listens."""
    _require_sandbox()
    from common.providers.sandbox.media import SandboxTranscriber

    return SandboxTranscriber()
