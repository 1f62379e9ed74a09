"""Errors as answers: every failure in the one shape, with what was spent before it and the limits it met.

A failure of which a request knows nothing better is our bug: it is logged here, once, and says nothing on the wire.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from common import aws
from common.errors import Busy, InvalidInput, MeddahError, MethodNotAllowed, NotFound, PayloadTooLarge
from common.observability import logger, trace_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from common.spending import Spending

_RETRY_AFTER_SECONDS = 2


class ErrorBody(BaseModel):
    """What went wrong."""

    code: str = Field(description="Stable name of the failure: switch on this.", examples=["CHAR_NOT_FOUND"])
    message: str = Field(description="For a programmer, in English.", examples=["Character 'char_x' not found"])
    details: dict[str, Any] = Field(description="More, by code; `errors` lists the fields of invalid input.")
    retryable: bool = Field(description="Whether the same request may work later.")
    request_id: str = Field(description="Quote this when you write to us.")


class ErrorResponse(BaseModel):
    """The one shape of every error."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "error": {
                    "code": "CHAR_NOT_FOUND",
                    "message": "Character 'char_01K00000000000000000000000' not found",
                    "details": {},
                    "retryable": False,
                    "request_id": "f1c8e0e6-2f0b-4b0e-9a51-0a3f6f0f9c11",
                }
            }
        }
    )

    error: ErrorBody


def error_answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return OpenAPI's `responses` for errors of these statuses."""
    meaning = {
        401: "No valid API key",
        403: "The key or token is valid, but not for this",
        404: "No such thing for this tenant",
        405: "The path exists, this method does not",
        409: "Somebody else changed the same thing; try again",
        413: "The body is too large",
        422: "Invalid input; `details.errors` names the fields",
        429: "A limit or a budget is reached; `details` names it, `Retry-After` says when to come again",
        500: "Our bug",
        502: "The model's vendor failed",
        503: "Busy; try again",
        504: "The model's vendor was too slow",
    }
    return {status: {"model": ErrorResponse, "description": meaning[status]} for status in statuses}


def answer_to(error: Exception, state: Mapping[str, Any]) -> Response:
    """Return the answer to a request that `error` ended; `state` is what the request's scope knows of it."""
    known = _known(error)
    return _render(known, _body(known, state), state)


def final_answer_to(error: Exception, state: Mapping[str, Any]) -> Response:
    """Return the same of a request that is never carried out again: nobody is told to come back with it."""
    known = _known(error)
    body = _body(known, state)
    body.retryable = False
    body.details.pop("retry_after", None)
    answer = _render(known, body, state)
    del answer.headers["Retry-After"]
    return answer


def _body(error: MeddahError, state: Mapping[str, Any]) -> ErrorBody:
    spending: Spending | None = state.get("spending")
    spent = spending is not None and spending.spent
    usage = {"usage": spending.receipt().model_dump(mode="json")} if spending is not None and spent else {}
    return ErrorBody(
        code=error.code,
        message=error.message,
        details=error.details | usage,
        retryable=error.retryable,
        request_id=state["request_id"],
    )


def _render(error: MeddahError, body: ErrorBody, state: Mapping[str, Any]) -> Response:
    spending: Spending | None = state.get("spending")
    headers: dict[str, str] = dict(spending.headers()) if spending is not None else {}
    if error.status in {429, 503} or "retry_after" in body.details:
        headers["Retry-After"] = str(body.details.get("retry_after", _RETRY_AFTER_SECONDS))
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, MethodNotAllowed) and "allowed" in error.details:
        headers["Allow"] = ", ".join(error.details["allowed"])
    content = jsonable_encoder(ErrorResponse(error=body))
    return JSONResponse(content, status_code=error.status, headers=headers)


def unread(error: RequestValidationError, content_type: str) -> InvalidInput | None:
    """Return what is wrong with a body that was not read as JSON because it did not say that it is; else None."""
    media_type = content_type.partition(";")[0].strip().lower()
    told = media_type == "application/json" or media_type.endswith("+json")
    if told or not any(problem["loc"] == ("body",) and problem["type"] != "missing" for problem in error.errors()):
        return None
    return InvalidInput.field("body", "send JSON, with the header 'Content-Type: application/json'")


def _invalid(problems: Sequence[Mapping[str, Any]]) -> InvalidInput:
    """Name each bad field and why, without what was sent: that may be a player's text."""
    errors = [
        {
            "field": ".".join(str(part) for part in problem["loc"][1:] if problem["type"] != "json_invalid")
            or str(problem["loc"][0]),
            "reason": problem["msg"],
            "type": problem["type"],
        }
        for problem in problems[:20]
    ]
    return InvalidInput(f"Invalid input: {errors[0]['field']}: {errors[0]['reason']}", details={"errors": errors})


def _known(error: Exception) -> MeddahError:
    """Translate what the framework and the AWS client raise; anything else is our bug."""
    if isinstance(error, MeddahError):
        return error
    if isinstance(error, RequestValidationError):
        return _invalid(error.errors())
    if isinstance(error.__cause__, PayloadTooLarge):
        return error.__cause__
    if isinstance(error, HTTPException):
        known = {404: NotFound("No such path"), 405: MethodNotAllowed("This path does not take this method")}
        return known.get(error.status_code) or InvalidInput.field("body", "cannot be read")
    if aws.is_busy(error):
        return Busy("Storage is busy; try again")
    logger.error("unhandled error", extra={"trace": trace_of(error)})
    return MeddahError("Internal error")
