"""The listening models: they understand what was spoken here or in the sandbox, and nothing else."""

import base64
import binascii
from typing import Any

from common.errors import ProviderRejected
from common.providers.sandbox.sound import hear
from local.fal import sound
from local.fal.inputs import FreyaHearing, Wizper, checked
from local.fal.making import Made, Making
from local.fal.wire import Fields, refused

_MOST_BYTES = 25 * 1024 * 1024
_SHORTEST_SECONDS = 0.1
_FORMATS = ["flac", "mp3", "mp4", "mpeg", "mpga", "m4a", "ogg", "oga", "wav", "webm"]
_AT = ["body", "audio_url"]


def freya(arguments: Fields, making: Making) -> Made:
    """`freya-mypsdi253hbk/freya-stt/generate`. The fields of `verbose_json` are not documented; these are OpenAI's."""
    asked = checked(FreyaHearing, arguments)
    text, seconds = _heard(asked.audio_url, making)
    if asked.response_format == "verbose_json":
        segment = {"id": 0, "start": 0.0, "end": seconds, "text": text}
        return _made({"text": text, "language": asked.language, "duration": seconds, "segments": [segment]}, seconds)
    return _made({"text": text}, seconds)


def wizper(arguments: Fields, making: Making) -> Made:
    """`fal-ai/wizper`."""
    asked = checked(Wizper, arguments)
    text, seconds = _heard(asked.audio_url, making)
    chunks = [{"timestamp": [0.0, seconds], "text": text}]
    return _made({"text": text, "chunks": chunks, "languages": [asked.language or "tr"]}, seconds)


def _made(output: Any, seconds: float) -> Made:
    return Made(output, round(seconds / 60, 6))


def _heard(url: str, making: Making) -> tuple[str, float]:
    """The text of the sound at an address, and its seconds."""
    content = _fetched(url, making)
    if len(content) > _MOST_BYTES:
        raise refused(422, "file_too_large", "The file is too large", at=_AT, max_size=_MOST_BYTES)
    try:
        return _rounded(*hear(content))
    except ProviderRejected:
        pass
    try:
        caption, seconds, samples = sound.decoded(content)
    except sound.NotSound:
        raise refused(
            422, "unsupported_audio_format", "Unsupported audio format", at=_AT, supported_formats=_FORMATS
        ) from None
    if seconds < _SHORTEST_SECONDS:
        raise refused(
            422, "audio_duration_too_short", "The audio is too short", at=_AT,
            min_duration=_SHORTEST_SECONDS, provided_duration=seconds,
        )  # fmt: skip
    text = caption or making.memory.recall(samples)
    if text is None:
        raise refused(422, "value_error", "No intelligible speech was found in the audio", at=_AT)
    return _rounded(text, seconds)


def _rounded(text: str, seconds: float) -> tuple[str, float]:
    return text, round(seconds, 3)


def _fetched(url: str, making: Making) -> bytes:
    """The bytes of a data URI, or of a file on our own media host: nothing is fetched from elsewhere."""
    if url.startswith("data:"):
        head, _, payload = url.partition(",")
        try:
            return base64.b64decode(payload, validate=True) if head.endswith(";base64") else payload.encode()
        except binascii.Error:
            raise refused(422, "file_download_error", "Invalid data URI", at=_AT) from None
    file = making.media.at(url)
    if file is None:
        raise refused(422, "file_download_error", "Failed to download the file", at=_AT)
    return file.content
