"""What every operation of the OpenAPI document owes its callers, drawn from the document itself.

Who may ask, how often, and that a request which is sent twice is carried out once. What one tenant, live or test, may
see of another's is in test_isolation.py. All in this process, where the clock is ours.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import pytest

from common import aws
from common.accounts import accounts
from common.jobs import JobStatus, jobs_of
from common.keys import Mode
from common.ledger import ledger_of
from common.player_tokens import PlayerScope
from common.providers import SpeechOrder
from common.providers.sandbox.sound import speak
from common.tenancy import CACHE_SECONDS
from common.tiers import LimitOverrides
from tests.e2e.test_isolation import CLOSED, Operation
from tests.support import deployment as deployments
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment
from tests.support.hours import told_by
from tests.support.house import House
from tests.support.money import PLENTY, give

POSTS = [operation for operation in CLOSED if operation.method == "POST"]
FOR_PLAYERS = [operation for operation in CLOSED if "x-meddah-player-scope" in operation.spec]
METERED = {"text": "text_per_minute", "image": "images_per_minute"}
MODELS = [operation for operation in CLOSED if operation.spec.get("x-meddah-spends") in METERED]
LISTS = {"/v1/characters": 100, "/v1/worlds": 100, "/v1/jobs": 100, "/v1/config/versions": 20}
"""What has been made shows in these; and how much a page holds."""
SCOPES = [scope.value for scope in PlayerScope]
PLAYER = "oyuncu-15"
SOUND = base64.b64encode(speak(SpeechOrder("Kapıyı aç.", "ali", 1.0, "wav"))).decode()
NOON = 1_795_176_000.0
MORE_THAN_A_TIER = LimitOverrides(requests_per_hour=PLENTY, text_per_minute=PLENTY, images_per_minute=PLENTY)


@dataclass
class Holder:
    """Whoever holds a key, and one of everything that belongs to its tenant."""

    house: House
    ids: dict[str, str] = field(default_factory=dict[str, str])
    jobs: dict[str, str] = field(default_factory=dict[str, str])
    """Ids of jobs by how they stand: `waiting`, `failed`."""

    def call(
        self, operation: Operation, *, body: Any = None, bearer: str | None = None, path: str = "", **headers: str
    ) -> httpx.Response:
        """Send a valid request of an operation."""
        house = self.house if bearer is None else self.house.with_key(bearer)
        content = self.body_of(operation) if body is None else body
        options = {"json": content} if operation.schema or body is not None else {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        path = path or operation.path.format(
            **{"client_id": f"own-{uuid4().hex}"} | self.ids | self._job_for(operation)
        )
        return asyncio.run(house.request(operation.method, path, headers=named, **options))

    def _job_for(self, operation: Operation) -> dict[str, str]:
        """Return the id of a job that stands as an operation needs it; nothing if any will do."""
        state = {"POST /v1/jobs/{job_id}/prioritize": "waiting", "POST /v1/jobs/{job_id}/retry": "failed"}
        if str(operation) not in state:
            return {}
        waiting = self.jobs["waiting"]
        if jobs_of(self.tenant_id).get(waiting).status is not JobStatus.PENDING:  # another holder's workers made it
            self.jobs["waiting"] = self._ordered("Dur.", cache=False).json()["job_id"]
        return {"job_id": self.jobs[state[str(operation)]]}

    def _ordered(self, text: str, **more: Any) -> httpx.Response:
        return asyncio.run(self.house.post("/v1/voice/tts", text=text, **more))

    def body_of(self, operation: Operation) -> Any:
        known: dict[str, Any] = {
            "POST /v1/voice/stt": {"audio_base64": SOUND},
            "POST /v1/players/tokens": {"user_id": PLAYER, "characters": [self.ids.get("character_id", "")]},
            "POST /v1/worlds": {"prompt": "Sisli bir ada."},
            "PATCH /v1/config": {"default_quality": "low"},
        }
        return known.get(str(operation), operation.schema.get("examples", [{}])[0])

    def token(self, *scopes: str) -> str:
        """Have a player token minted for the one character."""
        wish: dict[str, Any] = {"user_id": PLAYER, "characters": [self.ids["character_id"]], "scopes": scopes}
        answer = asyncio.run(self.house.post("/v1/players/tokens", **wish))
        assert answer.status_code == 201, answer.text
        return answer.json()["token"]

    def seen(self) -> list[str]:
        """All that lists show: what has been made."""
        answers = [asyncio.run(self.house.get(path, limit=limit)) for path, limit in LISTS.items()]
        pages = [answer.raise_for_status().json() for answer in answers]
        keys = accounts().get("tenant_demo").keys
        return [re.sub(r"\?[^\"]*", "", str(page)) for page in pages] + sorted(keys)

    def own(self) -> None:
        """Get one of everything that paths name."""
        for path, name in (("/v1/worlds", "world_id"), ("/v1/characters", "character_id")):
            made = asyncio.run(self.house.post(path, system_prompt="Ben ozanım.") if "char" in path
                               else self.house.post(path, name="Kızılova"))  # fmt: skip
            self.ids[name] = made.json()["id"]
        self.ids["job_id"] = asyncio.run(self.house.job(self._ordered("Kapıyı aç.")))["job_id"]
        self.jobs["failed"] = asyncio.run(self.house.job(self._ordered("Olmaz. [sandbox:rejected]")))["job_id"]
        self.jobs["waiting"] = self._ordered("Dur.", cache=False).json()["job_id"]
        texts = [{"text": "Kapıyı aç."}]
        self.ids["batch_id"] = asyncio.run(self.house.post("/v1/voice/tts/batch", orders=texts)).json()["batch_id"]
        endpoint = asyncio.run(self.house.post("/v1/webhooks", url="https://oyun.example/meddah"))
        self.ids["webhook_id"] = endpoint.json()["id"]
        told = asyncio.run(self.house.post(f"/v1/webhooks/{self.ids['webhook_id']}/test"))
        self.ids["event_id"] = told.json()["event_id"]
        self.ids["key_id"] = accounts().create_key(self.tenant_id, mode=Mode.LIVE).record.key_id
        self.ids["user_id"] = PLAYER

    tenant_id: str = "tenant_demo"


@pytest.fixture(scope="module")
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture(scope="module")
def everything(clock: ManualClock) -> Iterator[Deployment]:
    with pytest.MonkeyPatch.context() as patch, deployments.an_aws(patch):
        found = deployments.deploy(patch)
        with told_by(clock):
            yield Deployment(found.template, deployments.settings(), aws.dynamodb(), aws.sqs(), aws.s3())


def _holder(everything: Deployment, tenant_id: str) -> Holder:
    key = accounts().create_key(tenant_id, mode=Mode.LIVE).api_key
    one = Holder(House(everything, key), tenant_id=tenant_id)
    one.own()
    return one


@pytest.fixture(scope="module")
def studio(everything: Deployment) -> Holder:
    give("tenant_demo", limits=MORE_THAN_A_TIER)
    return _holder(everything, "tenant_demo")


def _error(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"error"}
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "details", "retryable", "request_id"}
    return error


# ── Keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module", params=["revoked", "expired", "another's end"])
def ended(request: pytest.FixtureRequest, studio: Holder, clock: ManualClock) -> tuple[str, str]:
    """A key that has been in use up to its end a minute ago, and a player token that it minted."""
    made = accounts().create_key("tenant_demo", mode=Mode.LIVE, expires_in=90 if request.param == "expired" else None)
    own = Holder(studio.house.with_key(made.api_key), studio.ids)
    token = own.token(*SCOPES)
    for bearer in (made.api_key, token):
        assert asyncio.run(own.house.with_key(bearer).get(f"/v1/jobs/{studio.ids['job_id']}")).status_code != 401
    if request.param == "revoked":
        accounts().revoke_key("tenant_demo", made.record.key_id)
    elif request.param == "another's end":
        accounts().rotate_key("tenant_demo", made.record.key_id, overlap=30)
    clock.advance(90 if request.param == "expired" else CACHE_SECONDS)
    return made.api_key, token


@pytest.mark.parametrize("operation", CLOSED, ids=str)
def test_a_key_that_has_ended_opens_nothing_a_minute_later(
    studio: Holder, ended: tuple[str, str], operation: Operation
) -> None:
    for bearer in ended:
        assert _error(studio.call(operation, bearer=bearer), 401)["code"] == "UNAUTHORIZED"


@pytest.mark.parametrize("operation", CLOSED, ids=str)
def test_nothing_is_answered_without_a_key(studio: Holder, operation: Operation) -> None:
    for bearer in ("", "nobodys-key", "mk_live_nobodys", "pt_nobodys"):
        answer = studio.call(operation, bearer=bearer)
        assert _error(answer, 401)["code"] == "UNAUTHORIZED"
        assert answer.headers["www-authenticate"] == "Bearer"


# ── Players ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def tokens(studio: Holder) -> dict[str, str]:
    """A token without each scope, one with all, and for each scope one with nothing else."""
    without = {f"no {scope}": studio.token(*(one for one in SCOPES if one != scope)) for scope in SCOPES}
    return without | {"all": studio.token(*SCOPES)} | {scope: studio.token(scope) for scope in SCOPES}


def test_some_routes_are_for_players() -> None:
    assert {operation.spec["x-meddah-player-scope"] for operation in FOR_PLAYERS} == set(SCOPES)


@pytest.mark.parametrize("operation", CLOSED, ids=str)
def test_a_player_token_opens_nothing_outside_its_scope(
    studio: Holder, tokens: dict[str, str], operation: Operation
) -> None:
    scope = operation.spec.get("x-meddah-player-scope")
    before = studio.seen()

    answer = studio.call(operation, bearer=tokens["all" if scope is None else f"no {scope}"])

    error = _error(answer, 403)
    assert (error["code"], error["details"]["scope"]) == ("FORBIDDEN", scope)
    assert studio.seen() == before


@pytest.mark.parametrize("operation", FOR_PLAYERS, ids=str)
def test_a_player_token_opens_what_its_scope_names(
    studio: Holder, tokens: dict[str, str], operation: Operation
) -> None:
    scope = operation.spec["x-meddah-player-scope"]
    if "job_id" in operation.variables:
        theirs = studio.call(operation, bearer=tokens[scope])
        assert _error(theirs, 404)["code"] == "JOB_NOT_FOUND", "the studio ordered it, not the player"
        spoken = next(one for one in FOR_PLAYERS if one.path == "/v1/voice/tts")
        ordered = studio.call(spoken, body={"text": "Merhaba yolcu."}, bearer=tokens[scope])
        own = studio.call(operation, path=f"/v1/jobs/{ordered.json()['job_id']}", bearer=tokens[scope])
        assert own.status_code == 200, own.text
        return
    assert studio.call(operation, bearer=tokens[scope]).is_success
    if "character_id" in operation.variables:
        other = asyncio.run(studio.house.post("/v1/characters", system_prompt="Ben demirciyim.")).json()["id"]
        answer = studio.call(operation, path=operation.path.format(character_id=other), bearer=tokens[scope])
        assert _error(answer, 403)["details"] == {"scope": scope, "character_id": other}


# ── Limits ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _check_refusal(answer: httpx.Response, limit: str, *, window: int, quota: int) -> None:
    error = _error(answer, 429)
    seconds = int(answer.headers["retry-after"])
    assert (error["code"], error["retryable"]) == ("LIMIT_REACHED", True)
    assert set(error["details"]) == {"limit", "quota", "window_seconds", "resets_at", "retry_after"}
    assert (error["details"]["limit"], error["details"]["retry_after"]) == (limit, seconds)
    assert 0 < seconds <= window == error["details"]["window_seconds"]
    assert f'"{limit}";q={quota};w={window}' in answer.headers["ratelimit-policy"]
    assert re.search(rf'"{limit}";r=0;t=\d+', answer.headers["ratelimit"])


@pytest.fixture(scope="module")
def busy(everything: Deployment) -> Iterator[Holder]:
    """A tenant that has asked all that it may in an hour."""
    one = _holder(everything, "tenant_demo_2")
    give("tenant_demo_2", limits=LimitOverrides(requests_per_hour=1))
    yield one
    give("tenant_demo_2")


@pytest.mark.parametrize("operation", CLOSED, ids=str)
def test_every_route_says_when_to_come_again(busy: Holder, operation: Operation) -> None:
    _check_refusal(busy.call(operation), "requests_per_hour", window=3600, quota=1)


@pytest.mark.parametrize("operation", MODELS, ids=str)
def test_every_route_that_asks_models_has_a_limit_by_the_minute(
    studio: Holder, operation: Operation, clock: ManualClock
) -> None:
    limit = METERED[operation.spec["x-meddah-spends"]]
    give("tenant_demo", limits=MORE_THAN_A_TIER.model_copy(update={limit: 1}))
    clock.advance(60)
    body = studio.body_of(operation) | ({"cache": False} if "cache" in operation.schema["properties"] else {})
    try:
        first, second = (studio.call(operation, body=body) for _ in range(2))
        clock.advance(60)
        third = studio.call(operation, body=body)
    finally:
        give("tenant_demo", limits=MORE_THAN_A_TIER)

    assert (first.is_success, third.is_success) == (True, True), first.text
    _check_refusal(second, limit, window=60, quota=1)


@pytest.mark.parametrize("operation", CLOSED, ids=str)
def test_every_answer_says_how_much_is_left(studio: Holder, operation: Operation) -> None:
    if operation.method == "DELETE":
        studio = Holder(studio.house, studio.ids | dict.fromkeys(operation.variables, "nope"))
    answer = studio.call(operation)

    assert answer.status_code < 500 and answer.status_code != 429, answer.text
    policies = re.findall(r'"(\w+)";q=(\d+);w=(\d+)', answer.headers["ratelimit-policy"])
    left = re.findall(r'"(\w+)";r=(\d+);t=(\d+)', answer.headers["ratelimit"])
    assert [name for name, *_ in policies] == [name for name, *_ in left]
    assert policies[0][0] == "requests_per_hour"
    assert all(0 <= int(rest) <= int(quota) for (_, quota, _), (_, rest, _) in zip(policies, left, strict=True))


# ── Once ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("operation", POSTS, ids=str)
def test_every_post_is_carried_out_once_for_one_key(studio: Holder, operation: Operation) -> None:
    key = str(uuid4())
    first = studio.call(operation, idempotency_key=key)
    made = studio.seen()
    second = studio.call(operation, idempotency_key=key)
    other = studio.call(operation, body=studio.body_of(operation) | {"x": 1}, idempotency_key=key)

    assert first.is_success, first.text
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert (first.headers.get("idempotency-replayed"), second.headers["idempotency-replayed"]) == (None, "true")
    assert _error(other, 422)["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert studio.seen() == made, "nothing was done twice"
    anew = studio.call(operation, idempotency_key=str(uuid4()))
    assert anew.is_success and "idempotency-replayed" not in anew.headers


@pytest.mark.parametrize("operation", POSTS, ids=str)
def test_every_post_documents_its_key(operation: Operation) -> None:
    (header,) = [one for one in operation.spec["parameters"] if one["name"] == "Idempotency-Key"]

    assert (header["in"], header["required"]) == ("header", False)
    assert {"409", "422"} <= set(operation.spec["responses"])
    assert [status for status in operation.spec["responses"] if status.startswith("2")]
    for status, answer in operation.spec["responses"].items():
        assert ("Idempotency-Replayed" in answer.get("headers", {})) == status.startswith("2")


@pytest.mark.parametrize("operation", POSTS, ids=str)
def test_an_answer_that_is_given_again_is_a_request_as_any_other_and_no_more(
    studio: Holder, operation: Operation
) -> None:
    key = str(uuid4())
    first = studio.call(operation, idempotency_key=key)
    before = ledger_of("tenant_demo").standing()
    again = studio.call(operation, idempotency_key=key)
    after = ledger_of("tenant_demo").standing()
    give("tenant_demo", limits=LimitOverrides(requests_per_hour=1))
    try:
        refused = studio.call(operation, idempotency_key=key)
    finally:
        give("tenant_demo", limits=MORE_THAN_A_TIER)

    assert before is not None and after is not None
    assert (again.status_code, again.headers["idempotency-replayed"]) == (first.status_code, "true")
    assert (after.requests, after.text, after.image) == (before.requests + 1, before.text, before.image)
    assert (after.day_committed, after.reserved) == (before.day_committed, before.reserved)
    assert _error(refused, 429)["code"] == "LIMIT_REACHED"
