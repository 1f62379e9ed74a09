"""From a studio's text or sound to what a provider is asked."""

from __future__ import annotations

import base64
import io
import wave
from typing import Any

import pytest

from common.errors import InvalidInput, PayloadTooLarge, ProviderUnavailable
from common.jobs import Job, JobKind, jobs_of
from common.providers import AudioInput, SpeechOrder, Submission, Transcript, Usage
from common.providers.sandbox.media import SandboxTranscriber
from common.providers.sandbox.sound import speak
from tests.support.deployment import Deployment
from tests.support.queues import ListQueue
from voice.models import STTRequest, TTSRequest
from voice.service import SUBMIT_SECONDS, request_speech, speech_vendor, transcribe

ORDER = {"text": "Merhaba.", "voice": "alloy", "speed": 1.0, "response_format": "mp3"}

JOBS: Any = None
"""Never reached: refused before."""


class Listener:
    """A transcriber that keeps what it was given."""

    def __init__(self, error: Exception | None = None) -> None:
        self.heard: list[AudioInput] = []
        self.error = error

    async def transcribe(self, audio: AudioInput, *, timeout: float) -> Transcript:
        self.heard.append(audio)
        if self.error:
            raise self.error
        return Transcript("Selam", Usage("listener"), 1.0)


def silence(seconds: float) -> str:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(1)
        writer.setframerate(4_000)
        writer.writeframes(bytes(round(seconds * 4_000)))
    return base64.b64encode(file.getvalue()).decode()


@pytest.mark.parametrize(
    ("wish", "field", "reason"),
    [
        ({"voice": "nobody"}, "voice", "no such voice; see GET /v1/voice/voices"),
        ({"voice": "george", "response_format": "wav"}, "response_format", "this voice speaks mp3"),
        ({"voice": "george", "speed": 1.3}, "speed", "this voice speaks at 0.7 to 1.2"),
    ],
)
def test_what_a_voice_cannot_do_is_refused_with_what_it_can(wish: dict[str, Any], field: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        request_speech(TTSRequest(text="Selam", **wish), jobs=JOBS, queue=ListQueue())

    assert caught.value.details["errors"] == [{"field": field, "reason": reason, "type": "value_error"}]


async def test_a_sound_is_checked_before_anybody_is_asked() -> None:
    listener = Listener()

    for sound, expected in (
        ("bm90IGEgc291bmQ=", InvalidInput),
        ("%%%", InvalidInput),
        (silence(0.05), InvalidInput),
        (silence(601), PayloadTooLarge),
    ):
        with pytest.raises(expected):
            await transcribe(STTRequest(audio_base64=sound), transcriber=listener)

    assert not listener.heard


async def test_a_good_sound_and_an_address_are_handed_on() -> None:
    listener = Listener()

    await transcribe(STTRequest(audio_base64=f"data:audio/wav;base64,{silence(1)}"), transcriber=listener)
    await transcribe(STTRequest.model_validate({"audio_url": "https://studio.example/a.mp3"}), transcriber=listener)

    assert [audio.url for audio in listener.heard] == [None, "https://studio.example/a.mp3"]


@pytest.mark.parametrize("response_format", ["mp3", "wav"])
async def test_the_sandboxs_own_sounds_pass_the_check(response_format: str) -> None:
    sound = base64.b64encode(speak(SpeechOrder("Selam!", "ali", 2.0, response_format))).decode()

    answer = await transcribe(STTRequest(audio_base64=sound), transcriber=SandboxTranscriber())

    assert answer.text == "Selam!"


def test_an_order_is_stored_and_queued(deployment: Deployment) -> None:
    queue = ListQueue()
    job = request_speech(TTSRequest(text="Merhaba."), jobs=jobs_of("alice"), queue=queue)

    assert jobs_of("alice").get(job.id).order == ORDER
    assert [message.model_dump() for message in queue.messages] == [{"tenant_id": "alice", "job_id": job.id}]


@pytest.mark.parametrize(
    ("text", "pronunciations", "spoken"),
    [
        ("Kapı 3. katta.", None, "Kapı üçüncü katta."),
        ("1923'te 50 TL'ye aldım.", None, "bin dokuz yüz yirmi üçte elli liraya aldım."),
        ("Xyrr'a 2 gün kaldı.", {"Xyrr": "Zir"}, "Zir'e iki gün kaldı."),
    ],
)
def test_a_text_is_ordered_as_it_is_to_be_read(
    deployment: Deployment, text: str, pronunciations: dict[str, str] | None, spoken: str
) -> None:
    request = TTSRequest(text=text, pronunciations=pronunciations)

    job = request_speech(request, jobs=jobs_of("alice"), queue=ListQueue())

    assert jobs_of("alice").get(job.id).order["text"] == spoken


def test_a_text_that_is_too_long_in_words_is_refused(deployment: Deployment) -> None:
    queue = ListQueue()

    with pytest.raises(InvalidInput) as refused:
        request_speech(TTSRequest(text="777777 " * 400), jobs=jobs_of("alice"), queue=queue)

    assert refused.value.details["errors"][0]["field"] == "text"
    assert queue.messages == []


class Speaker:
    """A synthesizer that keeps what it was asked."""

    resubmittable = False

    def __init__(self) -> None:
        self.orders: list[tuple[SpeechOrder, str | None, float]] = []

    async def submit(self, order: SpeechOrder, *, callback_url: str | None, timeout: float) -> Submission:
        self.orders.append((order, callback_url, timeout))
        return Submission("req-1", ready=False)


async def test_the_vendor_gets_the_order_as_it_was_stored_and_where_to_call_back() -> None:
    speaker: Any = Speaker()
    job = Job(id="job_" + "0" * 26, kind=JobKind.SPEECH, order=ORDER, created_at=0)
    vendor = speech_vendor(speaker)

    assert await vendor.submit(job, "https://meddah.example/back") == Submission("req-1", ready=False)
    assert vendor.resubmittable is False
    wanted = SpeechOrder("Merhaba.", "alloy", 1.0, "mp3")
    assert speaker.orders == [(wanted, "https://meddah.example/back", SUBMIT_SECONDS)]


async def test_the_vendors_failure_is_passed_on() -> None:
    with pytest.raises(ProviderUnavailable):
        await transcribe(STTRequest(audio_base64=silence(1)), transcriber=Listener(ProviderUnavailable("Away.")))
