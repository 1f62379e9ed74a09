"""Understanding: what is sent, which model answers, what is nothing."""

from __future__ import annotations

import base64
import time

import pytest

from common.errors import (
    ProviderAmbiguous,
    ProviderBadMedia,
    ProviderError,
    ProviderRejected,
    ProviderUnavailable,
)
from common.prices import Prices, prices
from common.providers import AudioInput, SpeechOrder, Transcriber, Transcript
from common.providers.fal.models import models
from common.providers.fal.transcription import FalTranscriber
from common.providers.sandbox.sound import speak
from tests.support.fal_wire import FalWire, Reply

FREYA, WIZPER = "/run/freya-mypsdi253hbk/freya-stt/generate", "/run/fal-ai/wizper"
SOUND = speak(SpeechOrder("Merhaba yolcu.", "ali", 1.0, "mp3"))
ADDRESS = AudioInput(url="https://studio.example/ses.mp3")


async def transcribe(audio: AudioInput, timeout: float = 5.0) -> Transcript:
    transcriber: Transcriber = FalTranscriber()
    return await transcriber.transcribe(audio, timeout=timeout)


async def test_bytes_travel_inside_the_request_with_their_type(fal: FalWire) -> None:
    fal.on("POST", FREYA, Reply({"text": " Merhaba yolcu. "}))

    transcript = await transcribe(AudioInput(content=SOUND))

    assert transcript.text == "Merhaba yolcu."
    assert 1 < transcript.duration_seconds < 3
    assert transcript.usage.model == "freya-mypsdi253hbk/freya-stt/generate"
    assert transcript.usage.seconds == transcript.duration_seconds
    assert fal.requests[0].json() == {
        "audio_url": "data:audio/mpeg;base64," + base64.b64encode(SOUND).decode(),
        "language": "tr",
        "response_format": "json",
    }


async def test_an_address_is_handed_on_and_the_second_model_is_told_the_language_too(fal: FalWire) -> None:
    fal.on("POST", FREYA, Reply({"detail": "x", "error_type": "runner_disconnected"}, status=503))
    chunks = [{"timestamp": [0.0, 1.5], "text": "Selam"}, {"timestamp": [1.5, 2.75], "text": "yolcu"}]
    fal.on("POST", WIZPER, Reply({"text": "Selam yolcu", "chunks": chunks}))

    transcript = await transcribe(ADDRESS)

    assert (transcript.text, transcript.duration_seconds) == ("Selam yolcu", 2.75)
    assert transcript.usage.model == "fal-ai/wizper"
    assert fal.requests[1].json() == {
        "audio_url": "https://studio.example/ses.mp3",
        "language": "tr",
        "task": "transcribe",
        "version": "3",
    }


@pytest.mark.parametrize("reply", [Reply(status=429), Reply(b"oops"), Reply({}), Reply({"text": None})])
async def test_the_next_model_is_asked(fal: FalWire, reply: Reply) -> None:
    fal.on("POST", FREYA, reply).on("POST", WIZPER, Reply({"text": "Selam", "chunks": []}))

    assert (await transcribe(ADDRESS)).text == "Selam"


async def test_a_slow_model_leaves_time_for_the_next(fal: FalWire) -> None:
    fal.on("POST", FREYA, Reply(pause=30)).on("POST", WIZPER, Reply({"text": "Selam"}))
    started = time.monotonic()

    assert (await transcribe(ADDRESS, timeout=1.5)).text == "Selam"
    assert time.monotonic() - started < 1.4


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply({"text": "  "}), ProviderRejected),
        (Reply({"detail": [{"type": "file_download_error"}]}, status=422), ProviderBadMedia),
        (Reply({"detail": [{"type": "audio_duration_too_long"}]}, status=422), ProviderBadMedia),
        (Reply(drop=True), ProviderAmbiguous),
    ],
)
async def test_no_other_model_is_asked_after(fal: FalWire, reply: Reply, expected: type[ProviderError]) -> None:
    fal.on("POST", ".*", reply)

    with pytest.raises(expected):
        await transcribe(ADDRESS)

    assert len(fal.sent()) == 1


async def test_when_both_fail_the_last_failure_is_told(fal: FalWire) -> None:
    fal.on("POST", FREYA, Reply(status=429)).on("POST", WIZPER, Reply(status=503))

    with pytest.raises(ProviderUnavailable):
        await transcribe(ADDRESS)


async def test_who_listened_in_vain_is_on_the_bill(fal: FalWire) -> None:
    fal.on("POST", FREYA, Reply({"text": None})).on("POST", WIZPER, Reply({"text": "Selam"}))

    transcript = await transcribe(AudioInput(content=SOUND))

    assert [usage.model for usage in transcript.wasted] == ["freya-mypsdi253hbk/freya-stt/generate"]
    assert transcript.wasted[0].seconds == transcript.usage.seconds > 1


async def test_silence_is_paid_for_after_all_that_was_in_vain(fal: FalWire) -> None:
    fal.on("POST", FREYA, Reply({"text": None})).on("POST", WIZPER, Reply({"text": " "}))

    with pytest.raises(ProviderRejected) as caught:
        await transcribe(AudioInput(content=SOUND))

    assert len(caught.value.usages) == 2


def at_a_price(**microusd_per_minute: int) -> Transcriber:
    listed = {
        model.endpoint: [{"from": "2026-01-01", "per_minute": microusd}]
        for model, microusd in zip(models().transcription, microusd_per_minute.values(), strict=True)
    }
    return FalTranscriber(Prices.model_validate({**prices().model_dump(by_alias=True), "transcription": listed}))


def test_the_ceiling_is_both_models_price_for_the_length_or_ten_minutes() -> None:
    listening = at_a_price(freya=6_000, wizper=600)
    a_few_seconds = listening.ceiling_microusd(AudioInput(content=SOUND))

    assert listening.ceiling_microusd(ADDRESS) == 66_000
    assert listening.ceiling_microusd(AudioInput(content=b"not a sound")) == 66_000
    assert 6_600 / 60 <= a_few_seconds <= 6_600 / 20


async def test_listening_in_vain_twice_costs_the_ceiling(fal: FalWire) -> None:
    fal.on("POST", FREYA, Reply({"text": None})).on("POST", WIZPER, Reply({"text": ""}))

    for audio in (AudioInput(content=SOUND), ADDRESS):
        listening = at_a_price(freya=6_000, wizper=600)
        with pytest.raises(ProviderRejected) as caught:
            await listening.transcribe(audio, timeout=5)
        spent = [usage.cost_microusd for usage in caught.value.usages]
        assert (len(spent), sum(spent)) == (2, listening.ceiling_microusd(audio))


async def test_a_known_length_is_what_is_paid_for(fal: FalWire) -> None:
    fal.on("POST", FREYA, Reply({"text": "Selam", "duration": 90.0}))

    transcript = await at_a_price(freya=6_000, wizper=600).transcribe(ADDRESS, timeout=5)

    assert (transcript.usage.cost_microusd, transcript.usage.seconds) == (9_000, 90.0)


async def test_what_is_no_sound_is_not_sent(fal: FalWire) -> None:
    with pytest.raises(ProviderBadMedia):
        await transcribe(AudioInput(content=b"not a sound"))

    assert not fal.requests
