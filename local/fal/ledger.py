"""Everything that was asked of the stand-in, what it counted as a submission, and what fal would have charged.

Assumed, as only a real key can show it: a job is charged when it has completed with a result, whatever is in the result
(a flagged or black picture, none at all) and whether or not anybody fetches it; a job that failed or was cancelled in
time is not. A direct call is charged as its whole answer leaves, a stream with the event that tells what it used.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from local.fal.wire import Asked

_LONGEST = 20_000
"""Characters of a text in a body that are kept."""


@dataclass(slots=True)
class Entry:
    """One request; `status` is 0 until it was answered, and for ever where the connection was cut instead."""

    at: float
    """Seconds of the epoch."""
    host: str
    what: str
    app: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    """In lower case; the key is replaced by `***`."""
    body: Any
    """The JSON, or how many bytes there were."""
    status: int = 0
    duration_ms: float = 0.0
    faults: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True)
class Submission:
    """A job or run that fal would have taken: what is billed follows from these."""

    request_id: str
    app: str
    host: str
    webhook_url: str | None


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of the bill."""

    request_id: str
    app: str
    units: float
    microusd: int


class Ledger:
    """Grows until cleared."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.submissions: list[Submission] = []
        self.charges: list[Charge] = []

    def clear(self) -> None:
        """Begin anew."""
        for kept in (self.entries, self.submissions, self.charges):
            kept.clear()

    def open(self, asked: Asked, at: float) -> Entry:
        """Note a request that has been read."""
        entry = Entry(
            at=at,
            host=asked.host,
            what=asked.what,
            app=asked.app,
            method=asked.method,
            path=f"/{asked.path}",
            query=asked.query,
            headers={name: _redacted(name, value) for name, value in asked.headers.items()},
            body=_readable(asked.body),
        )
        self.entries.append(entry)
        return entry

    def find(self, *, host: str = "", what: str = "", method: str = "", path: str = "") -> list[Entry]:
        """Return the requests of a kind; `path` is a prefix of the model or of the path."""
        return list(self._matching(host, what, method, path))

    def _matching(self, host: str, what: str, method: str, path: str) -> Iterator[Entry]:
        for entry in list(self.entries):
            wanted = ((host, entry.host), (what, entry.what), (method, entry.method))
            if all(not want or want == found for want, found in wanted) and (
                entry.app.startswith(path) or entry.path.lstrip("/").startswith(path.lstrip("/"))
            ):
                yield entry

    def by_app(self) -> Counter[str]:
        """How many submissions each model had."""
        return Counter(submission.app for submission in list(self.submissions))

    def by_webhook(self) -> Counter[str]:
        """How many submissions named each webhook."""
        return Counter(submission.webhook_url for submission in list(self.submissions) if submission.webhook_url)

    def microusd(self) -> int:
        """The whole bill."""
        return sum(charge.microusd for charge in list(self.charges))


def _redacted(name: str, value: str) -> str:
    return f"{value.partition(' ')[0]} ***" if name == "authorization" else value


def _readable(body: bytes) -> Any:
    if not body:
        return None
    try:
        return _shortened(json.loads(body))
    except ValueError:
        return f"{len(body)} bytes"


def _shortened(value: Any) -> Any:
    match value:
        case str() if len(value) > _LONGEST:
            return f"{value[:_LONGEST]}… ({len(value)} characters)"
        case dict():
            return {key: _shortened(inner) for key, inner in value.items()}  # pyright: ignore[reportUnknownVariableType]
        case list():
            return [_shortened(inner) for inner in value]  # pyright: ignore[reportUnknownVariableType]
        case _:
            return value
