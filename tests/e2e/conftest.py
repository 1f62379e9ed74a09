"""The stack that end-to-end tests talk to, over HTTP, as a studio does."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.support.http import ALICE, BOB
from tests.support.stack import ROOT

JOB_SECONDS = 20


@pytest.fixture(scope="session")
def alice(stack: str) -> Iterator[httpx.Client]:
    """A studio."""
    with _client(stack, ALICE) as client:
        yield client


@pytest.fixture(scope="session")
def bob(stack: str) -> Iterator[httpx.Client]:
    """Another studio."""
    with _client(stack, BOB) as client:
        yield client


@pytest.fixture(scope="session")
def alice_testing(stack: str) -> Iterator[httpx.Client]:
    """The first studio with a test key, as its operator makes one."""
    with _client(stack, new_key(stack, "tenant_demo", mode="test")["api_key"]) as client:
        yield client


@pytest.fixture(scope="session")
def stranger(stack: str) -> Iterator[httpx.Client]:
    """Somebody without a key."""
    with _client(stack, None) as client:
        yield client


def new_key(url: str, tenant: str, *, mode: str) -> dict[str, Any]:
    """Make a key of a tenant, as the operator does."""
    command = [sys.executable, "-m", "admin", "--port", url.rpartition(":")[2], "keys", "create", tenant]
    made = subprocess.run([*command, "--mode", mode, "--json"], cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(made.stdout)


def _client(url: str, key: str | None) -> httpx.Client:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.Client(base_url=url, headers=headers, timeout=30, limits=httpx.Limits(max_connections=40))


Finished = Callable[[httpx.Client, str], dict[str, Any]]


@pytest.fixture(scope="session")
def finished() -> Finished:
    """Poll a job as a studio does, until it has ended."""

    def poll(client: httpx.Client, job_id: str) -> dict[str, Any]:
        ends_at = time.monotonic() + JOB_SECONDS
        while time.monotonic() < ends_at:
            job = client.get(f"/v1/jobs/{job_id}").json()
            if job["status"] in {"completed", "failed", "cancelled"}:
                return job
            time.sleep(0.1)
        raise AssertionError(f"{job_id} has not ended after {JOB_SECONDS} s")

    return poll
