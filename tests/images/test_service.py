"""From a studio's wish to the order of a picture."""

from __future__ import annotations

from dataclasses import asdict
from random import Random
from typing import Any

from common.jobs import Job, JobKind, JobMessage, jobs_of
from common.providers import ImageOrder, Submission
from images.models import MAX_SEED, AvatarRequest, BackgroundRequest
from images.service import SUBMIT_SECONDS, avatar_order, background_order, image_vendor, picture_wish
from tests.support.deployment import Deployment
from tests.support.money import a_request
from tests.support.queues import ListQueue


class Painter:
    """An image generator that keeps what it was asked."""

    resubmittable = False
    CEILING = 25_000

    def __init__(self) -> None:
        self.orders: list[tuple[ImageOrder, float]] = []

    def ceiling_microusd(self, order: ImageOrder) -> int:
        return self.CEILING

    async def submit(self, order: ImageOrder, *, callback_url: str | None, timeout: float) -> Submission:
        self.orders.append((order, timeout))
        return Submission("req-1", ready=False)

    async def collect(self, request_id: str, order: ImageOrder, *, timeout: float) -> None:
        return None


def test_a_seed_that_was_given_is_kept_even_if_it_is_zero() -> None:
    assert avatar_order(AvatarRequest(description="x", seed=0), Random(1)).seed == 0
    assert background_order(BackgroundRequest(prompt="x", seed=MAX_SEED), Random(1)).seed == MAX_SEED


def test_a_seed_that_was_not_given_is_drawn_so_that_the_answer_can_name_it() -> None:
    drawn = {avatar_order(AvatarRequest(description="x"), Random(number)).seed for number in range(20)}

    assert len(drawn) == 20
    assert all(0 <= seed <= MAX_SEED for seed in drawn)


def test_the_same_wish_with_the_seed_that_was_used_is_the_same_order() -> None:
    first = avatar_order(AvatarRequest(description="x"), Random(1))

    assert avatar_order(AvatarRequest(description="x", seed=first.seed), Random(2)) == first


def test_an_order_survives_its_storage(deployment: Deployment) -> None:
    request = BackgroundRequest(prompt="Kar ❄", guidance_scale=7.3, seed=7)
    order = background_order(request, Random(1))
    queue = ListQueue()
    painter: Any = Painter()
    spending = a_request("alice", route="create_background")
    wish = picture_wish(request, Random(1), jobs=jobs_of("alice"), queue=queue, generator=painter)
    job = wish.order(spending)

    stored = jobs_of("alice").get(job.id)
    assert ImageOrder(**stored.order) == order
    assert (stored.reserved_microusd, stored.route) == (Painter.CEILING, "create_background")
    assert [message.model_dump() for message in queue.messages] == [
        JobMessage(tenant_id="alice", job_id=job.id).model_dump()
    ]


async def test_the_vendor_gets_the_order_as_it_was_stored() -> None:
    painter = Painter()
    order = avatar_order(AvatarRequest(description="x", seed=7), Random(1))
    job = Job(id="job_" + "0" * 26, kind=JobKind.IMAGE, order=asdict(order), created_at=0)

    assert await image_vendor(painter).submit(job, None) == Submission("req-1", ready=False)
    assert painter.orders == [(order, SUBMIT_SECONDS)]
