"""What our adapters count is what the vendor charges, to the micro-dollar, whatever goes wrong.

The vendor is the stand-in: its prices and its ledger are its own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from common.errors import ProviderBusy, ProviderError, ProviderModerated, ProviderResultGone, ProviderUnavailable
from common.prices import in_force, prices
from common.providers import ChatRequest, ImageOrder, Media, Message, Purpose, SpeechOrder, Usage
from common.providers.fal.chat import FalChatModel
from common.providers.fal.images import FalImageGenerator
from common.providers.fal.models import models
from common.providers.fal.speech import FalSpeechSynthesizer
from local.fal import chat
from local.fal.jobs import IN_PROGRESS
from local.fal.models import CATALOGUE
from local.fal.stand_in import FalStandIn

ASKED = ChatRequest(
    Purpose.SPEECH, [Message("system", "Sen köyün şifacısısın."), Message("user", "Günaydın, çay içer misin?")], 60
)
PICTURE = ImageOrder("kale", "realistic", "background", 256, 192, 7, 3.5, 4, "dev")
SPOKEN = SpeechOrder("Kapıyı aç, dışarıda kar var.", "george", 1.0, "mp3")
MODELS = len(models().chat.of(ASKED.purpose))


def spent(usages: Sequence[Usage]) -> int:
    return sum(usage.cost_microusd for usage in usages)


# ── Prices ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_vendor_and_our_list_know_the_same_prices() -> None:
    ours = prices()
    per_token = {name: (in_force(history).input, in_force(history).output) for name, history in ours.chat.items()}
    assert per_token == {name: (cost[0] * 1e6, cost[1] * 1e6) for name, cost in chat.PRICES.items()}
    for name, model in models().images.items():
        assert in_force(ours.images[name]).per_megapixel == CATALOGUE[model.endpoint].unit_microusd > 0
    for endpoint, history in ours.transcription.items():
        assert in_force(history).per_minute == CATALOGUE[endpoint].unit_microusd
    for family, endpoints in {
        "freya": ["freya-mypsdi253hbk/freya-tts/generate", "freya-mypsdi253hbk/freya-tts/stream"],
        "elevenlabs": ["fal-ai/elevenlabs/tts/turbo-v2.5"],
    }.items():
        known = in_force(ours.speech[family]).per_1000_characters or 0
        assert {CATALOGUE[endpoint].unit_microusd for endpoint in endpoints} == {known}


# ── Chat ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Fault(NamedTuple):
    """A fault of an answer with status 200, and how many of `MODELS` models that all have it are paid."""

    name: str
    paid: int
    options: dict[str, Any]
    timeout: float = 5.0

    def __str__(self) -> str:
        return "-".join([self.name, *self.options])


WHOLE = [
    Fault("in_band_error", 0, {}),
    Fault("in_band_error", MODELS, {"paid": True}),
    Fault("filtered", 1, {}),
    Fault("silent", MODELS, {}),
    Fault("unfinished", MODELS, {}),
    Fault("answer", 0, {"body": {}, "accepted": True}),
    Fault("not_json", 0, {}),
    Fault("not_json", 0, {"accepted": True}),
    Fault("cut", 0, {}),
    Fault("drop", 0, {"accepted": True}),
    Fault("slow_body", 1, {"seconds": 0.02}),
    Fault("slow_body", 0, {"seconds": 9}, 0.8),
    Fault("latency", 0, {"seconds": 9}, 0.8),
    Fault("split", 1, {}),
]
STREAMED = [
    Fault("in_band_error", 0, {}),
    Fault("in_band_error", 1, {"paid": True}),
    Fault("filtered", 1, {}),
    Fault("silent", MODELS, {}),
    Fault("unfinished", 1, {}),
    Fault("cut", 0, {"after": 0}),
    Fault("cut", 0, {"after": 2}),
    Fault("not_json", 0, {}),
    Fault("drop", 0, {"accepted": True}),
    Fault("slow_body", 1, {"seconds": 0.002}),
    Fault("slow_body", 0, {"seconds": 9}, 0.8),
    Fault("latency", 0, {"seconds": 9}, 0.8),
    Fault("split", 1, {}),
    Fault("crlf", 1, {}),
    Fault("comments", 1, {}),
    Fault("event_names", 1, {}),
    Fault("empty_event", 1, {}),
]


async def completed(timeout: float) -> list[Usage]:
    try:
        completion = await FalChatModel().complete(ASKED, timeout=timeout)
    except ProviderError as error:
        return list(error.usages)
    return [*completion.wasted, completion.usage]


async def streamed(timeout: float) -> list[Usage]:
    try:
        heard = [piece async for piece in FalChatModel().stream(ASKED, timeout=timeout)]
    except ProviderError as error:
        return list(error.usages)
    return [piece for piece in heard if isinstance(piece, Usage)]


ASKING = [(completed, fault) for fault in WHOLE] + [(streamed, fault) for fault in STREAMED]
NAMES = [f"{ask.__name__}-{fault}" for ask, fault in ASKING]


def check(stand_in: FalStandIn, usages: Sequence[Usage]) -> None:
    ceiling = FalChatModel().ceiling_microusd(ASKED.purpose, input_bytes=ASKED.input_bytes, max_tokens=ASKED.max_tokens)
    assert spent(usages) == stand_in.ledger.microusd() <= ceiling


@pytest.mark.parametrize(("ask", "fault"), ASKING, ids=NAMES)
async def test_when_every_model_has_the_fault(stand_in: FalStandIn, ask: Callable[..., Any], fault: Fault) -> None:
    stand_in.script(fault.name, what="run", times=None, **fault.options)

    usages = await ask(fault.timeout)

    await asyncio.sleep(0.05)  # for what the vendor might still charge
    assert len(usages) == fault.paid
    assert all(usage.cost_microusd > 0 for usage in usages)
    check(stand_in, usages)


@pytest.mark.parametrize(("ask", "fault"), ASKING, ids=NAMES)
async def test_when_the_next_model_is_well(stand_in: FalStandIn, ask: Callable[..., Any], fault: Fault) -> None:
    stand_in.script(fault.name, what="run", **fault.options)

    usages = await ask(max(fault.timeout, 1.5))

    await asyncio.sleep(0.05)  # for what the vendor might still charge
    check(stand_in, usages)


async def test_without_a_fault_one_answer_is_paid_for(stand_in: FalStandIn) -> None:
    for ask in (completed, streamed):
        assert [usage.cost_microusd > 0 for usage in await ask(5.0)] == [True]
    assert len(stand_in.ledger.charges) == 2


async def test_a_listener_that_leaves_a_stream_pays_nothing_as_it_is_told_nothing(stand_in: FalStandIn) -> None:
    stand_in.script("slow_body", seconds=0.05)
    pieces = FalChatModel().stream(ASKED, timeout=5)
    await anext(pieces)
    await pieces.aclose()

    await asyncio.sleep(0.3)
    assert stand_in.ledger.microusd() == 0


# ── Orders ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Ordered:
    """A picture or a sound at the vendor, up to the end of its job."""

    def __init__(self, stand_in: FalStandIn, order: ImageOrder | SpeechOrder) -> None:
        self._stand_in = stand_in
        self.order: Any = order
        self.vendor: Any = FalImageGenerator() if isinstance(order, ImageOrder) else FalSpeechSynthesizer()
        self.request_id = ""

    async def submit(self) -> None:
        self.request_id = (await self.vendor.submit(self.order, callback_url=None, timeout=5)).request_id

    async def cancel(self) -> bool:
        return await self.vendor.cancel(self.request_id, self.order, timeout=5)

    async def reaches(self, status: str) -> None:
        ends = time.monotonic() + 5
        while self._stand_in.job(self.request_id).status != status:
            assert time.monotonic() < ends
            await asyncio.sleep(0.005)

    async def collect(self, *, by_webhook: bool = False) -> tuple[Usage, ...]:
        """What is owed, be it for a result or in spite of an error."""
        await asyncio.to_thread(self._stand_in.settle)
        outcome = self._stand_in.job(self.request_id).outcome
        assert outcome
        try:
            media: Media | None = await self.vendor.collect(
                self.request_id, self.order, output=outcome.body if by_webhook else None, timeout=5
            )
        except ProviderError as error:
            return error.usages
        assert media
        return (media.usage,)


ORDERS = {
    "small": PICTURE,
    "a megapixel and a little": replace(PICTURE, width=1_024, height=1_024, model="schnell"),
    "pro": replace(PICTURE, model="pro"),
    "spoken": SPOKEN,
    "spoken by Freya": replace(SPOKEN, voice="zeynep", response_format="wav"),
}


@pytest.mark.parametrize("by_webhook", [False, True], ids=["asked", "told"])
@pytest.mark.parametrize("name", ORDERS)
async def test_an_order_costs_what_is_charged_and_what_was_foreseen(
    stand_in: FalStandIn, name: str, by_webhook: bool
) -> None:
    order = Ordered(stand_in, ORDERS[name])
    await order.submit()

    usages = await order.collect(by_webhook=by_webhook)

    assert len(usages) == 1
    assert spent(usages) == stand_in.ledger.microusd() == order.vendor.ceiling_microusd(order.order)
    assert (spent(usages) > 0) == (name != "spoken by Freya")


@pytest.mark.parametrize("by_webhook", [False, True], ids=["asked", "told"])
@pytest.mark.parametrize(
    ("fault", "charged"),
    [
        ("nsfw", 25_000),
        ("black", 25_000),
        ("no_pictures", 25_000),
        ("moderated", 0),
        ("invalid", 0),
        ("model_error", 0),
        ("runner_error", 0),
    ],
)
async def test_a_picture_that_was_drawn_is_paid_for_and_one_that_was_not_is_not(
    stand_in: FalStandIn, fault: str, charged: int, by_webhook: bool
) -> None:
    stand_in.script(fault)
    order = Ordered(stand_in, PICTURE)
    await order.submit()

    assert spent(await order.collect(by_webhook=by_webhook)) == stand_in.ledger.microusd() == charged


@pytest.mark.parametrize("fault", ["moderated", "invalid", "model_error", "runner_error"])
async def test_a_text_that_was_not_spoken_is_not_paid_for(stand_in: FalStandIn, fault: str) -> None:
    stand_in.script(fault)
    order = Ordered(stand_in, SPOKEN)
    await order.submit()

    assert spent(await order.collect()) == stand_in.ledger.microusd() == 0


@pytest.mark.parametrize("order", [PICTURE, SPOKEN], ids=["picture", "sound"])
async def test_what_cannot_be_fetched_is_owed_once_however_often_it_is_tried(
    stand_in: FalStandIn, order: ImageOrder | SpeechOrder
) -> None:
    ordered = Ordered(stand_in, order)
    stand_in.script("answer", what="media", status=503, times=2)
    stand_in.script("answer", what="media", status=404)
    await ordered.submit()

    tries = [await ordered.collect() for _ in range(4)]

    assert [spent(usages) for usages in tries] == [stand_in.ledger.microusd()] * 4
    assert spent(tries[0]) > 0


async def test_an_error_that_may_pass_and_one_that_may_not_both_say_what_is_owed(stand_in: FalStandIn) -> None:
    ordered = Ordered(stand_in, PICTURE)
    await ordered.submit()
    await asyncio.to_thread(stand_in.settle)
    for status, expected in ((503, ProviderUnavailable), (404, ProviderResultGone)):
        stand_in.script("answer", what="media", status=status)
        with pytest.raises(expected) as caught:
            await ordered.vendor.collect(ordered.request_id, PICTURE, timeout=5)
        assert spent(caught.value.usages) == 25_000


async def test_an_order_that_was_not_taken_owes_nothing(stand_in: FalStandIn) -> None:
    stand_in.script("busy", what="submit")
    with pytest.raises(ProviderBusy) as caught:
        await Ordered(stand_in, PICTURE).submit()

    assert (caught.value.usages, stand_in.ledger.microusd()) == ((), 0)


# ── Cancelling ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("fault", "status"), [("queued", "IN_QUEUE"), ("held", IN_PROGRESS)])
async def test_an_order_that_is_cancelled_in_time_is_not_charged(stand_in: FalStandIn, fault: str, status: str) -> None:
    stand_in.script(fault, seconds=60)
    order = Ordered(stand_in, PICTURE)
    await order.submit()
    await order.reaches(status)

    assert await order.cancel()
    assert spent(await order.collect()) == stand_in.ledger.microusd() == 0


async def test_an_order_that_was_done_before_is_charged(stand_in: FalStandIn) -> None:
    order = Ordered(stand_in, PICTURE)
    await order.submit()
    await asyncio.to_thread(stand_in.settle)

    assert not await order.cancel()
    assert spent(await order.collect()) == stand_in.ledger.microusd() == 25_000


async def test_an_order_that_is_finished_in_spite_of_the_wish_is_charged_and_its_webhook_tells(
    stand_in: FalStandIn,
) -> None:
    stand_in.script("uncancellable")
    stand_in.script("held")
    order = Ordered(stand_in, PICTURE)
    await order.submit()
    await order.reaches(IN_PROGRESS)

    assert await order.cancel()
    stand_in.release(order.request_id)
    assert spent(await order.collect(by_webhook=True)) == stand_in.ledger.microusd() == 25_000


async def test_a_flagged_picture_is_moderated_and_paid_for(stand_in: FalStandIn) -> None:
    stand_in.script("black")
    order = Ordered(stand_in, PICTURE)
    await order.submit()
    await asyncio.to_thread(stand_in.settle)

    with pytest.raises(ProviderModerated) as caught:
        await order.vendor.collect(order.request_id, PICTURE, timeout=5)

    assert spent(caught.value.usages) == stand_in.ledger.microusd() == 25_000
