"""template.yaml, read the way AWS would read it: what there is to create, and what calls which function."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from local.cloudformation import ACCOUNT, Resolver, read_yaml

TEMPLATE = Path(__file__).parent.parent / "template.yaml"

_UNITS = {"minute": 60, "hour": 3_600, "day": 86_400}
_CREATE_TABLE = (
    "TableName",
    "AttributeDefinitions",
    "KeySchema",
    "BillingMode",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
)


@dataclass(frozen=True)
class Table:
    """A DynamoDB table: `create` holds the arguments of `create_table`."""

    name: str
    create: Mapping[str, Any]
    ttl_attribute: str | None


@dataclass(frozen=True)
class Queue:
    """An SQS queue: `attributes` as `create_queue` takes them, except the redrive policy."""

    name: str
    attributes: Mapping[str, str]
    visibility_timeout: int
    """Seconds."""
    dead_letters: str | None
    """Name of the queue that takes messages after `max_receives` deliveries."""
    max_receives: int | None


@dataclass(frozen=True)
class Bucket:
    """A bucket of S3."""

    name: str


@dataclass(frozen=True)
class Route:
    """One route of the HTTP API."""

    method: str
    path: str

    @property
    def key(self) -> str:
        """API Gateway's route key: `GET /v1/jobs/{job_id}`, or `$default`."""
        return self.path if self.path == "$default" else f"{self.method} {self.path}"


@dataclass(frozen=True)
class QueueSource:
    """A queue whose messages are handed to a function, at most `batch_size` at a time."""

    queue: str
    """The queue's name."""
    batch_size: int
    max_concurrency: int | None
    partial_failures: bool


@dataclass(frozen=True)
class Function:
    """A Lambda function, its environment still naming queues by reference; see `Template.environment`."""

    name: str
    handler: str
    timeout: int
    """Seconds."""
    memory: int
    """MB."""
    environment: Mapping[str, Any]
    routes: tuple[Route, ...]
    queues: tuple[QueueSource, ...]
    schedules: tuple[int, ...]
    """Seconds between two runs, per schedule."""


@dataclass(frozen=True)
class Template:
    """The stack as it would be deployed. Keys are the template's logical ids."""

    document: Mapping[str, Any]
    tables: Mapping[str, Table]
    queues: Mapping[str, Queue]
    buckets: Mapping[str, Bucket]
    functions: Mapping[str, Function]
    resolver: Resolver = field(repr=False)

    def environment(self, function: str, queue_urls: Mapping[str, str]) -> dict[str, str]:
        """Return exactly the variables the function would see; `queue_urls` by the queues' logical ids."""
        resolver = replace(self.resolver, references={**self.resolver.references, **queue_urls})
        return {name: str(value) for name, value in resolver.resolve(self.functions[function].environment).items()}


def load(
    path: Path = TEMPLATE, *, parameters: Mapping[str, str] | None = None, region: str = "eu-central-1"
) -> Template:
    """Return the stack that `path` describes with these parameters, its other parameters at their defaults.

    Raises:
        KeyError: the template uses an intrinsic function, or refers to a resource, that is not played here.
    """
    document = read_yaml(path)
    resources: dict[str, dict[str, Any]] = document["Resources"]
    naming = Resolver(document, parameters or {}, region)
    references: dict[str, str] = {}
    attributes: dict[str, str] = {}
    for logical_id, resource in resources.items():
        name, arn = _identity(resource, naming)
        if name and arn:
            references[logical_id] = name
            attributes[f"{logical_id}.Arn"] = arn
            attributes[f"{logical_id}.QueueName"] = name
    resolver = replace(naming, references=references, attributes=attributes)

    def of_type(kind: str) -> dict[str, dict[str, Any]]:
        return {key: value.get("Properties", {}) for key, value in resources.items() if value["Type"] == kind}

    defaults: dict[str, Any] = document["Globals"]["Function"]
    return Template(
        document=document,
        tables={key: _table(resolver.resolve(value)) for key, value in of_type("AWS::DynamoDB::Table").items()},
        queues={key: _queue(resolver.resolve(value)) for key, value in of_type("AWS::SQS::Queue").items()},
        buckets={key: Bucket(references[key]) for key in of_type("AWS::S3::Bucket")},
        functions={
            key: _function(key, value, defaults=defaults, resolver=resolver)
            for key, value in of_type("AWS::Serverless::Function").items()
        },
        resolver=resolver,
    )


def _identity(resource: Mapping[str, Any], naming: Resolver) -> tuple[str | None, str | None]:
    properties = resource.get("Properties", {})
    match resource["Type"]:
        case "AWS::DynamoDB::Table":
            name = naming.resolve(properties["TableName"])
            return name, f"arn:aws:dynamodb:{naming.region}:{ACCOUNT}:table/{name}"
        case "AWS::SQS::Queue":
            name = naming.resolve(properties["QueueName"])
            return name, f"arn:aws:sqs:{naming.region}:{ACCOUNT}:{name}"
        case "AWS::Serverless::HttpApi":
            return "local", f"arn:aws:apigateway:{naming.region}::/apis/local"
        case "AWS::S3::Bucket":
            name = naming.resolve(properties["BucketName"])
            return name, f"arn:aws:s3:::{name}"
        case _:
            return None, None


def _table(properties: Mapping[str, Any]) -> Table:
    ttl = properties.get("TimeToLiveSpecification", {})
    return Table(
        name=properties["TableName"],
        create={key: properties[key] for key in _CREATE_TABLE if key in properties},
        ttl_attribute=ttl["AttributeName"] if ttl.get("Enabled") else None,
    )


def _queue(properties: Mapping[str, Any]) -> Queue:
    redrive = properties.get("RedrivePolicy")
    plain = {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in properties.items()
        if key not in {"QueueName", "RedrivePolicy"}
    }
    return Queue(
        name=properties["QueueName"],
        attributes=plain,
        visibility_timeout=int(properties.get("VisibilityTimeout", 30)),
        dead_letters=redrive["deadLetterTargetArn"].rsplit(":", 1)[1] if redrive else None,
        max_receives=int(redrive["maxReceiveCount"]) if redrive else None,
    )


def _function(
    logical_id: str, properties: Mapping[str, Any], *, defaults: Mapping[str, Any], resolver: Resolver
) -> Function:
    merged = {**defaults, **properties}
    variables = [source.get("Environment", {}).get("Variables", {}) for source in (defaults, properties)]
    events = [
        (event["Type"], resolver.resolve({k: v for k, v in event["Properties"].items() if k != "ApiId"}))
        for event in properties.get("Events", {}).values()
    ]
    return Function(
        name=logical_id,
        handler=merged["Handler"],
        timeout=int(merged["Timeout"]),
        memory=int(merged["MemorySize"]),
        environment={**variables[0], **variables[1]},
        routes=tuple(_route(event) for kind, event in events if kind == "HttpApi"),
        queues=tuple(_queue_source(event) for kind, event in events if kind == "SQS"),
        schedules=tuple(_seconds(event["Schedule"]) for kind, event in events if kind == "Schedule"),
    )


def _route(event: Mapping[str, Any]) -> Route:
    return Route(method=event.get("Method", "ANY").upper(), path=event.get("Path", "$default"))


def _queue_source(event: Mapping[str, Any]) -> QueueSource:
    return QueueSource(
        queue=event["Queue"].rsplit(":", 1)[1],
        batch_size=int(event.get("BatchSize", 10)),
        max_concurrency=event.get("ScalingConfig", {}).get("MaximumConcurrency"),
        partial_failures="ReportBatchItemFailures" in event.get("FunctionResponseTypes", []),
    )


def _seconds(expression: str) -> int:
    """`rate(5 minutes)` is 300."""
    count, unit = expression.removeprefix("rate(").removesuffix(")").split()
    return int(count) * _UNITS[unit.removesuffix("s")]
