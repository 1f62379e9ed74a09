"""Which deployment a command is meant for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from botocore.exceptions import ClientError, NoCredentialsError

from admin import deployment as deployments
from admin.app import main
from admin.deployment import Deployment, NotRunning, trouble
from common import aws
from local import whereabouts
from local.cloud import Cloud
from tests.support.deployment import forget

Leave = Callable[..., None]


@pytest.fixture(autouse=True)
def elsewhere(environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's AWS, nobody's stacks."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "MEDDAH_")) or name.endswith("_TABLE")]:
        del os.environ[name]
    os.environ |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    monkeypatch.setattr(deployments, "RUNNING", tmp_path)
    monkeypatch.setattr(whereabouts, "FOLDER", tmp_path)
    forget()


@pytest.fixture
def leave(tmp_path: Path) -> Leave:
    """Leave the file of a stack on a port."""

    def write(port: int, *, pid: int | None = None, **environment: str) -> None:
        variables = {
            "AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{port + 1}",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "ACCOUNTS_TABLE": f"accounts-{port}",
            "TENANTS_TABLE": f"keys-{port}",
            **environment,
        }
        found = {"pid": pid or os.getpid(), "environment": variables}
        (tmp_path / f"{port}.json").write_text(json.dumps(found), encoding="utf-8")

    return write


def chosen(
    stage: str | None = None, *, local: bool = False, port: int | None = None, endpoint_url: str | None = None
) -> tuple[str, str, str]:
    """Return where DynamoDB is, and the names of the tables of accounts and keys."""
    accounts = Deployment(stage=stage, local=local, port=port, endpoint_url=endpoint_url).accounts()
    return aws.dynamodb().meta.endpoint_url, accounts._table, accounts._keys_table


def gone() -> int:
    """Return the id of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_a_stage_is_found_by_the_templates_names() -> None:
    os.environ["AWS_DEFAULT_REGION"] = "eu-central-1"

    assert chosen("staging") == (
        "https://dynamodb.eu-central-1.amazonaws.com",
        "meddah-staging-accounts",
        "meddah-staging-tenants",
    )


def test_the_environment_names_tables_as_it_does_for_functions() -> None:
    os.environ |= {"AWS_DEFAULT_REGION": "eu-central-1", "ACCOUNTS_TABLE": "a", "TENANTS_TABLE": "k"}

    assert chosen()[1:] == ("a", "k")


def test_a_stage_that_is_named_beats_what_the_environment_still_names() -> None:
    os.environ |= {"AWS_DEFAULT_REGION": "eu-central-1", "ACCOUNTS_TABLE": "meddah-prod-accounts"}
    assert chosen("dev")[1:] == ("meddah-dev-accounts", "meddah-dev-tenants")

    os.environ["TENANTS_TABLE"] = "meddah-prod-tenants"
    assert chosen("dev")[1:] == ("meddah-dev-accounts", "meddah-dev-tenants")
    forget()
    assert chosen("dev", endpoint_url="http://127.0.0.1:5001")[1:] == ("meddah-dev-accounts", "meddah-dev-tenants")


@pytest.mark.parametrize("left", ["ACCOUNTS_TABLE", "TENANTS_TABLE"])
@pytest.mark.parametrize("endpoint_url", [None, "http://127.0.0.1:5001"])
def test_one_table_in_the_environment_is_half_a_deployment(left: str, endpoint_url: str | None) -> None:
    os.environ[left] = "x"

    with pytest.raises(typer.BadParameter, match="both"):
        chosen(endpoint_url=endpoint_url)


@pytest.mark.parametrize(
    ("stage", "port", "endpoint_url", "named"),
    [
        ("prod", None, None, "--stage"),
        ("prod", 9123, None, "--stage"),
        (None, None, "http://127.0.0.1:1", "--endpoint"),
    ],
)
def test_of_two_deployments_none_is_chosen(
    leave: Leave, stage: str | None, port: int | None, endpoint_url: str | None, named: str
) -> None:
    leave(9123)

    with pytest.raises(typer.BadParameter, match=named):
        chosen(stage, local=True, port=port, endpoint_url=endpoint_url)


def test_a_stage_in_the_environment_is_named_too(leave: Leave, capsys: pytest.CaptureFixture[str]) -> None:
    leave(9123)
    os.environ["MEDDAH_STAGE"] = "prod"

    assert main(["--local", "tenants", "list"]) == 2
    assert "MEDDAH_STAGE" in capsys.readouterr().err


def test_no_stage_is_the_wrong_one() -> None:
    with pytest.raises(typer.BadParameter, match="--stage"):
        chosen()


def test_an_address_on_this_machine_needs_no_account() -> None:
    assert chosen(endpoint_url="http://127.0.0.1:5001") == (
        "http://127.0.0.1:5001",
        "meddah-dev-accounts",
        "meddah-dev-tenants",
    )
    assert os.environ["AWS_ACCESS_KEY_ID"] == "local"


def test_an_address_elsewhere_needs_one() -> None:
    os.environ["AWS_DEFAULT_REGION"] = "eu-central-1"
    chosen(endpoint_url="https://dynamodb.internal")

    assert "AWS_ACCESS_KEY_ID" not in os.environ


def test_the_only_stack_that_runs_is_the_one(leave: Leave) -> None:
    leave(9123, AWS_ACCESS_KEY_ID="local", AWS_SECRET_ACCESS_KEY="local")
    leave(9124, pid=gone())
    os.environ |= {"AWS_PROFILE": "production", "AWS_SESSION_TOKEN": "x"}

    assert chosen(local=True) == ("http://127.0.0.1:9124", "accounts-9123", "keys-9123")
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & set(os.environ), "no real account is asked with moto's keys"


def test_of_several_stacks_the_usual_port_is_meant_or_the_one_named(leave: Leave) -> None:
    for port in (9000, 9123):
        leave(port)

    assert chosen(local=True)[1] == "accounts-9000"
    forget()
    assert chosen(local=True, port=9123)[1] == "accounts-9123"


def test_a_stack_that_does_not_run_is_not_guessed_at(leave: Leave) -> None:
    leave(9123)
    leave(9124)
    leave(9125, pid=gone())

    for port in (None, 9125):
        with pytest.raises(NotRunning, match="9123, 9124"):
            chosen(local=True, port=port)


def test_a_broken_file_is_no_stack(leave: Leave, tmp_path: Path) -> None:
    for name in ("9000.json", "notes.json"):
        (tmp_path / name).write_text("{", encoding="utf-8")

    with pytest.raises(NotRunning, match="make run"):
        chosen(local=True)


def test_a_stack_leaves_word_of_itself_while_it_runs() -> None:
    found = {"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:1", "AWS_DEFAULT_REGION": "eu-central-1"}
    with whereabouts.announced(9200, found | {"ACCOUNTS_TABLE": "a", "TENANTS_TABLE": "k"}):
        assert chosen(local=True) == ("http://127.0.0.1:1", "a", "k")

    with pytest.raises(NotRunning):
        chosen(local=True)


async def test_a_stack_leaves_nobodys_credentials_behind_but_motos() -> None:
    endpoints = {f"AWS_ENDPOINT_URL_{name}": "http://127.0.0.1:1" for name in ("DYNAMODB", "SQS", "S3")}
    keys = {"AWS_ACCESS_KEY_ID": "theirs", "AWS_SECRET_ACCESS_KEY": "gizli", "AWS_REGION": "eu-west-1"}

    theirs = (await Cloud.open({**endpoints, **keys})).way
    assert theirs == {
        "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_REGION": "eu-west-1",
    }
    assert (await Cloud.open(endpoints)).way["AWS_ACCESS_KEY_ID"] == "local"


def test_both_sides_mean_one_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()

    assert deployments.RUNNING == whereabouts.FOLDER


def test_trouble_with_aws_is_told_and_a_bug_is_not() -> None:
    missing = ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "x"}}, "GetItem")
    denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not you"}}, "GetItem")

    assert "deployed" in str(trouble(missing))
    assert "not you" in str(trouble(denied))
    assert "credentials" in str(trouble(NoCredentialsError()))
    assert trouble(KeyError("x")) is None


def test_what_cannot_be_reached_is_one_line_and_a_one(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--endpoint-url", "http://127.0.0.1:1", "tenants", "list"])

    printed = capsys.readouterr()
    assert (code, printed.out) == (1, "")
    assert printed.err.startswith("Error: AWS: ") and len(printed.err.splitlines()) == 1


def test_without_a_deployment_the_command_is_a_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tenants", "list"]) == 2
    assert "--local" in capsys.readouterr().err
