"""The whole house in this process: every domain's application behind one door, and the workers behind their queues."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Any

from common.accounts import accounts
from common.jobs import jobs_of
from common.keys import Mode
from common.tenancy import tenants
from tests.support.http import Studio

if TYPE_CHECKING:
    import httpx

    from tests.support.deployment import Deployment

_ROUNDS = 10


def new_test_key(tenant_id: str = "tenant_demo") -> str:
    """Return a new test key of a tenant."""
    return accounts().create_key(tenant_id, mode=Mode.TEST).api_key


class House:
    """Calls every domain with `key`, and lets its workers work."""

    def __init__(self, deployment: Deployment, key: str) -> None:
        self.deployment = deployment
        self._key = key
        self.failed_deliveries = 0

    def with_key(self, key: str) -> House:
        return House(self.deployment, key)

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        domain = path.split("/")[2].partition("?")[0]
        return await Studio(import_module(f"{domain}.api").app, self._key).request(method, path, **options)

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.request("GET", path, params=query)

    async def post(self, path: str, *, fault: str | None = None, **body: Any) -> httpx.Response:
        headers = {"X-Meddah-Fault": fault} if fault is not None else {}
        return await self.request("POST", path, json=body, headers=headers)

    async def job(self, order: httpx.Response) -> Any:
        """Let an ordered job come to its end and return it as its studio sees it."""
        assert order.status_code == 202, order.text
        await self.work()
        return (await self.get(f"/v1/jobs/{order.json()['job_id']}")).json()

    async def file(self, job_id: str) -> bytes:
        """Return what a completed job made."""
        tenant = tenants().authenticate(f"Bearer {self._key}")
        key = str(jobs_of(tenant.tenant_id).get(job_id).asset_key)
        bucket = self.deployment.settings.assets_bucket
        return self.deployment.s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    async def work(self) -> None:
        """Deliver what lies in the queues of jobs, and what that puts there."""
        names = self.deployment.settings
        workers = {
            names.image_urgent_queue_url: "images.worker",
            names.image_queue_url: "images.worker",
            names.speech_urgent_queue_url: "voice.worker",
            names.speech_queue_url: "voice.worker",
            names.finish_queue_url: "jobs.worker",
        }
        for _ in range(_ROUNDS):
            delivered = [await self._deliver(url, worker) for url, worker in workers.items()]
            if not any(delivered):
                return
        raise AssertionError("the workers never come to rest")

    async def _deliver(self, queue_url: str, worker: str) -> bool:
        bodies = self.deployment.received(queue_url)
        records = [
            {
                "messageId": str(place),
                "receiptHandle": "r",
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1"},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:queue",
            }
            for place, body in enumerate(bodies)
        ]
        if records:
            answer = await asyncio.to_thread(import_module(worker).handler, {"Records": records}, None)
            self.failed_deliveries += len(answer["batchItemFailures"])
        return bool(records)
