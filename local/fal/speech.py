"""The speaking models: Turkish by espeak-ng, in the shapes, formats and rates of the models it plays.

Freya: voices and fields as on fal's page; 16 kHz. ElevenLabs turbo v2.5: MP3 at 44.1 kHz and 128 kbit/s.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache

from local.fal import espeak, sound
from local.fal.espeak import Voice
from local.fal.inputs import ElevenLabsSpeech, FreyaSpeech, checked
from local.fal.making import UNITS, Made, Making
from local.fal.wire import Fields, Refused, platform_error, refused

FREYA_RATE = 16_000
ELEVENLABS_RATE = 44_100
_FREYA = {"alloy": Voice("f5", 44, 40), "zeynep": Voice("f2", 58, 60), "ali": Voice("m3", 32, 45)}
_WOMEN = frozenset({"Rachel", "Aria", "Sarah", "Laura", "Charlotte", "Alice", "Matilda", "Jessica", "Lily"})
_MEN = frozenset(
    {"Roger", "Charlie", "George", "Callum", "River", "Liam", "Will", "Eric", "Chris", "Brian", "Daniel", "Bill"}
)
_VOICE_ID = re.compile(r"[A-Za-z0-9]{20}")
_CHUNK_BYTES = 4_096
_MARKERS = {
    "[sandbox:rejected]": lambda: refused(
        422, "content_policy_violation", "The content was flagged by a content checker."
    ),
    "[sandbox:unavailable]": lambda: platform_error(503, "runner_disconnected", "The runner is not available"),
}


def freya(arguments: Fields, making: Making) -> Made:
    """`freya-mypsdi253hbk/freya-tts/generate`."""
    asked = checked(FreyaSpeech, arguments)
    samples = _freya_samples(asked)
    file = sound.FORMATS[asked.response_format]
    content = sound.encoded(samples, asked.response_format, rate=FREYA_RATE, text=asked.input)
    making.memory.remember(samples, asked.input)
    audio = {
        "url": making.keep(content, file.content_type, file.extension),
        "content_type": file.content_type,
        "file_name": f"speech.{file.extension}",
        "file_size": len(content),
    }
    return Made({"audio": audio, **_told(samples)}, _thousands(asked.input))


def freya_bytes(arguments: Fields, making: Making) -> Made:
    """`freya-mypsdi253hbk/freya-tts/audio/speech`: the file itself."""
    asked = checked(FreyaSpeech, arguments)
    samples = _freya_samples(asked)
    making.memory.remember(samples, asked.input)
    content = sound.encoded(samples, asked.response_format, rate=FREYA_RATE, text=asked.input)
    told = _told(samples)
    headers = {
        "Content-Type": sound.FORMATS[asked.response_format].content_type,
        "X-Inference-Time-Ms": str(told["inference_time_ms"]),
        "X-Audio-Duration-Sec": str(told["audio_duration_sec"]),
    }
    return Made(content, _thousands(asked.input), headers)


def freya_events(arguments: Fields, making: Making) -> Iterator[Fields | str]:
    """`freya-mypsdi253hbk/freya-tts/stream`: samples in base64, then how many seconds there were."""
    asked = checked(FreyaSpeech, arguments)
    samples = _freya_samples(asked)
    making.memory.remember(samples, asked.input)
    for start in range(0, len(samples), _CHUNK_BYTES):
        yield {"audio": base64.b64encode(samples[start : start + _CHUNK_BYTES]).decode()}
        if making.rules.find("in_band_error"):
            yield {"error": {"message": "Synthesis failed"}, "recoverable": False}
            return
    yield {"done": True, **_told(samples), UNITS: _thousands(asked.input)}


def elevenlabs(arguments: Fields, making: Making) -> Made:
    """`fal-ai/elevenlabs/tts/turbo-v2.5` and `…/multilingual-v2`."""
    asked = checked(ElevenLabsSpeech, arguments)
    samples = _samples(asked.text, _elevenlabs_voice(asked.voice), asked.speed, ELEVENLABS_RATE)
    content = sound.encoded(samples, "mp3_128", rate=ELEVENLABS_RATE, text=asked.text)
    audio = {
        "url": making.keep(content, "audio/mpeg", "mp3"),
        "content_type": "audio/mpeg",
        "file_name": "output.mp3",
        "file_size": len(content),
    }
    return Made({"audio": audio, "timestamps": None}, _thousands(asked.text))


def _freya_samples(asked: FreyaSpeech) -> bytes:
    return _samples(asked.input, _FREYA[asked.voice], asked.speed, FREYA_RATE)


@lru_cache(maxsize=64)
def _samples(text: str, voice: Voice, speed: float, rate: int) -> bytes:
    """16-bit mono samples of a text at a rate (Hz)."""
    for marker, refusal in _MARKERS.items():
        if marker in text:
            raise refusal()
    spoken, faster = espeak.speak(text, voice, speed=speed)
    return sound.shaped(spoken, from_rate=espeak.SAMPLE_RATE, to_rate=rate, faster=faster)


def _elevenlabs_voice(name: str) -> Voice:
    """The speaker behind a preset's name, or behind any id of ElevenLabs' shape."""
    number = int(hashlib.sha256(name.encode()).hexdigest()[:4], 16)
    if name in _WOMEN:
        return Voice(f"f{1 + number % 4}", 52 + number % 12, 60)
    if name in _MEN:
        return Voice(f"m{1 + number % 4}", 30 + number % 16, 50)
    if _VOICE_ID.fullmatch(name):
        return Voice(("f3", "m2")[number % 2], 40 + number % 20, 55)
    raise _no_such_voice()


def _no_such_voice() -> Refused:
    return Refused(422, {"detail": "Voice not found"})


def _told(samples: bytes) -> Fields:
    seconds = round(len(samples) / 2 / FREYA_RATE, 3)
    return {"inference_time_ms": round(120 + seconds * 30, 1), "audio_duration_sec": seconds}


def _thousands(text: str) -> float:
    return len(text) / 1_000
