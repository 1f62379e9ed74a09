"""The queue, by the real fal-client: submit, status, result, cancel, and what it says of errors."""

from __future__ import annotations

import httpx
import pytest
from fal_client import Completed, InProgress, Queued
from fal_client.client import FalClientHTTPError

from local.fal.stand_in import FalStandIn
from tests.local.fal.conftest import Connect

DEV = "fal-ai/flux/dev"
ORDER = {"prompt": "yaşlı demirci", "image_size": {"width": 256, "height": 256}, "seed": 7}


async def test_a_job_waits_works_and_completes(stand_in: FalStandIn, connect: Connect) -> None:
    stand_in.script("queued", seconds=0.1, position=2)

    async with connect() as fal:
        handle = await fal.submit(DEV, ORDER)
        seen = [event async for event in handle.iter_events(with_logs=True, interval=0.02)]
        output = await handle.get()

    assert seen[0] == Queued(position=2)
    assert [type(event) for event in seen if not isinstance(event, Queued)][:1] == [InProgress]
    assert isinstance(seen[-1], Completed) and seen[-1].logs and seen[-1].error is None
    assert output["seed"] == 7 and output["has_nsfw_concepts"] == [False]
    assert output["images"][0].items() >= {"width": 256, "height": 256, "content_type": "image/jpeg"}.items()


async def test_the_result_names_its_request_and_its_units(stand_in: FalStandIn, connect: Connect) -> None:
    async with connect() as fal:
        handle = await fal.submit(DEV, {**ORDER, "image_size": {"width": 1024, "height": 1024}})
        await handle.get()
        headers = fal.transport.answered[-1]

    assert headers["x-fal-request-id"] == handle.request_id
    assert headers["x-fal-billable-units"] == "2"
    assert stand_in.ledger.microusd() == 50_000


async def test_follow_up_addresses_keep_only_owner_and_alias(stand_in: FalStandIn, connect: Connect) -> None:
    stand_in.script("held")

    async with connect() as fal:
        handle = await fal.submit(DEV, ORDER)
        base = f"{stand_in.urls['queue']}/fal-ai/flux/requests/{handle.request_id}"
        assert (handle.response_url, handle.status_url, handle.cancel_url) == (base, f"{base}/status", f"{base}/cancel")
        async with httpx.AsyncClient(headers={"Authorization": "Key a:b"}) as http:
            long = base.replace("/flux/", "/flux/dev/")
            assert {(await http.get(f"{form}/status")).status_code for form in (base, long)} == {202}
            assert (await http.get(base)).status_code == 400
            stand_in.release(handle.request_id)
            await handle.get()
            assert [(await http.get(form)).status_code for form in (base, long, f"{base}/response")] == [200] * 3


async def test_a_bad_order_is_taken_and_fails_only_when_fetched(stand_in: FalStandIn, connect: Connect) -> None:
    async with connect() as fal:
        handle = await fal.submit(DEV, {**ORDER, "num_inference_steps": 51})
        with pytest.raises(FalClientHTTPError) as caught:
            await handle.get()
        status = await handle.status()

    [detail] = caught.value.response.json()["detail"]
    assert caught.value.status_code == 422
    assert (detail["loc"], detail["type"], detail["ctx"]) == (
        ["body", "num_inference_steps"],
        "less_than_equal",
        {"le": 50},
    )
    assert status.error == "Invalid status code: 422" and status.error_type is None
    assert stand_in.ledger.microusd() == 0


async def test_a_runners_failure_has_a_type_in_status_and_result(stand_in: FalStandIn, connect: Connect) -> None:
    stand_in.script("runner_error", path=DEV)

    async with connect() as fal:
        handle = await fal.submit(DEV, ORDER)
        with pytest.raises(FalClientHTTPError) as caught:
            await handle.get()
        status = await handle.status()

    assert (caught.value.status_code, caught.value.error_type) == (503, "runner_disconnected")
    assert status.error_type == "runner_disconnected"


async def test_cancelling(stand_in: FalStandIn, connect: Connect) -> None:
    stand_in.script("latency", seconds=5, times=3)
    stand_in.script("vanishing", skip=1)

    async with connect() as fal, httpx.AsyncClient(headers={"Authorization": "Key a:b"}) as http:
        stopped, vanished = [await fal.submit(DEV, ORDER) for _ in range(2)]
        assert (await http.put(stopped.cancel_url)).json() == {"status": "CANCELLATION_REQUESTED"}
        assert (await stopped.status()).error_type == "client_cancelled"
        again = await http.put(stopped.cancel_url)
        assert (again.status_code, again.json()) == (400, {"status": "ALREADY_COMPLETED"})

        assert (await http.put(vanished.cancel_url)).status_code == 202
        gone = await http.get(vanished.status_url)
        assert (gone.status_code, gone.json()) == (404, {"status": "NOT_FOUND"})
        nobody = stand_in.urls["queue"] + "/fal-ai/flux/requests/nobody/cancel"
        assert (await http.put(nobody)).status_code == 404

    stand_in.settle()
    assert stand_in.ledger.microusd() == 0


async def test_a_job_that_may_not_wait_that_long_times_out(stand_in: FalStandIn, connect: Connect) -> None:
    stand_in.script("queued", seconds=3600)

    async with connect() as fal:
        handle = await fal.submit(DEV, ORDER, start_timeout=1.01)
        stand_in.settle()
        with pytest.raises(FalClientHTTPError) as caught:
            await handle.get()

    assert caught.value.status_code == 504
    assert caught.value.response_headers["x-fal-request-timeout-type"] == "user"


async def test_a_held_job_goes_on_when_released(stand_in: FalStandIn, connect: Connect) -> None:
    stand_in.script("held")

    async with connect() as fal:
        handle = await fal.submit(DEV, ORDER)
        with pytest.raises(TimeoutError):
            stand_in.settle(0.3)
        stand_in.release(handle.request_id)
        assert (await handle.get())["images"]


async def test_results_and_whole_jobs_get_lost(stand_in: FalStandIn, connect: Connect) -> None:
    stand_in.script("expired")
    stand_in.script("forgotten", skip=1)

    async with connect() as fal, httpx.AsyncClient(headers={"Authorization": "Key a:b"}) as http:
        handles = [await fal.submit(DEV, ORDER) for _ in range(2)]
        stand_in.settle()
        assert [(await http.get(handle.response_url)).status_code for handle in handles] == [404, 404]
    assert stand_in.ledger.by_app() == {DEV: 2}


async def test_the_status_stream_ends_with_the_job(stand_in: FalStandIn, connect: Connect) -> None:
    async with connect() as fal, httpx.AsyncClient(headers={"Authorization": "Key a:b"}) as http:
        handle = await fal.submit(DEV, ORDER)
        stream = (await http.get(f"{handle.status_url}/stream")).text

    assert [part.split('"')[3] for part in stream.split("\n\n") if part] == ["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]


async def test_every_request_is_recorded_without_the_key(stand_in: FalStandIn, connect: Connect) -> None:
    async with connect() as fal:
        await fal.submit(DEV, ORDER, webhook_url="http://127.0.0.1:9/hook", priority="low")

    [entry] = stand_in.ledger.find(what="submit", path="fal-ai/flux")
    assert (entry.method, entry.host, entry.app, entry.status, entry.body) == ("POST", "queue", DEV, 200, ORDER)
    assert entry.headers["authorization"] == "Key ***"
    assert entry.headers["x-fal-queue-priority"] == "low"
    assert entry.query == {"fal_webhook": "http://127.0.0.1:9/hook"}
    assert stand_in.ledger.by_webhook() == {"http://127.0.0.1:9/hook": 1}


async def test_the_sandboxs_markers_work_here_too(stand_in: FalStandIn, connect: Connect) -> None:
    async with connect() as fal:
        rejected, unavailable, slow = [
            await fal.submit(DEV, {**ORDER, "prompt": f"kale [sandbox:{marker}]"})
            for marker in ("rejected", "unavailable", "slow")
        ]
        for handle, status in ((rejected, 422), (unavailable, 503)):
            with pytest.raises(FalClientHTTPError) as caught:
                await handle.get()
            assert caught.value.status_code == status
        with pytest.raises(TimeoutError):
            stand_in.settle(0.3)
        assert isinstance(await slow.status(), InProgress)
