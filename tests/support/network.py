"""The kill-switch: a test that tries to leave this machine fails, whatever catches its exceptions."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any, NoReturn

import pytest

attempts: list[str] = []
"""What was refused, should somebody swallow the refusal."""


def takes_money(name: str) -> bool:
    """Whether an environment variable may lead a test to a vendor, or a vendor to it."""
    return name.startswith("FAL_") or name in {"PUBLIC_URL", "MEDDAH_PROVIDER"}


def cut_off(patch: pytest.MonkeyPatch) -> None:
    """Let sockets reach loopback and unix addresses only, and names resolve only if they are addresses already."""
    for method in ("connect", "connect_ex", "sendto"):
        patch.setattr(socket.socket, method, _guarded(getattr(socket.socket, method)))
    for lookup in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        patch.setattr(socket, lookup, _guarded_lookup(getattr(socket, lookup)))


def _guarded(original: Any) -> Any:
    def guarded(self: socket.socket, *arguments: Any) -> Any:
        if self.family != socket.AF_UNIX and not _is_loopback(arguments[-1][0]):
            _refuse(arguments[-1])
        return original(self, *arguments)

    return guarded


def _guarded_lookup(original: Any) -> Any:
    def guarded(host: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name and not _is_loopback(name):
            _refuse(name)
        return original(host, *arguments, **options)

    return guarded


def _is_loopback(host: str) -> bool:
    if host in {"localhost", ""}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refuse(address: object) -> NoReturn:
    attempts.append(str(address))
    pytest.fail(f"A test tried to reach {address}; tests stay on this machine")
