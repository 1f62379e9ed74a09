"""What the stand-in's models take, refuse and make, by the real fal-client."""

from __future__ import annotations

import base64
import io
import math
import wave
from array import array
from typing import Any

import httpx
import pytest
from fal_client.client import FalClientHTTPError
from PIL import Image, ImageStat

from common.providers import Purpose
from local.fal import sound
from local.fal.chat import purpose_of
from local.fal.stand_in import FalStandIn
from local.fal.wishes import Wish
from tests.local.fal.conftest import Connect

DEV, SCHNELL = "fal-ai/flux/dev", "fal-ai/flux/schnell"
PRO, ULTRA = "fal-ai/flux-pro/v1.1", "fal-ai/flux-pro/v1.1-ultra"
CHAT = "openrouter/router/openai/v1/chat/completions"
FREYA = "freya-mypsdi253hbk/freya-tts"
ELEVEN = "fal-ai/elevenlabs/tts/turbo-v2.5"
HEARING = "freya-mypsdi253hbk/freya-stt/generate"
TEXT = "Merhaba yolcu, köyümüze hoş geldin."


def fetched(url: str) -> httpx.Response:
    return httpx.get(url).raise_for_status()


def status_of(url: str, **headers: str) -> int:
    return httpx.get(url, headers=headers).status_code


@pytest.mark.parametrize(
    ("key", "detail"),
    [
        (None, 'Cannot access application "fal-ai/flux"'),
        ("Key id", "Invalid Key Authorization header format. Expected '<key_id>:<key_secret>'."),
        ("Bearer id:secret", "No user found for Key ID and Secret"),
        ("Key other:secret", "No user found for Key ID and Secret"),
        ("Key id:secret", None),
    ],
)
def test_keys(key: str | None, detail: str | None) -> None:
    with FalStandIn(key="id:secret", latency={"image": 0}) as stand_in:
        headers = {"Authorization": key} if key else {}
        for host in ("run", "queue"):
            answer = httpx.post(f"{stand_in.urls[host]}/{DEV}", json={"prompt": "kale"}, headers=headers)
            assert (answer.status_code, answer.json().get("detail")) == (401 if detail else 200, detail)


@pytest.mark.parametrize(
    ("app", "status", "detail"),
    [
        ("fal-ai/any-llm", 404, 'Application "fal-ai/any-llm" not found'),
        ("fal-ai/flux/krea", 404, "Path /krea not found"),
    ],
)
async def test_models_that_are_not_there(connect: Connect, app: str, status: int, detail: str) -> None:
    async with connect() as fal:
        for call in (fal.run, fal.submit):
            with pytest.raises(FalClientHTTPError, match=detail) as caught:
                await call(app, {})
            assert caught.value.status_code == status


@pytest.mark.parametrize(
    ("app", "arguments", "loc", "kind"),
    [
        (DEV, {}, ["body", "prompt"], "missing"),
        (DEV, {"prompt": "x", "negative_prompt": "y"}, ["body", "negative_prompt"], "extra_forbidden"),
        (DEV, {"prompt": "x", "guidance_scale": 21}, ["body", "guidance_scale"], "less_than_equal"),
        (DEV, {"prompt": "x", "output_format": "webp"}, ["body", "output_format"], "one_of"),
        (SCHNELL, {"prompt": "x", "num_inference_steps": 28}, ["body", "num_inference_steps"], "less_than_equal"),
        (PRO, {"prompt": "x", "num_inference_steps": 28}, ["body", "num_inference_steps"], "extra_forbidden"),
        (ULTRA, {"prompt": "x", "image_size": "square"}, ["body", "image_size"], "extra_forbidden"),
        (f"{FREYA}/generate", {"input": "x", "voice": "freya"}, ["body", "voice"], "one_of"),
        (f"{FREYA}/generate", {"input": "x", "speed": 0.2}, ["body", "speed"], "greater_than_equal"),
        (ELEVEN, {"text": "x", "speed": 2}, ["body", "speed"], "less_than_equal"),
        (HEARING, {"audio_url": "https://example.com/a.mp3"}, ["body", "audio_url"], "file_download_error"),
        (HEARING, {"audio_url": "data:audio/wav;base64,AAAA"}, ["body", "audio_url"], "unsupported_audio_format"),
        ("openrouter/router", {"prompt": "x", "model": "a/b", "messages": []}, ["body", "messages"], "extra_forbidden"),
    ],
)  # fmt: skip
async def test_inputs_that_are_refused(connect: Connect, app: str, arguments: Any, loc: list[str], kind: str) -> None:
    async with connect() as fal:
        with pytest.raises(FalClientHTTPError) as caught:
            await fal.run(app, arguments)

    [detail] = caught.value.response.json()["detail"]
    assert (caught.value.status_code, detail["loc"], detail["type"]) == (422, loc, kind)
    assert caught.value.response_headers["x-fal-retryable"] == "false"


@pytest.mark.parametrize(
    ("arguments", "form", "size"),
    [
        ({"image_size": {"width": 640, "height": 384}, "output_format": "png"}, "PNG", (640, 384)),
        ({"image_size": "portrait_16_9"}, "JPEG", (576, 1024)),
        ({}, "JPEG", (1024, 768)),
    ],
)
async def test_a_picture_is_what_was_ordered(connect: Connect, arguments: Any, form: str, size: Any) -> None:
    order = {"prompt": "Anime style background art, gece, karlı dağlar", "seed": 5, **arguments}
    async with connect() as fal:
        first, second = [(await fal.run(DEV, order))["images"][0] for _ in range(2)]

    answer = fetched(first["url"])
    image = Image.open(io.BytesIO(answer.content))
    assert (image.format, image.size) == (form, size) == (form, (first["width"], first["height"]))
    assert answer.headers["content-type"] == first["content_type"] == f"image/{form.lower()}"
    assert first["url"] != second["url"] and fetched(second["url"]).content == answer.content
    assert all(band.stddev[0] > 5 for band in map(ImageStat.Stat, image.convert("RGB").split()))


async def test_seeds_flags_and_black_pictures(stand_in: FalStandIn, connect: Connect) -> None:
    stand_in.script("nsfw", skip=2)
    order = {"prompt": "portre", "image_size": {"width": 128, "height": 128}, "output_format": "png", "sync_mode": True}
    async with connect() as fal:
        drawn, other, flagged = [await fal.run(DEV, order) for _ in range(3)]

    assert drawn["seed"] != other["seed"] and drawn["images"] != other["images"]
    assert flagged["has_nsfw_concepts"] == [True]
    content = base64.b64decode(flagged["images"][0]["url"].removeprefix("data:image/png;base64,"))
    assert Image.open(io.BytesIO(content)).getextrema() == ((0, 0), (0, 0), (0, 0))


def test_prompts_are_read_for_style_and_subject() -> None:
    styles = {
        "2D pixel art game character portrait": ("pixel_art", True),
        "Photorealistic environment, wide scene without characters": ("realistic", False),
        "Oil painting style character portrait": ("painterly", True),
        "Kara kalem bir kale manzarası": ("custom", False),
    }
    for prompt, expected in styles.items():
        wish = Wish(f"{prompt}\n\nThe picture must not show: sakal", 1, 512, 512)
        assert (wish.style, wish.portrait) == expected
        assert (wish.unwanted or "").strip() == "sakal" and "beard" not in wish.cues


@pytest.mark.parametrize(
    ("form", "content_type"),
    [
        ("wav", "audio/wav"),
        ("mp3", "audio/mpeg"),
        ("opus", "audio/ogg"),
        ("aac", "audio/aac"),
        ("flac", "audio/flac"),
        ("pcm", "audio/pcm"),
    ],
)
async def test_speech_in_every_format(connect: Connect, form: str, content_type: str) -> None:
    async with connect() as fal:
        output = await fal.run(f"{FREYA}/generate", {"input": TEXT, "voice": "zeynep", "response_format": form})

    audio = output["audio"]
    answer = fetched(audio["url"])
    assert answer.headers["content-type"] == audio["content_type"] == content_type
    assert len(answer.content) == audio["file_size"]
    assert 2 < output["audio_duration_sec"] < 5
    if form != "pcm":
        caption, seconds, _ = sound.decoded(answer.content)
        assert caption == TEXT and abs(seconds - output["audio_duration_sec"]) < 0.2


async def test_speech_is_heard_and_goes_at_the_wanted_speed(connect: Connect) -> None:
    lengths: dict[float, float] = {}
    async with connect() as fal:
        for speed in (0.25, 1.0, 4.0):
            order = {"input": TEXT, "voice": "ali", "response_format": "wav", "speed": speed}
            output = await fal.run(f"{FREYA}/generate", order)
            with wave.open(io.BytesIO(fetched(output["audio"]["url"]).content)) as file:
                assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
                samples = array("h", file.readframes(file.getnframes()))
            lengths[speed] = len(samples) / 16_000
            assert math.sqrt(sum(sample * sample for sample in samples) / len(samples)) > 1_000
    assert lengths[0.25] / lengths[1.0] == pytest.approx(4, rel=0.15)
    assert lengths[1.0] / lengths[4.0] == pytest.approx(4, rel=0.15)


async def test_voices_differ_and_strangers_are_refused(connect: Connect) -> None:
    async with connect() as fal:
        sounds = {
            fetched((await fal.run(ELEVEN, {"text": TEXT, "voice": voice}))["audio"]["url"]).content
            for voice in ("Rachel", "Brian", "21m00Tcm4TlvDq8ikWAM")
        }
        with pytest.raises(FalClientHTTPError, match="Voice not found"):
            await fal.run(ELEVEN, {"text": TEXT, "voice": "Nobody"})

    assert len(sounds) == 3
    assert {sound.decoded(content)[0] for content in sounds} == {TEXT}


async def test_a_stream_of_speech_is_heard_again_from_its_samples(connect: Connect) -> None:
    async with connect() as fal:
        *deltas, last = [event async for event in fal.stream(FREYA, {"input": TEXT, "voice": "ali"})]
        samples = b"".join(base64.b64decode(delta["audio"]) for delta in deltas)
        file = io.BytesIO()
        with wave.open(file, "wb") as writer:
            writer.setparams((1, 2, 16_000, 0, "NONE", ""))
            writer.writeframes(samples)
        uri = "data:audio/wav;base64," + base64.b64encode(file.getvalue()).decode()
        heard = await fal.run(HEARING, {"audio_url": uri, "language": "tr"})

    assert last["done"] is True and last["audio_duration_sec"] == pytest.approx(len(samples) / 32_000, abs=0.01)
    assert heard == {"text": TEXT}


async def test_only_its_own_voice_is_understood(connect: Connect) -> None:
    tone = array("h", (round(9_000 * math.sin(index / 5)) for index in range(16_000))).tobytes()
    async with connect() as fal:
        for samples, kind in ((tone, "value_error"), (tone[:800], "audio_duration_too_short")):
            url = await fal.upload(
                sound.encoded(samples, "wav", rate=16_000, text="")[:], "audio/wav", repository="fal"
            )
            with pytest.raises(FalClientHTTPError) as caught:
                await fal.run("fal-ai/wizper", {"audio_url": url, "language": "tr"})
            assert caught.value.response.json()["detail"][0]["type"] == kind


async def test_an_upload_can_be_heard_and_the_media_host_wants_no_key(stand_in: FalStandIn, connect: Connect) -> None:
    samples = bytes(2 * 8_000)
    async with connect() as fal:
        file = sound.encoded(samples, "mp3", rate=16_000, text="İyi geceler")
        url = await fal.upload(file, "audio/mpeg", "ses.mp3", repository="fal", fallback_repository="fal")
        heard = await fal.run("fal-ai/wizper", {"audio_url": url, "language": "tr"})

    assert url.startswith(stand_in.urls["media"]) and fetched(url).content == file
    assert heard["text"] == heard["chunks"][0]["text"] == "İyi geceler"
    assert status_of(url, Authorization="Key a:b") == 400


async def test_files_expire_as_the_request_wishes(connect: Connect) -> None:
    async with connect() as fal:
        output = await fal.run(
            DEV,
            {"prompt": "kale", "image_size": {"width": 64, "height": 64}},
            headers={"X-Fal-Object-Lifecycle-Preference": '{"expiration_duration_seconds": 0}'},
        )
    assert status_of(output["images"][0]["url"]) == 404


async def test_chat_is_counted_paid_for_and_cut(stand_in: FalStandIn, connect: Connect) -> None:
    talk = {"model": "google/gemini-2.5-flash", "messages": [{"role": "user", "content": "Kılıç var mı?"}]}
    async with connect() as fal:
        whole = await fal.run(CHAT, talk)
        short = await fal.run(CHAT, {**talk, "max_tokens": 3})
        with pytest.raises(FalClientHTTPError) as caught:
            await fal.run(CHAT, {"model": "gemini", "messages": []})

    assert whole == await _again(connect, talk)
    [choice] = whole["choices"]
    assert (choice["finish_reason"], short["choices"][0]["finish_reason"]) == ("stop", "length")
    assert choice["message"]["content"].startswith(short["choices"][0]["message"]["content"])
    usage = whole["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 10
    assert stand_in.ledger.charges[0].microusd == round(usage["cost"] * 1_000_000) > 0
    assert caught.value.status_code == 400 and caught.value.response.json()["error"]["code"] == 400


async def _again(connect: Connect, talk: Any) -> Any:
    async with connect() as fal:
        return await fal.run(CHAT, talk)


def test_every_prompt_of_ours_is_read_for_what_it_wants() -> None:
    from characters import prompts as ours  # noqa: PLC0415
    from worlds import prompts as theirs  # noqa: PLC0415

    for purpose in Purpose:
        template = getattr(ours, purpose.name, None) or getattr(theirs, purpose.name)
        assert purpose_of(template) is purpose
        assert purpose_of(template + "\n<istem>WANT taboo_words PASS ya da FAIL</istem>") is purpose
