"""What must never be lost: an exchange spoken in parallel, a job whose worker is killed, the line between tenants."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from common import aws
from jobs import watcher
from tests.support.deployment import forget, template
from tests.support.stack import RunningStack
from tests.vendor.world import Context

Finished = Callable[[httpx.Client, str], dict[str, Any]]
SOON_SECONDS = 10


def _soon(happened: Callable[[], Any], every: float = 0.01) -> Any:
    """Return what `happened` returns once that is something."""
    ends_at = time.monotonic() + SOON_SECONDS
    while time.monotonic() < ends_at:
        if found := happened():
            return found
        time.sleep(every)
    raise AssertionError(f"it did not happen within {SOON_SECONDS} s")


# ── Exchanges ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _character(client: httpx.Client, **fields: Any) -> str:
    made = client.post("/v1/characters", json={"system_prompt": "Ben ozanım.", "name": "Mirra", **fields})
    return f"/v1/characters/{made.json()['id']}"


def test_20_speeches_at_once_lose_no_exchange(alice: httpx.Client) -> None:
    path = _character(alice)
    messages = {f"Söz {number}" for number in range(20)}

    with ThreadPoolExecutor(20) as players:
        answers = list(players.map(lambda said: alice.post(f"{path}/speak", json={"message": said}), messages))

    assert [answer.status_code for answer in answers] == [200] * 20
    memory = alice.get(f"{path}/memory", params={"limit": 100}).json()
    assert memory["total"] == 20
    assert {exchange["message"] for exchange in memory["exchanges"]} == messages
    assert len({exchange["id"] for exchange in memory["exchanges"]}) == 20


def test_20_characters_made_at_once_are_all_counted(bob: httpx.Client) -> None:
    before = bob.get("/v1/characters").json()["total"]

    with ThreadPoolExecutor(20) as designers:
        made = list(designers.map(lambda _: bob.post("/v1/characters", json={"system_prompt": "x"}), range(20)))

    assert [answer.status_code for answer in made] == [201] * 20
    assert bob.get("/v1/characters").json()["total"] == before + 20


def test_two_tenants_with_the_same_names_never_meet(alice: httpx.Client, bob: httpx.Client) -> None:
    paths: dict[str, tuple[httpx.Client, str]] = {}
    for studio, client in {"alice": alice, "bob": bob}.items():
        world = client.post(
            "/v1/worlds", json={"name": "Kızılova", "description": f"Yalnız {studio} bilir", "taboo_words": [studio]}
        )
        paths[studio] = client, _character(client, world_id=world.json()["id"])

    def speak(studio: str) -> None:
        client, path = paths[studio]
        assert client.post(f"{path}/speak", json={"message": f"Ben {studio} kulu"}).status_code == 200

    with ThreadPoolExecutor(8) as players:
        list(players.map(speak, ["alice", "bob"] * 6))

    for studio, other in (("alice", "bob"), ("bob", "alice")):
        client, path = paths[studio]
        memory = client.get(f"{path}/memory").json()
        assert {one["message"] for one in memory["exchanges"]} == {f"Ben {studio} kulu"}
        assert memory["total"] == 6
        assert other not in client.get(path).text
        assert client.get(paths[other][1]).status_code == 404


# ── Jobs ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _processes() -> list[tuple[int, int, str]]:
    """Every process: its id, its parent's, its command."""
    if not Path("/proc/self/stat").exists():
        command = ["ps", "-A", "-ww", "-o", "pid=,ppid=,args="]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        lines = [line.split(None, 2) for line in listed.splitlines()]
        return [(int(pid), int(parent), shown) for pid, parent, shown in lines]
    found: list[tuple[int, int, str]] = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = process.joinpath("stat").read_text().rpartition(")")[2].split()[1]
            shown = process.joinpath("cmdline").read_text().replace("\0", " ").strip()
            found.append((int(process.name), int(parent), shown))
    return found


def _environments(running: RunningStack, handler: str) -> list[int]:
    """The processes in which the stack runs `handler`."""
    return [
        pid
        for pid, parent, command in _processes()
        if parent == running.process.pid and command.endswith(f" {handler}")
    ]


def _signal(running: RunningStack, handler: str, number: signal.Signals) -> None:
    for pid in _environments(running, handler):
        os.kill(pid, number)


@dataclass
class Backstage:
    """The stack's own tables and queues: what AWS' operator could see and do."""

    dynamodb: Any
    sqs: Any
    variables: dict[str, str]
    """Where they are, as a function's environment says it."""

    @classmethod
    def of(cls, running: RunningStack, asset_url: str) -> Backstage:
        """Everything of the stack is where its files are."""
        address = urlsplit(asset_url)
        variables = {
            "AWS_ENDPOINT_URL": f"http://{address.netloc}",
            "AWS_REGION": "eu-central-1",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
        }
        with _environment(variables):
            return cls(aws.dynamodb(), aws.sqs(), variables)

    def _key(self, job_id: str) -> dict[str, Any]:
        return {"tenant_id": {"S": "tenant_demo"}, "job_id": {"S": job_id}}

    def job(self, job_id: str) -> dict[str, Any]:
        table = template().tables["JobsTable"].name
        item = self.dynamodb.get_item(TableName=table, Key=self._key(job_id), ConsistentRead=True)["Item"]
        return {name: next(iter(value.values())) for name, value in item.items()}

    def in_flight(self, queue: str) -> int:
        name = "ApproximateNumberOfMessagesNotVisible"
        answer = self.sqs.get_queue_attributes(QueueUrl=self._url(queue), AttributeNames=[name])
        return int(answer["Attributes"][name])

    def let_time_pass(self, job_id: str) -> None:
        """As if the lease of the dead worker had run out and the watcher's next look were due."""
        self.dynamodb.update_item(
            TableName=template().tables["JobsTable"].name,
            Key=self._key(job_id),
            UpdateExpression="SET lease_until = :past, due_at = :past",
            ConditionExpression="attribute_exists(#open)",
            ExpressionAttributeNames={"#open": "open"},
            ExpressionAttributeValues={":past": {"N": str(time.time() - 1)}},
        )

    def watch(self) -> int:
        """Fire the watcher's schedule."""
        urls = {queue: self._url(queue) for queue in template().queues}
        with _environment({**self.variables, **template().environment("JobsWatcher", urls)}):
            return watcher.handler({}, Context())["due"]

    def _url(self, queue: str) -> str:
        return self.sqs.get_queue_url(QueueName=template().queues[queue].name)["QueueUrl"]


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        forget()
        yield
    forget()


@pytest.fixture(scope="module")
def backstage(running: RunningStack, alice: httpx.Client, finished: Finished) -> Backstage:
    seen = Backstage.of(running, finished(alice, _order(alice))["result"]["image_url"])
    _soon(lambda: seen.in_flight("ImageQueue") == 0)
    return seen


def _order(alice: httpx.Client, side: int = 512) -> str:
    order = {"prompt": "Karlı dağların eteğinde bir kale", "width": side, "height": side, "seed": 7, "cache": False}
    return alice.post("/v1/images/background", json=order).json()["job_id"]


@pytest.mark.faults
def test_a_worker_killed_before_it_took_its_job_loses_none(
    running: RunningStack, alice: httpx.Client, finished: Finished, backstage: Backstage
) -> None:
    _signal(running, "images.worker.handler", signal.SIGSTOP)
    job_id = _order(alice)
    _soon(lambda: backstage.in_flight("ImageQueue") == 1)
    _signal(running, "images.worker.handler", signal.SIGKILL)
    _soon(lambda: not _environments(running, "images.worker.handler"))
    assert alice.get(f"/v1/jobs/{job_id}").json()["status"] == "pending"

    backstage.let_time_pass(job_id)
    assert backstage.watch() >= 1

    assert finished(alice, job_id)["status"] == "completed"


def _is_being_finished(job: dict[str, Any]) -> bool:
    return job["status"] == "completed" or ("request_id" in job and float(job["lease_until"]) > 0)


def _killed_in_the_middle(running: RunningStack, alice: httpx.Client, backstage: Backstage) -> str:
    """Order until a finisher could be killed at its work: some are too quick. Returns the job it left behind."""
    for _ in range(20):
        job_id = _order(alice, side=2048)
        _soon(lambda job_id=job_id: _is_being_finished(backstage.job(job_id)), every=0.001)
        _signal(running, "jobs.worker.handler", signal.SIGKILL)
        _soon(lambda: not _environments(running, "jobs.worker.handler"))
        left = backstage.job(job_id)
        if left["status"] == "processing" and float(left["lease_until"]) > time.time():
            return job_id
    raise AssertionError("no finisher could be killed at its work")


@pytest.mark.faults
def test_a_worker_killed_in_the_middle_of_its_job_loses_none(
    running: RunningStack, alice: httpx.Client, stranger: httpx.Client, finished: Finished, backstage: Backstage
) -> None:
    job_id = _killed_in_the_middle(running, alice, backstage)

    backstage.let_time_pass(job_id)
    assert backstage.watch() >= 1

    job = finished(alice, job_id)
    assert (job["status"], job["result"]["seed_used"]) == ("completed", 7)
    assert stranger.get(job["result"]["image_url"]).content.startswith(b"\x89PNG")
    assert int(backstage.job(job_id)["attempts"]) == 3, "one to submit, one that died, one that finished"


def test_a_killed_environment_of_an_api_is_replaced(running: RunningStack, alice: httpx.Client) -> None:
    alice.get("/v1/worlds")
    _signal(running, "worlds.api.handler", signal.SIGKILL)
    _soon(lambda: not _environments(running, "worlds.api.handler"))

    assert _soon(lambda: alice.get("/v1/worlds").status_code == 200)
