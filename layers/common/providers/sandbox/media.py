"""The sandbox's picture and sound ports: deterministic, free, no network.

For a studio's tests of failed jobs, a prompt or text may contain a marker: `[sandbox:rejected]` and
`[sandbox:unavailable]` make `submit` fail so, `[sandbox:slow]` makes `collect` answer None for ever.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from common.errors import ProviderRejected, ProviderUnavailable
from common.providers import ImageOrder, Media, SpeechOrder, Submission, Transcript, Usage
from common.providers.sandbox.pictures import draw
from common.providers.sandbox.sound import SAMPLE_RATE, duration_seconds, hear, speak
from common.voices import find_voice

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from common.providers import AudioInput

REJECTED = "[sandbox:rejected]"
UNAVAILABLE = "[sandbox:unavailable]"
SLOW = "[sandbox:slow]"

_CONTENT_TYPES = {"mp3": "audio/mpeg", "wav": "audio/wav", "pcm": "audio/pcm"}
_CHUNK_BYTES = SAMPLE_RATE // 10 * 2
_STEP_MS = {"schnell": 70, "dev": 55, "pro": 120}
"""Milliseconds a step of a megapixel would plausibly take."""


class SandboxImageGenerator:
    """An `ImageGenerator` that draws by itself, at once."""

    resubmittable = True

    def ceiling_microusd(self, order: ImageOrder) -> int:
        """Return 0: the sandbox is free."""
        del order
        return 0

    async def submit(self, order: ImageOrder, *, callback_url: str | None, timeout: float) -> Submission:
        """Take the order; the picture can be collected at once and the callback is never called."""
        del callback_url, timeout
        _heed_markers(order.prompt)
        return Submission(request_id=_request_id(order), ready=True)

    async def collect(
        self, request_id: str, order: ImageOrder, *, output: Mapping[str, Any] | None = None, timeout: float
    ) -> Media | None:
        """Draw the picture; None for ever if the prompt asks for slowness."""
        del request_id, output, timeout
        if SLOW in order.prompt:
            return None
        # Drawing keeps a thread busy for up to a second; the local server's loop must stay free.
        content = await asyncio.to_thread(draw, order)
        megapixels = order.width * order.height / 1_000_000
        return Media(
            content=content,
            content_type="image/png",
            facts={
                "seed_used": order.seed,
                "width": order.width,
                "height": order.height,
                "inference_time_ms": _inference_time_ms(order),
            },
            usage=Usage(model=f"sandbox/{order.model}", megapixels=megapixels),
        )

    async def cancel(self, request_id: str, order: ImageOrder, *, timeout: float) -> bool:
        """Take the wish: nothing is under way between submitting and collecting."""
        del request_id, order, timeout
        return True


class SandboxSpeechSynthesizer:
    """A `SpeechSynthesizer` that hums by itself, at once."""

    resubmittable = True

    def ceiling_microusd(self, order: SpeechOrder) -> int:
        """Return 0: the sandbox is free."""
        del order
        return 0

    async def submit(self, order: SpeechOrder, *, callback_url: str | None, timeout: float) -> Submission:
        """Take the order; the sound can be collected at once and the callback is never called."""
        del callback_url, timeout
        _heed_markers(order.text)
        if find_voice(order.voice) is None:
            raise ProviderRejected("unknown voice", details={"reason": "unknown_voice"})
        if order.response_format not in _CONTENT_TYPES:
            known = {"reason": "unsupported_format", "formats": list(_CONTENT_TYPES)}
            raise ProviderRejected(f"the sandbox speaks only {', '.join(_CONTENT_TYPES)}", details=known)
        return Submission(request_id=_request_id(order), ready=True)

    async def collect(
        self, request_id: str, order: SpeechOrder, *, output: Mapping[str, Any] | None = None, timeout: float
    ) -> Media | None:
        """Speak the text; None for ever if it asks for slowness."""
        del request_id, output, timeout
        if SLOW in order.text:
            return None
        content = await asyncio.to_thread(speak, order)
        seconds = round(duration_seconds(order), 3)
        return Media(
            content=content,
            content_type=_CONTENT_TYPES[order.response_format],
            facts={
                "duration_seconds": seconds,
                "sample_rate": SAMPLE_RATE,
                "voice": order.voice,
                "response_format": order.response_format,
            },
            usage=Usage(model="sandbox/tts", characters=len(order.text), seconds=seconds),
        )

    async def cancel(self, request_id: str, order: SpeechOrder, *, timeout: float) -> bool:
        """Take the wish: nothing is under way between submitting and collecting."""
        del request_id, order, timeout
        return True

    async def stream(self, order: SpeechOrder, *, timeout: float) -> AsyncGenerator[bytes | Usage]:
        """Yield the whole sound in pieces of a tenth of a second, at `SAMPLE_RATE` whatever the voice; then its usage.

        Raises:
            ProviderRejected: the text asks for it, or the voice cannot be streamed.
        """
        del timeout
        _heed_markers(order.text)
        voice = find_voice(order.voice)
        if voice is None or not voice.streams:
            raise ProviderRejected("this voice cannot be streamed", details={"reason": "voice_does_not_stream"})
        sound = await asyncio.to_thread(speak, replace(order, response_format="pcm"))
        for at in range(0, len(sound), _CHUNK_BYTES):
            yield sound[at : at + _CHUNK_BYTES]
        seconds = round(len(sound) / 2 / SAMPLE_RATE, 3)
        yield Usage(model="sandbox/tts", characters=len(order.text), seconds=seconds)


class SandboxTranscriber:
    """A `Transcriber` that reads back what the sandbox itself has spoken."""

    def ceiling_microusd(self, audio: AudioInput) -> int:
        """Return 0: the sandbox is free."""
        del audio
        return 0

    async def transcribe(self, audio: AudioInput, *, timeout: float) -> Transcript:
        """Return the text that the sound carries.

        Raises:
            ProviderRejected: an address instead of bytes, or sound that the sandbox did not make.
        """
        del timeout
        if audio.content is None:
            raise ProviderRejected(
                "the sandbox transcribes only audio it made; send audio_base64", details={"reason": "url"}
            )
        text, seconds = await asyncio.to_thread(hear, audio.content)
        seconds = round(seconds, 3)
        usage = Usage(model="sandbox/stt", characters=len(text), seconds=seconds)
        return Transcript(text=text, usage=usage, duration_seconds=seconds)


def _heed_markers(text: str) -> None:
    if REJECTED in text:
        raise ProviderRejected("rejected, as the prompt asks", details={"reason": "sandbox_marker"})
    if UNAVAILABLE in text:
        raise ProviderUnavailable("unavailable, as the prompt asks", details={"reason": "sandbox_marker"})


def _digest(order: ImageOrder | SpeechOrder) -> str:
    """A stable hash of an order; numbers count by value, so that 7 and 7.0 are the same order."""
    if isinstance(order, ImageOrder):
        numbers = (order.width, order.height, order.seed, order.num_inference_steps, float(order.guidance_scale))
        texts = (order.prompt, order.style, order.subject, order.model, order.negative_prompt)
    else:
        numbers, texts = (float(order.speed),), (order.text, order.voice, order.response_format)
    return hashlib.sha256(repr((numbers, texts)).encode("utf-8", "backslashreplace")).hexdigest()


def _request_id(order: ImageOrder | SpeechOrder) -> str:
    return f"sandbox_{_digest(order)[:32]}"


def _inference_time_ms(order: ImageOrder) -> int:
    """How long a graphics card might have taken; a fact of the order, not of this machine."""
    megapixels = order.width * order.height / 1_000_000
    drawing = order.num_inference_steps * _STEP_MS.get(order.model, 55) * (0.3 + megapixels)
    return round(200 + drawing) + int(_digest(order)[:4], 16) % 97
