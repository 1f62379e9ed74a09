"""Worker processes that die (`os._exit`) at every call to the outside, against the vendor's stand-in, which counts.

Each test plays a story once undisturbed and notes what its functions call outside their process; then it plays it again
for every one of those calls and lets the process die there: a subtest each, named like `ImagesWorker dies after POST
queue`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from common.jobs import FINAL, FIRST_DUE_SECONDS, Job, JobStatus
from tests.support.mortal import Death, MortalStack, running
from tests.support.zygote import Blow

pytestmark = pytest.mark.faults

POST = "POST queue"
"""The call by which an order goes out."""
_ROUNDS = 12


@dataclass(frozen=True)
class Kind:
    """A kind of order and who deals with it."""

    api: str
    path: str
    body: dict[str, Any]
    queue: str
    worker: str


@dataclass(frozen=True)
class Story:
    """What else happens to an order, and whose death is tried."""

    victims: tuple[str, ...]
    """Functions; `api` and `worker` are the kind's own."""
    webhooks: str = "come"
    """They `come`, `come twice`, `overtake` a dead worker's second delivery or are `lost`."""
    fault: tuple[str, dict[str, Any]] | None = None
    """The vendor's."""
    worker_died_after_post: bool = False
    first_message_lost: bool = False
    at_once: bool = False
    """A dead worker's message comes again at once, while its lease runs; otherwise when its visibility ends."""
    deaths: int = 1
    """How often the process dies at that place."""
    both_phases: bool = False
    """Dying after one call is dying before the next: one of them is enough where time is short."""
    fails_with: str | None = None
    """The code of the failure with which the job rightly ends."""


KINDS = {
    "image": Kind(
        "ImagesApi",
        "/v1/images/avatar",
        {"description": "yaşlı bir şifacı", "width": 256, "height": 256, "seed": 7},
        "ImageQueue",
        "ImagesWorker",
    ),
    "speech": Kind(
        "VoiceApi",
        "/v1/voice/tts",
        {"text": "Evet.", "voice": "sarah", "response_format": "mp3"},
        "SpeechQueue",
        "VoiceWorker",
    ),
}
STORIES = {
    "all is well": Story(("api", "worker", "JobsApi", "JobsWorker"), webhooks="come twice", both_phases=True),
    "no webhook comes": Story(("worker", "JobsWatcher", "JobsWorker"), webhooks="lost"),
    "the webhook is first": Story(("worker",), webhooks="overtake"),
    "redelivered at once": Story(("worker", "JobsWorker"), at_once=True),
    "no message arrives": Story(("JobsWatcher",), first_message_lost=True, webhooks="lost"),
    "unclear until the webhook": Story(("JobsWorker",), worker_died_after_post=True),
    "unclear for ever": Story(("JobsWatcher",), worker_died_after_post=True, webhooks="lost"),
    "the vendor is busy": Story(("worker",), fault=("busy", {})),
    "the vendor's answer is lost": Story(("worker",), fault=("drop", {"accepted": True})),
    "the vendor refuses": Story(("JobsWorker",), fault=("invalid", {}), fails_with="PROVIDER_REJECTED"),
    "the vendor takes its time": Story(("JobsWorker",), fault=("held", {}), webhooks="lost"),
    "every delivery dies": Story(("worker", "JobsWorker"), webhooks="lost", deaths=5),
}
BY_KIND = {"image": list(STORIES), "speech": ["all is well", "no webhook comes"]}
"""The kinds differ in how they reach the vendor; the rest is the same code."""
CASES = [(KINDS[kind], STORIES[story]) for kind, stories in BY_KIND.items() for story in stories]
CASE_IDS = [f"{kind}: {story}" for kind, stories in BY_KIND.items() for story in stories]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MortalStack]:
    with running(tmp_path_factory.mktemp("zygote") / "log") as mortal:
        yield mortal


@pytest.fixture(scope="session")
def windows(stack: MortalStack) -> dict[str, set[Blow]]:
    """By kind: the only moments at which a worker's death leaves an order's outcome unknown."""
    found: dict[str, set[Blow]] = {}
    for kind in KINDS.values():
        play(stack, kind, STORIES["all is well"])
        found[kind.worker] = window_of(stack.seen[kind.worker][0])
    return found


@pytest.mark.parametrize(("kind", "story"), CASES, ids=CASE_IDS)
def test_a_process_that_dies_at_any_step_loses_no_job_and_pays_no_vendor_twice(
    stack: MortalStack, windows: dict[str, set[Blow]], subtests: pytest.Subtests, kind: Kind, story: Story
) -> None:
    window = windows[kind.worker]
    play(stack, kind, story)
    check(stack, kind, story, window=window)
    stack.end()
    calls = {victim: calls_of(stack, function_of(kind, victim)) for victim in story.victims}

    for victim, operations in calls.items():
        function = function_of(kind, victim)
        for blow in blows(operations, both_phases=story.both_phases):
            with subtests.test(f"{function} dies {blow}"):
                play(stack, kind, story, Death(function, blow, story.deaths))
                assert stack.deaths[-1].times < story.deaths, "it did not die"
                check(stack, kind, story, window=window)
                stack.end()


def function_of(kind: Kind, victim: str) -> str:
    return {"api": kind.api, "worker": kind.worker}.get(victim, victim)


def calls_of(stack: MortalStack, function: str) -> list[str]:
    """The calls of a function's first invocation, of the watcher's fullest: it mostly finds nothing to do."""
    invocations = stack.seen[function]
    return max(invocations, key=len) if function == "JobsWatcher" else invocations[0]


def blows(operations: list[str], *, both_phases: bool) -> list[Blow]:
    before = [Blow("before", operation) for operation in operations]
    after = [Blow("after", operation) for operation in operations]
    return [blow for pair in zip(before, after, strict=True) for blow in pair] if both_phases else [*before, after[-1]]


def window_of(operations: list[str]) -> set[Blow]:
    """Return the moments from our note that the order goes out to our next note; nothing else lies between them."""
    at = operations.index(POST)
    noted, told = operations[at - 1], operations[at + 1]
    assert noted.startswith("DynamoDB UpdateItem") and told.startswith("DynamoDB UpdateItem")
    return {Blow("after", noted), Blow("before", POST), Blow("after", POST), Blow("before", told)}


def play(stack: MortalStack, kind: Kind, story: Story, death: Death | None = None) -> None:
    """Play a story to its end: a bounded number of rounds, in each of which the watcher runs and messages arrive."""
    stack.begin()
    stack.at_once = story.at_once
    first = [Death(kind.worker, Blow("after", POST))] if story.worker_died_after_post else []
    stack.deaths = [*first, *([death] if death else [])]
    if story.fault:
        stack.vendor.script(story.fault[0], what="submit", **story.fault[1])

    stack.order(kind.api, kind.path, kind.body)
    if story.first_message_lost:
        stack.lose(kind.queue)
    stack.deliver(kind.queue, kind.worker)
    if story.webhooks == "overtake":
        hear_and_finish(stack)
    for _ in range(_ROUNDS):
        stack.work_off(kind.queue, kind.worker)
        hear_and_finish(stack, lost=story.webhooks == "lost")
        if all(job.status in FINAL for job in stack.jobs()):
            return
        if "JobsWorker" in stack.seen:
            stack.release()  # a vendor that took its time has been asked once
        stack.now += FIRST_DUE_SECONDS + 1
        stack.watch()


def hear_and_finish(stack: MortalStack, *, lost: bool = False, again: bool = False) -> None:
    if not lost:
        stack.hear(again=again)
    stack.work_off("FinishQueue", "JobsWorker")


def check(stack: MortalStack, kind: Kind, story: Story, *, window: set[Blow]) -> None:
    """Check that the job has ended as it should, and what the vendor counted."""
    jobs, submissions = stack.jobs(), stack.vendor.ledger.submissions
    if not jobs:
        assert any(death.function == kind.api for death in stack.deaths), "a job is lost"
        assert not submissions
        return
    (job,) = jobs
    assert job.status in FINAL
    check_settled(stack, job)
    assert len(submissions) <= 1, "submitted twice"
    if is_unclear(stack, kind, story, window=window) and not (submissions and story.webhooks != "lost"):
        check_failed(stack, job, "PROVIDER_UNKNOWN_OUTCOME")
        assert job.request_id is None
        assert len(stack.vendor.ledger.charges) == len(submissions)
        return
    assert [job.request_id] == [submission.request_id for submission in submissions]
    if story.fails_with:
        check_failed(stack, job, story.fails_with)
        assert not stack.vendor.ledger.charges
        return
    check_completed(stack, job)
    if story.webhooks == "come twice":
        hear_and_finish(stack, again=True)
        assert stack.jobs() == [job]
        check_completed(stack, job)


def is_unclear(stack: MortalStack, kind: Kind, story: Story, *, window: set[Blow]) -> bool:
    """Whether we cannot know that the vendor took the order unless the vendor tells."""
    in_window = any(death.function == kind.worker and death.blow in window for death in stack.deaths)
    return in_window or (story.fault is not None and story.fault[0] == "drop")


def check_settled(stack: MortalStack, job: Job) -> None:
    """Nothing stays reserved, and what is committed stands on the receipt: whoever died, settled once."""
    standing = stack.ledger().standing()
    assert standing is not None and job.receipt is not None
    cost = job.receipt["cost_microusd"]
    assert (standing.reserved, standing.running, standing.month_committed) == (0, 0, cost)


def check_completed(stack: MortalStack, job: Job) -> None:
    assert job.status is JobStatus.COMPLETED, job.error
    assert [charge.request_id for charge in stack.vendor.ledger.charges] == [job.request_id]
    assert job.receipt is not None and job.receipt["cost_microusd"] == stack.vendor.ledger.microusd() > 0
    assert list(stack.files(job)) == [job.asset_key]
    assert list(stack.files(job).values()) == stack.made()


def check_failed(stack: MortalStack, job: Job, code: str) -> None:
    assert job.status is JobStatus.FAILED
    assert job.error is not None and job.error["code"] == code
    assert not stack.files(job)
