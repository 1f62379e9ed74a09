"""Every state of a delivery, and what leads from one to the next."""

from __future__ import annotations

import json
from email.utils import formatdate

import pytest

from common.events import EventType
from tests.webhooks.studio import DAY, HOUR, MINUTE, URL, Answer, Studio, unreachable
from webhooks.models import KEPT_ATTEMPTS, DeliveryStatus, DisabledReason, EndpointChanges
from webhooks.repository import LEASE_SECONDS
from webhooks.schedule import WAITS
from webhooks.service import FAILING_SECONDS, change_endpoint, replay_event, rotate_callbacks, rotate_secret

# ── Told ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_event_arrives_once_and_verifies(studio: Studio) -> None:
    endpoint = await studio.has_endpoint()
    event = studio.sees(data={"job_id": "job_1", "kind": "image", "status": "completed"})
    await studio.work()

    (letter,) = studio.receiver.letters
    assert letter.url == URL
    assert letter.id == event.id
    assert letter.verified_by(endpoint.secret) == json.loads(letter.body)
    delivery = studio.only(event)
    assert (delivery.status, delivery.endpoint_id) == (DeliveryStatus.DELIVERED, endpoint.id)
    assert [attempt.status_code for attempt in delivery.attempts] == [200]


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_any_2xx_is_a_receipt(studio: Studio, status: int) -> None:
    await studio.has_endpoint()
    studio.receiver.answers = [status]
    event = studio.sees()
    await studio.comes_to_rest()

    assert studio.only(event).status is DeliveryStatus.DELIVERED
    assert len(studio.receiver.letters) == 1


async def test_messages_that_come_again_change_nothing(studio: Studio) -> None:
    await studio.has_endpoint()
    event = studio.sees()
    messages = []
    while message := studio.queue.take():
        messages.append(message)
        await studio.step(message)
    for message in messages * 3:
        await studio.step(message)
    await studio.comes_to_rest()

    assert len(studio.receiver.letters) == 1
    assert len(studio.only(event).attempts) == 1


async def test_an_event_goes_to_those_who_want_its_type(studio: Studio) -> None:
    jobs = await studio.has_endpoint("job.*")
    failures = await studio.has_endpoint("job.failed", "budget.warning")
    everything = await studio.has_endpoint("*")
    other = await studio.has_endpoint("character.*", "job.cancelled")
    completed, failed = studio.sees(EventType.JOB_COMPLETED), studio.sees(EventType.JOB_FAILED)
    await studio.work()

    assert {one.endpoint_id for one in studio.told(completed)} == {jobs.id, everything.id}
    assert {one.endpoint_id for one in studio.told(failed)} == {jobs.id, everything.id, failures.id}
    assert other.id not in {one.endpoint_id for one in [*studio.told(completed), *studio.told(failed)]}


async def test_an_event_that_nobody_wants_is_done_with(studio: Studio) -> None:
    event = studio.sees()
    await studio.comes_to_rest()

    assert studio.told(event) == []
    assert studio.deliveries.event(event.id) == event


async def test_an_old_message_does_not_bring_old_events_to_a_new_endpoint(studio: Studio) -> None:
    event = studio.sees()
    (_, message), *_ = studio.queue.waiting
    await studio.work()
    await studio.has_endpoint()
    await studio.step(message)
    await studio.comes_to_rest()

    assert studio.receiver.letters == []
    assert studio.told(event) == []


async def test_a_paused_endpoint_gets_nothing_and_when_it_is_enabled_what_comes_then(studio: Studio) -> None:
    endpoint = await studio.has_endpoint()
    off, on = EndpointChanges(enabled=False), EndpointChanges(enabled=True)
    await change_endpoint(endpoint.id, off, endpoints=studio.endpoints, resolve=None)
    missed = studio.sees()
    await studio.work()
    await change_endpoint(endpoint.id, on, endpoints=studio.endpoints, resolve=None)
    event = studio.sees()
    await studio.work()

    assert studio.receiver.ids() == {event.id}
    assert studio.told(missed) == []


async def test_every_endpoint_has_its_own_secret_and_all_the_same_id(studio: Studio) -> None:
    first, second = await studio.has_endpoint(), await studio.has_endpoint(url=f"{URL}/2")
    event = studio.sees()
    await studio.work()

    one, two = sorted(studio.receiver.letters, key=lambda letter: letter.url)
    assert (one.id, two.id, one.body) == (event.id, event.id, two.body)
    assert one.is_signed_with(first.secret) and two.is_signed_with(second.secret)
    assert not one.is_signed_with(second.secret)


# ── Tried again ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_dead_receiver_is_tried_eleven_times_over_three_days(studio: Studio) -> None:
    await studio.has_endpoint()
    studio.receiver.answers = [500]
    event = studio.sees()
    began = studio.clock()
    await studio.comes_to_rest()

    delivery = studio.only(event)
    assert delivery.status is DeliveryStatus.FAILED
    waits = [later - earlier for earlier, later in zip(studio.receiver.at, studio.receiver.at[1:], strict=False)]
    assert waits == pytest.approx(WAITS, rel=0.01, abs=2)
    assert 3 * DAY < studio.receiver.at[-1] - began < 3.5 * DAY
    assert studio.receiver.ids() == {event.id}
    assert len({letter.body for letter in studio.receiver.letters}) == 1
    assert [attempt.status_code for attempt in delivery.attempts] == [500] * 11


async def test_the_watcher_alone_is_enough_when_every_message_gets_lost(studio: Studio) -> None:
    await studio.has_endpoint()
    studio.receiver.answers = [500, 500, 200]
    studio.queue.loses = True
    event = studio.sees()
    await studio.work()
    assert studio.receiver.letters == []
    await studio.lives_on(10 * MINUTE)

    assert studio.only(event).status is DeliveryStatus.DELIVERED
    assert len(studio.receiver.letters) == 3


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 400, 401, 404, 413, 500, 503])
async def test_everything_else_is_a_failure_and_redirects_are_not_followed(studio: Studio, status: int) -> None:
    await studio.has_endpoint()
    studio.receiver.answers = [Answer(status, {"location": "http://127.0.0.1/"}), 200]
    event = studio.sees()
    await studio.work()
    pending = studio.only(event)
    await studio.comes_to_rest()

    assert (pending.status, pending.failures) == (DeliveryStatus.PENDING, 1)
    assert pending.next_at == studio.receiver.at[0] + 5
    assert {letter.url for letter in studio.receiver.letters} == {URL}
    assert [attempt.status_code for attempt in studio.only(event).attempts] == [status, 200]


@pytest.mark.parametrize("reason", ["timeout", "unreachable", "tls", "not_resolved", "not_public", "not_allowed"])
async def test_no_answer_is_a_failure_with_its_reason(studio: Studio, reason: str) -> None:
    await studio.has_endpoint()
    studio.receiver.answers = [unreachable(reason), 200]
    event = studio.sees()
    await studio.comes_to_rest()

    first, second = studio.only(event).attempts
    assert (first.status_code, first.reason, second.status_code, second.reason) == (None, reason, 200, None)


async def test_a_bug_of_ours_is_a_failure_like_any_other(studio: Studio) -> None:
    await studio.has_endpoint()
    studio.receiver.answers = [RuntimeError("boo"), 200]
    event = studio.sees()
    await studio.comes_to_rest()

    assert [attempt.reason for attempt in studio.only(event).attempts] == ["internal_error", None]


@pytest.mark.parametrize("status", [429, 503, 400])
async def test_a_receiver_that_asks_for_time_gets_it(studio: Studio, status: int) -> None:
    await studio.has_endpoint()
    studio.receiver.answers = [Answer(status, {"retry-after": "7200"}), 200]
    studio.sees()
    await studio.lives_on(7_199)
    assert len(studio.receiver.letters) == 1
    await studio.lives_on(2 * MINUTE)

    assert len(studio.receiver.letters) == 2


async def test_a_date_is_understood_too_and_more_than_a_day_is_not_given(studio: Studio) -> None:
    await studio.has_endpoint()
    later = Answer(503, {"retry-after": formatdate(studio.clock() + 300, usegmt=True)})
    studio.receiver.answers = [later, Answer(503, {"retry-after": str(30 * DAY)}), 200]
    studio.sees()
    await studio.comes_to_rest()

    first, second, third = studio.receiver.at
    assert second - first == pytest.approx(300, abs=1)
    assert third - second == pytest.approx(DAY, abs=1)


async def test_the_time_of_the_attempt_is_signed_anew_each_time(studio: Studio) -> None:
    endpoint = await studio.has_endpoint()
    studio.receiver.answers = [500, 500, 200]
    studio.sees()
    await studio.lives_on(90, every=1)

    stamps = [int(letter.headers["webhook-timestamp"]) for letter in studio.receiver.letters]
    assert stamps == [int(at) for at in studio.receiver.at]
    assert len(set(stamps)) == 3
    assert all(letter.is_signed_with(endpoint.secret) for letter in studio.receiver.letters)


async def test_while_one_worker_tries_no_other_does(studio: Studio) -> None:
    await studio.has_endpoint()
    event = studio.sees()
    hand, *_ = (studio.queue.take(),)
    assert hand is not None
    await studio.step(hand)
    attempt = studio.queue.take()
    assert attempt is not None
    claimed = studio.deliveries.claim(event.id, attempt.endpoint_id)  # type: ignore[attr-defined]
    await studio.step(attempt)
    studio.clock.advance(LEASE_SECONDS - 2)
    await studio.step(attempt)
    assert studio.receiver.letters == []

    studio.clock.advance(2)
    await studio.step(attempt)
    assert claimed is not None
    assert len(studio.receiver.letters) == 1
    assert not studio.deliveries.settle(claimed.after(None, DeliveryStatus.FAILED)), "it died: its word comes too late"
    assert studio.only(event).status is DeliveryStatus.DELIVERED


async def test_the_last_twenty_attempts_are_kept(studio: Studio) -> None:
    endpoint = await studio.has_endpoint()
    studio.receiver.answers = [500]
    event = studio.sees()
    await studio.comes_to_rest()
    given = {"endpoints": studio.endpoints, "deliveries": studio.deliveries, "queue": studio.queue}
    replay_event(event.id, endpoint.id, **given)  # type: ignore[arg-type]
    await studio.comes_to_rest()

    attempts = studio.only(event).attempts
    assert len(studio.receiver.letters) > KEPT_ATTEMPTS == len(attempts)
    assert attempts[-1].at == studio.receiver.at[-1]


# ── Given up ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_410_disables_an_endpoint_at_once_and_all_that_is_on_its_way_to_it(studio: Studio) -> None:
    endpoint = await studio.has_endpoint()
    studio.receiver.answers = [500, 410, 200]
    first = studio.sees()
    await studio.work()
    second = studio.sees()
    await studio.work()

    gone = studio.endpoints.get(endpoint.id)
    assert gone.disabled is DisabledReason.GONE
    assert studio.only(second).status is DeliveryStatus.DISABLED
    await studio.comes_to_rest()
    assert studio.only(first).status is DeliveryStatus.DISABLED
    assert len(studio.receiver.letters) == 2
    assert studio.told(studio.sees()) == []


async def test_the_others_are_told_of_an_endpoint_that_is_given_up(studio: Studio) -> None:
    gone = await studio.has_endpoint("job.*", url=f"{URL}/gone")
    other = await studio.has_endpoint("webhook.*", url=f"{URL}/other")
    studio.receiver.answers = [410, 200]
    studio.sees()
    await studio.comes_to_rest()

    told = studio.receiver.letters[-1].verified_by(other.secret)
    assert told["type"] == "webhook.disabled"
    assert told["data"] == {"endpoint_id": gone.id, "reason": "gone"}
    assert [letter.url for letter in studio.receiver.letters] == [f"{URL}/gone", f"{URL}/other"]


async def test_an_endpoint_that_takes_nothing_for_five_days_is_given_up(studio: Studio) -> None:
    endpoint = await studio.has_endpoint()
    studio.receiver.answers = [500]
    began = studio.clock()
    while studio.endpoints.get(endpoint.id).disabled is None:
        studio.sees()
        await studio.work()
        studio.queue.waiting.clear()
        studio.clock.advance(12 * HOUR)
        assert studio.clock() - began <= 6 * DAY

    now = studio.endpoints.get(endpoint.id)
    assert (now.disabled, now.failing_since) == (DisabledReason.FAILING, began)
    assert studio.receiver.at[-1] - began == 12 * HOUR + FAILING_SECONDS == 12 * HOUR + 5 * DAY
    (told, *_), _ = studio.deliveries.events(limit=1, cursor=None, kind=EventType.WEBHOOK_DISABLED)
    assert told.data == {"endpoint_id": endpoint.id, "reason": "failing"}


async def test_one_success_in_five_days_is_enough(studio: Studio) -> None:
    endpoint = await studio.has_endpoint()
    for answer in [500] * 4 + [200] + [500] * 4:
        studio.receiver.answers = [answer]
        studio.sees()
        await studio.work()
        studio.queue.waiting.clear()
        studio.clock.advance(DAY)

    now = studio.endpoints.get(endpoint.id)
    assert now.disabled is None
    assert now.failing_since == studio.clock() - 4 * DAY


async def test_a_new_address_begins_without_failures(studio: Studio) -> None:
    endpoint = await studio.has_endpoint()
    studio.receiver.answers = [500]
    studio.sees()
    await studio.work()
    assert studio.endpoints.get(endpoint.id).failing_since is not None
    moved = EndpointChanges(url=f"{URL}/new")
    changed = await change_endpoint(endpoint.id, moved, endpoints=studio.endpoints, resolve=None)
    studio.receiver.answers = [200]
    await studio.comes_to_rest()

    assert changed.failing_since is None
    assert [letter.url for letter in studio.receiver.letters] == [URL, f"{URL}/new"]


async def test_who_moves_while_its_old_address_says_410_is_told_at_the_new_one(studio: Studio) -> None:
    endpoint = await studio.has_endpoint()
    studio.receiver.gone = {URL}
    studio.receiver.before_answer = lambda: studio.endpoints.change(endpoint.id, {"url": f"{URL}/new"}) and None
    event = studio.sees()
    await studio.comes_to_rest()

    assert studio.endpoints.get(endpoint.id).disabled is None
    assert [letter.url for letter in studio.receiver.letters] == [URL, f"{URL}/new"]
    assert studio.only(event).status is DeliveryStatus.DELIVERED


async def test_what_is_on_its_way_to_a_deleted_endpoint_ends(studio: Studio) -> None:
    endpoint = await studio.has_endpoint()
    studio.receiver.answers = [500, 200]
    event = studio.sees()
    await studio.work()
    studio.endpoints.delete(endpoint.id)
    await studio.comes_to_rest()

    assert studio.only(event).status is DeliveryStatus.DISABLED
    assert len(studio.receiver.letters) == 1


async def test_an_endpoint_deleted_while_it_is_tried_does_not_come_back(studio: Studio) -> None:
    endpoint = await studio.has_endpoint()
    studio.receiver.answers = [500]
    studio.receiver.before_answer = lambda: studio.endpoints.delete(endpoint.id)
    event = studio.sees()
    await studio.work()
    studio.receiver.before_answer = lambda: None
    await studio.comes_to_rest()

    assert studio.endpoints.all() == []
    assert studio.only(event).status is DeliveryStatus.DISABLED


async def test_what_is_forgotten_is_not_told_any_more(studio: Studio) -> None:
    await studio.has_endpoint()
    event = studio.sees()
    studio.clock.advance(31 * DAY)
    await studio.work()

    assert studio.receiver.letters == []
    assert studio.told(event) == []


# ── Secrets ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_during_a_rotation_every_delivery_verifies_with_either_secret(studio: Studio) -> None:
    endpoint = await studio.has_endpoint()
    old = endpoint.secret
    new = rotate_secret(endpoint.id, 60, endpoints=studio.endpoints).secret
    studio.sees()
    await studio.work()
    studio.clock.advance(61)
    studio.sees()
    await studio.work()

    during, after = studio.receiver.letters
    assert new != old
    assert (during.is_signed_with(old), during.is_signed_with(new)) == (True, True)
    assert (after.is_signed_with(old), after.is_signed_with(new)) == (False, True)


async def test_without_an_overlap_the_old_secret_ends_at_once(studio: Studio) -> None:
    endpoint = await studio.has_endpoint()
    rotate_secret(endpoint.id, 3_600, endpoints=studio.endpoints)
    newest = rotate_secret(endpoint.id, 0, endpoints=studio.endpoints)
    studio.sees()
    await studio.work()

    assert newest.former_secret is None
    assert len(studio.receiver.letters[0].headers["webhook-signature"].split()) == 1
    assert studio.receiver.letters[0].is_signed_with(newest.secret)


# ── Callbacks of single jobs ─────────────────────────────────────────────────────────────────────────────────────────


async def test_a_job_has_an_address_of_its_own_signed_with_the_callbacks_secret(studio: Studio) -> None:
    endpoint = await studio.has_endpoint("job.*")
    signing = rotate_callbacks(0, endpoints=studio.endpoints)
    event = studio.sees(callback_url=f"{URL}/job/1")
    await studio.work()

    letters = {letter.url: letter for letter in studio.receiver.letters}
    assert letters[f"{URL}/job/1"].is_signed_with(signing.secret)
    assert letters[URL].is_signed_with(endpoint.secret)
    assert {one.endpoint_id for one in studio.told(event)} == {"callback", endpoint.id}


async def test_a_callback_that_says_410_is_left_alone_and_nothing_else_changes(studio: Studio) -> None:
    rotate_callbacks(0, endpoints=studio.endpoints)
    studio.receiver.answers = [410, 200]
    gone, other = studio.sees(callback_url=f"{URL}/1"), studio.sees(callback_url=f"{URL}/2")
    await studio.comes_to_rest()

    assert studio.only(gone).status is DeliveryStatus.DISABLED
    assert studio.only(other).status is DeliveryStatus.DELIVERED


async def test_a_dead_callback_is_tried_as_long_as_an_endpoint(studio: Studio) -> None:
    rotate_callbacks(0, endpoints=studio.endpoints)
    studio.receiver.answers = [unreachable()]
    event = studio.sees(callback_url=URL)
    await studio.comes_to_rest()

    assert (studio.only(event).status, len(studio.receiver.letters)) == (DeliveryStatus.FAILED, len(WAITS) + 1)
