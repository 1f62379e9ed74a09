"""What fal.ai answers when it does not deliver: the one translation into our errors.

    https://fal.ai/docs/documentation/model-apis/errors           list form  {"detail": [{"type", "loc", …}]}
    https://fal.ai/docs/documentation/model-apis/request-errors   flat form  {"detail": "…", "error_type": "…"}
    https://openrouter.ai/docs/api-reference/errors               in-band    {"error": {"code", "message", …}}

The vendor's sentences and echoed input stay here: messages and logs carry only an error's type and field names.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, cast

import httpx
from httpx_sse import SSEError

from common.errors import (
    ProviderAmbiguous,
    ProviderBadAnswer,
    ProviderBadMedia,
    ProviderBusy,
    ProviderError,
    ProviderMisconfigured,
    ProviderModerated,
    ProviderRejected,
    ProviderResultGone,
    ProviderTimeout,
    ProviderUnavailable,
)
from common.observability import count, logger
from common.providers.fal.wire import Answered, Foreign, Hop, Lost, Unsent

if TYPE_CHECKING:
    from collections.abc import Mapping

_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
_TYPE = re.compile(r"[a-z][a-z0-9_.]{0,59}")
_STATUS = re.compile(r"\b[45][0-9]{2}\b")
_MONEY = re.compile(r"\b(locked|balance|budget)\b", re.IGNORECASE)
_UNKNOWN_MODEL = re.compile(r"not a valid model|no endpoints found", re.IGNORECASE)
_MODERATED = "content_policy_violation"
_MEDIA = re.compile(
    r"image_(too_small|too_large|load_error)|file_(download_error|too_large)|face_detection_error|invalid_archive|"
    r"archive_file_count_.+|(audio|video)_duration_.+|unsupported_(audio|image|video)_format"
)
_SERVERS_FAULT = re.compile(
    r"downstream_service_.+|generation_timeout|internal_(server_)?error|runner_.+|(request|startup)_timeout"
)
_TOO_SLOW = {"generation_timeout", "request_timeout", "startup_timeout"}


def translate(error: Exception, hop: Hop) -> ProviderError | None:
    """Return what a failure of a call to fal's client means in our tree; None for a bug, which is to rise as it is."""
    match error:
        case ProviderError():
            return error
        case Answered():
            return of_answer(error, hop)
        case Unsent() | httpx.ConnectError() | httpx.ConnectTimeout() | httpx.PoolTimeout():
            return ProviderUnavailable("The vendor cannot be reached")
        case Foreign():
            return misconfigured("foreign_address")
        case _:
            return _of_half_an_answer(error, hop)


def _of_half_an_answer(error: Exception, hop: Hop) -> ProviderError | None:
    """Translate what broke after the request was on its way."""
    if isinstance(error, SSEError | KeyError | TypeError | ValueError):
        # The client's own complaints about a 2xx answer: not JSON, no request id, no known status.
        return ambiguous() if hop is Hop.SUBMIT else bad_answer()
    if isinstance(error, Lost | httpx.HTTPError):
        return ProviderUnavailable("The vendor's answer was lost") if hop is Hop.ASK else ambiguous()
    return None


def too_late(hop: Hop, *, sent: bool) -> ProviderError:
    """Return what it means that our own deadline has passed."""
    if hop is not Hop.SUBMIT:
        return ProviderTimeout("The vendor did not answer in time")
    return ambiguous() if sent else ProviderUnavailable("The vendor cannot be reached")


def ambiguous() -> ProviderAmbiguous:
    """Return the error of an order that may or may not have been taken."""
    return ProviderAmbiguous("The connection to the vendor broke: it may have taken the order, so it is not sent again")


def bad_answer() -> ProviderBadAnswer:
    """Return the error of an answer in no form we know."""
    return ProviderBadAnswer("The vendor's answer could not be read")


def moderated(reason: str) -> ProviderModerated:
    """Return the error of what the vendor's safety check withheld."""
    return ProviderModerated("The vendor's safety check refused this", details={"reason": reason})


def misconfigured(reason: str) -> ProviderMisconfigured:
    """Return the neutral error of what only our operator can mend, and raise the operator's alarm."""
    count("ProviderMisconfigured")
    logger.error("provider misconfigured", extra={"reason": reason})
    return ProviderMisconfigured("The models are not available at the moment")


def of_answer(answer: Answered, hop: Hop) -> ProviderError:
    """Return what an answer other than 2xx means."""
    body = answer.json()
    kind, fields = _kind(answer, body)
    seen = {"status": answer.status, "type": kind, "fields": fields, "hop": hop.value}
    logger.warning("provider error", extra={**seen, "fal_request_id": answer.headers.get("x-fal-request-id")})
    if kind == _MODERATED:
        return moderated(kind)
    if not kind and isinstance(body.get("error"), dict):
        return of_in_band(body["error"], status=answer.status)
    if answer.status in {401, 402, 403} or _is_about_money(answer.status, body):
        return misconfigured(f"http_{answer.status}")
    if answer.status == 404:
        unknown_order = hop is Hop.ASK and not str(body.get("detail", "")).startswith("Application")
        return ProviderResultGone("The vendor has no such result") if unknown_order else misconfigured("http_404")
    return _of_status(answer, kind, fields, hop)


def _of_status(answer: Answered, kind: str, fields: list[str], hop: Hop) -> ProviderError:
    if answer.status >= 500 or _SERVERS_FAULT.fullmatch(kind):
        return _of_servers_fault(answer, kind, hop)
    if answer.status in {409, 429}:
        return ProviderBusy("The vendor is busy", details=_reason(kind))
    if answer.status == 499:
        return ProviderError("The vendor gave up the request", details=_reason(kind))
    if answer.status < 300:
        # Meant to be a stream.
        return bad_answer()
    if answer.status < 400 or answer.status == 408:
        return ProviderUnavailable("The vendor did not take the request")
    return _rejected(kind, fields)


def _of_servers_fault(answer: Answered, kind: str, hop: Hop) -> ProviderError:
    nameless = not kind and "x-fal-request-id" not in answer.headers
    if answer.status != 503 and (hop is Hop.SUBMIT or (hop is Hop.RUN and nameless)):
        # The queue failed over an order that it may have taken, or it was not fal but something before it, which has
        # lost the connection behind it.
        return ambiguous()
    # Older documents name the first header, newer ones the second.
    again = {answer.headers.get(name, "").lower() for name in ("x-fal-retryable", "x-fal-needs-retry")}
    if again & {"0", "false"}:
        return ProviderError("The vendor could not do it", details=_reason(kind))
    if answer.status == 504 or kind in _TOO_SLOW:
        return ProviderTimeout("The vendor took too long", details=_reason(kind))
    return ProviderUnavailable("The vendor failed", details=_reason(kind))


def of_outcome(answer: Answered) -> ProviderError:
    """Return what it means that the result of a completed order is an error: asking again would tell the same.

    An answer that is not the order's own (busy, unauthorised, no such order, a broken gateway) keeps its meaning.
    """
    kind, _ = _kind(answer, answer.json())
    error = of_answer(answer, Hop.ASK)
    final = bool(kind) or "x-fal-request-timeout-type" in answer.headers
    if final and isinstance(error, ProviderUnavailable | ProviderTimeout):
        return ProviderError("The vendor could not make this", details=error.details)
    return error


def of_payload(payload: Mapping[str, Any], said: str = "") -> ProviderError:
    """Return what a webhook with status ERROR means: the order has failed for good, so it is never retryable.

    `said` is the webhook's `error`, such as `Invalid status code: 422`.
    """
    found = _STATUS.search(said)
    status = int(found[0]) if found else 422 if isinstance(payload.get("detail"), list) else 500
    error = of_outcome(Answered(status, {}, json.dumps(dict(payload)).encode()))
    return ProviderError("The vendor could not make this", details=error.details) if error.retryable else error


def of_in_band(error: Mapping[str, Any], *, status: int = 200) -> ProviderError:
    """Return what an `error` object inside an answer means, as OpenRouter sends it under any HTTP status."""
    code = int(error["code"]) if str(error.get("code")).isdecimal() else status if status >= 400 else 500
    message, metadata = str(error.get("message")), error.get("metadata")
    if isinstance(metadata, dict) and {"reasons", "flagged_input"} & cast("dict[str, Any]", metadata).keys():
        return moderated("input_flagged")
    if code == 404 or (code == 400 and _UNKNOWN_MODEL.search(message)):
        # The operator has to mend our list of models; the next one on it can answer meanwhile.
        misconfigured("unknown_model")
        return ProviderUnavailable("The model does not exist at the vendor")
    if code in {401, 402, 403} or (code < 500 and _MONEY.search(message)):
        return misconfigured(f"model_{code}")
    if code in {408, 504, 524}:
        return ProviderTimeout("The model took too long")
    if code in {409, 429}:
        return ProviderBusy("The model is busy")
    return _rejected("model_refused", []) if code < 500 else ProviderUnavailable("The model failed")


def _kind(answer: Answered, body: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return the error's type ('' if it names none) and the fields it is about."""
    detail = body.get("detail")
    entries = cast("list[Any]", detail) if isinstance(detail, list) else []
    typed = [cast("dict[str, Any]", entry) for entry in entries if isinstance(entry, dict)]
    fields = [name for name in (_field(entry.get("loc")) for entry in typed[:5]) if name]
    named = [entry.get("type") for entry in typed] or [body.get("error_type"), answer.headers.get("x-fal-error-type")]
    kinds = [kind for kind in named if isinstance(kind, str) and _TYPE.fullmatch(kind)]
    if _MODERATED in kinds:
        return _MODERATED, fields
    return kinds[0] if kinds else "unknown" if typed else "", fields


def _field(loc: object) -> str:
    """Return the dotted name of a field: only what can be one of our own parameters, never a value."""
    parts = cast("list[Any]", loc) if isinstance(loc, list) else []
    names = [str(part) for part in parts if isinstance(part, int) or _FIELD.fullmatch(str(part))]
    return ".".join(names[1:] if names[:1] == ["body"] else names)


def _rejected(kind: str, fields: list[str]) -> ProviderRejected:
    details = {**_reason(kind), **({"fields": fields} if fields else {})}
    if _MEDIA.fullmatch(kind):
        return ProviderBadMedia("The vendor could not use the picture or sound", details=details)
    return ProviderRejected("The vendor refused the input", details=details)


def _is_about_money(status: int, body: Mapping[str, Any]) -> bool:
    detail = body.get("detail")
    return 400 <= status < 500 and status != 422 and isinstance(detail, str) and _MONEY.search(detail) is not None


def _reason(kind: str) -> dict[str, Any]:
    return {"reason": kind} if kind else {}
