"""What comes over the wire and what goes back: requests read to their end, outcomes, refusals in fal's two shapes.

https://fal.ai/docs/documentation/model-apis/errors (the list) and …/request-errors (flat).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from starlette.responses import JSONResponse, Response

Fields = dict[str, Any]


@dataclass(slots=True)
class Asked:
    """One request, read whole. `path` has no leading slash, header names are in lower case."""

    host: str
    """`run`, `queue`, `rest` or `media`."""
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    what: str = ""
    """`run`, `submit`, `status`, `result`, `cancel`, `jwks`, `upload`, `put` or `media`."""
    app: str = ""
    """The model asked for; of a follow-up, the model its job was submitted to."""
    job_id: str = ""
    bill: Callable[[], None] | None = None
    """Charges for the answer, called as its last byte goes out: what does not arrive whole is not paid for."""

    def arguments(self) -> Fields:
        """Return the body as a JSON object.

        Raises:
            Refused: it is none.
        """
        try:
            found = json.loads(self.body)
        except ValueError:
            raise Refused(422, {"detail": [_detail(["body"], "JSON decode error", "json_invalid")]}) from None
        if not isinstance(found, dict):
            raise Refused(422, {"detail": [_detail(["body"], "Input should be an object", "dict_type")]})
        return found  # pyright: ignore[reportUnknownVariableType] - JSON keys are strings


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a model made of a request: its output, or its error."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    units: float = 0.0
    """What is billed, in the model's own unit; 0 for an error."""

    @property
    def failed(self) -> bool:
        """Whether there is no output."""
        return self.status >= 400

    @property
    def error_type(self) -> str | None:
        """The type of a flat error; a model's own errors have none."""
        return self.headers.get("X-Fal-Error-Type")

    def response(self, request_id: str) -> Response:
        """As an answer, with the headers fal adds."""
        headers = {"x-fal-request-id": request_id, **self.headers}
        if not self.failed:
            headers["X-Fal-Billable-Units"] = f"{self.units:.9f}".rstrip("0").rstrip(".")
        if isinstance(self.body, bytes):
            return Response(self.body, self.status, headers)
        return JSONResponse(self.body, self.status, headers)


class Refused(Exception):
    """A request that ends in an error instead of an output."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, body)
        self.outcome = Outcome(status, body, headers or {})


def new_id() -> str:
    """Return a request id."""
    return str(uuid4())


def refused(status: int, kind: str, message: str, *, at: list[str] | None = None, **ctx: Any) -> Refused:
    """Return a model's error in the list shape; `kind` is what clients branch on."""
    retry = "true" if status in {429, 500, 503, 504} else "false"
    headers = {"X-Fal-Retryable": retry, "X-Fal-Needs-Retry": str(int(retry == "true"))}
    return Refused(status, {"detail": [_detail(at or ["body"], message, kind, **ctx)]}, headers)


def platform_error(status: int, error_type: str, message: str, **headers: str) -> Refused:
    """Return an error of the platform in the flat shape."""
    return Refused(status, {"detail": message, "error_type": error_type}, {"X-Fal-Error-Type": error_type, **headers})


def plain_error(status: int, message: str) -> Refused:
    """Return an error that is only a sentence: about keys, accounts, unknown applications."""
    return Refused(status, {"detail": message})


def _detail(at: list[str], message: str, kind: str, **ctx: Any) -> Fields:
    entry: Fields = {"loc": at, "msg": message, "type": kind, "url": f"https://docs.fal.ai/errors#{kind}"}
    return {**entry, "ctx": ctx} if ctx else entry
