"""Whatever the OpenAPI document allows and forbids: no 5xx, and every answer is one the document describes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from system.service import openapi_document
from tests.e2e.conftest import new_key
from tests.support.http import BOB

SCHEMA = schemathesis.openapi.from_dict(json.loads(openapi_document()))
OPERATIONS = {operation.label: operation for operation in (found.ok() for found in SCHEMA.get_all_operations())}
TAKING_SOMETHING = [
    label
    for label, operation in OPERATIONS.items()
    if operation.definition.raw.get("parameters") or operation.definition.raw.get("requestBody")
]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
pytestmark = pytest.mark.faults
"""With `make test-faults`: a minute's work that finds little twice."""
EXAMPLES = 8
"""Of each operation."""
UNDONE = {"PATCH /v1/config": {"If-Match": '"999999999"'}}
"""No such version: a change is checked whole and then refused. Other tests live with this tenant's settings."""
Send = Callable[[Case], None]


def _bounded() -> settings:
    return settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="module")
def session() -> requests.Session:
    return requests.Session()


@pytest.fixture
def send(stack: str, session: requests.Session) -> Send:
    """Send a case and hold the answer against the document."""

    def send_and_check(case: Case) -> None:
        for value in (case.path_parameters or {}).values():
            # API Gateway decodes the path before it routes: with these in it, it is another operation's.
            assume(not {"/", "?"} & set(unquote(str(value))))
        case.headers.pop("X-Meddah-Fault", None)  # not for a live key: every such answer would be the same 422
        headers = {"Authorization": f"Bearer {BOB}", **UNDONE.get(case.operation.label, {})}
        answer = case.call(base_url=stack, session=session, headers=headers)
        case.validate_response(answer, checks=CHECKS)

    return send_and_check


@pytest.fixture(scope="module")
def job_id(bob: httpx.Client) -> str:
    return bob.post("/v1/voice/tts", json={"text": "Merhaba."}).json()["job_id"]


@pytest.fixture(scope="module")
def batch_id(bob: httpx.Client) -> str:
    return bob.post("/v1/voice/tts/batch", json={"orders": [{"text": "Merhaba."}]}).json()["batch_id"]


@pytest.fixture(scope="module")
def spare_key_id(stack: str) -> str:
    """A key that nothing is asked with: it may be rotated and revoked."""
    return new_key(stack, "tenant_demo_2", mode="live")["key_id"]


def _webhook_id(client: httpx.Client) -> str:
    """Return an endpoint's id; another's, should one have been deleted."""
    known = client.get("/v1/webhooks").json()["items"]
    return (known[0] if known else client.post("/v1/webhooks", json={"url": "http://127.0.0.1:9/meddah"}).json())["id"]


@pytest.fixture(scope="module")
def event_id(bob: httpx.Client) -> str:
    return bob.post(f"/v1/webhooks/{_webhook_id(bob)}/test").json()["event_id"]


@pytest.fixture
def ids(bob: httpx.Client, job_id: str, batch_id: str, spare_key_id: str, event_id: str) -> dict[str, Any]:
    """Things that are there, so that not every answer is a 404."""
    world = bob.post("/v1/worlds", json={"name": "Kızılova", "taboo_words": ["lanet"]}).json()
    character = bob.post("/v1/characters", json={"system_prompt": "Ben ozanım.", "world_id": world["id"]}).json()
    return {
        "character_id": character["id"],
        "world_id": world["id"],
        "job_id": job_id,
        "batch_id": batch_id,
        "client_id": "kapi-7",
        "key_id": spare_key_id,
        "webhook_id": _webhook_id(bob),
        "event_id": event_id,
        "user_id": "oyuncu-15",
    }


@pytest.mark.parametrize("label", OPERATIONS)
def test_what_the_document_allows(label: str, send: Send, ids: dict[str, Any]) -> None:
    operation = OPERATIONS[label]
    known = {one.name: ids[one.name] for one in operation.path_parameters}

    @_bounded()
    @given(case=operation.as_strategy(GenerationMode.POSITIVE, **({"path_parameters": known} if known else {})))
    def check(case: Case) -> None:
        send(case)

    check()


@pytest.mark.parametrize("label", TAKING_SOMETHING)
def test_what_the_document_forbids(label: str, send: Send) -> None:
    @_bounded()
    @given(case=OPERATIONS[label].as_strategy(GenerationMode.NEGATIVE))
    def check(case: Case) -> None:
        send(case)

    check()
