"""Voices on fal: Freya and ElevenLabs.

https://fal.ai/models/freya-mypsdi253hbk/freya-tts, https://fal.ai/models/fal-ai/elevenlabs/tts/turbo-v2.5
"""

from __future__ import annotations

import base64
import binascii
import time
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from common.audio import format_of, inspect
from common.errors import ProviderError, ProviderRejected, ProviderUnavailable
from common.prices import in_force, prices, soon_in_force
from common.providers import Media, Submission, Usage
from common.providers.fal import client as fal
from common.providers.fal.downloads import Kind, fetch
from common.providers.fal.errors import bad_answer
from common.providers.fal.results import number, told
from common.voices import Voice, find_voice, voices

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from common.providers import SpeechOrder
    from common.providers.fal.client import Output

IDLE_SECONDS = 8.0
_STREAMED = "freya-mypsdi253hbk/freya-tts"
_CONTENT_TYPES = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "pcm": "audio/pcm",
}
_SNIFFED = {"mp3": "mp3", "wav": "wav", "opus": "ogg", "flac": "flac"}
"""What a file of a format begins like, where that can be told."""


class _Family(NamedTuple):
    """A model that speaks: where it is and how it wants to be told."""

    endpoint: str
    arguments: Callable[[SpeechOrder, Voice], dict[str, Any]]


def _for_freya(order: SpeechOrder, voice: Voice) -> dict[str, Any]:
    return {
        "input": order.text,
        "voice": voice.vendor_voice,
        "response_format": order.response_format,
        "speed": order.speed,
    }


def _for_elevenlabs(order: SpeechOrder, voice: Voice) -> dict[str, Any]:
    return {"text": order.text, "voice": voice.vendor_voice, "speed": order.speed, "language_code": "tr"}


_FAMILIES = {
    "freya": _Family("freya-mypsdi253hbk/freya-tts/generate", _for_freya),
    "elevenlabs": _Family("fal-ai/elevenlabs/tts/turbo-v2.5", _for_elevenlabs),
}


class FalSpeechSynthesizer:
    """A `SpeechSynthesizer` with the voices of the catalogue."""

    resubmittable = False

    def ceiling_microusd(self, order: SpeechOrder) -> int:
        """Return what the text costs by its characters; 0 where no price of the voice's family is known."""
        voice = find_voice(order.voice)
        listed = prices().speech.get(voice.family, ()) if voice else ()
        return max((price.of(len(order.text)) for price in soon_in_force(listed)), default=0)

    async def submit(self, order: SpeechOrder, *, callback_url: str | None, timeout: float) -> Submission:
        """Put the text into fal's queue; the webhook comes when it is spoken.

        Raises:
            ProviderRejected: the voice cannot speak like this; `details` say how it can.
        """
        voice = _voice(order)
        if order.response_format not in voice.formats:
            known = {"reason": "unsupported_format", "formats": list(voice.formats)}
            raise ProviderRejected(f"This voice can be had as {', '.join(voice.formats)}", details=known)
        family = _FAMILIES[voice.family]
        request_id = await fal.submit(
            family.endpoint, family.arguments(order, voice), callback_url=callback_url, timeout=timeout
        )
        return Submission(request_id, ready=False)

    async def collect(
        self, request_id: str, order: SpeechOrder, *, output: Mapping[str, Any] | None = None, timeout: float
    ) -> Media | None:
        """Fetch the sound; `output` may also be the payload of a webhook that tells a failure."""
        ends = time.monotonic() + timeout
        voice = _voice(order)
        endpoint = _FAMILIES[voice.family].endpoint
        made = told(output, "audio") or await fal.result(endpoint, request_id, timeout=timeout)
        if made is None:
            return None
        try:
            content = await _sound(made, order, timeout=ends - time.monotonic())
        except ProviderError as error:
            error.usages = (_usage(order, voice, endpoint, provider_ms=_inference_ms(made)),)
            raise
        return _media(content, order, voice, made)

    async def cancel(self, request_id: str, order: SpeechOrder, *, timeout: float) -> bool:
        """Take the order out of the queue, or tell its runner to stop."""
        return await fal.cancel(_FAMILIES[_voice(order).family].endpoint, request_id, timeout=timeout)

    async def stream(self, order: SpeechOrder, *, timeout: float) -> AsyncGenerator[bytes | Usage]:
        """Yield the sound as Freya makes it, in whole samples, then what it used; `response_format` does not matter.

        Raises:
            ProviderRejected: the voice cannot be streamed; `details.voices` can.
        """
        voice = _voice(order)
        if not voice.streams:
            can = [one.voice_id for one in voices() if one.streams]
            details = {"reason": "voice_does_not_stream", "voices": can}
            raise ProviderRejected("This voice cannot be streamed", details=details)
        arguments = {**_for_freya(order, voice), "response_format": "pcm"}
        stream = fal.stream(_STREAMED, arguments, path="/stream", timeout=timeout, first=timeout, idle=IDLE_SECONDS)
        pending, heard, started = b"", 0, time.monotonic()
        async with aclosing(stream) as events:
            async for event in events:
                pending += _samples(event)
                whole = len(pending) // 2 * 2
                if whole:
                    heard += whole
                    yield pending[:whole]
                    pending = pending[whole:]
                if event.get("done") is True and heard:
                    took, seconds = round((time.monotonic() - started) * 1000), heard / 2 / voice.sample_rate
                    yield _usage(order, voice, _STREAMED, provider_ms=took, seconds=seconds)
                    return
        raise bad_answer()


def _voice(order: SpeechOrder) -> Voice:
    voice = find_voice(order.voice)
    if voice is None or voice.family not in _FAMILIES:
        raise ProviderRejected("No such voice", details={"reason": "unknown_voice"})
    if not voice.can_speak_at(order.speed):
        details = {"reason": "unsupported_speed", "speed_min": voice.speed_min, "speed_max": voice.speed_max}
        raise ProviderRejected(f"This voice speaks at {voice.speed_min} to {voice.speed_max}", details=details)
    return voice


def _samples(event: Mapping[str, Any]) -> bytes:
    """Return the samples of one event; a failure that Freya itself gets over is nothing to us."""
    if event.get("error"):
        if event.get("recoverable") is True:
            return b""
        raise ProviderUnavailable("The voice failed")
    try:
        return base64.b64decode(event.get("audio") or "", validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise bad_answer() from error


async def _sound(made: Output, order: SpeechOrder, *, timeout: float) -> bytes:
    audio = made.body.get("audio")
    url = cast("dict[str, Any]", audio).get("url") if isinstance(audio, dict) else None
    file = await fetch(str(url), Kind.SOUND, timeout=timeout)
    if format_of(file.content) != _SNIFFED.get(order.response_format, format_of(file.content)) or not file.content:
        raise bad_answer()
    return file.content


def _media(content: bytes, order: SpeechOrder, voice: Voice, made: Output) -> Media:
    sound = inspect(content)
    rate = (sound.sample_rate if sound else None) or voice.sample_rate
    measured = len(content) / 2 / rate if order.response_format == "pcm" else sound.seconds if sound else None
    seconds = round(measured or number(made.body, "audio_duration_sec") or 0.0, 3)
    facts: dict[str, int | float | str] = {
        "duration_seconds": seconds,
        "sample_rate": rate,
        "voice": voice.voice_id,
        "response_format": order.response_format,
    }
    endpoint = _FAMILIES[voice.family].endpoint
    usage = _usage(order, voice, endpoint, provider_ms=_inference_ms(made), seconds=seconds)
    return Media(content, _CONTENT_TYPES[order.response_format], facts, usage)


def _inference_ms(made: Output) -> int:
    told = number(made.body, "inference_time_ms")
    return round(told if told is not None else (made.seconds or 0) * 1000)


def _usage(order: SpeechOrder, voice: Voice, endpoint: str, *, provider_ms: int, seconds: float = 0.0) -> Usage:
    characters = len(order.text)
    return Usage(
        model=endpoint,
        cost_microusd=in_force(prices().speech[voice.family]).of(characters),
        characters=characters,
        seconds=round(seconds, 3),
        provider_ms=provider_ms,
    )
