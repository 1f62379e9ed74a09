"""Every entry point, run from the built artifacts under AWS's own runtime emulator."""

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest

from local.template import load

if TYPE_CHECKING:
    from tests.build.conftest import Event, Invoke
    from tools.invoke import Cloud

APIS = {
    "account-api": 200,
    "characters-api": 201,
    "config-api": 200,
    "images-api": 202,
    "jobs-api": 200,
    "players-api": 422,  # the emptied house knows no such character
    "system-api": 200,
    "usage-api": 200,
    "voice-api": 202,
    "webhooks-api": 201,
    "worlds-api": 201,
}
WORKERS = ["characters-worker", "images-worker", "jobs-worker", "voice-worker", "webhooks-worker"]

WATCHERS = ["jobs-watcher", "webhooks-watcher"]


def function_of(event_name: str) -> str:
    return "".join(part.capitalize() for part in event_name.split("-"))


def body_of(answer: dict[str, Any]) -> dict[str, Any]:
    return json.loads(answer["body"])


def drain(aws: "Cloud", queue: str) -> dict[str, Any]:
    """Take what waits in a queue, as the event Lambda would be handed."""
    url = aws.sqs.get_queue_url(QueueName=aws.template.queues[queue].name)["QueueUrl"]
    records: list[dict[str, Any]] = []
    while messages := aws.sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
    ).get("Messages"):
        for message in messages:
            aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            records.append(
                {
                    "messageId": message["MessageId"],
                    "receiptHandle": message["ReceiptHandle"],
                    "body": message["Body"],
                    "attributes": message["Attributes"],
                    "messageAttributes": {},
                    "md5OfBody": message["MD5OfBody"],
                    "eventSource": "aws:sqs",
                    "eventSourceARN": f"arn:aws:sqs:eu-central-1:123456789012:{aws.template.queues[queue].name}",
                    "awsRegion": "eu-central-1",
                }
            )
    return {"Records": records}


def test_every_function_has_an_event() -> None:
    assert {function_of(name) for name in [*APIS, *WORKERS, *WATCHERS]} == set(load().functions)


@pytest.mark.parametrize(("name", "status"), APIS.items())
def test_an_api_answers_its_event(name: str, status: int, event: "Event", invoke: "Invoke") -> None:
    answer = invoke(function_of(name), event(name))

    assert answer["statusCode"] == status, answer
    assert answer["headers"]["content-type"].startswith("application/json")
    assert body_of(answer)


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_takes_a_message_about_something_long_gone(name: str, event: "Event", invoke: "Invoke") -> None:
    assert invoke(function_of(name), event(name)) == {"batchItemFailures": []}


@pytest.mark.parametrize("name", WATCHERS)
def test_a_watcher_runs_on_schedule(name: str, event: "Event", invoke: "Invoke") -> None:
    assert invoke(function_of(name), event(name)) == {"due": 0}


def test_an_unknown_path_is_answered_in_our_error_format(event: "Event", invoke: "Invoke") -> None:
    answer = invoke("SystemApi", event("system-api-unknown"))

    assert answer["statusCode"] == 404
    assert body_of(answer)["error"]["code"]


def test_the_documentation_brings_its_own_files(event: "Event", invoke: "Invoke") -> None:
    page = invoke("SystemApi", event("system-api-docs"))
    assert page["statusCode"] == 200
    assert "swagger-ui-bundle.js" in page["body"]
    assert "https://" not in page["body"]

    request = event("system-api-docs")
    request["rawPath"] = request["requestContext"]["http"]["path"] = "/docs/swagger-ui-bundle.js"
    script = invoke("SystemApi", request)
    assert script["statusCode"] == 200
    assert len(script["body"]) > 1_000_000


def test_a_stranger_is_turned_away(event: "Event", invoke: "Invoke") -> None:
    request = event("worlds-api")
    del request["headers"]["authorization"]

    assert invoke("WorldsApi", request)["statusCode"] == 401


@pytest.mark.parametrize(
    ("api", "queue", "worker", "kind"),
    [
        ("voice-api", "SpeechQueue", "VoiceWorker", "audio/mpeg"),
        ("images-api", "ImageQueue", "ImagesWorker", "image/png"),
    ],
)
def test_slow_work_goes_from_order_to_file(
    api: str, queue: str, worker: str, kind: str, event: "Event", invoke: "Invoke", aws: "Cloud"
) -> None:
    drain(aws, queue)
    drain(aws, "FinishQueue")
    order = event(api)
    order["body"] = json.dumps(json.loads(order["body"]) | {"cache": False})  # another test may have ordered the same
    accepted = body_of(invoke(function_of(api), order))

    assert invoke(worker, drain(aws, queue)) == {"batchItemFailures": []}
    assert invoke("JobsWorker", drain(aws, "FinishQueue")) == {"batchItemFailures": []}

    job_id = accepted["job_id"]
    request = event("jobs-api")
    request["rawPath"] = request["requestContext"]["http"]["path"] = f"/v1/jobs/{job_id}"
    job = body_of(invoke("JobsApi", request))
    assert job["status"] == "completed"
    url = next(value for name, value in job["result"].items() if name.endswith("_url"))
    with urlopen(url, timeout=10) as response:
        assert response.headers["content-type"] == kind
        assert len(response.read()) > 100


def test_a_character_speaks_and_remembers(event: "Event", invoke: "Invoke") -> None:
    character = body_of(invoke("CharactersApi", event("characters-api")))
    request = event("characters-api-speak")
    path = f"/v1/characters/{character['id']}/speak"
    request["rawPath"] = request["requestContext"]["http"]["path"] = path
    request["body"] = base64.b64encode(request["body"].encode()).decode()
    request["isBase64Encoded"] = True

    answer = invoke("CharactersApi", request)
    assert answer["statusCode"] == 200, answer

    request["rawPath"] = request["requestContext"]["http"]["path"] = path.replace("/speak", "/memory")
    request["requestContext"]["http"]["method"] = "GET"
    del request["body"]
    assert body_of(invoke("CharactersApi", request))["total"] == 1
