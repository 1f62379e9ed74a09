"""DynamoDB Local, AWS's own engine: fetched by Maven, run by Java 17, on a free port of the loopback interface.

`DYNAMODB=local` makes the tests marked `dynamodb` use it instead of moto. Every access key has tables of its own there.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

ROOT = Path(__file__).parent.parent.parent
_SOURCE = ROOT / "tests" / "dynamodb_local"
_LIBRARY = ROOT / "build" / "dynamodb-local"
_FETCHED = _LIBRARY / "fetched-by.xml"


def why_not() -> str | None:
    """Return why it cannot be had on this machine, None if it can."""
    if shutil.which("java") is None:
        return "DynamoDB Local needs Java 17; there is no `java` here"
    version = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', version)
    if found is None or int(found[1]) < 17:
        return f"DynamoDB Local needs Java 17; `java -version` says: {version.splitlines()[:1]}"
    if not _is_fetched() and shutil.which("mvn") is None:
        return "DynamoDB Local is fetched by Maven; there is no `mvn` here"
    return None


@contextmanager
def running() -> Iterator[str]:
    """Run it, empty, and give its address."""
    if not _is_fetched():
        _fetch()
    port = _free_port()
    command = ["java", f"-Djava.library.path={_LIBRARY}", "-cp", f"{_LIBRARY}/*", _SOURCE / "Loopback.java", str(port)]
    with (
        TemporaryFile("w+") as log,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, cwd=_LIBRARY
        ) as server,
    ):
        assert server.stdin is not None
        assert server.stdout is not None
        if not any(line.strip() == "ready" for line in server.stdout):
            log.seek(0)
            raise RuntimeError(f"DynamoDB Local did not start:\n{log.read()}")
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.stdin.close()
            server.wait(timeout=10)


def _is_fetched() -> bool:
    pom = (_SOURCE / "pom.xml").read_bytes()
    return _FETCHED.exists() and _FETCHED.read_bytes() == pom


def _fetch() -> None:
    shutil.rmtree(_LIBRARY, ignore_errors=True)
    fetched = subprocess.run(
        ["mvn", "-q", "-B", "-f", _SOURCE / "pom.xml", "dependency:copy-dependencies", f"-DoutputDirectory={_LIBRARY}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if fetched.returncode:
        raise RuntimeError(f"Maven could not fetch DynamoDB Local:\n{fetched.stdout}{fetched.stderr}")
    shutil.copy(_SOURCE / "pom.xml", _FETCHED)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
