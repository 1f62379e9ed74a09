"""Which adapters stand behind the ports: the deployment's (setting `PROVIDER`), for test keys always the sandbox.

Before the sandbox of test keys stand adapters that fail when a request demands it (`common.faults`).

An adapter is imported when it is first asked for, so that a function pays at start only for what it calls.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeVar

from common.settings import settings
from common.tenancy import is_test

if TYPE_CHECKING:
    from collections.abc import Callable

    from common.providers import ChatModel, ImageGenerator, SpeechSynthesizer, Transcriber


A = TypeVar("A")
_KNOWN = ("fal", "sandbox")


def _is_fal(tenant_id: str) -> bool:
    if is_test(tenant_id):
        return False
    provider = settings().provider
    if provider not in _KNOWN:
        raise LookupError(f"PROVIDER '{provider}' is not known; use one of {', '.join(_KNOWN)}")
    return provider == "fal"


@cache
def _made(adapter: Callable[[], A]) -> A:
    """Return the process's one adapter of a kind."""
    return adapter()


def chat_model(tenant_id: str) -> ChatModel:
    """Return the model that writes for a tenant."""
    if _is_fal(tenant_id):
        from common.providers.fal.chat import FalChatModel

        return _made(FalChatModel)
    from common.providers.sandbox.dialogue import SandboxChatModel

    sandbox: ChatModel = _made(SandboxChatModel)
    if is_test(tenant_id):
        from common.faults import FaultyChatModel

        return FaultyChatModel(sandbox)
    return sandbox


def image_generator(tenant_id: str) -> ImageGenerator:
    """Return the model that draws for a tenant."""
    if _is_fal(tenant_id):
        from common.providers.fal.images import FalImageGenerator

        return _made(FalImageGenerator)
    from common.providers.sandbox.media import SandboxImageGenerator

    sandbox: ImageGenerator = _made(SandboxImageGenerator)
    if is_test(tenant_id):
        from common.faults import FaultyImageGenerator

        return FaultyImageGenerator(sandbox)
    return sandbox


def speech_synthesizer(tenant_id: str) -> SpeechSynthesizer:
    """Return the model that speaks for a tenant."""
    if _is_fal(tenant_id):
        from common.providers.fal.speech import FalSpeechSynthesizer

        return _made(FalSpeechSynthesizer)
    from common.providers.sandbox.media import SandboxSpeechSynthesizer

    sandbox: SpeechSynthesizer = _made(SandboxSpeechSynthesizer)
    if is_test(tenant_id):
        from common.faults import FaultySpeechSynthesizer

        return FaultySpeechSynthesizer(sandbox)
    return sandbox


def transcriber(tenant_id: str) -> Transcriber:
    """Return the model that listens for a tenant."""
    if _is_fal(tenant_id):
        from common.providers.fal.transcription import FalTranscriber

        return _made(FalTranscriber)
    from common.providers.sandbox.media import SandboxTranscriber

    sandbox: Transcriber = _made(SandboxTranscriber)
    if is_test(tenant_id):
        from common.faults import FaultyTranscriber

        return FaultyTranscriber(sandbox)
    return sandbox
