"""From a studio's text or sound to what a provider is asked."""

from __future__ import annotations

import base64
import io
import wave
from typing import Any

import pytest

from common.config import TenantConfig
from common.errors import BudgetExhausted, InvalidInput, PayloadTooLarge, ProviderUnavailable
from common.jobs import Job, JobKind, JobMessage, jobs_of
from common.ledger import ledger_of
from common.providers import AudioInput, SpeechOrder, Submission, Transcript, Usage
from common.providers.sandbox.media import SandboxTranscriber
from common.providers.sandbox.sound import speak
from tests.support.deployment import Deployment
from tests.support.money import PLENTY, a_request, terms_of
from tests.support.queues import ListQueue
from voice.models import STTRequest, TTSRequest
from voice.service import SUBMIT_SECONDS, speech_order, speech_vendor, speech_wish, transcribe

ORDER = {"text": "Merhaba.", "voice": "alloy", "speed": 1.0, "response_format": "mp3"}

NOBODY: Any = None
"""Never reached: refused before."""


class Listener:
    """A transcriber that keeps what it was given."""

    CEILING = 600

    def __init__(self, error: Exception | None = None, *, wasted: tuple[Usage, ...] = ()) -> None:
        self.heard: list[AudioInput] = []
        self.error = error
        self.wasted = wasted

    def ceiling_microusd(self, audio: AudioInput) -> int:
        return self.CEILING

    async def transcribe(self, audio: AudioInput, *, timeout: float) -> Transcript:
        self.heard.append(audio)
        if self.error:
            raise self.error
        return Transcript("Selam", Usage("listener", cost_microusd=60), 1.0, wasted=self.wasted)


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
        speech_order(TTSRequest(text="Selam", **wish))

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
            await transcribe(STTRequest(audio_base64=sound), transcriber=listener, spending=NOBODY)

    assert not listener.heard


async def test_a_good_sound_and_an_address_are_handed_on(deployment: Deployment) -> None:
    listener = Listener()
    at = "https://studio.example/a.mp3"
    inline = STTRequest(audio_base64=f"data:audio/wav;base64,{silence(1)}")

    await transcribe(inline, transcriber=listener, spending=a_request())
    await transcribe(STTRequest.model_validate({"audio_url": at}), transcriber=listener, spending=a_request())

    assert [audio.url for audio in listener.heard] == [None, at]


@pytest.mark.parametrize("response_format", ["mp3", "wav"])
async def test_the_sandboxs_own_sounds_pass_the_check(deployment: Deployment, response_format: str) -> None:
    sound = base64.b64encode(speak(SpeechOrder("Selam!", "ali", 2.0, response_format))).decode()

    request = STTRequest(audio_base64=sound)
    answer = await transcribe(request, transcriber=SandboxTranscriber(), spending=a_request())

    assert answer.text == "Selam!"


def test_an_order_is_stored_and_queued(deployment: Deployment) -> None:
    queue = ListQueue()
    speaker: Any = Speaker()
    spending = a_request("alice", route="create_speech")
    wish = TTSRequest(text="Merhaba.", user_id="p1")
    job = speech_wish(wish, jobs=jobs_of("alice"), queue=queue, synthesizer=speaker).order(spending)

    stored = jobs_of("alice").get(job.id)
    assert stored.order == ORDER
    assert (stored.reserved_microusd, stored.route, stored.player_id) == (Speaker.CEILING, "create_speech", "p1")
    assert [message.model_dump() for message in queue.messages] == [
        JobMessage(tenant_id="alice", job_id=job.id).model_dump()
    ]


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
    job = _order(TTSRequest(text=text, pronunciations=pronunciations))

    assert jobs_of("alice").get(job.id).order["text"] == spoken


def test_a_tenants_pronunciations_hold_unless_the_request_has_its_own(deployment: Deployment) -> None:
    config = TenantConfig(pronunciations={"Xyrr": "Zir", "Kael": "Keyl"})

    job = _order(TTSRequest(text="Xyrr ile Kael", pronunciations={"Kael": "Kayel"}), config=config)

    assert jobs_of("alice").get(job.id).order["text"] == "Zir ile Kayel"


def _order(request: TTSRequest, *, config: TenantConfig | None = None) -> Job:
    speaker: Any = Speaker()
    wish = speech_wish(
        request,
        jobs=jobs_of("alice"),
        queue=ListQueue(),
        synthesizer=speaker,
        config=config or TenantConfig(),
    )
    return wish.order(a_request("alice", route="create_speech"))


def test_a_text_that_is_too_long_in_words_is_refused(deployment: Deployment) -> None:
    with pytest.raises(InvalidInput) as refused:
        _order(TTSRequest(text="777777 " * 400))

    assert refused.value.details["errors"][0]["field"] == "text"
    assert jobs_of("alice").recent(limit=10, cursor=None, kind=None, status=None).records == []


class Speaker:
    """A synthesizer that keeps what it was asked."""

    resubmittable = False

    CEILING = 4_000

    def ceiling_microusd(self, order: SpeechOrder) -> int:
        return self.CEILING

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


async def test_the_vendors_failure_is_passed_on_and_costs_nothing(deployment: Deployment) -> None:
    spending, away = a_request(), Listener(ProviderUnavailable("Away."))
    with pytest.raises(ProviderUnavailable):
        await transcribe(STTRequest(audio_base64=silence(1)), transcriber=away, spending=spending)

    spending.close()
    standing = ledger_of("alice").standing()
    assert standing is not None
    assert (standing.reserved, standing.day_committed, standing.running) == (0, 0, 0)


async def test_what_was_heard_is_paid_for_in_place_of_its_ceiling(deployment: Deployment) -> None:
    listener = Listener()
    answer = await transcribe(STTRequest(audio_base64=silence(1)), transcriber=listener, spending=a_request())

    standing = ledger_of("alice").standing()
    assert standing is not None
    assert (standing.reserved, standing.day_committed, standing.running) == (0, 60, 0)
    assert (answer.usage.cost_microusd, answer.usage.budget_remaining_microusd) == (60, PLENTY - 60)


async def test_nobody_is_asked_what_the_budget_does_not_hold(deployment: Deployment) -> None:
    listener, request = Listener(), STTRequest(audio_base64=silence(1))
    spending = a_request(terms=terms_of(day=Listener.CEILING - 1))
    with pytest.raises(BudgetExhausted):
        await transcribe(request, transcriber=listener, spending=spending)

    assert not listener.heard


async def test_what_was_heard_in_vain_is_paid_for_too(deployment: Deployment) -> None:
    listener = Listener(wasted=(Usage("first", cost_microusd=5), Usage("second", cost_microusd=6)))
    answer = await transcribe(STTRequest(audio_base64=silence(1)), transcriber=listener, spending=a_request())

    standing = ledger_of("alice").standing()
    assert standing is not None
    assert (standing.reserved, standing.day_committed) == (0, 71)
    assert (answer.usage.cost_microusd, answer.usage.model) == (71, "listener")


async def test_a_failure_that_was_paid_for_is_counted(deployment: Deployment) -> None:
    unusable = ProviderUnavailable("Away.")
    unusable.usages = (Usage("first", cost_microusd=5), Usage("second", cost_microusd=6))
    spending = a_request()
    with pytest.raises(ProviderUnavailable):
        await transcribe(STTRequest(audio_base64=silence(1)), transcriber=Listener(unusable), spending=spending)
    spending.close()

    standing = ledger_of("alice").standing()
    assert standing is not None
    assert (standing.reserved, standing.day_committed, standing.counters["r|test|c"]) == (0, 11, 11)
    assert (spending.spent, spending.receipt().cost_microusd) == (True, 11)
