"""From a text to an order a provider can carry out; from sound to text."""

from __future__ import annotations

import asyncio
import base64
import binascii
from dataclasses import asdict
from typing import TYPE_CHECKING

from common.audio import check_speech
from common.config import TenantConfig
from common.errors import InvalidInput, PayloadTooLarge, ProviderError
from common.jobs import JobKind, Reuse, Vendor, start_job
from common.orders import Wish, extras_of
from common.outbound.names import check_public
from common.providers import AudioInput, SpeechOrder
from common.turkish import speakable
from common.voices import find_voice
from voice.models import MAX_AUDIO_BYTES, MAX_SPOKEN, STTResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.jobs import Extras, Job, JobRepository
    from common.outbound.names import Resolver
    from common.providers import SpeechSynthesizer, Submission, Transcriber
    from common.queues import TenantQueue
    from common.spending import Spending
    from voice.models import STTRequest, TTSRequest

SUBMIT_SECONDS = 10.0
TRANSCRIBE_SECONDS = 25.0
_AT_FIRST = TenantConfig()


def speech_wish(
    request: TTSRequest,
    *,
    jobs: JobRepository,
    queue: TenantQueue,
    synthesizer: SpeechSynthesizer,
    config: TenantConfig = _AT_FIRST,
) -> Wish:
    """Return how one text is ordered.

    Raises:
        InvalidInput: an unknown voice, one that cannot speak like this (the reason says how it can), or a text too long
            in words.
    """
    order = speech_order(request, config=config)
    reuse = Reuse.of(JobKind.SPEECH, asdict(order), config.cache) if request.cache else None
    most = synthesizer.ceiling_microusd(order)

    def start(spending: Spending, extras: Extras) -> Job:
        spending.for_player(request.user_id)
        return start_job(
            JobKind.SPEECH,
            asdict(order),
            max_microusd=most,
            jobs=jobs,
            queue=queue,
            spending=spending,
            reuse=reuse,
            extras=extras,
        )

    return Wish(least_microusd=0 if reuse else most, extras=extras_of(request, "speech"), start=start)


def speech_order(request: TTSRequest, *, config: TenantConfig = _AT_FIRST) -> SpeechOrder:
    """Return the order of a text, in the words in which it is to be read.

    Raises:
        InvalidInput: as `speech_wish`.
    """
    voice = find_voice(request.voice)
    if voice is None:
        raise InvalidInput.field("voice", "no such voice; see GET /v1/voice/voices")
    if request.response_format not in voice.formats:
        raise InvalidInput.field("response_format", f"this voice speaks {', '.join(voice.formats)}")
    if not voice.can_speak_at(request.speed):
        raise InvalidInput.field("speed", f"this voice speaks at {voice.speed_min} to {voice.speed_max}")
    return SpeechOrder(
        text=_spoken(request, config.pronunciations),
        voice=request.voice,
        speed=request.speed,
        response_format=request.response_format,
    )


def _spoken(request: TTSRequest, pronunciations: Mapping[str, str]) -> str:
    """Return the text in words, as a voice is to read it; the request's own pronunciations come first."""
    spoken = speakable(request.text, {**pronunciations, **(request.pronunciations or {})})
    if len(spoken) > MAX_SPOKEN:
        raise InvalidInput.field("text", f"longer than {MAX_SPOKEN:,} characters when read out")
    return spoken


def speech_vendor(synthesizer: SpeechSynthesizer) -> Vendor:
    """Return how texts reach `synthesizer`."""

    async def submit(job: Job, callback_url: str | None) -> Submission:
        return await synthesizer.submit(SpeechOrder(**job.order), callback_url=callback_url, timeout=SUBMIT_SECONDS)

    async def cancel(job: Job, request_id: str) -> bool:
        return await synthesizer.cancel(request_id, SpeechOrder(**job.order), timeout=SUBMIT_SECONDS)

    return Vendor(submit=submit, cancel=cancel, resubmittable=synthesizer.resubmittable)


async def transcribe(
    request: STTRequest, *, transcriber: Transcriber, spending: Spending, resolve: Resolver | None = None
) -> STTResponse:
    """Return the text of a sound; an address is handed on to the vendor, never fetched from here.

    `resolve` looks the address's name up, so that the vendor is not asked for what only we could reach. None where the
    sandbox listens: it touches no network, and of an address only the form is checked, as the request's model has done.

    Raises:
        InvalidInput: not base64, not a sound of a known format, or too short; an address whose name cannot be resolved
            or leads to one that is not public. PayloadTooLarge: more than 3.5 MB or 10 minutes of sound.
        LimitReached, BudgetExhausted: the tenant may not ask.
        ProviderRejected: not audio, or nothing could be understood.
    """
    content = _decode(request.audio_base64) if request.audio_base64 is not None else None
    if content is not None:
        # A hostile file can keep the parser busy for a second; the local server's loop must stay free.
        await asyncio.to_thread(check_speech, content, field="audio_base64")
    if request.audio_url is not None and resolve is not None:
        await check_public(request.audio_url, field="audio_url", resolve=resolve)
    audio = AudioInput(content=content, url=request.audio_url)
    spending.for_player(request.user_id)
    spending.reserve(transcriber.ceiling_microusd(audio))
    try:
        transcript = await transcriber.transcribe(audio, timeout=TRANSCRIBE_SECONDS)
    except ProviderError as error:
        spending.used(*error.usages)
        raise
    spending.used(*transcript.wasted, transcript.usage)
    spending.settle()
    return STTResponse(text=transcript.text, duration_seconds=transcript.duration_seconds, usage=spending.receipt())


def _decode(text: str) -> bytes:
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput.field("audio_base64", "not base64") from error
    if len(content) > MAX_AUDIO_BYTES:
        raise PayloadTooLarge(f"The sound is larger than {MAX_AUDIO_BYTES} bytes")
    return content
