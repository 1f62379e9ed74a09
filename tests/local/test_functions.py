import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from local.functions import Function, PayloadTooLarge
from local.process import FunctionError, HandlerError
from tests.local.conftest import definition


@asynccontextmanager
async def _running(
    handler: str = "echo", *, concurrency: int = 2, timeout: int = 5, log: list[str] | None = None, **variables: str
) -> AsyncIterator[Function]:
    lines = log if log is not None else []
    function = Function(
        definition(handler, timeout=timeout),
        variables,
        region="eu-central-1",
        concurrency=concurrency,
        log=lambda _, line: lines.append(line),
    )
    try:
        yield function
    finally:
        await function.close()


def _asked(kind: str) -> dict[str, Any]:
    return {"pathParameters": {"kind": kind}}


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def _pid(function: Function) -> int:
    return (await function.invoke(_asked("nothing"))).result["pid"]


async def test_a_function_sees_the_templates_environment_and_lambdas_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME_OF_THE_DEVELOPER", "secret")
    async with _running(TABLE="meddah-dev-worlds") as function:
        answer = json.loads((await function.invoke({})).result["body"])
    environment = answer["environment"]

    assert environment.pop("TABLE") == "meddah-dev-worlds"
    assert {name for name in environment if not name.startswith(("AWS_", "LC_"))} == {
        "LANG",
        "PATH",
        "PYTHONIOENCODING",
        "TZ",
    }
    assert environment["AWS_REGION"] == "eu-central-1"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "Tested"


async def test_the_context_is_lambdas() -> None:
    async with _running(timeout=5) as function:
        context = json.loads((await function.invoke({})).result["body"])["context"]

    assert len(context["aws_request_id"]) == 36
    assert context["function_name"] == "Tested"
    assert context["memory_limit_in_mb"] == "256"
    assert context["invoked_function_arn"] == "arn:aws:lambda:eu-central-1:123456789012:function:Tested"
    assert 4_000 < context["remaining"] <= 5_000


async def test_the_second_invocation_is_warm() -> None:
    async with _running() as function:
        assert [(await function.invoke({})).cold for _ in range(3)] == [True, False, False]


async def test_who_comes_while_the_first_environment_starts_waits_for_it() -> None:
    async with _running("troubled") as function:
        warming = asyncio.create_task(function.warm())
        await asyncio.sleep(0)
        assert not (await function.invoke(_asked("nothing"))).cold
        await warming


async def test_each_environment_serves_one_request_at_a_time_and_the_rest_wait() -> None:
    async with _running("troubled", concurrency=2) as function:
        invocations = await asyncio.gather(*(function.invoke(_asked("nothing")) for _ in range(6)))

    assert len({invocation.result["pid"] for invocation in invocations}) == 2


async def test_a_handler_that_raises_keeps_its_environment_and_logs_where() -> None:
    log: list[str] = []
    async with _running("troubled", log=log) as function:
        pid = await _pid(function)
        with pytest.raises(HandlerError, match="ValueError: as asked"):
            await function.invoke(_asked("raise"))
        assert await _pid(function) == pid

    assert any(line == "ERROR ValueError: as asked" for line in log)
    assert any("handlers.py" in line for line in log)


@pytest.mark.parametrize("kind", ["crash", "sleep", "huge"])
async def test_an_environment_that_fails_is_replaced_and_its_process_gone(kind: str) -> None:
    async with _running("troubled", timeout=1) as function:
        pid = await _pid(function)
        started = time.perf_counter()
        with pytest.raises(FunctionError):
            await function.invoke(_asked(kind))
        assert time.perf_counter() - started < 2.5
        after = await function.invoke(_asked("nothing"))

    if kind != "huge":
        assert after.cold
        assert not _alive(pid)


async def test_an_answer_that_is_not_json_is_the_functions_error() -> None:
    async with _running("troubled") as function:
        with pytest.raises(FunctionError, match="not JSON serializable"):
            await function.invoke(_asked("unwritable"))


async def test_an_environment_that_died_while_idle_is_not_used() -> None:
    async with _running("troubled") as function:
        os.kill(await _pid(function), 9)
        await asyncio.sleep(0.1)
        assert (await function.invoke(_asked("nothing"))).cold


async def test_an_event_beyond_lambdas_limit_is_not_run() -> None:
    async with _running() as function:
        with pytest.raises(PayloadTooLarge):
            await function.invoke({"body": "x" * 7_000_000})
        large = await function.invoke({"body": "x" * 2_900_000})

    assert len(large.result["body"]) > 2_900_000


async def test_a_handler_that_cannot_be_imported_fails_every_invocation() -> None:
    log: list[str] = []
    async with _running("absent", log=log) as function:
        for _ in range(2):
            with pytest.raises(FunctionError, match="has no attribute 'absent'"):
                await function.invoke({})

    assert any("has no attribute" in line for line in log)


async def test_what_a_function_prints_is_its_log() -> None:
    log: list[str] = []
    async with _running("troubled", log=log) as function:
        await _pid(function)

    assert "a line of log" in log


async def test_closing_leaves_no_process() -> None:
    async with _running("troubled") as function:
        pid = await _pid(function)
    assert not _alive(pid)


async def test_a_caller_that_gives_up_takes_the_environment_with_it() -> None:
    async with _running("troubled") as function:
        pid = await _pid(function)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(function.invoke(_asked("sleep")), 0.2)
        assert not _alive(pid)
