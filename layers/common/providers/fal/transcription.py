"""Understanding speech on fal: Freya's STT (https://fal.ai/models/freya-mypsdi253hbk/freya-stt), then Wizper."""

from __future__ import annotations

import base64
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from common.audio import inspect
from common.errors import (
    ProviderBadAnswer,
    ProviderBadMedia,
    ProviderBusy,
    ProviderError,
    ProviderRejected,
    ProviderTimeout,
    ProviderUnavailable,
)
from common.observability import count
from common.prices import in_force, prices, soon_in_force
from common.providers import MAX_HEARD_SECONDS, Transcript, Usage
from common.providers.fal import client as fal
from common.providers.fal.errors import bad_answer
from common.providers.fal.models import TranscriptionModel, models
from common.providers.fal.results import number

if TYPE_CHECKING:
    from common.prices import ListeningPrice, Prices
    from common.providers import AudioInput
    from common.providers.fal.client import Output

_SHARE = 0.6
"""Of the time left, for a model after which another can be asked."""
_TOO_LITTLE_SECONDS = 0.5
_PASSED_ON = (ProviderBadAnswer, ProviderBusy, ProviderTimeout, ProviderUnavailable)


class FalTranscriber:
    """A `Transcriber`: the second model is asked when the first is busy, out of reach, too slow or talks nonsense."""

    def __init__(self, listed: Prices | None = None) -> None:
        self._prices = (listed or prices()).transcription

    def ceiling_microusd(self, audio: AudioInput) -> int:
        """Return what it costs if every model listens to all of it and only the last can be used."""
        sound = None if audio.content is None else inspect(audio.content)
        seconds = _billed(sound.seconds if sound else None)
        histories = [self._prices[model.endpoint] for model in models().transcription]
        return sum(max(price.of(seconds) for price in soon_in_force(history)) for history in histories)

    async def transcribe(self, audio: AudioInput, *, timeout: float) -> Transcript:
        """Return the Turkish text; bytes travel inside the request, an address is fal's to fetch.

        Raises:
            ProviderRejected: nothing could be understood. ProviderBadMedia: no sound of a known format.
        """
        started = time.monotonic()
        url, seconds = _source(audio)
        listed, wasted = models().transcription, ()
        for place, model in enumerate(listed, start=1):
            left, is_last = timeout - (time.monotonic() - started), place == len(listed)
            try:
                arguments = {"audio_url": url, **model.fixed}
                output = await fal.run(model.endpoint, arguments, timeout=left if is_last else left * _SHARE)
                price = in_force(self._prices[model.endpoint])
                return replace(_transcript(output, _Order(model, price, seconds, started)), wasted=wasted)
            except ProviderError as error:
                error.usages = wasted = (*wasted, *error.usages)
                too_late = timeout - (time.monotonic() - started) < _TOO_LITTLE_SECONDS
                if not isinstance(error, _PASSED_ON) or is_last or too_late:
                    raise
                count("ProviderFallbacks")
        raise ProviderTimeout("The models took too long")


def _source(audio: AudioInput) -> tuple[str, float | None]:
    """Return the address of the sound, a data URI for bytes, and its seconds where they are known."""
    if audio.content is None:
        return str(audio.url), None
    sound = inspect(audio.content)
    if sound is None:
        raise ProviderBadMedia("Not a sound file of a known format", details={"reason": "unsupported_audio_format"})
    encoded = base64.b64encode(audio.content).decode("ascii")
    return f"data:{sound.content_type};base64,{encoded}", sound.seconds


class _Order(NamedTuple):
    """Who listens, at what price, to how many seconds (None: nobody knows), since when."""

    model: TranscriptionModel
    price: ListeningPrice
    seconds: float | None
    started: float


def _transcript(output: Output, order: _Order) -> Transcript:
    """Return what a model understood; an error carries what it cost all the same."""
    text = output.body.get("text")
    said = text.strip() if isinstance(text, str) else ""
    heard = round(order.seconds or number(output.body, "duration") or _last_second(output.body), 3)
    usage = Usage(
        model=order.model.endpoint,
        cost_microusd=order.price.of(_billed(heard)),
        characters=len(said),
        seconds=heard,
        provider_ms=round((time.monotonic() - order.started) * 1000),
    )
    if said:
        return Transcript(said, usage, duration_seconds=heard)
    no_speech = ProviderRejected("Nothing could be understood", details={"reason": "no_speech"})
    error = no_speech if isinstance(text, str) else bad_answer()
    error.usages = (usage,)
    raise error


def _billed(seconds: float | None) -> float:
    """Return the seconds to pay for; where nobody knows how many there were, the most there can have been."""
    return seconds or MAX_HEARD_SECONDS


def _last_second(body: dict[str, Any]) -> float:
    """Return where the last of Wizper's chunks ends, in seconds; 0 without chunks."""
    chunks = body.get("chunks")
    last = cast("list[Any]", chunks)[-1] if isinstance(chunks, list) and chunks else None
    span = cast("dict[str, Any]", last).get("timestamp") if isinstance(last, dict) else None
    end = cast("list[Any]", span)[-1] if isinstance(span, list) and span else None
    return float(end) if isinstance(end, int | float) else 0.0
