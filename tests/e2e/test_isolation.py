"""Isolation for every operation of the OpenAPI document, drawn from the document itself.

Of one tenant from another, and of the live and the test data of one tenant from each other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from system.service import openapi_document

Finished = Callable[[httpx.Client, str], dict[str, Any]]
DOCUMENT: dict[str, Any] = json.loads(openapi_document())
ON_A_LAPTOP = {"POST /v1/webhooks": {"url": "http://127.0.0.1:9/meddah"}}
"""An address that needs no look-up, and where nobody is."""
PUBLIC = {"GET /", "GET /health", "GET /docs", "GET /openapi.json"}


@dataclass(frozen=True)
class Operation:
    """One operation of the document."""

    method: str
    path: str
    spec: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def variables(self) -> list[str]:
        return [one["name"] for one in self.spec.get("parameters", []) if one["in"] == "path"]

    @property
    def schema(self) -> dict[str, Any]:
        """The body's schema, empty if it takes none."""
        body = self.spec.get("requestBody")
        if body is None:
            return {}
        schema = body["content"]["application/json"]["schema"]
        return DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema

    @property
    def references(self) -> list[str]:
        """The fields of the body that name a thing which has a path of its own."""
        fields = self.schema.get("properties", {})
        return [name for name in fields if name in IDS and name != "user_id" and "label" not in str(fields[name])]

    def call(self, client: httpx.Client, ids: dict[str, str], *, body: Any = None, **options: Any) -> httpx.Response:
        """Send a valid request, the document's first example as its body where the laptop can do with that."""
        if self.schema:
            options["json"] = body if body is not None else ON_A_LAPTOP.get(str(self), self.schema["examples"][0])
        return client.request(self.method, self.path.format(**ids), **options)


OPERATIONS = [
    Operation(method.upper(), path, spec)
    for path, methods in DOCUMENT["paths"].items()
    for method, spec in methods.items()
]
CLOSED = [operation for operation in OPERATIONS if str(operation) not in PUBLIC]
NAMED_BY_STUDIOS = [operation for operation in CLOSED if "user_id" in operation.variables]
"""By names of their own, which say nothing about whether there is such a thing."""
NAMING = [operation for operation in CLOSED if operation.method == "PUT"]
"""Orders under names of their own, which are each tenant's."""
ON_ONE_THING = [
    operation for operation in CLOSED if operation.variables and operation not in [*NAMED_BY_STUDIOS, *NAMING]
]
LISTS = [operation for operation in CLOSED if not operation.variables and operation.method == "GET"]
ORDERS = [operation for operation in CLOSED if not operation.variables and operation.method == "POST"]
IDS = {name for operation in CLOSED for name in operation.variables}
CHANGES = [operation for operation in CLOSED if not operation.variables and operation.method == "PATCH"]


MEETINGS = ["another tenant", "its test key", "the live key of a test key"]


@pytest.fixture(scope="module", params=MEETINGS)
def meeting(
    request: pytest.FixtureRequest, alice: httpx.Client, bob: httpx.Client, alice_testing: httpx.Client
) -> tuple[httpx.Client, httpx.Client]:
    """Who owns things, and who is to see nothing of them."""
    return {
        "another tenant": (alice, bob),
        "its test key": (alice, alice_testing),
        "the live key of a test key": (alice_testing, alice),
    }[request.param]


@pytest.fixture(scope="module")
def owner(meeting: tuple[httpx.Client, httpx.Client]) -> httpx.Client:
    return meeting[0]


@pytest.fixture(scope="module")
def outsider(meeting: tuple[httpx.Client, httpx.Client]) -> httpx.Client:
    return meeting[1]


@pytest.fixture(scope="module")
def of_alice(alice: httpx.Client, finished: Finished) -> dict[str, str]:
    return _one_of_everything(alice, finished)


@pytest.fixture(scope="module")
def owned(owner: httpx.Client, alice: httpx.Client, of_alice: dict[str, str], finished: Finished) -> dict[str, str]:
    """One of everything of the owner's: ids by the name of the path variable they stand for."""
    return of_alice if owner is alice else _one_of_everything(owner, finished)


def _variable_of(order: Operation) -> str:
    """Return what paths call a thing that this order makes."""
    (variable,) = {name for one in ON_ONE_THING for name in one.variables if one.path == f"{order.path}/{{{name}}}"}
    return variable


def _ended(client: httpx.Client, batch_id: str) -> str:
    """Return the id of a batch once all its jobs have ended."""
    assert "finished_at" in client.get(f"/v1/jobs/batches/{batch_id}", params={"wait": 25}).json()
    return batch_id


def _one_of_everything(client: httpx.Client, finished: Finished) -> dict[str, str]:
    ids: dict[str, str] = {"key_id": client.get("/v1/account").json()["keys"][0]["key_id"]}
    for order in ORDERS:
        answer = order.call(client, {}).json()
        if "job_id" in answer:
            ids["job_id"] = finished(client, answer["job_id"])["job_id"]
        if "batch_id" in answer:
            ids["batch_id"] = _ended(client, answer["batch_id"])
        if "id" in answer:
            ids[_variable_of(order)] = answer["id"]
    for order in NAMING:
        ids["client_id"] = f"own-{uuid4().hex}"
        finished(client, order.call(client, ids).json()["job_id"])
    for operation in ON_ONE_THING:
        if operation.method == "POST" and "character_id" in operation.variables:
            assert operation.call(client, ids).is_success, "a character has something to remember"
    ids["event_id"] = client.post(f"/v1/webhooks/{ids['webhook_id']}/test").json()["event_id"]
    ids["user_id"] = f"oyuncu-{ids['character_id']}"
    said = {"message": "Selam!", "user_id": ids["user_id"]}
    assert client.post(f"/v1/characters/{ids['character_id']}/react", json=said).is_success
    return ids


@pytest.fixture(scope="module")
def untouched(owner: httpx.Client, owned: dict[str, str]) -> Iterator[None]:
    """Whatever the outsider tries in all tests of a meeting, the owner reads the same before and after them."""
    before = _all_that_can_be_read(owner, owned)
    yield
    assert _all_that_can_be_read(owner, owned) == before


def _all_that_can_be_read(client: httpx.Client, ids: dict[str, str]) -> dict[str, Any]:
    # Usage counts the reading itself. Styles show the owner's default up to a minute late, /v1/config at once. Events
    # are being told, again and again, to an address where nobody is.
    moving = ("/v1/usage", "/v1/images/styles", "/v1/webhooks")
    readable = [one for one in [*ON_ONE_THING, *LISTS] if one.method == "GET" and not one.path.startswith(moving)]
    answers = {str(operation): operation.call(client, ids) for operation in readable}
    assert all(answer.is_success for answer in answers.values())
    return {operation: _without_signatures(answer.json()) for operation, answer in answers.items()}


def _without_signatures(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _without_signatures(value) for key, value in node.items() if not key.endswith("_url")}
    return [_without_signatures(one) for one in node] if isinstance(node, list) else node


def _refused(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"error"}
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "details", "retryable", "request_id"}
    return error


def test_every_operation_of_the_document_is_covered(stranger: httpx.Client) -> None:
    assert stranger.get("/openapi.json").json() == DOCUMENT
    covered = [*ON_ONE_THING, *LISTS, *ORDERS, *CHANGES, *NAMED_BY_STUDIOS, *NAMING]
    assert {str(one) for one in OPERATIONS} == PUBLIC | {str(one) for one in covered}
    assert {str(one) for one in OPERATIONS if not one.spec.get("security")} == PUBLIC
    assert not [one for one in CLOSED if one.variables and one.references], "bodies on one thing that name another"


def test_the_owner_has_one_of_everything_that_has_an_id(owned: dict[str, str]) -> None:
    assert set(owned) == IDS


@pytest.mark.parametrize("operation", ON_ONE_THING, ids=str)
def test_another_tenants_thing_is_a_404_like_any_unknown_one(
    outsider: httpx.Client, owned: dict[str, str], untouched: None, operation: Operation
) -> None:
    unknown = {name: value[:-8] + "00000000" for name, value in owned.items()}

    theirs = _refused(operation.call(outsider, owned), 404)
    nobodys = _refused(operation.call(outsider, unknown), 404)

    assert theirs["code"] == nobodys["code"] != "NOT_FOUND"
    assert set(theirs["details"]) == set(nobodys["details"])


@pytest.mark.parametrize("operation", LISTS, ids=str)
def test_a_list_holds_nothing_of_another_tenant(
    owner: httpx.Client, outsider: httpx.Client, owned: dict[str, str], operation: Operation
) -> None:
    text = operation.call(outsider, {}).text
    assert not [value for value in owned.values() if value in text]

    page = operation.call(owner, {}, params={"limit": 1})
    cursor = page.json().get("next_cursor") if page.headers["content-type"] == "application/json" else None
    if cursor:
        text = operation.call(outsider, {}, params={"limit": 100, "cursor": cursor}).text
        assert not [value for value in owned.values() if value in text]


@pytest.mark.parametrize("operation", NAMED_BY_STUDIOS, ids=str)
def test_another_tenants_player_is_like_one_that_nobody_has(
    owner: httpx.Client, outsider: httpx.Client, owned: dict[str, str], operation: Operation
) -> None:
    theirs, nobodys = (operation.call(outsider, {"user_id": name}) for name in (owned["user_id"], "nobody"))
    mine = operation.call(owner, owned)

    assert theirs.json() | {"user_id": "nobody"} == nobodys.json()
    assert mine.json() | {"user_id": "nobody"} != nobodys.json()


@pytest.mark.parametrize("meeting", [MEETINGS[0]], indirect=True)
def test_another_tenants_name_of_a_job_is_free_and_finds_nothing(
    outsider: httpx.Client, owned: dict[str, str], untouched: None
) -> None:
    found = outsider.get(f"/v1/jobs/{owned['client_id']}")
    made = NAMING[0].call(outsider, owned)

    assert _refused(found, 404)["code"] == "JOB_NOT_FOUND"
    assert made.status_code == 202
    assert made.json()["job_id"] not in owned.values()


@pytest.mark.parametrize("operation", CHANGES, ids=str)
def test_what_another_tenant_changes_stays_its_own(
    outsider: httpx.Client, untouched: None, operation: Operation
) -> None:
    assert operation.call(outsider, {}).is_success


@pytest.mark.parametrize("meeting", [MEETINGS[0]], indirect=True)
@pytest.mark.parametrize("operation", ORDERS, ids=str)
def test_what_another_tenant_makes_is_not_ours(
    owner: httpx.Client, outsider: httpx.Client, untouched: None, operation: Operation
) -> None:
    """Live and test keys meet both ways round: what the outsider of one meeting makes, the owner of the other has."""
    made = operation.call(outsider, {}).json()
    ids = {"job_id": made["job_id"]} if "job_id" in made else {}
    if "id" in made:
        ids[_variable_of(operation)] = made["id"]
    for one in made.get("created", []):
        ids["character_id"] = one["character"]["id"]

    for thing in ON_ONE_THING:
        if set(thing.variables) <= set(ids):
            _refused(thing.call(owner, ids), 404)


@pytest.mark.parametrize("operation", [one for one in ORDERS if one.references], ids=str)
def test_another_tenants_thing_cannot_be_named_in_a_body(
    outsider: httpx.Client, owned: dict[str, str], untouched: None, operation: Operation
) -> None:
    for name in operation.references:
        body = {"count": 1, name: owned[name]} if "count" in operation.schema["properties"] else {name: owned[name]}
        error = _refused(operation.call(outsider, {}, body=body), 422)
        assert [one["field"] for one in error["details"]["errors"]] == [name]


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer nobodys-key"}], ids=["no key", "wrong key"])
@pytest.mark.parametrize("operation", CLOSED, ids=str)
def test_nothing_is_done_without_a_key(
    stranger: httpx.Client, of_alice: dict[str, str], operation: Operation, header: dict[str, str]
) -> None:
    answer = operation.call(stranger, of_alice, headers=header)

    assert _refused(answer, 401)["code"] == "UNAUTHORIZED"


@pytest.mark.parametrize("operation", CLOSED, ids=str)
def test_a_stranger_learns_nothing_from_how_a_request_is_read(stranger: httpx.Client, operation: Operation) -> None:
    path = operation.path.format(**dict.fromkeys(operation.variables, "nope"))
    answer = stranger.request(
        operation.method, path, content=b"{", params={"limit": "x"}, headers={"Content-Type": "application/json"}
    )

    assert _refused(answer, 401)["code"] == "UNAUTHORIZED"


def test_nothing_of_the_owner_changed_while_strangers_knocked(
    stranger: httpx.Client, alice: httpx.Client, of_alice: dict[str, str]
) -> None:
    before = _all_that_can_be_read(alice, of_alice)
    for operation in CLOSED:
        operation.call(stranger, of_alice)
    assert _all_that_can_be_read(alice, of_alice) == before


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if str(one) in PUBLIC], ids=str)
def test_what_is_public_needs_no_key(stranger: httpx.Client, operation: Operation) -> None:
    assert operation.call(stranger, {}).status_code == 200
