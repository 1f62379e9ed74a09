"""A stack whose invocations may die: template.yaml on a moto of its own, the vendor's stand-in, and a clock that jumps.

The test is everything between the functions: it carries messages from the queues to the workers, the vendor's
webhooks to their route, and lets time pass.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from common.accounts import Accounts
from common.jobs import Job, JobRepository
from common.ledger import Ledger
from common.sqs import retry_delay
from common.tenancy import Tenant, Tenants
from local import http_events, queues
from local.cloud import Cloud
from local.cloudformation import ACCOUNT
from local.fal.stand_in import FalStandIn
from local.provision import provision
from local.template import load
from tests.support.letterbox import Letterbox
from tests.support.zygote import ROOT, Blow, Invocation, Zygote

REGION = "eu-central-1"
_WATCH_EVERY_SECONDS = 60
_WEBHOOK_AGAIN_SECONDS = 1
_NO_ONE = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
_VISIBLE_AT_ONCE = 0


@dataclass
class Death:
    """A function dies of `blow` the next `times` times that it comes there."""

    function: str
    blow: Blow
    times: int = 1


@dataclass
class MortalStack:
    """Use `running`; `begin` and `end` each story."""

    cloud: Cloud
    vendor: FalStandIn
    letterbox: Letterbox
    zygote: Zygote
    template: Any
    environments: Mapping[str, Mapping[str, str]]
    clients: Mapping[str, Any]
    now: float = 0
    """Seconds since the story began, added to the machine's clock."""
    stories: int = 0
    ended: bool = False
    """Whether the last story came to its end."""
    heard: int = 0
    """Webhooks brought to their route so far."""
    deaths: list[Death] = field(default_factory=list)
    seen: dict[str, list[list[str]]] = field(default_factory=dict)
    """By function: the operations of each of its invocations."""
    at_once: bool = False
    """Whether a message whose worker died comes again at once, as duplicates do, not when its visibility ends."""

    def begin(self) -> None:
        """Begin a story: a tenant of its own, nothing under way."""
        self.release()
        self.vendor.reset()
        self.letterbox.letters.clear()
        self.heard, self.now, self.at_once = 0, 0, False
        self.deaths, self.seen = [], {}
        self.stories += 1
        if not self.ended:
            self._sweep()
        self.ended = False

    def end(self) -> None:
        """End a story that left no job open and no message in a queue."""
        self.ended = True

    def _sweep(self) -> None:
        for name in ("ImageQueue", "ImageUrgentQueue", "SpeechQueue", "SpeechUrgentQueue", "FinishQueue"):
            while message := self._receive(name):
                self._delete(name, message)
        dynamodb = self.clients["dynamodb"]
        for item in dynamodb.scan(TableName=self._jobs_table)["Items"]:
            key = {name: item[name] for name in ("tenant_id", "job_id")}
            dynamodb.delete_item(TableName=self._jobs_table, Key=key)

    # ── Functions ─────────────────────────────────────────────────────────────────────────────────────────────────

    def invoke(self, function: str, event: Any) -> Invocation:
        """Run a function of the template on an event; a death that waits for it may strike."""
        death = next((death for death in self.deaths if death.function == function and death.times), None)
        done = self.zygote.invoke(
            self.template.functions[function].handler,
            event,
            variables=self.environments[function],
            clock_offset=self.now,
            blow=death.blow if death else None,
        )
        if done.died and death:
            death.times -= 1
        self.seen.setdefault(function, []).append(done.operations)
        return done

    def request(self, function: str, request: http_events.Request) -> tuple[Invocation, int, Any]:
        """Run a function on an HTTP request; returns also status and JSON, 0 and None if it died."""
        route = f"{request.method} {request.path}"
        event = http_events.to_event(request, route_key=route, variables={}, request_id="r")
        done = self.invoke(function, event)
        if done.died:
            return done, 0, None
        answer = http_events.to_response(done.result)
        return done, answer.status, json.loads(answer.body)

    @property
    def tenant(self) -> str:
        """The story's tenant."""
        return f"tenant_{self.stories}"

    def order(self, function: str, path: str, body: Mapping[str, Any]) -> None:
        """Order something as a studio does; the function may die over it."""
        key = f"key-{self.stories}"
        names = self.environments["JobsApi"]
        accounts = Accounts(
            client=self.clients["dynamodb"],
            accounts_table=names["ACCOUNTS_TABLE"],
            keys_table=names["TENANTS_TABLE"],
        )
        Tenants(accounts).add_key(key, Tenant(tenant_id=self.tenant, name="Stüdyo"))
        headers = [("content-type", "application/json"), ("authorization", f"Bearer {key}")]
        request = http_events.Request("POST", path.encode(), b"", headers, json.dumps(body).encode())
        done, status, answer = self.request(function, request)
        assert done.died or status == 202, answer

    # ── Queues ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _receive(self, queue: str) -> Any:
        answer = self.clients["sqs"].receive_message(
            QueueUrl=self._url(queue), MaxNumberOfMessages=1, MessageSystemAttributeNames=["All"]
        )
        return next(iter(answer.get("Messages", [])), None)

    def _delete(self, queue: str, message: Any) -> None:
        self.clients["sqs"].delete_message(QueueUrl=self._url(queue), ReceiptHandle=message["ReceiptHandle"])

    def _return(self, queue: str, message: Any) -> None:
        self.clients["sqs"].change_message_visibility(
            QueueUrl=self._url(queue), ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=_VISIBLE_AT_ONCE
        )

    def _url(self, queue: str) -> str:
        return f"{self.cloud.variables['AWS_ENDPOINT_URL_SQS']}/{ACCOUNT}/{self.template.queues[queue].name}"

    def lose(self, queue: str) -> None:
        """Let a message get lost."""
        self._delete(queue, self._receive(queue))

    def deliver(self, queue: str, function: str) -> bool:
        """Hand one message to its worker as Lambda does; whether there was one.

        If it has to come again, the clock goes on to that moment.
        """
        message = self._receive(queue)
        if message is None:
            return False
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{self.template.queues[queue].name}"
        done = self.invoke(function, queues.to_event([message], arn=arn, region=REGION))
        if done.died:
            self.now += 0 if self.at_once else self.template.queues[queue].visibility_timeout
        elif queues.failed_ids(done.result, {message["MessageId"]}, partial=True):
            self.now += retry_delay(int(message["Attributes"]["ApproximateReceiveCount"]))
        else:
            self._delete(queue, message)
            return True
        self._return(queue, message)
        return True

    def work_off(self, queue: str, function: str) -> None:
        """Deliver until nothing is left: what fails five times is set aside."""
        for _ in range(20):
            if not self.deliver(queue, function):
                return
        raise AssertionError(f"{queue} never gets empty")

    # ── Vendor and time ───────────────────────────────────────────────────────────────────────────────────────────

    def release(self) -> None:
        """Let the vendor finish what it is at, and wait until it has."""
        for request_id in list(self.vendor.queue.jobs):
            self.vendor.release(request_id)
        self.vendor.settle()

    def hear(self, *, again: bool = False) -> None:
        """Bring new webhooks to their route, each until it is taken, as the vendor does; `again`: all of them."""
        self.vendor.settle()
        for letter in self.letterbox.letters[0 if again else self.heard :]:
            while True:
                done, status, answer = self.request("JobsApi", letter)
                if not done.died:
                    break
                self.now += _WEBHOOK_AGAIN_SECONDS
            assert status == 202, answer
        self.heard = len(self.letterbox.letters)

    def made(self) -> list[bytes]:
        """Return the files that the vendor has made."""
        outcomes = [job.outcome for job in self.vendor.queue.jobs.values()]
        bodies = [outcome.body for outcome in outcomes if outcome and not outcome.failed]
        parts = [body["audio"] if "audio" in body else body["images"][0] for body in bodies]
        files = [self.vendor.media.at(part["url"]) for part in parts]
        return [file.content for file in files if file]

    def watch(self) -> None:
        """Let the watcher run; one that dies runs again a minute later."""
        while self.invoke("JobsWatcher", {}).died:
            self.now += _WATCH_EVERY_SECONDS

    def jobs(self) -> list[Job]:
        """Return every job of the story."""
        client = self.clients["dynamodb"]
        jobs = JobRepository(self.tenant, client=client, table=self._jobs_table, ledger=self.ledger())
        return jobs.recent(limit=10, cursor=None, kind=None, status=None).records

    def ledger(self) -> Ledger:
        """Return the ledger of the story's tenant."""
        table = self.environments["JobsWorker"]["USAGE_TABLE"]
        return Ledger(self.tenant, client=self.clients["dynamodb"], table=table)

    def files(self, job: Job) -> dict[str, bytes]:
        """Return what is stored for a job, by key."""
        bucket = self.environments["JobsWorker"]["ASSETS_BUCKET"]
        folders = [
            self.clients["s3"].list_objects_v2(Bucket=bucket, Prefix=f"{folder}/{self.tenant}/{job.id}")
            for folder in ("jobs", "cache")
        ]
        keys = [entry["Key"] for listed in folders for entry in listed.get("Contents", [])]
        return {key: self.clients["s3"].get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    @property
    def _jobs_table(self) -> str:
        return self.environments["JobsWorker"]["JOBS_TABLE"]


@contextmanager
def _moto() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "local.moto_server"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin and process.stdout
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


@contextmanager
def running(log: Path) -> Iterator[MortalStack]:
    """Start everything; leave nothing of it behind."""
    with ExitStack() as parts:
        url = parts.enter_context(_moto())
        vendor = parts.enter_context(FalStandIn(latency={"image": 0.0, "tts": 0.0}))
        letterbox = parts.enter_context(Letterbox())
        cloud = Cloud(dict.fromkeys(("dynamodb", "sqs", "s3", "ssm"), url), _NO_ONE, REGION)
        clients = {name: cloud.client(name) for name in ("dynamodb", "sqs", "s3", "ssm")}
        template = load(
            parameters={"Provider": "fal", "FalUserId": vendor.user_id, "PublicUrl": letterbox.url}, region=REGION
        )
        environments = provision(template, dynamodb=clients["dynamodb"], sqs=clients["sqs"], s3=clients["s3"])
        # The key comes as it does in AWS; only the addresses are not fal's.
        addresses = dict(vendor.variables)
        key, parameter = addresses.pop("FAL_KEY"), environments["JobsWorker"]["FAL_KEY_PARAMETER"]
        clients["ssm"].put_parameter(Name=parameter, Value=key, Type="SecureString")
        shared = {**cloud.variables, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "LOG_LEVEL": "INFO"}
        handlers = [template.functions[name].handler for name in FUNCTIONS]
        path = {"PATH": os.environ.get("PATH", os.defpath)}
        zygote = parts.enter_context(Zygote(handlers, {**path, **shared, "POWERTOOLS_SERVICE_NAME": "meddah"}, log))
        yield MortalStack(
            cloud=cloud,
            vendor=vendor,
            letterbox=letterbox,
            zygote=zygote,
            template=template,
            environments={name: {**environments[name], **addresses} for name in FUNCTIONS},
            clients=clients,
        )


FUNCTIONS = ("ImagesApi", "ImagesWorker", "VoiceApi", "VoiceWorker", "JobsApi", "JobsWorker", "JobsWatcher")
"""The functions that carry slow work, by their names in the template."""
