"""Starts DynamoDB Local, AWS's own engine, in memory and on loopback. Needs Java 17; Maven has fetched the jars."""

import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

JARS = Path(__file__).parent.parent / ".tools" / "dynamodb-local"
_MAIN = "software.amazon.dynamodb.services.local.main.ServerRunner"
_START_SECONDS = 30


@contextmanager
def dynamodb_local() -> Generator[str]:
    """Provide the address of a fresh, empty engine.

    Raises:
        RuntimeError: it did not start; with what it said.
    """
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
    command = ["java", f"-Djava.library.path={JARS}", "-cp", f"{JARS}/*", _MAIN]
    process = subprocess.Popen(
        [*command, "-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        _wait_until_listening(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()


def _wait_until_listening(process: "subprocess.Popen[bytes]", port: int) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    process.kill()
    raise RuntimeError(f"DynamoDB Local did not start:\n{process.communicate()[0].decode(errors='replace')}")
