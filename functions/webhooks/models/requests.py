"""What studios send about webhooks."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from common.events import EventType
from common.text import Label, PublicUrl, Request
from webhooks.models.stored import fits

MAX_OVERLAP_SECONDS = 7 * 24 * 3600
_URL = "https://game.example/meddah"


def _known(wanted: str) -> str:
    if not any(fits(wanted, kind) for kind in EventType):
        raise ValueError("no such event; see the table of events, or use * or job.*")
    return wanted


EventFilter = Annotated[str, Field(max_length=64), AfterValidator(_known)]
Events = Annotated[list[EventFilter], Field(min_length=1, max_length=len(EventType))]


class EndpointRequest(Request):
    """A new endpoint."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"url": _URL, "events": ["job.*"]}]})

    url: PublicUrl = Field(description="A public https address, port 443 or 8443; a name, not an IP address.")
    events: Events = Field(default=["*"], description="Which events it gets: types, `job.*` for all of a kind, `*`.")
    description: Label | None = Field(default=None, description="For yourself.")


class EndpointChanges(Request):
    """What is to change of an endpoint; what is not named stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"events": ["job.completed", "job.failed"]}]})

    url: PublicUrl | None = None
    events: Events | None = None
    description: Label | None = Field(default=None, description="null removes it.")
    enabled: bool | None = Field(default=None, description="false: it gets nothing; true: it gets events again.")

    @model_validator(mode="after")
    def _says_something(self) -> EndpointChanges:
        if not self.model_fields_set:
            raise ValueError("name at least one field")
        empty = [name for name in self.model_fields_set - {"description"} if getattr(self, name) is None]
        if empty:
            raise ValueError(f"{empty[0]} cannot be null")
        return self


class RotateSecretRequest(Request):
    """How long the old secret goes on signing beside the new one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"overlap_seconds": 3600}]})

    overlap_seconds: int = Field(
        default=24 * 3600, ge=0, le=MAX_OVERLAP_SECONDS, description="0: it ends now. At most a week."
    )


class ReplayRequest(Request):
    """Where an event is to be sent again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})

    endpoint_id: Label | None = Field(
        default=None,
        description="One endpoint, whether it wants such events or not, or `callback`; null: all that want it.",
    )
