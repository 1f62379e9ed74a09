"""Merges the domains' OpenAPI documents into the one that is published: `python -m tools.openapi [--check]`."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from common.api import SPENDS, VERSION, error_answers
from common.events import DATA_OF, EventType, about
from common.faults import HEADER as FAULT_HEADER
from common.faults import Fault
from common.idempotency import HEADER, MAX_KEY_LENGTH, REPLAYED

DOMAINS = (
    "characters",
    "worlds",
    "voice",
    "images",
    "jobs",
    "account",
    "players",
    "config",
    "usage",
    "webhooks",
    "system",
)
PUBLISHED = Path("functions/system/openapi.json")
_METHODS = {"get", "post", "put", "patch", "delete"}
_DESCRIPTION = """\
Character AI for game studios, in Turkish only. Send your world, your characters and your forbidden words; get back
characters that speak, react and remember, and have a voice and a face.

Every route but `/`, `/health`, `/docs` and `/openapi.json` needs `Authorization: Bearer <key>`. Every error has the
shape of `ErrorResponse`; switch on `error.code`. Pictures and speech are jobs: order one, then poll
`GET /v1/jobs/{job_id}`, or have `/v1/webhooks` tell you.
"""
_IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "A name of your own for this request, a UUID for example. Sent again with the same key, the same "
    "request is answered as it was the first time, for 24 hours, and neither done nor paid for again. The key with "
    "another request is a 422 `IDEMPOTENCY_KEY_REUSED`; before the first answer it is a 409 `STILL_RUNNING`. A refusal "
    "that cost nothing frees the key.",
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH, "pattern": "^[!-~]([ -~]*[!-~])?$"},
}
_FAULT: dict[str, Any] = {
    "name": FAULT_HEADER,
    "in": "header",
    "required": False,
    "description": "Only with a test key, or a player token that one minted: how this request's next call to a model "
    "is to fail, once. `busy` and `provider_error` are what they say, `timeout` a model that is too slow, `moderated` "
    "the refusal of a model's own safety check, or of a reply by the moderator. An order is accepted and its job fails "
    "so. With a live key it is a 422.",
    "schema": {"type": "string", "enum": [fault.value for fault in Fault]},
}
_REPLAYED: dict[str, Any] = {
    "description": "There, and `true`, where this answer was given before for the same `Idempotency-Key`.",
    "schema": {"type": "string", "enum": ["true"]},
}
_SIGNED: list[dict[str, Any]] = [
    {"name": name, "in": "header", "required": True, "description": description, "schema": {"type": "string"}}
    for name, description in (
        ("webhook-id", "The event's id: the same at every attempt and endpoint. Do what an id asks for once."),
        ("webhook-timestamp", "When it was sent, in seconds since the epoch; refuse what is older than five minutes."),
        ("webhook-signature", "`v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`; several, separated by spaces."),
    )
]

_HEADERS: dict[str, Any] = {
    "Retry-After": {
        "description": "Seconds after which it is right to ask again.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "RateLimit-Policy": {
        "description": "The limits this request counts for: `q` calls in `w` seconds. Not for player tokens.",
        "schema": {"type": "string", "examples": ['"requests_per_hour";q=10000;w=3600']},
    },
    "RateLimit": {
        "description": "How they stand: `r` calls left, new ones in `t` seconds. Not for player tokens.",
        "schema": {"type": "string", "examples": ['"requests_per_hour";r=9999;t=1800']},
    },
}


def merged() -> dict[str, Any]:
    """Return one OpenAPI 3.1 document of all domains.

    Raises:
        ValueError: two domains give one path, or one name to two different schemas.
    """
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "Meddah", "version": VERSION, "description": _DESCRIPTION},
        "servers": [{"url": "/"}],
        "paths": {},
        "webhooks": {kind.value: {"post": _told(kind)} for kind in EventType},
        "components": {},
    }
    for domain in DOMAINS:
        part = import_module(f"{domain}.api").app.openapi()
        _take(document["paths"], part["paths"], domain)
        for kind, entries in part.get("components", {}).items():
            _take(document["components"].setdefault(kind, {}), entries, domain)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _complete(operation, path, method)
    _take(document["components"]["schemas"], _event_schemas(), "webhooks")
    document["components"]["headers"] = _HEADERS
    return document


def _complete(operation: dict[str, Any], path: str, method: str) -> None:
    """Add to an operation what all of them have in common, which no domain says again."""
    _polish(operation, path, method)
    if method == "post" and "security" in operation:
        _let_it_be_sent_again(operation)
    if SPENDS in operation:
        operation.setdefault("parameters", []).append(_FAULT)
    if "security" in operation:
        _say_when_to_come_again(operation)


def _told(kind: EventType) -> dict[str, Any]:
    """Return what we send to a studio's endpoint when something happened."""
    body = {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": kind.value},
            "timestamp": {"type": "string", "format": "date-time", "description": "When it happened."},
            "data": {"$ref": f"#/components/schemas/{DATA_OF[kind].__name__}"},
        },
    }
    return {
        "operationId": kind.value.replace(".", "_"),
        "summary": about(kind),
        "parameters": _SIGNED,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "2XX": {"description": "You have it"},
            "410": {"description": "Never send anything there again: the endpoint is disabled"},
            "default": {"description": "It is sent again, later and later, for about three days"},
        },
    }


def _event_schemas() -> dict[str, Any]:
    return {data.__name__: data.model_json_schema() for data in dict.fromkeys(DATA_OF.values())}


def _take(into: dict[str, Any], entries: dict[str, Any], domain: str) -> None:
    for name, entry in entries.items():
        if into.setdefault(name, entry) != entry:
            raise ValueError(f"{domain} means something else by {name}")


def _polish(operation: dict[str, Any], path: str, method: str) -> None:
    """Name the operation by its function alone, and split the docstring into summary and description."""
    suffix = (path + "_" + method).replace("/", "_").replace("{", "_").replace("}", "_").replace(".", "_")
    operation["operationId"] = operation["operationId"].removesuffix(suffix)
    first, _, rest = operation.get("description", "").partition("\n\n")
    operation["summary"] = first.strip().rstrip(".") or operation["summary"]
    operation["description"] = rest.strip() or first.strip()


def _let_it_be_sent_again(operation: dict[str, Any]) -> None:
    """Document the idempotency key, which `common.api` takes before a route sees the request."""
    operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
    conflict = dict(operation["responses"]["422"])
    conflict["description"] = error_answers(409)[409]["description"]
    operation["responses"] = dict(sorted({"409": conflict, **operation["responses"]}.items()))
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            answer.setdefault("headers", {})[REPLAYED] = _REPLAYED


def _say_when_to_come_again(operation: dict[str, Any]) -> None:
    """Document the limits' headers, which `common.api` gives to every answer to a key."""
    for status, answer in operation["responses"].items():
        limits = ("RateLimit-Policy", "RateLimit") if status.startswith("2") or status == "429" else ()
        again = ("Retry-After",) if status in {"429", "503"} else ()
        for name in (*limits, *again):
            answer.setdefault("headers", {})[name] = {"$ref": f"#/components/headers/{name}"}


def main(arguments: list[str]) -> int:
    """Write the document, or with `--check` say whether the written one is up to date."""
    text = json.dumps(merged(), ensure_ascii=False, indent=1) + "\n"
    if arguments == ["--check"]:
        if PUBLISHED.is_file() and PUBLISHED.read_text(encoding="utf-8") == text:
            return 0
        print(f"{PUBLISHED} is not what the code says; run: make openapi", file=sys.stderr)
        return 1
    PUBLISHED.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
