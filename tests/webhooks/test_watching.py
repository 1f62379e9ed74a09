"""The watcher finds what is overdue, of every tenant, and no more than it has time for."""

from __future__ import annotations

from tests.support.clock import ManualClock
from tests.support.deployment import Deployment
from tests.webhooks.studio import MINUTE, ClockQueue, Receiver, Studio
from webhooks.models import DeliveryMessage
from webhooks.service.watching import AGAIN_SECONDS, PASS_SECONDS, watch


def lost(studio: Studio, count: int) -> set[str]:
    """Have events happen whose messages all get lost."""
    ids = {studio.sees().id for _ in range(count)}
    studio.queue.waiting.clear()
    return ids


async def test_an_event_whose_message_got_lost_is_told_within_two_minutes(studio: Studio) -> None:
    await studio.has_endpoint()
    ids = lost(studio, 3)
    await studio.lives_on(MINUTE)
    assert studio.receiver.ids() <= ids
    await studio.lives_on(MINUTE)

    assert studio.receiver.ids() == ids
    assert len(studio.receiver.letters) == 3


async def test_what_is_on_its_way_is_left_alone(studio: Studio) -> None:
    await studio.has_endpoint()
    studio.sees()
    studio.clock.advance(MINUTE - 1)

    assert studio.watch() == 0


async def test_two_watchers_send_one_message(studio: Studio) -> None:
    lost(studio, 2)
    studio.clock.advance(MINUTE + 1)

    assert [studio.watch(), studio.watch()] == [2, 0]
    studio.clock.advance(AGAIN_SECONDS)
    assert studio.watch() == 2, "nobody did anything about it"


async def test_more_than_a_page_is_sent_in_one_look(studio: Studio) -> None:
    ids = lost(studio, 130)
    studio.clock.advance(MINUTE + 1)

    assert studio.watch() == 130
    assert {message.event_id for _, message in studio.queue.waiting if isinstance(message, DeliveryMessage)} == ids


async def test_a_look_ends_when_its_time_is_over(studio: Studio, clock: ManualClock) -> None:
    lost(studio, 110)
    clock.advance(MINUTE + 1)

    class Slow(ClockQueue):
        def send(self, message: object, *, delay: int = 0) -> None:
            clock.advance(PASS_SECONDS / 100)

    assert watch(studio.overdue, queue=Slow(clock)) == 100  # type: ignore[arg-type]


async def test_every_tenants_are_found(deployment: Deployment, clock: ManualClock, receiver: Receiver) -> None:
    queue = ClockQueue(clock)
    given = {"deployment": deployment, "clock": clock, "receiver": receiver, "queue": queue}
    studios = [Studio(name, **given) for name in ("tenant_demo", "tenant_demo.test", "tenant_demo_2")]
    for one in studios:
        lost(one, 1)
    clock.advance(MINUTE + 1)

    assert studios[0].watch() == 3
    assert {message.tenant_id for _, message in queue.waiting} == {one.tenant_id for one in studios}
