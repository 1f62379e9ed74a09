"""A worker dies after each of its steps: whoever comes next ends the same, and the receiver sees one id.

Steps are writes, messages and requests. What a dead worker held comes again as SQS has it, and by the watcher.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from common.events import Event, EventType
from tests.webhooks.studio import MINUTE, URL, Died, Studio
from webhooks.models import DeliveryStatus, DisabledReason
from webhooks.service import replay_event

Scenario = Callable[[Studio], Awaitable[Event]]
REDELIVERED_SECONDS = 180
"""The queue's visibility timeout."""
WATCHED = 10 * MINUTE


async def _told_to_three(studio: Studio) -> Event:
    for place in range(3):
        await studio.has_endpoint(url=f"{URL}/{place}")
    return studio.sees()


async def _fails_twice(studio: Studio) -> Event:
    await studio.has_endpoint()
    studio.receiver.answers = [500, 503, 200]
    return studio.sees()


async def _is_gone(studio: Studio) -> Event:
    await studio.has_endpoint("job.*", url=f"{URL}/gone")
    studio.receiver.gone = {f"{URL}/gone"}
    return studio.sees()


async def _fails_no_more(studio: Studio) -> Event:
    endpoint = await studio.has_endpoint()
    studio.endpoints.note_failure(endpoint)
    return studio.sees()


def steps_of(scenario: Scenario, steps: int) -> Iterator[Any]:
    for place in range(1, steps + 1):
        yield pytest.param(scenario, place, id=f"{scenario.__name__.strip('_')}-{place}")


async def _lives(studio: Studio, dies_after: int | None) -> bool:
    """Work until all is told, dying once; whether there was so long a life."""
    life, died = studio.lives(dies_after), False
    for _ in range(WATCHED // MINUTE):
        while (message := studio.queue.take()) is not None:
            try:
                await studio.step(message)
            except Died:
                died = True
                studio.queue.waiting.append((studio.clock() + REDELIVERED_SECONDS, message))
        studio.clock.advance(MINUTE)
        try:
            studio.watch()
        except Died:
            died = True
    assert life is studio.life
    return died


def _end(studio: Studio, event: Event) -> list[tuple[str, DeliveryStatus]]:
    urls = {one.id: one.url for one in studio.endpoints.all()}
    return sorted((urls[one.endpoint_id], one.status) for one in studio.told(event))


DEATHS = [
    *steps_of(_told_to_three, 16),
    *steps_of(_fails_twice, 16),
    *steps_of(_is_gone, 10),
    *steps_of(_fails_no_more, 7),
]
EXPECTED = {
    _told_to_three: [(f"{URL}/{place}", DeliveryStatus.DELIVERED) for place in range(3)],
    _fails_twice: [(URL, DeliveryStatus.DELIVERED)],
    _is_gone: [(f"{URL}/gone", DeliveryStatus.DISABLED)],
    _fails_no_more: [(URL, DeliveryStatus.DELIVERED)],
}


@pytest.mark.parametrize(("scenario", "dies_after"), DEATHS)
async def test_a_death_changes_nothing_but_how_often_it_is_told(
    studio: Studio, scenario: Scenario, dies_after: int
) -> None:
    event = await scenario(studio)
    assert await _lives(studio, dies_after), "no worker lives so long: shorten the list"

    assert _end(studio, event) == EXPECTED[scenario]
    mine = [letter for letter in studio.receiver.letters if letter.id == event.id]
    assert {letter.id for letter in studio.receiver.letters} == {event.id}
    least = 3 if scenario in {_told_to_three, _fails_twice} else 1
    assert least <= len(mine) <= least + 1, "at least once, and once more for the death"
    assert studio._open() == [], "nobody looks for it any more"
    assert all(one.failing_since is None or one.disabled for one in studio.endpoints.all())


@pytest.mark.parametrize("scenario", EXPECTED)
async def test_every_step_is_died_after(studio: Studio, scenario: Scenario) -> None:
    event = await scenario(studio)
    assert not await _lives(studio, None)

    listed = [case.values[1] for case in DEATHS if case.values[0] is scenario]
    assert _end(studio, event) == EXPECTED[scenario]
    assert listed == list(range(1, studio.life.steps + 1))


@pytest.mark.parametrize("dies_after", range(1, 9))
async def test_an_endpoint_that_is_given_up_is_told_of_exactly_once(studio: Studio, dies_after: int) -> None:
    await studio.has_endpoint("job.*", url=f"{URL}/gone")
    other = await studio.has_endpoint("webhook.*", url=f"{URL}/other")
    studio.receiver.gone = {f"{URL}/gone"}
    studio.sees()
    await _lives(studio, dies_after)

    said, _ = studio.deliveries.events(limit=10, cursor=None, kind=EventType.WEBHOOK_DISABLED)
    told = {letter.id for letter in studio.receiver.letters if letter.url == other.url}
    assert [one.id for one in said] == list(told) and len(said) == 1
    assert [one.disabled for one in studio.endpoints.all()] == [DisabledReason.GONE, None]


@pytest.mark.parametrize("dies_after", range(1, 5))
async def test_a_replay_that_dies_half_way_is_told_all_the_same(studio: Studio, dies_after: int) -> None:
    for place in range(2):
        await studio.has_endpoint(url=f"{URL}/{place}")
    event = studio.sees()
    await studio.work()
    studio.lives(dies_after)
    try:
        given = {"endpoints": studio.endpoints, "deliveries": studio.deliveries, "queue": studio.queue}
        replay_event(event.id, None, **given)  # type: ignore[arg-type]
    except Died:
        pass
    studio.lives()
    await studio.lives_on(WATCHED)

    begun = 2 if dies_after > 2 else 1
    assert len(studio.receiver.letters) == 2 + begun
    assert studio.receiver.ids() == {event.id}
    assert {one.status for one in studio.told(event)} == {DeliveryStatus.DELIVERED}
