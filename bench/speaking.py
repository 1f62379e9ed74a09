"""What `speak` adds to the time its models take: the handler's milliseconds, taken apart.

The handler is called in this process with API Gateway's event, warm; its models are the stand-in's, over real sockets.
The vendor's own time is what the stand-in needed from a request read to its answer sent, moderation's call included;
the storage's is what botocore waited for moto. The rest is ours: prompts, word check, JSON, the client's side of the
wire for both calls.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from bench.lab import Lab, laboratory
from local.fal.stand_in import FalStandIn

LIMIT_MS = 15
_ROUNDS = 60
_CHAT_SECONDS = 0.1
_TURN = {"message": "Yaramı sarabilir misin? Gece çok soğuk geçti."}
_PERSON = {"name": "Elif", "role": "Şifacı", "archetype": "Bilge", "system_prompt": "Ben Elif; köyün şifacısıyım."}


class Spoken(NamedTuple):
    """One `speak`, in milliseconds."""

    handler: float
    vendor: float
    storage: float

    @property
    def ours(self) -> float:
        """What neither the vendor nor the storage needed."""
        return self.handler - self.vendor - self.storage


class Stopwatch:
    """Notes when a client waits for its service; waits of several threads at once count once."""

    def __init__(self, *clients: Any) -> None:
        self.waits: list[tuple[float, float]] = []
        self._began = threading.local()
        for client in clients:
            client.meta.events.register("before-call", self._begin)
            client.meta.events.register("after-call", self._end)

    def milliseconds(self) -> float:
        """Return how long somebody waited since the last call of this, and begin anew."""
        waits, self.waits = self.waits, []
        return union(waits) * 1000

    def _begin(self, **_: Any) -> None:
        self._began.at = time.perf_counter()

    def _end(self, **_: Any) -> None:
        self.waits.append((self._began.at, time.perf_counter()))


def union(spans: Iterable[tuple[float, float]]) -> float:
    """Return the length of the time that lies in any of the spans."""
    total, reached = 0.0, float("-inf")
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def measure(rounds: int = _ROUNDS) -> list[Spoken]:
    """Return `rounds` warm speaks."""
    with FalStandIn(latency={"chat": _CHAT_SECONDS}) as fal, laboratory(None, fal.variables) as lab:
        character_id = lab.call("POST", "/v1/characters", _PERSON)["id"]
        watch = Stopwatch(lab.deployment.dynamodb, lab.deployment.sqs)
        spoken = [_speak(lab, fal, watch, character_id) for _ in range(rounds + 5)]
        return spoken[5:]


def _speak(lab: Lab, fal: FalStandIn, watch: Stopwatch, character_id: str) -> Spoken:
    fal.ledger.clear()
    watch.milliseconds()
    lab.call("POST", f"/v1/characters/{character_id}/speak", _TURN)
    vendor = sum(entry.duration_ms for entry in fal.ledger.find(what="run"))
    return Spoken(lab.duration_ms, vendor, watch.milliseconds())


def show(spoken: Sequence[Spoken]) -> list[str]:
    """Return the rows: medians."""
    parts = {
        "speak through the stand-in": [one.handler for one in spoken],
        "  its models, moderation included": [one.vendor for one in spoken],
        "  waiting for moto": [one.storage for one in spoken],
        f"  ours (< {LIMIT_MS} ms wanted)": [one.ours for one in spoken],
    }
    return [f"{name:<34} p50 {statistics.median(values):7.1f} ms" for name, values in parts.items()]
