"""A test key runs every route on the sandbox, in a deployment whose vendor is fal: free, the same again, and alone.

The network is cut in every test here (tests/conftest.py): whoever tries to reach the vendor fails.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from typing import Any

import pytest

from common.settings import settings
from common.tenancy import tenants
from tests.e2e.test_isolation import CLOSED, Operation
from tests.support.deployment import Deployment
from tests.support.house import House, new_test_key

NEEDED = {"POST /v1/worlds", "POST /v1/characters", "POST /v1/voice/tts", "GET /v1/account"}
"""What makes the things that the others are about."""
_VARIES = (
    (re.compile(r"[0-9A-HJKMNP-TV-Z]{26}"), "<ulid>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"), "<time>"),
    (re.compile(r"\?[^\"]*(X-Amz|Signature)[^\"]*"), "?<signed>"),
    (re.compile(r"tenant_demo(_2)?\.test"), "<tenant>"),
    (re.compile(r'"(total|provider|budget_remaining_microusd)": ?\d+'), r'"\1":<n>'),
)


@pytest.fixture
def live_vendor(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    """A deployment as it stands on AWS: fal behind the ports, and an address where it calls back; no key of fal's."""
    monkeypatch.setenv("PROVIDER", "fal")
    monkeypatch.setenv("PUBLIC_URL", "https://api.example.com")
    settings.cache_clear()
    tenants.cache_clear()
    return deployment


@pytest.fixture
def house(live_vendor: Deployment) -> House:
    return House(live_vendor, new_test_key())


def settled(text: str) -> str:
    for pattern, constant in _VARIES:
        text = pattern.sub(constant, text)
    return text


def _when(ending: Operation) -> tuple[bool, bool, int]:
    return "key_id" in ending.variables, "job_id" not in ending.variables, -len(ending.path)


async def everything(house: House, operations: Iterable[Operation] = CLOSED) -> dict[str, str]:
    """Call every operation of the document that a key opens, each with what it needs, and return what they answer.

    Of some `operations`, those in `NEEDED` have to be among them.
    """
    ids: dict[str, str] = {"user_id": "oyuncu-15"}
    answers: dict[str, str] = {}

    async def call(operation: Operation, **options: Any) -> Any:
        path = operation.path.format(**ids)
        body = {"json": operation.schema.get("examples", [{}])[0]} if operation.schema else {}
        answer = await house.request(operation.method, path, **{**body, **options})
        assert answer.is_success, f"{operation}: {answer.text}"
        if answer.status_code == 202:
            await house.work()
        answers[str(operation)] = answer.text
        return answer

    known = {str(operation): operation for operation in operations}
    for name, variable, field in (
        ("POST /v1/worlds", "world_id", "id"),
        ("POST /v1/characters", "character_id", "id"),
        ("POST /v1/voice/tts", "job_id", "job_id"),
    ):
        options = {"json": {"text": "Kapıyı aç.", "response_format": "wav"}} if field == "job_id" else {}
        ids[variable] = (await call(known.pop(name), **options)).json()[field]
    ids["key_id"] = (await call(known.pop("GET /v1/account"))).json()["keys"][0]["key_id"]
    heard = {"audio_base64": base64.b64encode(await house.file(ids["job_id"])).decode()}
    bodies: dict[str, Any] = {
        "POST /v1/voice/stt": heard,
        "POST /v1/players/tokens": {"user_id": "oyuncu-15", "characters": [ids["character_id"]]},
    }
    # The job while it waits, a character's memory before the character, the key it asks with at the very end.
    ends = sorted((one for one in known.values() if one.method == "DELETE"), key=_when)
    known = {name: one for name, one in known.items() if one not in ends}
    for name, operation in known.items():
        await call(operation, **({"json": bodies[name]} if name in bodies else {}))
    if ends:
        waiting = await house.post("/v1/images/background", prompt="Sisli bir ada.", cache=False)
        ids["job_id"] = waiting.json()["job_id"]
    for operation in ends:
        await call(operation)
    return answers


async def test_every_route_works_without_a_vendor_and_costs_nothing(house: House) -> None:
    answers = await everything(house)
    costs = re.findall(r'"cost_microusd": ?(\d+)', " ".join(answers.values()))

    assert set(answers) == {str(operation) for operation in CLOSED}
    assert len(costs) > 10 and set(costs) == {"0"}
    assert house.failed_deliveries == 0
    tenants.cache_clear()
    usage = (await house.with_key(new_test_key()).get("/v1/usage")).json()
    assert usage["total"]["requests"] > len(CLOSED) // 2 and usage["total"]["cost_microusd"] == 0
    assert all(model.startswith("sandbox/") for model in usage["total"]["by_model"])


async def test_the_same_requests_are_answered_the_same(live_vendor: Deployment) -> None:
    compared = {
        "POST /v1/worlds",
        "POST /v1/characters",
        "POST /v1/characters/batch",
        "POST /v1/characters/{character_id}/speak",
        "POST /v1/characters/{character_id}/react",
        "POST /v1/voice/stt",
        "GET /v1/characters",
    }
    asked = [operation for operation in CLOSED if str(operation) in compared | NEEDED]
    answers = [
        await everything(House(live_vendor, new_test_key(tenant_id)), asked)
        for tenant_id in ("tenant_demo", "tenant_demo_2")
    ]

    for operation in compared:
        one, other = (settled(answer[operation]) for answer in answers)
        assert one == other


async def test_pictures_without_a_seed_are_the_same_for_the_same_order(house: House) -> None:
    order = {"description": "Kızıl saçlı bir şifacı.", "width": 256, "height": 256, "cache": False}
    jobs = [await house.job(await house.post("/v1/images/avatar", **order)) for _ in range(2)]
    other = await house.job(await house.post("/v1/images/avatar", **{**order, "description": "Yaşlı bir ozan."}))

    assert jobs[0]["job_id"] != jobs[1]["job_id"]
    assert jobs[0]["result"]["seed_used"] == jobs[1]["result"]["seed_used"] != other["result"]["seed_used"]
    files = [await house.file(job["job_id"]) for job in jobs]
    assert files[0] == files[1]
