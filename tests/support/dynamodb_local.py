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
_MAIN = Path(__file__).with_name("Loopback.java")
_POM = ROOT / "tools" / "dynamodb-local.pom.xml"
_JARS = ROOT / ".tools" / "dynamodb-local"
_STAMP = _JARS / ".stamp"
"""As the Makefile keeps it: younger than the pom once the jars are there."""


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
    command = ["java", f"-Djava.library.path={_JARS}", "-cp", f"{_JARS}/*", _MAIN, str(port)]
    with (
        TemporaryFile("w+") as log,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True) as server,
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
    return _STAMP.exists() and _STAMP.stat().st_mtime >= _POM.stat().st_mtime


def _fetch() -> None:
    goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={_JARS}"]
    fetched = subprocess.run(["mvn", "-q", "-B", "-f", _POM, *goal], capture_output=True, text=True, check=False)
    if fetched.returncode:
        raise RuntimeError(f"Maven could not fetch DynamoDB Local:\n{fetched.stdout}{fetched.stderr}")
    _STAMP.touch()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
