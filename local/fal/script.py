"""What shall go wrong, and when: rules that name a fault and the requests it befalls."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from local.fal.wire import Asked


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


WIRE = _words(
    """
    stall drop cut slow_body redirect not_json answer
    busy locked unauthorized malformed_key no_access unknown_app
    unavailable unavailable_nameless bad_gateway timeout_user gateway_timeout error_list error_flat
    no_logs unknown_status huge_position
    crlf comments event_names split empty_event
    """
)
"""Faults of an answer on its way (`local.fal.misbehaviour`)."""
OUTPUT = _words(
    """
    nsfw black no_pictures moderated invalid model_error runner_error
    in_band_error filtered silent unfinished
    """
)
"""Faults of what a model makes (`local.fal.models`)."""
JOB = _words("latency queued held expired forgotten uncancellable vanishing")
"""Faults of a job in the queue (`local.fal.jobs`)."""
WEBHOOK = _words(
    """
    webhook_lost webhook_late webhook_early webhook_duplicate webhook_null_payload
    webhook_bad_signature webhook_stale webhook_wrong_user webhook_unsigned webhook_mismatched
    """
)
"""Faults of a webhook (`local.fal.webhooks`)."""
FAULTS = WIRE | OUTPUT | JOB | WEBHOOK


@dataclass(slots=True)
class Rule:
    """One fault and the requests it befalls; an empty word matches every request.

    All faults but those of `WIRE` belong to a job or a run and so match only the POST that starts one.
    """

    fault: str
    host: str = ""
    what: str = ""
    """As in `Asked`."""
    path: str = ""
    """A prefix of the model's path, or of the request's own where no model is asked for."""
    method: str = ""
    times: int | None = 1
    """How many requests; None for all."""
    skip: int = 0
    """How many matching requests pass unharmed first."""
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    used: int = 0
    """How often it has struck."""

    def matches(self, asked: Asked) -> bool:
        """Whether this request is one of those."""
        if self.fault not in WIRE and asked.what not in {"run", "submit"}:
            return False
        wanted = ((self.host, asked.host), (self.what, asked.what), (self.method, asked.method))
        if any(want and want != found for want, found in wanted):
            return False
        return asked.app.startswith(self.path) or asked.path.startswith(self.path)


class Rules(tuple[Rule, ...]):
    """The rules that strike one request."""

    __slots__ = ()

    def find(self, *faults: str) -> Rule | None:
        """Return the first rule with one of these faults."""
        return next((rule for rule in self if rule.fault in faults), None)

    def seconds(self, fault: str, default: float) -> float:
        """Return the `seconds` of a fault; `default` where it does not strike or does not say."""
        rule = self.find(fault)
        return float(rule.options.get("seconds", default)) if rule else default


class Script:
    """The rules in force; may be written from any thread."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._lock = Lock()

    def add(self, rule: Rule) -> Rule:
        """Put a rule into force.

        Raises:
            ValueError: nobody knows its fault.
        """
        if rule.fault not in FAULTS:
            raise ValueError(f"no fault is called {rule.fault!r}; there are: {', '.join(sorted(FAULTS))}")
        with self._lock:
            self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """Forget every rule."""
        with self._lock:
            self._rules.clear()

    def take(self, asked: Asked) -> Rules:
        """Return the rules that strike this request, and count it against them.

        Of the faults of an answer only one strikes at a time, and so of those of an output: the others wait for the
        next request, so that a sequence of faults can be written down.
        """
        with self._lock:
            struck: list[Rule] = []
            for rule in self._rules:
                if rule.matches(asked) and _is_due(rule) and not _is_crowded_out(rule, struck):
                    rule.used += 1
                    struck.append(rule)
            return Rules(struck)


def _is_due(rule: Rule) -> bool:
    if rule.skip > 0:
        rule.skip -= 1
        return False
    return rule.times is None or rule.used < rule.times


def _is_crowded_out(rule: Rule, struck: list[Rule]) -> bool:
    return any(rule.fault in kind and other.fault in kind for kind in (WIRE, OUTPUT) for other in struck)
