"""The queue host: submit, status, status stream, result, cancel.

https://fal.ai/docs/documentation/model-apis/inference/queue. Input is checked by the model, not here: what is wrong
with it shows when the result is fetched.
"""

import asyncio
import json
from collections import OrderedDict
from collections.abc import AsyncIterator, Coroutine
from typing import Any

from starlette.responses import JSONResponse, Response, StreamingResponse

from local.fal import jobs
from local.fal.jobs import Job
from local.fal.ledger import Ledger, Submission
from local.fal.models import ModelRunner
from local.fal.script import Rules
from local.fal.webhooks import Courier
from local.fal.wire import Asked, new_id, plain_error

_EARLY_SECONDS = 5
"""Longest that a submit waits for the webhook that overtakes it."""
_MOST_JOBS = 5_000
_UNKNOWN = {"status": "NOT_FOUND"}


class Queue:
    """Jobs by request id."""

    def __init__(self, runner: ModelRunner, courier: Courier, ledger: Ledger) -> None:
        self.base_url = ""
        self.result_lifetime: float = 3600
        """Seconds a result is kept after the job's end; large ones a tenth of it."""
        self.jobs: OrderedDict[str, Job] = OrderedDict()
        self._runner = runner
        self._courier = courier
        self._ledger = ledger
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def busy(self) -> bool:
        """Whether a job is not over or a webhook is under way."""
        return bool(self._tasks)

    async def close(self) -> None:
        """Drop every job and webhook."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.jobs.clear()

    async def answer(self, asked: Asked, rules: Rules) -> Response:
        """Answer one request.

        Raises:
            Refused: no such model.
        """
        match asked.what:
            case "submit":
                return await self._submit(asked, rules)
            case "status" if asked.method == "GET":
                job = self._find(asked)
                if job is not None and asked.path.endswith("/stream"):
                    return StreamingResponse(self._watch(job, asked), media_type="text/event-stream")
                return self._status(job, asked)
            case "result" if asked.method == "GET":
                return self._result(self._find(asked))
            case "cancel" if asked.method == "PUT":
                return _cancel(self._find(asked))
            case _:
                raise plain_error(405, "Method Not Allowed")

    async def _submit(self, asked: Asked, rules: Rules) -> Response:
        self._runner.endpoint(asked.app)
        request_id = new_id()
        webhook = asked.query.get("fal_webhook")
        job = Job(request_id, asked.app, asked.arguments(), asked.headers, webhook, rules)
        queued = rules.find("queued")
        job.position = int(queued.options.get("position", 0)) if queued else 0
        self._ledger.submissions.append(Submission(request_id, asked.app, "queue", webhook))
        if not rules.find("forgotten"):
            self._keep(job)
            self._start(self._process(job))
        if rules.find("webhook_early"):
            await self._be_overtaken(job)
        return JSONResponse({"status": jobs.IN_QUEUE, **self._urls(job), "queue_position": job.position})

    def _keep(self, job: Job) -> None:
        self.jobs[job.request_id] = job
        if len(self.jobs) > _MOST_JOBS:
            self.jobs.popitem(last=False)

    async def _process(self, job: Job) -> None:
        early = job.rules.find("webhook_early") is not None
        await jobs.work(job, 0.0 if early else self._runner.latency(job.app), self._make)
        if job.outcome is None:
            return
        if not job.outcome.failed:
            self._ledger.charges.append(self._runner.charge(job.request_id, job.app, job.outcome))
        if job.webhook_url:
            await self._courier.deliver(job.request_id, job.webhook_url, job.outcome, job.rules)

    async def _make(self, job: Job) -> Any:
        return await self._runner.run(job.app, job.arguments, headers=job.headers, rules=job.rules)

    async def _be_overtaken(self, job: Job) -> None:
        """Wait until the webhook has had an answer."""
        for _ in range(_EARLY_SECONDS * 100):
            if any(delivery.request_id == job.request_id for delivery in self._courier.deliveries):
                return
            await asyncio.sleep(0.01)

    def _find(self, asked: Asked) -> Job | None:
        job = self.jobs.get(asked.job_id)
        return None if job is None or job.gone or job.result_is_gone(self.result_lifetime) else job

    def _status(self, job: Job | None, asked: Asked) -> Response:
        if job is None:
            return JSONResponse(_UNKNOWN, 404)
        return JSONResponse(self._described(job, asked), 200 if job.status == jobs.COMPLETED else 202)

    def _described(self, job: Job, asked: Asked) -> dict[str, Any]:
        described: dict[str, Any] = {"status": job.status, **self._urls(job)}
        if job.status == jobs.IN_QUEUE:
            return {**described, "queue_position": job.position}
        described["logs"] = job.logs if asked.query.get("logs") in {"1", "true"} else None
        if job.outcome is not None and job.ended_at is not None:
            described["metrics"] = {"inference_time": round(job.ended_at - job.started_at, 3)}
            if job.outcome.failed:
                described["error"] = f"Invalid status code: {job.outcome.status}"
            if job.outcome.error_type:
                described["error_type"] = job.outcome.error_type
        return described

    async def _watch(self, job: Job, asked: Asked) -> AsyncIterator[str]:
        shown = ""
        while shown != jobs.COMPLETED:
            if job.status != shown:
                shown = job.status
                yield f"data: {json.dumps(self._described(job, asked))}\n\n"
            await asyncio.sleep(0.01)

    def _result(self, job: Job | None) -> Response:
        if job is None:
            return JSONResponse(_UNKNOWN, 404)
        if job.outcome is None:
            # What fal says before completion is not documented; clients ask for the status first.
            return JSONResponse({"detail": "Request is still in progress"}, 400)
        return job.outcome.response(job.request_id)

    def _urls(self, job: Job) -> dict[str, str]:
        base = f"{self.base_url}/{job.owner_and_alias}/requests/{job.request_id}"
        return {
            "request_id": job.request_id,
            "response_url": base,
            "status_url": f"{base}/status",
            "cancel_url": f"{base}/cancel",
        }

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _cancel(job: Job | None) -> Response:
    if job is None:
        return JSONResponse(_UNKNOWN, 404)
    if job.cancel():
        return JSONResponse({"status": "CANCELLATION_REQUESTED"}, 202)
    return JSONResponse({"status": "ALREADY_COMPLETED"}, 400)
