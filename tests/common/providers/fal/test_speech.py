"""Voices: what each family is told, what comes back, and the stream."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest

from common.errors import ProviderBadAnswer, ProviderError, ProviderModerated, ProviderRejected, ProviderUnavailable
from common.prices import in_force, prices
from common.providers import SpeechOrder, SpeechSynthesizer, Submission, Usage
from common.providers.fal.speech import FalSpeechSynthesizer
from common.providers.sandbox.sound import speak
from tests.support.fal_wire import FalWire, Reply, sse

ID = "764cabcf-b745-4b3e-ae38-1200304cf45b"
ORDER = SpeechOrder("Kapıyı aç, dışarıda kar var.", "zeynep", 1.5, "wav")
OF_ELEVENLABS = SpeechOrder("Kapıyı aç.", "george", 1.1, "mp3")


def synthesizer() -> SpeechSynthesizer:
    return FalSpeechSynthesizer()


def made(fal: FalWire, **more: Any) -> dict[str, Any]:
    return {"audio": {"url": f"{fal.url}/files/a"}, "inference_time_ms": 420.4, "audio_duration_sec": 2.5, **more}


async def ordered(fal: FalWire, order: SpeechOrder) -> dict[str, Any]:
    urls = {f"{name}_url": f"{fal.url}/queue/x" for name in ("response", "status", "cancel")}
    fal.on("POST", ".*", Reply({"request_id": ID, **urls}))
    submission = await synthesizer().submit(order, callback_url="https://meddah.example/hook", timeout=5)
    assert submission == Submission(ID, ready=False)
    return {"path": fal.requests[-1].path, **fal.requests[-1].json()}


async def listen(order: SpeechOrder = ORDER) -> tuple[list[bytes], Usage]:
    *chunks, usage = [chunk async for chunk in synthesizer().stream(order, timeout=5)]
    assert isinstance(usage, Usage)
    return [chunk for chunk in chunks if isinstance(chunk, bytes)], usage


def audio(samples: bytes) -> dict[str, str]:
    return {"audio": base64.b64encode(samples).decode()}


async def test_freya_is_told_the_text_the_voice_the_format_and_the_speed(fal: FalWire) -> None:
    assert await ordered(fal, ORDER) == {
        "path": "/queue/freya-mypsdi253hbk/freya-tts/generate",
        "input": "Kapıyı aç, dışarıda kar var.",
        "voice": "zeynep",
        "response_format": "wav",
        "speed": 1.5,
    }


async def test_elevenlabs_is_told_the_language(fal: FalWire) -> None:
    assert await ordered(fal, OF_ELEVENLABS) == {
        "path": "/queue/fal-ai/elevenlabs/tts/turbo-v2.5",
        "text": "Kapıyı aç.",
        "voice": "George",
        "speed": 1.1,
        "language_code": "tr",
    }


@pytest.mark.parametrize(
    ("order", "details"),
    [
        (replace(ORDER, voice="nobody"), {"reason": "unknown_voice"}),
        (replace(OF_ELEVENLABS, response_format="wav"), {"reason": "unsupported_format", "formats": ["mp3"]}),
        (replace(OF_ELEVENLABS, speed=2.0), {"reason": "unsupported_speed", "speed_min": 0.7, "speed_max": 1.2}),
        (
            replace(ORDER, response_format="midi"),
            {"reason": "unsupported_format", "formats": ["mp3", "wav", "opus", "aac", "flac", "pcm"]},
        ),
    ],
)
async def test_what_a_voice_cannot_do_is_refused_with_what_it_can(
    fal: FalWire, order: SpeechOrder, details: dict[str, Any]
) -> None:
    with pytest.raises(ProviderRejected) as caught:
        await synthesizer().submit(order, callback_url=None, timeout=5)

    assert caught.value.details == details
    assert not fal.requests


async def test_a_sound_tells_its_facts_as_measured(fal: FalWire) -> None:
    content = speak(ORDER)
    fal.on("GET", "/files/a", Reply(content, content_type="audio/x-wav"))

    media = await synthesizer().collect(ID, ORDER, output=made(fal), timeout=5)

    assert media is not None
    assert (media.content, media.content_type) == (content, "audio/wav")
    seconds = media.facts["duration_seconds"]
    assert isinstance(seconds, float)
    assert seconds != 2.5
    assert media.facts == {
        "duration_seconds": seconds,
        "sample_rate": 16_000,
        "voice": "zeynep",
        "response_format": "wav",
    }
    assert (media.usage.characters, media.usage.seconds, media.usage.provider_ms) == (28, seconds, 420)


async def test_bare_samples_are_measured_by_their_number(fal: FalWire) -> None:
    fal.on("GET", "/files/a", Reply(bytes(32_000), content_type="application/octet-stream"))

    media = await synthesizer().collect(ID, replace(ORDER, response_format="pcm"), output=made(fal), timeout=5)

    assert media is not None
    assert (media.content_type, media.facts["duration_seconds"]) == ("audio/pcm", 1.0)


async def test_where_nothing_can_be_measured_the_vendors_word_counts(fal: FalWire) -> None:
    fal.on("GET", "/files/a", Reply(b"\xff\xf1aac", content_type="audio/aac"))

    media = await synthesizer().collect(ID, replace(ORDER, response_format="aac"), output=made(fal), timeout=5)

    assert media is not None
    assert media.facts["duration_seconds"] == 2.5


async def test_elevenlabs_costs_by_the_character_and_is_asked_at_the_queue(fal: FalWire) -> None:
    fal.on("GET", "/files/a", Reply(speak(OF_ELEVENLABS), content_type="audio/mpeg"))
    running = Reply({"status": "IN_PROGRESS", "logs": None}, status=202)
    done = Reply({"status": "COMPLETED", "logs": None, "metrics": {"inference_time": 0.75}})
    fal.on("GET", f"/queue/fal-ai/elevenlabs/requests/{ID}/status", running, done)
    fal.on("GET", f"/queue/fal-ai/elevenlabs/requests/{ID}", Reply({"audio": {"url": f"{fal.url}/files/a"}}))

    assert await synthesizer().collect(ID, OF_ELEVENLABS, timeout=5) is None
    media = await synthesizer().collect(ID, OF_ELEVENLABS, timeout=5)

    assert media is not None
    assert (media.usage.cost_microusd, media.usage.provider_ms) == (500, 750)


@pytest.mark.parametrize("content", [b"", b"<html>", b"ID3\x04 but WAV was ordered"])
async def test_what_is_not_the_format_ordered_is_not_handed_on_but_paid_for(fal: FalWire, content: bytes) -> None:
    fal.on("GET", "/files/a", Reply(content, content_type="audio/wav"))

    with pytest.raises(ProviderBadAnswer) as caught:
        await synthesizer().collect(ID, ORDER, output=made(fal), timeout=5)
    assert [(usage.characters, usage.provider_ms) for usage in caught.value.usages] == [(28, 420)]


def test_the_ceiling_is_the_price_of_the_text() -> None:
    price = in_force(prices().speech["elevenlabs"])

    assert synthesizer().ceiling_microusd(OF_ELEVENLABS) == price.of(10) > 0
    assert synthesizer().ceiling_microusd(replace(OF_ELEVENLABS, text="ş" * 3_000)) == price.of(3_000)
    assert synthesizer().ceiling_microusd(replace(ORDER, voice="nobody")) == 0


async def test_a_webhook_that_tells_a_failure_ends_the_order(fal: FalWire) -> None:
    with pytest.raises(ProviderModerated):
        await synthesizer().collect(ID, ORDER, output={"detail": [{"type": "content_policy_violation"}]}, timeout=5)


async def test_an_order_can_be_cancelled(fal: FalWire) -> None:
    fal.on("PUT", f"/queue/freya-mypsdi253hbk/freya-tts/requests/{ID}/cancel", Reply(status=202))

    assert await synthesizer().cancel(ID, ORDER, timeout=5)
    assert not synthesizer().resubmittable


# ── Streams ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_samples_cut_at_odd_bytes_arrive_whole(fal: FalWire) -> None:
    sound = bytes(range(1, 101))
    pieces = [sound[0:1], sound[1:2], sound[2:7], b"", sound[7:50], sound[50:]]
    done = {"done": True, "inference_time_ms": 1.0, "audio_duration_sec": 0.1}
    fal.on("POST", "/run/freya-mypsdi253hbk/freya-tts/stream", sse(*[audio(piece) for piece in pieces], done))

    chunks, usage = await listen()

    assert b"".join(chunks) == sound
    assert (usage.model, usage.characters, usage.seconds) == ("freya-mypsdi253hbk/freya-tts", 28, 0.003)
    assert all(len(chunk) % 2 == 0 and chunk for chunk in chunks)
    assert fal.requests[0].json()["voice"] == "zeynep"


async def test_what_freya_gets_over_is_nothing_to_us(fal: FalWire) -> None:
    hiccup = {"error": {"message": "x"}, "recoverable": True}
    fal.on("POST", ".*", sse(audio(b"1234"), hiccup, audio(b"5678"), {"done": True}))

    assert b"".join((await listen())[0]) == b"12345678"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (sse(audio(b"12"), {"error": {"message": "x"}, "recoverable": False}), ProviderUnavailable),
        (sse(audio(b"12"), {"error": "x"}), ProviderUnavailable),
        (sse(audio(b"12")), ProviderBadAnswer),
        (sse({"done": True}), ProviderBadAnswer),
        (sse({"audio": "%%%"}), ProviderBadAnswer),
        (sse({"audio": 7}), ProviderBadAnswer),
        (Reply({"detail": [{"type": "enum", "loc": ["body", "voice"]}]}, status=422), ProviderRejected),
    ],
)
async def test_a_stream_that_fails_says_so(fal: FalWire, reply: Reply, expected: type[ProviderError]) -> None:
    fal.on("POST", ".*", reply)

    with pytest.raises(expected):
        await listen()

    assert len(fal.sent()) == 1


async def test_a_voice_that_does_not_stream_names_those_that_do(fal: FalWire) -> None:
    with pytest.raises(ProviderRejected) as caught:
        await listen(OF_ELEVENLABS)

    assert caught.value.details == {"reason": "voice_does_not_stream", "voices": ["alloy", "zeynep", "ali"]}
    assert not fal.requests
