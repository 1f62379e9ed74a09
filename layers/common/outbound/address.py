"""What an address may look like: one spelling, so that no two readers of it can disagree.

Stricter than RFC 3986, whose liberties are where parsers differ: no user names, no numbers for hosts, no Unicode. Most
of those are never meant; what is, has a plain spelling.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from common.settings import settings

MAX_URL = 2_000
_PORTS = {"": 443, ":443": 443, ":8443": 8443}
_PLAIN = re.compile(r"""(?:[A-Za-z0-9!#$&'()*+,\-./:;=?@\[\]_~]|%[0-9A-Fa-f]{2})+""")
_SHAPE = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?]+)(?P<target>.*)")
_AUTHORITY = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]+)(?P<port>(?::.*)?)")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?=.{{4,253}}\Z)(?:{_LABEL}\.)+(?:[a-z]{{2,63}}|xn--{_LABEL})")
"""The last label has letters only, so that nothing can be read as a number: `127.1`, `0x7f.1`, `1.2.3.0x4`."""
_OURS_ALONE = frozenset(
    # RFC 6761, RFC 6762, RFC 7686, RFC 9476 and ICANN's `internal`.
    {"alt", "arpa", "internal", "invalid", "local", "localhost", "onion", "test"}
    # What networks call themselves inside.
    | {"corp", "home", "intranet", "lan", "localdomain", "private"}
)
"""Last labels that never lead to the internet."""
_THIS_MACHINE = {"127.0.0.1", "localhost"}
_LIKE_THIS = "not an address like https://example.com/path"


class InvalidAddress(ValueError):
    """The address cannot be used; the sentence says why and is safe to show."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address in its one spelling; where its name leads is not known yet."""

    scheme: str
    """`https`; `http` only to this machine, on a laptop."""
    host: str
    """In small letters."""
    port: int
    target: str
    """Path and query, `/` at least."""

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine, which only a laptop's stack may be told to call."""
        return self.host in _THIS_MACHINE

    @property
    def authority(self) -> str:
        """Host and, where it is not the scheme's own, port: what the `Host` header says."""
        usual = {"https": 443, "http": 80}[self.scheme]
        return self.host if self.port == usual else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def public_address(url: str) -> Address:
    """Return an address that a studio gave us, by its form alone; no name is looked up.

    https on port 443 or 8443 of a name of the public DNS. With the setting `OUTBOUND_LOOPBACK` also http on any port of
    `127.0.0.1` and `localhost`.

    Raises:
        InvalidAddress: it is something else, or longer than 2,000 characters.
    """
    scheme, host, port, target = _parts(url)
    if scheme == "http" and host in _THIS_MACHINE and settings().outbound_loopback:
        return Address(scheme, host, _any_port(port), target)
    if scheme != "https":
        raise InvalidAddress("only https is allowed")
    _check_name(host)
    if port not in _PORTS:
        raise InvalidAddress("only ports 443 and 8443 are allowed")
    return Address(scheme, host, _PORTS[port], target)


def _parts(url: str) -> tuple[str, str, str, str]:
    """Return scheme and host in small letters, the port with its colon, and the target."""
    if len(url) > MAX_URL:
        raise InvalidAddress(f"longer than {MAX_URL:,} characters")
    if not _PLAIN.fullmatch(url):
        raise InvalidAddress("not a plain address: percent-encode the path, write the name in punycode (xn--)")
    if "#" in url:
        raise InvalidAddress("an address without a fragment is needed")
    shape = _SHAPE.fullmatch(url)
    if not shape:
        raise InvalidAddress(_LIKE_THIS)
    if "@" in shape["authority"]:
        raise InvalidAddress("an address without a user name or password is needed")
    authority = _AUTHORITY.fullmatch(shape["authority"].lower())
    if not authority:
        raise InvalidAddress(_LIKE_THIS)
    target = shape["target"]
    return shape["scheme"].lower(), authority["host"], authority["port"], target if target[:1] == "/" else f"/{target}"


def _check_name(host: str) -> None:
    if "." not in host or host.rpartition(".")[2] in _OURS_ALONE:
        raise InvalidAddress("a name of the public internet is needed")
    if not _NAME.fullmatch(host):
        raise InvalidAddress("a host name is needed, not a number, an IP address or a name with a dot at its end")


def _any_port(port: str) -> int:
    number = port.removeprefix(":") or "80"
    if not re.fullmatch(r"[1-9][0-9]{0,4}", number) or int(number) > 65_535:
        raise InvalidAddress("not a port")
    return int(number)
