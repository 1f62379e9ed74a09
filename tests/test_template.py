"""The template against the code, from both sides: what one names, the other has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from characters.models import Exchange
from characters.repository import CharacterRepository, MemoryRepository
from common.cache import reply_cache
from common.config import CacheConfig
from common.idempotency import Once, Run, Sent, answers
from common.jobs import LEASE_SECONDS, Job, JobKind, JobRepository, OpenJobs, jobs_of
from common.observability import metrics
from common.providers.asking import DEADLINE_SECONDS
from common.settings import Settings
from common.sqs import MAX_DELIVERIES
from common.storage import TenantRepository
from common.tenancy import tenants
from common.worlds import World, WorldRepository
from images.service import SUBMIT_SECONDS as IMAGE_SUBMIT_SECONDS
from jobs.service import COLLECT_SECONDS
from jobs.service import watching as jobs_watching
from system.service import HEALTH_SECONDS, openapi_document
from tests.support.deployment import Deployment, template
from tests.support.money import store_jobs
from voice.service import SUBMIT_SECONDS as SPEECH_SUBMIT_SECONDS
from voice.service import TRANSCRIBE_SECONDS
from webhooks import repository as webhooks
from webhooks.service import TIMEOUT_SECONDS as WEBHOOK_SECONDS
from webhooks.service import watching as webhooks_watching

ROOT = Path(__file__).parent.parent
GATEWAY_SECONDS = 30
READ_BY_OTHERS = {
    "LOG_LEVEL",  # Powertools
    "POWERTOOLS_SERVICE_NAME",  # Powertools
}
UNPUBLISHED = {"$default", "GET /docs/{file}", "POST /v1/vendor/fal"}
BY_DEFAULT = {"FAL_RUN_URL", "FAL_QUEUE_URL", "FAL_REST_URL", "FAL_MEDIA_HOSTS", "FAL_WEBHOOK_JWKS_URL"}
"""Right as the code has them; a laptop's stand-in has others."""
LAPTOP_ONLY = {"FAL_KEY", "OUTBOUND_LOOPBACK"}
CALLED_BACK = {"ImagesWorker", "VoiceWorker", "JobsWorker"}
"""Who needs to know where the vendor reaches us."""

TEMPLATE = template()
RESOURCES: dict[str, dict[str, Any]] = TEMPLATE.document["Resources"]
PUBLISHED: dict[str, dict[str, Any]] = json.loads(openapi_document())["paths"]
WORKERS = [name for name, function in TEMPLATE.functions.items() if function.queues]
QUEUES = {queue.name: queue for queue in TEMPLATE.queues.values()}
CONSUMED = {source.queue for function in TEMPLATE.functions.values() for source in function.queues}
DEAD_LETTERS = {queue.dead_letters for queue in TEMPLATE.queues.values()} - {None}


def _of_type(kind: str) -> dict[str, dict[str, Any]]:
    return {name: resource["Properties"] for name, resource in RESOURCES.items() if resource["Type"] == kind}


def _published_keys(paths: dict[str, Any]) -> set[str]:
    return {f"{method.upper()} {path}" for path, operations in paths.items() for method in operations}


# ── Functions and routes ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", TEMPLATE.functions)
def test_every_handler_can_be_imported_and_called(name: str) -> None:
    module, _, attribute = TEMPLATE.functions[name].handler.rpartition(".")

    assert callable(getattr(import_module(module), attribute))


def test_every_entry_point_in_the_code_is_a_function_of_the_template() -> None:
    found = {
        f"{path.parent.name}.{path.stem}.handler"
        for path in ROOT.glob("functions/*/*.py")
        if path.stem in {"api", "worker", "watcher"}
    }

    assert found == {function.handler for function in TEMPLATE.functions.values()}


def test_every_published_operation_has_a_route_and_every_route_is_published() -> None:
    routes = [route.key for function in TEMPLATE.functions.values() for route in function.routes]

    assert len(routes) == len(set(routes))
    assert set(routes) - UNPUBLISHED == _published_keys(PUBLISHED)
    assert set(routes) >= UNPUBLISHED


@pytest.mark.parametrize("name", [name for name, function in TEMPLATE.functions.items() if function.routes])
def test_a_route_leads_to_the_domain_that_serves_it(name: str) -> None:
    function = TEMPLATE.functions[name]
    served = import_module(function.handler.rpartition(".")[0]).app.openapi()["paths"]

    assert {route.key for route in function.routes} - UNPUBLISHED == _published_keys(served)


def test_what_nobody_else_serves_reaches_the_system_domain() -> None:
    keys = {route.key for route in TEMPLATE.functions["SystemApi"].routes}

    assert keys >= {"$default", "GET /docs/{file}"}


# ── Permissions ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _policies(name: str) -> list[Any]:
    return RESOURCES[name]["Properties"].get("Policies", [])


FOR_NOBODY = {"SystemApi", "WebhooksWorker", "WebhooksWatcher"}
"""Who needs to know neither a tenant's key nor its ledger."""


@pytest.mark.parametrize("name", [name for name in TEMPLATE.functions if name not in FOR_NOBODY])
def test_every_function_that_works_for_a_tenant_knows_it_and_keeps_its_ledger(name: str) -> None:
    assert {"Ref": "KnowTenants"} in _policies(name)
    assert {"Ref": "KeepLedger"} in _policies(name)
    assert {"Ref": "TellOfEvents"} in _policies(name)


def test_health_may_look_at_everything_it_checks() -> None:
    (policy,) = _policies("SystemApi")
    (looking,) = (one for one in policy["Statement"] if one["Action"] == ["dynamodb:DescribeTable"])

    assert {resource["Fn::GetAtt"][0] for resource in looking["Resource"]} == set(TEMPLATE.tables)


# ── Environment ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_environment_is_exactly_what_the_code_reads() -> None:
    given = set(TEMPLATE.document["Globals"]["Function"]["Environment"]["Variables"])

    read = {name.upper() for name in Settings.model_fields} - BY_DEFAULT - LAPTOP_ONLY - {"PUBLIC_URL"}
    assert given - READ_BY_OTHERS == read
    assert given >= READ_BY_OTHERS


def test_no_deployment_can_be_told_to_call_itself() -> None:
    assert "OUTBOUND_LOOPBACK" not in (ROOT / "template.yaml").read_text(encoding="utf-8").upper()


def test_only_those_the_vendor_answers_know_where_it_reaches_us() -> None:
    urls = dict.fromkeys(TEMPLATE.queues, "")

    assert {name for name in TEMPLATE.functions if "PUBLIC_URL" in TEMPLATE.environment(name, urls)} == CALLED_BACK


@pytest.mark.parametrize("name", TEMPLATE.functions)
def test_a_function_gets_settings_that_are_valid(name: str) -> None:
    urls = {logical_id: f"https://queue/{logical_id}" for logical_id in TEMPLATE.queues}
    environment = TEMPLATE.environment(name, urls)

    Settings.model_validate({key.lower(): value for key, value in environment.items()})


def test_the_alarm_on_our_own_5xx_watches_the_metric_the_code_counts() -> None:
    alarm = TEMPLATE.resolver.resolve(RESOURCES["Http5xxAlarm"]["Properties"])
    service = TEMPLATE.environment("SystemApi", dict.fromkeys(TEMPLATE.queues, ""))["POWERTOOLS_SERVICE_NAME"]

    assert (alarm["Namespace"], alarm["MetricName"]) == (metrics.namespace, "Http5xx")
    assert alarm["Dimensions"] == [{"Name": "service", "Value": service}]


# ── Time ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", [name for name, function in TEMPLATE.functions.items() if function.routes])
def test_a_function_gives_up_before_the_gateway_and_after_its_own_deadlines(name: str) -> None:
    timeout = TEMPLATE.functions[name].timeout

    assert max(DEADLINE_SECONDS, TRANSCRIBE_SECONDS, HEALTH_SECONDS) < timeout < GATEWAY_SECONDS


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_outlives_its_own_deadlines_and_is_outlived_by_its_lease(name: str) -> None:
    timeout = TEMPLATE.functions[name].timeout

    assert max(DEADLINE_SECONDS, COLLECT_SECONDS, IMAGE_SUBMIT_SECONDS, SPEECH_SUBMIT_SECONDS) < timeout
    assert timeout < LEASE_SECONDS
    assert WEBHOOK_SECONDS < timeout < webhooks.LEASE_SECONDS


@pytest.mark.parametrize(
    ("name", "seconds"),
    [("WebhooksWatcher", webhooks_watching.PASS_SECONDS), ("JobsWatcher", jobs_watching.PASS_SECONDS)],
)
def test_a_watcher_ends_its_look_before_it_is_ended(name: str, seconds: float) -> None:
    assert TEMPLATE.functions[name].timeout > seconds


@pytest.mark.parametrize("name", WORKERS)
def test_a_message_stays_hidden_for_six_times_the_workers_timeout_and_longer_than_a_lease(name: str) -> None:
    function = TEMPLATE.functions[name]
    for source in function.queues:
        assert QUEUES[source.queue].visibility_timeout >= 6 * function.timeout
        assert QUEUES[source.queue].visibility_timeout > LEASE_SECONDS


# ── Queues ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_queue_is_consumed_or_holds_dead_letters() -> None:
    assert set(QUEUES) == CONSUMED | DEAD_LETTERS
    assert not CONSUMED & DEAD_LETTERS


@pytest.mark.parametrize("name", sorted(CONSUMED))
def test_a_message_given_up_is_kept_and_raises_an_alarm(name: str) -> None:
    dead_letters = QUEUES[name].dead_letters
    alarmed = [
        dimension["Value"]
        for alarm in map(TEMPLATE.resolver.resolve, _alarms())
        if alarm["Namespace"] == "AWS/SQS" and alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
        for dimension in alarm["Dimensions"]
    ]

    assert QUEUES[name].max_receives == MAX_DELIVERIES
    assert dead_letters in QUEUES
    assert alarmed.count(dead_letters) == 1
    assert int(QUEUES[str(dead_letters)].attributes["MessageRetentionPeriod"]) == 14 * 24 * 3600


def _alarms() -> list[dict[str, Any]]:
    known = {f"{name}.QueueName" for name in TEMPLATE.queues}
    return [
        alarm
        for alarm in _of_type("AWS::CloudWatch::Alarm").values()
        if all(".".join(d["Value"].get("Fn::GetAtt", [])) in known for d in alarm["Dimensions"])
    ]


@pytest.mark.parametrize("name", WORKERS)
def test_one_bad_message_does_not_bring_its_batch_back(name: str) -> None:
    assert all(source.partial_failures for source in TEMPLATE.functions[name].queues)


@pytest.mark.parametrize("name", TEMPLATE.functions)
def test_every_function_logs_to_a_group_that_forgets(name: str) -> None:
    group = RESOURCES[name]["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]

    assert RESOURCES[group]["Type"] == "AWS::Logs::LogGroup"
    assert int(TEMPLATE.resolver.resolve(RESOURCES[group]["Properties"]["RetentionInDays"])) > 0


def test_no_two_functions_share_a_log_group() -> None:
    groups = [RESOURCES[name]["Properties"]["LoggingConfig"]["LogGroup"]["Ref"] for name in TEMPLATE.functions]

    assert len(groups) == len(set(groups))


# ── Tables ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class Observed:
    """What was asked of DynamoDB: keys by table, and indexes."""

    def __init__(self) -> None:
        self.keys: dict[str, set[frozenset[str]]] = {}
        self.indexes: set[tuple[str, str]] = set()

    def note(self, params: dict[str, Any], **_: Any) -> None:
        for write in params.get("TransactItems", []):
            self.note(next(iter(write.values())))
        if "TableName" in params and "Key" in params:
            self.keys.setdefault(params["TableName"], set()).add(frozenset(params["Key"]))
        if "IndexName" in params:
            self.indexes.add((params["TableName"], params["IndexName"]))


@pytest.fixture
def observed(deployment: Deployment) -> Iterator[Observed]:
    noted = Observed()
    events = deployment.dynamodb.meta.events
    events.register("provide-client-params.dynamodb.*", noted.note, "observed")
    yield noted
    events.unregister("provide-client-params.dynamodb.*", noted.note, "observed")


def _use_every_repository(deployment: Deployment) -> None:
    names, client = deployment.settings, deployment.dynamodb
    worlds = WorldRepository("t", client=client, table=names.worlds_table)
    worlds.add(World(id="world_" + "0" * 26, created_at=""))
    stores: list[TenantRepository[Any]] = [
        worlds,
        CharacterRepository("t", client=client, table=names.characters_table),
    ]
    for store in stores:
        store.page_at(limit=1, offset=1)
        store.total()
    memory = MemoryRepository("t", client=client, table=names.memory_table)
    memory.append("c", Exchange(id="0" * 26, message="a", reply="b", created_at=""))
    memory.window("c", limit=2)
    jobs = jobs_of("t")
    store_jobs(jobs, Job(id="job_" + "0" * 26, kind=JobKind.IMAGE, order={}, created_at=0))
    jobs.claim("job_" + "0" * 26, lease=1)
    jobs.recent(limit=1, cursor=None, kind=None, status=None)
    jobs.waiting.first(JobKind.IMAGE, limit=1)
    OpenJobs(client=client, table=names.jobs_table, clock=lambda: 9e9).due(limit=1)
    tenant = tenants().authenticate("Bearer demo-key-123")
    reply_cache("t", CacheConfig()).get("x")
    once = Once.of(tenant, "k", Sent("/", b"", b""), route="POST /", bearer="demo-key-123")
    answers().free(Run(once, "r"))
    webhooks.endpoints_of("t").all()
    webhooks.deliveries_of("t").handed_out("evt_" + "0" * 26)
    webhooks.overdue().due(limit=1)


def _key_names(schema: list[dict[str, str]]) -> list[str]:
    return [part["AttributeName"] for part in sorted(schema, key=lambda part: part["KeyType"])]


def test_the_keys_and_indexes_of_the_tables_are_those_the_repositories_use(
    deployment: Deployment, observed: Observed
) -> None:
    _use_every_repository(deployment)

    tables = TEMPLATE.tables.values()
    assert observed.keys == {table.name: {frozenset(_key_names(table.create["KeySchema"]))} for table in tables}
    assert observed.indexes == {
        (table.name, index["IndexName"]) for table in tables for index in table.create.get("GlobalSecondaryIndexes", [])
    }


@pytest.mark.parametrize(
    ("table", "keys"),
    [
        ("CharactersTable", ["tenant_id", CharacterRepository.key]),
        ("WorldsTable", ["tenant_id", WorldRepository.key]),
        ("JobsTable", ["tenant_id", JobRepository.key]),
        ("MemoryTable", ["owner", "exchange_id"]),
        ("TenantsTable", ["key_hash"]),
        ("AccountsTable", ["tenant_id", "item"]),
        ("UsageTable", ["tenant_id", "window"]),
        ("CacheTable", ["tenant_id", "cache_key"]),
        ("IdempotencyTable", ["tenant_id", "request_key"]),
        ("WebhooksTable", ["tenant_id", "item"]),
    ],
)
def test_a_table_is_partitioned_by_tenant(table: str, keys: list[str]) -> None:
    schema = TEMPLATE.tables[table].create["KeySchema"]

    assert [part["AttributeName"] for part in schema] == keys
    assert [part["KeyType"] for part in schema] == ["HASH", "RANGE"][: len(keys)]


def test_what_passes_is_forgotten_by_the_database_and_by_the_field_the_code_writes() -> None:
    forgetting = {name: table.ttl_attribute for name, table in TEMPLATE.tables.items() if table.ttl_attribute}

    passing = {"CacheTable", "IdempotencyTable", "JobsTable", "UsageTable", "WebhooksTable"}
    assert forgetting == dict.fromkeys(passing, "expires_at")
    assert "expires_at" in Job.model_fields


@pytest.mark.parametrize(
    "table",
    ["UsageTable", "WebhooksTable", *(name for name, table in TEMPLATE.tables.items() if not table.ttl_attribute)],
)
def test_what_belongs_to_a_studio_can_be_recovered(table: str) -> None:
    given = RESOURCES[table]["Properties"]

    assert given["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert given["BillingMode"] == "PAY_PER_REQUEST"
    assert RESOURCES[table]["DeletionPolicy"] == "Retain"
