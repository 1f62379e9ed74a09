"""What a model gets besides its input, what it hands back, and how an endpoint is described."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from local.fal.media import MediaStore
from local.fal.memory import Memory
from local.fal.script import Rules
from local.fal.wire import Fields

UNITS = "_units"
"""The name under which the last event of a stream says what is billed; it is not sent."""


@dataclass(frozen=True, slots=True)
class Making:
    """The surroundings of one run of a model."""

    media: MediaStore
    memory: Memory
    rules: Rules = field(default_factory=Rules)
    lifetime: float | None = None
    """Seconds its output files are to live, if the request says so."""

    def keep(self, content: bytes, content_type: str, extension: str) -> str:
        """Put a file on the media host and return its address."""
        return self.media.put(content, content_type, extension, lifetime=self.lifetime)


@dataclass(frozen=True, slots=True)
class Made:
    """A model's output and what it is billed at, in the endpoint's unit."""

    output: Any
    units: float = 0.0
    headers: dict[str, str] = field(default_factory=dict[str, str])


Make = Callable[[Fields, Making], Made]
Events = Callable[[Fields, Making], Iterator[Fields | str]]
"""The events of a stream, each the JSON of its `data:` line (or, for a text, the line itself)."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path of the run and queue hosts. `make` or `events` may be missing: it cannot be called that way."""

    kind: str
    """`image`, `tts`, `stt` or `chat`: chooses the latency."""
    unit_microusd: int
    make: Make | None = None
    events: Events | None = None
