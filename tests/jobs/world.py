"""One tenant's jobs and everybody who has a hand in them, with a rival who comes in between any two calls."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from common.errors import JobBusy, MeddahError, ProviderUnavailable
from common.events import job_event_id
from common.jobs import (
    FINAL,
    FinishMessage,
    Job,
    JobKind,
    JobMessage,
    JobRepository,
    JobStatus,
    OpenJobs,
    SubmitQueues,
    Vendor,
    claim_to_finish,
    run_step,
    start_job,
    submit_step,
)
from common.ledger import ledger_of
from common.providers import Media, Submission, Usage
from common.sqs import MAX_DELIVERIES
from common.storage import from_item, to_item
from jobs.service import cancel_job, finish_job, hear_too_late, prioritize_job, watch
from tests.support.clock import ManualClock
from tests.support.money import a_request

if TYPE_CHECKING:
    from tests.support.deployment import Deployment

MOST, COST = 40, 25
ORDER = {
    "prompt": "şifacı", "style": "anime", "subject": "avatar", "width": 256, "height": 256, "seed": 1,
    "guidance_scale": 7.5, "num_inference_steps": 28, "model": "dev", "negative_prompt": None,
}  # fmt: skip
_CALLS = {"get_item", "update_item", "put_item", "query", "transact_write_items", "batch_get_item"}


class Interrupted:
    """A DynamoDB client before whose `at`-th call a rival does all that it does; 0: never."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.calls, self.at = 0, 0
        self.rival: Callable[[], None] = lambda: None

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self._client, name)
        if name not in _CALLS:
            return operation

        def call(**request: Any) -> Any:
            self.calls += 1
            if self.calls == self.at:
                self.rival()
            return operation(**request)

        return call


class World:
    """One tenant; `jobs` is everybody's but the one who is interrupted: that one has `interrupted_jobs`."""

    def __init__(self, deployment: Deployment, tenant: str) -> None:
        self.deployment = deployment
        self.tenant = tenant
        self.clock = ManualClock(1_800_000_000.0)
        self.client = Interrupted(deployment.dynamodb)
        table = deployment.settings.jobs_table
        self.open_jobs = OpenJobs(client=deployment.dynamodb, table=table, clock=self.clock)
        self.jobs: JobRepository = self.open_jobs.jobs_of(tenant)
        client: Any = self.client
        self.interrupted_jobs = JobRepository(
            tenant, client=client, table=table, ledger=ledger_of(tenant), clock=self.clock
        )
        self.mail: list[tuple[str, Any, int]] = []
        self.queues = SubmitQueues(
            normal={kind: _Mail("normal", self.mail) for kind in JobKind},  # type: ignore[dict-item]
            urgent={kind: _Mail("urgent", self.mail) for kind in JobKind},  # type: ignore[dict-item]
        )
        self.finish: Any = _Mail("finish", self.mail)
        self.submitted: list[str] = []
        self.withdrawn: list[str] = []
        self.told: list[str] = []

    # ── What can be done ──────────────────────────────────────────────────────────────────────────────────────────

    def order(self) -> Job:
        spending = a_request(self.tenant, route="create_avatar")
        queue: Any = self.queues.normal[JobKind.IMAGE]
        return start_job(JobKind.IMAGE, ORDER, max_microusd=MOST, jobs=self.jobs, queue=queue, spending=spending)

    def work(self, job: Job, jobs: JobRepository | None = None, *, urgent: bool = False) -> None:
        """The worker gets the job's first message."""
        self.deliver("work", JobMessage(tenant_id=self.tenant, job_id=job.id, urgent=urgent), jobs)

    def hear(self, job: Job, jobs: JobRepository | None = None) -> None:
        """The finisher gets the vendor's word."""
        message = FinishMessage(tenant_id=self.tenant, job_id=job.id, request_id=f"req-{job.id}")
        self.deliver("finish", message, jobs)

    def deliver(self, queue: str, message: Any, jobs: JobRepository | None = None, deliveries: int = 1) -> None:
        """Let a worker have a message; it comes again if that fails."""
        mine = jobs or self.jobs
        try:
            if queue == "finish":
                self._finish(message, mine, deliveries)
            else:
                vendor = Vendor(submit=self._submit, cancel=self._cancel_at_vendor, resubmittable=False)
                step = partial(submit_step, vendor=vendor, jobs=mine, finish=self.finish)
                asyncio.run(run_step(message, deliveries, jobs=mine, step=step))
        except (JobBusy, ProviderUnavailable):
            if deliveries < MAX_DELIVERIES:
                self.mail.append((queue, message, deliveries))

    def cancel(self, job: Job, jobs: JobRepository | None = None) -> str:
        """Cancel, and say what came of it."""
        try:
            vendors: Any = _Vendors(self)
            return str(asyncio.run(cancel_job(job.id, jobs=jobs or self.jobs, vendors=vendors)).vendor)
        except MeddahError as error:
            return f"{error.code} {error.details.get('status', '')}".strip()

    def prioritize(self, job: Job, jobs: JobRepository | None = None) -> str:
        """Prioritize, and say what came of it."""
        try:
            _, changed = prioritize_job(job.id, jobs=jobs or self.jobs, queues=self.queues)
        except MeddahError as error:
            return f"{error.code} {error.details.get('status', '')}".strip()
        return "prioritized" if changed else "unchanged"

    def watch(self) -> None:
        watch(self.open_jobs, submit=self.queues, finish=self.finish, clock=self.clock)

    def settle(self) -> None:
        """Let everything happen that happens by itself, for long enough."""
        for _ in range(6):
            self._empty_the_mail()
            self.clock.advance(61)
            self.watch()
            self._empty_the_mail()
            self.clock.advance(250)
        self.check()

    def _empty_the_mail(self) -> None:
        for _ in range(200):
            self._take_from_queues()
            if not self.mail:
                return
            queue, message, deliveries = self.mail.pop(0)
            self.clock.advance(50 if deliveries else 0)
            self.deliver(queue, message, deliveries=deliveries + 1)
        raise AssertionError("the queues never get empty")

    def _take_from_queues(self) -> None:
        """Take what those who end a job send by themselves: words to those who wait."""
        names = self.deployment.settings
        for queue, url in (("normal", names.image_queue_url), ("urgent", names.image_urgent_queue_url)):
            while bodies := self.deployment.received(url):
                self.mail += [(queue, JobMessage.model_validate_json(body), 0) for body in bodies]

    # ── The vendor ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _submit(self, job: Job, callback_url: str | None) -> Submission:
        assert job.id not in self.submitted, "submitted twice"
        self.submitted.append(job.id)
        return Submission(request_id=f"req-{job.id}", ready=False)

    async def _cancel_at_vendor(self, job: Job, request_id: str) -> bool:
        self.withdrawn.append(job.id)
        return True

    async def cancel_order(self, job: Job) -> bool:
        return await self._cancel_at_vendor(job, str(job.request_id))

    async def collect(self, job: Job, output: Any) -> Media | None:
        if job.id in self.withdrawn:
            return None
        return Media(b"PNG", "image/png", {"seed_used": 1}, Usage(model="m", cost_microusd=COST))

    def put(self, tenant_id: str, job_id: str, media: Media) -> str:
        return f"jobs/{tenant_id}/{job_id}.png"

    def _finish(self, message: FinishMessage, jobs: JobRepository, deliveries: int) -> None:
        world: Any = self
        if message.request_id is not None:
            jobs.adopt(message.job_id, message.request_id)
        vendors = _Vendors(self)
        step = partial(finish_job, message=message, jobs=jobs, assets=world, vendors=vendors)  # type: ignore[arg-type]
        too_late = partial(hear_too_late, message, jobs=jobs, vendors=vendors)  # type: ignore[arg-type]
        asyncio.run(run_step(message, deliveries, jobs=jobs, step=step, claim=claim_to_finish, too_late=too_late))

    # ── What has to hold ──────────────────────────────────────────────────────────────────────────────────────────

    def check(self) -> None:
        """Places are held by what runs, the index has what waits, each end is settled and told of once."""
        stored = self.jobs.recent(limit=100).records
        running = {job.id for job in stored if job.status is JobStatus.PROCESSING}
        waiting = {job.id for job in stored if job.status is JobStatus.PENDING}
        ended = [job for job in stored if job.status in FINAL]
        assert set(self.jobs.lanes.get(JobKind.IMAGE).running) == running
        assert {waiter.job_id for waiter in self.jobs.waiting.first(JobKind.IMAGE, limit=100)} == waiting
        assert self.events() == {job_event_id(job.id): f"job.{job.status}" for job in ended}
        standing = ledger_of(self.tenant).standing()
        assert standing is not None
        assert standing.reserved == MOST * (len(stored) - len(ended))
        spent = sum(job.receipt["cost_microusd"] for job in ended if job.receipt)
        assert standing.day_committed - standing.reserved == spent

    def events(self) -> dict[str, str]:
        """Return the events of this tenant's jobs, with their types."""
        answer = self.deployment.dynamodb.query(
            TableName=self.deployment.settings.webhooks_table,
            KeyConditionExpression="tenant_id = :tenant AND begins_with(#item, :event)",
            ExpressionAttributeNames={"#item": "item"},
            ExpressionAttributeValues=to_item({":tenant": self.tenant, ":event": "event#"}),
        )
        found = [from_item(item) for item in answer["Items"]]
        return {item["item"].removeprefix("event#"): item["type"] for item in found}

    def interrupted(self, at: int, rival: Callable[[], object]) -> JobRepository:
        """Return the jobs for one whose `at`-th call the rival is quicker than."""

        def come_in() -> None:
            other = threading.Thread(target=rival)  # a thread, for the one who is interrupted runs an event loop
            other.start()
            other.join()

        self.client.calls, self.client.at, self.client.rival = 0, at, come_in
        return self.interrupted_jobs


class _Vendors:
    def __init__(self, world: World) -> None:
        self._world = world

    async def cancel(self, job: Job) -> bool:
        return await self._world.cancel_order(job)

    async def collect(self, job: Job, output: Any) -> Media | None:
        return await self._world.collect(job, output)


class _Mail:
    def __init__(self, queue: str, mail: list[tuple[str, Any, int]]) -> None:
        self._queue = queue
        self._mail = mail

    def send(self, message: Any, *, delay: int = 0) -> None:
        self._mail.append((self._queue, message, 0))
