"""What Lambda would bill: the REPORT lines of the local stack's functions (`LOGS=1`)."""

from __future__ import annotations

import re
import time

from tests.support.stack import RunningStack

_REPORT = re.compile(r"(\w+) REPORT RequestId: \S+\s+Duration: ([\d.]+) ms")


class Bill:
    """The handlers' milliseconds since the last `begin`, by function."""

    def __init__(self, stack: RunningStack, *, patience: float) -> None:
        """`patience` are the seconds that an invocation may let us wait."""
        self._stack = stack
        self._patience = patience
        self._start = 0

    def begin(self) -> None:
        """Forget what was billed so far."""
        self._start = len(self._stack.lines)

    def milliseconds(self, function: str, *, of: int) -> list[float]:
        """Return the durations of a function's invocations, once there are `of` of them.

        Raises:
            TimeoutError: there are fewer.
        """
        ends = time.monotonic() + self._patience
        while True:
            lines = self._stack.lines[self._start :]
            found = [one for line in lines if (one := _REPORT.search(line)) and one[1] == function]
            if len(found) >= of:
                return [float(one[2]) for one in found]
            if time.monotonic() > ends:
                raise TimeoutError(f"{function} was invoked {len(found)} times, not {of}")
            time.sleep(0.01)
