"""How other processes of this machine find a running stack: a file for each in build/local/, named by its port.

It holds the environment that leads to the stack's DynamoDB and tables, for `python -m admin --local`. No credentials
but moto's, which are nobody's.
"""

import json
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "build" / "local"


@contextmanager
def announced(port: int, environment: Mapping[str, str]) -> Generator[None]:
    """Let the stack on `port` be found while the context lasts."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{port}.json"
    written = path.with_suffix(f".{os.getpid()}")
    written.write_text(json.dumps({"pid": os.getpid(), "environment": dict(environment)}), encoding="utf-8")
    written.replace(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
