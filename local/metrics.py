"""`GET /metrics`: what the functions measured since the stack began, as Prometheus reads it. Of this stack alone.

On AWS CloudWatch makes metrics of the lines in its embedded format that functions print; here they are added up.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from local.gateway import Gateway, Receive, Send

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType

PATH = "/metrics"
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600)
"""Where the histograms are cut: from an answer at once to a job that is given up."""
_SERVICE = "service"
"""The dimension that names the stage: there is but one here."""
_STATES: "dict[QueueAttributeNameType, str]" = {
    "ApproximateNumberOfMessages": "visible",
    "ApproximateNumberOfMessagesNotVisible": "in_flight",
    "ApproximateNumberOfMessagesDelayed": "delayed",
}
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

disable_created_metrics()


class _Depths(Collector):
    """How many messages lie in each queue, asked when somebody looks; nothing of a queue that does not answer."""

    def __init__(self, sqs: "SQSClient", queues: tuple[str, ...]) -> None:
        self._sqs = sqs
        self._queues = queues

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return the one family."""
        depths = GaugeMetricFamily("meddah_queue_messages", "Messages in a queue.", labels=["queue", "state"])
        for queue in self._queues:
            for name, depth in self._attributes(queue).items():
                depths.add_metric([queue, _STATES[name]], float(depth))
        yield depths

    def _attributes(self, queue: str) -> Mapping["QueueAttributeNameType", str]:
        try:
            url = self._sqs.get_queue_url(QueueName=queue)["QueueUrl"]
            return self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(_STATES))["Attributes"]
        except (BotoCoreError, ClientError):
            return {}


class Metrics:
    """Adds up what functions print."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._families: dict[str, Counter | Histogram] = {}

    def watch(self, sqs: "SQSClient", queues: tuple[str, ...]) -> None:
        """Show the depths of these queues too."""
        self._registry.register(_Depths(sqs, queues))

    def take(self, line: str) -> None:
        """Add a line of a function's log, if it is one of metrics; what is not in the format is nobody's metric."""
        if '"_aws"' not in line:
            return
        try:
            self._add(json.loads(line))
        except (ValueError, TypeError, KeyError, AttributeError):
            return

    def exposed(self) -> bytes:
        """Return all metrics in Prometheus' text format; asks the queues."""
        return generate_latest(self._registry)

    def _add(self, record: Mapping[str, Any]) -> None:
        for directive in record["_aws"]["CloudWatchMetrics"]:
            names = sorted({name for dimensions in directive["Dimensions"] for name in dimensions} - {_SERVICE})
            labels = {name: str(record[name]) for name in names}
            for metric in directive["Metrics"]:
                found = record[metric["Name"]]
                values = cast("list[float]", found if isinstance(found, list) else [found])
                family = self._family(directive["Namespace"], metric, tuple(labels))
                for value in values:
                    _note(family.labels(**labels) if labels else family, float(value))

    def _family(self, namespace: str, metric: Mapping[str, str], labels: tuple[str, ...]) -> Counter | Histogram:
        name = "_".join(_WORDS.split(f"{namespace}_{metric['Name']}")).lower()
        if name not in self._families:
            about = f"{metric['Name']} of the namespace {namespace}."
            self._families[name] = (
                Histogram(name, about, labels, registry=self._registry, buckets=_SECONDS)
                if metric["Unit"] == "Seconds"
                else Counter(name, about, labels, registry=self._registry)
            )
        return self._families[name]


def _note(family: Counter | Histogram, value: float) -> None:
    if isinstance(family, Histogram):
        family.observe(value)
    else:
        family.inc(value)


class Exposed:
    """The gateway, and beside it the one path that AWS does not have."""

    def __init__(self, gateway: Gateway, metrics: Metrics) -> None:
        self._gateway = gateway
        self._metrics = metrics

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or (scope["method"], scope["path"]) != ("GET", PATH):
            await self._gateway(scope, receive, send)
            return
        body = await asyncio.to_thread(self._metrics.exposed)
        headers = [(b"content-type", CONTENT_TYPE_PLAIN_0_0_4.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
