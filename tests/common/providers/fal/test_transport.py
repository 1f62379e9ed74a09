"""Where requests may go."""

from __future__ import annotations

import httpx
import pytest

from common.errors import ProviderMisconfigured
from common.providers.fal import client
from common.providers.fal.addresses import base_address, is_loopback
from common.providers.fal.transport import FalTransport
from common.providers.fal.wire import Foreign
from tests.support.fal_wire import FalWire, Reply


def transport(fal: FalWire) -> FalTransport:
    return FalTransport(run=f"{fal.url}/run", queue=f"{fal.url}/queue/", rest=fal.url)


async def ask(fal: FalWire, url: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=transport(fal)) as http:
        return await http.get(url, headers={"Authorization": "Key id:secret"})


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://fal.run/fal-ai/flux/dev?a=%2F", "/run/fal-ai/flux/dev"),
        ("https://queue.fal.run/fal-ai/flux", "/queue/fal-ai/flux"),
        ("https://rest.fal.ai/tokens/", "/tokens/"),
    ],
)
async def test_the_clients_hosts_are_where_the_settings_say(fal: FalWire, url: str, path: str) -> None:
    fal.on("GET", ".*", Reply({"ok": True}))

    assert (await ask(fal, url)).json() == {"ok": True}
    assert fal.requests[0].path == path
    assert fal.requests[0].headers["host"] == fal.url.removeprefix("http://")


async def test_an_address_on_the_queue_is_followed(fal: FalWire) -> None:
    fal.on("GET", "/queue/x/status", Reply({"ok": True}))

    assert (await ask(fal, f"{fal.url}/queue/x/status")).json() == {"ok": True}


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/queue/x",
        "https://v3.fal.media/files/a",
        "http://fal.run/x",
        "https://fal.run:8443/x",
        "https://falrun.com/x",
        "{fal}/elsewhere/x",
        "{fal}/queue/../run/x",
        "http://127.0.0.1:1/queue/x",
        "http://u:p@{host}/queue/x",
    ],
)
async def test_no_other_address_ever_sees_the_key(fal: FalWire, url: str) -> None:
    with pytest.raises(Foreign):
        await ask(fal, url.format(fal=fal.url, host=fal.url.removeprefix("http://")))

    assert not fal.connections


@pytest.mark.parametrize(
    "address",
    [
        "http://fal.run",
        "http://192.168.1.5:80",
        "ftp://fal.run",
        "fal.run",
        "https://",
        "https://u:p@fal.run",
        "https://fal.run?x=1",
        "http://[",
        "",
    ],
)
async def test_a_base_address_is_https_or_this_machine(environment: pytest.MonkeyPatch, address: str) -> None:
    with pytest.raises(Foreign):
        base_address(address)
    environment.setenv("FAL_QUEUE_URL", address or "x")
    with pytest.raises(ProviderMisconfigured):
        await client.run("a/b", {}, timeout=5)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_this_machine_has_several_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["localhost.evil.example", "10.0.0.1", "fal.run", ""])
def test_other_machines_are_not_this_one(host: str) -> None:
    assert not is_loopback(host)
