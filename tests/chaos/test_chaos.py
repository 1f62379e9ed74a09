"""After a storm every job has ended, was submitted once, paid once and told of, and no message is left behind.

500 jobs with `make test-chaos`, a few with every test run. `CHAOS_SEED=` repeats a storm whose seed was printed.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from random import SystemRandom

import pytest

from common.events import job_event_id
from common.sqs import MAX_DELIVERIES
from tests.chaos.account import Account
from tests.chaos.storm import Storm

SMALL = (30, 2)
LARGE = (500, 5)
ENDS = ("completed", "failed", "cancelled")
SEED = 1


@pytest.fixture(
    scope="module", params=[SMALL, pytest.param(LARGE, marks=[pytest.mark.chaos, pytest.mark.timeout(900)])]
)
def after(request: pytest.FixtureRequest) -> Iterator[Account]:
    number, studios = request.param
    drawn = SEED if number == SMALL[0] else SystemRandom().randrange(10**6)
    with Storm(number, studios=studios, seed=int(os.environ.get("CHAOS_SEED") or drawn)) as storm:
        storm.rage()
        yield Account(storm)


def test_the_counts(after: Account, capsys: pytest.CaptureFixture[str]) -> None:
    """First, so that they can be read whatever comes after."""
    if after.storm.number == LARGE[0]:
        with capsys.disabled():
            print(f"\n{after}")
    assert len(after.ordered) == after.storm.number


def test_every_job_is_final_and_known_to_who_ordered_it(after: Account) -> None:
    assert not after.open
    assert {line.job.id for line in after.lines} == after.ordered
    assert not after.places_held


def test_every_job_was_submitted_once_at_most_and_the_completed_ones_were(after: Account) -> None:
    assert max(line.submissions for line in after.lines) == 1
    assert {line.submissions for line in after.lines if line.job.status == "completed"} == {1}


def test_every_job_was_paid_once(after: Account) -> None:
    """Receipts, usage and the vendor's bill are the same; what nobody could have known has its reason."""
    assert not [str(line) for line in after.lines if line.differs and not line.excuse]
    for studio in after.studios:
        paid = after.receipts(studio.tenant_id)
        assert paid == after.used(studio) == after.billed(studio.tenant_id) - after.differences(studio.tenant_id)
    assert sum(line.billed_microusd for line in after.lines) == after.storm.here.fal.ledger.microusd()
    assert not after.unsettled


def test_what_nobody_could_know_is_rare(after: Account) -> None:
    assert sum(line.differs for line in after.lines) <= 0.03 * len(after.lines)


def test_every_end_has_its_one_event(after: Account) -> None:
    assert after.events("job") == {job_event_id(line.job.id): f"job.{line.job.status}" for line in after.lines}


def test_every_batch_has_ended_and_said_so_once(after: Account) -> None:
    batches = after.batches()
    known = {batch_id: total for studio in after.studios for batch_id, total in studio.batches.items()}

    ended = {batch_id: sum(item[how] for how in ENDS) for batch_id, item in batches.items()}
    assert ended == known
    assert after.events("batch") == dict.fromkeys(map(job_event_id, batches), "batch.completed")


def test_every_receiver_has_every_event_it_wanted_and_no_other(after: Account) -> None:
    assert not after.storm.receivers.wrong
    expected, received = after.expected(), after.received()
    for path, events in expected.items():
        assert received.get(path, set()) == events, path
    assert set(received) <= set(expected)


def test_the_events_say_what_the_jobs_do(after: Account) -> None:
    jobs = {job_event_id(line.job.id): line.job for line in after.lines}
    for events in after.storm.receivers.told.values():
        for event_id, said in events.items():
            if said["type"].startswith("job."):
                job, data = jobs[event_id], said["data"]
                assert (data["job_id"], data["kind"], data["status"]) == (job.id, job.kind, job.status)
                assert data.get("client_id") == job.client_id and data.get("batch_id") == job.batch_id


def test_only_what_died_five_times_is_a_dead_letter(after: Account) -> None:
    letters = after.storm.messages.dead_letters()
    assert not [(queue, body) for queue, body, died in letters if died < MAX_DELIVERIES]


def test_it_was_a_storm(after: Account) -> None:
    """What it is to show happened in it; of a small one that depends on its seed."""
    storm, asked = after.storm, sum((studio.counts for studio in after.studios), Counter[str]())
    assert storm.counts["deaths"] and storm.messages.counts["messages sent twice"]
    if storm.number < LARGE[0]:
        return
    assert storm.counts["rivals"] and storm.messages.counts["deliveries repeated"]
    assert 0.1 < storm.vendor.counts["vendor's webhooks lost"] / storm.vendor.counts["vendor's webhooks"] < 0.3
    assert storm.vendor.counts["faults"] > 20
    assert asked["DELETE jobs: 200"] > 20 and asked["prioritize: prioritized"] > 10 and asked["rotations"] > 4
    assert 0.4 < storm.receivers.counts["attempts while down"] / storm.receivers.counts["attempts"] < 0.8
