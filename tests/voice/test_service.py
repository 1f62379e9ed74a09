"""From a text to an order, from sound to text."""

from __future__ import annotations

import base64

import pytest

from common.errors import InvalidInput, PayloadTooLarge, ProviderUnavailable
from common.jobs import Job, JobKind, jobs_of
from common.providers import AudioInput, SpeechOrder, Submission, Transcript, Usage
from tests.support.deployment import Deployment
from tests.support.queues import ListQueue
from voice.models import MAX_AUDIO_BYTES, STTRequest, TTSRequest
from voice.service import SUBMIT_SECONDS, TRANSCRIBE_SECONDS, request_speech, submit_speech, transcribe

ORDER = {"text": "Merhaba.", "voice": "alloy", "speed": 1.0, "response_format": "mp3"}


class Listener:
    """A transcriber that keeps what it heard."""

    def __init__(self, error: Exception | None = None) -> None:
        self.heard: list[tuple[AudioInput, float]] = []
        self.error = error

    async def transcribe(self, audio: AudioInput, *, timeout: float) -> Transcript:
        self.heard.append((audio, timeout))
        if self.error:
            raise self.error
        return Transcript("Merhaba.", Usage("m", cost_microusd=40, seconds=1.5), duration_seconds=1.5)


class Speaker:
    """A synthesizer that keeps what it was asked."""

    def __init__(self) -> None:
        self.orders: list[tuple[SpeechOrder, float]] = []

    async def submit(self, order: SpeechOrder, *, callback_url: str | None, timeout: float) -> Submission:
        self.orders.append((order, timeout))
        return Submission("req-1", ready=False)

    async def collect(self, request_id: str, order: SpeechOrder, *, timeout: float) -> None:
        return None


def test_an_order_is_stored_and_queued(deployment: Deployment) -> None:
    queue = ListQueue()
    job = request_speech(TTSRequest(text="Merhaba."), jobs=jobs_of("alice"), queue=queue)  # type: ignore[arg-type]

    assert jobs_of("alice").get(job.id).order == ORDER
    assert [message.model_dump() for message in queue.messages] == [{"tenant_id": "alice", "job_id": job.id}]


def test_an_unknown_voice_is_refused_before_anything_is_stored(deployment: Deployment) -> None:
    queue = ListQueue()
    with pytest.raises(InvalidInput) as refused:
        request_speech(TTSRequest(text="x", voice="nobody"), jobs=jobs_of("alice"), queue=queue)  # type: ignore[arg-type]

    assert refused.value.details["errors"][0]["field"] == "voice"
    assert queue.sent == []
    assert jobs_of("alice").recent(limit=1, cursor=None, kind=None, status=None).records == []


async def test_the_vendor_gets_the_order_as_it_was_stored() -> None:
    speaker = Speaker()
    job = Job(id="job_" + "0" * 26, kind=JobKind.SPEECH, order=ORDER, created_at=0)

    assert await submit_speech(job, synthesizer=speaker) == Submission("req-1", ready=False)
    assert speaker.orders == [(SpeechOrder("Merhaba.", "alloy", 1.0, "mp3"), SUBMIT_SECONDS)]


@pytest.mark.parametrize("prefix", ["", "data:audio/wav;base64,", "data:;base64,"])
async def test_sound_in_base64_reaches_the_vendor_as_bytes(prefix: str) -> None:
    listener = Listener()
    request = STTRequest(audio_base64=prefix + base64.b64encode(b"RIFF\x00\xff").decode())
    answer = await transcribe(request, transcriber=listener)

    assert listener.heard == [(AudioInput(content=b"RIFF\x00\xff"), TRANSCRIBE_SECONDS)]
    assert (answer.text, answer.duration_seconds, answer.usage.cost_microusd) == ("Merhaba.", 1.5, 40)


async def test_an_address_is_handed_on_and_never_fetched() -> None:
    listener = Listener()
    request = STTRequest.model_validate({"audio_url": "https://example.com/ses.mp3?a=1"})
    await transcribe(request, transcriber=listener)

    assert [audio for audio, _ in listener.heard] == [AudioInput(url="https://example.com/ses.mp3?a=1")]


async def test_too_much_sound_reaches_nobody() -> None:
    listener = Listener()
    request = STTRequest(audio_base64=base64.b64encode(b"x" * (MAX_AUDIO_BYTES + 1)).decode())

    with pytest.raises(PayloadTooLarge):
        await transcribe(request, transcriber=listener)
    assert listener.heard == []


async def test_the_vendors_failure_is_passed_on() -> None:
    with pytest.raises(ProviderUnavailable):
        await transcribe(STTRequest(audio_base64="AAAA"), transcriber=Listener(ProviderUnavailable("Away.")))
