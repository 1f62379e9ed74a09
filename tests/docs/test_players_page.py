"""What the page on player tokens and test keys lists is what the code reads: scopes, faults, bounds."""

from __future__ import annotations

import json
import re
from pathlib import Path

from common.faults import HEADER, Fault, _error
from common.player_tokens import MAX_CHARACTERS, PlayerScope
from players.models import MAX_SECONDS, MIN_SECONDS, PlayerTokenRequest
from system.service import openapi_document
from tests.docs.examples import ROOT

PAGE = Path(ROOT, "docs", "18-player-tokens-and-test-keys.md").read_text(encoding="utf-8")


def _rows(first: str) -> dict[str, str]:
    """Return the rows of the table whose head begins with `first`."""
    table = PAGE[PAGE.index(f"| {first} |") :].split("\n\n")[0]
    return dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", table, re.MULTILINE))


def test_a_scope_opens_what_the_page_says() -> None:
    opened: dict[str, set[str]] = {scope.value: set() for scope in PlayerScope}
    for path, methods in json.loads(openapi_document())["paths"].items():
        for method, operation in methods.items():
            if "x-meddah-player-scope" in operation:
                opened[operation["x-meddah-player-scope"]].add(f"{method.upper()} {path}")

    assert {scope: set(re.findall(r"`([^`]+)`", routes)) for scope, routes in _rows("Scope").items()} == opened


def test_a_fault_is_answered_as_the_page_says() -> None:
    listed = _rows("`X-Meddah-Fault`")

    assert set(listed) == set(Fault)
    for fault in Fault:
        error = _error(fault)
        assert listed[fault].startswith(f"{error.status} `{error.code}`")
        assert f"`{error.details['reason']}`" in PAGE


def test_the_document_offers_every_fault_wherever_a_model_is_asked() -> None:
    for path, methods in json.loads(openapi_document())["paths"].items():
        for method, operation in methods.items():
            offered = [one["schema"]["enum"] for one in operation.get("parameters", []) if one["name"] == HEADER]
            assert offered == ([list(Fault)] if "x-meddah-spends" in operation else []), f"{method} {path}"


def test_every_field_of_a_request_is_there_with_its_bounds() -> None:
    listed = _rows("Field")

    assert set(listed) == set(PlayerTokenRequest.model_fields)
    assert f"1–{MAX_CHARACTERS} ids" in listed["characters"]
    assert f"{MIN_SECONDS} to {MAX_SECONDS:,}" in listed["ttl_seconds"]
    assert f"{PlayerTokenRequest.model_fields['ttl_seconds'].default:,}" in listed["ttl_seconds"]
