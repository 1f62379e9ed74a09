"""`python -m local`, as a process, with the real template."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.support.stack import ROOT, RunningStack, running_stack


@pytest.fixture(scope="module")
def stack() -> Iterator[RunningStack]:
    with running_stack(LOGS="1") as running:
        yield running


def _run(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def _children(pid: int) -> set[int]:
    parents = [tuple(map(int, line.split())) for line in _run("ps", "-eo", "pid=,ppid=").stdout.splitlines()]
    return {child for child, parent in parents if parent == pid}


def _gone(pids: set[int], *, within: float) -> bool:
    ends_at = time.monotonic() + within
    while time.monotonic() < ends_at:
        states = _run("ps", "-o", "stat=", "-p", ",".join(map(str, pids))).stdout
        if all(state.startswith("Z") for state in states.split()):
            return True
        time.sleep(0.05)
    return False


def test_it_says_once_that_it_is_ready_and_how_to_begin(stack: RunningStack) -> None:
    about = r"\(docs: /docs, keys: demo-key-123, demo-key-456, vendor: stand-in\)"
    assert re.fullmatch(rf"Meddah is ready at http://127\.0\.0\.1:\d+ {about}", stack.lines[0])


def test_both_demo_keys_are_let_in_and_no_other(stack: RunningStack) -> None:
    statuses = {
        key: httpx.get(f"{stack.url}/v1/worlds", headers={"Authorization": f"Bearer {key}"}, timeout=20).status_code
        for key in ("demo-key-123", "demo-key-456", "demo-key-789")
    }
    assert statuses == {"demo-key-123": 200, "demo-key-456": 200, "demo-key-789": 401}


def test_a_request_is_one_line_with_its_tenant(stack: RunningStack) -> None:
    httpx.get(f"{stack.url}/v1/jobs", headers={"Authorization": "Bearer demo-key-456"}, timeout=20)
    time.sleep(0.1)

    line = next(line for line in stack.lines if "GET    /v1/jobs" in line)
    assert re.match(r"\d\d:\d\d:\d\d GET    /v1/jobs +200 +\d+ ms  tenant_demo_2 JobsApi", line)


def test_a_taken_port_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = _run(sys.executable, "-m", "local", PORT=str(port))

    assert refused.returncode == 1
    assert f"Port {port} of 127.0.0.1 cannot be used" in refused.stdout
    assert (len(refused.stdout.splitlines()), refused.stderr) == (1, "")


def test_a_port_that_is_no_number_is_one_clear_line() -> None:
    refused = _run(sys.executable, "-m", "local", PORT="http")

    assert (refused.returncode, refused.stderr) == (1, "PORT has to be a number, not 'http'\n")


def test_ctrl_c_ends_it_soon_with_every_process_it_started(stack: RunningStack) -> None:
    children = _children(stack.process.pid)
    assert len(children) >= 3
    seconds = stack.stop(signal.SIGINT)

    assert stack.process.returncode == 0
    assert seconds < 2
    assert _gone(children, within=0.5)
    assert not any("Traceback" in line for line in stack.lines)


def test_it_can_be_ended_while_it_warms_up() -> None:
    with running_stack() as running:
        time.sleep(0.3)
        children = _children(running.process.pid)
        assert running.stop(signal.SIGTERM) < 2
        assert running.process.returncode == 0
        assert _gone(children, within=0.5)
        assert len(running.lines) == 1


def test_it_can_be_ended_before_it_is_ready() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "local"],
        cwd=ROOT,
        env={**os.environ, "PORT": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        while not _children(process.pid):
            time.sleep(0.01)
        children = _children(process.pid)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=5)

    assert (process.returncode, out) == (0, "")
    assert _gone(children, within=0.5)


def test_nobody_outlives_a_stack_that_was_killed() -> None:
    with running_stack() as running:
        time.sleep(0.1)
        children = _children(running.process.pid)
        assert children
        running.process.kill()
        running.process.wait()
        assert _gone(children, within=2)
