"""No test can reach the internet, call a real vendor, or use the key of whoever runs it."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
import pytest

from common.jobs import Job, JobKind, jobs_of
from common.providers import AudioInput, ChatRequest, ImageOrder, Message, Purpose, SpeechOrder
from common.providers.fal import credentials
from common.providers.fal.chat import FalChatModel
from common.providers.fal.downloads import Kind, fetch
from common.providers.fal.images import FalImageGenerator
from common.providers.fal.speech import FalSpeechSynthesizer
from common.providers.fal.transcription import FalTranscriber
from common.providers.fal.webhooks import forget_keys, jwks
from common.settings import settings
from images.worker import handler
from tests.support import deployment as deployments
from tests.support.deployment import Deployment
from tests.support.money import store_jobs
from tests.support.stack import surroundings

PLAUSIBLE_KEY = "0a1b2c3d-0a1b-4c2d-8e3f-0a1b2c3d4e5f:0123456789abcdef0123456789abcdef"
PICTURE = ImageOrder(
    prompt="bir şifacı", style="anime", subject="avatar", width=256, height=256, seed=1, guidance_scale=7.5,
    num_inference_steps=28, model="dev",
)  # fmt: skip
SPEECH = SpeechOrder("Merhaba.", "zeynep", 1.0, "mp3")
QUESTION = ChatRequest(Purpose.SPEECH, [Message("system", "Konuş."), Message("user", "Merhaba.")])


async def _first_piece() -> None:
    async for _ in FalChatModel().stream(QUESTION, timeout=2):
        return


CALLS: dict[str, tuple[Callable[[], Awaitable[Any]], str]] = {
    "chat": (lambda: FalChatModel().complete(QUESTION, timeout=2), "fal.run"),
    "a stream": (_first_piece, "fal.run"),
    "a picture": (lambda: FalImageGenerator().submit(PICTURE, callback_url=None, timeout=2), "queue.fal.run"),
    "its result": (lambda: FalImageGenerator().collect("r-1", PICTURE, timeout=2), "queue.fal.run"),
    "its end": (lambda: FalImageGenerator().cancel("r-1", PICTURE, timeout=2), "queue.fal.run"),
    "speech": (lambda: FalSpeechSynthesizer().submit(SPEECH, callback_url=None, timeout=2), "queue.fal.run"),
    "a transcript": (
        lambda: FalTranscriber().transcribe(AudioInput(url="https://studio.example/a.mp3"), timeout=2),
        "fal.run",
    ),
    "a file": (lambda: fetch("https://v3.fal.media/files/a.png", Kind.PICTURE, timeout=2), "v3.fal.media"),
    "the webhooks' keys": (jwks, "rest.fal.ai"),
}


@pytest.fixture
def real_vendor(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A deployment whose models are fal.ai's, with a key that looks like one."""
    monkeypatch.setenv("PROVIDER", "fal")
    monkeypatch.setenv("FAL_KEY", PLAUSIBLE_KEY)
    monkeypatch.setenv("PUBLIC_URL", "https://api.studio.example")
    for cached in (deployments.forget, credentials.forget_key, forget_keys):
        cached()
    assert (settings().fal_run_url, settings().fal_queue_url) == ("https://fal.run", "https://queue.fal.run")
    yield
    for cached in (deployments.forget, credentials.forget_key, forget_keys):
        cached()


@pytest.mark.parametrize("name", CALLS)
def test_a_real_vendors_adapter_meets_the_switch_and_not_a_socket(
    name: str, real_vendor: None, attempts: list[str]
) -> None:
    call, host = CALLS[name]

    async def called() -> None:
        await call()

    # Not one of our errors, and not an Exception at all: nothing can take it for a vendor that is away.
    with pytest.raises(pytest.fail.Exception, match=host):
        asyncio.run(called())

    assert host in " ".join(attempts)
    attempts.clear()


def test_a_worker_that_catches_everything_does_not_hide_it(
    real_vendor: None, deployment: Deployment, attempts: list[str]
) -> None:
    job = Job(id="job_01K00000000000000000000000", kind=JobKind.IMAGE, order=asdict(PICTURE), created_at=0)
    store_jobs(jobs_of("tenant_demo"), job)
    body = '{"tenant_id": "tenant_demo", "job_id": "job_01K00000000000000000000000"}'
    record = {
        "messageId": "1", "receiptHandle": "1", "body": body, "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {}, "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-central-1:1:images",
    }  # fmt: skip
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)

    with pytest.raises(pytest.fail.Exception, match=r"queue\.fal\.run"):
        handler({"Records": [record]}, None)

    loop.close()
    assert len(attempts) == 1
    attempts.clear()


@pytest.mark.parametrize(
    "reach",
    [
        lambda: socket.create_connection(("203.0.113.1", 443), timeout=1),
        lambda: socket.create_connection(("fal.run", 443), timeout=1),
        lambda: socket.socket().connect_ex(("203.0.113.1", 443)),
        lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"?", ("203.0.113.1", 53)),
        lambda: socket.gethostbyname("fal.run"),
        lambda: httpx.get("https://fal.run/"),
        lambda: httpx.get("http://203.0.113.1/"),
    ],
)
def test_nothing_else_gets_out_either(reach: Callable[[], Any], attempts: list[str]) -> None:
    with pytest.raises(pytest.fail.Exception, match="stay on this machine"):
        reach()

    assert len(attempts) == 1
    attempts.clear()


def test_an_attempt_that_was_swallowed_still_fails_its_test(pytester_run: Callable[[str], str]) -> None:
    printed = pytester_run(
        "import socket\n"
        "def test_swallows():\n"
        "    try:\n"
        "        socket.create_connection(('203.0.113.1', 443))\n"
        "    except BaseException:\n"
        "        pass\n"
    )

    assert "1 passed, 1 error" in printed
    assert "A test tried to reach" in printed


def test_the_key_of_whoever_runs_the_tests_reaches_none_of_them(pytester_run: Callable[[str], str]) -> None:
    printed = pytester_run(
        "import os\n"
        "from tests.support.stack import surroundings\n"
        "def test_environment():\n"
        "    assert not [name for name in os.environ if name.startswith('FAL_') or name == 'PUBLIC_URL']\n"
        "    assert not [name for name in surroundings() if name.startswith('FAL_')]\n"
    )

    assert "1 passed" in printed


def test_no_stack_is_started_with_it_either(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FAL_KEY", "FAL_RUN_URL", "PUBLIC_URL", "MEDDAH_PROVIDER", "AWS_PROFILE"):
        monkeypatch.setenv(name, "mine")

    assert "mine" not in surroundings().values()


@pytest.fixture
def pytester_run(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Run one module of tests under this suite's conftest, with a key in the environment; returns what is printed."""

    def run(source: str) -> str:
        module = tmp_path_factory.mktemp("inner") / "test_inner.py"
        module.write_text(source, encoding="utf-8")
        root = os.fspath(Path(__file__).parents[1])
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.conftest", "--rootdir"]
        finished = subprocess.run(
            [*command, root, "-c", f"{root}/pyproject.toml", os.fspath(module)],
            cwd=root,
            env={**os.environ, "FAL_KEY": PLAUSIBLE_KEY, "FAL_KEY_ID": "a", "PUBLIC_URL": "https://studio.example"},
            capture_output=True,
            text=True,
            check=False,
        )
        return finished.stdout + finished.stderr

    return run
