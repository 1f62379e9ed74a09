"""Health under everything that can go wrong, and what is published."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from common.errors import Busy, MethodNotAllowed, NotFound
from system.service import check_health, refuse


def _well() -> None:
    return None


def _broken() -> NoReturn:
    raise OSError("gizli 7731")


def _hanging() -> None:
    time.sleep(0.8)


async def test_what_answers_is_ok() -> None:
    assert await check_health({"a": _well, "b": _well}) == {"a": "ok", "b": "ok"}


async def test_what_breaks_down_is_named_and_the_rest_is_asked_all_the_same() -> None:
    with pytest.raises(Busy) as refused:
        await check_health({"a": _broken, "b": _well, "c": _broken})

    assert refused.value.details == {"checks": {"a": "unreachable", "b": "ok", "c": "unreachable"}}
    assert "7731" not in str(refused.value)


async def test_what_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("system.service.HEALTH_SECONDS", 0.05)
    started = time.perf_counter()

    with pytest.raises(Busy):
        await check_health({"a": _hanging})
    assert time.perf_counter() - started < 0.6


async def test_probes_run_at_the_same_time() -> None:
    def slow() -> None:
        time.sleep(0.2)

    probes: dict[str, Callable[[], Any]] = {str(number): slow for number in range(4)}
    started = time.perf_counter()
    await check_health(probes)

    assert time.perf_counter() - started < 0.7


@pytest.mark.parametrize("path", ["", "/nope", "/v1/worlds/", "/v1/worlds/a/b", "/openapi_json", "/V1/worlds"])
def test_a_path_that_is_not_published_is_not_found(path: str) -> None:
    with pytest.raises(NotFound):
        refuse(path)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/v1/worlds", ["GET", "POST"]), ("/v1/worlds/x", ["DELETE", "GET", "PATCH"]), ("/openapi.json", ["GET"])],
)
def test_a_path_that_is_published_takes_other_methods(path: str, allowed: list[str]) -> None:
    with pytest.raises(MethodNotAllowed) as refused:
        refuse(path)

    assert refused.value.details == {"allowed": allowed}
