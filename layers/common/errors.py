"""Every failure we can name.

    MeddahError                     status  code                       retryable
    ├── Unauthorized                401     UNAUTHORIZED
    ├── Forbidden                   403     FORBIDDEN
    ├── NotFound                    404     NOT_FOUND, CHAR_NOT_FOUND, …
    ├── MethodNotAllowed            405     METHOD_NOT_ALLOWED
    ├── Conflict                    409     CONFLICT                   yes
    │   ├── ClientIdTaken           409     CLIENT_ID_TAKEN
    │   ├── JobEnded                409     JOB_ENDED
    │   ├── JobNotFailed            409     JOB_NOT_FAILED
    │   ├── JobRunning              409     JOB_RUNNING
    │   ├── KeyNeeded               409     KEY_NEEDED
    │   ├── Outdated                409     VERSION_CONFLICT
    │   ├── StillRunning            409     STILL_RUNNING              yes
    │   ├── TooMany                 409     TOO_MANY
    │   └── WebhookDisabled         409     WEBHOOK_DISABLED
    ├── PayloadTooLarge             413     PAYLOAD_TOO_LARGE
    ├── InvalidInput                422     VALIDATION_ERROR
    │   └── KeyReused               422     IDEMPOTENCY_KEY_REUSED
    ├── LimitReached                429     LIMIT_REACHED              yes
    ├── BudgetExhausted             429     BUDGET_EXHAUSTED           yes
    ├── JobOverdue                  504     JOB_OVERDUE                yes
    ├── OutboundFailed              502     OUTBOUND_FAILED            yes
    │   └── OutboundRefused         422     OUTBOUND_REFUSED
    ├── Busy                        503     BUSY                       yes
    │   └── JobBusy                 another worker holds the job
    └── ProviderError               502     PROVIDER_ERROR
        ├── ProviderRejected        422     PROVIDER_REJECTED
        │   ├── ProviderModerated   422     PROVIDER_MODERATED
        │   └── ProviderBadMedia    422     PROVIDER_BAD_MEDIA
        ├── ProviderMisconfigured   503     PROVIDER_MISCONFIGURED
        ├── ProviderAmbiguous       502     PROVIDER_UNKNOWN_OUTCOME
        ├── ProviderResultGone      502     PROVIDER_RESULT_GONE
        ├── ProviderBadAnswer       502     PROVIDER_BAD_ANSWER        yes
        ├── ProviderBusy            503     PROVIDER_BUSY              yes
        ├── ProviderUnavailable     502     PROVIDER_UNAVAILABLE       yes
        └── ProviderTimeout         504     PROVIDER_TIMEOUT           yes

HTTP reads `status` and `code`, workers read `retryable`. What is outside the tree is a bug: a 500 with a stack
trace in the log and no detail on the wire. `code` is stable: once published it is never renamed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from common.providers import Usage


class MeddahError(Exception):
    """A failure with a name; `message` is safe to show to a studio and holds no player text."""

    status: ClassVar[int] = 500
    code: str = "INTERNAL_ERROR"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, details: dict[str, Any] | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = details or {}
        if code is not None:
            self.code = code


class Unauthorized(MeddahError):
    """No key, a malformed header, or a key nobody has."""

    status = 401
    code = "UNAUTHORIZED"


class Forbidden(MeddahError):
    """The key or token is valid, but not for this."""

    status = 403
    code = "FORBIDDEN"


class NotFound(MeddahError):
    """No such thing for this tenant; another tenant's thing looks the same."""

    status = 404
    code = "NOT_FOUND"

    @classmethod
    def of(cls, kind: str, key: str) -> NotFound:
        """The error of an unknown `kind` (`character`, `world`, `job`), its key cut to 64 characters."""
        codes = {
            "character": "CHAR_NOT_FOUND",
            "world": "WORLD_NOT_FOUND",
            "batch": "BATCH_NOT_FOUND",
            "job": "JOB_NOT_FOUND",
            "key": "KEY_NOT_FOUND",
            "tenant": "TENANT_NOT_FOUND",
            "webhook": "WEBHOOK_NOT_FOUND",
            "event": "EVENT_NOT_FOUND",
        }
        return cls(f"{kind.capitalize()} '{key[:64]}' not found", code=codes.get(kind, cls.code))


class MethodNotAllowed(MeddahError):
    """The path exists, the verb does not."""

    status = 405
    code = "METHOD_NOT_ALLOWED"


class Conflict(MeddahError):
    """Somebody else changed the same thing at the same time."""

    status = 409
    code = "CONFLICT"
    retryable = True


class ClientIdTaken(Conflict):
    """The studio's own id stands for a job with another order."""

    code = "CLIENT_ID_TAKEN"
    retryable = False


class JobNotFailed(Conflict):
    """Only a job that failed can be tried once more; `details.status` says how this one stands."""

    code = "JOB_NOT_FAILED"
    retryable = False


class JobRunning(Conflict):
    """The job has begun and cannot go before others any more; `details.started_at` says when."""

    code = "JOB_RUNNING"
    retryable = False


class JobEnded(Conflict):
    """The job has already ended; nothing leaves a final state. `details` says how and when it did."""

    code = "JOB_ENDED"
    retryable = False


class Outdated(Conflict):
    """The change was made for a version that is no longer the current one; `details.version` names that."""

    code = "VERSION_CONFLICT"
    retryable = False


class KeyNeeded(Conflict):
    """The key cannot end like this: it is the last one in force, or it has ended already."""

    code = "KEY_NEEDED"
    retryable = False


class StillRunning(Conflict):
    """The first request with this idempotency key has not been answered yet."""

    code = "STILL_RUNNING"


class TooMany(Conflict):
    """There are as many of these as a tenant may have."""

    code = "TOO_MANY"
    retryable = False


class WebhookDisabled(Conflict):
    """The webhook gets nothing; `details.disabled_reason` says why."""

    code = "WEBHOOK_DISABLED"
    retryable = False


class PayloadTooLarge(MeddahError):
    """The body is above the route's cap."""

    status = 413
    code = "PAYLOAD_TOO_LARGE"


class InvalidInput(MeddahError):
    """The input cannot be used; `details.errors` names the fields."""

    status = 422
    code = "VALIDATION_ERROR"

    @classmethod
    def field(cls, name: str, reason: str) -> InvalidInput:
        """One bad field, in the same shape as a failed model validation."""
        return cls(
            f"Invalid input: {name}: {reason}",
            details={"errors": [{"field": name, "reason": reason, "type": "value_error"}]},
        )


class KeyReused(InvalidInput):
    """The idempotency key was sent before with another request."""

    code = "IDEMPOTENCY_KEY_REUSED"


class LimitReached(MeddahError):
    """The tenant asked for more than its limits allow; `details.limit` names the one, `retry_after` says when."""

    status = 429
    code = "LIMIT_REACHED"
    retryable = True


class BudgetExhausted(MeddahError):
    """This call might cost more than a budget has left; `details.budget` names it."""

    status = 429
    code = "BUDGET_EXHAUSTED"
    retryable = True


class Busy(MeddahError):
    """We cannot do it now; asking again soon is right."""

    status = 503
    code = "BUSY"
    retryable = True


class JobBusy(Busy):
    """Another worker holds the job's lease."""


class JobOverdue(MeddahError):
    """A job did not end in time, for whatever reason; only jobs carry it."""

    status = 504
    code = "JOB_OVERDUE"
    retryable = True


class OutboundFailed(MeddahError):
    """An address that a studio gave us did not answer; `reason` is one word, and nothing says what the address was."""

    status = 502
    code = "OUTBOUND_FAILED"
    retryable = True

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message, details={"reason": reason})
        self.reason = reason


class OutboundRefused(OutboundFailed):
    """An address that a studio gave us is not allowed, or its name leads to one that is not; nothing was sent."""

    status = 422
    code = "OUTBOUND_REFUSED"
    retryable = False


class ProviderError(MeddahError):
    """A vendor failed in a way that has no better name."""

    status = 502
    code = "PROVIDER_ERROR"
    usages: tuple[Usage, ...] = ()
    """What was paid before it failed, set by whoever raises it; owed all the same."""


class ProviderRejected(ProviderError):
    """The vendor refuses this input; sending it again cannot help."""

    status = 422
    code = "PROVIDER_REJECTED"


class ProviderModerated(ProviderRejected):
    """The vendor's own safety check refused the input or withheld the result."""

    code = "PROVIDER_MODERATED"


class ProviderBadMedia(ProviderRejected):
    """The vendor could not use a picture or sound: its address, format, size or length."""

    code = "PROVIDER_BAD_MEDIA"


class ProviderMisconfigured(ProviderError):
    """The vendor refuses us, not the input: key, balance or model. An operator must act; studios see a neutral 503."""

    status = 503
    code = "PROVIDER_MISCONFIGURED"


class ProviderAmbiguous(ProviderError):
    """The order may or may not have been accepted; sending it again may pay twice, so nobody does."""

    code = "PROVIDER_UNKNOWN_OUTCOME"


class ProviderResultGone(ProviderError):
    """The vendor finished the order but no longer has, or never knew, its result."""

    code = "PROVIDER_RESULT_GONE"


class ProviderBadAnswer(ProviderError):
    """The vendor answered, but not in the form it was asked for."""

    code = "PROVIDER_BAD_ANSWER"
    retryable = True


class ProviderBusy(ProviderError):
    """The vendor accepted nothing because it is full."""

    status = 503
    code = "PROVIDER_BUSY"
    retryable = True


class ProviderUnavailable(ProviderError):
    """The vendor could not be reached; nothing was accepted."""

    code = "PROVIDER_UNAVAILABLE"
    retryable = True


class ProviderTimeout(ProviderError):
    """The vendor did not answer within the call's deadline."""

    status = 504
    code = "PROVIDER_TIMEOUT"
    retryable = True
