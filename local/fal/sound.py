"""Sound files, written and read by FFmpeg (PyAV): the text they speak stands in their comment, as in the sandbox's."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.error import FFmpegError
from av.filter import Graph

_MARKER = "meddah-standin/1 "
_LONGEST_SECONDS = 3_600
_FRAME = 4_096


class NotSound(Exception):
    """These bytes hold no sound that FFmpeg understands."""


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of sound file; `bit_rate` is 0 where the codec knows best."""

    container: str
    codec: str
    content_type: str
    extension: str
    bit_rate: int = 0
    options: tuple[tuple[str, str], ...] = ()


FORMATS = {
    "wav": Format("wav", "pcm_s16le", "audio/wav", "wav"),
    "mp3": Format("mp3", "libmp3lame", "audio/mpeg", "mp3", 64_000),
    "opus": Format("ogg", "libopus", "audio/ogg", "opus", 32_000),
    "aac": Format("adts", "aac", "audio/aac", "aac", 64_000, (("write_id3v2", "1"),)),
    "flac": Format("flac", "flac", "audio/flac", "flac"),
    "pcm": Format("s16le", "pcm_s16le", "audio/pcm", "pcm"),
    "mp3_128": Format("mp3", "libmp3lame", "audio/mpeg", "mp3", 128_000),
}


def shaped(samples: bytes, *, from_rate: int, to_rate: int, faster: float = 1.0) -> bytes:
    """Return 16-bit mono samples at another rate (Hz), and `faster` without another pitch."""
    graph = Graph()
    chain: list[Any] = [
        graph.add_abuffer(format="s16", sample_rate=from_rate, layout="mono", time_base=Fraction(1, from_rate))
    ]
    while abs(faster - 1.0) > 0.001:
        step = max(0.5, min(2.0, faster))
        chain.append(graph.add("atempo", f"{step:.4f}"))
        faster /= step
    chain += [
        graph.add("aresample", str(to_rate)),
        graph.add("aformat", f"sample_fmts=s16:sample_rates={to_rate}:channel_layouts=mono"),
        graph.add("abuffersink"),
    ]
    for first, second in pairwise(chain):
        first.link_to(second)
    graph.configure()
    made = bytearray()
    for frame in _frames(samples, from_rate):
        chain[0].push(frame)
        made += _pulled(chain[-1])
    chain[0].push(None)
    return bytes(made + _pulled(chain[-1]))


def encoded(samples: bytes, kind: str, *, rate: int, text: str) -> bytes:
    """Return 16-bit mono samples as a file of a kind (`FORMATS`); all but `pcm` carry the text."""
    if kind == "pcm":
        return samples
    wanted = FORMATS[kind]
    file = io.BytesIO()
    with av.open(file, "w", format=wanted.container, options=dict(wanted.options)) as opened:
        container: Any = opened  # PyAV leaves parts of its types open
        container.metadata["comment"] = _MARKER + text
        stream = container.add_stream(wanted.codec, rate=rate)
        stream.layout = "mono"
        if wanted.bit_rate:
            stream.bit_rate = wanted.bit_rate
        if wanted.container == "ogg":
            stream.metadata["comment"] = _MARKER + text
        for frame in _frames(samples, rate):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def decoded(content: bytes) -> tuple[str | None, float, bytes]:
    """Return the text a file of `encoded` carries (None: not ours), its seconds and its 16-bit mono samples.

    Raises:
        NotSound: see there.
    """
    try:
        with av.open(io.BytesIO(content)) as container:
            if not container.streams.audio:
                raise NotSound
            stream = container.streams.audio[0]
            rate = stream.codec_context.sample_rate
            samples = _decoded_samples(container, rate)
            caption = _caption({**container.metadata, **stream.metadata})
    except (FFmpegError, ValueError, EOFError):
        raise NotSound from None
    return caption, len(samples) / 2 / rate, samples


def _decoded_samples(container: Any, rate: int) -> bytes:
    resampler = AudioResampler(format="s16", layout="mono", rate=rate)
    made = bytearray()
    for frame in container.decode(audio=0):
        made += b"".join(_bytes_of(part) for part in resampler.resample(frame))
        if len(made) > 2 * rate * _LONGEST_SECONDS:
            break
    return bytes(made) + b"".join(_bytes_of(part) for part in resampler.resample(None))


def _caption(metadata: dict[str, str]) -> str | None:
    found = next((value for name, value in metadata.items() if name.lower() == "comment"), "")
    return found.removeprefix(_MARKER) if found.startswith(_MARKER) else None


def _frames(samples: bytes, rate: int) -> Iterator[AudioFrame]:
    for start in range(0, len(samples), 2 * _FRAME):
        piece = samples[start : start + 2 * _FRAME]
        frame = AudioFrame(format="s16", layout="mono", samples=len(piece) // 2, align=1)
        frame.planes[0].update(piece)
        frame.sample_rate, frame.pts, frame.time_base = rate, start // 2, Fraction(1, rate)
        yield frame


def _pulled(sink: Any) -> bytes:
    made = bytearray()
    while True:
        try:
            made += _bytes_of(sink.pull())
        except (BlockingIOError, EOFError):
            return bytes(made)


def _bytes_of(frame: AudioFrame) -> bytes:
    return bytes(frame.planes[0])[: 2 * frame.samples]
