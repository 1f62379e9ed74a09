"""What was given up can be seen and sent back; nothing of its content is shown, and nothing is lost on the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from admin.app import main
from admin.letters import DeadLetters
from common.jobs import FinishMessage, JobMessage
from tests.admin.conftest import Admin
from tests.support.deployment import Deployment

SECRET = "gizli 7731"
JOB = "job_01M7X5H6P41RCH3AQ99YQAC0H7"


GiveUp = Callable[..., str]


@pytest.fixture
def give_up(deployment: Deployment) -> GiveUp:
    """Put a message where SQS puts one that failed five times."""

    def put(queue: str, body: str, **options: Any) -> str:
        url = _url(deployment, f"{queue}-dead-letters")
        deployment.sqs.send_message(QueueUrl=url, MessageBody=body, **options)
        return url

    return put


def _url(deployment: Deployment, queue: str) -> str:
    return deployment.sqs.get_queue_url(QueueName=f"meddah-dev-{queue}")["QueueUrl"]


def _depth(deployment: Deployment, queue: str) -> int:
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    found = deployment.sqs.get_queue_attributes(QueueUrl=_url(deployment, queue), AttributeNames=list(names))
    return sum(int(found["Attributes"][name]) for name in names)


def _job_message(tenant: str = "alice") -> str:
    return JobMessage(tenant_id=tenant, job_id=JOB).model_dump_json()


def _letters(deployment: Deployment, *, moves: bool = False, client: Any = None, now: float = 2e9) -> DeadLetters:
    return DeadLetters(client or deployment.sqs, prefix="meddah-dev-", moves=moves, clock=lambda: now)


# ── Looking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_letter_is_listed_with_whose_and_about_what_it_is(admin: Admin, give_up: GiveUp) -> None:
    give_up("image", _job_message())

    (letter,) = admin("dead-letters", "list", "image", "--json").json["items"]
    assert (letter["queue"], letter["tenant_id"], letter["about"], letter["receives"]) == ("image", "alice", JOB, 1)
    assert 0 <= letter["age_seconds"] < 60


def test_without_a_queue_all_of_them_are_listed(admin: Admin, give_up: GiveUp) -> None:
    give_up("image", _job_message("alice"))
    give_up("finish", FinishMessage(tenant_id="bob", job_id=JOB, output={"text": SECRET}).model_dump_json())
    give_up("memory", json.dumps({"tenant_id": "eve", "task": "purge", "character_id": "char_1", "user_id": SECRET}))

    said = admin("dead-letters", "list")
    assert [line.split() for line in said.out.splitlines()[2:]] == [
        ["finish", "0s", "bob", JOB, "1"],
        ["image", "0s", "alice", JOB, "1"],
        ["memory", "0s", "eve", "char_1", "1"],
    ]


@pytest.mark.parametrize(
    "body",
    [
        SECRET,
        json.dumps([SECRET]),
        json.dumps({"tenant_id": SECRET, "job_id": SECRET}),
        json.dumps({"tenant_id": {"name": SECRET}, "job_id": [SECRET]}),
        json.dumps({"text": SECRET, "job_id": "x" * 101}),
        "null",
    ],
)
def test_what_is_no_message_of_ours_is_listed_without_a_word_of_it(admin: Admin, give_up: GiveUp, body: str) -> None:
    give_up("speech", body)

    said = admin("dead-letters", "list", "speech")
    assert said.out.splitlines()[-1].split() == ["speech", "0s", "?", "?", "1"]
    assert SECRET not in said.out + admin("dead-letters", "list", "--json").out


def test_a_look_leaves_every_letter_where_it_is(deployment: Deployment, admin: Admin, give_up: GiveUp) -> None:
    for tenant in range(23):
        url = give_up("image", _job_message(f"t{tenant}"))

    first, second = (admin("dead-letters", "list", "image", "--json").json["items"] for _ in range(2))

    assert {one["tenant_id"] for one in first} == {f"t{tenant}" for tenant in range(23)}
    assert [one["receives"] for one in second] == [2] * 23
    assert len(deployment.received(url)) == 10, "they can be received at once"


def test_only_so_many_are_looked_at(admin: Admin, give_up: GiveUp) -> None:
    for _ in range(12):
        give_up("image", _job_message())

    assert len(admin("dead-letters", "list", "image", "--limit", "11", "--json").json["items"]) == 11


def test_the_age_counts_from_when_a_message_was_sent(deployment: Deployment, give_up: GiveUp) -> None:
    url = give_up("image", _job_message())
    received = deployment.sqs.receive_message(QueueUrl=url, VisibilityTimeout=0, MessageSystemAttributeNames=["All"])
    sent = int(received["Messages"][0]["Attributes"]["SentTimestamp"]) / 1000  # type: ignore[typeddict-item]

    (letter,) = _letters(deployment, now=sent + 7_201).look("image", most=1)
    assert letter.age_seconds == 7_201


def test_no_letters_are_no_rows(admin: Admin) -> None:
    assert admin("dead-letters", "list", "--json").json == {"items": []}


def test_a_queue_that_sets_nothing_aside_is_a_two_and_the_others_are_named(admin: Admin) -> None:
    for command in (("list", "pictures"), ("redrive", "pictures")):
        said = admin("dead-letters", *command)
        assert said.code == 2
        assert "image" in said.err and "memory" in said.err


def test_without_a_deployment_there_is_nothing_to_look_at(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MEDDAH_STAGE", raising=False)
    assert main(["dead-letters", "list"]) == 2


# ── Sending back ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_letters_go_back_to_the_queue_they_came_from(deployment: Deployment, admin: Admin, give_up: GiveUp) -> None:
    body = _job_message()
    give_up("image", body, MessageGroupId="alice")

    said = admin("dead-letters", "redrive", "image", "--max", "5")

    assert (said.code, said.out) == (0, "1 moved\n")
    assert said.err.startswith("Writing to queues meddah-dev-… at http")
    answer = deployment.sqs.receive_message(
        QueueUrl=deployment.settings.image_queue_url, MessageSystemAttributeNames=["All"]
    )
    (message,) = answer["Messages"]
    assert message["Body"] == body  # type: ignore[typeddict-item]
    assert message["Attributes"]["MessageGroupId"] == "alice"  # type: ignore[typeddict-item]
    assert _depth(deployment, "image-dead-letters") == 0


def test_no_more_go_back_than_were_asked_for(deployment: Deployment, admin: Admin, give_up: GiveUp) -> None:
    for _ in range(14):
        give_up("finish", _job_message())

    assert admin("dead-letters", "redrive", "finish", "--max", "12", "--json").json == {
        "queue": "finish",
        "moved": 12,
        "task": None,
    }
    assert (_depth(deployment, "finish"), _depth(deployment, "finish-dead-letters")) == (12, 2)


def test_where_sqs_cannot_move_them_all_go_back_by_hand(deployment: Deployment, give_up: GiveUp) -> None:
    for _ in range(11):
        give_up("speech", _job_message())

    assert _letters(deployment).redrive("speech", most=None).moved == 11
    assert (_depth(deployment, "speech"), _depth(deployment, "speech-dead-letters")) == (11, 0)


class Sqs:
    """The deployment's SQS, with AWS's move tasks, that breaks down at the calls it is told to."""

    def __init__(self, deployment: Deployment, *, breaks: str | None = None, after: int = 0) -> None:
        self._sqs = deployment.sqs
        self._breaks, self._after = breaks, after
        self.tasks: list[str] = []

    def start_message_move_task(self, *, SourceArn: str) -> dict[str, str]:  # noqa: N803 - as AWS names it
        self.tasks.append(SourceArn)
        return {"TaskHandle": "handle"}

    def __getattr__(self, name: str) -> Any:
        if name == self._breaks:
            self._after -= 1
            if self._after < 0:
                raise ClientError({"Error": {"Code": "ServiceUnavailable"}}, name)
        return getattr(self._sqs, name)


def test_where_sqs_can_move_them_it_does_so_itself(deployment: Deployment, give_up: GiveUp) -> None:
    give_up("image", _job_message())
    sqs = Sqs(deployment)

    done = _letters(deployment, moves=True, client=sqs).redrive("image", most=None)

    assert (done.moved, done.task) == (None, "handle")
    assert [arn.rpartition(":")[2] for arn in sqs.tasks] == ["meddah-dev-image-dead-letters"]


def test_a_bounded_number_is_always_moved_by_hand(deployment: Deployment, give_up: GiveUp) -> None:
    give_up("image", _job_message())
    sqs = Sqs(deployment)

    assert _letters(deployment, moves=True, client=sqs).redrive("image", most=1).moved == 1
    assert sqs.tasks == []


@pytest.mark.parametrize(
    ("breaks", "in_queue", "set_aside"),
    [("send_message", 1, 2), ("delete_message", 2, 2)],
)
def test_an_interruption_loses_no_letter(
    deployment: Deployment, give_up: GiveUp, breaks: str, in_queue: int, set_aside: int
) -> None:
    for _ in range(3):
        give_up("image", _job_message())
    sqs = Sqs(deployment, breaks=breaks, after=1)

    with pytest.raises(ClientError):
        _letters(deployment, client=sqs).redrive("image", most=None)

    assert (_depth(deployment, "image"), _depth(deployment, "image-dead-letters")) == (in_queue, set_aside)
