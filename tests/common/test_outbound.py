"""No address of ours can be reached through an address that a studio gives us."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import TypeAdapter, ValidationError

from common.errors import InvalidInput, OutboundFailed, OutboundRefused
from common.outbound.address import InvalidAddress, public_address
from common.outbound.names import check_public, system_resolver
from common.outbound.networks import is_public
from common.outbound.sending import Answer, Outbound
from common.settings import Settings, settings
from common.text import PublicUrl
from tests.support import hostile
from tests.support.deployment import Deployment
from tests.support.http import Studio
from voice.api import app
from voice.models import STTRequest
from voice.service import transcribe

NAME = "hooks.example"
URL = f"https://{NAME}/hook?key=geheim"
SECOND = "93.184.216.35"
NOBODY: Any = None
"""Never reached: refused before."""


@pytest.fixture
def laptop(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The environment of a function on the laptop's stack."""
    for name, field in Settings.model_fields.items():
        if field.is_required():
            monkeypatch.setenv(name.upper(), "unused")
    monkeypatch.setenv("OUTBOUND_LOOPBACK", "true")
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def cloud(laptop: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a function as the template has it."""
    monkeypatch.delenv("OUTBOUND_LOOPBACK")
    settings.cache_clear()


# ── By its form ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_table_is_as_long_as_it_was_promised_and_says_nothing_twice() -> None:
    assert len(set(hostile.REFUSED)) == len(hostile.REFUSED) >= 80


@pytest.mark.parametrize("url", [*hostile.REFUSED, "https://studio.example/\ud800"], ids=ascii)
def test_a_hostile_address_is_refused_even_on_a_laptop(laptop: None, url: str) -> None:
    with pytest.raises(InvalidAddress):
        public_address(url)


@pytest.mark.parametrize("url", hostile.THIS_MACHINE)
def test_this_machine_is_refused_where_the_template_runs(cloud: None, url: str) -> None:
    with pytest.raises(InvalidAddress, match="only https"):
        public_address(url)


@pytest.mark.parametrize("url", hostile.THIS_MACHINE)
def test_this_machine_may_be_called_on_a_laptop(laptop: None, url: str) -> None:
    address = public_address(url)

    assert (str(address), address.is_loopback) == (url, True)


@pytest.mark.parametrize("url", hostile.ALLOWED)
def test_an_ordinary_address_is_taken_as_it_is(url: str) -> None:
    address = public_address(url)

    assert (str(address), address.is_loopback) == (url, False)


@pytest.mark.parametrize(
    ("url", "spelling"),
    [
        ("HTTPS://Studio.EXAMPLE/Hook", "https://studio.example/Hook"),
        ("https://studio.example", "https://studio.example/"),
        ("https://studio.example:443/hook", "https://studio.example/hook"),
        ("https://studio.example?Key=1", "https://studio.example/?Key=1"),
    ],
)
def test_an_address_has_one_spelling(url: str, spelling: str) -> None:
    assert str(public_address(url)) == spelling


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://studio.example:22/", "only ports 443 and 8443 are allowed"),
        ("http://studio.example/", "only https is allowed"),
        ("https://8.8.8.8/", "a host name is needed, not a number, an IP address or a name with a dot at its end"),
        ("https://localhost/", "a name of the public internet is needed"),
        ("https://user:password@studio.example/", "an address without a user name or password is needed"),
        ("https://stüdyo.example/", "not a plain address: percent-encode the path, write the name in punycode (xn--)"),
        ("studio.example", "not an address like https://example.com/path"),
        (hostile.LONG, "longer than 2,000 characters"),
    ],
)
def test_a_studio_is_told_what_is_wrong_with_its_address(url: str, reason: str) -> None:
    with pytest.raises(InvalidAddress) as refused:
        public_address(url)

    assert str(refused.value) == reason


def test_a_model_takes_the_one_spelling_and_refuses_the_rest() -> None:
    taking: TypeAdapter[str] = TypeAdapter(PublicUrl)

    assert taking.validate_python("HTTPS://Studio.example:443") == "https://studio.example/"
    for url in (*hostile.REFUSED, 7, None, ["https://studio.example/"]):
        with pytest.raises(ValidationError):
            taking.validate_python(url)


def test_a_hostile_address_is_refused_quickly() -> None:
    started = time.process_time()
    for url in ("https://" + "a-" * 900 + ".example/", "https://" + "a." * 900, "https://" + "%61" * 600, "a" * 10**6):
        with pytest.raises(InvalidAddress):
            public_address(url)

    assert time.process_time() - started < 0.2


# ── By where it leads ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("address", hostile.NOT_PUBLIC, ids=ascii)
def test_an_address_that_is_not_of_the_public_internet_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        hostile.PUBLIC,
        hostile.PUBLIC_V6,
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.1",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2606:4700:4700::1111",
        "2a05:d018::1",
    ],
)
def test_the_neighbours_of_what_is_not_public_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("name", hostile.LEADS_INSIDE)
async def test_a_name_that_leads_inside_is_refused_while_the_studio_is_there(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await check_public(f"https://{name}/", field="url", resolve=hostile.resolve)

    reason = "the host name leads to an address that is not public"
    assert refused.value.details["errors"] == [{"field": "url", "reason": reason, "type": "value_error"}]


async def test_a_name_that_cannot_be_resolved_is_refused_while_the_studio_is_there() -> None:
    async def nothing(name: str, port: int) -> Sequence[str]:
        return []

    async def never(name: str, port: int) -> Sequence[str]:
        await asyncio.sleep(3_600)
        raise AssertionError

    for resolve, url, reason in (
        (hostile.resolve, "https://unknown.example/", "the host name cannot be resolved"),
        (nothing, "https://studio.example/", "the host name cannot be resolved"),
        (never, "https://studio.example/", "the host name could not be resolved in time"),
        (
            never,
            "https://127.0.0.1/",
            "a host name is needed, not a number, an IP address or a name with a dot at its end",
        ),
    ):
        with pytest.raises(InvalidInput) as refused:
            await check_public(url, field="url", resolve=resolve, timeout=0.01)
        assert refused.value.details["errors"][0]["reason"] == reason


async def test_a_public_name_passes() -> None:
    await check_public(URL, field="url", resolve=hostile.resolve)


def _looking_up(monkeypatch: pytest.MonkeyPatch, look_up: Callable[[], list[str]]) -> list[Any]:
    """Let the system's resolver answer with `look_up`; return what it is asked."""
    asked: list[Any] = []

    def getaddrinfo(host: Any, port: Any, **options: Any) -> Any:
        asked.append(host)
        return [(0, options["type"], 0, "", (address, port)) for address in look_up()]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


async def test_the_system_is_asked_for_exactly_this_name(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _looking_up(monkeypatch, lambda: [hostile.PUBLIC, hostile.PUBLIC, hostile.PUBLIC_V6])

    assert await system_resolver(NAME, 443) == [hostile.PUBLIC, hostile.PUBLIC_V6]
    assert asked == [b"hooks.example."], "the dot keeps the search list of the system out of it"


async def test_a_name_that_the_system_does_not_know_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    _looking_up(monkeypatch, unknown)

    with pytest.raises(socket.gaierror):
        await system_resolver(NAME, 443)


def test_a_name_server_that_never_answers_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def never() -> list[str]:
        over.wait(30)
        return []

    _looking_up(monkeypatch, never)
    started = time.monotonic()
    try:
        with pytest.raises(InvalidInput):
            asyncio.run(check_public(URL, field="url", resolve=system_resolver, timeout=0.05))
        assert time.monotonic() - started < 5, "nor does the end of the event loop wait"
    finally:
        over.set()


# ── Requests ─────────────────────────────────────────────────────────────────────────────────────────────────────────

Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]


def replying(*pieces: bytes, pause: float = 0.0) -> Reply:
    """Return what writes these pieces, `pause` seconds before each but the first."""

    async def reply(writer: asyncio.StreamWriter) -> None:
        for place, piece in enumerate(pieces):
            await asyncio.sleep(pause if place else 0)
            writer.write(piece)
            await writer.drain()

    return reply


OK = replying(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")


class Receiver:
    """A server on loopback that keeps what it is sent, byte for byte; with `tls` it speaks TLS."""

    def __init__(self, reply: Reply = OK, *, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.names: list[str | None] = []
        self._reply = reply
        self._tls = tls
        if tls is not None:
            tls.sni_callback = lambda _, name, __: self.names.append(name)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = [line.partition(b":")[2] for line in head.lower().split(b"\r\n") if b"content-length:" in line]
            self.requests.append(head + await reader.readexactly(int(length[0]) if length else 0))
            await self._reply(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


class Detour(httpx.AsyncBaseTransport):
    """Leads every IP address to a receiver on loopback, and notes which it was; `dead` ones refuse."""

    def __init__(self, receiver: Receiver, trusting: ssl.SSLContext, *dead: str) -> None:
        self.reached: list[str] = []
        self._port = receiver.port
        self._trusting = trusting
        self._dead = dead

    def __call__(self) -> Self:
        self._real = httpx.AsyncHTTPTransport(verify=self._trusting, trust_env=False)
        return self

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.reached.append(f"{request.url.scheme}://{request.url.host}:{request.url.port or 443}")
        if request.url.host in self._dead:
            raise httpx.ConnectError("refused")
        request.url = request.url.copy_with(host="127.0.0.1", port=self._port)
        return await self._real.handle_async_request(request)

    async def aclose(self) -> None:
        await self._real.aclose()


Certified = tuple[ssl.SSLContext, ssl.SSLContext]


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Certified]:
    """Make the TLS context of a server with a certificate for a name, and one of a client that trusts it."""
    folder = tmp_path_factory.mktemp("tls")

    def made(name: str) -> Certified:
        key, now, path = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC), Path(folder / name)
        builder = x509.CertificateBuilder(
            _name("Test"), _name("Test"), key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1)
        )
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        certificate = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + secret)
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(path)
        return server, ssl.create_default_context(cafile=str(path))

    return made


async def _post(outbound: Outbound, url: str = URL, **options: Any) -> Answer:
    wish: dict[str, Any] = {"content": b'{"a":1}', "headers": {}, "timeout": 5, "cap": 4_096, **options}
    return await outbound.post(url, **wish)


async def _why(outbound: Outbound, url: str = URL, **options: Any) -> str:
    with pytest.raises(OutboundFailed) as failed:
        await _post(outbound, url, **options)
    assert "geheim" not in f"{failed.value} {failed.value.details}" and NAME not in str(failed.value)
    assert failed.value.details == {"reason": failed.value.reason}
    return failed.value.reason


async def test_a_request_goes_to_the_checked_address_in_the_names_own_name(
    certified: Callable[[str], Certified],
) -> None:
    server, trusting = certified(NAME)
    async with Receiver(tls=server) as receiver:
        detour = Detour(receiver, trusting)
        answer = await _post(
            Outbound(resolve=hostile.resolve, transport=detour),
            f"https://{NAME}:8443/hook?key=geheim",
            headers={"Webhook-Id": "evt_1", "host": "evil.example", "Accept-Encoding": "gzip"},
        )

    assert (answer.status, answer.content, answer.is_whole) == (200, b"ok", True)
    assert answer.headers["Content-Length"] == "2"
    assert detour.reached == [f"https://{hostile.PUBLIC}:8443"]
    assert receiver.names == [NAME]
    (head, _, body) = receiver.requests[0].partition(b"\r\n\r\n")
    first, *lines = head.decode().lower().split("\r\n")
    assert (first, body) == ("post /hook?key=geheim http/1.1", b'{"a":1}')
    assert sorted(lines) == [
        "accept-encoding: identity",
        "connection: close",
        "content-length: 7",
        f"host: {NAME}:8443",
        "webhook-id: evt_1",
    ]


async def test_a_name_that_leads_elsewhere_the_second_time_is_not_asked_a_second_time(
    certified: Callable[[str], Certified],
) -> None:
    asked: list[str] = []

    async def rebinding(name: str, port: int) -> Sequence[str]:
        asked.append(name)
        return [hostile.PUBLIC] if len(asked) == 1 else ["127.0.0.1"]

    server, trusting = certified(NAME)
    async with Receiver(tls=server) as receiver:
        detour = Detour(receiver, trusting)
        outbound = Outbound(resolve=rebinding, transport=detour)
        assert (await _post(outbound)).status == 200
        assert (asked, detour.reached) == ([NAME], [f"https://{hostile.PUBLIC}:443"])

        assert await _why(outbound) == "not_public", "the next request looks again"
        assert len(detour.reached) == 1


@pytest.mark.parametrize("name", hostile.LEADS_INSIDE)
async def test_nothing_is_sent_to_a_name_that_leads_inside(name: str) -> None:
    outbound = Outbound(resolve=hostile.resolve, transport=NOBODY)

    with pytest.raises(OutboundRefused) as refused:
        await _post(outbound, f"https://{name}/?key=geheim")
    assert refused.value.reason == "not_public"


async def test_nothing_is_looked_up_of_a_hostile_address(laptop: None) -> None:
    outbound = Outbound(resolve=NOBODY, transport=NOBODY)

    for url in hostile.REFUSED:
        with pytest.raises(OutboundRefused) as refused:
            await _post(outbound, url)
        assert refused.value.reason == "not_allowed"


async def test_a_name_without_an_address_is_worth_another_try_later() -> None:
    outbound = Outbound(resolve=hostile.resolve, transport=NOBODY)

    assert await _why(outbound, "https://unknown.example/?key=geheim") == "not_resolved"
    assert (OutboundFailed.retryable, OutboundRefused.retryable) == (True, False)


async def test_the_next_checked_address_is_tried_where_the_first_cannot_be_reached(
    certified: Callable[[str], Certified],
) -> None:
    server, trusting = certified(NAME)
    async with Receiver(tls=server) as receiver:
        detour = Detour(receiver, trusting, hostile.PUBLIC)
        assert (await _post(Outbound(resolve=hostile.resolve, transport=detour))).status == 200
        assert detour.reached == [f"https://{hostile.PUBLIC}:443", f"https://{hostile.PUBLIC_V6}:443"]

        async def many(name: str, port: int) -> Sequence[str]:
            return [f"93.184.216.{number}" for number in range(100)]

        dead = Detour(receiver, trusting, *await many(NAME, 443))
        assert await _why(Outbound(resolve=many, transport=dead)) == "unreachable"
    assert len(dead.reached) == 3
    assert len(receiver.requests) == 1


async def test_what_has_been_sent_is_not_sent_to_another_address(certified: Callable[[str], Certified]) -> None:
    server, trusting = certified(NAME)
    async with Receiver(replying(b"HTTP/1.1 200"), tls=server) as receiver:
        detour = Detour(receiver, trusting)
        assert await _why(Outbound(resolve=hostile.resolve, transport=detour)) == "broken"

    assert (len(detour.reached), len(receiver.requests)) == (1, 1)


async def test_the_certificate_has_to_be_the_names_and_from_somebody_trusted(
    certified: Callable[[str], Certified],
) -> None:
    async def one(name: str, port: int) -> Sequence[str]:
        return [hostile.PUBLIC]

    server, trusting = certified(NAME)
    async with Receiver(tls=server) as receiver:
        for url, trusted in ((URL.replace(NAME, "other.example"), trusting), (URL, ssl.create_default_context())):
            assert await _why(Outbound(resolve=one, transport=Detour(receiver, trusted)), url) == "tls"
    assert not receiver.requests


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_nobody_goes_there(
    certified: Callable[[str], Certified], status: int
) -> None:
    server, trusting = certified(NAME)
    async with Receiver() as inside:
        redirect = f"HTTP/1.1 {status} X\r\nlocation: {inside.url}\r\ncontent-length: 0\r\n\r\n".encode()
        async with Receiver(replying(redirect), tls=server) as receiver:
            outbound = Outbound(resolve=hostile.resolve, transport=Detour(receiver, trusting))
            assert (await _post(outbound)).status == status
            fetched = await outbound.fetch(URL, headers={}, timeout=5, cap=10)

    assert (fetched.status, len(receiver.requests), inside.connections) == (status, 2, 0)


async def test_on_a_laptop_this_machine_is_called_without_a_lookup(laptop: None) -> None:
    async with Receiver() as receiver:
        for url in (receiver.url, receiver.url.replace("127.0.0.1", "localhost")):
            assert (await _post(Outbound(resolve=NOBODY), url)).content == b"ok"

    assert [request.split(b"\r\n")[0] for request in receiver.requests] == [b"POST /hook HTTP/1.1"] * 2


async def test_proxies_and_credentials_of_the_environment_are_not_used(
    laptop: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password geheim\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    async with Receiver() as proxy, Receiver() as receiver:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert (await _post(Outbound(), receiver.url)).status == 200

    assert not proxy.connections
    assert b"authorization" not in receiver.requests[0].lower()


async def test_nothing_is_remembered_from_one_request_to_the_next(laptop: None) -> None:
    cookie = replying(b"HTTP/1.1 200 OK\r\nset-cookie: a=b; path=/\r\ncontent-length: 0\r\n\r\n")
    async with Receiver(cookie) as receiver:
        outbound = Outbound()
        await _post(outbound, receiver.url)
        await _post(outbound, receiver.url)

    assert receiver.connections == 2
    assert b"cookie" not in receiver.requests[1].lower()


@pytest.mark.parametrize("headers", [{"a": "b\r\nHost: evil.example"}, {"a\r\nb": "c"}, {"a": "b\x00"}])
async def test_no_header_can_carry_another(laptop: None, headers: dict[str, str]) -> None:
    async with Receiver() as receiver:
        assert await _why(Outbound(), receiver.url, headers=headers) == "broken"

    assert not receiver.requests


# ── Answers ──────────────────────────────────────────────────────────────────────────────────────────────────────────

HEAD = b"HTTP/1.1 200 OK\r\n"
ENDLESS = [b"x" * 65_536] * 1_000


@pytest.mark.parametrize(
    "reply",
    [
        replying(HEAD + b"content-length: 65536000\r\n\r\n", *ENDLESS),
        replying(HEAD + b"\r\n", *ENDLESS),
        replying(HEAD + b"transfer-encoding: chunked\r\n\r\n", *(b"10000\r\n%s\r\n" % piece for piece in ENDLESS)),
    ],
    ids=["as announced", "until it ends", "in chunks"],
)
async def test_an_answer_is_read_to_its_cap_and_no_further(laptop: None, reply: Reply) -> None:
    async with Receiver(reply) as receiver:
        answer = await _post(Outbound(), receiver.url)
        with pytest.raises(OutboundFailed) as failed:
            await Outbound().fetch(receiver.url, headers={}, timeout=5, cap=4_096)

    assert (answer.content, answer.is_whole, failed.value.reason) == (b"x" * 4_096, False, "too_large")


async def test_an_answer_as_large_as_its_cap_is_whole(laptop: None) -> None:
    async with Receiver(replying(HEAD + b"content-length: 4096\r\n\r\n" + b"x" * 4_096)) as receiver:
        answer = await Outbound().fetch(receiver.url, headers={}, timeout=5, cap=4_096)

    assert (len(answer.content), answer.is_whole) == (4_096, True)
    assert receiver.requests[0].startswith(b"GET /hook HTTP/1.1\r\n")


async def test_what_is_compressed_is_not_unpacked(laptop: None) -> None:
    packed = b"\x1f\x8b not really"
    async with Receiver(replying(HEAD + b"content-encoding: gzip\r\n\r\n" + packed)) as receiver:
        assert (await _post(Outbound(), receiver.url)).content == packed


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (replying(*[b"H"] * 500, pause=0.05), "timeout"),
        (replying(HEAD, *[b"a: b\r\n"] * 500, pause=0.05), "timeout"),
        (replying(HEAD + b"\r\n", *[b"x"] * 500, pause=0.05), "timeout"),
        (replying(*[b"HTTP/1.1 103 Early Hints\r\n\r\n"] * 500, pause=0.05), "timeout"),
        (replying(HEAD + b"transfer-encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n"] * 500, pause=0.05), "timeout"),
        (replying(HEAD + b"a: " + b"x" * 1_000_000 + b"\r\n\r\n"), "broken"),
        (replying(HEAD + b"a: b\r\n" * 200_000 + b"\r\n"), "broken"),
        (replying(HEAD + b"transfer-encoding: chunked\r\n\r\n1;" + b"x" * 1_000_000), "broken"),
        (replying(b"HTTP/1.1 OK OK\r\n\r\n"), "broken"),
        (replying(b"SSH-2.0-OpenSSH_9.9\r\n"), "broken"),
        (replying(b"\x15\x03\x01\x00\x02\x02\x46"), "broken"),
        (replying(HEAD + b"content-length: 1\r\ncontent-length: 2\r\n\r\nxy"), "broken"),
        (replying(HEAD + b"content-length: 10\r\n\r\nx"), "broken"),
        (replying(), "broken"),
    ],
)
async def test_an_answer_that_is_none_ends_within_the_deadline(laptop: None, reply: Reply, reason: str) -> None:
    started = time.monotonic()
    async with Receiver(reply) as receiver:
        assert await _why(Outbound(), receiver.url, timeout=0.5) == reason

    assert time.monotonic() - started < 3


async def test_a_broken_record_within_tls_is_a_broken_answer(certified: Callable[[str], Certified]) -> None:
    async def garbage(writer: asyncio.StreamWriter) -> None:
        raw = writer.get_extra_info("socket").dup()
        raw.setblocking(True)
        raw.sendall(b"\x17\x03\x03\x00\x20" + b"x" * 32)
        raw.close()
        await asyncio.sleep(0.2)

    server, trusting = certified(NAME)
    async with Receiver(garbage, tls=server) as receiver:
        outbound = Outbound(resolve=hostile.resolve, transport=Detour(receiver, trusting))
        assert await _why(outbound) in {"tls", "broken"}


async def test_a_lookup_counts_against_the_deadline() -> None:
    async def slow(name: str, port: int) -> Sequence[str]:
        await asyncio.sleep(3_600)
        raise AssertionError

    assert await _why(Outbound(resolve=slow, transport=NOBODY), timeout=0.01) == "timeout"


async def test_nobody_at_the_address_is_said_so(laptop: None) -> None:
    async with Receiver() as receiver:
        pass

    assert await _why(Outbound(), receiver.url) == "unreachable"


# ── audio_url ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_every_hostile_address_of_a_sound_is_refused(deployment: Deployment) -> None:
    studio = Studio(app)
    for url in (*hostile.REFUSED, *hostile.THIS_MACHINE):
        answer = await studio.post("/v1/voice/stt", audio_url=url)
        errors = answer.json()["error"]["details"]["errors"]
        assert (answer.status_code, [one["field"] for one in errors]) == (422, ["audio_url"]), url

    assert "geheim" not in (await studio.post("/v1/voice/stt", audio_url="https://a:geheim@studio.example/")).text


async def test_a_sound_whose_name_leads_inside_is_refused_before_anybody_is_asked() -> None:
    for name in (*hostile.LEADS_INSIDE, "unknown.example"):
        request = STTRequest(audio_url=f"https://{name}/a.mp3")
        with pytest.raises(InvalidInput) as refused:
            await transcribe(request, transcriber=NOBODY, spending=NOBODY, resolve=hostile.resolve)
        assert refused.value.details["errors"][0]["field"] == "audio_url"


async def test_the_name_of_a_sound_is_looked_up_where_a_vendor_fetches_it_and_nowhere_else(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _looking_up(monkeypatch, lambda: ["169.254.169.254"])
    studio = Studio(app)
    in_the_sandbox = await studio.post("/v1/voice/stt", audio_url="https://metadata.example/a.mp3")
    assert (in_the_sandbox.json()["error"]["code"], asked) == ("PROVIDER_REJECTED", [])

    monkeypatch.setenv("PROVIDER", "fal")
    settings.cache_clear()
    answer = await studio.post("/v1/voice/stt", audio_url="https://metadata.example/a.mp3")

    assert answer.json()["error"]["details"]["errors"] == [
        {"field": "audio_url", "reason": "the host name leads to an address that is not public", "type": "value_error"}
    ]
    assert asked == [b"metadata.example."]
