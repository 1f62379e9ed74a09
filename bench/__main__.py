"""`python -m bench`: latency through the local stack, what `speak` adds to its models' time, cold imports, fairness.

Numbers of one machine on one day: compare them with another run on the same machine, or read the ratios.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import httpx

from bench import fairness, speaking
from local.demo import TENANTS
from local.template import load
from tests.support.stack import running_stack

_ROUNDS = 100
_SPOKEN = 60
"""With those at once and the character itself below what a minute's limit lets pass."""
_PARALLEL = 20
_IMPORTS = 3
_IMPORT = "import time; t = time.perf_counter(); import {}; print((time.perf_counter() - t) * 1000)"
_KEY = next(iter(TENANTS))


def _timed(operation: Callable[[], Any]) -> float:
    started = time.perf_counter()
    operation()
    return (time.perf_counter() - started) * 1000


def _percentile(milliseconds: Sequence[float], share: float) -> float:
    return sorted(milliseconds)[round(share * (len(milliseconds) - 1))]


def _row(name: str, milliseconds: Sequence[float]) -> str:
    p50, p95 = (_percentile(milliseconds, share) for share in (0.5, 0.95))
    return f"{name:<34} p50 {p50:7.1f} ms   p95 {p95:7.1f} ms"


def _finish(http: httpx.Client, path: str, order: dict[str, Any]) -> None:
    job_id = http.post(path, json=order).raise_for_status().json()["job_id"]
    while http.get(f"/v1/jobs/{job_id}").json()["status"] not in {"completed", "failed"}:
        time.sleep(0.01)


def latencies(http: httpx.Client) -> list[str]:
    """Return the rows about requests, with every function warm."""
    created = http.post("/v1/characters", json={"name": "Elif", "role": "Şifacı"}).raise_for_status()
    speech = f"/v1/characters/{created.json()['id']}/speak"

    def speak() -> None:
        http.post(speech, json={"message": "Yaramı sarabilir misin?"}).raise_for_status()

    numbers = count()  # the same text again would be the same sound, made before
    operations: dict[str, tuple[int, Callable[[], Any]]] = {
        "GET / (the stack's own share)": (_ROUNDS, lambda: http.get("/").raise_for_status()),
        "GET a job list": (_ROUNDS, lambda: http.get("/v1/jobs").raise_for_status()),
        "speak": (_SPOKEN, speak),
        "tts, ordered to completed": (10, lambda: _finish(http, "/v1/voice/tts", {"text": f"Yolcu {next(numbers)}."})),
        "avatar, ordered to completed": (10, lambda: _finish(http, "/v1/images/avatar", {"description": "bir şifacı"})),
    }
    rows: list[str] = []
    for name, (rounds, operation) in operations.items():
        operation()
        rows.append(_row(name, [_timed(operation) for _ in range(rounds)]))

    def all_speak() -> None:
        for spoken in [threads.submit(speak) for _ in range(_PARALLEL)]:
            spoken.result()

    with ThreadPoolExecutor(_PARALLEL) as threads:
        everything = _timed(all_speak)
    rows.append(f"{f'{_PARALLEL} speaks at once, one character':<34} all {everything:7.1f} ms")
    return rows


def imports() -> list[str]:
    """Return the rows about cold imports: the median of fresh processes, and how often the leanest it is."""

    def milliseconds(module: str) -> float:
        command = [sys.executable, "-c", _IMPORT.format(module)]
        return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    modules = sorted({function.handler.rpartition(".")[0] for function in load().functions.values()})
    medians = {module: statistics.median(milliseconds(module) for _ in range(_IMPORTS)) for module in modules}
    least = min(medians.values())
    return [f"import {module:<27} {median:11.0f} ms   ×{median / least:.1f}" for module, median in medians.items()]


def main() -> int:
    """Print everything; 1 if a small tenant waits too long beside a large one."""
    with running_stack() as stack:
        print(f"{'ready':<34} {stack.ready_seconds * 1000:15.0f} ms")
        headers = {"Authorization": f"Bearer {_KEY}"}
        with httpx.Client(base_url=stack.url, headers=headers, timeout=30) as http:
            print("\n".join(latencies(http)))
        print(f"{'ended':<34} {stack.stop() * 1000:15.0f} ms")
    print("\n".join(speaking.show(speaking.measure())))
    print("\n".join(imports()))
    return fairness.main()


if __name__ == "__main__":
    sys.exit(main())
