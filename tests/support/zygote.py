"""Lambda invocations that can die: a warm process that runs them, and forks a child for each that is to be killed.

The warm process is `tests.support.forking`; here is how tests talk to it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

from tests.support.forking import KILLED

ROOT = Path(__file__).parent.parent.parent


class Blow(NamedTuple):
    """When a process dies: `phase` is `before` or `after`, `operation` one of `Invocation.operations`."""

    phase: str
    operation: str

    def __str__(self) -> str:
        return f"{self.phase} {self.operation}"


@dataclass(frozen=True, slots=True)
class Invocation:
    """What became of one invocation."""

    exit_code: int
    operations: list[str]
    """Its calls to the outside, as far as it came: `DynamoDB UpdateItem`, `DynamoDB UpdateItem #2`, `POST queue`, …"""
    result: Any

    @property
    def died(self) -> bool:
        return self.exit_code == KILLED


class Zygote:
    """The warm process; `variables` are what all functions share, its own log and its children's go to `log`."""

    def __init__(self, handlers: list[str], variables: Mapping[str, str], log: Path) -> None:
        self._log = log
        with log.open("wb") as stderr:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.forking", *handlers],
                cwd=ROOT,
                env=dict(variables),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        self._receive()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def invoke(
        self,
        handler: str,
        event: Any,
        *,
        variables: Mapping[str, str],
        clock_offset: float = 0,
        blow: Blow | None = None,
    ) -> Invocation:
        """Run `handler` (`images.worker.handler`) on `event`; its clock is `clock_offset` seconds ahead.

        Raises:
            AssertionError: it neither returned nor was killed.
        """
        assert self._process.stdin
        command = {"handler": handler, "event": event, "variables": dict(variables), "offset": clock_offset}
        self._process.stdin.write(json.dumps(command | {"blow": blow}).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._receive()
        assert answer["exit_code"] in {0, KILLED} and "error" not in answer, (
            f"{handler} ended with {answer['exit_code']}: {answer.get('error')}\n{self.last_words()}"
        )
        return Invocation(answer["exit_code"], answer["operations"], answer.get("result"))

    def last_words(self) -> str:
        """Return the end of the log."""
        return self._log.read_bytes()[-4_000:].decode(errors="replace")

    def _receive(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, f"the zygote died:\n{self.last_words()}"
        return json.loads(line)
