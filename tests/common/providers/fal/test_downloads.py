"""Result files: from where, how large, and what comes along."""

from __future__ import annotations

import time

import pytest

from common.errors import (
    ProviderBadAnswer,
    ProviderError,
    ProviderMisconfigured,
    ProviderResultGone,
    ProviderTimeout,
    ProviderUnavailable,
)
from common.providers.fal.downloads import Download, Kind, fetch
from tests.support.fal_wire import FalWire, Reply


async def test_a_file_is_fetched_without_our_key(fal: FalWire) -> None:
    fal.on("GET", "/a.png", Reply(b"\x89PNG", content_type="image/png; charset=binary"))

    assert await fetch(f"{fal.url}/a.png", Kind.PICTURE, timeout=5) == Download(b"\x89PNG", "image/png")
    assert not {"authorization", "cookie"} & fal.requests[0].headers.keys()


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/a.png",
        "http://v3.fal.media/a.png",
        "https://v3.fal.media:8443/a.png",
        "https://v3.fal.media.evil.example/a.png",
        "https://user:pass@v3.fal.media/a.png",
        "https://v3.fal.media@evil.example/a.png",
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:1/a.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "ftp://v3.fal.media/a.png",
        "//v3.fal.media/a.png",
        "",
        "None",
    ],
)
async def test_nothing_is_asked_elsewhere(fal: FalWire, environment: pytest.MonkeyPatch, url: str) -> None:
    environment.setenv("FAL_MEDIA_HOSTS", "v3.fal.media, 169.254.169.254")

    with pytest.raises(ProviderMisconfigured):
        await fetch(url, Kind.PICTURE, timeout=5)


async def test_an_address_that_is_none_is_a_bad_answer(fal: FalWire) -> None:
    with pytest.raises(ProviderBadAnswer):
        await fetch("http://a:port/", Kind.PICTURE, timeout=5)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(status=404), ProviderResultGone),
        (Reply(status=410), ProviderResultGone),
        (Reply(status=403), ProviderResultGone),
        (Reply(status=429), ProviderUnavailable),
        (Reply(status=503), ProviderUnavailable),
        (Reply(drop=True), ProviderUnavailable),
        (Reply(chunks=[b"half"], content_type="image/png", drop=True), ProviderUnavailable),
        (Reply(status=302, headers={"location": "/b.png"}, content_type="image/png"), ProviderBadAnswer),
        (Reply(status=206, content_type="image/png"), ProviderBadAnswer),
        (Reply(b"<html>", content_type="text/html"), ProviderBadAnswer),
        (Reply(b"ID3", content_type="audio/mpeg"), ProviderBadAnswer),
        (Reply(b"<svg/>", content_type="image/svg+xml"), ProviderBadAnswer),
    ],
)
async def test_what_is_no_file_of_its_kind(fal: FalWire, reply: Reply, expected: type[ProviderError]) -> None:
    fal.on("GET", "/a.png", reply)

    with pytest.raises(expected):
        await fetch(f"{fal.url}/a.png", Kind.PICTURE, timeout=5)

    assert len(fal.requests) == 1


async def test_a_file_has_a_size(fal: FalWire) -> None:
    fal.on("GET", "/a.png", Reply(chunks=[bytes(4_000_000)] * 6, content_type="image/png"))

    with pytest.raises(ProviderError, match="larger"):
        await fetch(f"{fal.url}/a.png", Kind.PICTURE, timeout=10)


@pytest.mark.parametrize("reply", [Reply(pause=30), Reply(chunks=[b"x"] * 100, pause=0.05, content_type="audio/wav")])
async def test_a_file_has_a_deadline(fal: FalWire, reply: Reply) -> None:
    fal.on("GET", "/a.wav", reply)
    started = time.monotonic()

    with pytest.raises(ProviderTimeout):
        await fetch(f"{fal.url}/a.wav", Kind.SOUND, timeout=0.3)

    assert time.monotonic() - started < 1


async def test_no_time_left_asks_nothing(fal: FalWire) -> None:
    with pytest.raises(ProviderTimeout):
        await fetch(f"{fal.url}/a.wav", Kind.SOUND, timeout=-1)
