"""`python -m local` as a process of its own, the way `make run` starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.network import takes_money

ROOT = Path(__file__).parent.parent.parent
READY_SECONDS = 30
"""Generous: several stacks may start at once on a small machine."""


@dataclass
class RunningStack:
    """A stack that has said it is ready."""

    process: subprocess.Popen[str]
    url: str = ""
    ready_seconds: float = 0
    lines: list[str] = field(default_factory=list)
    """What it has printed so far."""

    def stop(self, number: int = signal.SIGINT) -> float:
        """End it and return how long that took, in seconds."""
        started = time.perf_counter()
        self.process.send_signal(number)
        self.process.wait(timeout=10)
        return time.perf_counter() - started


@contextmanager
def running_stack(**variables: str) -> Iterator[RunningStack]:
    """Start a stack on a free port, wait until it is ready, and leave nothing of it behind."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "local"],
        cwd=ROOT,
        env={**surroundings(), "PORT": "0", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    stack = RunningStack(process)
    ready = threading.Event()

    def read() -> None:
        assert process.stdout
        for line in process.stdout:
            stack.lines.append(line.rstrip("\n"))
            if " is ready at " in line:
                stack.url = line.split(" is ready at ")[1].split()[0]
                ready.set()
        ready.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        ready.wait(READY_SECONDS)
        assert stack.url, "the stack did not start:\n" + "\n".join(stack.lines)
        stack.ready_seconds = time.perf_counter() - started
        yield stack
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        reader.join(5)


def surroundings() -> dict[str, str]:
    """Return this process's environment without what would lead to a cloud or a vendor."""
    return {name: value for name, value in os.environ.items() if not (name.startswith("AWS_") or takes_money(name))}
