"""Usage is the sum of the receipts, to the micro-dollar: over days, routes, models and players, whatever went wrong."""

from __future__ import annotations

import csv
from collections import Counter
from io import StringIO
from typing import Any

import pytest

from characters import service as characters_service
from characters.repository import characters_of, memories_of
from common.errors import ProviderBadAnswer, ProviderModerated, ProviderTimeout
from common.jobs import FinishMessage, Job, JobKind, JobRepository, end_as_failed, full_price, start_job
from common.ledger import Meter, ledger_of
from common.providers import Media, Usage
from common.providers.asking import Asking
from common.receipts import Receipt
from common.spending import Spending, job_receipt, spending_of
from common.tenancy import tenants
from jobs.repository import assets
from jobs.service import Vendors, cancel_job, finish_job
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment
from tests.support.http import Studio
from tests.support.queues import ListQueue
from tests.usage.conftest import DEMO, PaidModel, seconds_of
from usage.models import PlayerUsage

PICTURE = {
    "prompt": "şifacı",
    "style": "anime",
    "subject": "avatar",
    "width": 512,
    "height": 512,
    "seed": 7,
    "guidance_scale": 7.5,
    "num_inference_steps": 28,
    "model": "dev",
    "negative_prompt": None,
}
SPEECH = {"text": "Merhaba.", "voice": "alloy", "speed": 1.0, "response_format": "mp3"}
ORDERS = {JobKind.IMAGE: PICTURE, JobKind.SPEECH: SPEECH}
CEILING = 40_000
FIELDS = ("cost_microusd", "input_tokens", "output_tokens", "characters")


class Maker:
    """A vendor of pictures and sounds; whether it stops when it is asked is its own affair."""

    def __init__(self, made: Media | None = None, *, stops: bool = True) -> None:
        self._made = made
        self._stops = stops

    async def collect(self, request_id: str, order: Any, *, output: Any = None, timeout: float) -> Media | None:
        return self._made

    async def cancel(self, request_id: str, order: Any, *, timeout: float) -> bool:
        return self._stops

    def both(self) -> Vendors:
        return Vendors(images=self, voices=self)  # type: ignore[arg-type]


class Books:
    """What a studio writes down itself: every receipt it was given, by day and route."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.receipts: list[tuple[str, str, Receipt]] = []
        self.requests: Counter[str] = Counter()

    def note(self, route: str, receipt: Any) -> None:
        day = ledger_of(DEMO)._moment().day
        self.receipts.append((day, route, Receipt.model_validate(receipt)))

    def total(self, field: str, *, day: str = "", route: str = "") -> Any:
        found = [
            getattr(one, field) for when, what, one in self.receipts if when.startswith(day) and route in {"", what}
        ]
        return round(sum(found), 3)


@pytest.fixture
def books(clock: ManualClock) -> Books:
    return Books(clock)


@pytest.fixture
def jobs(deployment: Deployment, clock: ManualClock) -> JobRepository:
    table = deployment.settings.jobs_table
    return JobRepository(DEMO, client=deployment.dynamodb, table=table, ledger=ledger_of(DEMO), clock=clock)


def _ordered(jobs: JobRepository, kind: JobKind, *, route: str, books: Books, player: str | None = None) -> Job:
    meter = Meter.IMAGE if kind is JobKind.IMAGE else None
    spending = Spending.of(tenants().by_id(DEMO), route=route, meter=meter)
    spending.for_player(player)
    job = start_job(kind, ORDERS[kind], max_microusd=CEILING, jobs=jobs, queue=ListQueue(), spending=spending)  # type: ignore[arg-type]
    books.requests[route] += 1
    return job


def _submitted(jobs: JobRepository, job: Job) -> Job:
    claimed = jobs.claim(job.id, lease=45)
    assert claimed is not None
    attached = jobs.attach(claimed, f"request-{job.id}")
    assert attached is not None
    return attached


def _note_job(jobs: JobRepository, job: Job, books: Books) -> None:
    ended = jobs.get(job.id)
    books.note(ended.route, ended.receipt)


async def _made(jobs: JobRepository, job: Job, usage: Usage, books: Books) -> None:
    _submitted(jobs, job)
    claimed = jobs.claim(job.id, lease=45)
    assert claimed is not None
    media = Media(b"\x89PNG", "image/png", {"seed_used": 7}, usage)
    message = FinishMessage(tenant_id=DEMO, job_id=job.id)
    await finish_job(claimed, message=message, jobs=jobs, assets=assets(), vendors=Maker(media).both())
    _note_job(jobs, job, books)


async def _cancelled(jobs: JobRepository, job: Job, books: Books, *, stops: bool) -> None:
    _submitted(jobs, job)
    await cancel_job(job.id, jobs=jobs, vendors=Maker(stops=stops).both())
    _note_job(jobs, job, books)


async def _spoken(characters: Studio, character: str, books: Books, **fields: Any) -> None:
    answer = await characters.post(f"/v1/characters/{character}/speak", message="Merhaba", **fields)
    books.requests["speak"] += 1
    body = answer.json()
    books.note("speak", body["usage"] if answer.status_code == 200 else body["error"]["details"]["usage"])


async def _created(characters: Studio, books: Books) -> str:
    answer = await characters.post("/v1/characters", name="Ayla", role="Şifacı")
    assert answer.status_code == 201, answer.text
    books.requests["create_character"] += 1
    books.note("create_character", answer.json()["usage"])
    return answer.json()["id"]


async def _upkeep(character: str, model: PaidModel, books: Books) -> None:
    """Do what the characters worker does; nobody asked or is sent a receipt: the books take the vendor's word."""
    spending = spending_of(DEMO, route="memory_upkeep")
    before = len(model.paid)
    asking = Asking(model, spending=spending)
    await characters_service.summarise(
        character, characters=characters_of(DEMO), memory=memories_of(DEMO), asking=asking
    )
    spending.close()
    assert len(model.paid) > before
    books.note("memory_upkeep", Receipt.of(model.paid[before:]))


async def _first_day(characters: Studio, jobs: JobRepository, model: PaidModel, books: Books) -> str:
    character = await _created(characters, books)
    await _spoken(characters, character, books, user_id="oyuncu:1")
    await _spoken(characters, character, books)
    model._script["moderation"] = ["VIOLATION: olmaz", ProviderTimeout("late"), "PASS"]
    await _spoken(characters, character, books, user_id="oyuncu:2")
    unusable = ProviderBadAnswer("nonsense")
    unusable.usages = (Usage("vendor/broken", cost_microusd=41, input_tokens=9),)
    model._script["speech"] = [unusable, "Hoş geldin."]
    await _spoken(characters, character, books)
    for number, player in enumerate(("oyuncu:1", None)):
        picture = _ordered(jobs, JobKind.IMAGE, route="create_avatar", books=books, player=player)
        drawn = Usage("flux/dev", cost_microusd=25_000 + number, megapixels=0.262144)
        await _made(jobs, picture, drawn, books)
    return character


async def _second_day(character: str, characters: Studio, jobs: JobRepository, books: Books) -> None:
    await _spoken(characters, character, books, user_id="oyuncu:1")
    for stops in (True, False):
        order = _ordered(jobs, JobKind.IMAGE, route="create_background", books=books, player="oyuncu:2")
        await _cancelled(jobs, order, books, stops=stops)
    withheld = ProviderModerated("black")
    withheld.usages = (Usage("flux/dev", cost_microusd=25_000, megapixels=1.0),)
    refused = _ordered(jobs, JobKind.IMAGE, route="create_avatar", books=books)
    end_as_failed(_submitted(jobs, refused), withheld, jobs=jobs)
    _note_job(jobs, refused, books)
    sound = _ordered(jobs, JobKind.SPEECH, route="create_speech", books=books)
    await _made(jobs, sound, Usage("freya", cost_microusd=333, characters=8, seconds=1.6567), books)


async def _a_life(
    characters: Studio, jobs: JobRepository, model: PaidModel, clock: ManualClock, books: Books
) -> list[Usage]:
    """Three days of mixed calls; returns what the makers of pictures and sounds were paid for."""
    character = await _first_day(characters, jobs, model, books)
    clock.now = seconds_of("2026-11-21")
    await _second_day(character, characters, jobs, books)
    late = _ordered(jobs, JobKind.IMAGE, route="create_avatar", books=books, player="oyuncu:1")
    clock.now = seconds_of("2026-12-02")
    await _upkeep(character, model, books)
    await _made(jobs, late, Usage("flux/dev", cost_microusd=25_007, megapixels=0.262144), books)
    assert (await characters.get("/v1/characters")).status_code == 200
    books.requests["list_characters"] += 1
    return [
        Usage("flux/dev", cost_microusd=25_000 + 25_001 + 25_000 + 25_007),
        Usage("freya", cost_microusd=333),
        Usage("cancelled", cost_microusd=CEILING),
    ]


async def _usage(studio: Studio, **query: str) -> dict[str, Any]:
    answer = await studio.get("/v1/usage", **{"from": "2026-11-01", "to": "2026-12-31", **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_sum_of_the_receipts_is_the_usage_and_the_vendors_bill(
    studio: Studio, characters: Studio, jobs: JobRepository, model: PaidModel, clock: ManualClock, books: Books
) -> None:
    elsewhere = await _a_life(characters, jobs, model, clock, books)
    used = await _usage(studio)

    for field in FIELDS:
        assert used["total"][field] == books.total(field), field
    assert used["total"]["seconds"] == books.total("seconds")
    assert used["total"]["megapixels"] == books.total("megapixels")
    assert used["total"]["images"] == 4
    assert used["total"]["cost_microusd"] == sum(one.cost_microusd for one in [*model.paid, *elsewhere])
    assert used["total"]["cost_microusd"] > 100_000


async def test_every_routes_receipts_are_its_usage(
    studio: Studio, characters: Studio, jobs: JobRepository, model: PaidModel, clock: ManualClock, books: Books
) -> None:
    await _a_life(characters, jobs, model, clock, books)
    by_route = (await _usage(studio))["total"]["by_route"]

    assert by_route.pop("get_usage")["requests"] == 1, "asking for it is a request too"
    requests = {route: used["requests"] for route, used in by_route.items()}
    assert requests == {**books.requests, "memory_upkeep": 0}, "upkeep is no request"
    for route, used in by_route.items():
        for field in (*FIELDS, "seconds", "megapixels"):
            assert used[field] == books.total(field, route=route), (route, field)
    assert by_route["memory_upkeep"]["cost_microusd"] > 0


async def test_every_models_bill_is_its_usage(
    studio: Studio, characters: Studio, jobs: JobRepository, model: PaidModel, clock: ManualClock, books: Books
) -> None:
    elsewhere = await _a_life(characters, jobs, model, clock, books)
    by_model = (await _usage(studio))["total"]["by_model"]

    billed: Counter[str] = Counter()
    for one in [*model.paid, *elsewhere]:
        billed[one.model] += one.cost_microusd
    assert {name: used["cost_microusd"] for name, used in by_model.items()} == billed
    calls = Counter(one.model for one in model.paid)
    assert {name: by_model[name]["calls"] for name in calls} == calls
    assert (by_model["flux/dev"]["calls"], by_model["cancelled"]["calls"]) == (4, 1)


async def test_days_and_months_add_up_and_a_cost_counts_on_the_day_it_was_known(
    studio: Studio, characters: Studio, jobs: JobRepository, model: PaidModel, clock: ManualClock, books: Books
) -> None:
    await _a_life(characters, jobs, model, clock, books)
    used = await _usage(studio)

    assert [day["day"] for day in used["days"]] == ["2026-11-20", "2026-11-21", "2026-12-02"]
    for day in used["days"]:
        for field in FIELDS:
            assert day[field] == books.total(field, day=day["day"]), (day["day"], field)
    assert [month["month"] for month in used["months"]] == ["2026-11", "2026-12"]
    for month in used["months"]:
        assert month["cost_microusd"] == books.total("cost_microusd", day=month["month"])
    (lone,) = (await _usage(studio, **{"from": "2026-11-21", "to": "2026-11-21"}))["days"]
    assert lone == used["days"][1]


async def test_routes_and_models_have_the_same_sums(
    studio: Studio, characters: Studio, jobs: JobRepository, model: PaidModel, clock: ManualClock, books: Books
) -> None:
    await _a_life(characters, jobs, model, clock, books)
    used = await _usage(studio)

    for part in (used["total"], *used["days"], *used["months"]):
        for field in (*FIELDS, "calls", "seconds", "images", "megapixels", "cached"):
            routes = round(sum(one[field] for one in part["by_route"].values()), 3)
            assert part[field] == routes == round(sum(one[field] for one in part["by_model"].values()), 3), field


async def test_players_are_counted_with_what_was_asked_in_their_name(
    studio: Studio, characters: Studio, jobs: JobRepository, model: PaidModel, clock: ManualClock, books: Books
) -> None:
    await _a_life(characters, jobs, model, clock, books)
    answer = (await studio.get("/v1/usage/players", **{"from": "2026-11-20", "to": "2026-12-02"})).json()

    first, second = answer["items"]
    assert (first["user_id"], first["requests"]) == ("oyuncu:1", 4)
    assert (second["user_id"], second["requests"]) == ("oyuncu:2", 3)
    spoken = [one.cost_microusd for _, route, one in books.receipts if route == "speak"]
    assert first["cost_microusd"] == spoken[0] + 25_000 + spoken[4] + 25_007
    assert second["cost_microusd"] == spoken[2] + CEILING
    assert (first["images"], second["images"]) == (2, 0)
    for what in FIELDS:
        told = [getattr(one, what) for _, route, one in books.receipts if route == "speak"]
        assert second[what] >= told[2] >= 0, what
    days = (await studio.get("/v1/usage/players/oyuncu:1", **{"from": "2026-11-20", "to": "2026-12-02"})).json()
    assert [day["day"] for day in days["days"]] == ["2026-11-20", "2026-11-21"], "the day a job was ordered on"
    assert days["total"]["cost_microusd"] == first["cost_microusd"] == sum(day["cost_microusd"] for day in days["days"])


async def test_a_job_that_is_charged_after_its_end_is_one_request_of_its_player(
    studio: Studio, jobs: JobRepository, books: Books
) -> None:
    job = _ordered(jobs, JobKind.IMAGE, route="create_avatar", books=books, player="p")
    cancelled = jobs.cancel(job, receipt=job_receipt(job, []), usages=[])
    assert cancelled is not None
    for _ in range(2):
        jobs.charge(cancelled, receipt=job_receipt(job, full_price(job)), usages=full_price(job))

    (player,) = (await studio.get("/v1/usage/players")).json()["items"]
    assert player == PlayerUsage(user_id="p", requests=1, calls=1, cost_microusd=CEILING).model_dump()
    assert (await _usage(studio))["total"]["cost_microusd"] == CEILING


async def test_the_table_has_the_same_sums_as_the_usage(
    studio: Studio, characters: Studio, jobs: JobRepository, model: PaidModel, clock: ManualClock, books: Books
) -> None:
    await _a_life(characters, jobs, model, clock, books)
    answer = await studio.get("/v1/usage/export", **{"from": "2026-11-01", "to": "2026-12-31"})
    rows = list(csv.DictReader(StringIO(answer.text)))
    used = (await _usage(studio))["total"]

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == ('attachment; filename="meddah-usage-2026-11-01-2026-12-31.csv"')
    for kind in ("route", "model"):
        of_kind = [row for row in rows if row["kind"] == kind]
        for field in (*FIELDS, "calls", "images", "cached"):
            assert sum(int(row[field]) for row in of_kind) == used[field], (kind, field)
        assert round(sum(float(row["seconds"]) for row in of_kind), 3) == used["seconds"]
    assert sum(int(row["requests"]) for row in rows) == used["requests"] - 1, "but for the last question"


async def test_nothing_stays_reserved_when_everything_has_ended(
    studio: Studio, characters: Studio, jobs: JobRepository, model: PaidModel, clock: ManualClock, books: Books
) -> None:
    await _a_life(characters, jobs, model, clock, books)
    day, month = (await studio.get("/v1/usage/limits")).json()["budgets"]

    assert (day["reserved_microusd"], month["reserved_microusd"]) == (0, 0)
    assert day["used_microusd"] == books.total("cost_microusd", day="2026-12-02")
    assert month["used_microusd"] == books.total("cost_microusd", day="2026-12")
