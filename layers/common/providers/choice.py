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


_KNOWN = ("fal", "sandbox")


def _is_fal() -> bool:
    provider = settings().provider
    if provider not in _KNOWN:
        raise LookupError(f"PROVIDER '{provider}' is not known; use one of {', '.join(_KNOWN)}")
    return provider == "fal"


@cache
def chat_model() -> ChatModel:
    """Return the model that writes."""
    if _is_fal():
        from common.providers.fal.chat import FalChatModel

        return FalChatModel()
    from common.providers.sandbox.dialogue import SandboxChatModel

    return SandboxChatModel()


@cache
def image_generator() -> ImageGenerator:
    """Return the model that draws."""
    if _is_fal():
        from common.providers.fal.images import FalImageGenerator

        return FalImageGenerator()
    from common.providers.sandbox.media import SandboxImageGenerator

    return SandboxImageGenerator()


@cache
def speech_synthesizer() -> SpeechSynthesizer:
    """Return the model that speaks."""
    if _is_fal():
        from common.providers.fal.speech import FalSpeechSynthesizer

        return FalSpeechSynthesizer()
    from common.providers.sandbox.media import SandboxSpeechSynthesizer

    return SandboxSpeechSynthesizer()


@cache
def transcriber() -> Transcriber:
    """Return the model that listens."""
    if _is_fal():
        from common.providers.fal.transcription import FalTranscriber

        return FalTranscriber()
    from common.providers.sandbox.media import SandboxTranscriber

    return SandboxTranscriber()
