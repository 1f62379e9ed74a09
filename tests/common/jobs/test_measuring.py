"""What is measured of a job, from its order to its end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from common import observability
from common.errors import ProviderRejected, ProviderUnavailable
from common.jobs import Job, JobKind, JobMessage, JobRepository, jobs_of, run_step, start_job
from common.jobs.charges import end_as_failed
from common.observability import flush, metrics
from common.sqs import MAX_DELIVERIES
from tests.support.money import a_request
from tests.support.queues import ListQueue

pytestmark = pytest.mark.usefixtures("deployment")

Measured = Callable[[], dict[str, list[dict[str, Any]]]]


@pytest.fixture
def measured(capfd: pytest.CaptureFixture[str]) -> Iterator[Measured]:
    """Return what was measured so far, by name: values and dimensions."""
    metrics.clear_metrics()
    observability._apart.clear()

    def read() -> dict[str, list[dict[str, Any]]]:
        flush()
        found: dict[str, list[dict[str, Any]]] = {}
        for line in capfd.readouterr().out.splitlines():
            if '"_aws"' not in line:
                continue
            record = json.loads(line)
            (described,) = record["_aws"]["CloudWatchMetrics"]
            dimensions = {name: record[name] for name in described["Dimensions"][0] if name != "service"}
            for metric in described["Metrics"]:
                found.setdefault(metric["Name"], []).append({"values": record[metric["Name"]], **dimensions})
        return found

    yield read
    metrics.clear_metrics()
    observability._apart.clear()


def _jobs(at: float) -> JobRepository:
    jobs = jobs_of("alice")
    jobs.clock = lambda: at
    return jobs


def _ordered(jobs: JobRepository) -> JobMessage:
    job = start_job(
        JobKind.IMAGE, {"seed": 1}, max_microusd=0, jobs=jobs, queue=ListQueue(), spending=a_request("alice")
    )
    return JobMessage(tenant_id="alice", job_id=job.id)


async def _unreachable(job: Job) -> None:
    raise ProviderUnavailable("no")


async def _refused(job: Job) -> None:
    raise ProviderRejected("no")


async def test_an_order_its_start_and_its_wait_are_measured(measured: Measured) -> None:
    message = _ordered(_jobs(1_000.0))
    with pytest.raises(ProviderUnavailable):
        await run_step(message, 1, jobs=_jobs(1_012.5), step=_unreachable)

    found = measured()
    assert found["JobsQueued"] == [{"values": [1.0], "kind": "image"}]
    assert found["JobsStarted"] == [{"values": [1.0], "kind": "image"}]
    assert found["JobWaitSeconds"] == [{"values": [12.5], "kind": "image"}]
    assert found["StepsRetried"] == [{"values": [1.0], "kind": "image"}]
    assert not {"JobSeconds", "JobsFailed"} & set(found)


async def test_a_job_starts_once_however_often_its_step_is_tried(measured: Measured) -> None:
    message = _ordered(_jobs(1_000.0))
    for delivery in (1, 2):
        with pytest.raises(ProviderUnavailable):
            await run_step(message, delivery, jobs=_jobs(1_000.0 + delivery), step=_unreachable)

    found = measured()
    assert [one["values"] for one in found["JobsStarted"]] == [[1.0]]
    assert [one["values"] for one in found["StepsRetried"]] == [[1.0, 1.0]]


@pytest.mark.parametrize(
    ("step", "delivery", "code"),
    [(_refused, 1, "PROVIDER_REJECTED"), (_unreachable, MAX_DELIVERIES, "PROVIDER_UNAVAILABLE")],
)
async def test_a_failure_is_measured_by_its_code_and_is_no_retry(
    measured: Measured, step: Any, delivery: int, code: str
) -> None:
    message = _ordered(_jobs(1_000.0))
    await run_step(message, delivery, jobs=_jobs(1_030.0), step=step)

    found = measured()
    assert found["JobsFailed"] == [{"values": [1.0], "kind": "image", "code": code}]
    assert found["JobSeconds"] == [{"values": [30.0], "kind": "image", "status": "failed"}]
    assert "StepsRetried" not in found


async def test_an_end_that_somebody_else_was_quicker_with_is_measured_once(measured: Measured) -> None:
    message, jobs = _ordered(_jobs(1_000.0)), _jobs(1_010.0)
    job = jobs.get(message.job_id)
    for _ in range(2):
        end_as_failed(job, ProviderRejected("no"), jobs=jobs)

    found = measured()
    assert [one["values"] for one in found["JobSeconds"]] == [[10.0]]
    assert [one["values"] for one in found["JobsFailed"]] == [[1.0]]
