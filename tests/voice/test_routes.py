"""Speech over HTTP, and its limits."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest

from common.jobs import JobKind, jobs_of
from common.prices import in_force, prices
from common.providers import SpeechOrder
from common.providers.sandbox.sound import speak
from common.voices import voices
from tests.support.deployment import Deployment
from tests.support.http import BOB, Studio
from voice.api import app
from voice.models import MAX_AUDIO_BYTES, MAX_BODY_BYTES, MAX_TEXT

SENTENCE = "Kapıyı aç, dışarıda kar var."


@pytest.fixture
def studio(deployment: Deployment) -> Studio:
    return Studio(app)


def _fields(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [one["field"] for one in answer.json()["error"]["details"]["errors"]]


# ── tts ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_text_to_be_spoken_is_a_job(studio: Studio, deployment: Deployment) -> None:
    answer = await studio.post(
        "/v1/voice/tts", text=f"  {SENTENCE}\n", voice="zeynep", speed=1.25, response_format="wav"
    )

    assert answer.status_code == 202
    assert set(answer.json()) == {"job_id", "status"}
    job = jobs_of("tenant_demo").get(answer.json()["job_id"])
    assert (job.kind, answer.json()["status"]) == (JobKind.SPEECH, "pending")
    assert job.order == {"text": SENTENCE, "voice": "zeynep", "speed": 1.25, "response_format": "wav"}
    (message,) = deployment.received(deployment.settings.speech_queue_url)
    sent = {"tenant_id": "tenant_demo", "job_id": job.id, "urgent": False, "woken": False}
    assert json.loads(message) == sent, "nobody's words travel by queue"


async def test_what_is_not_said_is_the_seeds_default(studio: Studio) -> None:
    answer = await studio.post("/v1/voice/tts", text="x")

    order = jobs_of("tenant_demo").get(answer.json()["job_id"]).order
    assert order == {"text": "x", "voice": "alloy", "speed": 1.0, "response_format": "mp3"}


BOUNDS: list[tuple[str, list[Any], list[Any]]] = [
    ("text", ["x", "ş" * MAX_TEXT], ["", "  ", "x" * (MAX_TEXT + 1), None, 7]),
    ("voice", ["alloy", "zeynep"], ["", "nobody", "x" * 81]),
    ("speed", [0.25, 1, 4.0], [0.24, 4.01, -1, "fast", None]),
    ("response_format", ["mp3", "wav", "pcm"], ["ogg", "MP3", ""]),
]


@pytest.mark.parametrize(("field", "inside", "outside"), BOUNDS, ids=[field for field, _, _ in BOUNDS])
async def test_every_field_of_an_order_has_its_bounds(
    studio: Studio, deployment: Deployment, field: str, inside: list[Any], outside: list[Any]
) -> None:
    for value in inside:
        assert (await studio.post("/v1/voice/tts", **{"text": "x", field: value})).status_code == 202
    for value in outside:
        assert _fields(await studio.post("/v1/voice/tts", **{"text": "x", field: value})) == [field]

    assert len(deployment.received(deployment.settings.speech_queue_url)) == len(inside)


async def test_an_order_without_a_text_or_with_a_language_is_refused(studio: Studio) -> None:
    assert _fields(await studio.post("/v1/voice/tts")) == ["text"]
    assert _fields(await studio.post("/v1/voice/tts", text="x", language="tr")) == ["language"]


# ── stt ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def recording() -> bytes:
    return speak(SpeechOrder(text=SENTENCE, voice="alloy", speed=1.0, response_format="mp3"))


@pytest.mark.parametrize("prefix", ["", "data:audio/mpeg;base64,"])
async def test_speech_is_understood(studio: Studio, recording: bytes, prefix: str) -> None:
    answer = await studio.post("/v1/voice/stt", audio_base64=prefix + base64.b64encode(recording).decode())

    assert answer.status_code == 200
    assert answer.json()["text"] == SENTENCE
    assert answer.json()["duration_seconds"] > 0
    assert answer.json()["usage"]["model"] == "sandbox/stt"


@pytest.mark.parametrize("content", [b"not audio", b"RIFF", b"ID3" + b"\x00" * 200])
async def test_what_is_not_sound_is_bad_input(studio: Studio, content: bytes) -> None:
    assert _fields(await studio.post("/v1/voice/stt", audio_base64=base64.b64encode(content).decode())) == [
        "audio_base64"
    ]


@pytest.mark.parametrize("content", [b"\xff\xfb\x90\x00" * 400])
async def test_what_is_not_speech_is_rejected(studio: Studio, content: bytes) -> None:
    answer = await studio.post("/v1/voice/stt", audio_base64=base64.b64encode(content).decode())

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "PROVIDER_REJECTED")
    assert answer.json()["error"]["retryable"] is False


@pytest.mark.parametrize("text", ["!!!!", "abc", "a b", "AAA=A", "ş", "data:audio/mpeg;base64,%%%"])
async def test_what_is_not_base64_is_bad_input(studio: Studio, text: str) -> None:
    assert _fields(await studio.post("/v1/voice/stt", audio_base64=text)) == ["audio_base64"]


@pytest.mark.parametrize(
    "body", [{}, {"audio_url": "https://example.com/a.mp3", "audio_base64": "AAAA"}, {"audio_url": None}]
)
async def test_sound_comes_from_exactly_one_place(studio: Studio, body: dict[str, Any]) -> None:
    assert _fields(await studio.post("/v1/voice/stt", **body)) == ["body"]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/a.mp3",
        "ftp://example.com/a",
        "file:///etc/passwd",
        "nonsense",
        "",
        "https://",
        "https://x/" + "y" * 2_000,
    ],
)
async def test_an_address_is_public_and_https(studio: Studio, url: str) -> None:
    assert _fields(await studio.post("/v1/voice/stt", audio_url=url)) == ["audio_url"]


async def test_the_sandbox_says_that_it_fetches_nothing(studio: Studio) -> None:
    answer = await studio.post("/v1/voice/stt", audio_url="https://example.com/a.mp3")

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "PROVIDER_REJECTED")
    assert "audio_base64" in answer.json()["error"]["message"]


async def test_sound_may_have_three_and_a_half_megabytes(studio: Studio) -> None:
    at_the_cap = await studio.post("/v1/voice/stt", audio_base64=base64.b64encode(b"x" * MAX_AUDIO_BYTES).decode())
    above = await studio.post("/v1/voice/stt", audio_base64=base64.b64encode(b"x" * (MAX_AUDIO_BYTES + 1)).decode())

    assert at_the_cap.json()["error"]["code"] == "VALIDATION_ERROR", "it was looked at"
    assert (above.status_code, above.json()["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE")


async def test_a_body_above_the_cap_is_not_even_parsed(studio: Studio) -> None:
    answer = await studio.post("/v1/voice/stt", audio_base64="A" * (MAX_BODY_BYTES + 1))

    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE")


# ── voices ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_voices_are_the_catalogues(studio: Studio) -> None:
    listed = (await studio.get("/v1/voice/voices")).json()["voices"]

    assert [voice["voice_id"] for voice in listed] == [voice.voice_id for voice in voices()]
    told = {voice["family"]: voice["microusd_per_1000_characters"] for voice in listed}
    assert told == {family: in_force(history).per_1000_characters for family, history in prices().speech.items()}
    assert told["freya"] is None and told["elevenlabs"] > 0
    assert listed[0]["voice_id"] == "alloy"
    assert all(voice["name"] and voice["description"] and voice["sample_rate"] >= 8_000 for voice in listed)
    assert (await Studio(app, BOB).get("/v1/voice/voices")).json()["voices"] == listed
