"""A test key runs every route on the sandbox, in a deployment whose vendor is fal: free, the same again, and alone.

The network is cut in every test here (tests/conftest.py): whoever tries to reach the vendor fails.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from common.settings import settings
from common.tenancy import tenants
from tests.e2e.test_isolation import CLOSED, ON_A_LAPTOP, Operation
from tests.support.deployment import Deployment
from tests.support.house import House, new_test_key

NEEDED = {"POST /v1/worlds", "POST /v1/characters", "POST /v1/voice/tts", "GET /v1/account"}
"""What makes the things that the others are about."""
MADE = (
    ("POST /v1/worlds", "world_id", "id"),
    ("POST /v1/characters", "character_id", "id"),
    ("POST /v1/voice/tts", "job_id", "job_id"),
    ("POST /v1/voice/tts/batch", "batch_id", "batch_id"),
    ("POST /v1/webhooks", "webhook_id", "id"),
    ("POST /v1/webhooks/{webhook_id}/test", "event_id", "event_id"),
)
"""What makes something that paths name, what they call it, and where the answer has its id."""
SPOKEN = {"POST /v1/voice/tts": {"text": "Kapıyı aç.", "response_format": "wav"}}
STATES = {
    "POST /v1/jobs/{job_id}/retry": "failed",
    "POST /v1/jobs/{job_id}/prioritize": "pending",
    "DELETE /v1/jobs/{job_id}": "pending",
}
"""How a job has to stand for what is done with it."""
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
    monkeypatch.setenv("OUTBOUND_LOOPBACK", "true")  # an address that needs no look-up: the network is cut
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


def _when(operation: Operation) -> tuple[bool, bool, int]:
    ends = operation.method == "DELETE"
    return ends, ends and "key_id" in operation.variables, -len(operation.path) if ends else 0


@dataclass
class Tour:
    """Calls operations one after the other, each with what it needs, and keeps what they answer."""

    house: House
    ids: dict[str, str] = field(default_factory=lambda: {"user_id": "oyuncu-15"})
    bodies: dict[str, Any] = field(default_factory=lambda: {**ON_A_LAPTOP, **SPOKEN})
    answers: dict[str, str] = field(default_factory=dict[str, str])

    async def call(self, operation: Operation) -> Any:
        if str(operation) in STATES:
            self.ids["job_id"] = await self._a_job(STATES[str(operation)])
        path = operation.path.format(**self.ids, client_id=f"own-{len(self.answers)}")
        example = operation.schema.get("examples", [{}])[0]
        body = {"json": self.bodies.get(str(operation), example)} if operation.schema else {}
        answer = await self.house.request(operation.method, path, **body)
        assert answer.is_success, f"{operation}: {answer.text}"
        if answer.status_code == 202:
            await self.house.work()
        self.answers[str(operation)] = answer.text
        return answer

    async def make(self, known: dict[str, Operation]) -> None:
        """Call what makes the things that the others are about."""
        for name, variable, where in MADE:
            if name in known:
                self.ids[variable] = (await self.call(known.pop(name))).json()[where]
        self.ids["key_id"] = (await self.call(known.pop("GET /v1/account"))).json()["keys"][0]["key_id"]
        heard = base64.b64encode(await self.house.file(self.ids["job_id"])).decode()
        self.bodies["POST /v1/voice/stt"] = {"audio_base64": heard}
        token = {"user_id": "oyuncu-15", "characters": [self.ids["character_id"]]}
        self.bodies["POST /v1/players/tokens"] = token

    async def _a_job(self, status: str) -> str:
        if status == "failed":
            return (await self.house.job(await self.house.post("/v1/voice/tts", text="[sandbox:rejected]")))["job_id"]
        waiting = await self.house.post("/v1/images/background", prompt="Sisli bir ada.", cache=False)
        return waiting.json()["job_id"]


async def everything(house: House, operations: Iterable[Operation] = CLOSED) -> dict[str, str]:
    """Call every operation of the document that a key opens, each with what it needs, and return what they answer.

    Of some `operations`, those in `NEEDED` have to be among them.
    """
    tour, known = Tour(house), {str(operation): operation for operation in operations}
    await tour.make(known)
    # A character's memory before the character, the key it asks with at the very end.
    for operation in sorted(known.values(), key=_when):
        await tour.call(operation)
    return tour.answers


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
