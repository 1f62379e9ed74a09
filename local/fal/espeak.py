"""espeak-ng through its C interface: Turkish text to samples, one text at a time.

https://github.com/espeak-ng/espeak-ng/blob/master/src/include/espeak-ng/speak_lib.h. The wheel
`espeakng-loader` carries the library and its Turkish voice; nothing of the system's own is used.
"""

import ctypes
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any

import espeakng_loader

SAMPLE_RATE = 22_050
"""Hz; mono, 16 bits."""

_SYNCHRONOUS = 2
_DONT_EXIT = 0x8000
_UTF8 = 1
_RATE, _PITCH, _RANGE = 1, 3, 4
_WORDS_PER_MINUTE = 165
_SLOWEST, _FASTEST = 80, 450
"""Words per minute between which espeak is itself."""
_BUFFER_MS = 200

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
_heard = bytearray()
_one_at_a_time = Lock()


@dataclass(frozen=True, slots=True)
class Voice:
    """A speaker: espeak's variant of the Turkish voice, and its pitch and liveliness (0 … 100, 50 is normal)."""

    variant: str
    pitch: int = 50
    range: int = 50


def speak(text: str, voice: Voice, *, speed: float) -> tuple[bytes, float]:
    """Return the samples of a text, and how much faster they still have to become to be at `speed`."""
    wanted = _WORDS_PER_MINUTE * speed
    rate = round(max(_SLOWEST, min(_FASTEST, wanted)))
    with _one_at_a_time:
        library = _library()
        library.espeak_SetVoiceByName(f"tr+{voice.variant}".encode())
        for parameter, value in ((_RATE, rate), (_PITCH, voice.pitch), (_RANGE, voice.range)):
            library.espeak_SetParameter(parameter, value, 0)
        _heard.clear()
        spoken = text.replace("\0", " ").encode("utf-8", "replace") + b"\0"
        library.espeak_Synth(spoken, len(spoken), 0, 0, 0, _UTF8, None, None)
        return bytes(_heard), wanted / rate


def _listen(samples: int | None, count: int, _events: Any) -> int:
    if samples and count > 0:
        _heard.extend(ctypes.string_at(samples, 2 * count))
    return 0


_listener = _Callback(_listen)  # the library keeps no reference of its own


@cache
def _library() -> Any:
    library = ctypes.CDLL(str(espeakng_loader.get_library_path()))
    data = str(espeakng_loader.get_data_path()).encode()
    if library.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MS, data, _DONT_EXIT) != SAMPLE_RATE:
        raise RuntimeError("espeak-ng does not speak at the rate it should")
    library.espeak_SetSynthCallback(_listener)
    return library
