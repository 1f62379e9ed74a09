"""The sandbox behind its ports: pictures, speech and transcription, asked as a worker asks."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from common.errors import ProviderRejected, ProviderUnavailable
from common.providers import AudioInput, ImageOrder, Purpose, SpeechOrder, Usage
from common.providers.sandbox.dialogue import SandboxChatModel
from common.providers.sandbox.media import SandboxImageGenerator, SandboxSpeechSynthesizer, SandboxTranscriber
from common.providers.sandbox.pictures import draw
from common.providers.sandbox.sound import SAMPLE_RATE, speak
from common.voices import find_voice, voices

if TYPE_CHECKING:
    from common.providers import (
        ChatModel,
        ImageGenerator,
        Media,
        SpeechSynthesizer,
        Submission,
        Transcriber,
        Transcript,
    )


def picture(prompt: str = "kale", guidance_scale: float = 3.5) -> ImageOrder:
    return ImageOrder(prompt, "pixel_art", "background", 320, 256, 99, guidance_scale, 28, "schnell")


def speech(text: str = "Merhaba yolcu.", voice: str = "zeynep", response_format: str = "mp3") -> SpeechOrder:
    return SpeechOrder(text, voice, 1.0, response_format)


def submit_picture(order: ImageOrder) -> Submission:
    generator: ImageGenerator = SandboxImageGenerator()
    return asyncio.run(generator.submit(order, callback_url="https://example.test/hook", timeout=5))


def collect_picture(order: ImageOrder) -> Media | None:
    generator: ImageGenerator = SandboxImageGenerator()
    return asyncio.run(generator.collect(submit_picture(order).request_id, order, timeout=5))


def submit_speech(order: SpeechOrder) -> Submission:
    synthesizer: SpeechSynthesizer = SandboxSpeechSynthesizer()
    return asyncio.run(synthesizer.submit(order, callback_url=None, timeout=5))


def collect_speech(order: SpeechOrder) -> Media | None:
    synthesizer: SpeechSynthesizer = SandboxSpeechSynthesizer()
    return asyncio.run(synthesizer.collect(submit_speech(order).request_id, order, timeout=5))


def stream(order: SpeechOrder) -> list[bytes | Usage]:
    async def listen() -> list[bytes | Usage]:
        synthesizer: SpeechSynthesizer = SandboxSpeechSynthesizer()
        return [chunk async for chunk in synthesizer.stream(order, timeout=5)]

    return asyncio.run(listen())


def transcribe(audio: AudioInput) -> Transcript:
    transcriber: Transcriber = SandboxTranscriber()
    return asyncio.run(transcriber.transcribe(audio, timeout=5))


def test_a_picture_is_ready_at_once_under_an_id_that_depends_only_on_the_order() -> None:
    first = submit_picture(picture())

    assert first.ready
    assert first.request_id.startswith("sandbox_")
    assert submit_picture(picture()) == first
    assert submit_picture(picture("köy")) != first


def test_an_order_that_went_through_a_queue_keeps_its_request_id() -> None:
    assert submit_picture(picture(guidance_scale=7)) == submit_picture(picture(guidance_scale=7.0))


def test_a_collected_picture_tells_its_facts() -> None:
    media = collect_picture(picture())

    assert media is not None
    assert media.content == draw(picture())
    assert media.content_type == "image/png"
    assert {name: media.facts[name] for name in ("seed_used", "width", "height")} == {
        "seed_used": 99,
        "width": 320,
        "height": 256,
    }
    assert 200 < int(media.facts["inference_time_ms"]) < 60_000
    assert json.loads(json.dumps(dict(media.facts))) == media.facts


def test_a_picture_costs_nothing_but_is_measured() -> None:
    media = collect_picture(picture())

    assert media is not None
    assert (media.usage.model, media.usage.cost_microusd) == ("sandbox/schnell", 0)
    assert media.usage.megapixels == pytest.approx(0.08192)


def test_the_same_picture_is_collected_twice() -> None:
    assert collect_picture(picture()) == collect_picture(picture())


def test_a_collected_sound_tells_its_facts_and_is_measured() -> None:
    media = collect_speech(speech())

    assert media is not None
    assert media.content == speak(speech())
    assert media.content_type == "audio/mpeg"
    assert (media.facts["sample_rate"], media.facts["voice"], media.facts["response_format"]) == (
        16_000,
        "zeynep",
        "mp3",
    )
    assert media.facts["duration_seconds"] == media.usage.seconds > 0.5
    assert (media.usage.characters, media.usage.cost_microusd) == (len("Merhaba yolcu."), 0)


@pytest.mark.parametrize(("response_format", "content_type"), [("wav", "audio/wav"), ("pcm", "audio/pcm")])
def test_each_format_has_its_content_type(response_format: str, content_type: str) -> None:
    media = collect_speech(speech(response_format=response_format))

    assert media is not None
    assert media.content_type == content_type


def test_an_unknown_voice_or_format_is_rejected() -> None:
    for order in (speech(voice="nobody"), speech(response_format="flac")):
        with pytest.raises(ProviderRejected):
            submit_speech(order)


def test_a_format_the_sandbox_does_not_speak_is_refused_with_those_it_does() -> None:
    with pytest.raises(ProviderRejected) as caught:
        submit_speech(speech(response_format="opus"))

    assert caught.value.details == {"reason": "unsupported_format", "formats": ["mp3", "wav", "pcm"]}


def test_a_stream_is_the_same_sound_in_whole_samples() -> None:
    *heard, usage = stream(speech())
    chunks = [chunk for chunk in heard if isinstance(chunk, bytes)]

    assert len(chunks) == len(heard) > 5
    assert isinstance(usage, Usage)
    assert (usage.cost_microusd, usage.characters, usage.seconds) == (0, len(speech().text), duration(chunks))
    assert all(len(chunk) % 2 == 0 for chunk in chunks)
    assert b"".join(chunks) == speak(speech(response_format="pcm"))


def duration(chunks: list[bytes]) -> float:
    return round(sum(map(len, chunks)) / 2 / SAMPLE_RATE, 3)


def test_the_sandbox_is_free() -> None:
    chat: ChatModel = SandboxChatModel()
    images: ImageGenerator = SandboxImageGenerator()
    synthesizer: SpeechSynthesizer = SandboxSpeechSynthesizer()
    transcriber: Transcriber = SandboxTranscriber()

    assert chat.ceiling_microusd(Purpose.WORLD, input_bytes=10_000, max_tokens=1_500) == 0
    assert images.ceiling_microusd(picture()) == synthesizer.ceiling_microusd(speech()) == 0
    assert transcriber.ceiling_microusd(AudioInput(url="https://studio.example/ses.mp3")) == 0


@pytest.mark.parametrize("order", [speech(voice="brian"), speech(voice="nobody"), speech("Ah [sandbox:rejected]")])
def test_what_cannot_be_streamed_is_refused(order: SpeechOrder) -> None:
    with pytest.raises(ProviderRejected):
        stream(order)


def test_orders_may_be_submitted_twice_and_cancelled_at_any_time() -> None:
    generator: ImageGenerator = SandboxImageGenerator()
    synthesizer: SpeechSynthesizer = SandboxSpeechSynthesizer()

    assert generator.resubmittable
    assert synthesizer.resubmittable
    assert asyncio.run(generator.cancel("sandbox_1", picture(), timeout=5))
    assert asyncio.run(synthesizer.cancel("sandbox_1", speech(), timeout=5))


def test_what_a_webhook_told_changes_nothing() -> None:
    generator: ImageGenerator = SandboxImageGenerator()

    told = asyncio.run(generator.collect("sandbox_1", picture(), output={"images": []}, timeout=5))

    assert told == collect_picture(picture())


def test_spoken_text_is_transcribed() -> None:
    media = collect_speech(speech("Ağrı Dağı'na kar yağdı, değil mi?"))
    assert media is not None

    transcript = transcribe(AudioInput(content=media.content))

    assert transcript.text == "Ağrı Dağı'na kar yağdı, değil mi?"
    assert transcript.duration_seconds == transcript.usage.seconds == media.facts["duration_seconds"]
    assert transcript.usage.model.startswith("sandbox/")


def test_an_address_is_never_fetched() -> None:
    with pytest.raises(ProviderRejected, match="send audio_base64"):
        transcribe(AudioInput(url="https://example.test/a.wav"))


def test_foreign_sound_is_rejected_with_its_reason() -> None:
    with pytest.raises(ProviderRejected) as caught:
        transcribe(AudioInput(content=b"not a sound"))

    assert caught.value.details == {"reason": "not_audio"}


def test_markers_make_orders_fail_as_a_vendor_would() -> None:
    for marker, error in (("rejected", ProviderRejected), ("unavailable", ProviderUnavailable)):
        with pytest.raises(error):
            submit_picture(picture(f"kale [sandbox:{marker}]"))
        with pytest.raises(error):
            submit_speech(speech(f"Merhaba [sandbox:{marker}]"))


def test_a_slow_order_is_accepted_and_never_finished() -> None:
    assert submit_picture(picture("kale [sandbox:slow]")).ready
    assert collect_picture(picture("kale [sandbox:slow]")) is None
    assert collect_speech(speech("Merhaba [sandbox:slow]")) is None


def test_the_catalogue_of_voices_begins_with_the_default() -> None:
    assert [voice.voice_id for voice in voices()][:3] == ["alloy", "zeynep", "ali"]
    assert {(voice.family, voice.sample_rate) for voice in voices()} == {("freya", 16_000), ("elevenlabs", 44_100)}
    assert find_voice("nobody") is None


@pytest.mark.parametrize("voice_id", [voice.voice_id for voice in voices()])
def test_every_voice_of_the_catalogue_sounds_different(voice_id: str) -> None:
    assert find_voice(voice_id) is not None
    others = [voice.voice_id for voice in voices() if voice.voice_id != voice_id]

    for other in others:
        assert speak(speech(voice=voice_id)) != speak(speech(voice=other))
