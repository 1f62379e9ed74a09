"""`python -m local.fal`: the stand-in as a process, until standard input closes or it is told to stop.

Prints its addresses as one line of JSON. FAL_STANDIN_LATENCY is seconds for every model (`2`) or by kind
(`image=10,tts=2,stt=1,chat=0.5`), FAL_STANDIN_PORT the first of five ports in a row (free ones otherwise),
FAL_STANDIN_KEY the only key accepted (otherwise every `id:secret`).
"""

import json
import os
import select
import signal
import socket
import sys

from local.fal.models import parsed_latency
from local.fal.stand_in import HOSTS, FalStandIn


def _wait_for_the_end() -> None:
    """Return when standard input closes or a signal to stop arrives."""
    ours, theirs = socket.socketpair()

    def stop(_number: int, _frame: object) -> None:
        theirs.send(b"x")

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    while True:
        ready, _, _ = select.select([sys.stdin, ours], [], [])
        if ours in ready or not sys.stdin.buffer.read1():  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
            return


def main() -> int:
    """Return the exit code."""
    try:
        latency = parsed_latency(os.environ.get("FAL_STANDIN_LATENCY", ""))
        first = int(os.environ.get("FAL_STANDIN_PORT") or 0)
    except ValueError as error:
        print(f"FAL_STANDIN_LATENCY or FAL_STANDIN_PORT cannot be read: {error}", file=sys.stderr)
        return 2
    ports = {host: first + offset for offset, host in enumerate(HOSTS)} if first else None
    with FalStandIn(latency=latency, ports=ports, key=os.environ.get("FAL_STANDIN_KEY") or None) as stand_in:
        print(json.dumps({"urls": stand_in.urls, "variables": stand_in.variables}), flush=True)
        _wait_for_the_end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
