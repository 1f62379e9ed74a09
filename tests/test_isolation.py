import os
import socket
from contextlib import suppress
from urllib.request import urlopen

import pytest

from common import aws
from tests.support.deployment import Deployment


def test_a_test_that_leaves_this_machine_fails_even_if_it_catches_exceptions(attempts: list[str]) -> None:
    with pytest.raises(pytest.fail.Exception, match="tests stay on this machine"), suppress(Exception):
        socket.create_connection(("192.0.2.1", 80), timeout=1)

    attempts.clear()


def test_a_name_is_not_even_looked_up(attempts: list[str]) -> None:
    with pytest.raises(pytest.fail.Exception, match=r"example\.org"):
        urlopen("http://example.org")

    attempts.clear()


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass


@pytest.mark.parametrize("run", [1, 2])
def test_every_test_finds_the_deployment_empty(deployment: Deployment, run: int) -> None:
    table = deployment.settings.worlds_table
    assert deployment.dynamodb.scan(TableName=table)["Count"] == 0

    deployment.dynamodb.put_item(TableName=table, Item={"tenant_id": {"S": "t"}, "world_id": {"S": "w"}})


def test_the_clients_of_the_code_are_the_deployments(deployment: Deployment) -> None:
    assert aws.dynamodb() is deployment.dynamodb


def test_a_deployment_leaves_nothing_behind() -> None:
    assert aws.dynamodb.cache_info().currsize == 0
    assert "WORLDS_TABLE" not in os.environ
